//! Lists that are read in pages.
//!
//! A cursor is a place in an order that does not change. So an iteration includes every entry that is in the list from
//! its start to its end.

use super::state::newest;
use crate::command::Page;
use crate::error::Error;
use crate::json::hand::HandJson;
use crate::json::shapes::{profiles, CommentJson, MemberJson, Object};
use crate::room::users::{Flag, UserIx};
use crate::room::view::View;
use crate::terms::Role;
use serde::Serialize;
use serde_json::value::RawValue;

const BAD_CURSOR: Error = Error::Invalid("cursor must be 0 or one that a page gave");

/// The numbers of a cursor, which are joined by `-`. The cursor `0` stands for zeros.
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

/// The next cursor: `last` if the page is full, or `0` for the end.
fn next(full: bool, last: String) -> String {
    if full {
        last
    } else {
        "0".into()
    }
}

/// A page of ROOM.MEMBERS.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) struct MembersPage<'a> {
    /// The next cursor; `0`: the last page.
    cursor: String,
    /// The members.
    members: Vec<MemberJson<'a>>,
}

/// Present members: the stage first, then the audience in the order of arrival. The cursor holds the phase (0: stage,
/// 1: audience), the last place that was read in it, and the number of the last entry to the stage before the iteration. A member
/// who entered the stage after the start is not read with the stage, so it is read with the audience.
///
/// # Errors
/// [`Error::Invalid`] if the cursor is invalid.
pub(super) fn members<'a>(
    view: &View<'a>,
    role: Option<Role>,
    page: Page<'_>,
) -> Result<MembersPage<'a>, Error> {
    let room = view.room;
    let [phase, mut after, start] = numbers(page.cursor)?;
    let start = if page.cursor == "0" { room.stage_entries } else { start };
    let wanted = |ix: UserIx| role.is_none_or(|role| view.role(ix) == role);
    let mut found: Vec<UserIx> = Vec::new();
    // COUNT limits the candidates, not the members found, so the work of a call is bounded.
    let mut candidates = 0;
    if phase == 0 {
        for (entry, ix) in view.stage().filter(|&(entry, _)| entry > after && entry <= start) {
            candidates += 1;
            found.extend(wanted(ix).then_some(ix));
            if candidates >= page.count {
                let cursor = format!("0-{entry}-{start}");
                return Ok(MembersPage { cursor, members: shapes(view, &found) });
            }
        }
        after = 0;
    }
    let mut cursor = "0".to_owned();
    for (order, ix) in room.arrivals.range(after.saturating_add(1)..=u64::MAX) {
        candidates += 1;
        let stage = room.users.at(ix).activity.as_ref().map_or(0, |activity| activity.stage);
        let was_read = (1..=start).contains(&stage);
        found.extend((!was_read && view.is_present(ix) && wanted(ix)).then_some(ix));
        if candidates >= page.count {
            cursor = format!("1-{order}-{start}");
            break;
        }
    }
    Ok(MembersPage { cursor, members: shapes(view, &found) })
}

fn shapes<'a>(view: &View<'a>, found: &[UserIx]) -> Vec<MemberJson<'a>> {
    found.iter().map(|&ix| MemberJson::new(view, ix)).collect()
}

/// A page of ROOM.HANDS.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) struct HandsPage<'a> {
    /// The next cursor; `0`: the last page.
    cursor: String,
    /// The hands, in order.
    hands: Vec<HandJson<'a>>,
    /// Profiles by user.
    #[cfg_attr(feature = "schema", schemars(schema_with = "crate::schema::application_objects"))]
    profiles: Object<&'a str, &'a RawValue>,
}

/// Raised hands in order. The cursor is the ticket of the last hand.
///
/// # Errors
/// [`Error::Invalid`] if the cursor is invalid.
pub(super) fn hands<'a>(view: &View<'a>, page: Page<'_>) -> Result<HandsPage<'a>, Error> {
    let [after] = numbers(page.cursor)?;
    // COUNT limits the hands of the queue, not those that are shown, so the work of a call is bounded.
    let read = view.page_of_hands(after, page.count);
    let last = read.last().map_or(0, |&(ticket, _)| ticket);
    let shown: Vec<UserIx> = read.iter().filter_map(|&(_, ix)| ix).collect();
    Ok(HandsPage {
        cursor: next(read.len() == page.count, last.to_string()),
        profiles: profiles(view.room, shown.iter().copied()),
        hands: shown.into_iter().map(|ix| HandJson::new(view, ix)).collect(),
    })
}

/// A page of ROOM.COMMENTS.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) struct CommentsPage<'a> {
    /// The comments, newest first.
    comments: Vec<CommentJson<'a>>,
    /// Profiles by user.
    #[cfg_attr(feature = "schema", schemars(schema_with = "crate::schema::application_objects"))]
    profiles: Object<&'a str, &'a RawValue>,
}

/// The newest `count` comments before the id `before`, newest first. None as `before`: the newest of all.
pub(super) fn comments<'a>(
    view: &View<'a>,
    viewer: Option<UserIx>,
    before: Option<u64>,
    count: usize,
) -> CommentsPage<'a> {
    let found = newest(view.room, viewer, before.unwrap_or(u64::MAX), count);
    CommentsPage {
        profiles: profiles(view.room, found.iter().map(|(_, comment)| comment.user)),
        comments: found.into_iter().map(|(id, comment)| CommentJson::new(view.room, id, comment)).collect(),
    }
}

/// A page of ROOM.INVITED.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) struct InvitedPage<'a> {
    /// The next cursor; `0`: the last page.
    cursor: String,
    /// The users.
    users: Vec<InvitedUserJson<'a>>,
}

/// A user who is invited or interested.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "InvitedUser"))]
pub(crate) struct InvitedUserJson<'a> {
    /// The id of the user.
    user: &'a str,
    /// Has an invitation.
    invited: bool,
    /// Answered ROOM.RSVP with YES.
    interested: bool,
    /// Joined at least once.
    joined: bool,
}

/// Rows of the table that a page reads per entry of COUNT. This bounds the work in a room with few invited users.
const ROWS_PER_ENTRY: usize = 10;

/// Users who are invited or interested, in the order of the table. The cursor is the next row.
///
/// # Errors
/// [`Error::Invalid`] if the cursor is invalid.
pub(super) fn invited<'a>(view: &View<'a>, page: Page<'_>) -> Result<InvitedPage<'a>, Error> {
    let room = view.room;
    let [from] = numbers(page.cursor)?;
    let from = UserIx::try_from(from).map_err(|_| BAD_CURSOR)?;
    let mut users = Vec::new();
    let mut rows = room.users.iter_from(from).take(page.count.saturating_mul(ROWS_PER_ENTRY));
    let mut after = u64::from(from);
    while users.len() < page.count {
        let Some((ix, user)) = rows.next() else { break };
        after = u64::from(ix) + 1;
        let (invited, interested) = (room.is_invited(user), user.has(Flag::Interested));
        if invited || interested {
            users.push(InvitedUserJson {
                user: &user.name,
                invited,
                interested,
                joined: user.first_joined_ms > 0,
            });
        }
    }
    Ok(InvitedPage { cursor: next(after < room.users.len() as u64, after.to_string()), users })
}

/// A page of ROOM.BLOCKED.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) struct BlockedPage<'a> {
    /// The next cursor; `0`: the last page.
    cursor: String,
    /// The blocks in force.
    blocked: Vec<BlockedUserJson<'a>>,
}

/// A block.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "BlockedUser"))]
pub(crate) struct BlockedUserJson<'a> {
    /// The id of the user.
    user: &'a str,
    /// When the block ends, Unix ms; 0: never.
    until_ms: u64,
    /// The user does not notice the block.
    shadow: bool,
    /// The actor; `-`: the service.
    by: &'a str,
    /// The reason; empty: none.
    reason: &'a str,
}

/// Blocks that are in force, in the order of the table of users. The cursor is the next row.
///
/// # Errors
/// [`Error::Invalid`] if the cursor is invalid.
pub(super) fn blocked<'a>(view: &View<'a>, page: Page<'_>) -> Result<BlockedPage<'a>, Error> {
    let [from] = numbers(page.cursor)?;
    let from = UserIx::try_from(from).map_err(|_| BAD_CURSOR)?;
    let found: Vec<_> = view.room.moderation.blocks.range(from..).take(page.count).collect();
    let last = found.last().map_or(0, |(&ix, _)| u64::from(ix) + 1);
    let full = found.len() == page.count;
    let in_force = found.into_iter().filter(|(_, block)| block.until_ms == 0 || block.until_ms > view.now);
    let blocked = in_force.map(|(&ix, block)| BlockedUserJson {
        user: &view.room.users.at(ix).name,
        until_ms: block.until_ms,
        shadow: block.shadow,
        by: &block.by,
        reason: &block.reason,
    });
    Ok(BlockedPage { cursor: next(full, last.to_string()), blocked: blocked.collect() })
}

/// A page of ROOM.SESSIONS.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) struct SessionsPage<'a> {
    /// The next cursor; `0`: the last page.
    cursor: String,
    /// The sessions.
    sessions: Vec<SessionJson<'a>>,
}

/// A session.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Session"))]
pub(crate) struct SessionJson<'a> {
    /// The id of the user.
    user: &'a str,
    /// The id of the session; empty: the default session.
    session: &'a str,
}

/// The sessions of a gateway, from the last of its list to the first. The cursor is the number of sessions left. When a
/// session ends, the last one of the list takes its place. That one was read before, so no session is missed.
///
/// # Errors
/// [`Error::Invalid`] if the cursor is invalid.
pub(super) fn sessions<'a>(
    view: &View<'a>,
    gateway: &str,
    page: Page<'_>,
) -> Result<SessionsPage<'a>, Error> {
    let room = view.room;
    let [left] = numbers(page.cursor)?;
    let Some((number, lease)) =
        room.leases.of(gateway).and_then(|number| Some((number, room.leases.get(number)?)))
    else {
        return Ok(SessionsPage { cursor: "0".into(), sessions: Vec::new() });
    };
    let all = lease.sessions.len() as u64;
    let from = if page.cursor == "0" { all } else { left.min(all) };
    let to = from.saturating_sub(page.count as u64);
    let mut sessions = Vec::new();
    for place in (to..from).rev() {
        let Some(&ix) = lease.sessions.get(place as u32) else { continue };
        let user = room.users.at(ix);
        let session = user.sessions().iter().find(|own| own.lease == number && u64::from(own.place) == place);
        sessions.extend(session.map(|session| SessionJson { user: &user.name, session: &session.id }));
    }
    Ok(SessionsPage { cursor: to.to_string(), sessions })
}
