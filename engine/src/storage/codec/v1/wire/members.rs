//! Rows of leases, users and blocks.

use super::{List, RoleV1, Time};
use bincode::{BorrowDecode, Encode};

/// A lease. Its position is its number.
#[derive(Encode, BorrowDecode)]
pub struct LeaseV1<'a> {
    pub gateway: &'a str,
    /// Whether its members are lost, and when it was retired. None: in force.
    pub retired: Option<(bool, Time)>,
}

/// A user. Fields mean the same as in [`User`](crate::room::users::User).
#[derive(Encode, BorrowDecode)]
pub struct UserV1<'a> {
    pub name: &'a str,
    pub profile: Option<&'a str>,
    pub presence: PresenceV1<'a>,
    pub activity: Option<ActivityV1>,
    pub order: u64,
    pub joined: Time,
    /// None: the same as `joined`.
    pub first_joined: Option<Time>,
    pub present_ms: u32,
    pub joins: u32,
    pub role: RoleV1,
    /// The bits of [`Flag`](crate::room::users::Flag).
    pub flags: u8,
    pub client: u8,
    pub lost: u32,
}

/// A user's presence.
#[derive(Encode, BorrowDecode)]
pub enum PresenceV1<'a> {
    Absent(Time),
    Lost(Time),
    One(SessionV1<'a>),
    Many(List<SessionV1<'a>>),
}

/// A session of a user.
#[derive(Encode, BorrowDecode)]
pub struct SessionV1<'a> {
    pub id: &'a str,
    /// The lease's number plus 1. 0: no gateway.
    pub lease: u32,
    pub place: u32,
}

/// The state of a user who does more than listen. Fields mean the same as in
/// [`Activity`](crate::room::users::Activity).
#[derive(PartialEq, Default, Encode, BorrowDecode)]
pub struct ActivityV1 {
    pub hand: u64,
    pub hand_raised: Time,
    pub stage: u64,
    pub stage_since: Time,
    pub stage_ms: u64,
    pub unmuted: bool,
    pub spoke: bool,
    pub held: bool,
    pub unmute_asked: bool,
    pub comments: u32,
    pub last_comment: u64,
    pub commented: Time,
    /// Kinds by their position in the head, with counts.
    pub reactions: List<(u8, u64)>,
    /// The same for reactions under a shadow block.
    pub shadow_reactions: List<(u8, u64)>,
    pub votes: u32,
    pub hands: u32,
}

/// A block of a user.
#[derive(Encode, BorrowDecode)]
pub struct BlockV1<'a> {
    pub user: u32,
    /// No time: the block does not end.
    pub until: Time,
    pub shadow: bool,
    pub by: &'a str,
    pub reason: &'a str,
}
