//! Everybody a room has heard of: one row a user, found by id.
//!
//! A row is never removed before the room is: the warehouse wants it, and a place in the table ([`UserIx`]) can stand
//! for the user everywhere else in the room.

use crate::command::Role;
use crate::pieces::Pieces;
use crate::tally::Tally;
use compact_str::CompactString;
use hashbrown::hash_table::{Entry, HashTable};
use hashbrown::DefaultHashBuilder;
use serde_json::value::RawValue;
use std::cell::Cell;
use std::hash::BuildHasher;

/// A user's place in the table.
pub type UserIx = u32;

/// One socket of a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Its id; empty for the default session of its gateway.
    pub id: Box<str>,
    /// The lease it stands under, [`NO_LEASE`] for one without a gateway.
    pub lease: u32,
    /// Its place among the lease's sessions.
    pub place: u32,
}

/// The lease of a session that came without a gateway.
pub const NO_LEASE: u32 = u32::MAX;

/// Whether a user is here, and by what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Presence {
    /// Not present; when the last visit ended, Unix ms, 0 if there was none.
    Absent(u64),
    /// Present by grace: all sockets broke, the last at this Unix ms.
    Lost(u64),
    /// Present by one session, as nearly everybody is.
    One(Session),
    /// Present by two sessions or more.
    More(Vec<Session>),
}

/// One user of a room: two cache lines, since there may be a million, and in this order, so that who acts is found, and
/// found to be present, in the first.
#[derive(Clone, Debug)]
#[repr(C)]
pub struct User {
    /// The user's id; in place up to 24 bytes.
    pub name: CompactString,
    /// What only some users have.
    pub more: Option<Box<More>>,
    /// Whether it is here.
    pub presence: Presence,
    /// Hash of its name by the table it is in; local to a server.
    pub hash: u64,
    /// What it joined with.
    pub profile: Option<Box<RawValue>>,
    /// Place among all arrivals of the room; of the current visit, or the last.
    pub order: u64,
    /// Start of the current or last visit, Unix ms.
    pub joined_ms: u64,
    /// Start of the first visit, Unix ms; 0: never came.
    pub first_joined_ms: u64,
    /// Sum of the closed visits, ms. 49 days fit.
    pub present_ms: u32,
    /// Visits begun.
    pub joins: u32,
    /// Role.
    pub role: Role,
    /// May enter while the room is private.
    pub invited: bool,
    /// Has answered an RSVP with YES.
    pub interested: bool,
}

/// What a user has who does more than listen, in this order: a reaction finds what it changes in the first cache line.
#[derive(Clone, Debug, Default)]
#[repr(C)]
pub struct More {
    /// Reactions by kind.
    pub reactions: Tally,
    /// Its rates; local to a server.
    pub rates: crate::rates::Rates,
    /// Comments made, deleted ones among them.
    pub comments: u32,
    /// Votes cast.
    pub votes: u32,
    /// Its latest comment; each comment names the one before. 0: none.
    pub last_comment: u64,
    /// When that was, Unix ms.
    pub commented_ms: u64,
    /// Reactions made under a shadow block, which only it sees.
    pub shadow_reactions: Option<Box<Tally>>,
    /// Ticket of the raised hand; 0: none.
    pub hand: u64,
    /// When it was raised, Unix ms.
    pub hand_ms: u64,
    /// Place among all entries to the stage; 0: not on stage.
    pub stage: u64,
    /// When it came on stage, Unix ms.
    pub stage_since_ms: u64,
    /// Sum of the closed times on stage, ms.
    pub stage_ms: u64,
    /// Hands raised.
    pub hands: u32,
    /// Microphone open. Only on stage.
    pub unmuted: bool,
    /// Has been on stage before.
    pub spoke: bool,
}

impl User {
    /// One that the room has only heard of.
    pub fn new(name: &str) -> User {
        User {
            name: name.into(),
            profile: None,
            presence: Presence::Absent(0),
            more: None,
            hash: 0,
            order: 0,
            joined_ms: 0,
            first_joined_ms: 0,
            present_ms: 0,
            joins: 0,
            role: Role::Listener,
            invited: false,
            interested: false,
        }
    }

    /// Present: has a session or is in its grace.
    pub fn is_present(&self) -> bool {
        !matches!(self.presence, Presence::Absent(_))
    }

    /// In its grace.
    pub fn is_lost(&self) -> bool {
        matches!(self.presence, Presence::Lost(_))
    }

    /// Its sessions.
    pub fn sessions(&self) -> &[Session] {
        match &self.presence {
            Presence::Absent(_) | Presence::Lost(_) => &[],
            Presence::One(session) => std::slice::from_ref(session),
            Presence::More(sessions) => sessions,
        }
    }

    /// Place of the session that a JOIN with this id under this lease means: an id names one session whatever its
    /// gateway; without an id each gateway has one. A gateway without a lease yet has none.
    pub fn session(&self, id: &str, lease: Option<u32>) -> Option<usize> {
        let is_meant = |held: &Session| *held.id == *id && (!id.is_empty() || lease == Some(held.lease));
        self.sessions().iter().position(is_meant)
    }

    /// Its sessions, to change them.
    pub fn sessions_mut(&mut self) -> &mut [Session] {
        match &mut self.presence {
            Presence::Absent(_) | Presence::Lost(_) => &mut [],
            Presence::One(session) => std::slice::from_mut(session),
            Presence::More(sessions) => sessions,
        }
    }

    /// Host or cohost.
    pub fn is_staff(&self) -> bool {
        matches!(self.role, Role::Host | Role::Cohost)
    }

    /// On stage: present with a role other than listener.
    pub fn is_on_stage(&self) -> bool {
        self.more.as_ref().is_some_and(|more| more.stage != 0)
    }

    /// Muted, as everybody is who is not on stage.
    pub fn is_muted(&self) -> bool {
        !self.more.as_ref().is_some_and(|more| more.unmuted)
    }

    /// Ticket of its raised hand; 0: none.
    pub fn hand(&self) -> u64 {
        self.more.as_ref().map_or(0, |more| more.hand)
    }

    /// What it has beside presence, made when first needed.
    pub fn more_mut(&mut self) -> &mut More {
        self.more.get_or_insert_default()
    }
}

/// The table.
#[derive(Clone, Debug, Default)]
pub struct Users {
    rows: Pieces<User>,
    names: Names,
    /// Who was found last: a command asks for the same user again and again.
    last: Cell<UserIx>,
}

impl Users {
    /// Where a user stands, if the room has heard of it.
    pub fn find(&self, name: &str) -> Option<UserIx> {
        let last = self.last.get();
        if self.rows.get(last).is_some_and(|user| *user.name == *name) {
            return Some(last);
        }
        let found = self.names.find(name, &self.rows);
        if let Some(ix) = found {
            self.last.set(ix);
        }
        found
    }

    /// The user's row, if the room has heard of it.
    pub fn by_name(&self, name: &str) -> Option<&User> {
        self.rows.get(self.find(name)?)
    }

    /// Where a user stands, entered now if need be.
    pub fn enter(&mut self, name: &str) -> UserIx {
        match self.find(name) {
            Some(ix) => ix,
            None => self.push(User::new(name)),
        }
    }

    /// Appends a row; its name must be new (a loader checks with [`Users::find`]).
    pub fn push(&mut self, user: User) -> UserIx {
        let hash = self.names.hasher.hash_one(&*user.name);
        let ix = self.rows.push(User { hash, ..user });
        self.names.insert(ix, hash, &self.rows);
        ix
    }

    /// The row at `ix`.
    pub fn get(&self, ix: UserIx) -> Option<&User> {
        self.rows.get(ix)
    }

    /// The row at `ix`, to change it.
    pub fn get_mut(&mut self, ix: UserIx) -> Option<&mut User> {
        self.rows.get_mut(ix)
    }

    /// The row at a place that this table gave.
    ///
    /// A place comes from this table only (the codec checks those it reads) and rows are never removed, so a miss is a
    /// defect of the engine; the glue catches the panic and takes the room out of service.
    #[allow(clippy::panic)]
    pub fn at(&self, ix: UserIx) -> &User {
        match self.rows.get(ix) {
            Some(user) => user,
            None => panic!("no user {ix}"),
        }
    }

    /// The row at a place that this table gave, to change it; as [`Users::at`].
    #[allow(clippy::panic)]
    pub fn at_mut(&mut self, ix: UserIx) -> &mut User {
        match self.get_mut(ix) {
            Some(user) => user,
            None => panic!("no user {ix}"),
        }
    }

    /// How many users the room has heard of.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether it has heard of nobody.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Rows from `ix` on, in the order in which the room heard of them.
    pub fn iter_from(&self, ix: UserIx) -> impl Iterator<Item = (UserIx, &User)> + '_ {
        // The rows first: they end before the places overflow.
        self.rows.iter_from(ix).zip(ix..).map(|(user, ix)| (ix, user))
    }

    /// Bytes held by the table itself.
    pub fn memory(&self) -> usize {
        self.rows.memory() + self.names.memory()
    }
}

/// Entries a part holds before it is split: what 1,024 buckets take at their highest load. A split visits the rows of all
/// of them, which are far apart in a large room.
const PART: usize = 896;

/// Finds users by id: an extendible hash table. A part that is full is split in two by the next bit of the hash, so
/// growth never moves more than one part. The hash is seeded by the process and the table is never iterated: order is
/// nobody's business here.
#[derive(Clone, Debug)]
struct Names {
    hasher: DefaultHashBuilder,
    /// 2^bits entries; the low bits of a hash say which part.
    directory: Vec<u32>,
    parts: Vec<Part>,
    bits: u32,
}

#[derive(Clone, Debug, Default)]
struct Part {
    /// How many low bits of the hash all entries share.
    bits: u32,
    table: HashTable<UserIx>,
}

impl Default for Names {
    fn default() -> Self {
        Names {
            hasher: DefaultHashBuilder::default(),
            directory: vec![0],
            parts: vec![Part::default()],
            bits: 0,
        }
    }
}

// hashbrown places entries by the low bits of a hash and tags them by the high ones; the directory takes bits between.
const DIRECTORY_SHIFT: u32 = 24;

/// The place in a directory of 2^bits entries that a hash means.
fn slot_of(hash: u64, bits: u32) -> usize {
    (hash >> DIRECTORY_SHIFT) as usize & ((1 << bits) - 1)
}

impl Names {
    fn part_of(&self, hash: u64) -> u32 {
        self.directory.get(slot_of(hash, self.bits)).copied().unwrap_or(0)
    }

    fn find(&self, name: &str, rows: &Pieces<User>) -> Option<UserIx> {
        let hash = self.hasher.hash_one(name);
        let part = self.parts.get(self.part_of(hash) as usize)?;
        part.table.find(hash, |&ix| rows.get(ix).is_some_and(|user| &*user.name == name)).copied()
    }

    fn insert(&mut self, ix: UserIx, hash: u64, rows: &Pieces<User>) {
        let mut at = self.part_of(hash);
        while self.parts.get(at as usize).is_some_and(|part| part.table.len() >= PART) {
            self.split(at, rows);
            at = self.part_of(hash);
        }
        let rehash = |&ix: &UserIx| rows.get(ix).map_or(0, |user| user.hash);
        if let Some(part) = self.parts.get_mut(at as usize) {
            if let Entry::Vacant(place) = part.table.entry(hash, |&known| known == ix, rehash) {
                place.insert(ix);
            }
        }
    }

    fn split(&mut self, at: u32, rows: &Pieces<User>) {
        let rehash = |&ix: &UserIx| rows.get(ix).map_or(0, |user| user.hash);
        let Some(part) = self.parts.get_mut(at as usize) else { return };
        let bit = part.bits;
        part.bits += 1;
        let full = std::mem::take(&mut part.table);
        if bit == self.bits {
            self.directory.extend_from_within(..);
            self.bits += 1;
        }
        let new = self.parts.len() as u32;
        // The part stands at every 2^bit-th place of the directory, and gives away every other one of them.
        let first = full.iter().next().map_or(0, |ix| slot_of(rehash(ix), bit));
        let given = (first | 1 << bit..).step_by(2 << bit);
        for slot in given.take(self.directory.len() >> (bit + 1)) {
            if let Some(entry) = self.directory.get_mut(slot) {
                *entry = new;
            }
        }
        let mut halves = [HashTable::with_capacity(PART / 2), HashTable::with_capacity(PART / 2)];
        for ix in full {
            let hash = rehash(&ix);
            if let Some(half) = halves.get_mut(slot_of(hash, bit + 1) >> bit) {
                half.insert_unique(hash, ix, rehash);
            }
        }
        let [low, high] = halves;
        if let Some(part) = self.parts.get_mut(at as usize) {
            part.table = low;
        }
        self.parts.push(Part { bits: bit + 1, table: high });
    }

    fn memory(&self) -> usize {
        let tables: usize = self.parts.iter().map(|part| part.table.allocation_size()).sum();
        tables + self.directory.capacity() * size_of::<u32>() + self.parts.capacity() * size_of::<Part>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_everybody_after_many_splits() {
        let mut users = Users::default();
        for n in 0..50_000u32 {
            assert_eq!(users.enter(&format!("user{n}")), n);
        }
        for n in 0..50_000u32 {
            assert_eq!(users.find(&format!("user{n}")), Some(n));
            assert_eq!(users.enter(&format!("user{n}")), n);
        }
        assert_eq!(users.find("user50000"), None);
        assert!(users.names.parts.len() > 8, "the index was split");
        assert!(users.names.parts.iter().all(|part| part.table.len() <= PART));
    }

    #[test]
    fn a_row_is_two_cache_lines() {
        assert_eq!(size_of::<User>(), 128);
    }
}
