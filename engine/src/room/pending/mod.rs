//! Changes that wait for a frame.
//!
//! They are part of the room: saved, replicated and digested. So an acknowledged change gets its event even if another
//! server becomes master before the frame.
//!
//! Comments and the events that a room has once in its life become one event each. All other changes fold: an event
//! stands at the place of the last change and shows the values at the time of the frame. So a frame is bounded by the
//! room's state and the comments of a tick, for any input.

mod audience;
mod fold;

pub use audience::{Audience, AudienceChange};
pub use fold::{Fold, Folds, LastChange, WaitingFold};

use crate::room::users::UserIx;
use crate::terms::EndReason;

/// A change that does not fold: it becomes one event. `docs/events.md` describes the event of each variant. `by` is the
/// actor; None: a deadline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The room was created.
    Created,
    /// The room went live.
    Started,
    /// The room was cancelled.
    Cancelled {
        /// The actor.
        by: Option<Box<str>>,
    },
    /// The room ended.
    Ended {
        /// The actor.
        by: Option<Box<str>>,
        /// Why it ended.
        reason: EndReason,
    },
    /// A comment was made.
    Comment {
        /// Its id.
        id: u64,
        /// The sender's token; empty: none.
        token: Box<str>,
    },
    /// A comment was deleted.
    CommentDeleted {
        /// Its id.
        id: u64,
        /// The actor.
        by: Box<str>,
    },
}

impl Event {
    /// The actor; None: the event names no actor.
    pub fn by(&self) -> Option<&str> {
        match self {
            Event::Cancelled { by } | Event::Ended { by, .. } => by.as_deref(),
            Event::CommentDeleted { by, .. } => Some(by),
            Event::Created | Event::Started | Event::Comment { .. } => None,
        }
    }

    /// Whether the event is sent at once instead of with the tick.
    pub fn is_urgent(&self) -> bool {
        matches!(self, Event::Cancelled { .. } | Event::Ended { .. } | Event::CommentDeleted { .. })
    }
}

/// A waiting change, as [`Pending::drain`] returns it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Waiting {
    /// A change that becomes one event.
    Event(Event),
    /// Changes that fold into one event.
    Fold {
        /// The fold.
        fold: Fold,
        /// The actor of the last change; None: a deadline, or the event names no actor.
        by: Option<Box<str>>,
    },
}

/// A waiting event and its position in the order of changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingEvent {
    /// The number of the change since the last frame, from 1.
    pub position: u64,
    /// The event.
    pub event: Event,
}

/// All changes that wait for a frame.
#[derive(Clone, Debug, Default)]
pub struct Pending {
    /// How many changes there were since the last frame. Events are sorted by the number of their last change.
    pub position: u64,
    /// Changes that become one event each, in order.
    pub queue: Vec<WaitingEvent>,
    /// Changes that fold.
    pub folds: Folds,
    /// The content of the waiting `audience` event.
    pub audience: Audience,
    /// An event that is sent at once is waiting.
    pub urgent: bool,
}

impl Pending {
    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.queue.is_empty() && self.folds.is_empty()
    }

    /// Takes all waiting changes, in order. Leaves [`Pending::audience`] as it is.
    pub fn drain(&mut self) -> Vec<Waiting> {
        self.urgent = false;
        self.position = 0;
        let queue = self.queue.drain(..).map(|waiting| (waiting.position, Waiting::Event(waiting.event)));
        let folds = std::mem::take(&mut self.folds).in_order();
        let folds = folds.into_iter().map(|WaitingFold { fold, last }| {
            let LastChange { position, by } = last;
            (position, Waiting::Fold { fold, by })
        });
        let mut all: Vec<(u64, Waiting)> = queue.chain(folds).collect();
        all.sort_by_key(|&(position, _)| position);
        all.into_iter().map(|(_, waiting)| waiting).collect()
    }

    /// Adds a change that becomes one event.
    pub fn push(&mut self, event: Event) {
        self.position += 1;
        self.urgent |= event.is_urgent();
        self.queue.push(WaitingEvent { position: self.position, event });
    }

    /// Adds a change that folds, without an actor. Its event moves to the position of this change.
    pub fn fold(&mut self, fold: Fold) {
        self.fold_by(fold, "");
    }

    /// Adds a change that folds. Its event moves to the position of this change and names this actor. `by` is empty
    /// for a deadline, or if the event names no actor.
    pub fn fold_by(&mut self, fold: Fold, by: &str) {
        self.position += 1;
        self.urgent |= fold.is_urgent();
        self.folds.set(fold, self.position, (!by.is_empty()).then_some(by));
    }

    /// All hands are lowered at once. A change of hands that waits is part of this. A later one does not fold into it.
    pub fn clear_hands(&mut self) {
        self.folds.forget(Fold::Hands);
        self.fold(Fold::HandsCleared);
    }

    /// Adds a change of the audience: a visit began (`joined`) or ended.
    pub fn audience_changed(&mut self, user: UserIx, joined: bool) {
        self.fold(Fold::Audience);
        self.audience.add(user, joined);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fold_takes_the_position_and_the_actor_of_its_last_change() {
        let mut pending = Pending::default();
        pending.fold_by(Fold::Stage(1), "one");
        pending.push(Event::Started);
        pending.fold_by(Fold::Stage(1), "two");
        assert!(pending.urgent);
        let fold = Waiting::Fold { fold: Fold::Stage(1), by: Some("two".into()) };
        assert_eq!(pending.drain(), [Waiting::Event(Event::Started), fold]);
        assert!(pending.is_empty() && !pending.urgent);
    }

    #[test]
    fn cleared_hands_do_not_fold_with_a_later_hand() {
        let fold = |fold| Waiting::Fold { fold, by: None };
        let mut pending = Pending::default();
        pending.fold(Fold::Hands);
        pending.clear_hands();
        pending.fold(Fold::Hands);
        pending.fold(Fold::Hands);
        assert_eq!(pending.clone().drain(), [fold(Fold::HandsCleared), fold(Fold::Hands)]);
        pending.clear_hands();
        assert_eq!(pending.drain(), [fold(Fold::HandsCleared)]);
    }
}
