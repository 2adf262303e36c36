//! The words of a room on the wire. Both conversions between a wire enum and its live enum are exhaustive: a new live
//! word without a wire form does not compile.

use crate::room::record::Outcome;
use crate::terms::{EndReason, HostLoss, Role, RoomState};
use bincode::{Decode, Encode};

/// Declares a wire enum and its conversions from and into the live enum.
macro_rules! word {
    ($(#[$doc:meta])* $wire:ident = $live:ident { $($variant:ident),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
        pub enum $wire {
            $($variant),+
        }

        impl From<$live> for $wire {
            fn from(live: $live) -> Self {
                match live {
                    $($live::$variant => $wire::$variant),+
                }
            }
        }

        impl From<$wire> for $live {
            fn from(wire: $wire) -> Self {
                match wire {
                    $($wire::$variant => $live::$variant),+
                }
            }
        }
    };
}

word! {
    /// A member's role.
    RoleV1 = Role { Listener, Speaker, Cohost, Host }
}

word! {
    /// What happens when the host is gone.
    HostLossV1 = HostLoss { End, Handover, Keep }
}

word! {
    /// Why a room ended.
    EndReasonV1 = EndReason { Host, Service, HostLoss, Empty, Window }
}

word! {
    /// A room's state.
    StateV1 = RoomState { Scheduled, Live, Ended, Cancelled }
}

word! {
    /// How a hand or an offer ended.
    OutcomeV1 = Outcome { Lowered, Seated, Left, Accepted, Declined, Expired }
}
