//! The short way: hot commands while nothing else is to be done.
//!
//! REACT, POLLVOTE, COMMENT and JOIN come by the thousand. Between two frames of a room in which nothing falls due, such
//! a command changes what its arguments say and nothing beside: it is its own effect. It takes place at the room's
//! clock, which the last effect brought and which is therefore at most a tick behind; it travels as it came, and whoever
//! gets it over replication or from the AOF applies it without deciding. Nothing is settled, flushed or looked for.

use crate::command::{CommentCommand, PollCommand, PresenceCommand, WriteCommand};
use crate::effect::Change;
use crate::env::Env;
use crate::error::Error;
use crate::outbox::{Outbox, Reply};
use crate::room::users::User;
use crate::room::Room;
use crate::turn;
use crate::turn::apply::ApplyCtx;
use crate::turn::decide;
use crate::turn::flush;

/// The change that a hot command carries; None: it is no hot command.
pub fn verbatim<'a>(command: &'a WriteCommand<'a>) -> Option<Change<'a>> {
    match command {
        WriteCommand::Comments(CommentCommand::React { user, kind, count }) => {
            Some(Change::React { user, kind, count: *count })
        }
        WriteCommand::Polls(PollCommand::Vote { user, poll, options }) => {
            Some(Change::PollVote { user, poll: *poll, options: *options })
        }
        WriteCommand::Comments(CommentCommand::Comment { actor, text, reply, token }) => {
            Some(Change::Comment {
                by: actor.name(),
                text,
                reply: reply.unwrap_or(0),
                token: token.unwrap_or(""),
            })
        }
        WriteCommand::Presence(PresenceCommand::Join { member, gateway, session, profile }) => {
            Some(Change::Join {
                user: member,
                gateway: gateway.unwrap_or(""),
                session: session.unwrap_or(""),
                profile: profile.as_ref().map(|profile| profile.get()),
            })
        }
        _ => None,
    }
}

/// Notes when something next falls due in a room, after a turn: until then the short way is open.
pub fn set_next_due(room: &mut Room, due: Option<u64>) {
    room.local.due = due.unwrap_or(u64::MAX);
}

/// Runs a hot command, if nothing beside it is to be done; None: it must go the long way, and nothing has happened. What
/// changed is told by [`Outbox::carried`]; the effect stays empty.
pub fn run(
    room: &mut Room,
    command: &WriteCommand<'_>,
    env: &Env<'_>,
    out: &mut Outbox,
) -> Option<Result<Reply, Error>> {
    let change = verbatim(command)?;
    if !is_calm(room, env) || !is_alone(room, command) {
        return None;
    }
    let mut next = String::new();
    let decision = match decide::decide(room, command, env, &mut next) {
        Ok(decision) => decision,
        Err(error) => return Some(Err(error)),
    };
    if decision.change.is_some() {
        debug_assert_eq!(decision.change.as_ref(), Some(&change));
        out.verbatim = true;
        let (at, history_bytes) = (room.clock, env.settings.history_bytes);
        room.apply(&change, &mut ApplyCtx { at, key: env.key, history_bytes, sends: true, out });
        let mut due = room.local.sent_ms + flush::tick_ms(room, env);
        if let Change::Join { gateway, .. } = change {
            turn::renew(room, gateway, env);
            due = due.min(env.now + env.settings.lease_ms);
        }
        room.local.due = room.local.due.min(due);
    }
    if let Some(charge) = decision.charge {
        turn::take(room, charge, env);
    }
    Some(Ok(turn::answer(room, decision.answer, env)))
}

/// This server has taken the room over, nothing falls due, and what waits for a frame has to go on waiting.
fn is_calm(room: &Room, env: &Env<'_>) -> bool {
    let local = &room.local;
    let tick_ms = flush::tick_ms(room, env);
    local.generation == env.generation
        && !local.broken
        && env.now < local.due
        && (room.clock..=room.clock + tick_ms).contains(&env.now)
        && (local.sent_ms..local.sent_ms + tick_ms).contains(&env.now)
        && !room.pending.urgent
        && local.direct.is_empty()
        && room.leases.retired.is_empty()
}

/// The command does nothing beside what it carries: whoever comes is nobody of whom the stage is told, and not the first.
fn is_alone(room: &Room, command: &WriteCommand<'_>) -> bool {
    match command {
        WriteCommand::Presence(PresenceCommand::Join { member, .. }) => {
            let is_plain = |user: &User| !user.is_staff() && !user.is_on_stage();
            room.present() > 0 && room.user(member).is_none_or(is_plain)
        }
        _ => true,
    }
}

/// Applies a command that came over replication or from the AOF as its own effect. `Err`: there is no room; or this
/// version could not parse it or knows no change that it carries, and the room is now broken.
pub fn replay(
    slot: &mut Option<Box<Room>>,
    command: Option<&WriteCommand<'_>>,
    env: &Env<'_>,
    out: &mut Outbox,
) -> Result<(), Error> {
    let room = slot.as_deref_mut().ok_or(Error::NoRoom)?;
    let Some(change) = command.and_then(verbatim) else {
        room.mark_broken();
        return Err(Error::Broken);
    };
    let (at, history_bytes) = (room.clock, env.settings.history_bytes);
    room.apply(&change, &mut ApplyCtx { at, key: env.key, history_bytes, sends: false, out });
    Ok(())
}
