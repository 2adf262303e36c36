//! Everything that was acknowledged to clients. The room is compared with it.

use crate::support::{Json, Reply, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

/// A command, its name first.
pub type Command = Vec<String>;

/// Refusals by command that users meet when they act at the same time. Any other refusal is a failure.
const REFUSED: [(&str, &[&str]); 15] = [
    ("ROOM.JOIN", &["BLOCKED"]),
    ("ROOM.REACT", &["NOTMEMBER", "RATELIMITED", "ENDED"]),
    ("ROOM.COMMENT", &["NOTMEMBER", "RATELIMITED", "NOCOMMENT", "ENDED"]),
    ("ROOM.DELCOMMENT", &["NOTMEMBER", "FORBIDDEN"]),
    ("ROOM.PIN", &["NOCOMMENT", "TOOMANY"]),
    ("ROOM.POLLVOTE", &["NOTMEMBER", "ALREADYVOTED", "POLLCLOSED"]),
    ("ROOM.RAISEHAND", &["NOTMEMBER", "ONSTAGE"]),
    ("ROOM.NEXT", &["NOSEAT"]),
    ("ROOM.OFFER", &["NOTMEMBER", "ONSTAGE", "NOSEAT"]),
    ("ROOM.ACCEPT", &["NOTMEMBER", "NOOFFER"]),
    ("ROOM.DECLINE", &["NOTMEMBER", "NOOFFER"]),
    ("ROOM.STEPDOWN", &["FORBIDDEN", "NOTMEMBER"]),
    ("ROOM.UNMUTE", &["FORBIDDEN", "NOTMEMBER"]),
    ("ROOM.MUTE", &["NOTMEMBER"]),
    ("ROOM.ASKUNMUTE", &["FORBIDDEN", "NOTMEMBER"]),
];

/// A comment as its author knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    pub user: String,
    pub text: String,
    /// Its author was shadow-blocked.
    pub shadow: bool,
}

/// Counts by kind of reaction and user.
pub type Given = BTreeMap<(String, String), u64>;

/// The acknowledgements of one connection, or of all connections.
#[derive(Default)]
pub struct Ledger {
    /// Commands sent.
    pub sent: u64,
    /// Refused commands, by code.
    pub refused: BTreeMap<String, u64>,
    /// Accepted REACT commands, without regard to COUNT.
    pub taps: u64,
    /// Users who joined.
    pub joined: BTreeSet<String>,
    /// The largest `present` in a reply of JOIN.
    pub most_present: i64,
    /// Visits that ended, by user.
    pub departed: BTreeMap<String, u64>,
    pub reactions: Given,
    pub shadow_reactions: Given,
    pub comments: BTreeMap<i64, Written>,
    /// Comments by text.
    ids: BTreeMap<String, i64>,
    pub deleted: BTreeSet<i64>,
    /// Users whose comments were all deleted.
    pub cleared: BTreeSet<String>,
    /// Comments that were ever pinned. `pins` holds those that were not unpinned since.
    pub pinned: BTreeSet<i64>,
    pub pins: BTreeSet<i64>,
    /// Options by poll and user.
    pub votes: BTreeMap<(String, String), String>,
    /// Hands raised, by user.
    pub hands: BTreeMap<String, u64>,
    pub lowered: u64,
    /// Users whom NEXT seated, by its token. A retry seats no second user.
    pub next: BTreeMap<String, String>,
    /// Users whom OFFER seated, because their hand was up.
    pub promoted: Vec<String>,
    pub offered: u64,
    pub accepted: Vec<String>,
    pub declined: u64,
    pub asked: u64,
    pub mutes: u64,
    pub kicks: u64,
    pub blocks: u64,
    pub shadow_blocks: u64,
    pub blocked: BTreeSet<String>,
    pub shadowed: BTreeSet<String>,
    /// Kicks and blocks of users who were present.
    pub removed: u64,
    /// The summary that END replied.
    pub ended: Option<Json>,
    /// The commands of an open transaction.
    queued: Option<Vec<Command>>,
    /// The user of the last WHOIS was present.
    was_present: bool,
}

impl Ledger {
    /// Records a reply.
    #[track_caller]
    pub fn record(&mut self, command: &Command, reply: &Reply) {
        let verb = command[0].as_str();
        match (&mut self.queued, verb) {
            (None, "MULTI") => return self.queued = Some(Vec::new()),
            (Some(queued), "EXEC") => {
                let queued = std::mem::take(queued);
                self.queued = None;
                return queued
                    .iter()
                    .zip(reply.list())
                    .for_each(|(command, reply)| self.record(command, &reply));
            }
            (Some(queued), _) => return queued.push(command.clone()),
            (None, _) => self.sent += 1,
        }
        match reply.error() {
            Some(error) => self.refuse(verb, &error),
            None => self.acknowledge(verb, command, reply),
        }
    }

    #[track_caller]
    fn refuse(&mut self, verb: &str, error: &str) {
        let code = error.split(' ').next().unwrap_or_default();
        let known = REFUSED.iter().find(|(known, _)| *known == verb).map_or(&[][..], |(_, codes)| codes);
        assert!(known.contains(&code), "{verb}: {error}");
        *self.refused.entry(code.to_owned()).or_default() += 1;
    }

    #[track_caller]
    fn acknowledge(&mut self, verb: &str, command: &Command, reply: &Reply) {
        match verb {
            "ROOM.JOIN" => {
                let joined = reply.json();
                self.joined.insert(command[2].clone());
                self.most_present = self.most_present.max(joined["present"].as_i64().expect("a number"));
            }
            // A visit does not end with one of several sessions, or with a broken socket.
            "ROOM.LEAVE" if has(command, "SESSION") || has(command, "LOST") => {
                assert_eq!(reply.int(), 1, "{command:?}");
            }
            "ROOM.LEAVE" if reply.int() > 0 => self.depart(command[2].clone()),
            "ROOM.REACT" | "ROOM.COMMENT" | "ROOM.DELCOMMENT" | "ROOM.PIN" | "ROOM.UNPIN"
            | "ROOM.POLLVOTE" => {
                self.acknowledge_message(verb, command, reply);
            }
            "ROOM.WHOIS" => self.was_present = reply.json()["present"] == true,
            "ROOM.KICK" | "ROOM.BLOCK" => self.acknowledge_moderation(verb, command, reply),
            "ROOM.END" => self.ended = Some(reply.json()),
            _ => self.acknowledge_stage(verb, command, reply),
        }
    }

    /// Comments, reactions and votes.
    #[track_caller]
    fn acknowledge_message(&mut self, verb: &str, command: &Command, reply: &Reply) {
        let user = || command[2].clone();
        let id = || command[3].parse::<i64>().expect("an id");
        let shadow = self.shadowed.contains(&command[2]);
        match verb {
            "ROOM.REACT" => {
                assert!(reply.int() > 0);
                let count = command.get(5).map_or(1, |count| count.parse().expect("a number"));
                let given = if shadow { &mut self.shadow_reactions } else { &mut self.reactions };
                *given.entry((command[3].clone(), user())).or_default() += count;
                self.taps += 1;
            }
            "ROOM.COMMENT" => {
                let written = Written { user: user(), text: command[3].clone(), shadow };
                let id = reply.int();
                let before = self.comments.insert(id, written.clone());
                assert!(before.is_none_or(|before| before == written), "one id for two comments: {id}");
                // Only a retry sends the same text again.
                let first = self.ids.insert(command[3].clone(), id);
                assert!(
                    first.is_none_or(|first| first == id),
                    "{command:?} was accepted twice: {first:?} and {id}"
                );
            }
            "ROOM.DELCOMMENT" if reply.int() == 1 => {
                assert!(self.deleted.insert(id()), "{id:?} twice", id = id())
            }
            "ROOM.PIN" => {
                reply.ok();
                self.pinned.insert(id());
                self.pins.insert(id());
            }
            "ROOM.UNPIN" if reply.int() == 1 => assert!(self.pins.remove(&id()), "{command:?}"),
            "ROOM.POLLVOTE" => {
                assert!(reply.int() > 0);
                self.votes.insert((command[3].clone(), user()), command[4].clone());
            }
            _ => {}
        }
    }

    /// Hands, offers and microphones.
    #[track_caller]
    fn acknowledge_stage(&mut self, verb: &str, command: &Command, reply: &Reply) {
        match verb {
            "ROOM.RAISEHAND" => {
                assert!(reply.int() > 0);
                *self.hands.entry(command[2].clone()).or_default() += 1;
            }
            "ROOM.LOWERHAND" => self.lowered += count(reply),
            "ROOM.NEXT" if reply.value != Value::Nil => {
                let seated = reply.text();
                let again = self.next.insert(command[4].clone(), seated.clone());
                assert!(again.is_none_or(|before| before == seated), "{command:?} seated two");
            }
            "ROOM.OFFER" => match reply.text().as_str() {
                "promoted" => self.promoted.push(command[3].clone()),
                "offered" => self.offered += 1,
                other => panic!("{command:?}: {other}"),
            },
            "ROOM.ACCEPT" => self.accepted.push(command[2].clone()),
            "ROOM.DECLINE" => self.declined += 1,
            "ROOM.ASKUNMUTE" => self.asked += 1,
            "ROOM.MUTE" if command.len() > 3 => self.mutes += count(reply),
            _ => {}
        }
    }

    #[track_caller]
    fn acknowledge_moderation(&mut self, verb: &str, command: &Command, reply: &Reply) {
        let target = || command[3].clone();
        match verb {
            "ROOM.KICK" if reply.int() > 0 => {
                self.kicks += 1;
                self.removed += 1;
                self.depart(target());
            }
            "ROOM.BLOCK" if has(command, "SHADOW") => {
                self.shadow_blocks += 1;
                self.shadowed.insert(target());
            }
            "ROOM.BLOCK" => {
                self.blocks += 1;
                self.blocked.insert(target());
                if has(command, "CLEAR") {
                    self.cleared.insert(target());
                }
                if std::mem::take(&mut self.was_present) {
                    self.removed += 1;
                    self.depart(target());
                }
            }
            _ => {}
        }
    }

    /// A visit ended.
    pub fn depart(&mut self, user: String) {
        *self.departed.entry(user).or_default() += 1;
    }

    /// Adds another connection's acknowledgements.
    #[track_caller]
    pub fn add(&mut self, other: Ledger) {
        self.sent += other.sent;
        sum(&mut self.refused, other.refused);
        self.taps += other.taps;
        self.joined.extend(other.joined);
        self.most_present = self.most_present.max(other.most_present);
        sum(&mut self.departed, other.departed);
        sum(&mut self.reactions, other.reactions);
        sum(&mut self.shadow_reactions, other.shadow_reactions);
        for (id, written) in other.comments {
            let before = self.comments.insert(id, written);
            assert!(before.is_none(), "two comments under the id {id}");
        }
        for id in other.deleted {
            assert!(self.deleted.insert(id), "the comment {id} was deleted twice");
        }
        self.cleared.extend(other.cleared);
        self.pinned.extend(other.pinned);
        self.pins.extend(other.pins);
        self.votes.extend(other.votes);
        sum(&mut self.hands, other.hands);
        self.lowered += other.lowered;
        self.next.extend(other.next);
        self.promoted.extend(other.promoted);
        self.offered += other.offered;
        self.accepted.extend(other.accepted);
        self.declined += other.declined;
        self.asked += other.asked;
        self.mutes += other.mutes;
        self.kicks += other.kicks;
        self.blocks += other.blocks;
        self.shadow_blocks += other.shadow_blocks;
        self.blocked.extend(other.blocked);
        self.shadowed.extend(other.shadowed);
        self.removed += other.removed;
        self.ended = self.ended.take().or(other.ended);
    }

    /// Comments that every user sees.
    pub fn public_comments(&self) -> usize {
        self.comments.values().filter(|written| !written.shadow).count()
    }

    /// The comment is deleted, alone or with all comments of its author.
    pub fn is_deleted(&self, id: i64) -> bool {
        let author = self.comments.get(&id).map(|written| &written.user);
        self.deleted.contains(&id) || author.is_some_and(|author| self.cleared.contains(author))
    }

    /// Reactions that every user sees, by kind.
    pub fn totals(&self) -> BTreeMap<String, u64> {
        let mut totals = BTreeMap::new();
        for ((kind, _), count) in &self.reactions {
            *totals.entry(kind.clone()).or_default() += count;
        }
        totals
    }

    /// Votes by option.
    pub fn votes_by_option(&self, poll: &str, options: usize) -> Vec<u64> {
        let mut counts = vec![0; options];
        for (_, option) in self.votes.iter().filter(|((of, _), _)| of == poll) {
            counts[option.parse::<usize>().expect("an option")] += 1;
        }
        counts
    }

    /// How many offers count as accepted. NEXT, or an OFFER to a raised hand, also accepts an open offer of the user that
    /// it seats.
    pub fn offers_accepted(&self) -> RangeInclusive<u64> {
        let accepted = self.accepted.len() as u64;
        accepted..=accepted + (self.next.len() + self.promoted.len()) as u64
    }

    /// Stage spans that began, by user. The spans of the staff begin with JOIN and are not included.
    pub fn stage_spans(&self) -> BTreeMap<String, u64> {
        let mut stage_spans = BTreeMap::new();
        for user in self.next.values().chain(&self.promoted).chain(&self.accepted) {
            *stage_spans.entry(user.clone()).or_default() += 1;
        }
        stage_spans
    }
}

fn has(command: &Command, word: &str) -> bool {
    command.iter().any(|arg| arg == word)
}

#[track_caller]
fn count(reply: &Reply) -> u64 {
    reply.int().try_into().expect("no negative number")
}

fn sum<K: Ord>(own: &mut BTreeMap<K, u64>, other: BTreeMap<K, u64>) {
    for (key, count) in other {
        *own.entry(key).or_default() += count;
    }
}
