//! The steps of a gateway's people and of its staff.

use super::gateway::Gateway;
use super::ledger::Command;
use super::people::Socket;
use super::{COMMENT_TEXTS, KEY, KINDS, KIND_WEIGHTS, POLL, SECRET_POLL};

/// One action.
#[derive(Clone, Debug)]
pub enum Step {
    Join(usize),
    Leave(usize),
    /// The socket breaks.
    Lose(usize),
    SecondDevice(usize),
    SecondDeviceGone(usize),
    React(usize),
    /// This many REACT commands with COUNT 100.
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
    LeaveStage(usize),
    Beat,
    /// Asks for missed events if BEAT shows a later seq than the follower has.
    BeatAnxiously,
    /// The gateway restarts. It drains, or it dies and another gateway drops its sessions.
    Restart {
        lost: bool,
    },
    /// A prepared command of the staff.
    Send(Command),
    Block {
        target: String,
        clear: bool,
    },
    MuteSomebody,
    AskSomebody,
    LowerSomebody,
    DeleteSomething,
    PinSomething,
    UnpinSomething,
}

impl Gateway<'_> {
    /// Takes a step, unless its person is away.
    pub fn take(&mut self, step: Step) {
        match step {
            Step::Join(who) => self.join(who),
            Step::Leave(who) if self.is_here(who) => {
                self.people[who].sockets.clear();
                let (name, id) = (self.name(who), self.id.clone());
                self.queue(&["ROOM.LEAVE", KEY, &name, "GATEWAY", &id]);
            }
            Step::Lose(who) | Step::SecondDeviceGone(who) if self.is_here(who) => {
                let is_second = matches!(step, Step::SecondDeviceGone(_));
                if is_second != (self.people[who].sockets.len() > 1) {
                    return;
                }
                let Some(socket) = self.people[who].sockets.pop() else { return };
                let (name, id) = (self.name(who), self.id.clone());
                let leave = ["ROOM.LEAVE", KEY, &name, "SESSION", &socket.session, "GATEWAY", &id, "LOST"];
                self.queue(if is_second { &leave[..7] } else { &leave[..] });
            }
            Step::SecondDevice(who) if self.is_here(who) => self.open(who),
            Step::React(who) => self.react(who),
            Step::Tap(who, times) => {
                let name = self.present_from(who);
                (0..times).for_each(|_| self.queue(&["ROOM.REACT", KEY, &name, KINDS[0], "COUNT", "100"]));
            }
            Step::Comment(who) => self.comment(who),
            Step::Spam(who, times) => (0..times).for_each(|_| self.comment(who)),
            Step::DeleteOwn(who) if self.is_here(who) => {
                let Some(id) = self.own.get_mut(&who).and_then(Vec::pop) else { return };
                let name = self.name(who);
                self.queue(&["ROOM.DELCOMMENT", KEY, &name, &id.to_string()]);
            }
            Step::Vote(who) | Step::VoteInSecret(who) if self.is_here(who) => {
                let poll = if matches!(step, Step::Vote(_)) { POLL } else { SECRET_POLL };
                let (name, option) = (self.name(who), self.random.u32(0..poll.options).to_string());
                self.queue(&["ROOM.POLLVOTE", KEY, &name, poll.id, &option]);
            }
            Step::Raise(who) => self.queue_for("ROOM.RAISEHAND", who),
            Step::Lower(who) => self.queue_for("ROOM.LOWERHAND", who),
            Step::Accept(who) => self.queue_for("ROOM.ACCEPT", who),
            Step::Decline(who) => self.queue_for("ROOM.DECLINE", who),
            Step::Unmute(who) => self.queue_for("ROOM.UNMUTE", who),
            Step::LeaveStage(who) => self.queue_for("ROOM.STEPDOWN", who),
            Step::Beat => {
                let id = self.id.clone();
                self.queue(&["ROOM.BEAT", KEY, &id]);
            }
            Step::BeatAnxiously => self.follower.beat(&self.id),
            Step::Restart { lost } => self.restart(lost),
            // The person is away.
            Step::Leave(_)
            | Step::Lose(_)
            | Step::SecondDevice(_)
            | Step::SecondDeviceGone(_)
            | Step::DeleteOwn(_)
            | Step::Vote(_)
            | Step::VoteInSecret(_) => {}
            staff => self.take_as_staff(staff),
        }
    }

    /// A step of the gateway's member of the staff.
    fn take_as_staff(&mut self, step: Step) {
        match step {
            Step::Send(command) => self.push(command),
            Step::Block { target, clear } => {
                let name = self.name(0);
                let block = ["ROOM.BLOCK", KEY, &name, &target, "REASON", "trolling", "CLEAR"];
                self.queue(&["MULTI"]);
                self.queue(&["ROOM.WHOIS", KEY, &name, &target]);
                self.queue(if clear { &block[..] } else { &block[..6] });
                self.queue(&["EXEC"]);
            }
            Step::MuteSomebody => self.of_stage("ROOM.MUTE"),
            Step::AskSomebody => self.of_stage("ROOM.ASKUNMUTE"),
            Step::LowerSomebody if !self.hands.is_empty() => {
                let user = self.hands[self.random.usize(0..self.hands.len())].clone();
                let name = self.name(0);
                self.queue(&["ROOM.LOWERHAND", KEY, &name, &user]);
            }
            Step::DeleteSomething => self.of_recent("ROOM.DELCOMMENT"),
            Step::PinSomething => self.of_recent("ROOM.PIN"),
            Step::UnpinSomething => {
                let pins: Vec<i64> = self.ledger.pins.iter().copied().collect();
                if !pins.is_empty() {
                    let (name, id) = (self.name(0), pins[self.random.usize(0..pins.len())].to_string());
                    self.queue(&["ROOM.UNPIN", KEY, &name, &id]);
                }
            }
            _ => {}
        }
    }

    fn queue(&mut self, parts: &[&str]) {
        self.push(parts.iter().map(|part| (*part).to_owned()).collect());
    }

    fn queue_for(&mut self, verb: &str, who: usize) {
        if self.is_here(who) {
            let name = self.name(who);
            self.queue(&[verb, KEY, &name]);
        }
    }

    pub fn join(&mut self, who: usize) {
        if !self.is_here(who) && !self.people[who].barred {
            self.open(who);
        }
    }

    /// Opens a socket.
    fn open(&mut self, who: usize) {
        self.sessions += 1;
        let (name, id, session) =
            (self.name(who), self.id.clone(), format!("{}-{}", self.nth, self.sessions));
        // Until JOIN is answered, no event is later than this socket.
        self.people[who].sockets.push(Socket { session: session.clone(), seq: i64::MAX });
        let profile = format!(r#"{{"name":"{name} the {who}th"}}"#);
        let mut join = vec!["ROOM.JOIN", KEY, &name, "GATEWAY", &id, "SESSION", &session];
        if who % 3 == 0 && !std::mem::replace(&mut self.people[who].known, true) {
            join.extend(["PROFILE", &profile]);
        }
        self.queue(&join);
    }

    fn react(&mut self, who: usize) {
        let name = self.present_from(who);
        let kind = self.kind();
        let count = self.random.u32(2..=10).to_string();
        let once = self.random.u32(0..5) > 0;
        let react = ["ROOM.REACT", KEY, &name, kind, "COUNT", &count];
        self.queue(if once { &react[..4] } else { &react[..] });
    }

    #[track_caller]
    fn comment(&mut self, who: usize) {
        self.texts += 1;
        let name = self.present_from(who);
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
        self.queue(&command);
        if is_retried {
            self.queue(&command);
        }
    }

    fn of_stage(&mut self, verb: &str) {
        let stage: Vec<String> = self.stage.iter().cloned().collect();
        if !stage.is_empty() {
            let (name, user) = (self.name(0), stage[self.random.usize(0..stage.len())].clone());
            self.queue(&[verb, KEY, &name, &user]);
        }
    }

    fn of_recent(&mut self, verb: &str) {
        if !self.recent.is_empty() {
            let (name, id) = (self.name(0), self.recent[self.random.usize(0..self.recent.len())].to_string());
            self.queue(&[verb, KEY, &name, &id]);
        }
    }

    /// This person, or the next one who is here.
    fn present_from(&self, who: usize) -> String {
        let count = self.people.len();
        let here = (0..count).map(|nth| (who + nth) % count).find(|who| self.is_here(*who));
        self.name(here.unwrap_or(who))
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
