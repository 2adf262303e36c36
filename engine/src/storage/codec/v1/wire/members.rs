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
    pub activity: Option<ActivityV1<'a>>,
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

/// An invitation. Fields mean the same as in [`Invitation`](crate::room::Invitation).
#[derive(Encode, BorrowDecode)]
pub struct InvitationV1<'a> {
    pub user: u32,
    pub at: Time,
    pub by: &'a str,
}

/// An interested user, and since when.
#[derive(Encode, BorrowDecode)]
pub struct InterestV1 {
    pub user: u32,
    pub at: Time,
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
pub struct ActivityV1<'a> {
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
    pub commented: Time,
    /// Kinds by their position in the head, with counts.
    pub reactions: List<(u8, u64)>,
    pub shadow: Option<ShadowV1<'a>>,
    pub votes: u32,
    pub hands: u32,
    pub new_kinds: u8,
}

/// What a user did under a shadow block. Fields mean the same as in [`Shadow`](crate::room::shadow::Shadow). The ids of
/// its comments are rebuilt on load.
#[derive(PartialEq, Encode, BorrowDecode)]
pub struct ShadowV1<'a> {
    pub made: u32,
    pub deleted: u32,
    /// Kinds with counts.
    pub reactions: List<(&'a str, u64)>,
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
