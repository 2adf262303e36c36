//! The fast path: a command is replicated verbatim, because it is its own effect.
//!
//! REACT, POLLVOTE, COMMENT and JOIN arrive by the thousand. Between two frames of a room in which no deadline is due,
//! the arguments of such a command describe its whole change. No deadline is settled and no frame is sent. Replicas and
//! the AOF get the command as the client sent it, and apply it without deciding. It takes place at the room's clock.
//! The last effect set this clock, so it is at most a tick behind.

use super::apply_ctx::ApplyCtx;
use super::charges::{charge_rate, renew_lease};
use super::decide::Decision;
use super::flush;
use super::reply::reply_to;
use crate::command::{CommentCommand, PollCommand, PresenceCommand, WriteCommand};
use crate::effect::Change;
use crate::env::Env;
use crate::error::Error;
use crate::outbox::{Outbox, Reply};
use crate::room::users::User;
use crate::room::Room;

/// The change of a command that is its own effect; None for every other command. A replica applies this change. Decide
/// makes it by the same function of [`Change`]; `run_settled` compares the two in debug builds.
pub(super) fn change<'a>(command: &'a WriteCommand<'a>) -> Option<Change<'a>> {
    match command {
        WriteCommand::Comments(CommentCommand::React { user, kind, count }) => {
            Some(Change::react(user, kind, *count))
        }
        WriteCommand::Polls(PollCommand::Vote { user, poll, options }) => {
            Some(Change::poll_vote(user, *poll, *options))
        }
        WriteCommand::Comments(CommentCommand::Comment { actor, text, reply, token }) => {
            Some(Change::comment(actor.name(), text, *reply, *token))
        }
        WriteCommand::Presence(PresenceCommand::Join(join)) => Some(Change::join(join)),
        _ => None,
    }
}

/// Whether the room has nothing else to do now: this process has taken it over, no deadline is due, and waiting events
/// still have to wait.
pub(super) fn is_open(room: &Room, env: &Env<'_>) -> bool {
    let local = &room.local;
    let tick_ms = flush::tick_ms(room, env);
    local.generation == env.generation
        && !local.broken
        && env.now < local.next_due_ms
        && (room.clock..=room.clock + tick_ms).contains(&env.now)
        && (local.sent_ms..local.sent_ms + tick_ms).contains(&env.now)
        && !room.pending.urgent
        && local.direct.is_empty()
        && room.leases.retired.is_empty()
}

/// Whether a change has no further consequences. A JOIN of the first member changes the room's deadlines. A JOIN of
/// staff causes an urgent `stage` event. Slow mode needs the server's time of a comment, not the room's clock. These
/// take the full path.
pub(super) fn takes(room: &Room, change: &Change<'_>) -> bool {
    let is_listener = |user: &User| !user.is_staff() && !user.is_on_stage();
    match change {
        Change::Join { user, .. } => room.present() > 0 && room.user(user).is_none_or(is_listener),
        Change::Comment { .. } => room.config.slowmode == 0,
        _ => change.is_verbatim(),
    }
}

/// Applies a change that is replicated as the client sent it. Then it charges the rate and makes the reply.
pub(super) fn conclude(room: &mut Room, decision: Decision<'_>, env: &Env<'_>, out: &mut Outbox) -> Reply {
    let mut next_due_ms = room.local.sent_ms + flush::tick_ms(room, env);
    if let Some(change) = &decision.change {
        out.verbatim = true;
        let (at, history_bytes) = (room.clock, env.settings.history_bytes);
        room.apply(change, &mut ApplyCtx { at, key: env.key, history_bytes, sends: true, out });
        if let Change::Join { gateway, .. } = change {
            renew_lease(room, gateway, env);
            next_due_ms = next_due_ms.min(env.now + env.settings.lease_ms);
        }
    }
    room.local.next_due_ms = room.local.next_due_ms.min(next_due_ms);
    out.next_due_ms = Some(env.wall_time_of(room.local.next_due_ms));
    if let Some(charge) = decision.charge {
        charge_rate(room, charge, env);
    }
    reply_to(room, decision.reply, env)
}

/// Applies a command that came verbatim over replication or from the AOF.
///
/// # Errors
/// `NOROOM`: the key holds no room. `BROKEN`: this version cannot parse the command (None), or the command is not its
/// own effect. The room is then marked broken.
pub fn replay(
    slot: &mut Option<Box<Room>>,
    command: Option<&WriteCommand<'_>>,
    env: &Env<'_>,
    out: &mut Outbox,
) -> Result<(), Error> {
    let room = slot.as_deref_mut().ok_or(Error::NoRoom)?;
    let Some(change) = command.and_then(change) else {
        room.mark_broken();
        return Err(Error::Broken);
    };
    let (at, history_bytes) = (room.clock, env.settings.history_bytes);
    room.apply(&change, &mut ApplyCtx { at, key: env.key, history_bytes, sends: false, out });
    Ok(())
}
