//! Lists that are read in pages.
//!
//! Cursors are places in an order that does not move: whoever is in the list throughout is read.

use super::state::{newest, Hand};
use crate::command::{Page, Role};
use crate::error::Error;
use crate::shape::{profiles, Comment, Member, Object};
use crate::users::UserIx;
use crate::view::View;
use serde::Serialize;
use serde_json::value::RawValue;

const BAD_CURSOR: Error = Error::Invalid("cursor must be 0 or one that a page gave");

/// A cursor of numbers joined by `-`; `0` is all zeros.
fn numbers<const N: usize>(cursor: &str) -> Result<[u64; N], Error> {
    let mut numbers = [0; N];
    if cursor == "0" {
        return Ok(numbers);
    }
    let mut parts = cursor.split('-');
    for number in &mut numbers {
        let part = parts.next().ok_or(BAD_CURSOR)?;
        *number = part.parse().map_err(|_| BAD_CURSOR)?;
    }
    match parts.next() {
        None => Ok(numbers),
        Some(_) => Err(BAD_CURSOR),
    }
}

/// The next cursor: `last` if the page is full, else the end.
fn next(full: bool, last: String) -> String {
    if full {
        last
    } else {
        "0".into()
    }
}

#[derive(Serialize)]
pub(super) struct Members<'a> {
    cursor: String,
    members: Vec<Member<'a>>,
}

/// Present members, the stage first. The cursor holds the phase, the place in it, and the last order there was when
/// the reading began: who came on stage later has not been read with the stage, so it is read with the audience.
pub(super) fn members<'a>(view: &View<'a>, role: Option<Role>, page: Page<'_>) -> Result<Members<'a>, Error> {
    let room = view.room;
    let [phase, mut after, began] = numbers(page.cursor)?;
    let began = if page.cursor == "0" { room.order } else { began };
    let wanted = |ix: UserIx| role.is_none_or(|role| view.role(ix) == role);
    let mut found: Vec<UserIx> = Vec::new();
    // Of a page's candidates some may not be wanted; the work is bounded by candidates, not by what is found.
    let mut looked = 0;
    if phase == 0 {
        for (order, ix) in view.stage().filter(|&(order, _)| order > after && order <= began) {
            looked += 1;
            found.extend(wanted(ix).then_some(ix));
            if looked >= page.count {
                let cursor = format!("0-{order}-{began}");
                return Ok(Members { cursor, members: shapes(view, &found) });
            }
        }
        after = 0;
    }
    let mut cursor = "0".to_owned();
    for (order, ix) in room.arrivals.range(after.saturating_add(1)..=u64::MAX) {
        looked += 1;
        let stage = room.users.at(ix).more.as_ref().map_or(0, |more| more.stage);
        let was_read = (1..=began).contains(&stage);
        found.extend((!was_read && view.is_present(ix) && wanted(ix)).then_some(ix));
        if looked >= page.count {
            cursor = format!("1-{order}-{began}");
            break;
        }
    }
    Ok(Members { cursor, members: shapes(view, &found) })
}

fn shapes<'a>(view: &View<'a>, found: &[UserIx]) -> Vec<Member<'a>> {
    found.iter().map(|&ix| Member::new(view, ix)).collect()
}

#[derive(Serialize)]
pub(super) struct Hands<'a> {
    cursor: String,
    hands: Vec<Hand<'a>>,
    profiles: Object<&'a str, &'a RawValue>,
}

pub(super) fn hands<'a>(view: &View<'a>, page: Page<'_>) -> Result<Hands<'a>, Error> {
    let [after] = numbers(page.cursor)?;
    let found: Vec<(u64, UserIx)> = view.hands_after(after).take(page.count).collect();
    let last = found.last().map_or(0, |&(ticket, _)| ticket);
    Ok(Hands {
        cursor: next(found.len() == page.count, last.to_string()),
        profiles: profiles(view.room, found.iter().map(|&(_, ix)| ix)),
        hands: found.into_iter().map(|(_, ix)| Hand::new(view, ix)).collect(),
    })
}

#[derive(Serialize)]
pub(super) struct Comments<'a> {
    comments: Vec<Comment<'a>>,
    profiles: Object<&'a str, &'a RawValue>,
}

pub(super) fn comments<'a>(
    view: &View<'a>,
    viewer: Option<UserIx>,
    before: Option<u64>,
    count: usize,
) -> Comments<'a> {
    let found = newest(view.room, viewer, before.unwrap_or(u64::MAX), count);
    Comments {
        profiles: profiles(view.room, found.iter().map(|(_, comment)| comment.user)),
        comments: found.into_iter().map(|(id, comment)| Comment::new(view.room, id, comment)).collect(),
    }
}

#[derive(Serialize)]
pub(super) struct Invited<'a> {
    cursor: String,
    users: Vec<InvitedUser<'a>>,
}

#[derive(Serialize)]
struct InvitedUser<'a> {
    user: &'a str,
    invited: bool,
    interested: bool,
    joined: bool,
}

/// Rows looked at for each one a page may hold, so that a page stays short in a room of many who were never asked.
const LOOKED_AT: usize = 10;

pub(super) fn invited<'a>(view: &View<'a>, page: Page<'_>) -> Result<Invited<'a>, Error> {
    let room = view.room;
    let [from] = numbers(page.cursor)?;
    let from = UserIx::try_from(from).map_err(|_| BAD_CURSOR)?;
    let mut users = Vec::new();
    let mut rows = room.users.iter_from(from).take(page.count.saturating_mul(LOOKED_AT));
    let mut after = u64::from(from);
    while users.len() < page.count {
        let Some((ix, user)) = rows.next() else { break };
        after = u64::from(ix) + 1;
        let (invited, interested) = (room.is_invited(user), user.interested);
        if invited || interested {
            users.push(InvitedUser {
                user: &user.name,
                invited,
                interested,
                joined: user.first_joined_ms > 0,
            });
        }
    }
    Ok(Invited { cursor: next(after < room.users.len() as u64, after.to_string()), users })
}

#[derive(Serialize)]
pub(super) struct Blocked<'a> {
    cursor: String,
    blocked: Vec<BlockedUser<'a>>,
}

#[derive(Serialize)]
struct BlockedUser<'a> {
    user: &'a str,
    until_ms: u64,
    shadow: bool,
    by: &'a str,
    reason: &'a str,
}

pub(super) fn blocked<'a>(view: &View<'a>, page: Page<'_>) -> Result<Blocked<'a>, Error> {
    let [from] = numbers(page.cursor)?;
    let from = UserIx::try_from(from).map_err(|_| BAD_CURSOR)?;
    let found: Vec<_> = view.room.moderation.blocks.range(from..).take(page.count).collect();
    let last = found.last().map_or(0, |(&ix, _)| u64::from(ix) + 1);
    let full = found.len() == page.count;
    let in_force = found.into_iter().filter(|(_, block)| block.until_ms == 0 || block.until_ms > view.now);
    let blocked = in_force.map(|(&ix, block)| BlockedUser {
        user: &view.room.users.at(ix).name,
        until_ms: block.until_ms,
        shadow: block.shadow,
        by: &block.by,
        reason: &block.reason,
    });
    Ok(Blocked { cursor: next(full, last.to_string()), blocked: blocked.collect() })
}

#[derive(Serialize)]
pub(super) struct Sessions<'a> {
    cursor: String,
    sessions: Vec<SessionOf<'a>>,
}

#[derive(Serialize)]
struct SessionOf<'a> {
    user: &'a str,
    session: &'a str,
}

/// A gateway's sessions, the last listed first: one that ends is replaced by the last, which has then been read, so
/// nobody moves to where the reading has not been yet. The cursor is how many are left.
pub(super) fn sessions<'a>(view: &View<'a>, gateway: &str, page: Page<'_>) -> Result<Sessions<'a>, Error> {
    let room = view.room;
    let [left] = numbers(page.cursor)?;
    let Some((number, lease)) =
        room.leases.of(gateway).and_then(|number| Some((number, room.leases.get(number)?)))
    else {
        return Ok(Sessions { cursor: "0".into(), sessions: Vec::new() });
    };
    let held = lease.sessions.len() as u64;
    let from = if page.cursor == "0" { held } else { left.min(held) };
    let to = from.saturating_sub(page.count as u64);
    let mut sessions = Vec::new();
    for place in (to..from).rev() {
        let Some(&ix) = lease.sessions.get(place as u32) else { continue };
        let user = room.users.at(ix);
        let session =
            user.sessions().iter().find(|held| held.lease == number && u64::from(held.place) == place);
        sessions.extend(session.map(|session| SessionOf { user: &user.name, session: &session.id }));
    }
    Ok(Sessions { cursor: to.to_string(), sessions })
}
