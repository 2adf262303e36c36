//! Services: commands of backends.

use super::{Decision, ReplyPlan, Result};
use crate::command::ServiceCommand;
use crate::error::Error;
use crate::id::Id;
use crate::outbox::Reply;
use crate::room::Room;

pub(super) fn decide<'a>(room: &Room, command: &ServiceCommand<'a>) -> Result<'a> {
    match command {
        ServiceCommand::Purge { incarnation } => purge(room, *incarnation),
    }
}

/// If the incarnation is not that of the room, the caller means a room that is already gone.
fn purge<'a>(room: &Room, incarnation: Option<&str>) -> Result<'a> {
    if incarnation.is_some_and(|given| given != Id(room.incarnation).to_string()) {
        return Ok(Decision::unchanged(Reply::Int(0)));
    }
    if !room.state.is_over() {
        return Err(Error::NotEnded);
    }
    Ok(Decision::unchanged_with(ReplyPlan::Purged))
}
