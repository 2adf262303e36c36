//! Reads: the replies of commands that change nothing. They see the room through a [`View`].

pub(crate) mod card;
mod events;
pub(crate) mod export;
pub(crate) mod lists;
pub(crate) mod state;

use crate::command::{Actor, ReadCommand};
use crate::env::Env;
use crate::error::Error;
use crate::json;
use crate::json::shapes::{self, MemberJson, YouJson};
use crate::json::summary::SummaryJson;
use crate::outbox::Reply;
use crate::room::users::{User, UserIx};
use crate::room::view::View;
use crate::room::Room;

/// The reply to a read.
///
/// # Errors
/// The errors of the command: blocked, not invited, not staff, an invalid cursor, or a resync.
pub fn read(room: &Room, command: &ReadCommand<'_>, env: &Env<'_>) -> Result<Reply, Error> {
    // What services read is the room as it is stored. So a warehouse never reads of an end that does not come: a master
    // settles it, and a failover may come before.
    let view = &match command {
        ReadCommand::Info | ReadCommand::Export { .. } => View::settled(room, env.now),
        _ => View::as_of(room, env),
    };
    let bulk = |text: String| Ok(Reply::Bulk(text));
    match command {
        ReadCommand::State { actor } => {
            check_reader(view, *actor, env)?;
            bulk(json::write_sized(&state::StateJson::new(view, *actor, env), state::BYTES))
        }
        ReadCommand::Members { actor, role, page } => {
            check_reader(view, *actor, env)?;
            bulk(json::write(&lists::members(view, *role, *page)?))
        }
        ReadCommand::Whois { actor, user } => {
            check_reader(view, *actor, env)?;
            if actor.user() == Some(user) {
                return bulk(json::write(&YouJson::new(view, user)));
            }
            match room.users.find(user).filter(|&ix| is_member(view, ix)) {
                Some(ix) => bulk(json::write(&MemberJson::new(view, ix))),
                None => Ok(Reply::Null),
            }
        }
        ReadCommand::Hands { actor, page } => {
            check_reader(view, *actor, env)?;
            bulk(json::write(&lists::hands(view, *page)?))
        }
        ReadCommand::Comments { actor, before, count } => {
            check_reader(view, *actor, env)?;
            bulk(json::write(&lists::comments(view, viewer(room, *actor), *before, *count)))
        }
        ReadCommand::Polls { actor } => {
            check_reader(view, *actor, env)?;
            let polls = (1..).zip(&room.polls).map(|(id, poll)| shapes::PollJson::new(view, id, poll));
            bulk(json::write(&polls.collect::<Vec<_>>()))
        }
        ReadCommand::Events { actor, epoch, since } => {
            check_reader(view, *actor, env)?;
            bulk(events::events(room, epoch, *since, env)?)
        }
        ReadCommand::Summary { actor } => {
            check_reader(view, *actor, env)?;
            let is_staff = is_staff(view, *actor);
            let summary = SummaryJson::new(view, env.key, is_staff);
            bulk(json::write(&summary.seen_by(room, viewer(room, *actor))))
        }
        ReadCommand::Invited { actor, page } => {
            check_staff(view, *actor)?;
            bulk(json::write(&lists::invited(view, *page)?))
        }
        ReadCommand::Blocked { actor, page } => {
            check_staff(view, *actor)?;
            bulk(json::write(&lists::blocked(view, *page)?))
        }
        ReadCommand::Sessions { gateway, page } => bulk(json::write(&lists::sessions(view, gateway, *page)?)),
        ReadCommand::Info => bulk(json::write(&card::CardJson::new(view, env))),
        ReadCommand::Export { cursor, count } => export::export(view, cursor, *count, env),
    }
}

/// The card of a room for ROOM.LIST with CARDS: the reply of ROOM.INFO.
pub fn card(room: &Room, env: &Env<'_>) -> String {
    let env = &env.at(room);
    json::write(&card::CardJson::new(&View::settled(room, env.now), env))
}

/// Checks that the actor may read: it is not blocked and, in a private room, it is staff or invited.
fn check_reader(view: &View<'_>, actor: Actor<'_>, env: &Env<'_>) -> Result<(), Error> {
    match actor {
        Actor::Service => Ok(()),
        Actor::User(user) => view.room.admits(user, env.now),
    }
}

fn is_staff(view: &View<'_>, actor: Actor<'_>) -> bool {
    match actor {
        Actor::Service => true,
        Actor::User(user) => view.room.user(user).is_some_and(User::is_staff),
    }
}

/// Checks that the actor is staff or the service.
fn check_staff(view: &View<'_>, actor: Actor<'_>) -> Result<(), Error> {
    if !is_staff(view, actor) {
        return Err(Error::Forbidden);
    }
    Ok(())
}

/// The user who reads; None: the service, or a user that the room does not know.
fn viewer(room: &Room, actor: Actor<'_>) -> Option<UserIx> {
    room.users.find(actor.user()?)
}

/// Whether WHOIS shows the user: it joined at least once, or it is staff.
fn is_member(view: &View<'_>, ix: UserIx) -> bool {
    let user = view.room.users.at(ix);
    user.first_joined_ms > 0 || user.is_staff()
}
