//! A gateway: one connection for the commands of its people, and a follower whose events it obeys.

use super::ledger::{Command, Ledger};
use super::people::{string, Part, Person, Received};
use super::steps::Step;
use super::{KEY, POLL};
use crate::support::{Client, Follower, Json, Server};
use std::collections::{BTreeMap, BTreeSet};

/// Commands in one pipeline.
const BATCH: usize = 32;

/// Recent comments that its people may answer, delete or pin.
const RECENT: usize = 40;

pub struct Gateway<'s> {
    server: &'s Server,
    pub nth: usize,
    /// Its id, new at every start.
    pub id: String,
    starts: u32,
    pub sessions: u32,
    client: Client,
    pub follower: Follower,
    pub people: Vec<Person>,
    pub ledger: Ledger,
    pub received: Received,
    pub random: fastrand::Rng,
    batch: Vec<Command>,
    /// Steps taken so far, and the steps to take after a number of them.
    taken: usize,
    duties: Vec<(usize, Step)>,
    pub texts: u32,
    pub recent: Vec<i64>,
    pub own: BTreeMap<usize, Vec<i64>>,
    /// Speakers on stage, on any gateway.
    pub stage: BTreeSet<String>,
    pub hands: Vec<String>,
}

impl<'s> Gateway<'s> {
    #[track_caller]
    pub fn start(server: &'s Server, nth: usize, people: Vec<(String, Part)>, seed: u64) -> Gateway<'s> {
        let person = |(name, part)| Person { name, part, sockets: Vec::new(), barred: false, known: false };
        Gateway {
            server,
            nth,
            id: format!("gateway-{nth}-1"),
            starts: 1,
            sessions: 0,
            client: server.client(),
            follower: Follower::new(server, KEY),
            people: people.into_iter().map(person).collect(),
            ledger: Ledger::default(),
            received: Received::default(),
            random: fastrand::Rng::with_seed(seed),
            batch: Vec::new(),
            taken: 0,
            duties: Vec::new(),
            texts: 0,
            recent: Vec::new(),
            own: BTreeMap::new(),
            stage: BTreeSet::new(),
            hands: Vec::new(),
        }
    }

    /// Takes all these steps, and in between the steps that events cause.
    #[track_caller]
    pub fn play(&mut self, steps: Vec<Step>) {
        for step in steps {
            self.taken += 1;
            self.take(step);
            let now = self.taken;
            while let Some(at) = self.duties.iter().position(|(due, _)| *due <= now) {
                let (_, duty) = self.duties.remove(at);
                self.take(duty);
            }
        }
        self.flush();
        while let Some((_, duty)) = self.duties.pop() {
            self.take(duty);
            self.flush();
        }
    }

    /// Call this when no gateway sends anything. Waits until the follower's picture matches the room, and handles all
    /// its events.
    #[track_caller]
    pub fn catch_up(&mut self) {
        self.follower.assert_matches_state();
        self.listen();
    }

    /// The room holds exactly the sessions of this gateway.
    #[track_caller]
    pub fn compare_sessions(&mut self) {
        let found = self.sessions_there();
        let held = self.people.iter().flat_map(|person| &person.sockets);
        let own: BTreeSet<String> = held.map(|socket| socket.session.clone()).collect();
        let differ: Vec<&String> = found.symmetric_difference(&own).collect();
        assert!(
            differ.is_empty(),
            "{}: of the room's {} sessions it differs in {differ:?}",
            self.id,
            found.len()
        );
        assert_eq!(self.sessions_told(), own.len(), "sessions that BEAT tells {}", self.id);
    }

    /// A follower that took STATE may have missed a removal. A BEAT shows it, and the gateway closes sessions that the
    /// room does not know.
    #[track_caller]
    pub fn reconcile(&mut self) {
        let held: usize = self.people.iter().map(|person| person.sockets.len()).sum();
        if self.follower.took_state > 1 && self.sessions_told() != held {
            let there = self.sessions_there();
            for person in &mut self.people {
                person.sockets.retain(|socket| there.contains(&socket.session));
            }
        }
    }

    #[track_caller]
    fn sessions_told(&mut self) -> usize {
        let beat = self.client.cmd(&["ROOM.BEAT", KEY, &self.id]).list();
        beat[0].int().try_into().expect("no negative number")
    }

    #[track_caller]
    fn sessions_there(&mut self) -> BTreeSet<String> {
        let (mut found, mut cursor) = (BTreeSet::new(), "0".to_owned());
        loop {
            let page = self.client.json(&["ROOM.SESSIONS", KEY, &self.id, "CURSOR", &cursor, "COUNT", "100"]);
            for held in page["sessions"].as_array().expect("sessions") {
                let (user, session) = (&held["user"], string(&held["session"]));
                assert!(self.person(user).is_some(), "{}: not one of its people: {held}", self.id);
                assert!(found.insert(session), "{}: read twice: {held}", self.id);
            }
            cursor = string(&page["cursor"]);
            if cursor == "0" {
                return found;
            }
        }
    }

    /// People who are away and may join.
    pub fn missing(&self) -> Vec<usize> {
        let missing = |person: &Person| !person.is_here() && !person.barred;
        (0..self.people.len()).filter(|who| missing(&self.people[*who])).collect()
    }

    /// People without an accepted vote.
    pub fn without_vote(&self) -> Vec<usize> {
        let voted = |who: &usize| {
            self.ledger.votes.contains_key(&(POLL.id.to_owned(), self.people[*who].name.clone()))
        };
        (0..self.people.len()).filter(|who| !voted(who)).collect()
    }

    /// Drops the planned steps.
    pub fn rest(&mut self) {
        self.duties.clear();
    }

    pub fn push(&mut self, command: Command) {
        self.batch.push(command);
        let frame = self.batch.iter().rev().find(|command| command[0] == "MULTI" || command[0] == "EXEC");
        let is_open = frame.is_some_and(|command| command[0] == "MULTI");
        if self.batch.len() >= BATCH && !is_open {
            self.flush();
        }
    }

    /// Sends the batch, records the replies and handles the follower's events.
    #[track_caller]
    pub fn flush(&mut self) {
        let batch = std::mem::take(&mut self.batch);
        let replies = if batch.is_empty() { Vec::new() } else { self.client.pipeline(&batch) };
        for (command, reply) in batch.iter().zip(&replies) {
            self.ledger.record(command, reply);
            let who = || command.get(2).and_then(|name| self.people.iter().position(|p| p.name == *name));
            match command[0].as_str() {
                "ROOM.JOIN" => {
                    let who = who().expect("one of its people");
                    let person = &mut self.people[who];
                    if reply.error().is_some() {
                        person.sockets.clear();
                        person.barred = true;
                        continue;
                    }
                    let joined = reply.json();
                    let mut sockets = person.sockets.iter_mut();
                    if let Some(socket) = sockets.find(|socket| command.contains(&socket.session)) {
                        socket.seq = joined["seq"].as_i64().expect("a number");
                    }
                }
                "ROOM.COMMENT" if reply.error().is_none() => {
                    let who = who().expect("one of its people");
                    self.own.entry(who).or_default().push(reply.int());
                }
                _ => {}
            }
        }
        self.listen();
    }

    /// Handles the events and direct frames that have arrived.
    #[track_caller]
    fn listen(&mut self) {
        self.follower.pump();
        for event in std::mem::take(&mut self.follower.events) {
            self.obey(&event);
            self.received.record(&event);
        }
        for frame in std::mem::take(&mut self.follower.direct) {
            let event = &frame["event"];
            let kind = string(&event["type"]);
            let state = event["state"].as_str().map_or(String::new(), |state| format!(" {state}"));
            *self.received.direct.entry(kind + &state).or_default() += 1;
            let is_made = event["type"] == "offer" && event["state"] == "made";
            if let Some(who) = self.person(&event["user"]).filter(|_| is_made) {
                let answer = match (self.people[who].part, self.random.u32(0..20)) {
                    (Part::Raiser, _) | (_, 0..=4) => Step::Decline(who),
                    (_, 5..=7) => continue,
                    _ => Step::Accept(who),
                };
                self.in_a_while(10, answer);
            }
        }
    }

    fn obey(&mut self, event: &Json) {
        match event["type"].as_str().unwrap_or_default() {
            "removed" => {
                let seq = event["seq"].as_i64().expect("a number");
                let Some(who) = self.person(&event["user"]) else { return };
                let person = &mut self.people[who];
                let was_here = person.is_here();
                person.sockets.retain(|socket| socket.seq > seq);
                if was_here && !person.is_here() {
                    self.in_a_while(60, Step::Join(who));
                }
            }
            "comment" => {
                self.recent.push(event["comment"]["id"].as_i64().expect("a number"));
                let past = self.recent.len().saturating_sub(RECENT);
                self.recent.drain(..past);
            }
            "hands" => {
                if let Some(top) = event["top"].as_array() {
                    self.hands = top.iter().map(|hand| string(&hand["user"])).collect();
                }
            }
            "stage" => {
                let member = &event["member"];
                let user = string(&member["user"]);
                let is_speaker = member["role"] == "speaker" && member["present"] == true;
                if !is_speaker {
                    self.stage.remove(&user);
                } else if self.stage.insert(user) {
                    if let Some(who) = self.person(&member["user"]) {
                        self.in_a_while(10, Step::Unmute(who));
                        self.in_a_while(300, Step::LeaveStage(who));
                    }
                }
            }
            _ => {}
        }
    }

    fn in_a_while(&mut self, steps: usize, duty: Step) {
        let due = self.taken + self.random.usize(1..=steps);
        self.duties.push((due, duty));
    }

    /// Restarts under another id, and its people join again. A steady follower would have missed nothing.
    #[track_caller]
    pub fn restart(&mut self, lost: bool) {
        self.flush();
        let held: usize = self.people.iter().map(|person| person.sockets.len()).sum();
        self.follower.lose_subscription();
        self.client = self.server.client();
        let drop = ["ROOM.DROP", KEY, &self.id, "LOST"];
        let ended = self.client.int(if lost { &drop[..] } else { &drop[..3] });
        assert_eq!(ended, held as i64, "sessions of {}", self.id);
        self.starts += 1;
        self.id = format!("gateway-{}-{}", self.nth, self.starts);
        let mut back = Vec::new();
        for (who, person) in self.people.iter_mut().enumerate().filter(|(_, person)| person.is_here()) {
            if !lost {
                self.ledger.depart(person.name.clone());
            }
            person.sockets.clear();
            back.push(who);
        }
        self.follower.subscribe_again(self.server);
        self.listen();
        back.iter().for_each(|who| self.join(*who));
        self.flush();
    }

    pub fn is_here(&self, who: usize) -> bool {
        self.people[who].is_here()
    }

    pub fn name(&self, who: usize) -> String {
        self.people[who].name.clone()
    }

    fn person(&self, name: &Json) -> Option<usize> {
        self.people.iter().position(|person| *name == *person.name)
    }
}
