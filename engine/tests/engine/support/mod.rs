//! A server without Redis: one key, a clock the test moves, a replica that replays every effect and followers that see
//! nothing but frames. After every step the replica must equal the master, the room must keep its invariants, and once
//! nothing waits each follower's picture must equal STATE.
pub mod check;
pub mod picture;
pub mod print;
mod reading;
pub mod script;

use picture::Picture;
use room_engine::internals::command::{commands, Command, WriteCommand};
use room_engine::internals::env::Env;
use room_engine::internals::error::Error;
use room_engine::internals::outbox::{Outbox, Reply};
use room_engine::internals::room::Room;
use room_engine::internals::settings::Settings;
use room_engine::internals::storage::codec;
use room_engine::internals::turn::fast_path;
use room_engine::internals::turn::{self};
use serde_json::Value;
use std::collections::VecDeque;

/// When every test begins, Unix ms: a full second, and a full minute.
pub const T0: u64 = 1_732_413_240_000;
pub const KEY: &str = "room:42";
pub const SECOND: u64 = 1000;
pub const MINUTE: u64 = 60 * SECOND;
pub const HOUR: u64 = 60 * MINUTE;

pub struct Sim {
    pub room: Option<Box<Room>>,
    replica: Option<Box<Room>>,
    pub now: u64,
    pub settings: Settings,
    pub generation: u64,
    pub serving_since: u64,
    pub expires: Option<u64>,
    fresh: u64,
    /// Frames and direct frames of all turns since the last [`Sim::forget`].
    pub frames: Vec<Value>,
    pub notes: Vec<&'static str>,
    /// Commands that went the short way.
    pub verbatim: usize,
    /// The last turn's effect.
    pub effect: Vec<u8>,
    pub pictures: Vec<Picture>,
    /// Compare and check after every step; off where a test makes very many.
    pub thorough: bool,
    /// Seats have been lowered, so more may be taken than there are.
    pub lowered: bool,
}

impl Sim {
    /// A server with an empty key.
    pub fn empty() -> Sim {
        Sim {
            room: None,
            replica: None,
            now: T0,
            settings: Settings::default(),
            generation: 1,
            serving_since: T0 - HOUR,
            expires: None,
            fresh: 0xA000,
            frames: Vec::new(),
            notes: Vec::new(),
            verbatim: 0,
            effect: Vec::new(),
            pictures: Vec::new(),
            thorough: true,
            lowered: false,
        }
    }

    /// A live room whose host `h` is present through gateway `g`, with no rates and whatever `create` adds. One
    /// follower follows it.
    pub fn with(create: &str) -> Sim {
        let mut sim = Sim::bare(create);
        sim.ok("JOIN h GATEWAY g");
        sim.quiet();
        sim.forget();
        sim
    }

    /// The room alone, its host not come yet.
    pub fn bare(create: &str) -> Sim {
        let mut sim = Sim::empty();
        sim.settings.action_rate = 0;
        sim.settings.comment_rate = 0;
        sim.settings.react_rate = 0;
        sim.settings.comment_room_rate = 0;
        sim.ok(&format!("CREATE h {create}"));
        sim.follow();
        sim.forget();
        sim
    }

    pub fn live() -> Sim {
        Sim::with("")
    }

    pub fn env(&self) -> Env<'_> {
        Env {
            now: self.now,
            settings: &self.settings,
            key: KEY,
            db: 0,
            shard: false,
            generation: self.generation,
            serving_since: self.serving_since,
            expires: &self.expires,
            fresh: [self.fresh, self.fresh + 1],
        }
    }

    /// The room, which must be there.
    pub fn at(&self) -> &Room {
        self.room.as_deref().expect("no room")
    }

    /// Runs a command as a client sends it: its name without `ROOM.` and its arguments without the key.
    #[track_caller]
    pub fn run_args(&mut self, args: &[&str]) -> Result<Reply, Error> {
        let rest: Vec<&[u8]> = args[1..].iter().map(|arg| arg.as_bytes()).collect();
        self.run_bytes(args[0], &rest)
    }

    /// The same of any bytes.
    #[track_caller]
    pub fn run_bytes(&mut self, verb: &str, args: &[&[u8]]) -> Result<Reply, Error> {
        let name = format!("ROOM.{verb}");
        let spec = commands().find(|spec| spec.name == name).unwrap_or_else(|| panic!("no {name}"));
        let told = || {
            format!("{verb} {:?}", args.iter().map(|arg| arg.escape_ascii().to_string()).collect::<Vec<_>>())
        };
        let reply = match spec.parse(args) {
            Err(error) => Err(error),
            // A list has no room. The server's registry answers it.
            Ok(Command::List(_)) => Err(Error::Invalid("ROOM.LIST takes no key")),
            Ok(Command::Read(command)) => {
                let before = self.print();
                let reply = turn::read(self.room.as_deref(), &command, &self.env());
                print::assert_same(&before, &self.print(), &format!("a read: {}", told()));
                reply
            }
            Ok(Command::Write(command)) => {
                let before = self.thorough.then(|| self.room.clone());
                let reply = self.turn(Some(&command), |slot, env, out| turn::run(slot, &command, env, out));
                if let (Err(_), Some(before)) = (&reply, before) {
                    self.unchanged(before, &told());
                }
                reply
            }
        };
        if let Err(error) = reply {
            let is_known = spec.errors.contains(&error.code());
            assert!(is_known, "{}: the table knows no {error}", told());
        }
        reply
    }

    /// An error changed nothing but what was due: a tick does as much.
    #[track_caller]
    fn unchanged(&mut self, mut before: Option<Box<Room>>, told: &str) {
        let is_due = |room: &Room| turn::next_due_ms(room, &self.env()) <= self.now;
        if !before.as_deref().is_some_and(is_due) {
            return print::assert_same(&print::room(before.as_deref()), &self.print(), told);
        }
        self.fresh -= 2;
        turn::tick(&mut before, &self.env(), &mut Outbox::default());
        self.fresh += 2;
        let after = (self.peek("STATE -"), self.members());
        let room = std::mem::replace(&mut self.room, before);
        assert_eq!((self.peek("STATE -"), self.members()), after, "an error changed: {told}");
        self.room = room;
    }

    /// [`Sim::run_args`] of words.
    #[track_caller]
    pub fn run(&mut self, line: &str) -> Result<Reply, Error> {
        self.run_args(&line.split_whitespace().collect::<Vec<_>>())
    }

    #[track_caller]
    pub fn ok(&mut self, line: &str) -> Reply {
        self.run(line).unwrap_or_else(|error| panic!("{line}: {error}"))
    }

    #[track_caller]
    pub fn int(&mut self, line: &str) -> i64 {
        match self.ok(line) {
            Reply::Int(n) => n,
            other => panic!("{line}: {other:?}"),
        }
    }

    #[track_caller]
    pub fn json(&mut self, line: &str) -> Value {
        json(&self.ok(line))
    }

    /// The error's code, and for rates the wait: `RATELIMITED 200`.
    #[track_caller]
    pub fn err(&mut self, line: &str) -> String {
        match self.run(line) {
            Err(Error::SlowMode(ms)) => format!("SLOWMODE {ms}"),
            Err(Error::RateLimited(ms)) => format!("RATELIMITED {ms}"),
            Err(error) => error.code().to_owned(),
            Ok(reply) => panic!("{line}: {reply:?}"),
        }
    }

    /// Runs commands that must all succeed, a line each.
    #[track_caller]
    pub fn all(&mut self, lines: &str) {
        for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
            self.ok(line);
        }
    }

    /// One turn and all that follows from it.
    #[track_caller]
    fn turn<T>(
        &mut self,
        command: Option<&WriteCommand<'_>>,
        turn: impl FnOnce(&mut Option<Box<Room>>, &Env<'_>, &mut Outbox) -> T,
    ) -> T {
        let mut room = self.room.take();
        let mut out = Outbox::default();
        let result = turn(&mut room, &self.env(), &mut out);
        self.room = room;
        if out.purged {
            // The server deletes the key, here and on its replicas.
            (self.room, self.replica) = (None, None);
        }
        self.fresh += 2;
        if let Some(command) = command.filter(|_| out.verbatim) {
            assert!(out.effect.is_empty() && out.frames.is_empty() && out.expire.is_none());
            let mut replica = self.replica.take();
            fast_path::replay(&mut replica, Some(command), &self.env(), &mut Outbox::default())
                .expect("a room");
            self.replica = replica;
        }
        if !out.effect.is_empty() && !out.purged {
            let mut replica = self.replica.take();
            let mut quiet = Outbox::default();
            turn::replay(&mut replica, &out.effect, &self.env(), &mut quiet).expect("the replica knows it");
            assert_eq!(quiet.expire, out.expire, "the replica sets the same expiry");
            assert!(quiet.frames.is_empty(), "a replica publishes nothing of its own");
            self.replica = replica;
        }
        self.expires = out.expire.or(self.expires);
        self.verbatim += usize::from(out.verbatim);
        self.effect = out.effect;
        self.notes.extend(out.notifications);
        let frames: Vec<Value> = out.frames.iter().map(|frame| parsed(frame)).collect();
        for (frame, text) in frames.iter().zip(&out.frames) {
            assert!(
                text.len() <= 32 * 1024 || frame["events"].as_array().is_some_and(|events| events.len() == 1),
                "a frame of {} bytes",
                text.len()
            );
            self.deliver(frame);
        }
        self.frames.extend(frames);
        self.check_next_due(out.next_due_ms, out.verbatim);
        if self.thorough {
            self.compare();
        }
        result
    }

    /// Room and replica are the same; the room is sound; followers see it as it is.
    #[track_caller]
    pub fn compare(&self) {
        print::assert_same(&self.print(), &print::room(self.replica.as_deref()), "the replica");
        let (Some(room), Some(replica)) = (self.room.as_deref(), self.replica.as_deref()) else { return };
        assert_eq!(digest(room), digest(replica), "the replica's digest");
        check::sound(room, self.now, self.lowered);
        // While something is due, reads are ahead of frames.
        let is_settled = self.deadline().is_none_or(|at| at > self.now);
        if room.pending.is_empty() && room.local.direct.is_empty() && is_settled {
            let state = self.peek("STATE -");
            let members = self.members();
            for picture in &self.pictures {
                let mut picture = picture.clone();
                // A takeover that had no frame: a BEAT would show it.
                if picture.epoch != state["epoch"] {
                    self.recover(&mut picture);
                }
                picture.assert_shows(&state, &members);
            }
        }
    }

    pub fn print(&self) -> String {
        print::room(self.room.as_deref())
    }

    /// Another follower, from STATE as it is now, whatever waits.
    pub fn follow(&mut self) {
        let picture = Picture::new(&self.peek("STATE -"), &self.members());
        self.pictures.push(picture);
    }

    fn deliver(&mut self, frame: &Value) {
        if frame["events"].is_null() {
            return;
        }
        let mut pictures = std::mem::take(&mut self.pictures);
        for picture in &mut pictures {
            if picture.epoch != frame["epoch"] || frame["from"].as_u64() > Some(picture.seq + 1) {
                self.recover(picture);
            }
            if frame["to"].as_u64() > Some(picture.seq) {
                picture.take(frame, || self.members());
            }
        }
        self.pictures = pictures;
    }

    /// EVENTS, or STATE on RESYNC. Gives whether EVENTS would do.
    #[track_caller]
    pub fn recover(&self, picture: &mut Picture) -> bool {
        let epoch = picture.epoch.as_str().expect("an epoch");
        match self.peek_reply(&format!("EVENTS - {epoch} {}", picture.seq)) {
            Ok(reply) => {
                picture.take(&json(&reply), || self.members());
                true
            }
            Err(Error::Resync) => {
                *picture = Picture::new(&self.peek("STATE -"), &self.members());
                false
            }
            Err(error) => panic!("EVENTS: {error}"),
        }
    }

    /// The turn said when the room is next due; a verbatim command may say it too early.
    #[track_caller]
    fn check_next_due(&self, told: Option<u64>, verbatim: bool) {
        let (Some(told), Some(room)) = (told, self.room.as_deref()) else { return };
        let due = turn::next_due_ms(room, &self.env());
        assert!(told <= due, "due at {due}, told {told}");
        assert!(verbatim || told == due, "due at {due}, told {told}");
    }

    /// A master's timer.
    #[track_caller]
    pub fn tick(&mut self) {
        self.turn(None, turn::tick);
    }

    /// When the timer next has something to do.
    pub fn deadline(&self) -> Option<u64> {
        Some(turn::next_due_ms(self.room.as_deref()?, &self.env())).filter(|&at| at < u64::MAX)
    }

    /// Time goes by, and the timer fires whenever it is due.
    #[track_caller]
    pub fn pass(&mut self, ms: u64) {
        let until = self.now + ms;
        let mut fired = 0;
        while let Some(at) = self.deadline().filter(|&at| at <= until) {
            self.now = self.now.max(at);
            self.tick();
            fired += 1;
            assert!(fired < 10_000, "the timer never rests: {:?} at {}", self.deadline(), self.now);
        }
        self.now = until;
    }

    /// Time goes by and no timer fires.
    pub fn stall(&mut self, ms: u64) {
        self.now += ms;
    }

    /// Lets all go out that waits, within the shortest time.
    #[track_caller]
    pub fn quiet(&mut self) {
        let waits = |sim: &Sim| {
            let room = sim.at();
            !room.pending.is_empty()
                || !room.local.direct.is_empty()
                || (!room.state.is_over()
                    && (!room.leases.retired.is_empty() || room.invite_present.is_some()))
        };
        while waits(self) {
            let at = self.deadline().expect("what waits has its time");
            self.now = self.now.max(at);
            self.tick();
        }
        // And so that the next change finds a quiet room.
        self.pass(self.settings.tick_ms);
    }

    /// This process takes the room over: as after load or promotion.
    pub fn take_over(&mut self) {
        self.generation += 1;
        self.serving_since = self.now;
    }

    /// The server restarts: the room is saved, loaded and taken over.
    #[track_caller]
    pub fn restart(&mut self) {
        let mut chunks = VecDeque::new();
        codec::save(self.at(), &mut |chunk| chunks.push_back(chunk.to_vec()));
        let loaded = codec::load(codec::VERSION, &mut || chunks.pop_front()).expect("what was saved loads");
        assert!(chunks.is_empty(), "chunks are left");
        print::assert_same(&self.print(), &print::room(Some(&loaded)), "loaded");
        assert_eq!(digest(self.at()), digest(&loaded), "the digest is the room's");
        self.room = Some(Box::new(loaded));
        self.take_over();
    }

    /// The room comes, by RESTORE or with its slot, to a server that has served others for long.
    pub fn arrive_elsewhere(&mut self) {
        let (generation, serving_since) = (self.generation, self.serving_since);
        self.restart();
        (self.generation, self.serving_since) = (generation, serving_since);
    }
}

fn digest(room: &Room) -> Vec<u8> {
    let mut bytes = Vec::new();
    codec::digest(room, &mut |part| bytes.extend_from_slice(part));
    bytes
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

pub fn json(reply: &Reply) -> Value {
    match reply {
        Reply::Bulk(text) => parsed(text),
        other => panic!("no JSON: {other:?}"),
    }
}
