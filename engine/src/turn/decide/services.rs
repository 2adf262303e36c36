//! Services: commands of backends.

use super::{Decision, ReplyPlan, Result};
use crate::command::ServiceCommand;
use crate::error::Error;
use crate::id::Id;
use crate::outbox::Reply;
use crate::room::Room;

pub(super) fn decide<'a>(room: &Room, command: &ServiceCommand<'a>) -> Result<'a> {
    match command {
        ServiceCommand::Purge { incarnation, ended_ms } => purge(room, *incarnation, *ended_ms),
    }
}

/// If the incarnation is not that of the room, the caller means a room that is already gone. If the room was over at
/// another time, the caller has another version of it.
fn purge<'a>(room: &Room, incarnation: Option<&str>, ended_ms: Option<u64>) -> Result<'a> {
    if incarnation.is_some_and(|given| given != Id(room.incarnation).to_string()) {
        return Ok(Decision::unchanged(Reply::Int(0)));
    }
    if !room.state.is_over() {
        return Err(Error::NotEnded);
    }
    if ended_ms.is_some_and(|given| given != room.times.ended_ms) {
        return Ok(Decision::unchanged(Reply::Int(0)));
    }
    Ok(Decision::unchanged_with(ReplyPlan::Purged))
}
