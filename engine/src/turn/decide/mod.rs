//! Deciding: a command, a room and the time give a change or an error. Changes nothing.
//!
//! Checks stand in the contract's order: state, who may, then the rest.

mod comments;
mod lifecycle;
mod moderation;
mod polls;
mod presence;
mod stage;

use crate::command::{Actor, Command};
use crate::effect::Change;
use crate::env::Env;
use crate::error::Error;
use crate::outbox::Reply;
use crate::room::users::{User, UserIx};
use crate::room::Room;
use crate::terms::{Role, RoomState};

pub(crate) use lifecycle::create;

/// What a command comes to.
#[derive(Debug)]
pub struct Decision<'a> {
    /// The change, or None where all is as asked already.
    pub change: Option<Change<'a>>,
    /// How the reply is made, once the change is applied.
    pub reply: ReplyPlan<'a>,
    /// What it costs its actor.
    pub charge: Option<Charge<'a>>,
}

/// How the reply is made, once the change is applied.
#[derive(Debug)]
pub enum ReplyPlan<'a> {
    /// Known already.
    Reply(Reply),
    /// CREATE's reply.
    Created,
    /// JOIN's reply to this member.
    Joined(&'a str),
    /// The summary, staff's figures in it.
    Summary,
    /// A poll.
    Poll(u64),
    /// Place of the user's hand.
    Place(&'a str),
    /// Users interested.
    Interested,
    /// The id of the last comment.
    CommentId,
    /// The id of the last poll.
    PollId,
    /// Total of a kind of reaction, as its user sees it.
    Reactions(UserIx, &'a str),
    /// Voters of a poll.
    Voters(u64),
    /// A gateway's sessions, epoch and seq.
    Beat(&'a str),
    /// The key is to go.
    Purged,
}

/// A rate a command is charged to.
#[derive(Clone, Copy, Debug)]
pub struct Charge<'a> {
    /// Whose bucket.
    pub user: &'a str,
    /// Which bucket, and how much.
    pub rate: Rate,
}

/// The rates there are.
#[derive(Clone, Copy, Debug)]
pub enum Rate {
    /// `comment-rate` and `comment-room-rate`.
    Comment,
    /// `react-rate`, by COUNT.
    React(u32),
    /// `action-rate`.
    Action,
}

impl<'a> Decision<'a> {
    fn change(change: Change<'a>, reply: ReplyPlan<'a>) -> Self {
        Decision { change: Some(change), reply, charge: None }
    }

    fn ok(change: Change<'a>) -> Self {
        Self::change(change, ReplyPlan::Reply(Reply::Ok))
    }

    fn int(change: Change<'a>, n: u64) -> Self {
        Self::change(change, ReplyPlan::Reply(Reply::Int(n as i64)))
    }

    fn as_it_is(reply: Reply) -> Self {
        Decision { change: None, reply: ReplyPlan::Reply(reply), charge: None }
    }

    fn none(reply: ReplyPlan<'a>) -> Self {
        Decision { change: None, reply, charge: None }
    }
}

/// A decision or the reason why not.
pub type Result<'a> = std::result::Result<Decision<'a>, Error>;

/// Decides a command on an existing room. `next`: where a hand's user is written that NEXT is to seat, since the change
/// must not borrow from the room it will be applied to.
pub fn decide<'a>(room: &Room, command: &'a Command<'a>, env: &Env<'_>, next: &'a mut String) -> Result<'a> {
    let actor = acting(command);
    let mut decision = match command {
        Command::Create { create, .. } => lifecycle::exists(create, env),
        Command::Config { actor, fields } => lifecycle::config(room, *actor, fields, env),
        Command::Start { actor } => lifecycle::start(room, *actor),
        Command::Cancel { actor } => lifecycle::cancel(room, *actor, env),
        Command::End { actor } => lifecycle::end(room, *actor, env),
        Command::Purge { incarnation } => lifecycle::purge(room, *incarnation),
        Command::Rsvp { user, yes } => lifecycle::rsvp(room, user, *yes, env),
        Command::Invite { actor, users } => lifecycle::invite(room, *actor, users),
        Command::Uninvite { actor, users } => lifecycle::uninvite(room, *actor, users),
        Command::Join { member, gateway, session, profile } => {
            presence::join(room, member, *gateway, *session, profile.as_deref(), env)
        }
        Command::Leave { member, session, gateway, lost } => {
            presence::leave(room, member, *session, *gateway, *lost)
        }
        Command::Beat { gateway } => presence::beat(room, gateway),
        Command::Drop { gateway, lost } => presence::drop_lease(room, gateway, *lost),
        Command::RaiseHand { user } => stage::raise_hand(room, user, env),
        Command::LowerHand { actor, target } => stage::lower_hand(room, *actor, *target),
        Command::Next { actor, token } => stage::next(room, *actor, *token, env, next),
        Command::Offer { actor, user, for_ms } => stage::offer(room, *actor, user, *for_ms, env),
        Command::Accept { user } => stage::accept(room, user, env),
        Command::Decline { user } => stage::decline(room, user, env),
        Command::StepDown { actor, user } => stage::step_down(room, *actor, user),
        Command::Role { actor, user, role } => stage::role(room, *actor, user, *role, env),
        Command::Mute { actor, target } => stage::mute(room, *actor, *target),
        Command::Unmute { user } => stage::unmute(room, user),
        Command::AskUnmute { actor, user } => stage::ask_unmute(room, *actor, user),
        Command::Kick { actor, user, reason } => moderation::kick(room, *actor, user, reason),
        Command::Block { actor, user, for_ms, shadow, clear, reason } => {
            moderation::block(room, *actor, user, *for_ms, [*shadow, *clear], reason, env)
        }
        Command::Unblock { actor, user } => moderation::unblock(room, *actor, user, env),
        Command::Comment { actor, text, reply, token } => {
            comments::comment(room, *actor, text, *reply, *token, env)
        }
        Command::DelComment { actor, id } => comments::delete(room, *actor, *id),
        Command::Pin { actor, id } => comments::pin(room, *actor, *id),
        Command::Unpin { actor, id } => comments::unpin(room, *actor, *id),
        Command::React { user, kind, count } => comments::react(room, user, kind, *count, env),
        Command::PollOpen { actor, poll } => polls::open(room, *actor, poll, env),
        Command::PollVote { user, poll, options } => polls::vote(room, user, *poll, *options, env),
        Command::PollClose { actor, poll } => polls::close(room, *actor, *poll),
        // Reads are answered by `read`; none comes here.
        _ => Err(Error::Invalid("a read is not decided")),
    };
    if let (Ok(Decision { charge: charge @ None, .. }), Some(user)) = (&mut decision, actor) {
        charge_action(room, user, env)?;
        *charge = Some(Charge { user, rate: Rate::Action });
    }
    decision
}

/// The user whose action-rate a command falls under: of all user-facing writes but comments and reactions.
fn acting<'a>(command: &Command<'a>) -> Option<&'a str> {
    match command {
        Command::Config { actor, .. }
        | Command::Start { actor }
        | Command::Cancel { actor }
        | Command::End { actor }
        | Command::Invite { actor, .. }
        | Command::Uninvite { actor, .. }
        | Command::LowerHand { actor, .. }
        | Command::Next { actor, .. }
        | Command::Offer { actor, .. }
        | Command::StepDown { actor, .. }
        | Command::Role { actor, .. }
        | Command::Mute { actor, .. }
        | Command::AskUnmute { actor, .. }
        | Command::Kick { actor, .. }
        | Command::Block { actor, .. }
        | Command::Unblock { actor, .. }
        | Command::DelComment { actor, .. }
        | Command::Pin { actor, .. }
        | Command::Unpin { actor, .. }
        | Command::PollOpen { actor, .. }
        | Command::PollClose { actor, .. } => actor.user(),
        Command::Rsvp { user, .. }
        | Command::RaiseHand { user }
        | Command::Accept { user }
        | Command::Decline { user }
        | Command::Unmute { user }
        | Command::PollVote { user, .. } => Some(user),
        _ => None,
    }
}

/// Staff is free of it.
fn charge_action(room: &Room, user: &str, env: &Env<'_>) -> std::result::Result<(), Error> {
    let Some(user) = room.user(user).filter(|user| !user.is_staff()) else { return Ok(()) };
    let bucket = user.activity.as_ref().map_or_else(Default::default, |activity| activity.rates.action);
    match bucket.wait_ms(env.now, env.settings.action_rate, 1) {
        0 => Ok(()),
        ms => Err(Error::RateLimited(ms)),
    }
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

/// What an actor may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Power {
    User,
    Cohost,
    Host,
    Service,
}

/// The actor's power. A block took a user's roles away, so it leaves none.
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

/// The actor may act against the user: staff, but never a cohost against the host or another cohost, and nobody
/// against itself.
fn against(room: &Room, actor: Actor<'_>, user: &str) -> std::result::Result<(), Error> {
    let power = power(room, actor);
    let is_staff = room.user(user).is_some_and(User::is_staff);
    if power < Power::Cohost || (power == Power::Cohost && is_staff) || actor == Actor::User(user) {
        return Err(Error::Forbidden);
    }
    Ok(())
}

/// The present user; one who is blocked never is.
fn present(room: &Room, user: &str) -> std::result::Result<UserIx, Error> {
    room.users.find(user).filter(|&ix| room.users.at(ix).is_present()).ok_or(Error::NotMember)
}
