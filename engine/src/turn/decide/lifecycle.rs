//! Lifecycle: creation, settings, start and end, RSVP and invitations.

use super::{live, need, open, scheduled, Decision, Power, ReplyPlan, Result};
use crate::command::{Actor, ConfigField, Create, LifecycleCommand};
use crate::effect::{Change, ConfigChange, RoomCreated};
use crate::env::Env;
use crate::error::Error;
use crate::limits::{INVITED, START_AHEAD_MS, USERS_PER_CALL};
use crate::outbox::Reply;
use crate::room::deadlines::expiry;
use crate::room::users::Flag;
use crate::room::Room;
use crate::terms::{EndReason, RoomState, DEFAULT_SEATS};

pub(super) fn decide<'a>(room: &Room, command: &'a LifecycleCommand<'a>, env: &Env<'_>) -> Result<'a> {
    match command {
        LifecycleCommand::Create { create, .. } => exists(create, env),
        LifecycleCommand::Config { actor, fields } => config(room, *actor, fields, env),
        LifecycleCommand::Start { actor } => start(room, *actor),
        LifecycleCommand::Cancel { actor } => cancel(room, *actor, env),
        LifecycleCommand::End { actor } => end(room, *actor, env),
        LifecycleCommand::Rsvp { user, yes } => rsvp(room, user, *yes, env),
        LifecycleCommand::Invite { actor, users } => invite(room, *actor, users),
        LifecycleCommand::Uninvite { actor, users } => uninvite(room, *actor, users),
    }
}

fn check_at(at: u64, env: &Env<'_>) -> std::result::Result<(), Error> {
    let now = env.time.wall_ms;
    if at <= now || at > now + START_AHEAD_MS {
        return Err(Error::Invalid("AT must lie ahead, by a year at most"));
    }
    Ok(())
}

/// CREATE on an empty key.
///
/// # Errors
/// [`Error::Invalid`] if AT does not lie ahead, or too far.
pub(crate) fn create<'a>(creator: Actor<'a>, create: &'a Create<'a>, env: &Env<'_>) -> Result<'a> {
    if let Some(at) = create.at {
        check_at(at, env)?;
    }
    let [incarnation, epoch] = env.fresh;
    Ok(Decision::change(
        Change::Create(RoomCreated {
            incarnation,
            epoch,
            by: creator.name(),
            title: create.title,
            at_ms: create.at.unwrap_or(0),
            private: create.private,
            seats: create.seats.unwrap_or(DEFAULT_SEATS),
            capacity: create.capacity.unwrap_or(0),
            meta: create.meta.as_ref().map(|meta| meta.get()),
            host_loss: create.host_loss,
            expire_ms: create.at.unwrap_or(env.time.wall_ms) + env.settings.ttl_ms,
        }),
        ReplyPlan::Created,
    ))
}

/// CREATE on a key that holds a room. The values are checked before the room, as on an empty key.
fn exists<'a>(create: &Create<'_>, env: &Env<'_>) -> Result<'a> {
    if let Some(at) = create.at {
        check_at(at, env)?;
    }
    Err(Error::RoomExists)
}

fn config<'a>(room: &Room, actor: Actor<'a>, fields: &'a [ConfigField<'a>], env: &Env<'_>) -> Result<'a> {
    let mut expire_ms = 0;
    for field in fields {
        if let ConfigField::At(at) = field {
            check_at(*at, env)?;
            if *at != room.times.at_ms {
                expire_ms = expiry(room, *at, env);
            }
        }
    }
    open(room)?;
    if room.state == RoomState::Live && fields.iter().any(|field| matches!(field, ConfigField::At(_))) {
        return Err(Error::NotScheduled);
    }
    need(room, actor, Power::Cohost)?;
    let fields: Vec<ConfigChange<'a>> = fields
        .iter()
        .filter(|field| is_new(room, field))
        .map(|field| match field {
            ConfigField::Title(title) => ConfigChange::Title(title),
            ConfigField::Private(on) => ConfigChange::Private(*on),
            ConfigField::Seats(seats) => ConfigChange::Seats(*seats),
            ConfigField::Capacity(capacity) => ConfigChange::Capacity(*capacity),
            ConfigField::Meta(meta) => ConfigChange::Meta(meta.get()),
            ConfigField::HostLoss(host_loss) => ConfigChange::HostLoss(*host_loss),
            ConfigField::Comments(on) => ConfigChange::Comments(*on),
            ConfigField::Reactions(on) => ConfigChange::Reactions(*on),
            ConfigField::Hands(on) => ConfigChange::Hands(*on),
            ConfigField::SlowMode(seconds) => ConfigChange::SlowMode(*seconds),
            ConfigField::Emojis(kinds) => ConfigChange::Emojis(kinds.iter().map(|kind| &**kind).collect()),
            ConfigField::At(at) => ConfigChange::At(*at),
        })
        .collect();
    if fields.is_empty() {
        return Ok(Decision::unchanged(Reply::Ok));
    }
    Ok(Decision::ok(Change::Config { by: actor.name(), fields, expire_ms }))
}

/// Whether the field has another value than the room's setting.
fn is_new(room: &Room, field: &ConfigField<'_>) -> bool {
    let config = &room.config;
    match field {
        ConfigField::Title(title) => *config.title != **title,
        ConfigField::Private(on) => config.private != *on,
        ConfigField::Seats(seats) => config.seats != *seats,
        ConfigField::Capacity(capacity) => config.capacity != *capacity,
        ConfigField::Meta(meta) => config.meta.as_ref().is_none_or(|old| old.get() != meta.get()),
        ConfigField::HostLoss(host_loss) => config.host_loss != *host_loss,
        ConfigField::Comments(on) => config.comments != *on,
        ConfigField::Reactions(on) => config.reactions != *on,
        ConfigField::Hands(on) => config.hands != *on,
        ConfigField::SlowMode(seconds) => config.slowmode != *seconds,
        ConfigField::Emojis(kinds) => {
            !config.emojis.iter().map(|kind| &**kind).eq(kinds.iter().map(|kind| &**kind))
        }
        ConfigField::At(at) => room.times.at_ms != *at,
    }
}

fn start<'a>(room: &Room, actor: Actor<'a>) -> Result<'a> {
    scheduled(room)?;
    need(room, actor, Power::Cohost)?;
    Ok(Decision::ok(Change::Start { by: actor.name() }))
}

fn cancel<'a>(room: &Room, actor: Actor<'a>, env: &Env<'_>) -> Result<'a> {
    scheduled(room)?;
    need(room, actor, Power::Host)?;
    Ok(Decision::ok(Change::Cancel { by: actor.name(), expire_ms: expiry(room, env.time.wall_ms, env) }))
}

fn end<'a>(room: &Room, actor: Actor<'a>, env: &Env<'_>) -> Result<'a> {
    live(room)?;
    need(room, actor, Power::Host)?;
    let reason = match actor {
        Actor::Service => EndReason::Service,
        Actor::User(_) => EndReason::Host,
    };
    let change = Change::End { by: actor.name(), reason, expire_ms: expiry(room, env.time.wall_ms, env) };
    Ok(Decision::change(change, ReplyPlan::Summary))
}

fn rsvp<'a>(room: &Room, user: &'a str, yes: bool, env: &Env<'_>) -> Result<'a> {
    scheduled(room)?;
    room.admits(user, env.now)?;
    if room.user(user).is_some_and(|user| user.has(Flag::Interested)) == yes {
        return Ok(Decision::unchanged_with(ReplyPlan::Interested));
    }
    Ok(Decision::change(Change::Rsvp { user, yes }, ReplyPlan::Interested))
}

/// The call names at most [`USERS_PER_CALL`] users.
fn check_number_of(users: &[&str]) -> std::result::Result<(), Error> {
    if users.len() > USERS_PER_CALL {
        return Err(Error::TooMany);
    }
    Ok(())
}

fn invite<'a>(room: &Room, actor: Actor<'a>, users: &[&'a str]) -> Result<'a> {
    open(room)?;
    need(room, actor, Power::Cohost)?;
    check_number_of(users)?;
    let mut new: Vec<&str> = users
        .iter()
        .copied()
        .filter(|user| !room.user(user).is_some_and(|user| room.is_invited(user)))
        .collect();
    new.sort_unstable();
    new.dedup();
    if room.invited.len() + new.len() > INVITED {
        return Err(Error::TooMany);
    }
    if new.is_empty() {
        return Ok(Decision::unchanged(Reply::Int(0)));
    }
    let n = new.len() as u64;
    Ok(Decision::int(Change::Invite { by: actor.name(), users: new }, n))
}

fn uninvite<'a>(room: &Room, actor: Actor<'a>, users: &[&'a str]) -> Result<'a> {
    open(room)?;
    need(room, actor, Power::Cohost)?;
    check_number_of(users)?;
    let mut known: Vec<&str> = users
        .iter()
        .copied()
        .filter(|user| room.user(user).is_some_and(|user| room.is_invited(user)))
        .collect();
    known.sort_unstable();
    known.dedup();
    if known.is_empty() {
        return Ok(Decision::unchanged(Reply::Int(0)));
    }
    let n = known.len() as u64;
    Ok(Decision::int(Change::Uninvite { by: actor.name(), users: known, remove: room.config.private }, n))
}
