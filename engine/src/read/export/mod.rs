//! ROOM.EXPORT: a room as JSON lines for a warehouse.
//!
//! The lines come in sections. The order of a section does not change once the room is over. A cursor holds the
//! version of the room (its incarnation and the time of its end), the section and the place in the section. Open items (a visit, a raised hand) are exported
//! only once the room is over, as closed at its end. So a line with an id is the same in every export.

pub(crate) mod lines;
mod sections;

use crate::env::Env;
use crate::error::Error;
use crate::id::Id;
use crate::json;
use crate::outbox::Reply;
use crate::room::users::UserIx;
use crate::room::view::View;
use lines::Line;
use serde::Serialize;

const BAD_CURSOR: Error = Error::Invalid("cursor must be 0 or one that an export of this room gave");

/// Bytes of lines after which a page ends before COUNT. Building a page takes well under a millisecond.
const PAGE_BYTES: usize = crate::limits::EXPORT_PAGE_KIB * 1024;

/// Bytes that a candidate counts in addition to its line. It takes time even if it gives no line.
const CANDIDATE_BYTES: usize = 32;

/// A page of lines. COUNT limits the candidates, not the lines, so the work of a call is bounded.
///
/// # Errors
/// [`Error::Invalid`] if the cursor does not belong to this version of the room.
pub(super) fn export(view: &View<'_>, cursor: &str, count: usize, env: &Env<'_>) -> Result<Reply, Error> {
    let export = Export { view, env, incarnation: Id(view.room.incarnation).to_string() };
    let Position { mut section, mut from } = export.position(cursor)?;
    let mut lines = Vec::new();
    let (mut left, mut space) = (count, PAGE_BYTES);
    let next = loop {
        let Some(candidates) = export.section(section, from) else { break "0".to_owned() };
        let mut last = from;
        for Candidate { place, line } in candidates {
            last = place + 1;
            left -= 1;
            space = space.saturating_sub(CANDIDATE_BYTES + line.as_ref().map_or(0, String::len));
            lines.extend(line.map(Reply::Bulk));
            if left == 0 || space == 0 {
                break;
            }
        }
        if left == 0 || space == 0 {
            break format!("{}-{}-{section}-{last}", export.incarnation, view.ended_ms);
        }
        (section, from) = (section + 1, 0);
    };
    Ok(Reply::Array(vec![Reply::Bulk(next), Reply::Array(lines)]))
}

struct Export<'v> {
    view: &'v View<'v>,
    env: &'v Env<'v>,
    incarnation: String,
}

/// Where an export continues.
struct Position {
    section: u64,
    /// The first place in the section.
    from: u64,
}

/// An item of a section.
struct Candidate {
    /// The place of the item in its section. Places rise, with gaps.
    place: u64,
    /// The line; None: the item is not exported.
    line: Option<String>,
}

type Candidates<'v> = Box<dyn Iterator<Item = Candidate> + 'v>;

impl<'v> Export<'v> {
    fn position(&self, cursor: &str) -> Result<Position, Error> {
        if cursor == "0" {
            return Ok(Position { section: 0, from: 0 });
        }
        let mut parts = cursor.split('-');
        let mut part = || parts.next().ok_or(BAD_CURSOR);
        if part()? != self.incarnation || part()? != self.view.ended_ms.to_string() {
            return Err(BAD_CURSOR);
        }
        let section = part()?.parse().map_err(|_| BAD_CURSOR)?;
        let from = part()?.parse().map_err(|_| BAD_CURSOR)?;
        if parts.next().is_some() {
            return Err(BAD_CURSOR);
        }
        Ok(Position { section, from })
    }

    /// The items of a section from a place on; None: there is no such section. The numbers of the sections are part of
    /// a cursor.
    fn section(&'v self, section: u64, from: u64) -> Option<Candidates<'v>> {
        Some(match section {
            0 => self.room(from),
            1 => self.members(from),
            2 => self.visits(from),
            3 => self.open_visits(from),
            4 => self.stage_spans(from),
            5 => self.open_stage_spans(from),
            6 => self.hands(from),
            7 => self.open_hands(from),
            8 => self.offers(from),
            9 => self.open_offers(from),
            10 => self.comments(from),
            11 => self.shadow_comments(from),
            12 => self.reactions(from),
            13 => self.timeline(from),
            14 => self.polls(from),
            15 => self.votes(from),
            16 => self.moderation(from),
            _ => return None,
        })
    }

    /// A line with its id, which is unique within the kind.
    fn line<T: Serialize>(&self, kind: &'static str, id: impl std::fmt::Display, body: T) -> Option<String> {
        let id = format!("{kind}:{id}");
        Some(json::write(&Line { kind, room: self.env.key, incarnation: &self.incarnation, id, body }))
    }

    fn name(&self, ix: UserIx) -> &'v str {
        &self.view.room.users.at(ix).name
    }

    /// The name of a kind of reaction.
    fn kind(&self, kind: u8) -> &'v str {
        self.view.room.reactions.kinds.get(usize::from(kind)).map_or("", |kind| &kind.name)
    }

    /// When open items are closed, Unix ms; None: the room is not over, so they stay open.
    fn end_ms(&self) -> Option<u64> {
        (self.view.ended_ms > 0).then_some(self.view.ended_ms)
    }
}
