//! The people of a gateway, and what its follower brings them.

use crate::support::{json, Json};
use std::collections::{BTreeMap, BTreeSet};

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
    pub known: bool,
}

pub struct Socket {
    pub session: String,
    /// What its JOIN replied.
    pub seq: i64,
}

impl Person {
    pub fn is_here(&self) -> bool {
        !self.sockets.is_empty()
    }
}

/// What its follower brought: steady followers hear the same.
#[derive(Default)]
pub struct Heard {
    pub events: u64,
    pub comments: BTreeSet<i64>,
    pub repeated: BTreeSet<i64>,
    pub deltas: BTreeMap<String, u64>,
    pub joined: i64,
    pub left: i64,
    pub removed: u64,
    /// Direct frames by type, and state of an offer.
    pub direct: BTreeMap<String, u64>,
    pub ended: Option<Json>,
}

impl Heard {
    /// All but the comments.
    pub fn figures(&self) -> Json {
        json!({
            "events": self.events, "deltas": self.deltas, "joined": self.joined, "left": self.left,
            "removed": self.removed, "direct": self.direct, "ended": self.ended, "repeated": self.repeated,
        })
    }

    pub fn note(&mut self, event: &Json) {
        self.events += 1;
        let number = |field: &str| event[field].as_i64().expect("a number");
        match event["type"].as_str().unwrap_or_default() {
            "comment" => {
                let id = event["comment"]["id"].as_i64().expect("a number");
                if !self.comments.insert(id) {
                    self.repeated.insert(id);
                }
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
pub fn string(value: &Json) -> String {
    value.as_str().map(str::to_owned).unwrap_or_else(|| panic!("no string: {value}"))
}
