//! Every room of this process, outside the rooms: the pages of ROOM.LIST, each room's next deadline, and the sums of
//! INFO.
//!
//! An entry knows its room by database and key. It holds no pointer to the room. The room's value holds the entry's
//! [`EntryId`], so a command finds its entry without hashing. Code that starts from an entry opens the key and checks
//! that the value there carries the entry's id. So an entry may be stale, but a stale entry is never used.

mod entry;
mod imports;
mod rename_search;

pub use entry::{EntryId, RoomFacts, RoomRef, Sums, Unlinked};
pub use imports::ImportName;
pub use rename_search::RenameSearch;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::{Bound, RangeInclusive};
use std::sync::Weak;

use imports::Imports;

#[derive(Debug)]
struct Entry {
    number: u64,
    db: u32,
    key: Box<[u8]>,
    facts: RoomFacts,
    /// The time under which the entry is in `deadlines`, Unix ms. None: it is not.
    due: Option<u64>,
    /// The key is in a slot that is being imported. The room is not listed, not counted and not changed before the
    /// import ends.
    importing: bool,
}

/// The entries of all rooms.
#[derive(Debug, Default)]
pub struct Registry {
    entries: Vec<Option<Entry>>,
    /// Indexes of `entries` without an entry.
    free: Vec<usize>,
    last_number: u64,
    /// Index of each entry, by database and number. LIST's cursor is a number.
    order: BTreeMap<(u32, u64), usize>,
    /// Unix ms and index of each entry with a deadline.
    deadlines: BTreeSet<(u64, usize)>,
    /// Database and number of the last entry that was rechecked. None: no recheck is running.
    recheck: Option<(u32, u64)>,
    /// Keys that lost their rooms, with what they lost, oldest first.
    unlinked: BTreeMap<(u32, Box<[u8]>), VecDeque<Unlinked>>,
    imports: Imports,
    sums: Sums,
}

impl Registry {
    /// Inserts an entry for a room.
    pub fn insert(&mut self, db: u32, key: &[u8], facts: RoomFacts) -> EntryId {
        self.last_number += 1;
        let number = self.last_number;
        let importing = self.is_importing(key);
        let entry = Some(Entry { number, db, key: key.into(), facts, due: None, importing });
        let index = match self.free.pop() {
            Some(index) => {
                if let Some(slot) = self.entries.get_mut(index) {
                    *slot = entry;
                }
                index
            }
            None => {
                self.entries.push(entry);
                self.entries.len() - 1
            }
        };
        self.order.insert((db, number), index);
        if !importing {
            self.sums.add(&facts);
        }
        EntryId { index, number }
    }

    fn entry(&self, entry_id: EntryId) -> Option<&Entry> {
        self.entries.get(entry_id.index)?.as_ref().filter(|entry| entry.number == entry_id.number)
    }

    fn entry_mut(&mut self, entry_id: EntryId) -> Option<&mut Entry> {
        self.entries.get_mut(entry_id.index)?.as_mut().filter(|entry| entry.number == entry_id.number)
    }

    /// Whether the entry is for this key.
    pub fn is_at(&self, entry_id: EntryId, db: u32, key: &[u8]) -> bool {
        self.entry(entry_id).is_some_and(|entry| entry.db == db && *entry.key == *key)
    }

    /// Updates the facts of an entry. False: there is no such entry.
    pub fn update(&mut self, entry_id: EntryId, facts: RoomFacts) -> bool {
        let Some(entry) = self.entry_mut(entry_id) else { return false };
        if entry.facts != facts {
            let before = std::mem::replace(&mut entry.facts, facts);
            if !entry.importing {
                self.sums.subtract(&before);
                self.sums.add(&facts);
            }
        }
        true
    }

    /// Sets the next deadline of a room, Unix ms. An entry with an earlier deadline keeps it: when that one comes, the
    /// room's turn sets the later one. That is cheaper than moving the entry with every command. False: the entry keeps
    /// its deadline, or there is no entry.
    pub fn arm(&mut self, entry_id: EntryId, at: u64) -> bool {
        let index = entry_id.index;
        let Some(entry) = self.entry_mut(entry_id) else { return false };
        if entry.due.is_some_and(|due| due <= at) {
            return false;
        }
        if let Some(due) = entry.due.replace(at) {
            self.deadlines.remove(&(due, index));
        }
        self.deadlines.insert((at, index));
        true
    }

    /// An import of these slots starts.
    pub fn import_started(&mut self, name: ImportName, slots: Vec<RangeInclusive<u16>>) {
        self.imports.start(name, slots);
    }

    /// Whether the key is in a slot that is being imported.
    pub fn is_importing(&self, key: &[u8]) -> bool {
        self.imports.contain(key)
    }

    /// An import has completed or was aborted. Its rooms belong to this server now, or are deleted.
    pub fn import_ended(&mut self, name: ImportName) {
        self.imports.end(name);
        for entry in self.entries.iter_mut().flatten().filter(|entry| entry.importing) {
            entry.importing = self.imports.contain(&entry.key);
            if !entry.importing {
                self.sums.add(&entry.facts);
            }
        }
    }

    /// Removes the entry of a key that lost its value. [`Registry::next_unlinked`] returns the key later. `alive` is
    /// that of the value, or dead if the caller does not have it.
    pub fn unlink(&mut self, entry_id: EntryId, alive: Weak<()>) {
        if self.entry(entry_id).is_some() {
            self.remove(entry_id.index, alive);
        }
    }

    fn remove(&mut self, index: usize, alive: Weak<()>) {
        let Some(entry) = self.entries.get_mut(index).and_then(Option::take) else { return };
        self.free.push(index);
        self.order.remove(&(entry.db, entry.number));
        if let Some(due) = entry.due {
            self.deadlines.remove(&(due, index));
        }
        if !entry.importing {
            self.sums.subtract(&entry.facts);
        }
        let Entry { db, key, facts: RoomFacts { epoch, seq, .. }, importing, .. } = entry;
        let is_announced = false;
        self.add_unlinked(Unlinked { db, key, epoch, seq, alive, importing, is_announced });
    }

    /// Unlinks all entries of a flushed database. None: of all databases.
    pub fn flush(&mut self, db: Option<u32>) {
        let range = match db {
            Some(db) => (db, 0)..=(db, u64::MAX),
            None => (0, 0)..=(u32::MAX, u64::MAX),
        };
        let indexes: Vec<usize> = self.order.range(range).map(|(_, index)| *index).collect();
        for index in indexes {
            self.remove(index, Weak::new());
        }
    }

    /// Two databases were swapped. The rooms keep their entries, and their old keys are to be verified.
    pub fn swap(&mut self, first: u32, second: u32) {
        let (mut moved, mut lost) = (Vec::new(), Vec::new());
        for (from, to) in [(first, second), (second, first)] {
            for ((_, number), index) in self.order.range((from, 0)..=(from, u64::MAX)) {
                moved.push((from, to, *number, *index));
            }
        }
        for (from, _, number, _) in &moved {
            self.order.remove(&(*from, *number));
        }
        for (from, to, number, index) in moved {
            self.order.insert((to, number), index);
            if let Some(entry) = self.entries.get_mut(index).and_then(Option::as_mut) {
                entry.db = to;
                let RoomFacts { epoch, seq, .. } = entry.facts;
                let (key, alive, importing) = (entry.key.clone(), Weak::new(), entry.importing);
                let is_announced = false;
                lost.push(Unlinked { db: from, key, epoch, seq, alive, importing, is_announced });
            }
        }
        lost.into_iter().for_each(|unlinked| self.add_unlinked(unlinked));
    }

    /// Starts a recheck: the timer asks every room once for its next deadline. Needed when this server starts to serve
    /// and when a setting changes.
    pub fn recheck_all(&mut self) {
        self.recheck = Some((0, 0));
    }

    /// The next room of the recheck. None: the recheck is over, or none is running.
    pub fn next_recheck(&mut self) -> Option<RoomRef> {
        let from = self.recheck?;
        let next = self.order.range((Bound::Excluded(from), Bound::Unbounded)).next();
        self.recheck = next.map(|(at, _)| *at);
        let (_, index) = next?;
        self.room_ref(*index)
    }

    /// The next room whose deadline is `now` (Unix ms) or earlier. Its entry has no deadline afterwards. None: no room
    /// is due.
    pub fn next_due(&mut self, now: u64) -> Option<RoomRef> {
        let (at, index) = *self.deadlines.first()?;
        if at > now {
            return None;
        }
        self.deadlines.remove(&(at, index));
        if let Some(entry) = self.entries.get_mut(index).and_then(Option::as_mut) {
            entry.due = None;
        }
        self.room_ref(index)
    }

    /// Takes the next key that lost its room. None: there is none.
    pub fn next_unlinked(&mut self) -> Option<Unlinked> {
        let mut first = self.unlinked.first_entry()?;
        let next = first.get_mut().pop_front();
        if first.get().is_empty() {
            first.remove();
        }
        next
    }

    /// Takes the rooms that this key has lost, oldest first.
    pub fn take_unlinked(&mut self, db: u32, key: &[u8]) -> VecDeque<Unlinked> {
        self.unlinked.remove(&(db, key.into())).unwrap_or_default()
    }

    /// Adds a key that lost its room.
    pub fn add_unlinked(&mut self, unlinked: Unlinked) {
        let at = (unlinked.db, unlinked.key.clone());
        self.unlinked.entry(at).or_default().push_back(unlinked);
    }

    /// Whether there are keys that lost their rooms.
    pub fn has_unlinked(&self) -> bool {
        !self.unlinked.is_empty()
    }

    /// Whether a recheck is running.
    pub fn is_rechecking(&self) -> bool {
        self.recheck.is_some()
    }

    /// The earliest deadline, Unix ms. None: no room has a deadline.
    pub fn earliest(&self) -> Option<u64> {
        self.deadlines.first().map(|(at, _)| *at)
    }

    /// How many rooms have a deadline, and how many of these deadlines are `now` (Unix ms) or earlier.
    pub fn deadlines(&self, now: u64) -> (usize, usize) {
        (self.deadlines.len(), self.deadlines.iter().take_while(|(at, _)| *at <= now).count())
    }

    /// The first room after a cursor of LIST in a database. Cursor 0 is before the first room. None:
    /// there are no more rooms.
    pub fn after(&self, db: u32, cursor: u64) -> Option<RoomRef> {
        let range = (Bound::Excluded((db, cursor)), Bound::Included((db, u64::MAX)));
        let (_, index) = self.order.range(range).next()?;
        self.room_ref(*index)
    }

    /// The sums over all rooms.
    pub fn sums(&self) -> Sums {
        self.sums
    }

    fn room_ref(&self, index: usize) -> Option<RoomRef> {
        let entry = self.entries.get(index)?.as_ref()?;
        let entry_id = EntryId { index, number: entry.number };
        let (db, key, facts, importing) = (entry.db, entry.key.clone(), entry.facts, entry.importing);
        Some(RoomRef { entry_id, db, key, facts, importing })
    }
}
