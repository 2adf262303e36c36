//! Moderation: kicks and blocks.

use super::{against, need, open, Decision, Power, Result};
use crate::command::{Actor, ModerationCommand};
use crate::effect::{Change, UserBlocked};
use crate::env::Env;
use crate::error::Error;
use crate::limits::BLOCKS;
use crate::outbox::Reply;
use crate::room::Room;

pub(super) fn decide<'a>(room: &Room, command: &ModerationCommand<'a>, env: &Env<'_>) -> Result<'a> {
    match *command {
        ModerationCommand::Kick { actor, user, reason } => kick(room, actor, user, reason),
        ModerationCommand::Block { actor, user, for_ms, shadow, clear, reason } => {
            block(room, actor, user, for_ms, [shadow, clear], reason, env)
        }
        ModerationCommand::Unblock { actor, user } => unblock(room, actor, user, env),
    }
}

fn kick<'a>(room: &Room, actor: Actor<'a>, user: &'a str, reason: &'a str) -> Result<'a> {
    open(room)?;
    against(room, actor, user)?;
    let known = room.user(user).filter(|user| user.can_be_removed());
    let Some(sessions) = known.map(|user| user.sessions().len()) else {
        return Ok(Decision::unchanged(Reply::Int(0)));
    };
    Ok(Decision::int(Change::Kick { by: actor.name(), user, reason }, sessions as u64))
}

fn block<'a>(
    room: &Room,
    actor: Actor<'a>,
    user: &'a str,
    for_ms: Option<u64>,
    [shadow, clear]: [bool; 2],
    reason: &'a str,
    env: &Env<'_>,
) -> Result<'a> {
    open(room)?;
    against(room, actor, user)?;
    let known = room.users.find(user);
    // Staff keep their powers under a shadow block, so they would notice it.
    if shadow && known.is_some_and(|ix| room.users.at(ix).is_staff()) {
        return Err(Error::Forbidden);
    }
    let replaces = known.is_some_and(|ix| room.moderation.blocks.contains_key(&ix));
    if room.moderation.blocks.len() >= BLOCKS && !replaces {
        return Err(Error::TooMany);
    }
    let until_ms = for_ms.map_or(0, |ms| env.now + ms);
    Ok(Decision::ok(Change::Block(UserBlocked { by: actor.name(), user, until_ms, shadow, clear, reason })))
}

fn unblock<'a>(room: &Room, actor: Actor<'a>, user: &'a str, env: &Env<'_>) -> Result<'a> {
    open(room)?;
    need(room, actor, Power::Cohost)?;
    let blocked = room.users.find(user).is_some_and(|ix| room.moderation.block_of(ix, env.now).is_some());
    if !blocked {
        return Ok(Decision::unchanged(Reply::Int(0)));
    }
    Ok(Decision::int(Change::Unblock { by: actor.name(), user }, 1))
}
