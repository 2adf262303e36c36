//! Moves what a room holds to where the allocator packs it tighter, slice by slice.
//!
//! What there is much of, in small allocations, is moved: users and what they have, comments, the log. The rest is large
//! (rows stand in pieces of 1,024) and fragments nothing, or goes by itself (events), or is the nodes of a tree, which
//! nobody reaches.

use crate::room::polls::Choice;
use crate::room::users::{Presence, Session};
use crate::room::Room;
use serde_json::value::RawValue;
use std::mem::take;

/// What moves an allocation, if it lies badly, and says when a slice is over.
pub trait Mover {
    /// A text, moved.
    fn text(&mut self, text: Box<str>) -> Box<str>;
    /// JSON, moved.
    fn json(&mut self, json: Box<RawValue>) -> Box<RawValue>;
    /// A value, moved.
    fn boxed<T>(&mut self, value: Box<T>) -> Box<T>;
    /// A list, moved; its values' own allocations are not.
    fn list<T>(&mut self, list: Vec<T>) -> Vec<T>;
    /// Whether the slice is over.
    fn is_over(&mut self) -> bool;
}

/// Where a slice goes on; [`Cursor::default`] is the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    section: usize,
    at: u64,
}

/// The section stands above the place in it.
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

/// Moves one item of a section, and says which comes next; None: it has no more.
type Step<M> = fn(&mut Room, u64, &mut M) -> Option<u64>;

/// Items between two looks at the clock.
const BETWEEN: u32 = 32;

/// Moves on from `cursor` until the slice is over; None: all of the room has been moved.
pub fn defrag<M: Mover>(room: &mut Room, mut cursor: Cursor, mover: &mut M) -> Option<Cursor> {
    let sections: [Step<M>; 6] = [setup, user, comment, action, hand, offer];
    let mut moved = 0;
    while let Some(step) = sections.get(cursor.section) {
        cursor = match step(room, cursor.at, mover) {
            Some(at) => Cursor { at, ..cursor },
            None => Cursor { section: cursor.section + 1, at: 0 },
        };
        moved += 1;
        if moved % BETWEEN == 0 && mover.is_over() {
            return Some(cursor);
        }
    }
    None
}

fn text(held: &mut Box<str>, mover: &mut impl Mover) {
    *held = mover.text(take(held));
}

fn json(held: &mut Option<Box<RawValue>>, mover: &mut impl Mover) {
    *held = held.take().map(|json| mover.json(json));
}

/// What a room has once, and its polls.
fn setup<M: Mover>(room: &mut Room, _at: u64, mover: &mut M) -> Option<u64> {
    text(&mut room.config.title, mover);
    json(&mut room.config.meta, mover);
    room.config.emojis.iter_mut().for_each(|kind| text(kind, mover));
    room.reactions.kinds.iter_mut().for_each(|kind| text(&mut kind.name, mover));
    for poll in &mut room.polls {
        text(&mut poll.question, mover);
        poll.options = mover.list(take(&mut poll.options));
        poll.options.iter_mut().for_each(|Choice { text: held, .. }| text(held, mover));
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
        activity.shadow_reactions = activity.shadow_reactions.take().map(|tally| mover.boxed(tally));
    }
    Some(at + 1)
}

fn comment<M: Mover>(room: &mut Room, at: u64, mover: &mut M) -> Option<u64> {
    let (id, comment) = room.comments.all.range_mut(at..).next()?;
    text(&mut comment.text, mover);
    Some(id + 1)
}

fn action<M: Mover>(room: &mut Room, at: u64, mover: &mut M) -> Option<u64> {
    let action = room.moderation.log.get_mut(usize::try_from(at).ok()?)?;
    for held in [&mut action.actor, &mut action.action, &mut action.target, &mut action.reason] {
        text(held, mover);
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
