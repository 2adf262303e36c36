//! The contents of the larger changes.

use crate::terms::HostLoss;

/// A new room.
#[derive(Clone, Debug, PartialEq)]
pub struct RoomCreated<'a> {
    /// Tells this room from others that had the same key.
    pub incarnation: u64,
    /// The first epoch.
    pub epoch: u64,
    /// The host. `-`: none.
    pub by: &'a str,
    /// The title.
    pub title: &'a str,
    /// The scheduled start, Unix ms. 0: live at once.
    pub at_ms: u64,
    /// Only invited users and staff may join.
    pub private: bool,
    /// Seats on stage for speakers.
    pub seats: u32,
    /// The most members present. 0: no limit.
    pub capacity: u32,
    /// The backend's own JSON object.
    pub meta: Option<&'a str>,
    /// What happens when the host is gone.
    pub host_loss: HostLoss,
    /// The key's expiry, Unix ms.
    pub expire_ms: u64,
}

/// One field of ROOM.CONFIG with its new value.
#[derive(Clone, Debug, PartialEq)]
pub enum ConfigChange<'a> {
    /// The title.
    Title(&'a str),
    /// Only invited users and staff may join.
    Private(bool),
    /// Seats on stage for speakers.
    Seats(u32),
    /// The most members present. 0: no limit.
    Capacity(u32),
    /// The backend's own JSON object.
    Meta(&'a str),
    /// What happens when the host is gone.
    HostLoss(HostLoss),
    /// Whether comments are allowed.
    Comments(bool),
    /// Whether reactions are allowed.
    Reactions(bool),
    /// Whether hands may be raised.
    Hands(bool),
    /// Seconds between two comments of a user. 0: off.
    SlowMode(u32),
    /// The allowed kinds of reaction. Empty: any.
    Emojis(Vec<&'a str>),
    /// The scheduled start, Unix ms.
    At(u64),
}

/// A block.
#[derive(Clone, Debug, PartialEq)]
pub struct UserBlocked<'a> {
    /// The actor.
    pub by: &'a str,
    /// The user.
    pub user: &'a str,
    /// When it ends, Unix ms. 0: never.
    pub until_ms: u64,
    /// The user does not notice.
    pub shadow: bool,
    /// The user's comments are deleted.
    pub clear: bool,
    /// The reason for the log. Empty: none.
    pub reason: &'a str,
}

/// A new poll.
#[derive(Clone, Debug, PartialEq)]
pub struct PollOpened<'a> {
    /// The actor.
    pub by: &'a str,
    /// The question.
    pub question: &'a str,
    /// The options.
    pub options: Vec<&'a str>,
    /// How many options a vote may hold.
    pub multi: u8,
    /// The room does not keep who chose what.
    pub secret: bool,
    /// A vote cannot be changed.
    pub is_final: bool,
    /// Results are hidden until the poll closes.
    pub hidden: bool,
    /// When it closes, Unix ms. 0: only by command.
    pub closes_ms: u64,
    /// The command's token. Empty: none.
    pub token: &'a str,
}
