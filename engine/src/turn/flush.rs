//! Frames: when the waiting events are sent, and how they are numbered and built.

use super::apply_ctx::ApplyCtx;
use crate::env::Env;
use crate::id::Id;
use crate::json::events::{self, Values};
use crate::json::frames::{EventsFrame, FrameKind};
use crate::json::shapes;
use crate::json::{self, Written};
use crate::room::hands::TOP_HANDS;
use crate::room::history::Entry;
use crate::room::pending::{Event, Fold, Waiting};
use crate::room::users::UserIx;
use crate::room::view::View;
use crate::room::Room;

/// A frame larger than this is split.
const FRAME_BYTES: usize = 32 * 1024;
/// The most bytes of a frame without its events, its profiles and the room's key.
const HEAD_BYTES: usize = 200;
/// Frames a second that may go out before their tick.
const URGENT_A_SECOND: u32 = 20;

/// How many times as long as `room.tick` the tick of the largest rooms is.
const LARGEST_FACTOR: u64 = 20;

/// When the waiting events are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// No event waits.
    Never,
    /// Now.
    Now {
        /// The events are urgent and the tick is not over. The frame counts against the urgent frames of this second.
        early: bool,
    },
    /// At this time, Unix ms.
    At(u64),
}

/// The shortest time between two frames of a room, ms; 0: every change is sent at once. It is longer in large rooms,
/// because each frame goes to every member.
pub fn tick_ms(room: &Room, env: &Env<'_>) -> u64 {
    let factor = match room.present() {
        0..=10_000 => 1,
        10_001..=100_000 => 4,
        _ => LARGEST_FACTOR,
    };
    env.settings.tick_ms * factor
}

/// The shortest time between two frames of the largest rooms, ms.
pub fn longest_tick_ms(env: &Env<'_>) -> u64 {
    env.settings.tick_ms * LARGEST_FACTOR
}

/// When the waiting events are sent. If the last frame is older than a tick, they are sent at once. Otherwise they wait
/// for the end of the tick. Urgent events do not wait, up to [`URGENT_A_SECOND`] frames. The end of a
/// room never waits.
pub fn when(room: &Room, env: &Env<'_>) -> When {
    let urgent = room.pending.urgent || !room.local.direct.is_empty();
    if room.pending.is_empty() && !urgent {
        return When::Never;
    }
    // A clock that was set back must not hold frames until it has caught up.
    let sent = if room.local.sent_ms > env.now { 0 } else { room.local.sent_ms };
    let next = sent + tick_ms(room, env);
    if env.now >= next {
        When::Now { early: false }
    } else if room.state.is_over()
        || urgent && (room.local.urgent.second != env.now / 1000 || room.local.urgent.sent < URGENT_A_SECOND)
    {
        When::Now { early: true }
    } else {
        When::At(next)
    }
}

impl Room {
    /// Numbers the waiting events and adds them to the history. Builds the frames if this server sends them.
    pub(crate) fn flush(&mut self, ctx: &mut ApplyCtx<'_>) {
        let waiting = self.pending.drain();
        let audience = std::mem::take(&mut self.pending.audience);
        let top: Vec<UserIx> = self.hands.iter_after(0).take(TOP_HANDS).map(|(_, ix)| ix).collect();
        // The first hands may be the same as in the last event although they changed in between. A snapshot taken in
        // between then shows other hands, so the event must name the first hands again. In a short queue every change
        // counts as a change of the first hands. For a long queue see `drop_hand`.
        let changes_hands = |waiting: &Waiting| matches!(waiting, Waiting::Fold { fold: Fold::Hands, .. });
        let top_changed = waiting.iter().any(changes_hands)
            && (self.hands.len() <= TOP_HANDS as u64 || top != self.announced_hands);
        let is_comment = |waiting: &&Waiting| matches!(waiting, Waiting::Event(Event::Comment { .. }));
        let mut comments =
            self.comments.made().saturating_sub(waiting.iter().filter(is_comment).count() as u64);
        let mut numbered: Vec<Entry> = Vec::with_capacity(waiting.len());
        let mut wholes: Vec<Option<Entry>> = Vec::with_capacity(waiting.len());
        let mut seq = self.seq;
        for waiting in &waiting {
            comments += u64::from(is_comment(&waiting));
            let view = View::settled(self, self.clock);
            let values =
                Values { audience: &audience, top: top_changed.then_some(&top), comments, whole: false };
            let Some(entry) = events::event(&view, ctx.key, seq + 1, waiting, &values) else { continue };
            seq += 1;
            wholes.push(match waiting {
                Waiting::Fold { fold: Fold::Audience | Fold::Hands | Fold::Reactions, .. } => {
                    let values = Values { audience: &audience, top: Some(&top), comments, whole: true };
                    events::event(&view, ctx.key, seq, waiting, &values)
                }
                _ => None,
            });
            if matches!(waiting, Waiting::Fold { fold, .. } if self.notifies_tick(*fold)) {
                ctx.out.notify("room.tick");
            }
            numbered.push(entry);
        }
        self.seq = seq;
        if top_changed {
            self.announced_hands = top;
        }
        for kind in &mut self.reactions.kinds {
            kind.waiting = 0;
        }
        ctx.out.counts.events += numbered.len() as u64;
        if ctx.sends {
            self.send(&numbered, ctx);
        }
        for (entry, whole) in numbered.into_iter().zip(wholes) {
            self.history.push(whole.unwrap_or(entry), ctx.history_bytes);
        }
    }

    /// Whether the event of a fold causes the notification `room.tick`. Votes cause it. The other changes have
    /// notifications of their own.
    fn notifies_tick(&self, fold: Fold) -> bool {
        match fold {
            Fold::Audience | Fold::Hands | Fold::HandsCleared | Fold::Reactions => true,
            Fold::Poll(id) => self.poll(id).is_some_and(|poll| !poll.closed && !poll.votes.is_empty()),
            _ => false,
        }
    }

    /// Packs events into frames of at most [`FRAME_BYTES`], unless one event alone is larger.
    fn send(&self, numbered: &[Entry], ctx: &mut ApplyCtx<'_>) {
        let key_bytes = json::write(ctx.key).len();
        let mut rest = numbered;
        while !rest.is_empty() {
            let mut bytes = HEAD_BYTES + key_bytes;
            let fits = rest.iter().take_while(|entry| {
                bytes += entry.bytes() + 1 + profile_bytes(self, entry);
                bytes <= FRAME_BYTES
            });
            let (now, later) = rest.split_at(fits.count().max(1));
            ctx.out.frames.push(self.frame(ctx.key, self.epoch, now, ctx.at));
            ctx.out.counts.frames += 1;
            rest = later;
        }
    }

    fn frame(&self, key: &str, epoch: u64, events: &[Entry], ms: u64) -> String {
        let (Some(first), Some(last)) = (events.first(), events.last()) else { return String::new() };
        json::write(&EventsFrame {
            kind: FrameKind::Events,
            room: key,
            epoch: Id(epoch),
            from: first.seq,
            to: last.seq,
            ms,
            events: events.iter().map(|entry| Written(&entry.json)).collect(),
            profiles: shapes::profiles(self, events.iter().flat_map(|entry| entry.users.iter().copied())),
        })
    }
}

fn profile_bytes(room: &Room, entry: &Entry) -> usize {
    let users = entry.users.iter().filter_map(|&ix| room.users.get(ix));
    // In JSON a name takes twice its bytes at most: it holds no control characters.
    users.filter_map(|user| Some(user.name.len() * 2 + user.profile.as_ref()?.get().len() + 4)).sum()
}
