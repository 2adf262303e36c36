//! All users that a room knows: one row per user, found by the user's id.
//!
//! A row is not removed as long as the room exists, because the export reports it. So an index into the table
//! ([`UserIx`]) can stand for the user everywhere else in the room.

use crate::collections::chunked_vec::ChunkedVec;
use crate::collections::kind_counts::KindCounts;
use crate::collections::name_index::NameIndex;
use crate::room::shadow::Shadow;
use crate::terms::Role;
use compact_str::CompactString;
use serde_json::value::RawValue;
use std::cell::Cell;

/// The index of a user in the table.
pub type UserIx = u32;

/// One socket of a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The id of the session; empty: the default session of its gateway.
    pub id: Box<str>,
    /// The lease of its gateway, or [`NO_LEASE`] for a session without a gateway.
    pub lease: u32,
    /// Its index in [`Lease::sessions`](crate::room::leases::Lease::sessions); 0 without a lease.
    pub place: u32,
}

/// The lease number of a session without a gateway.
pub const NO_LEASE: u32 = u32::MAX;

/// Whether a user is present, and with which sessions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Presence {
    /// Not present. When the last visit ended, Unix ms; 0: the user never joined.
    Absent(u64),
    /// In its grace. When its last session broke, Unix ms.
    Lost(u64),
    /// Present with one session, as nearly all members are.
    One(Session),
    /// Present with two sessions or more.
    Many(Vec<Session>),
}

/// One user of a room.
///
/// A row takes two cache lines (128 bytes), because a room may hold a million of them. The order of the fields lets the
/// first line answer whether an actor exists and is present.
#[derive(Clone, Debug)]
#[repr(C)]
pub struct User {
    /// The id of the user. Stored inline up to 24 bytes.
    pub name: CompactString,
    /// The state that only active users need; None: the user only listened so far.
    pub activity: Option<Box<Activity>>,
    /// Whether the user is present.
    pub presence: Presence,
    /// The hash of the name in the index of this table. Local to a server.
    pub hash: u32,
    /// The role.
    pub role: Role,
    /// What holds for the user. [`User::has`] and [`User::set`] read and change it.
    pub flags: u8,
    /// What the user connected with at the start of the current or last visit: an index into the room's table of
    /// clients, plus 1; 0: unknown.
    pub client: u8,
    /// The profile of the last JOIN that had one; None: no profile.
    pub profile: Option<Box<RawValue>>,
    /// The order of the arrival with which the current or last visit began; 0: the user never joined.
    pub order: u64,
    /// When the current or last visit began, Unix ms; 0: the user never joined.
    pub joined_ms: u64,
    /// When the first visit began, Unix ms; 0: the user never joined.
    pub first_joined_ms: u64,
    /// Total length of the closed visits, ms. 49 days fit.
    pub present_ms: u32,
    /// How many visits began.
    pub joins: u32,
    /// How many of its sockets broke.
    pub lost: u32,
    /// The place of the last closed visit in the record, plus 1; 0: no visit is closed.
    pub last_visit: u32,
}

/// Something that holds for a user or not. The value is its bit in the row and in the saved form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flag {
    /// The user has a stored invitation.
    Invited = 1,
    /// The user answered ROOM.RSVP with YES.
    Interested = 2,
    /// The user was kicked, blocked or uninvited since its last JOIN.
    RemovedSinceJoin = 4,
    /// The row belonged to another user before, and this user has not joined yet. So past events may name the row and
    /// mean the other user.
    Reused = 8,
}

/// The bits of all flags.
pub const ALL_FLAGS: u8 = 15;

/// The state of a user who does more than listen. The order of the fields puts everything that a reaction changes into
/// the first cache line.
#[derive(Clone, Debug, Default)]
#[repr(C)]
pub struct Activity {
    /// Reactions by kind, without those under a shadow block.
    pub reactions: KindCounts,
    /// The rate limits. Local to a server.
    pub rates: crate::room::rates::Rates,
    /// Public comments made, including deleted ones.
    pub comments: u32,
    /// Public comments that are not deleted.
    pub places: u32,
    /// Votes cast.
    pub votes: u32,
    /// Id of the latest public comment that is not deleted; 0: none.
    /// [`Comment::before`](crate::room::comments::Comment::before) leads to the earlier ones.
    pub last_comment: u64,
    /// When the latest comment was made, also under a shadow block, Unix ms; 0: none.
    pub commented_ms: u64,
    /// Comments and reactions made under a shadow block; None: none.
    pub shadow: Option<Box<Shadow>>,
    /// The ticket of the hand; 0: no hand. LOWERHAND `*` leaves the ticket until a slice records the hand.
    pub hand: u64,
    /// When the hand was raised, Unix ms.
    pub hand_ms: u64,
    /// The number of the entry to the stage; 0: not on stage.
    pub stage: u64,
    /// When the user entered the stage, Unix ms.
    pub stage_since_ms: u64,
    /// Total length of the closed times on stage, ms.
    pub stage_ms: u64,
    /// How often the user raised its hand.
    pub hands: u32,
    /// The place of the last lowered hand in the record, plus 1; 0: there is none.
    pub last_hand: u32,
    /// The same for the last closed offer.
    pub last_offer: u32,
    /// The same for the last closed time on stage.
    pub last_stage_span: u32,
    /// The microphone is open. Only true on stage.
    pub unmuted: bool,
    /// The user has been on stage.
    pub spoke: bool,
    /// How many kinds of reaction the user was the first to use while any kind was allowed.
    pub new_kinds: u8,
    /// The microphone is held closed: the user cannot open it. Only true for a user with a role.
    pub held: bool,
    /// The user was asked to open its microphone. Only true on stage with a closed microphone.
    pub unmute_asked: bool,
}

impl User {
    /// A user who has not joined.
    pub fn new(name: &str) -> User {
        User {
            name: name.into(),
            profile: None,
            presence: Presence::Absent(0),
            activity: None,
            hash: 0,
            role: Role::Listener,
            flags: 0,
            client: 0,
            order: 0,
            joined_ms: 0,
            first_joined_ms: 0,
            present_ms: 0,
            joins: 0,
            lost: 0,
            last_visit: 0,
        }
    }

    /// Whether the flag is set.
    pub fn has(&self, flag: Flag) -> bool {
        self.flags & flag as u8 != 0
    }

    /// Sets the flag or clears it.
    pub fn set(&mut self, flag: Flag, on: bool) {
        match on {
            true => self.flags |= flag as u8,
            false => self.flags &= !(flag as u8),
        }
    }

    /// Whether the user is present: it has a session or is in its grace.
    pub fn is_present(&self) -> bool {
        !matches!(self.presence, Presence::Absent(_))
    }

    /// Whether the user joined and was not removed since. Only then a socket of the user may still be open.
    pub fn can_be_removed(&self) -> bool {
        self.first_joined_ms > 0 && !self.has(Flag::RemovedSinceJoin)
    }

    /// Whether the user is in its grace.
    pub fn is_lost(&self) -> bool {
        matches!(self.presence, Presence::Lost(_))
    }

    /// The sessions of the user.
    pub fn sessions(&self) -> &[Session] {
        match &self.presence {
            Presence::Absent(_) | Presence::Lost(_) => &[],
            Presence::One(session) => std::slice::from_ref(session),
            Presence::Many(sessions) => sessions,
        }
    }

    /// The index of the session that a JOIN with this id under this lease refers to; None: the JOIN adds a session. An
    /// id identifies a session across all gateways. An empty id refers to the default session of the lease.
    pub fn session(&self, id: &str, lease: Option<u32>) -> Option<usize> {
        let matches =
            |session: &Session| *session.id == *id && (!id.is_empty() || lease == Some(session.lease));
        self.sessions().iter().position(matches)
    }

    /// The sessions of the user, mutable.
    pub fn sessions_mut(&mut self) -> &mut [Session] {
        match &mut self.presence {
            Presence::Absent(_) | Presence::Lost(_) => &mut [],
            Presence::One(session) => std::slice::from_mut(session),
            Presence::Many(sessions) => sessions,
        }
    }

    /// Whether the user is host or cohost.
    pub fn is_staff(&self) -> bool {
        matches!(self.role, Role::Host | Role::Cohost)
    }

    /// Whether the user is on stage: present with another role than listener.
    pub fn is_on_stage(&self) -> bool {
        self.activity.as_ref().is_some_and(|activity| activity.stage != 0)
    }

    /// Whether the user is muted. Users who are not on stage are always muted.
    pub fn is_muted(&self) -> bool {
        !self.activity.as_ref().is_some_and(|activity| activity.unmuted)
    }

    /// Whether the user's microphone is held closed.
    pub fn is_held(&self) -> bool {
        self.activity.as_ref().is_some_and(|activity| activity.held)
    }

    /// Whether the user was asked to open its microphone and has not answered.
    pub fn is_unmute_asked(&self) -> bool {
        self.activity.as_ref().is_some_and(|activity| activity.unmute_asked)
    }

    /// Whether a mute changes what others see of the user: it closes the microphone, or with `hold` holds it.
    pub fn yields_to_mute(&self, hold: bool) -> bool {
        !self.is_muted() || (hold && self.is_on_stage() && !self.is_held())
    }

    /// The ticket of the hand; 0: no hand. The hand is raised unless LOWERHAND `*` lowered it: see
    /// [`Room::hand`](crate::room::Room::hand).
    pub fn hand_ticket(&self) -> u64 {
        self.activity.as_ref().map_or(0, |activity| activity.hand)
    }

    /// What the user did under a shadow block; None: nothing.
    pub fn shadow(&self) -> Option<&Shadow> {
        self.activity.as_ref().and_then(|activity| activity.shadow.as_deref())
    }

    /// The activity of the user, created if there is none.
    pub fn activity_mut(&mut self) -> &mut Activity {
        self.activity.get_or_insert_default()
    }
}

/// The table of users.
#[derive(Clone, Debug, Default)]
pub struct Users {
    rows: ChunkedVec<User>,
    names: NameIndex,
    /// The user that was found last. One command looks up the same user several times.
    last: Cell<UserIx>,
}

impl Users {
    /// The index of a user; None: the room does not know the user.
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

    /// The row of a user; None: the room does not know the user.
    pub fn by_name(&self, name: &str) -> Option<&User> {
        self.rows.get(self.find(name)?)
    }

    /// The index of a user. Adds a row if the room does not know the user.
    pub fn find_or_insert(&mut self, name: &str) -> UserIx {
        match self.find(name) {
            Some(ix) => ix,
            None => self.push(User::new(name)),
        }
    }

    /// Appends a row. Its name must be new; the codec checks this with [`Users::find`].
    pub fn push(&mut self, user: User) -> UserIx {
        let hash = self.names.hash(&user.name);
        let ix = self.rows.push(User { hash, ..user });
        self.names.insert(ix, |ix| self.rows.get(ix).map_or(0, |user| user.hash));
        ix
    }

    /// The row at `ix`; None: there is no such row.
    pub fn get(&self, ix: UserIx) -> Option<&User> {
        self.rows.get(ix)
    }

    /// The row at `ix`, mutable; None: there is no such row.
    pub fn get_mut(&mut self, ix: UserIx) -> Option<&mut User> {
        self.rows.get_mut(ix)
    }

    /// The row at an index that this table returned.
    ///
    /// # Panics
    /// If there is no such row. Every index comes from this table (the codec checks those that it reads) and rows are
    /// never removed, so this is a defect of the engine. The glue catches the panic and takes the room out of service.
    #[allow(clippy::panic, reason = "see above")]
    pub fn at(&self, ix: UserIx) -> &User {
        match self.rows.get(ix) {
            Some(user) => user,
            None => panic!("no user {ix}"),
        }
    }

    /// The row at an index that this table returned, mutable.
    ///
    /// # Panics
    /// Like [`Users::at`].
    #[allow(clippy::panic, reason = "see above")]
    pub fn at_mut(&mut self, ix: UserIx) -> &mut User {
        match self.get_mut(ix) {
            Some(user) => user,
            None => panic!("no user {ix}"),
        }
    }

    /// How many users the room knows.
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// The rows from `ix` on, in the order in which they were added.
    pub fn iter_from(&self, ix: UserIx) -> impl Iterator<Item = (UserIx, &User)> + '_ {
        // `zip` asks the rows first, so it ends before the index overflows.
        self.rows.iter_from(ix).zip(ix..).map(|(user, ix)| (ix, user))
    }

    /// Bytes that the rows and the index take. Allocations of the rows are not counted.
    pub fn memory(&self) -> usize {
        self.rows.memory() + self.names.memory()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_user_is_found_after_many_splits() {
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
