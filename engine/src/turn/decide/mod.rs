//! Deciding: a command, a room and the time give a change or an error. The room stays as it is.
//!
//! Checks have a fixed order: state, the actor's power, then the rest. A file per family has a `decide` over
//! the family's commands and a function for each of them.

mod comments;
mod lifecycle;
mod moderation;
mod polls;
mod presence;
mod services;
mod stage;

use super::flush;
use crate::command::{Actor, Charge, Facts, Rate, WriteCommand};
use crate::effect::Change;
use crate::env::Env;
use crate::error::Error;
use crate::outbox::Reply;
use crate::room::tokens::{TokenCommand, TokenReply, Tokens, TOKEN_MS};
use crate::room::users::{User, UserIx};
use crate::room::Room;
use crate::terms::{Role, RoomState};

pub(crate) use lifecycle::create;

/// The outcome of a command that is not refused.
#[derive(Debug)]
pub struct Decision<'a> {
    /// The change. None: the room is already as the command wants it.
    pub change: Option<Change<'a>>,
    /// The reply, made after the change is applied.
    pub reply: ReplyPlan<'a>,
    /// The draw from a rate. None: the command is free.
    pub charge: Option<Charge<'a>>,
}

/// How the reply is made after the change is applied.
#[derive(Debug)]
pub enum ReplyPlan<'a> {
    /// This reply.
    Reply(Reply),
    /// The reply of ROOM.CREATE.
    Created,
    /// The reply of ROOM.JOIN to this member.
    Joined(&'a str),
    /// The summary, with the figures for staff.
    Summary,
    /// The poll of this id.
    Poll(u64),
    /// The place of this user's hand.
    Place(&'a str),
    /// The number of users interested.
    Interested,
    /// The id of the last comment.
    CommentId,
    /// The id of the last poll.
    PollId,
    /// The total of this kind of reaction, as this user sees it.
    Reactions(UserIx, &'a str),
    /// The number of voters of the poll of this id.
    Voters(u64),
    /// The sessions of this gateway, the epoch and the seq.
    Beat(&'a str),
    /// The key is deleted.
    Purged,
}

impl<'a> Decision<'a> {
    /// The change, then the reply.
    fn change(change: Change<'a>, reply: ReplyPlan<'a>) -> Self {
        Decision { change: Some(change), reply, charge: None }
    }

    /// The change, then OK.
    fn ok(change: Change<'a>) -> Self {
        Self::change(change, ReplyPlan::Reply(Reply::Ok))
    }

    /// The change, then a number.
    fn int(change: Change<'a>, n: u64) -> Self {
        Self::change(change, ReplyPlan::Reply(Reply::Int(n as i64)))
    }

    /// No change, and this reply.
    fn unchanged(reply: Reply) -> Self {
        Decision { change: None, reply: ReplyPlan::Reply(reply), charge: None }
    }

    /// No change, and a reply made from the room.
    fn unchanged_with(reply: ReplyPlan<'a>) -> Self {
        Decision { change: None, reply, charge: None }
    }
}

/// A decision, or the reason why the command is refused.
pub type Result<'a> = std::result::Result<Decision<'a>, Error>;

/// Decides a command on an existing room. NEXT writes the user that it seats into `next_user`, because the change must
/// not borrow from the room to which it is applied.
///
/// # Errors
/// The reason why the command is refused. Nothing has changed.
pub fn decide<'a>(
    room: &Room,
    command: &'a WriteCommand<'a>,
    env: &Env<'_>,
    next_user: &'a mut String,
) -> Result<'a> {
    let mut decision = match command {
        WriteCommand::Lifecycle(command) => lifecycle::decide(room, command, env),
        WriteCommand::Presence(command) => presence::decide(room, command, env),
        WriteCommand::Stage(command) => stage::decide(room, command, env, next_user),
        WriteCommand::Moderation(command) => moderation::decide(room, command, env),
        WriteCommand::Comments(command) => comments::decide(room, command, env),
        WriteCommand::Polls(command) => polls::decide(room, command, env),
        WriteCommand::Services(command) => services::decide(room, command),
    };
    if let Ok(decision) = &mut decision {
        charge(room, &command.facts(), decision, env)?;
    }
    decision
}

/// Sets the charge of the decision and checks the rate of actions. Comments and reactions have checked their rates. An
/// action is charged even if it changes nothing. A comment without a change is free, because it is the retry of a
/// token.
fn charge<'a>(
    room: &Room,
    facts: &Facts<'a>,
    decision: &mut Decision<'a>,
    env: &Env<'_>,
) -> std::result::Result<(), Error> {
    let Some(charge) = facts.charge else { return Ok(()) };
    let is_charged = match charge.rate {
        Rate::Action => {
            check_action_rate(room, charge.user, env)?;
            true
        }
        Rate::Comment | Rate::React(_) => decision.change.is_some(),
    };
    if is_charged {
        decision.charge = Some(charge);
    }
    Ok(())
}

/// The rate lets the user act now. Staff have no rate.
fn check_action_rate(room: &Room, user: &str, env: &Env<'_>) -> std::result::Result<(), Error> {
    let Some(user) = room.user(user).filter(|user| !user.is_staff()) else { return Ok(()) };
    let bucket = user.activity.as_ref().map_or_else(Default::default, |activity| activity.rates.action);
    match bucket.wait_ms(env.now, env.settings.action_rate, 1) {
        0 => Ok(()),
        ms => Err(Error::RateLimited(ms)),
    }
}

/// The first reply to a token, if it was given within ten minutes. A comment on the fast path takes place at the room's
/// clock, up to a tick late. So its token holds for a tick longer than ten minutes, and never shorter.
fn first_reply<'r>(
    room: &'r Room,
    command: TokenCommand,
    actor: Actor<'_>,
    token: Option<&str>,
    env: &Env<'_>,
) -> Option<&'r TokenReply> {
    let held_ms = match command {
        TokenCommand::Comment => TOKEN_MS + flush::longest_tick_ms(env),
        TokenCommand::Next | TokenCommand::PollOpen => TOKEN_MS,
    };
    let of = |tokens: &'r Tokens| tokens.get(command, actor.name(), token, env.now, held_ms);
    of(&room.tokens).or_else(|| of(&room.shadow_tokens))
}

/// The room is live.
fn live(room: &Room) -> std::result::Result<(), Error> {
    match room.state {
        RoomState::Live => Ok(()),
        RoomState::Scheduled => Err(Error::NotLive),
        RoomState::Ended | RoomState::Cancelled => Err(Error::Ended),
    }
}

/// The room is live or scheduled.
fn open(room: &Room) -> std::result::Result<(), Error> {
    if room.state.is_over() {
        return Err(Error::Ended);
    }
    Ok(())
}

/// The room is scheduled.
fn scheduled(room: &Room) -> std::result::Result<(), Error> {
    match room.state {
        RoomState::Scheduled => Ok(()),
        RoomState::Live => Err(Error::NotScheduled),
        RoomState::Ended | RoomState::Cancelled => Err(Error::Ended),
    }
}

/// The power of an actor, lowest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Power {
    User,
    Cohost,
    Host,
    Service,
}

/// The actor's power. A blocked user has none, because the block took the user's roles away.
fn power(room: &Room, actor: Actor<'_>) -> Power {
    let Actor::User(name) = actor else { return Power::Service };
    match room.user(name).map(|user| user.role) {
        Some(Role::Host) => Power::Host,
        Some(Role::Cohost) => Power::Cohost,
        Some(Role::Speaker | Role::Listener) | None => Power::User,
    }
}

/// The actor has at least this power.
fn need(room: &Room, actor: Actor<'_>, least: Power) -> std::result::Result<(), Error> {
    if power(room, actor) < least {
        return Err(Error::Forbidden);
    }
    Ok(())
}

/// The actor may act against the user. Staff may, but not a cohost against the host or another cohost. Nobody may act
/// against themselves.
fn against(room: &Room, actor: Actor<'_>, user: &str) -> std::result::Result<(), Error> {
    let power = power(room, actor);
    let is_staff = room.user(user).is_some_and(User::is_staff);
    if power < Power::Cohost || (power == Power::Cohost && is_staff) || actor == Actor::User(user) {
        return Err(Error::Forbidden);
    }
    Ok(())
}

/// The user, who must be present. A blocked user is never present.
fn present(room: &Room, user: &str) -> std::result::Result<UserIx, Error> {
    room.users.find(user).filter(|&ix| room.users.at(ix).is_present()).ok_or(Error::NotMember)
}
