//! The people of a gateway, and what its follower received.

use crate::support::{json, Json};
use std::collections::{BTreeMap, BTreeSet};

/// A person's role in the play.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Staff,
    Guest,
    /// Is kicked and blocked by staff on any gateway.
    Troll,
    /// Raises its hand, and declines every offer.
    Raiser,
    /// Leaves and comes back.
    Leaver,
    /// Loses its socket and comes back.
    Loser,
    /// Has a second device.
    Double,
    /// Comments faster than its rate.
    Spammer,
    /// Reacts faster than its rate.
    Tapper,
    /// Is shadow-blocked by the staff of its own gateway.
    Shadow,
}

/// A person with any number of sockets.
pub struct Person {
    pub name: String,
    pub part: Part,
    pub sockets: Vec<Socket>,
    /// Blocked: does not come back.
    pub barred: bool,
    /// Has joined before, and has sent its profile.
    pub known: bool,
}

pub struct Socket {
    pub session: String,
    /// The `seq` that its JOIN replied.
    pub seq: i64,
}

impl Person {
    pub fn is_here(&self) -> bool {
        !self.sockets.is_empty()
    }
}

/// What a follower received. It is the same for all steady followers.
#[derive(Default)]
pub struct Received {
    pub events: u64,
    pub comments: BTreeSet<i64>,
    pub repeated: BTreeSet<i64>,
    pub deltas: BTreeMap<String, u64>,
    pub joined: i64,
    pub left: i64,
    pub removed: u64,
    /// Direct frames by type, and by state of an offer.
    pub direct: BTreeMap<String, u64>,
    pub ended: Option<Json>,
}

impl Received {
    /// Everything except the comments.
    pub fn figures(&self) -> Json {
        json!({
            "events": self.events, "deltas": self.deltas, "joined": self.joined, "left": self.left,
            "removed": self.removed, "direct": self.direct, "ended": self.ended, "repeated": self.repeated,
        })
    }

    pub fn record(&mut self, event: &Json) {
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
