//! Everybody a room has heard of: one row a user, found by id.
//!
//! A row is never removed before the room is: the warehouse wants it, and a place in the table ([`UserIx`]) can stand
//! for the user everywhere else in the room.

use crate::collections::chunked_vec::ChunkedVec;
use crate::collections::kind_counts::KindCounts;
use crate::collections::name_index::NameIndex;
use crate::terms::Role;
use compact_str::CompactString;
use serde_json::value::RawValue;
use std::cell::Cell;

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
    Many(Vec<Session>),
}

/// One user of a room: two cache lines, since there may be a million, and in this order, so that who acts is found, and
/// found to be present, in the first.
#[derive(Clone, Debug)]
#[repr(C)]
pub struct User {
    /// The user's id; in place up to 24 bytes.
    pub name: CompactString,
    /// What only some users have.
    pub activity: Option<Box<Activity>>,
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
pub struct Activity {
    /// Reactions by kind.
    pub reactions: KindCounts,
    /// Its rates; local to a server.
    pub rates: crate::room::rates::Rates,
    /// Comments made, deleted ones among them.
    pub comments: u32,
    /// Votes cast.
    pub votes: u32,
    /// Its latest comment; each comment names the one before. 0: none.
    pub last_comment: u64,
    /// When that was, Unix ms.
    pub commented_ms: u64,
    /// Reactions made under a shadow block, which only it sees.
    pub shadow_reactions: Option<Box<KindCounts>>,
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
            activity: None,
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
            Presence::Many(sessions) => sessions,
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
            Presence::Many(sessions) => sessions,
        }
    }

    /// Host or cohost.
    pub fn is_staff(&self) -> bool {
        matches!(self.role, Role::Host | Role::Cohost)
    }

    /// On stage: present with a role other than listener.
    pub fn is_on_stage(&self) -> bool {
        self.activity.as_ref().is_some_and(|activity| activity.stage != 0)
    }

    /// Muted, as everybody is who is not on stage.
    pub fn is_muted(&self) -> bool {
        !self.activity.as_ref().is_some_and(|activity| activity.unmuted)
    }

    /// Ticket of its raised hand; 0: none.
    pub fn hand(&self) -> u64 {
        self.activity.as_ref().map_or(0, |activity| activity.hand)
    }

    /// What it has beside presence, made when first needed.
    pub fn activity_mut(&mut self) -> &mut Activity {
        self.activity.get_or_insert_default()
    }
}

/// The table.
#[derive(Clone, Debug, Default)]
pub struct Users {
    rows: ChunkedVec<User>,
    names: NameIndex,
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
        let found = self.names.find(name, |ix| self.rows.get(ix).is_some_and(|user| *user.name == *name));
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
    pub fn find_or_insert(&mut self, name: &str) -> UserIx {
        match self.find(name) {
            Some(ix) => ix,
            None => self.push(User::new(name)),
        }
    }

    /// Appends a row; its name must be new (a loader checks with [`Users::find`]).
    pub fn push(&mut self, user: User) -> UserIx {
        let hash = self.names.hash(&user.name);
        let ix = self.rows.push(User { hash, ..user });
        self.names.insert(ix, |ix| self.rows.get(ix).map_or(0, |user| user.hash));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_everybody_after_many_splits() {
        let mut users = Users::default();
        for n in 0..50_000u32 {
            assert_eq!(users.find_or_insert(&format!("user{n}")), n);
        }
        for n in 0..50_000u32 {
            assert_eq!(users.find(&format!("user{n}")), Some(n));
            assert_eq!(users.find_or_insert(&format!("user{n}")), n);
        }
        assert_eq!(users.find("user50000"), None);
    }

    #[test]
    fn a_row_is_two_cache_lines() {
        assert_eq!(size_of::<User>(), 128);
    }
}
