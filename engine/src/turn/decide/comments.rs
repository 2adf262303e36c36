//! Comments, pins and reactions.

use super::{against, live, need, present, Decision, Power, ReplyPlan, Result};
use crate::command::{Actor, CommentCommand};
use crate::effect::Change;
use crate::env::Env;
use crate::error::Error;
use crate::limits::{PINS, REACTION_KINDS, USER_COMMENTS};
use crate::outbox::Reply;
use crate::room::comments::SERVICE;
use crate::room::tokens::{TokenCommand, TokenReply};
use crate::room::users::UserIx;
use crate::room::Room;

pub(super) fn decide<'a>(room: &Room, command: &CommentCommand<'a>, env: &Env<'_>) -> Result<'a> {
    match *command {
        CommentCommand::Comment { actor, text, reply, token } => {
            comment(room, actor, text, reply, token, env)
        }
        CommentCommand::Delete { actor, id } => delete(room, actor, id),
        CommentCommand::Pin { actor, id } => pin(room, actor, id),
        CommentCommand::Unpin { actor, id } => unpin(room, actor, id),
        CommentCommand::React { user, kind, count } => react(room, user, kind, count, env),
    }
}

fn comment<'a>(
    room: &Room,
    actor: Actor<'a>,
    text: &'a str,
    reply: Option<u64>,
    token: Option<&'a str>,
    env: &Env<'_>,
) -> Result<'a> {
    live(room)?;
    let ix = actor.user().map(|user| present(room, user)).transpose()?;
    if let Some(TokenReply::Id(id)) = room.tokens.get(TokenCommand::Comment, actor.name(), token, env.now) {
        return Ok(Decision::unchanged(Reply::Int(*id as i64)));
    }
    if let Some(id) = reply {
        room.comments
            .seen_by(id, ix)
            .filter(|comment| comment.deleted_by.is_none())
            .ok_or(Error::NoComment)?;
    }
    let all = room.comments.all.len() + room.comments.shadow.len();
    if all as u64 >= env.settings.max_comments {
        return Err(Error::TooMany);
    }
    if let Some(ix) = ix {
        may_comment(room, ix, env)?;
    }
    let change = Change::comment(actor.name(), text, reply, token);
    Ok(Decision::change(change, ReplyPlan::CommentId))
}

/// Settings, limits and rates let the user comment.
fn may_comment(room: &Room, ix: UserIx, env: &Env<'_>) -> std::result::Result<(), Error> {
    if !room.config.comments {
        return Err(Error::Off);
    }
    let user = room.users.at(ix);
    let activity = user.activity.as_deref();
    if activity.is_some_and(|activity| activity.comments >= USER_COMMENTS) {
        return Err(Error::TooMany);
    }
    match room.comment_wait_ms(user, env.now) {
        0 => {}
        ms => return Err(Error::SlowMode(ms)),
    }
    let own = activity.map_or_else(Default::default, |activity| activity.rates.comment);
    let wait = own.wait_ms(env.now, env.settings.comment_rate, 1);
    match wait.max(room.local.comments.wait_ms(env.now, env.settings.comment_room_rate, 1)) {
        0 => Ok(()),
        ms => Err(Error::RateLimited(ms)),
    }
}

fn delete<'a>(room: &Room, actor: Actor<'a>, id: u64) -> Result<'a> {
    live(room)?;
    let viewer = actor.user().and_then(|user| room.users.find(user));
    let comment = room.comments.seen_by(id, viewer);
    match (comment.map(|comment| comment.user), actor) {
        (Some(SERVICE), _) => need(room, actor, Power::Cohost)?,
        (Some(author), Actor::User(user)) if viewer == Some(author) => {
            // Staff may moderate while absent, their own comments included.
            if need(room, actor, Power::Cohost).is_err() {
                present(room, user)?;
            }
        }
        (Some(author), _) => against(room, actor, &room.users.at(author).name)?,
        (None, _) => {}
    }
    let comment = comment.ok_or(Error::NoComment)?;
    if comment.deleted_by.is_some() {
        return Ok(Decision::unchanged(Reply::Int(0)));
    }
    Ok(Decision::int(Change::DelComment { by: actor.name(), id }, 1))
}

fn pin<'a>(room: &Room, actor: Actor<'a>, id: u64) -> Result<'a> {
    live(room)?;
    need(room, actor, Power::Cohost)?;
    room.comments.all.get(&id).filter(|comment| comment.deleted_by.is_none()).ok_or(Error::NoComment)?;
    if room.comments.pins.contains(&id) {
        return Ok(Decision::unchanged(Reply::Ok));
    }
    if room.comments.pins.len() >= PINS {
        return Err(Error::TooMany);
    }
    Ok(Decision::ok(Change::Pin { by: actor.name(), id }))
}

fn unpin<'a>(room: &Room, actor: Actor<'a>, id: u64) -> Result<'a> {
    live(room)?;
    need(room, actor, Power::Cohost)?;
    room.comments.all.get(&id).ok_or(Error::NoComment)?;
    if !room.comments.pins.contains(&id) {
        return Ok(Decision::unchanged(Reply::Int(0)));
    }
    Ok(Decision::int(Change::Unpin { by: actor.name(), id }, 1))
}

fn react<'a>(room: &Room, user: &'a str, kind: &'a str, count: u32, env: &Env<'_>) -> Result<'a> {
    live(room)?;
    let ix = present(room, user)?;
    let config = &room.config;
    if !config.reactions {
        return Err(Error::Off);
    }
    if !config.emojis.is_empty() && !config.emojis.iter().any(|known| **known == *kind) {
        return Err(Error::BadOption);
    }
    if room.reactions.kinds.len() >= REACTION_KINDS && room.reactions.find(kind).is_none() {
        return Err(Error::TooMany);
    }
    let bucket =
        room.users.at(ix).activity.as_ref().map_or_else(Default::default, |activity| activity.rates.react);
    match bucket.wait_ms(env.now, env.settings.react_rate, u64::from(count)) {
        0 => {}
        ms => return Err(Error::RateLimited(ms)),
    }
    Ok(Decision::change(Change::react(user, kind, count), ReplyPlan::Reactions(ix, kind)))
}
