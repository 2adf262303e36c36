//! Comments, pins and reactions.

use super::{against, first_reply, live, need, present, Decision, Power, ReplyPlan, Result};
use crate::command::{Actor, CommentCommand};
use crate::effect::Change;
use crate::env::Env;
use crate::error::Error;
use crate::limits::{COMMENTS_PER_RESERVED, PINS, REACTION_KINDS, USER_COMMENTS, USER_KINDS};
use crate::outbox::Reply;
use crate::room::comments::SERVICE;
use crate::room::shadow::Shadow;
use crate::room::tokens::{TokenCommand, TokenReply};
use crate::room::users::{User, UserIx};
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
    if let Some(TokenReply::Id(id)) = first_reply(room, TokenCommand::Comment, actor, token, env) {
        return Ok(Decision::unchanged(Reply::Int(*id as i64)));
    }
    if let Some(id) = reply {
        room.comments.seen_by(id, ix).filter(|comment| comment.deleted.is_none()).ok_or(Error::NoComment)?;
    }
    has_place(room, ix.map(|ix| room.users.at(ix)), env)?;
    if let Some(ix) = ix {
        may_comment(room, ix, env)?;
    }
    let change = Change::comment(actor.name(), text, reply, token);
    Ok(Decision::change(change, ReplyPlan::CommentId))
}

/// The room has a place for a comment of this user. None: the service. A user counts its own comments under a shadow
/// block, so that it gets the same replies as without the block.
fn has_place(room: &Room, user: Option<&User>, env: &Env<'_>) -> std::result::Result<(), Error> {
    let max = env.settings.max_comments;
    let reserved = if user.is_none_or(User::is_staff) { 0 } else { max / COMMENTS_PER_RESERVED };
    let shadow = user.and_then(User::shadow).map_or(0, Shadow::places);
    if room.comments.places() + u64::from(shadow) >= max - reserved {
        return Err(Error::TooMany);
    }
    Ok(())
}

/// Settings, limits and rates let the user comment.
fn may_comment(room: &Room, ix: UserIx, env: &Env<'_>) -> std::result::Result<(), Error> {
    if !room.config.comments {
        return Err(Error::Off);
    }
    let user = room.users.at(ix);
    let (places, rates) =
        user.activity.as_deref().map_or_else(Default::default, |activity| (activity.places, activity.rates));
    if places + user.shadow().map_or(0, Shadow::places) >= USER_COMMENTS {
        return Err(Error::TooMany);
    }
    match room.comment_wait_ms(user, env.now) {
        0 => {}
        ms => return Err(Error::SlowMode(ms)),
    }
    let own = rates.comment.wait_ms(env.now, env.settings.comment_rate, 1);
    let of_room = room.local.comments.or_emptier(rates.shadow_room);
    match own.max(of_room.wait_ms(env.now, env.settings.comment_room_rate, 1)) {
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
    if comment.deleted.is_some() {
        return Ok(Decision::unchanged(Reply::Int(0)));
    }
    Ok(Decision::int(Change::DelComment { by: actor.name(), id }, 1))
}

fn pin<'a>(room: &Room, actor: Actor<'a>, id: u64) -> Result<'a> {
    live(room)?;
    need(room, actor, Power::Cohost)?;
    room.comments.all.get(&id).filter(|comment| comment.deleted.is_none()).ok_or(Error::NoComment)?;
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
    if !may_use_kind(room, ix, kind, env) {
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

/// Whether the limits let the user react with this kind. A user counts the kinds that it used under a shadow block, so
/// that it gets the same replies as without the block.
fn may_use_kind(room: &Room, ix: UserIx, kind: &str, env: &Env<'_>) -> bool {
    let user = room.users.at(ix);
    let shadow = user.shadow();
    // Kinds that the room lists are not new.
    let new_kinds = match room.config.emojis.is_empty() {
        true => user.activity.as_ref().map_or(0, |activity| activity.new_kinds),
        false => 0,
    };
    if shadow.is_none() && new_kinds < USER_KINDS && room.reactions.kinds.len() < REACTION_KINDS {
        return true;
    }
    let is_public = |kind: &str| room.reactions.find(kind).is_some();
    let own = shadow.map_or(&[][..], |shadow| &shadow.reactions);
    let is_own = own.iter().any(|own| *own.kind == *kind);
    if !is_public(kind) && !is_own {
        let others = own.iter().filter(|own| !is_public(&own.kind)).count();
        if new_kinds >= USER_KINDS || room.reactions.kinds.len() + others >= REACTION_KINDS {
            return false;
        }
    }
    match room.moderation.is_shadowed(ix, env.now) {
        true => is_own || own.len() < REACTION_KINDS,
        false => is_public(kind) || room.reactions.kinds.len() < REACTION_KINDS,
    }
}
