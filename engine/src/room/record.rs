//! The record of a room, for its summary and its export.

use crate::collections::chunked_vec::ChunkedVec;
use crate::collections::kind_counts::KindCounts;
use crate::collections::rings::{Link, Linked, Rings};
use crate::limits::{USER_REQUESTS, USER_SPANS};
use crate::room::users::UserIx;

/// A closed visit, or a closed time on stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The user, and the number of the span among all that the user had.
    pub link: Link,
    /// When it began, Unix ms.
    pub from_ms: u64,
    /// When it ended, Unix ms.
    pub to_ms: u64,
}

/// A hand that was lowered, or an offer that is closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastRequest {
    /// The user, and the number of the request among all that the user had.
    pub link: Link,
    /// When it was raised or made, Unix ms.
    pub from_ms: u64,
    /// When it ended, Unix ms.
    pub to_ms: u64,
    /// How it ended.
    pub how: Outcome,
    /// For a hand: the actor who ended it; empty: no actor. For an offer: the actor who made it.
    pub by: Box<str>,
}

impl Linked for Span {
    fn link(&self) -> &Link {
        &self.link
    }

    fn link_mut(&mut self) -> &mut Link {
        &mut self.link
    }
}

impl Linked for PastRequest {
    fn link(&self) -> &Link {
        &self.link
    }

    fn link_mut(&mut self) -> &mut Link {
        &mut self.link
    }
}

/// How a hand or an offer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The hand was lowered.
    Lowered,
    /// The user came on stage.
    Seated,
    /// The user left, was removed or its grace was over.
    Left,
    /// The offer was accepted.
    Accepted,
    /// The offer was declined.
    Declined,
    /// The offer expired.
    Expired,
}

impl Outcome {
    /// The name in the export.
    pub fn name(self) -> &'static str {
        match self {
            Outcome::Lowered => "lowered",
            Outcome::Seated => "seated",
            Outcome::Left => "left",
            Outcome::Accepted => "accepted",
            Outcome::Declined => "declined",
            Outcome::Expired => "expired",
        }
    }
}

/// The figures of one minute.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Minute {
    /// When the minute began, Unix ms.
    pub minute_ms: u64,
    /// The most members present at once.
    pub peak_present: u64,
    /// Visits that began.
    pub joins: u64,
    /// Visits that ended.
    pub leaves: u64,
    /// Comments made, without those under a shadow block.
    pub comments: u64,
    /// Reactions by kind, without those under a shadow block.
    pub reactions: KindCounts,
}

/// The record of a room.
#[derive(Clone, Debug, Default)]
pub struct Record {
    /// Closed visits. [`User::last_visit`](crate::room::users::User::last_visit) is the last of a user. The other lists
    /// have their last entries in [`Activity`](crate::room::users::Activity).
    pub visits: Rings<Span, USER_SPANS>,
    /// Closed times on stage.
    pub stage_spans: Rings<Span, USER_SPANS>,
    /// Hands that are no longer raised.
    pub hands: Rings<PastRequest, USER_REQUESTS>,
    /// Offers that are no longer open.
    pub offers: Rings<PastRequest, USER_REQUESTS>,
    /// Minutes in which something happened. The last one may still be running.
    pub timeline: ChunkedVec<Minute>,
    /// How many users have been present.
    pub unique_members: u64,
    /// The most members present at once.
    pub peak_present: u64,
    /// How often a hand was raised.
    pub hands_raised: u64,
    /// The first users who were on stage, at most [`NAMED_SPEAKERS`](crate::limits::NAMED_SPEAKERS).
    pub speakers: Vec<UserIx>,
    /// How many users were on stage.
    pub speakers_total: u64,
    /// How many kicks there were.
    pub kicks: u64,
    /// How many blocks there were, including shadow blocks.
    pub blocks: u64,
    /// How often an actor muted or held another user.
    pub mutes: u64,
}

impl Record {
    /// The minute of `ms` (Unix ms). Begins a new one if the last minute is over. A time before the last minute counts
    /// in the last minute. `present`: how many members are present.
    pub fn minute(&mut self, ms: u64, present: u64) -> Option<&mut Minute> {
        let minute_ms = ms - ms % 60_000;
        let last = self.timeline.len().checked_sub(1).map(|at| at as u32);
        let running =
            last.filter(|&at| self.timeline.get(at).is_some_and(|minute| minute.minute_ms >= minute_ms));
        let at = running.unwrap_or_else(|| {
            self.timeline.push(Minute { minute_ms, peak_present: present, ..Minute::default() })
        });
        self.timeline.get_mut(at)
    }

    /// Counts `n` reactions of a kind in the minute of `ms` (Unix ms).
    pub fn count_reactions(&mut self, ms: u64, present: u64, kind: u8, n: u64) {
        if let Some(minute) = self.minute(ms, present) {
            minute.reactions.add(kind, n);
        }
    }
}
