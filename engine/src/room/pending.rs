//! Changes that wait for a frame.
//!
//! They are part of the room: saved, replicated and digested. So an acknowledged change gets its event even if another
//! server becomes master before the frame.

use crate::room::users::UserIx;
use crate::terms::EndReason;

/// How many changes of the audience an event names. Beyond this the event says `partial`.
pub const MAX_NAMED: usize = 16;

/// A change that does not fold: it becomes one event. `docs/events.md` describes the event of each variant. `by` is the
/// actor; None: a deadline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The room was created.
    Created,
    /// The room went live.
    Started,
    /// ROOM.CONFIG changed settings.
    Settings,
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
    /// Members on stage changed, or members entered or left the stage.
    Stage {
        /// The members.
        members: Vec<UserIx>,
        /// The actor.
        by: Option<Box<str>>,
    },
    /// A user was kicked, blocked or uninvited while it was present.
    Removed {
        /// The user.
        user: UserIx,
    },
    /// A comment was made.
    Comment {
        /// Its id.
        id: u64,
    },
    /// A comment was pinned.
    Pinned {
        /// Its id.
        id: u64,
        /// The actor.
        by: Box<str>,
    },
    /// A comment was deleted.
    CommentDeleted {
        /// Its id.
        id: u64,
        /// The actor.
        by: Box<str>,
    },
    /// A comment was unpinned.
    Unpinned {
        /// Its id.
        id: u64,
        /// The actor.
        by: Box<str>,
    },
    /// All comments of a user were deleted.
    CommentsCleared {
        /// The user.
        user: UserIx,
        /// The actor.
        by: Box<str>,
    },
}

impl Event {
    /// The actor; None: the event names no actor.
    pub fn by(&self) -> Option<&str> {
        match self {
            Event::Cancelled { by } | Event::Ended { by, .. } | Event::Stage { by, .. } => by.as_deref(),
            Event::Pinned { by, .. }
            | Event::CommentDeleted { by, .. }
            | Event::Unpinned { by, .. }
            | Event::CommentsCleared { by, .. } => Some(by),
            _ => None,
        }
    }

    /// Whether the event is sent at once instead of with the tick.
    pub fn is_urgent(&self) -> bool {
        matches!(
            self,
            Event::Stage { .. } | Event::Removed { .. } | Event::Ended { .. } | Event::CommentDeleted { .. }
        )
    }
}

/// Kinds of changes that fold into one event per frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fold {
    /// Joins and leaves.
    Audience,
    /// Raised hands.
    Hands,
    /// Reactions.
    Reactions,
    /// The number of interested users.
    Rsvp,
    /// The number of invited users.
    Invited,
    /// The poll with this id.
    Poll(u64),
}

/// A waiting change, as [`Pending::drain`] returns it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Waiting {
    /// A change that becomes one event.
    Event(Event),
    /// Changes that fold into one event.
    Fold(Fold),
}

/// Joins and leaves since the last frame.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Audience {
    /// Visits that began and did not end since the last frame.
    pub joined: u64,
    /// Visits that ended and had begun before the last frame.
    pub left: u64,
    /// The first change of each user, at most [`MAX_NAMED`]. Empty if there were more.
    pub changes: Vec<AudienceChange>,
    /// More than [`MAX_NAMED`] users came or went.
    pub partial: bool,
}

/// The first join or leave of a user since the last frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AudienceChange {
    /// The user.
    pub user: UserIx,
    /// True: a visit began. False: a visit ended.
    pub joined: bool,
}

/// A waiting event and its position in the order of changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingEvent {
    /// The number of the change since the last frame, from 1.
    pub position: u64,
    /// The event.
    pub event: Event,
}

/// A waiting fold and its position in the order of changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WaitingFold {
    /// The number of the last change that folded into it.
    pub position: u64,
    /// The fold.
    pub fold: Fold,
}

/// An event for a few users only. It is sent after the waiting events.
#[derive(Clone, Debug)]
pub struct DirectEvent {
    /// The ids of the users who receive it.
    pub to: Vec<Box<str>>,
    /// When it happened, Unix ms.
    pub ms: u64,
    /// The event as JSON.
    pub event: Box<str>,
}

/// All changes that wait for a frame.
#[derive(Clone, Debug, Default)]
pub struct Pending {
    /// How many changes there were since the last frame. Events are sorted by the number of their last change.
    pub position: u64,
    /// Changes that become one event each, in order.
    pub queue: Vec<WaitingEvent>,
    /// Changes that fold, one entry per fold, unsorted.
    pub folds: Vec<WaitingFold>,
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
        let queue = self.queue.drain(..).map(|waiting| (waiting.position, Waiting::Event(waiting.event)));
        let folds = self.folds.drain(..).map(|waiting| (waiting.position, Waiting::Fold(waiting.fold)));
        let mut all: Vec<(u64, Waiting)> = queue.chain(folds).collect();
        all.sort_unstable_by_key(|&(position, _)| position);
        self.position = 0;
        all.into_iter().map(|(_, waiting)| waiting).collect()
    }

    /// Adds a change that becomes one event.
    pub fn push(&mut self, event: Event) {
        self.position += 1;
        self.urgent |= event.is_urgent();
        self.queue.push(WaitingEvent { position: self.position, event });
    }

    /// Adds a change that folds. Its event moves to the position of this change.
    pub fn fold(&mut self, fold: Fold) {
        self.position += 1;
        match self.folds.iter_mut().find(|waiting| waiting.fold == fold) {
            Some(waiting) => waiting.position = self.position,
            None => self.folds.push(WaitingFold { position: self.position, fold }),
        }
    }

    /// Adds a change of the audience: a visit began (`joined`) or ended.
    pub fn audience_changed(&mut self, user: UserIx, joined: bool) {
        self.fold(Fold::Audience);
        let audience = &mut self.audience;
        if let Some(first) = audience.changes.iter().find(|first| first.user == user) {
            // Joining and leaving between two frames cancel out. The event still names the user, because a snapshot
            // taken in between may show the other value.
            match (first.joined, joined) {
                (true, true) => audience.joined += 1,
                (true, false) => audience.joined -= 1,
                (false, false) => audience.left += 1,
                (false, true) => audience.left -= 1,
            }
            return;
        }
        if joined {
            audience.joined += 1;
        } else {
            audience.left += 1;
        }
        if audience.changes.len() < MAX_NAMED && !audience.partial {
            audience.changes.push(AudienceChange { user, joined });
        } else {
            audience.partial = true;
            audience.changes.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fold_takes_the_position_of_its_last_change() {
        let mut pending = Pending::default();
        pending.fold(Fold::Hands);
        pending.push(Event::Started);
        pending.fold(Fold::Hands);
        assert_eq!(pending.folds, [WaitingFold { position: 3, fold: Fold::Hands }]);
        assert_eq!(pending.queue, [WaitingEvent { position: 2, event: Event::Started }]);
    }

    #[test]
    fn joins_and_leaves_of_a_user_cancel_out() {
        let first = |user, joined| AudienceChange { user, joined };
        let mut pending = Pending::default();
        pending.audience_changed(1, true);
        pending.audience_changed(2, false);
        pending.audience_changed(1, false);
        assert_eq!(pending.audience.changes, [first(1, true), first(2, false)]);
        assert_eq!((pending.audience.joined, pending.audience.left), (0, 1));
        pending.audience_changed(1, true);
        pending.audience_changed(2, true);
        assert_eq!((pending.audience.joined, pending.audience.left), (1, 0));
        for user in 10..40 {
            pending.audience_changed(user, true);
        }
        assert!(pending.audience.partial);
        assert!(pending.audience.changes.is_empty());
        assert_eq!(pending.audience.joined, 31);
    }
}
