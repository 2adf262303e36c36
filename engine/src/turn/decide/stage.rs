//! The stage: hands, offers, roles and microphones.

use super::{against, first_reply, live, need, open, present, Decision, Power, ReplyPlan, Result};
use crate::command::{Actor, StageCommand, Target};
use crate::effect::Change;
use crate::env::Env;
use crate::error::Error;
use crate::limits::{COHOSTS, DEFAULT_OFFER_S};
use crate::outbox::Reply;
use crate::room::deadlines;
use crate::room::tokens::{TokenCommand, TokenReply};
use crate::room::users::User;
use crate::room::Room;
use crate::terms::{Role, RoomState};

pub(super) fn decide<'a>(
    room: &Room,
    command: &StageCommand<'a>,
    env: &Env<'_>,
    next_user: &'a mut String,
) -> Result<'a> {
    match *command {
        StageCommand::RaiseHand { user } => raise_hand(room, user, env),
        StageCommand::LowerHand { actor, target } => lower_hand(room, actor, target),
        StageCommand::Next { actor, token } => next(room, actor, token, env, next_user),
        StageCommand::Offer { actor, user, for_ms } => offer(room, actor, user, for_ms, env),
        StageCommand::Accept { user } => accept(room, user, env),
        StageCommand::Decline { user } => decline(room, user, env),
        StageCommand::StepDown { actor, user } => step_down(room, actor, user),
        StageCommand::Role { actor, user, role: new } => role(room, actor, user, new, env),
        StageCommand::Mute { actor, target, hold } => mute(room, actor, target, hold),
        StageCommand::Unmute { user } => unmute(room, user),
        StageCommand::AskUnmute { actor, user } => ask_unmute(room, actor, user),
    }
}

fn raise_hand<'a>(room: &Room, user: &'a str, env: &Env<'_>) -> Result<'a> {
    open(room)?;
    match room.state {
        RoomState::Scheduled => room.admits(user, env.now)?,
        _ => drop(present(room, user)?),
    }
    let known = room.user(user);
    if known.is_some_and(|known| known.role != Role::Listener) {
        return Err(Error::OnStage);
    }
    if known.is_some_and(|known| room.hand(known) > 0) {
        return Ok(Decision::unchanged_with(ReplyPlan::Place(user)));
    }
    if !room.config.hands {
        return Err(Error::Off);
    }
    Ok(Decision::change(Change::RaiseHand { user }, ReplyPlan::Place(user)))
}

fn lower_hand<'a>(room: &Room, actor: Actor<'a>, target: Target<'a>) -> Result<'a> {
    let user = match target {
        Target::User(user) => user,
        Target::All => "",
    };
    open(room)?;
    match target {
        Target::All => need(room, actor, Power::Cohost)?,
        _ if actor == Actor::User(user) => {}
        _ => against(room, actor, user)?,
    }
    let lowered = match target {
        Target::All => room.hands.len(),
        _ => u64::from(room.user(user).is_some_and(|user| room.hand(user) > 0)),
    };
    if lowered == 0 {
        return Ok(Decision::unchanged(Reply::Int(0)));
    }
    Ok(Decision::int(Change::LowerHand { by: actor.name(), user }, lowered))
}

fn next<'a>(
    room: &Room,
    actor: Actor<'a>,
    token: Option<&'a str>,
    env: &Env<'_>,
    next_user: &'a mut String,
) -> Result<'a> {
    live(room)?;
    need(room, actor, Power::Cohost)?;
    match first_reply(room, TokenCommand::Next, actor, token, env) {
        Some(TokenReply::User(user)) => return Ok(Decision::unchanged(Reply::Bulk(user.as_ref().into()))),
        Some(_) => return Ok(Decision::unchanged(Reply::Null)),
        None => {}
    }
    let Some((_, ix)) = room.first_present_hand(deadlines::graces_before(room, env)) else {
        // A retry must not seat a user whose hand came up after the first reply.
        let change = token.map(|token| Change::Next { by: actor.name(), user: "", token });
        return Ok(Decision { change, ..Decision::unchanged(Reply::Null) });
    };
    if room.free_seats(Some(ix)) == 0 {
        return Err(Error::NoSeat);
    }
    next_user.clear();
    next_user.push_str(&room.users.at(ix).name);
    let change = Change::Next { by: actor.name(), user: next_user, token: token.unwrap_or("") };
    Ok(Decision::change(change, ReplyPlan::Reply(Reply::Bulk(room.users.at(ix).name.to_string()))))
}

fn offer<'a>(room: &Room, actor: Actor<'a>, user: &'a str, for_ms: Option<u64>, env: &Env<'_>) -> Result<'a> {
    live(room)?;
    against(room, actor, user)?;
    let ix = present(room, user)?;
    if room.users.at(ix).role != Role::Listener {
        return Err(Error::OnStage);
    }
    if room.free_seats(Some(ix)) == 0 {
        return Err(Error::NoSeat);
    }
    let by = actor.name();
    if room.hand(room.users.at(ix)) > 0 {
        let reply = ReplyPlan::Reply(Reply::Word("promoted"));
        return Ok(Decision::change(Change::Promote { by, user }, reply));
    }
    let until_ms = env.now + for_ms.unwrap_or(DEFAULT_OFFER_S * 1000);
    Ok(Decision::change(Change::Offer { by, user, until_ms }, ReplyPlan::Reply(Reply::Word("offered"))))
}

fn accept<'a>(room: &Room, user: &'a str, env: &Env<'_>) -> Result<'a> {
    live(room)?;
    let ix = present(room, user)?;
    room.offer(ix, env.now).ok_or(Error::NoOffer)?;
    // CONFIG may have lowered the seats below the number of open offers. Then the first offers to be accepted get them.
    if room.speakers >= room.config.seats {
        return Err(Error::NoSeat);
    }
    Ok(Decision::ok(Change::Accept { user }))
}

fn decline<'a>(room: &Room, user: &'a str, env: &Env<'_>) -> Result<'a> {
    live(room)?;
    let ix = present(room, user)?;
    room.offer(ix, env.now).ok_or(Error::NoOffer)?;
    Ok(Decision::ok(Change::Decline { user }))
}

fn step_down<'a>(room: &Room, actor: Actor<'a>, user: &'a str) -> Result<'a> {
    live(room)?;
    let is_self = actor == Actor::User(user);
    if !is_self {
        against(room, actor, user)?;
    }
    match room.user(user).map(|user| user.role) {
        None => Err(Error::NotMember),
        // The host must hand the room over first. A listener has no role to give up.
        Some(Role::Host) => Err(Error::Forbidden),
        Some(Role::Listener) if is_self => Err(Error::Forbidden),
        Some(Role::Listener) => Ok(Decision::unchanged(Reply::Ok)),
        Some(_) => Ok(Decision::ok(Change::StepDown { by: actor.name(), user })),
    }
}

fn role<'a>(room: &Room, actor: Actor<'a>, user: &'a str, role: Role, env: &Env<'_>) -> Result<'a> {
    open(room)?;
    need(room, actor, Power::Host)?;
    let ix = room.users.find(user);
    let old = ix.map_or(Role::Listener, |ix| room.users.at(ix).role);
    if old == role {
        return Ok(Decision::unchanged(Reply::Ok));
    }
    if old == Role::Host {
        return Err(Error::Forbidden);
    }
    match role {
        Role::Listener => {}
        Role::Speaker => {
            let ix = present(room, user)?;
            if room.free_seats(Some(ix)) == 0 {
                return Err(Error::NoSeat);
            }
        }
        Role::Cohost | Role::Host => {
            if ix.is_some_and(|ix| room.moderation.is_blocked(ix, env.now)) {
                return Err(Error::Blocked);
            }
            // Handing over makes the old host a cohost.
            let is_new_cohost = role == Role::Cohost || (room.host.is_some() && old != Role::Cohost);
            if is_new_cohost && room.cohosts.len() >= COHOSTS {
                return Err(Error::TooMany);
            }
        }
    }
    Ok(Decision::ok(Change::Role { by: actor.name(), user, role }))
}

fn mute<'a>(room: &Room, actor: Actor<'a>, target: Target<'a>, hold: bool) -> Result<'a> {
    let user = match target {
        Target::User(user) => user,
        Target::All => "",
    };
    live(room)?;
    match target {
        Target::All => need(room, actor, Power::Cohost)?,
        // An actor may mute itself, but not hold itself.
        _ if actor == Actor::User(user) && !hold => drop(present(room, user)?),
        _ => against(room, actor, user)?,
    }
    let targets: Vec<&User> = match target {
        Target::All => {
            room.stage.values().map(|&ix| room.users.at(ix)).filter(|user| !user.is_staff()).collect()
        }
        Target::User(user) => room.user(user).into_iter().collect(),
    };
    let muted = targets.iter().filter(|user| user.yields_to_mute(hold)).count() as u64;
    // A mute also takes back a request to unmute.
    if muted == 0 && !targets.iter().any(|user| user.is_unmute_asked()) {
        return Ok(Decision::unchanged(Reply::Int(0)));
    }
    Ok(Decision::int(Change::Mute { by: actor.name(), user, hold }, muted))
}

fn unmute<'a>(room: &Room, user: &'a str) -> Result<'a> {
    live(room)?;
    let ix = present(room, user)?;
    if !room.users.at(ix).is_on_stage() {
        return Err(Error::Forbidden);
    }
    if room.users.at(ix).is_held() {
        return Err(Error::Held);
    }
    if !room.users.at(ix).is_muted() {
        return Ok(Decision::unchanged(Reply::Int(0)));
    }
    Ok(Decision::int(Change::Unmute { user }, 1))
}

fn ask_unmute<'a>(room: &Room, actor: Actor<'a>, user: &'a str) -> Result<'a> {
    live(room)?;
    against(room, actor, user)?;
    let ix = present(room, user)?;
    if !room.users.at(ix).is_on_stage() {
        return Err(Error::Forbidden);
    }
    Ok(Decision::ok(Change::AskUnmute { by: actor.name(), user }))
}
