//! The fixed words of a room: roles, states and reasons. Their order is free: the codec has words of its own.

use serde::{Serialize, Serializer};

/// What happens when the host is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename_all = "lowercase"))]
pub enum HostLoss {
    /// The room ends.
    End,
    /// The longest-present cohost takes over.
    #[default]
    Handover,
    /// The room goes on without a host.
    Keep,
}

impl HostLoss {
    /// The word of ROOM.CREATE and ROOM.CONFIG.
    pub fn name(self) -> &'static str {
        match self {
            HostLoss::End => "end",
            HostLoss::Handover => "handover",
            HostLoss::Keep => "keep",
        }
    }
}

/// A member's role. Roles are ordered by power.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, PartialOrd, Ord)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename_all = "lowercase"))]
pub enum Role {
    /// In the audience.
    #[default]
    Listener,
    /// Seated on stage.
    Speaker,
    /// Staff: helps the host, needs no seat.
    Cohost,
    /// Staff: the one host.
    Host,
}

impl Role {
    /// The word of replies and events.
    pub fn name(self) -> &'static str {
        match self {
            Role::Listener => "listener",
            Role::Speaker => "speaker",
            Role::Cohost => "cohost",
            Role::Host => "host",
        }
    }
}

/// A room's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename_all = "lowercase"))]
pub enum RoomState {
    /// The room waits for its start.
    Scheduled,
    /// The room is open.
    #[default]
    Live,
    /// The room is over. It can still be read.
    Ended,
    /// The room never took place. It can still be read.
    Cancelled,
}

impl RoomState {
    /// The word of replies and events.
    pub fn name(self) -> &'static str {
        match self {
            RoomState::Scheduled => "scheduled",
            RoomState::Live => "live",
            RoomState::Ended => "ended",
            RoomState::Cancelled => "cancelled",
        }
    }

    /// The room has ended or was cancelled.
    pub fn is_over(self) -> bool {
        matches!(self, RoomState::Ended | RoomState::Cancelled)
    }
}

/// Why a room ended or was cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename_all = "lowercase"))]
pub enum EndReason {
    /// The host ended it.
    Host,
    /// The service ended it.
    Service,
    /// The host was gone and nobody took over.
    HostLoss,
    /// Nobody was present for the time of `room.empty`.
    Empty,
    /// A scheduled room was not started within `room.start-window`. Only of cancelled rooms.
    Window,
}

impl EndReason {
    /// The word of replies and events.
    pub fn name(self) -> &'static str {
        match self {
            EndReason::Host => "host",
            EndReason::Service => "service",
            EndReason::HostLoss => "hostloss",
            EndReason::Empty => "empty",
            EndReason::Window => "window",
        }
    }
}

/// In JSON a term is its word.
macro_rules! serialize_as_word {
    ($($term:ty)*) => {$(
        impl Serialize for $term {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.name())
            }
        }
    )*};
}
serialize_as_word!(HostLoss Role RoomState EndReason);

/// The kinds of reaction of a new room. ROOM.CONFIG changes them.
pub const DEFAULT_EMOJIS: [&str; 12] =
    ["👍", "❤️", "😂", "😮", "😢", "👏", "🔥", "🎉", "💯", "🙏", "👎", "🤔"];

/// The seats on stage of a new room, unless ROOM.CREATE says otherwise. Only speakers take seats.
pub const DEFAULT_SEATS: u32 = 10;
