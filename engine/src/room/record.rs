//! What a room remembers for its summary and the warehouse.

use crate::collections::chunked_vec::ChunkedVec;
use crate::collections::kind_counts::KindCounts;
use crate::room::users::UserIx;

/// A time from coming to going: a visit, or a time on stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Whose.
    pub user: UserIx,
    /// Which of the user's, from 1 (a visit), or place among the room's entries to the stage: part of its id in the
    /// export.
    pub nth: u64,
    /// Unix ms.
    pub from_ms: u64,
    /// Unix ms.
    pub to_ms: u64,
}

/// A hand or an offer that came to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastRequest {
    /// Whose.
    pub user: UserIx,
    /// Unix ms.
    pub from_ms: u64,
    /// Unix ms.
    pub to_ms: u64,
    /// How it ended.
    pub how: Outcome,
    /// Who ended it, or whoever made the offer.
    pub by: Box<str>,
}

/// How a hand or an offer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The hand was lowered.
    Lowered,
    /// The user came on stage by it.
    Seated,
    /// The user was gone.
    Left,
    /// The offer was accepted.
    Accepted,
    /// The offer was declined.
    Declined,
    /// The offer expired.
    Expired,
}

impl Outcome {
    /// The export's word.
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

/// One minute of a room's life.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Minute {
    /// Its start, Unix ms.
    pub minute_ms: u64,
    /// Most present at once.
    pub peak_present: u64,
    /// Visits begun.
    pub joins: u64,
    /// Visits ended.
    pub leaves: u64,
    /// Comments made.
    pub comments: u64,
    /// Reactions by kind.
    pub reactions: KindCounts,
}

/// The record of a room.
#[derive(Clone, Debug, Default)]
pub struct Record {
    /// Closed visits.
    pub visits: ChunkedVec<Span>,
    /// Closed times on stage.
    pub stage_spans: ChunkedVec<Span>,
    /// Hands that were raised and are not any more.
    pub hands: ChunkedVec<PastRequest>,
    /// Offers that were made and are not open any more.
    pub offers: ChunkedVec<PastRequest>,
    /// Minutes in which something happened, the last of them still running.
    pub timeline: ChunkedVec<Minute>,
    /// Users who have been present.
    pub unique_members: u64,
    /// Most present at once.
    pub peak_present: u64,
    /// Hands raised.
    pub hands_raised: u64,
    /// The first users who were on stage, at most [`SPEAKERS`].
    pub speakers: Vec<UserIx>,
    /// Users who were on stage.
    pub speakers_total: u64,
    /// Kicks.
    pub kicks: u64,
    /// Blocks.
    pub blocks: u64,
    /// Mutes of others.
    pub mutes: u64,
}

/// Speakers a summary names.
pub const SPEAKERS: usize = crate::limits::NAMED_SPEAKERS;

impl Record {
    /// The minute that runs at `ms`, begun now if need be. A clock that goes back stays in the last minute.
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

    /// Counts reactions in the running minute.
    pub fn react(&mut self, ms: u64, present: u64, kind: u8, n: u64) {
        if let Some(minute) = self.minute(ms, present) {
            minute.reactions.add(kind, n);
        }
    }
}
