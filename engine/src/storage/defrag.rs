//! Moves the allocations of a room to places where the allocator packs them tighter, slice by slice.
//!
//! It moves small allocations that are numerous: those of users, comments, the log and the record. The others stay.
//! Large ones (a chunk has 1,024 rows) do not fragment, waiting events are short-lived, and the nodes of a tree cannot
//! be moved.

use crate::room::users::{Presence, Session};
use crate::room::Room;
use serde_json::value::RawValue;
use std::mem::take;

/// Moves single allocations. A mover may leave an allocation where it is.
pub trait Mover {
    /// Moves a text.
    fn text(&mut self, text: Box<str>) -> Box<str>;
    /// Moves JSON.
    fn json(&mut self, json: Box<RawValue>) -> Box<RawValue>;
    /// Moves a value.
    fn boxed<T>(&mut self, value: Box<T>) -> Box<T>;
    /// Moves a list, without the allocations of its values.
    fn list<T>(&mut self, list: Vec<T>) -> Vec<T>;
    /// Whether the slice's time is over.
    fn is_over(&mut self) -> bool;
}

/// Where the next slice begins. [`Cursor::default`] is the start of a room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    /// Position in the list of sections.
    section: usize,
    /// Position in the section: a place, or the least id.
    at: u64,
}

/// As a number, a cursor has its section in the bits above this one, and the position in the section below.
const SECTION_SHIFT: u32 = 56;

impl From<u64> for Cursor {
    fn from(number: u64) -> Cursor {
        Cursor { section: (number >> SECTION_SHIFT) as usize, at: number & ((1 << SECTION_SHIFT) - 1) }
    }
}

impl From<Cursor> for u64 {
    fn from(cursor: Cursor) -> u64 {
        (cursor.section as u64) << SECTION_SHIFT | cursor.at
    }
}

/// Moves one item of a section and returns the position of the next. None: the section has no more.
type MoveItem<M> = fn(&mut Room, u64, &mut M) -> Option<u64>;

/// Items between two checks of the slice's time.
const ITEMS_PER_CHECK: u32 = 32;

/// Moves items from `cursor` on until the slice is over. Returns where the next slice begins. None: the whole room is
/// done.
pub fn defrag<M: Mover>(room: &mut Room, mut cursor: Cursor, mover: &mut M) -> Option<Cursor> {
    let sections: [MoveItem<M>; 6] = [settings, user, comment, action, hand, offer];
    let mut moved = 0;
    while let Some(move_item) = sections.get(cursor.section) {
        cursor = match move_item(room, cursor.at, mover) {
            Some(at) => Cursor { at, ..cursor },
            None => Cursor { section: cursor.section + 1, at: 0 },
        };
        moved += 1;
        if moved % ITEMS_PER_CHECK == 0 && mover.is_over() {
            return Some(cursor);
        }
    }
    None
}

fn text(text: &mut Box<str>, mover: &mut impl Mover) {
    *text = mover.text(take(text));
}

fn json(json: &mut Option<Box<RawValue>>, mover: &mut impl Mover) {
    *json = json.take().map(|json| mover.json(json));
}

/// The settings, the kinds of reaction and the polls. They are few, so they are one item.
fn settings<M: Mover>(room: &mut Room, _at: u64, mover: &mut M) -> Option<u64> {
    text(&mut room.config.title, mover);
    json(&mut room.config.meta, mover);
    room.config.emojis.iter_mut().for_each(|kind| text(kind, mover));
    room.reactions.kinds.iter_mut().for_each(|kind| text(&mut kind.name, mover));
    for poll in &mut room.polls {
        text(&mut poll.question, mover);
        poll.options = mover.list(take(&mut poll.options));
        poll.options.iter_mut().for_each(|choice| text(&mut choice.text, mover));
    }
    None
}

fn user<M: Mover>(room: &mut Room, at: u64, mover: &mut M) -> Option<u64> {
    let user = room.users.get_mut(u32::try_from(at).ok()?)?;
    if user.name.is_heap_allocated() {
        user.name = mover.text(take(&mut user.name).into_string().into_boxed_str()).into();
    }
    json(&mut user.profile, mover);
    match &mut user.presence {
        Presence::Absent(_) | Presence::Lost(_) => {}
        Presence::One(Session { id, .. }) => text(id, mover),
        Presence::Many(sessions) => {
            *sessions = mover.list(take(sessions));
            sessions.iter_mut().for_each(|session| text(&mut session.id, mover));
        }
    }
    user.activity = user.activity.take().map(|activity| mover.boxed(activity));
    if let Some(activity) = &mut user.activity {
        activity.shadow = activity.shadow.take().map(|shadow| mover.boxed(shadow));
        let shadow = activity.shadow.iter_mut().flat_map(|shadow| &mut shadow.reactions);
        shadow.for_each(|own| text(&mut own.kind, mover));
    }
    Some(at + 1)
}

fn comment<M: Mover>(room: &mut Room, at: u64, mover: &mut M) -> Option<u64> {
    let (id, comment) = room.comments.all.range_mut(at..).next()?;
    text(&mut comment.text, mover);
    comment.deleted = comment.deleted.take().map(|deletion| mover.boxed(deletion));
    if let Some(deletion) = &mut comment.deleted {
        text(&mut deletion.by, mover);
    }
    Some(id + 1)
}

fn action<M: Mover>(room: &mut Room, at: u64, mover: &mut M) -> Option<u64> {
    let action = room.moderation.log.get_mut(usize::try_from(at).ok()?)?;
    for part in [&mut action.actor, &mut action.action, &mut action.target, &mut action.reason] {
        text(part, mover);
    }
    Some(at + 1)
}

fn hand<M: Mover>(room: &mut Room, at: u64, mover: &mut M) -> Option<u64> {
    text(&mut room.record.hands.get_mut(u32::try_from(at).ok()?)?.by, mover);
    Some(at + 1)
}

fn offer<M: Mover>(room: &mut Room, at: u64, mover: &mut M) -> Option<u64> {
    text(&mut room.record.offers.get_mut(u32::try_from(at).ok()?)?.by, mover);
    Some(at + 1)
}
