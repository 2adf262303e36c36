//! Past events for ROOM.EVENTS.
//!
//! The history keeps at least the last `room.history-bytes` of events. Of events that fold, it keeps only the latest of
//! each fold, because that event holds all values. The history is saved with the room but is local to a server: it is
//! not digested.

use crate::room::pending::Fold;
use crate::room::users::UserIx;
use std::collections::BTreeMap;

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

impl Topic {
    /// The comment whose text the event may hold.
    fn comment(self) -> Option<u64> {
        match self {
            Topic::Comment(id) | Topic::Fold(Fold::Pin(id)) => Some(id),
            Topic::Fold(_) | Topic::Other => None,
        }
    }
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
    /// The events by number.
    pub entries: BTreeMap<u64, Entry>,
    /// The number of the event of each fold.
    pub latest: BTreeMap<Fold, u64>,
    /// The history holds all events with a greater number, except folding events that a later one replaced.
    pub floor: u64,
    /// Total length of the events, bytes.
    pub bytes: usize,
}

impl History {
    /// Adds an event and drops the oldest ones as long as at least `keep` bytes remain.
    pub fn push(&mut self, entry: Entry, keep: usize) {
        if let Topic::Fold(fold) = entry.topic {
            self.replace(fold);
            if fold == Fold::HandsCleared {
                // This event holds all values of an earlier change of hands. The reverse does not hold.
                self.replace(Fold::Hands);
            }
        }
        self.append(entry);
        while let Some(first) = self.entries.first_entry() {
            let bytes = first.get().bytes();
            if self.bytes - bytes < keep {
                break;
            }
            let first = first.remove();
            self.floor = first.seq;
            self.bytes -= bytes;
            if let Topic::Fold(fold) = first.topic {
                self.latest.remove(&fold);
            }
        }
    }

    /// Adds an event. Its number is greater than all others, and its fold has no event.
    pub fn append(&mut self, entry: Entry) {
        if let Topic::Fold(fold) = entry.topic {
            self.latest.insert(fold, entry.seq);
        }
        self.bytes += entry.bytes();
        self.entries.insert(entry.seq, entry);
    }

    /// Removes the event of a fold, because a later one holds its values.
    fn replace(&mut self, fold: Fold) {
        let old = self.latest.remove(&fold).and_then(|seq| self.entries.remove(&seq));
        self.bytes -= old.map_or(0, |old| old.bytes());
    }

    /// The events after the number `since`; None: the history no longer holds all of them.
    pub fn after(&self, since: u64) -> Option<impl Iterator<Item = &Entry> + '_> {
        (since >= self.floor).then(|| self.entries.range(since.saturating_add(1)..).map(|(_, entry)| entry))
    }

    /// Replaces events with the text of a comment. `rewrite` gets the comment's id and returns the new JSON, or None to
    /// keep the event.
    pub fn rewrite_comments(&mut self, mut rewrite: impl FnMut(u64, &Entry) -> Option<Box<str>>) {
        for entry in self.entries.values_mut() {
            if let Some(json) = entry.topic.comment().and_then(|id| rewrite(id, entry)) {
                self.bytes = self.bytes - entry.json.len() + json.len();
                entry.json = json;
            }
        }
    }
}
