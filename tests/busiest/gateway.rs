//! A gateway: one connection for what its people do, and a follower whose events it obeys.

use super::ledger::{Command, Ledger};
use super::{COMMENT_TEXTS, KEY, KINDS, KIND_WEIGHTS, POLL, SECRET_POLL};
use crate::support::{Client, Follower, Json, Server};
use std::collections::{BTreeMap, BTreeSet};

/// Commands sent in one go.
const BATCH: usize = 32;
/// Comments of others that its people may answer, delete or pin.
const RECENT: usize = 40;

/// Who somebody is in the play.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Staff,
    Guest,
    /// Is kicked and blocked by staff of whatever gateway.
    Troll,
    /// Raises its hand, and declines what it is offered.
    Raiser,
    /// Leaves and comes back.
    Leaver,
    /// Its socket breaks, and it comes back.
    Loser,
    /// Has a second device.
    Double,
    /// Writes faster than it may.
    Spammer,
    /// Taps faster than it may.
    Tapper,
    /// Is shadow-blocked by the staff of its own gateway.
    Shadow,
}

/// Somebody with a socket, or several, or none at the moment.
pub struct Person {
    pub name: String,
    pub part: Part,
    pub sockets: Vec<Socket>,
    /// Blocked: does not come back.
    pub barred: bool,
    /// Came in before, and has its profile.
    known: bool,
}

pub struct Socket {
    session: String,
    /// What its JOIN replied.
    seq: i64,
}

impl Person {
    pub fn is_here(&self) -> bool {
        !self.sockets.is_empty()
    }
}

/// What to do next.
#[derive(Clone, Debug)]
pub enum Step {
    Join(usize),
    Leave(usize),
    /// The socket breaks.
    Lose(usize),
    SecondDevice(usize),
    SecondDeviceGone(usize),
    React(usize),
    /// So many messages of a hundred.
    Tap(usize, usize),
    Comment(usize),
    Spam(usize, usize),
    DeleteOwn(usize),
    Vote(usize),
    VoteInSecret(usize),
    Raise(usize),
    Lower(usize),
    Accept(usize),
    Decline(usize),
    Unmute(usize),
    StepDown(usize),
    Beat,
    /// Asks for what it missed if BEAT shows a later seq than it has seen.
    BeatAnxiously,
    /// The gateway is restarted: it drains, or dies and another finds its sessions.
    Restart { lost: bool },
    /// A command of the staff as it stands.
    Say(Command),
    Block { target: String, clear: bool },
    MuteSomebody,
    AskSomebody,
    LowerSomebody,
    DeleteSomething,
    PinSomething,
    UnpinSomething,
}

/// What its follower brought: steady followers hear the same.
#[derive(Debug, Default, PartialEq)]
pub struct Heard {
    pub events: u64,
    pub comments: BTreeSet<i64>,
    pub deltas: BTreeMap<String, u64>,
    pub joined: i64,
    pub left: i64,
    pub removed: u64,
    /// Direct frames by type, and state of an offer.
    pub direct: BTreeMap<String, u64>,
    pub ended: Option<Json>,
}

pub struct Gateway<'s> {
    server: &'s Server,
    pub nth: usize,
    /// Its name, new at every start.
    pub id: String,
    starts: u32,
    sessions: u32,
    client: Client,
    pub follower: Follower,
    pub people: Vec<Person>,
    pub ledger: Ledger,
    pub heard: Heard,
    random: fastrand::Rng,
    batch: Vec<Command>,
    /// Steps taken, and what is to be done after so many.
    taken: usize,
    duties: Vec<(usize, Step)>,
    texts: u32,
    recent: Vec<i64>,
    own: BTreeMap<usize, Vec<i64>>,
    /// Speakers on stage, whether its own people or not.
    stage: BTreeSet<String>,
    hands: Vec<String>,
}

impl<'s> Gateway<'s> {
    #[track_caller]
    pub fn start(server: &'s Server, nth: usize, people: Vec<(String, Part)>, seed: u64) -> Gateway<'s> {
        let person =
            |(name, part)| Person { name, part, sockets: Vec::new(), barred: false, known: false };
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
            heard: Heard::default(),
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

    /// Takes all these steps, and in between what its follower makes it do.
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

    /// Nobody sends anything any more: what its follower has is the room, and all that came of it is taken in.
    #[track_caller]
    pub fn catch_up(&mut self) {
        self.follower.assert_matches_state();
        self.listen();
    }

    /// The room knows of exactly the sessions that it holds.
    #[track_caller]
    pub fn compare_sessions(&mut self) {
        let found = self.sessions_there();
        let held = self.people.iter().flat_map(|person| &person.sockets);
        let own: BTreeSet<String> = held.map(|socket| socket.session.clone()).collect();
        let differ: Vec<&String> = found.symmetric_difference(&own).collect();
        assert!(differ.is_empty(), "{}: of the room's {} sessions it differs in {differ:?}", self.id, found.len());
        assert_eq!(self.sessions_told(), own.len(), "sessions that BEAT tells {}", self.id);
    }

    /// Who had to take STATE may have missed who was removed: a BEAT shows it, and what the room does not know is closed.
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

    /// All who are not here and may come in.
    pub fn missing(&self) -> Vec<usize> {
        let missing = |person: &Person| !person.is_here() && !person.barred;
        (0..self.people.len()).filter(|who| missing(&self.people[*who])).collect()
    }

    /// All whose vote was not taken.
    pub fn without_vote(&self) -> Vec<usize> {
        let voted = |who: &usize| {
            self.ledger.votes.contains_key(&(POLL.id.to_owned(), self.people[*who].name.clone()))
        };
        (0..self.people.len()).filter(|who| !voted(who)).collect()
    }

    /// Forgets what it meant to do.
    pub fn rest(&mut self) {
        self.duties.clear();
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::Join(who) => self.join(who),
            Step::Leave(who) if self.is_here(who) => {
                self.people[who].sockets.clear();
                let (name, id) = (self.name(who), self.id.clone());
                self.say(&["ROOM.LEAVE", KEY, &name, "GATEWAY", &id]);
            }
            Step::Lose(who) | Step::SecondDeviceGone(who) if self.is_here(who) => {
                let is_second = matches!(step, Step::SecondDeviceGone(_));
                if is_second != (self.people[who].sockets.len() > 1) {
                    return;
                }
                let Some(socket) = self.people[who].sockets.pop() else { return };
                let (name, id) = (self.name(who), self.id.clone());
                let leave = ["ROOM.LEAVE", KEY, &name, "SESSION", &socket.session, "GATEWAY", &id, "LOST"];
                self.say(if is_second { &leave[..7] } else { &leave[..] });
            }
            Step::SecondDevice(who) if self.is_here(who) => self.open(who),
            Step::React(who) => {
                let name = self.somebody(who);
                let kind = self.kind();
                let count = self.random.u32(2..=10).to_string();
                let once = self.random.u32(0..5) > 0;
                let react = ["ROOM.REACT", KEY, &name, kind, "COUNT", &count];
                self.say(if once { &react[..4] } else { &react[..] });
            }
            Step::Tap(who, times) => {
                let name = self.somebody(who);
                (0..times).for_each(|_| self.say(&["ROOM.REACT", KEY, &name, KINDS[0], "COUNT", "100"]));
            }
            Step::Comment(who) => self.comment(who),
            Step::Spam(who, times) => (0..times).for_each(|_| self.comment(who)),
            Step::DeleteOwn(who) if self.is_here(who) => {
                let Some(id) = self.own.get_mut(&who).and_then(Vec::pop) else { return };
                let name = self.name(who);
                self.say(&["ROOM.DELCOMMENT", KEY, &name, &id.to_string()]);
            }
            Step::Vote(who) | Step::VoteInSecret(who) if self.is_here(who) => {
                let poll = if matches!(step, Step::Vote(_)) { POLL } else { SECRET_POLL };
                let (name, option) = (self.name(who), self.random.u32(0..poll.options).to_string());
                self.say(&["ROOM.POLLVOTE", KEY, &name, poll.id, &option]);
            }
            Step::Raise(who) => self.say_of("ROOM.RAISEHAND", who),
            Step::Lower(who) => self.say_of("ROOM.LOWERHAND", who),
            Step::Accept(who) => self.say_of("ROOM.ACCEPT", who),
            Step::Decline(who) => self.say_of("ROOM.DECLINE", who),
            Step::Unmute(who) => self.say_of("ROOM.UNMUTE", who),
            Step::StepDown(who) => self.say_of("ROOM.STEPDOWN", who),
            Step::Beat => {
                let id = self.id.clone();
                self.say(&["ROOM.BEAT", KEY, &id]);
            }
            Step::BeatAnxiously => self.follower.beat(&self.id),
            Step::Restart { lost } => self.restart(lost),
            Step::Say(command) => self.push(command),
            Step::Block { target, clear } => {
                let name = self.name(0);
                let block = ["ROOM.BLOCK", KEY, &name, &target, "REASON", "trolling", "CLEAR"];
                self.say(&["MULTI"]);
                self.say(&["ROOM.WHOIS", KEY, &name, &target]);
                self.say(if clear { &block[..] } else { &block[..6] });
                self.say(&["EXEC"]);
            }
            Step::MuteSomebody => self.of_stage("ROOM.MUTE"),
            Step::AskSomebody => self.of_stage("ROOM.ASKUNMUTE"),
            Step::LowerSomebody if !self.hands.is_empty() => {
                let user = self.hands[self.random.usize(0..self.hands.len())].clone();
                let name = self.name(0);
                self.say(&["ROOM.LOWERHAND", KEY, &name, &user]);
            }
            Step::DeleteSomething => self.of_recent("ROOM.DELCOMMENT"),
            Step::PinSomething => self.of_recent("ROOM.PIN"),
            Step::UnpinSomething => {
                let pins: Vec<i64> = self.ledger.pins.iter().copied().collect();
                if !pins.is_empty() {
                    let (name, id) = (self.name(0), pins[self.random.usize(0..pins.len())].to_string());
                    self.say(&["ROOM.UNPIN", KEY, &name, &id]);
                }
            }
            // Who is away does not do it.
            Step::Leave(_)
            | Step::Lose(_)
            | Step::SecondDevice(_)
            | Step::SecondDeviceGone(_)
            | Step::DeleteOwn(_)
            | Step::Vote(_)
            | Step::VoteInSecret(_)
            | Step::LowerSomebody => {}
        }
    }

    fn say(&mut self, parts: &[&str]) {
        self.push(parts.iter().map(|part| (*part).to_owned()).collect());
    }

    fn say_of(&mut self, verb: &str, who: usize) {
        if self.is_here(who) {
            let name = self.name(who);
            self.say(&[verb, KEY, &name]);
        }
    }

    fn push(&mut self, command: Command) {
        self.batch.push(command);
        let frame = self.batch.iter().rev().find(|said| said[0] == "MULTI" || said[0] == "EXEC");
        let is_open = frame.is_some_and(|said| said[0] == "MULTI");
        if self.batch.len() >= BATCH && !is_open {
            self.flush();
        }
    }

    /// Sends what is to be sent, notes the replies and takes what its follower has.
    #[track_caller]
    fn flush(&mut self) {
        let batch = std::mem::take(&mut self.batch);
        let replies = if batch.is_empty() { Vec::new() } else { self.client.pipeline(&batch) };
        for (command, reply) in batch.iter().zip(&replies) {
            self.ledger.note(command, reply);
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

    /// Takes the events and direct frames that have come.
    #[track_caller]
    fn listen(&mut self) {
        self.follower.pump();
        for event in std::mem::take(&mut self.follower.events) {
            self.obey(&event);
            self.heard.note(&event);
        }
        for frame in std::mem::take(&mut self.follower.direct) {
            let event = &frame["event"];
            let kind = string(&event["type"]);
            let state = event["state"].as_str().map_or(String::new(), |state| format!(" {state}"));
            *self.heard.direct.entry(kind + &state).or_default() += 1;
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
                    self.hands = top.iter().map(string).collect();
                }
            }
            "stage" => {
                for member in event["members"].as_array().expect("members") {
                    let user = string(&member["user"]);
                    let is_speaker = member["role"] == "speaker" && member["present"] == true;
                    if !is_speaker {
                        self.stage.remove(&user);
                    } else if self.stage.insert(user) {
                        if let Some(who) = self.person(&member["user"]) {
                            self.in_a_while(10, Step::Unmute(who));
                            self.in_a_while(300, Step::StepDown(who));
                        }
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

    fn join(&mut self, who: usize) {
        if !self.is_here(who) && !self.people[who].barred {
            self.open(who);
        }
    }

    /// Opens a socket.
    fn open(&mut self, who: usize) {
        self.sessions += 1;
        let (name, id, session) = (self.name(who), self.id.clone(), format!("{}-{}", self.nth, self.sessions));
        // Until its JOIN is answered no event is later than it.
        self.people[who].sockets.push(Socket { session: session.clone(), seq: i64::MAX });
        let profile = format!(r#"{{"name":"{name} the {who}th"}}"#);
        let mut join = vec!["ROOM.JOIN", KEY, &name, "GATEWAY", &id, "SESSION", &session];
        if who % 3 == 0 && !std::mem::replace(&mut self.people[who].known, true) {
            join.extend(["PROFILE", &profile]);
        }
        self.say(&join);
    }

    #[track_caller]
    fn comment(&mut self, who: usize) {
        self.texts += 1;
        let name = self.somebody(who);
        let phrase = COMMENT_TEXTS[self.random.usize(0..COMMENT_TEXTS.len())];
        let (text, token) = (format!("{}.{}: {phrase}", self.nth, self.texts), format!("t{}", self.texts));
        let mut command = vec!["ROOM.COMMENT", KEY, &name, &text];
        let reply = self.recent.last().map(i64::to_string).unwrap_or_default();
        if !reply.is_empty() && self.random.u32(0..10) == 0 {
            command.extend(["REPLY", &reply]);
        }
        let is_retried = self.random.u32(0..50) == 0;
        if is_retried {
            command.extend(["TOKEN", &token]);
        }
        self.say(&command);
        if is_retried {
            self.say(&command);
        }
    }

    /// It comes back under another name, and so do its people. A steady follower would have missed nothing.
    #[track_caller]
    fn restart(&mut self, lost: bool) {
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
        back.iter().take(back.len() / 2).for_each(|who| self.join(*who));
        self.flush();
        self.follower.subscribe_again(self.server);
        self.listen();
        back.iter().for_each(|who| self.join(*who));
        self.flush();
    }

    fn of_stage(&mut self, verb: &str) {
        let stage: Vec<String> = self.stage.iter().cloned().collect();
        if !stage.is_empty() {
            let (name, user) = (self.name(0), stage[self.random.usize(0..stage.len())].clone());
            self.say(&[verb, KEY, &name, &user]);
        }
    }

    fn of_recent(&mut self, verb: &str) {
        if !self.recent.is_empty() {
            let (name, id) = (self.name(0), self.recent[self.random.usize(0..self.recent.len())].to_string());
            self.say(&[verb, KEY, &name, &id]);
        }
    }

    fn is_here(&self, who: usize) -> bool {
        self.people[who].is_here()
    }

    fn name(&self, who: usize) -> String {
        self.people[who].name.clone()
    }

    /// This one, or whoever is next of those who are here.
    fn somebody(&self, who: usize) -> String {
        let count = self.people.len();
        let here = (0..count).map(|nth| (who + nth) % count).find(|who| self.is_here(*who));
        self.name(here.unwrap_or(who))
    }

    fn person(&self, name: &Json) -> Option<usize> {
        self.people.iter().position(|person| *name == *person.name)
    }

    fn kind(&mut self) -> &'static str {
        let mut place = self.random.u32(0..KIND_WEIGHTS.iter().sum());
        let mut kinds = KINDS.iter().zip(KIND_WEIGHTS);
        let found = kinds.find(|(_, weight)| {
            let is_it = place < *weight;
            place = place.saturating_sub(*weight);
            is_it
        });
        found.map_or(KINDS[0], |(kind, _)| kind)
    }
}

impl Heard {
    #[track_caller]
    fn note(&mut self, event: &Json) {
        self.events += 1;
        let number = |field: &str| event[field].as_i64().expect("a number");
        match event["type"].as_str().unwrap_or_default() {
            "comment" => {
                let id = event["comment"]["id"].as_i64().expect("a number");
                assert!(self.comments.insert(id), "the comment {id} came twice");
            }
            "reactions" => {
                for (kind, delta) in event["delta"].as_object().expect("deltas") {
                    *self.deltas.entry(kind.clone()).or_default() += delta.as_u64().expect("a number");
                }
            }
            "audience" => {
                self.joined += number("joined");
                self.left += number("left");
            }
            "removed" => self.removed += 1,
            "ended" => self.ended = Some(event["summary"].clone()),
            _ => {}
        }
    }
}

#[track_caller]
fn string(value: &Json) -> String {
    value.as_str().map(str::to_owned).unwrap_or_else(|| panic!("no string: {value}"))
}
