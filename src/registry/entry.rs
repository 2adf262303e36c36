//! The facts that the registry keeps about a room, and the values that it returns.

use std::sync::Weak;

use room_engine::terms::RoomState;
use room_engine::Room;

/// Identifies an entry of the registry. The default is no entry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EntryId {
    /// Where the entry is in the registry's table.
    pub(super) index: usize,
    /// Number of the entry, from 1, never reused. 0: no entry.
    pub(super) number: u64,
}

/// The facts that the registry keeps about a room. They are updated after every change of the room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RoomFacts {
    /// The room's state.
    pub state: RoomState,
    /// Whether the room is private.
    pub private: bool,
    /// Whether the room is broken.
    pub broken: bool,
    /// Number of members present. 0 after the room's end.
    pub present: u64,
    /// The room's epoch.
    pub epoch: u64,
    /// Number of the room's last event. 0: no event yet.
    pub seq: u64,
}

impl RoomFacts {
    /// The facts of a room as it is now.
    pub fn of(room: &Room) -> RoomFacts {
        RoomFacts {
            state: room.state(),
            private: room.is_private(),
            broken: room.is_broken(),
            present: if room.state().is_over() { 0 } else { room.present() },
            epoch: room.epoch(),
            seq: room.seq(),
        }
    }
}

/// A key that lost a room. The registry has no entry for it any more. Whether the room is gone is still to be verified.
#[derive(Debug)]
pub struct Unlinked {
    /// The key's database.
    pub db: u32,
    /// The key.
    pub key: Box<[u8]>,
    /// The epoch that the room had.
    pub epoch: u64,
    /// Number of the last event that the room had.
    pub seq: u64,
    /// Alive while the value that the key lost is not freed. Dead if the value is not known.
    pub alive: Weak<()>,
    /// Whether the key was in a slot that is being imported.
    pub importing: bool,
    /// The loss was published on the room's channel.
    pub is_announced: bool,
}

/// A copy of an entry, for LIST and the timer.
#[derive(Clone, Debug)]
pub struct RoomRef {
    /// The entry. The value at the key must carry the same id, otherwise the entry is stale.
    pub entry_id: EntryId,
    /// The room's database.
    pub db: u32,
    /// The room's key.
    pub key: Box<[u8]>,
    /// The facts as of the room's last change.
    pub facts: RoomFacts,
    /// Whether the key is in a slot that is being imported.
    pub importing: bool,
}

impl RoomRef {
    /// LIST's cursor for the page after this room.
    pub fn cursor(&self) -> u64 {
        self.entry_id.number
    }
}

/// Sums over all rooms, without those in slots that are being imported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// Scheduled rooms.
    pub scheduled: u64,
    /// Live rooms.
    pub live: u64,
    /// Ended rooms.
    pub ended: u64,
    /// Cancelled rooms.
    pub cancelled: u64,
    /// Broken rooms. They are also counted by their state.
    pub broken: u64,
    /// Members present.
    pub present: u64,
}

impl Sums {
    fn of_state(&mut self, state: RoomState) -> &mut u64 {
        match state {
            RoomState::Scheduled => &mut self.scheduled,
            RoomState::Live => &mut self.live,
            RoomState::Ended => &mut self.ended,
            RoomState::Cancelled => &mut self.cancelled,
        }
    }

    pub(super) fn add(&mut self, facts: &RoomFacts) {
        *self.of_state(facts.state) += 1;
        self.broken += u64::from(facts.broken);
        self.present += facts.present;
    }

    pub(super) fn subtract(&mut self, facts: &RoomFacts) {
        let state = self.of_state(facts.state);
        *state = state.saturating_sub(1);
        self.broken = self.broken.saturating_sub(u64::from(facts.broken));
        self.present = self.present.saturating_sub(facts.present);
    }
}
