//! Events kept for ROOM.EVENTS: at least the last `room.history-bytes`, of the folding kinds only the latest, since it
//! holds the values. Saved with the room, but local to a server: not digested.

use crate::room::pending::Fold;
use crate::room::users::UserIx;
use std::collections::VecDeque;

/// What an event is about, as far as history cares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// A folding kind: a later one replaces it.
    Fold(Fold),
    /// It holds a comment's text, which deletion takes away.
    Comment(u64),
    /// Anything else.
    Other,
}

/// One event as it went out.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its number.
    pub seq: u64,
    /// What it is about.
    pub topic: Topic,
    /// Users it names: their profiles go with it.
    pub users: Vec<UserIx>,
    /// The event.
    pub json: Box<str>,
}

impl Entry {
    /// Bytes it counts for.
    pub fn bytes(&self) -> usize {
        self.json.len()
    }
}

/// The events kept.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// In the order of their numbers.
    pub entries: VecDeque<Entry>,
    /// All events numbered higher are here, but for folding ones that a later one replaced.
    pub floor: u64,
    /// Sum of the entries' bytes.
    pub bytes: usize,
}

impl History {
    /// Keeps an event, and lets go of old ones while more than `keep` bytes remain.
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

    /// The events after `since`, or None when some are not held any more.
    pub fn after(&self, since: u64) -> Option<impl Iterator<Item = &Entry> + '_> {
        let from = self.entries.partition_point(|entry| entry.seq <= since);
        (since >= self.floor).then(|| self.entries.range(from..))
    }

    /// Rewrites the events about comments for which `rewrite` gives a new form.
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
