//! Changes of what only this server knows of a room: rates and leases. No effect holds them.

use crate::command::{Charge, Rate};
use crate::env::Env;
use crate::room::Room;

/// Charges a command to the rates of its user.
pub(super) fn charge_rate(room: &mut Room, charge: Charge<'_>, env: &Env<'_>) {
    let Some(ix) = room.users.find(charge.user) else { return };
    let settings = env.settings;
    let rates = &mut room.users.at_mut(ix).activity_mut().rates;
    match charge.rate {
        Rate::Comment => {
            rates.comment.take(env.now, settings.comment_rate, 1);
            // A comment under a shadow block takes nothing from the rate of the others.
            let of_room = match room.moderation.is_shadowed(ix, env.now) {
                true => {
                    rates.shadow_room = rates.shadow_room.or_emptier(room.local.comments);
                    &mut rates.shadow_room
                }
                false => &mut room.local.comments,
            };
            of_room.take(env.now, settings.comment_room_rate, 1);
        }
        Rate::React(count) => rates.react.take(env.now, settings.react_rate, count.into()),
        Rate::Action => rates.action.take(env.now, settings.action_rate, 1),
    }
}

/// A gateway has shown that it lives.
pub(super) fn renew_lease(room: &mut Room, gateway: &str, env: &Env<'_>) {
    if let Some(lease) = room.leases.of(gateway).and_then(|lease| room.leases.get_mut(lease)) {
        lease.beat_ms = lease.beat_ms.max(env.now);
    }
}
