//! Past events for ROOM.EVENTS.
//!
//! The history keeps at least the last `room.history-bytes` of events. Of events that fold, it keeps only the latest of
//! each fold, because that event holds all values. The history is saved with the room but is local to a server: it is
//! not digested.

use crate::room::pending::Fold;
use crate::room::users::UserIx;
use std::collections::VecDeque;

/// The subject of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// A folding event. A later event of the same fold replaces it.
    Fold(Fold),
    /// An event with the text of this comment. Deleting the comment removes the text.
    Comment(u64),
    /// Any other event.
    Other,
}

/// One event as it was published, or with all values if it folds.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The number of the event.
    pub seq: u64,
    /// The topic.
    pub topic: Topic,
    /// The users that the event names. Their profiles are sent with it.
    pub users: Vec<UserIx>,
    /// The event as JSON.
    pub json: Box<str>,
}

impl Entry {
    /// The bytes that count against `room.history-bytes`.
    pub fn bytes(&self) -> usize {
        self.json.len()
    }
}

/// The past events of a room.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// The events in the order of their numbers.
    pub entries: VecDeque<Entry>,
    /// The history holds all events with a greater number, except folding events that a later one replaced.
    pub floor: u64,
    /// Total length of the events, bytes.
    pub bytes: usize,
}

impl History {
    /// Adds an event and drops the oldest ones as long as at least `keep` bytes remain.
    pub fn push(&mut self, entry: Entry, keep: usize) {
        if let Topic::Fold(_) = entry.topic {
            if let Some(at) = self.entries.iter().rposition(|old| old.topic == entry.topic) {
                if let Some(old) = self.entries.remove(at) {
                    self.bytes -= old.bytes();
                }
            }
        }
        self.bytes += entry.bytes();
        self.entries.push_back(entry);
        while let Some(first) = self.entries.front() {
            let bytes = first.bytes();
            if self.bytes - bytes < keep {
                break;
            }
            self.floor = first.seq;
            self.bytes -= bytes;
            self.entries.pop_front();
        }
    }

    /// The events after the number `since`; None: the history no longer holds all of them.
    pub fn after(&self, since: u64) -> Option<impl Iterator<Item = &Entry> + '_> {
        let from = self.entries.partition_point(|entry| entry.seq <= since);
        (since >= self.floor).then(|| self.entries.range(from..))
    }

    /// Replaces events with the text of a comment. `rewrite` gets the comment's id and returns the new JSON, or None to
    /// keep the event.
    pub fn rewrite_comments(&mut self, mut rewrite: impl FnMut(u64, &Entry) -> Option<Box<str>>) {
        for entry in &mut self.entries {
            if let Topic::Comment(id) = entry.topic {
                if let Some(json) = rewrite(id, entry) {
                    self.bytes = self.bytes - entry.json.len() + json.len();
                    entry.json = json;
                }
            }
        }
    }
}
