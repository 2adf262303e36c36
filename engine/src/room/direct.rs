//! Events for a few users only. They wait in the room until their frame is sent. They are local to a server.

use std::collections::BTreeMap;

/// A direct event that waits for its frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirectEvent {
    /// The type, the subject and the receivers.
    pub key: DirectKey,
    /// When it happened, Unix ms.
    pub ms: u64,
    /// The event as JSON.
    pub event: Box<str>,
}

/// A later direct event with the same key replaces one that waits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DirectKey {
    /// The type of the event.
    pub kind: &'static str,
    /// The ids of the users that the event is about; empty: its receivers.
    pub subject: Vec<Box<str>>,
    /// The ids of the users who receive it.
    pub users: Vec<Box<str>>,
}

/// All direct events that wait for their frames.
#[derive(Clone, Debug, Default)]
pub struct DirectEvents {
    /// The events in order.
    waiting: BTreeMap<u64, DirectEvent>,
    /// The number of the waiting event with this key.
    numbers: BTreeMap<DirectKey, u64>,
    /// The number of the last event.
    last: u64,
}

impl DirectEvents {
    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Adds an event at the end. It replaces a waiting one with the same key.
    pub fn add(&mut self, event: DirectEvent) {
        self.last += 1;
        if let Some(old) = self.numbers.insert(event.key.clone(), self.last) {
            self.waiting.remove(&old);
        }
        self.waiting.insert(self.last, event);
    }

    /// Takes all events, in order.
    pub fn take(&mut self) -> impl Iterator<Item = DirectEvent> {
        std::mem::take(self).waiting.into_values()
    }
}
