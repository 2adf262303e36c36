//! One room, with everything that each command replies and publishes.

use super::rooms::digest;
use super::subscriber::{events, is_direct, is_gone, Kind, Message};
use super::{Args, Builder, Client, Follower, Json, Reply, Server, Subscriber};

/// A server with the room `r`, which may not exist yet, and subscriptions to its frames and notifications.
pub struct Watch {
    /// For commands whose effects are not checked.
    pub client: Client,
    /// Its picture must match the room at the end of every test.
    pub follower: Follower,
    frames: Subscriber,
    notifications: Subscriber,
    /// Events of earlier commands.
    past: Vec<Json>,
    /// Dropped last, because the others still use it.
    pub server: Server,
}

/// The reply of one command, and everything it published.
pub struct Seen {
    /// Its reply.
    pub reply: Reply,
    /// Its frames, including direct frames.
    pub frames: Vec<Json>,
    /// Its keyspace notifications.
    pub notifications: Vec<String>,
}

impl Watch {
    /// No room yet. Every change is published with its command, and no deadline falls due during a test.
    #[track_caller]
    pub fn start() -> Watch {
        Watch::over(Server::with().prompt().patient())
    }

    /// The same with other settings.
    #[track_caller]
    pub fn over(builder: Builder) -> Watch {
        let server = builder.notify("Ed").start();
        Watch {
            client: server.client(),
            follower: Follower::new(&server, "r"),
            frames: Subscriber::room(&server, "r"),
            notifications: Subscriber::keyevents(&server),
            past: Vec::new(),
            server,
        }
    }

    /// A live room of the host `ada`, with `ada` and these users present.
    #[track_caller]
    pub fn live(options: &str, present: &[&str]) -> Watch {
        let mut watch = Watch::start();
        watch.client.json(&format!("ROOM.CREATE r ada {options}"));
        watch.join("ada");
        present.iter().for_each(|user| watch.join(user));
        watch
    }

    /// A scheduled room of the host `ada` that starts in an hour.
    #[track_caller]
    pub fn scheduled(options: &str) -> Watch {
        let mut watch = Watch::start();
        let at = super::rooms::now_ms(&mut watch.client) + 3_600_000;
        watch.client.json(&format!("ROOM.CREATE r ada AT {at} {options}"));
        watch
    }

    /// A user joins through the gateway `g`.
    #[track_caller]
    pub fn join(&mut self, user: &str) {
        self.client.json(&format!("ROOM.JOIN r {user} GATEWAY g SESSION s-{user}"));
    }

    /// The service gives users a role.
    #[track_caller]
    pub fn role(&mut self, role: &str, users: &[&str]) {
        users.iter().for_each(|user| self.client.ok(&["ROOM.ROLE", "r", "-", user, role]));
    }

    /// Sends a command and returns everything it caused.
    #[track_caller]
    pub fn send<A: Args + ?Sized>(&mut self, command: &A) -> Seen {
        self.settle();
        let reply = self.client.cmd(command);
        let (frames, notifications) = self.settle();
        Seen { reply, frames, notifications }
    }

    /// Sends a command that must be refused, and change and publish nothing.
    #[track_caller]
    pub fn refuses<A: Args + ?Sized>(&mut self, command: &A, code: &str) {
        let exists = self.client.int("EXISTS r") == 1;
        let before = exists.then(|| digest(&mut self.client, "r"));
        let seen = self.send(command);
        seen.reply.err(code);
        let asked = seen.reply.asked.clone();
        seen.quiet();
        let after = exists.then(|| digest(&mut self.client, "r"));
        assert_eq!(before, after, "{asked}: it was refused, and yet it changed the room");
    }

    /// [`Watch::refuses`] for each line.
    #[track_caller]
    pub fn refuses_all(&mut self, refused: &[(&str, &str)]) {
        for (command, code) in refused {
            self.refuses(*command, code);
        }
    }

    /// `ROOM.STATE r user`.
    #[track_caller]
    pub fn state(&mut self, user: &str) -> Json {
        self.client.json(&["ROOM.STATE", "r", user])
    }

    /// The member as `ROOM.WHOIS` shows it to the service.
    #[track_caller]
    pub fn whois(&mut self, user: &str) -> Json {
        self.client.json(&["ROOM.WHOIS", "r", "-", user])
    }

    /// The follower's picture matches the room.
    #[track_caller]
    pub fn is_followed(&mut self) {
        self.follower.assert_matches_state();
    }

    /// Waits for an event of this type that satisfies `wanted`, from a command or a deadline.
    #[track_caller]
    pub fn waits_for(&mut self, kind: &str, wanted: impl Fn(&Json) -> bool) -> Json {
        let fits = |event: &Json| event["type"] == kind && wanted(event);
        match self.past.iter().find(|event| fits(event)) {
            Some(event) => event.clone(),
            None => self.frames.wait_event(kind, wanted),
        }
    }

    /// Waits until the channel says that the room is gone, unless the command's frames said so. The key goes a moment
    /// earlier.
    #[track_caller]
    pub fn waits_for_gone(&mut self, seen: &Seen) {
        let gone = |frames: &[Json]| frames.iter().any(is_gone);
        if !gone(&seen.frames) {
            self.frames.wait_until("gone", gone);
            self.settle();
        }
    }

    fn settle(&mut self) -> (Vec<Json>, Vec<String>) {
        let frames = self.frames.taken(&mut self.client, Kind::Channel);
        let frames: Vec<Json> = frames.iter().map(Message::json).collect();
        self.past.extend(events(&frames));
        let notifications = self.notifications.taken(&mut self.client, Kind::Channel);
        let of_room = notifications.iter().filter(|note| note.payload == "r");
        let names = of_room.map(|note| note.channel.trim_start_matches("__keyevent@0__:").to_owned());
        (frames, names.collect())
    }
}

impl Seen {
    /// Expects the reply OK.
    #[track_caller]
    pub fn ok(self) -> Seen {
        self.reply.ok();
        self
    }

    /// Expects this integer.
    #[track_caller]
    pub fn int(self, number: i64) -> Seen {
        assert_eq!(self.reply.int(), number, "{}", self.reply.asked);
        self
    }

    /// Expects this string.
    #[track_caller]
    pub fn text(self, text: &str) -> Seen {
        assert_eq!(self.reply.text(), text, "{}", self.reply.asked);
        self
    }

    /// Expects events of exactly these types, in any order.
    #[track_caller]
    pub fn events(self, kinds: &[&str]) -> Seen {
        let received = events(&self.frames);
        let mut own: Vec<&str> = received.iter().filter_map(|event| event["type"].as_str()).collect();
        let mut wanted = kinds.to_vec();
        own.sort_unstable();
        wanted.sort_unstable();
        assert_eq!(own, wanted, "{}: {received:?}", self.reply.asked);
        self
    }

    /// The one event of this type.
    #[track_caller]
    pub fn event(&self, kind: &str) -> Json {
        let received = events(&self.frames);
        let mut found = received.iter().filter(|event| event["type"] == kind);
        match (found.next(), found.next()) {
            (Some(event), None) => event.clone(),
            _ => panic!("{}: expected one event {kind}: {received:?}", self.reply.asked),
        }
    }

    /// The member of this name in its `stage` event.
    #[track_caller]
    pub fn staged(&self, user: &str) -> Json {
        let received = events(&self.frames);
        let mut members =
            received.iter().filter(|event| event["type"] == "stage").map(|event| &event["member"]);
        members
            .find(|member| member["user"] == user)
            .cloned()
            .unwrap_or_else(|| panic!("{}: no {user} in {received:?}", self.reply.asked))
    }

    /// Expects direct frames to exactly these users, in this order, and returns their events.
    #[track_caller]
    pub fn direct(&self, to: &[&[&str]]) -> Vec<Json> {
        let direct: Vec<&Json> = self.frames.iter().filter(|frame| is_direct(frame)).collect();
        let own: Vec<Vec<&str>> = direct
            .iter()
            .map(|frame| frame["users"].as_array().unwrap().iter().filter_map(Json::as_str).collect())
            .collect();
        assert_eq!(own, to, "{}: {direct:?}", self.reply.asked);
        direct.iter().map(|frame| frame["event"].clone()).collect()
    }

    /// Expects this notification, and besides it at most `room.tick`.
    #[track_caller]
    pub fn notifies(self, note: &str) -> Seen {
        let others: Vec<&String> = self.notifications.iter().filter(|other| *other != "room.tick").collect();
        let wanted: &[&str] = if note == "room.tick" { &[] } else { &[note] };
        let received = self.notifications.iter().any(|other| other == note);
        assert!(
            received && others == wanted,
            "{}: expected {note}, got {:?}",
            self.reply.asked,
            self.notifications
        );
        self
    }

    /// Expects that nothing was published.
    #[track_caller]
    pub fn quiet(self) -> Seen {
        let asked = &self.reply.asked;
        assert!(self.frames.is_empty(), "{asked}: published {:?}", self.frames);
        assert!(self.notifications.is_empty(), "{asked}: notified {:?}", self.notifications);
        self
    }
}
