//! Presence: joining and leaving.

use super::{open, Decision, ReplyPlan, Result};
use crate::command::{Join, PresenceCommand};
use crate::effect::Change;
use crate::env::Env;
use crate::error::Error;
use crate::limits::SESSIONS;
use crate::outbox::Reply;
use crate::room::users::{Flag, User, NO_LEASE};
use crate::room::Room;

pub(super) fn decide<'a>(room: &Room, command: &'a PresenceCommand<'a>, env: &Env<'_>) -> Result<'a> {
    match command {
        PresenceCommand::Join(command) => join(room, command, env),
        PresenceCommand::Leave { member, session, gateway, lost } => {
            leave(room, member, *session, *gateway, *lost)
        }
        // In any state, so that a gateway learns from its reply what it missed.
        PresenceCommand::Beat { gateway } => Ok(Decision::unchanged_with(ReplyPlan::Beat(gateway))),
        PresenceCommand::Drop { gateway, lost } => drop_lease(room, gateway, *lost),
    }
}

fn join<'a>(room: &Room, command: &'a Join<'a>, env: &Env<'_>) -> Result<'a> {
    open(room)?;
    let Join { member, gateway, session, profile, .. } = command;
    let user = room.user(member);
    let is_staff = user.is_some_and(User::is_staff);
    // A gateway joins again the users that the room forgot. It must not bring back a user whom somebody removed.
    if command.again && user.is_some_and(|user| user.has(Flag::RemovedSinceJoin)) {
        return Err(Error::Forbidden);
    }
    room.admits(member, env.now)?;
    let is_present = user.is_some_and(User::is_present);
    let capacity = u64::from(room.config.capacity);
    if !is_present && !is_staff && capacity > 0 && room.present() >= capacity {
        return Err(Error::Full);
    }
    let id = session.unwrap_or("");
    let lease = gateway.map_or(Some(NO_LEASE), |gateway| room.leases.of(gateway));
    let known = user.and_then(|user| user.sessions().get(user.session(id, lease)?));
    if command.again && known.is_none() && user.is_some_and(|user| user.sessions().len() >= SESSIONS) {
        return Err(Error::TooMany);
    }
    let same_profile = profile.as_ref().is_none_or(|new| {
        user.and_then(|user| user.profile.as_deref()).is_some_and(|old| old.get() == new.get())
    });
    if same_profile && known.is_some_and(|session| lease == Some(session.lease)) {
        return Ok(Decision::unchanged_with(ReplyPlan::Joined(member)));
    }
    Ok(Decision::change(Change::join(command), ReplyPlan::Joined(member)))
}

fn leave<'a>(
    room: &Room,
    member: &'a str,
    session: Option<&'a str>,
    gateway: Option<&'a str>,
    lost: bool,
) -> Result<'a> {
    open(room)?;
    let Some(ix) = room.users.find(member) else { return Ok(Decision::unchanged(Reply::Int(0))) };
    let ended = room.matching_sessions(ix, session, gateway).len();
    let remaining = (room.users.at(ix).sessions().len() - ended) as u64;
    // A lost member can still leave for good.
    let departs = room.users.at(ix).is_lost() && !lost && session.is_none() && gateway.is_none();
    if ended == 0 && !departs {
        return Ok(Decision::unchanged(Reply::Int(remaining as i64)));
    }
    Ok(Decision::int(Change::Leave { user: member, session, gateway, lost }, remaining))
}

fn drop_lease<'a>(room: &Room, gateway: &'a str, lost: bool) -> Result<'a> {
    open(room)?;
    let sessions =
        room.leases.of(gateway).and_then(|lease| room.leases.get(lease)).map(|lease| lease.sessions.len());
    match sessions {
        None | Some(0) => Ok(Decision::unchanged(Reply::Int(0))),
        Some(sessions) => Ok(Decision::int(Change::Drop { gateway, lost }, sessions as u64)),
    }
}
