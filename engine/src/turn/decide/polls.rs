//! Polls and votes.

use super::{first_reply, live, need, present, Decision, Power, ReplyPlan, Result};
use crate::command::{Actor, PollCommand, PollOpen};
use crate::effect::{Change, PollOpened};
use crate::env::Env;
use crate::error::Error;
use crate::limits::{OPEN_POLLS, POLLS};
use crate::outbox::Reply;
use crate::room::tokens::{TokenCommand, TokenReply};
use crate::room::Room;

pub(super) fn decide<'a>(room: &Room, command: &'a PollCommand<'a>, env: &Env<'_>) -> Result<'a> {
    match command {
        PollCommand::Open { actor, poll } => open(room, *actor, poll, env),
        PollCommand::Vote { user, poll, options } => vote(room, user, *poll, *options, env),
        PollCommand::Close { actor, poll } => close(room, *actor, *poll),
    }
}

fn open<'a>(room: &Room, actor: Actor<'a>, poll: &'a PollOpen<'a>, env: &Env<'_>) -> Result<'a> {
    live(room)?;
    need(room, actor, Power::Cohost)?;
    if let Some(TokenReply::Id(id)) = first_reply(room, TokenCommand::PollOpen, actor, poll.token, env) {
        return Ok(Decision::unchanged(Reply::Int(*id as i64)));
    }
    let open = room.polls.iter().filter(|poll| poll.is_open(env.now)).count();
    if open >= OPEN_POLLS || room.polls.len() >= POLLS {
        return Err(Error::TooMany);
    }
    let change = Change::PollOpen(PollOpened {
        by: actor.name(),
        question: poll.question,
        options: poll.options.clone(),
        multi: poll.multi,
        secret: poll.secret,
        is_final: poll.is_final || poll.secret,
        hidden: poll.hidden || poll.secret,
        closes_ms: poll.for_ms.map_or(0, |ms| env.now + ms),
        token: poll.token.unwrap_or(""),
    });
    Ok(Decision::change(change, ReplyPlan::PollId))
}

fn vote<'a>(room: &Room, user: &'a str, id: u64, options: u64, env: &Env<'_>) -> Result<'a> {
    live(room)?;
    let ix = present(room, user)?;
    let poll = room.poll(id).ok_or(Error::NoPoll)?;
    if !poll.is_open(env.now) {
        return Err(Error::PollClosed);
    }
    if options >> poll.options.len() != 0 || options.count_ones() > u32::from(poll.multi) {
        return Err(Error::BadOption);
    }
    match poll.votes.get(&ix) {
        Some(_) if poll.is_final => return Err(Error::AlreadyVoted),
        Some(vote) if vote.options == options => return Ok(Decision::unchanged_with(ReplyPlan::Voters(id))),
        _ => {}
    }
    Ok(Decision::change(Change::poll_vote(user, id, options), ReplyPlan::Voters(id)))
}

/// Closing a closed poll gives the same reply.
fn close<'a>(room: &Room, actor: Actor<'a>, id: u64) -> Result<'a> {
    live(room)?;
    need(room, actor, Power::Cohost)?;
    let poll = room.poll(id).ok_or(Error::NoPoll)?;
    if poll.closed {
        return Ok(Decision::unchanged_with(ReplyPlan::Poll(id)));
    }
    Ok(Decision::change(Change::PollClose { poll: id }, ReplyPlan::Poll(id)))
}
