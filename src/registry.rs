//! Every room of this process, outside the rooms: what ROOM.LIST pages through, when each room is next due, and what
//! INFO sums up.
//!
//! An entry knows its room by (database, key) and holds no pointer to it. The room's value holds the entry's
//! [`Ticket`], so that a command finds its entry without hashing; who comes from the entry opens the key and looks
//! whether the value there bears that ticket. An entry may therefore be stale, never wrong.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::{Bound, RangeInclusive};
use std::sync::Weak;

use room_engine::channel;
use room_engine::room::Room;
use room_engine::terms::RoomState;

/// Where a room's entry is. Numbers are never reused; 0 is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ticket {
    place: usize,
    number: u64,
}

/// What the registry remembers of a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Its state.
    pub state: RoomState,
    /// Whether it is private.
    pub private: bool,
    /// Whether it is broken.
    pub broken: bool,
    /// Members present.
    pub present: u64,
    /// Its epoch.
    pub epoch: u64,
    /// Its last event's number.
    pub seq: u64,
}

impl Facts {
    /// As the room is now.
    pub fn of(room: &Room) -> Facts {
        Facts {
            state: room.state(),
            private: room.is_private(),
            broken: room.is_broken(),
            present: if room.state().is_over() { 0 } else { room.present() },
            epoch: room.epoch(),
            seq: room.seq(),
        }
    }
}

/// A key under which a room may be gone.
#[derive(Debug)]
pub struct Suspect {
    /// The database.
    pub db: u32,
    /// The key.
    pub key: Box<[u8]>,
    /// The epoch the room had.
    pub epoch: u64,
    /// Its last event's number.
    pub seq: u64,
    /// Whether the room lives on elsewhere.
    pub life: Weak<()>,
    /// Whether it was in a slot that is being migrated to this server.
    pub guest: bool,
}

/// What LIST and the timer see of an entry.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Ticket, for verification.
    pub ticket: Ticket,
    /// The database.
    pub db: u32,
    /// The key.
    pub key: Box<[u8]>,
    /// What was remembered.
    pub facts: Facts,
    /// Whether it is in a slot that is being migrated to this server.
    pub guest: bool,
}

impl Listed {
    /// Where a page that ends here goes on.
    pub fn cursor(&self) -> u64 {
        self.ticket.number
    }
}

/// Sums over all rooms.
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
    /// Broken rooms, whatever their state.
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

    fn add(&mut self, facts: &Facts) {
        *self.of_state(facts.state) += 1;
        self.broken += u64::from(facts.broken);
        self.present += facts.present;
    }

    fn take(&mut self, facts: &Facts) {
        let state = self.of_state(facts.state);
        *state = state.saturating_sub(1);
        self.broken = self.broken.saturating_sub(u64::from(facts.broken));
        self.present = self.present.saturating_sub(facts.present);
    }
}

#[derive(Debug)]
struct Entry {
    number: u64,
    db: u32,
    key: Box<[u8]>,
    facts: Facts,
    /// For when it stands in `deadlines`.
    due: Option<u64>,
    /// In a slot that is being migrated to this server: not listed, counted or acted on before it has come.
    guest: bool,
}

/// Slots that are being migrated to this server, or to its master, as a whole (Valkey 9).
#[derive(Debug)]
struct Import {
    job: Job,
    slots: Vec<RangeInclusive<u16>>,
}

/// The name of a slot migration.
pub type Job = [u8; 41];

/// All rooms.
#[derive(Debug, Default)]
pub struct Registry {
    entries: Vec<Option<Entry>>,
    free: Vec<usize>,
    last_number: u64,
    /// Entries of a database in the order of their numbers: LIST's cursor is a number.
    order: BTreeMap<(u32, u64), usize>,
    deadlines: BTreeSet<(u64, usize)>,
    /// The next entry of a visit to all rooms, if one is under way.
    visit: Option<(u32, u64)>,
    suspects: VecDeque<Suspect>,
    imports: Vec<Import>,
    sums: Sums,
}

impl Registry {
    /// Enters a room.
    pub fn enter(&mut self, db: u32, key: &[u8], facts: Facts) -> Ticket {
        self.last_number += 1;
        let number = self.last_number;
        let guest = self.is_arriving(key);
        let entry = Some(Entry { number, db, key: key.into(), facts, due: None, guest });
        let place = match self.free.pop() {
            Some(place) => {
                if let Some(slot) = self.entries.get_mut(place) {
                    *slot = entry;
                }
                place
            }
            None => {
                self.entries.push(entry);
                self.entries.len() - 1
            }
        };
        self.order.insert((db, number), place);
        if !guest {
            self.sums.add(&facts);
        }
        Ticket { place, number }
    }

    fn entry(&self, ticket: Ticket) -> Option<&Entry> {
        self.entries.get(ticket.place)?.as_ref().filter(|entry| entry.number == ticket.number)
    }

    fn entry_mut(&mut self, ticket: Ticket) -> Option<&mut Entry> {
        self.entries.get_mut(ticket.place)?.as_mut().filter(|entry| entry.number == ticket.number)
    }

    /// Whether the ticket's entry is at this key.
    pub fn is_at(&self, ticket: Ticket, db: u32, key: &[u8]) -> bool {
        self.entry(ticket).is_some_and(|entry| entry.db == db && *entry.key == *key)
    }

    /// Remembers a room as it is now; false: the ticket has no entry.
    pub fn update(&mut self, ticket: Ticket, facts: Facts) -> bool {
        let Some(entry) = self.entry_mut(ticket) else { return false };
        if entry.facts != facts {
            let before = std::mem::replace(&mut entry.facts, facts);
            if !entry.guest {
                self.sums.take(&before);
                self.sums.add(&facts);
            }
        }
        true
    }

    /// A room is due at `at`. One that stands to be looked at earlier stays there: the timer then finds the later
    /// time, which is cheaper than moving an entry with every command. False: it stays, or there is no entry.
    pub fn arm(&mut self, ticket: Ticket, at: u64) -> bool {
        let place = ticket.place;
        let Some(entry) = self.entry_mut(ticket) else { return false };
        if entry.due.is_some_and(|due| due <= at) {
            return false;
        }
        if let Some(due) = entry.due.replace(at) {
            self.deadlines.remove(&(due, place));
        }
        self.deadlines.insert((at, place));
        true
    }

    /// These slots begin to be migrated to this server.
    pub fn await_slots(&mut self, job: Job, slots: Vec<RangeInclusive<u16>>) {
        self.imports.push(Import { job, slots });
    }

    /// Whether the key is in a slot that is being migrated to this server.
    pub fn is_arriving(&self, key: &[u8]) -> bool {
        let arrives = |slot: u16| {
            self.imports.iter().any(|import| import.slots.iter().any(|slots| slots.contains(&slot)))
        };
        !self.imports.is_empty() && arrives(channel::slot(key))
    }

    /// A migration to this server is over: its rooms are this server's, or gone.
    pub fn welcome(&mut self, job: Job) {
        self.imports.retain(|import| import.job != job);
        let mut entries = std::mem::take(&mut self.entries);
        for entry in entries.iter_mut().flatten().filter(|entry| entry.guest) {
            entry.guest = self.is_arriving(&entry.key);
            if !entry.guest {
                self.sums.add(&entry.facts);
            }
        }
        self.entries = entries;
    }

    /// Drops an entry; whether its room is gone is to be verified. `life` is that of the value the key lost, if the
    /// caller has it.
    pub fn suspect(&mut self, ticket: Ticket, life: Weak<()>) {
        if self.entry(ticket).is_some() {
            self.remove(ticket.place, life);
        }
    }

    fn remove(&mut self, place: usize, life: Weak<()>) {
        let Some(entry) = self.entries.get_mut(place).and_then(Option::take) else { return };
        self.free.push(place);
        self.order.remove(&(entry.db, entry.number));
        if let Some(due) = entry.due {
            self.deadlines.remove(&(due, place));
        }
        if !entry.guest {
            self.sums.take(&entry.facts);
        }
        let Entry { db, key, facts: Facts { epoch, seq, .. }, guest, .. } = entry;
        self.suspects.push_back(Suspect { db, key, epoch, seq, life, guest });
    }

    /// Drops all entries of a database, or of all.
    pub fn flush(&mut self, db: Option<u32>) {
        let range = match db {
            Some(db) => (db, 0)..=(db, u64::MAX),
            None => (0, 0)..=(u32::MAX, u64::MAX),
        };
        let places: Vec<usize> = self.order.range(range).map(|(_, place)| *place).collect();
        for place in places {
            self.remove(place, Weak::new());
        }
    }

    /// The two databases have changed places: the rooms keep their tickets, and what was under the old keys is to be
    /// verified.
    pub fn swap(&mut self, first: u32, second: u32) {
        let mut moved = Vec::new();
        for (from, to) in [(first, second), (second, first)] {
            for ((_, number), place) in self.order.range((from, 0)..=(from, u64::MAX)) {
                moved.push((from, to, *number, *place));
            }
        }
        for (from, _, number, _) in &moved {
            self.order.remove(&(*from, *number));
        }
        for (from, to, number, place) in moved {
            self.order.insert((to, number), place);
            if let Some(entry) = self.entries.get_mut(place).and_then(Option::as_mut) {
                entry.db = to;
                let Facts { epoch, seq, .. } = entry.facts;
                let (key, life, guest) = (entry.key.clone(), Weak::new(), entry.guest);
                self.suspects.push_back(Suspect { db: from, key, epoch, seq, life, guest });
            }
        }
    }

    /// Starts a visit to all rooms: who serves anew, or by new settings, asks each once when it is due.
    pub fn visit_all(&mut self) {
        self.visit = Some((0, 0));
    }

    /// The next room of the visit.
    pub fn next_visit(&mut self) -> Option<Listed> {
        let from = self.visit?;
        let next = self.order.range((Bound::Excluded(from), Bound::Unbounded)).next();
        self.visit = next.map(|(at, _)| *at);
        let (_, place) = next?;
        self.listed(*place)
    }

    /// The next room that is due, no longer armed.
    pub fn next_due(&mut self, now: u64) -> Option<Listed> {
        let (at, place) = *self.deadlines.first()?;
        if at > now {
            return None;
        }
        self.deadlines.remove(&(at, place));
        if let Some(entry) = self.entries.get_mut(place).and_then(Option::as_mut) {
            entry.due = None;
        }
        self.listed(place)
    }

    /// The next key to verify.
    pub fn next_suspect(&mut self) -> Option<Suspect> {
        self.suspects.pop_front()
    }

    /// Whether keys wait to be verified.
    pub fn has_suspects(&self) -> bool {
        !self.suspects.is_empty()
    }

    /// Whether a visit to all rooms is under way.
    pub fn is_visiting(&self) -> bool {
        self.visit.is_some()
    }

    /// The earliest deadline.
    pub fn earliest(&self) -> Option<u64> {
        self.deadlines.first().map(|(at, _)| *at)
    }

    /// How many deadlines are armed, and how many of them are due.
    pub fn deadlines(&self, now: u64) -> (usize, usize) {
        (self.deadlines.len(), self.deadlines.iter().take_while(|(at, _)| *at <= now).count())
    }

    /// The room after a cursor in a database.
    pub fn after(&self, db: u32, cursor: u64) -> Option<Listed> {
        let range = (Bound::Excluded((db, cursor)), Bound::Included((db, u64::MAX)));
        let (_, place) = self.order.range(range).next()?;
        self.listed(*place)
    }

    /// The sums.
    pub fn sums(&self) -> Sums {
        self.sums
    }

    fn listed(&self, place: usize) -> Option<Listed> {
        let entry = self.entries.get(place)?.as_ref()?;
        let ticket = Ticket { place, number: entry.number };
        Some(Listed { ticket, db: entry.db, key: entry.key.clone(), facts: entry.facts, guest: entry.guest })
    }
}
