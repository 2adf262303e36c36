//! The fixed words of a room: roles, states and reasons. Every other module may use them.

/// What happens when the host is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum HostLoss {
    /// The room ends.
    End,
    /// The longest-present cohost takes over.
    #[default]
    Handover,
    /// Nothing.
    Keep,
}

impl HostLoss {
    /// The setting's word.
    pub fn name(self) -> &'static str {
        match self {
            HostLoss::End => "end",
            HostLoss::Handover => "handover",
            HostLoss::Keep => "keep",
        }
    }
}

/// A member's role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, PartialOrd, Ord)]
pub enum Role {
    /// In the audience.
    #[default]
    Listener,
    /// Seated on stage.
    Speaker,
    /// Staff.
    Cohost,
    /// The one host.
    Host,
}

impl Role {
    /// The field's word.
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
pub enum RoomState {
    /// Waits for its start.
    Scheduled,
    /// Open.
    #[default]
    Live,
    /// Over, readable.
    Ended,
    /// Never took place, readable.
    Cancelled,
}

impl RoomState {
    /// The contract's word.
    pub fn name(self) -> &'static str {
        match self {
            RoomState::Scheduled => "scheduled",
            RoomState::Live => "live",
            RoomState::Ended => "ended",
            RoomState::Cancelled => "cancelled",
        }
    }

    /// Ended or cancelled.
    pub fn is_over(self) -> bool {
        matches!(self, RoomState::Ended | RoomState::Cancelled)
    }
}

/// Why a room ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndReason {
    /// Its host ended it.
    Host,
    /// A backend ended it.
    Service,
    /// The host was gone and nobody took over.
    HostLoss,
    /// Nobody was present for `room.empty`.
    Empty,
}

impl EndReason {
    /// The contract's word.
    pub fn name(self) -> &'static str {
        match self {
            EndReason::Host => "host",
            EndReason::Service => "service",
            EndReason::HostLoss => "hostloss",
            EndReason::Empty => "empty",
        }
    }
}

/// The kinds a room allows until ROOM.CONFIG says otherwise.
pub const DEFAULT_EMOJIS: [&str; 12] =
    ["👍", "❤️", "😂", "😮", "😢", "👏", "🔥", "🎉", "💯", "🙏", "👎", "🤔"];

/// Seats on stage for speakers, unless CREATE says otherwise. Staff need no seat.
pub const DEFAULT_SEATS: u32 = 10;
