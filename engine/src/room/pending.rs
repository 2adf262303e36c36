//! Changes that wait for a frame. They are room state: saved, replicated and digested, so that an acknowledged change
//! gets its event whoever is master.

use crate::room::users::UserIx;
use crate::terms::EndReason;

/// Changes of the audience an event names; beyond, it says `partial`.
pub const NAMED: usize = 16;

/// An event of its own, in the order in which it happened.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // each variant is the contract's event of that name
pub enum Event {
    Created,
    Started,
    Settings,
    Cancelled { by: Option<Box<str>> },
    Ended { by: Option<Box<str>>, reason: EndReason },
    Stage { members: Vec<UserIx>, by: Option<Box<str>> },
    Removed { user: UserIx },
    Comment { id: u64 },
    Pinned { id: u64, by: Box<str> },
    CommentDeleted { id: u64, by: Box<str> },
    Unpinned { id: u64, by: Box<str> },
    CommentsCleared { user: UserIx, by: Box<str> },
}

impl Event {
    /// Who acted, where somebody did and the event says so.
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

    /// Goes out at once.
    pub fn is_urgent(&self) -> bool {
        matches!(
            self,
            Event::Stage { .. } | Event::Removed { .. } | Event::Ended { .. } | Event::CommentDeleted { .. }
        )
    }
}

/// Changes that fold into one event a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fold {
    /// Who is present.
    Audience,
    /// Raised hands.
    Hands,
    /// Reactions.
    Reactions,
    /// Users interested.
    Rsvp,
    /// Users invited.
    Invited,
    /// One poll.
    Poll(u64),
}

/// Whatever waits, in the order in which it is to be numbered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Waiting {
    /// An event of its own.
    Event(Event),
    /// A folding event.
    Fold(Fold),
}

/// Joins and leaves that wait.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Audience {
    /// Visits begun, less those that ended within the same wait.
    pub joined: u64,
    /// Visits ended that had begun before.
    pub left: u64,
    /// Who came or went, while they are few: the first thing each did, coming (true) or going.
    pub changes: Vec<AudienceChange>,
    /// There were too many to name.
    pub partial: bool,
}

/// The first thing that a user did since the last frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AudienceChange {
    /// The user.
    pub user: UserIx,
    /// True: its visit began. False: it ended.
    pub joined: bool,
}

/// A waiting event and its place in the order of changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingEvent {
    /// Number of the change.
    pub position: u64,
    /// The event.
    pub event: Event,
}

/// A waiting fold and its place in the order of changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WaitingFold {
    /// Number of the last change folded into it.
    pub position: u64,
    /// The fold.
    pub fold: Fold,
}

/// An event for a few users only. It goes out behind the events that wait.
#[derive(Clone, Debug)]
pub struct DirectEvent {
    /// Ids of the users who get it.
    pub to: Vec<Box<str>>,
    /// When it happened, Unix ms.
    pub ms: u64,
    /// The event as JSON.
    pub event: Box<str>,
}

/// All that waits.
#[derive(Clone, Debug, Default)]
pub struct Pending {
    /// Changes noted so far; a waiting event stands at its last change's number.
    pub position: u64,
    /// Events of their own.
    pub queue: Vec<WaitingEvent>,
    /// Folding events.
    pub folds: Vec<WaitingFold>,
    /// What the waiting audience event tells.
    pub audience: Audience,
    /// Something that goes out at once is among them.
    pub urgent: bool,
}

impl Pending {
    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.queue.is_empty() && self.folds.is_empty()
    }

    /// Takes all that waits, in order.
    pub fn drain(&mut self) -> Vec<Waiting> {
        self.urgent = false;
        let queue = self.queue.drain(..).map(|waiting| (waiting.position, Waiting::Event(waiting.event)));
        let folds = self.folds.drain(..).map(|waiting| (waiting.position, Waiting::Fold(waiting.fold)));
        let mut all: Vec<(u64, Waiting)> = queue.chain(folds).collect();
        all.sort_unstable_by_key(|&(position, _)| position);
        self.position = 0;
        all.into_iter().map(|(_, waiting)| waiting).collect()
    }

    /// Adds an event of its own.
    pub fn push(&mut self, event: Event) {
        self.position += 1;
        self.urgent |= event.is_urgent();
        self.queue.push(WaitingEvent { position: self.position, event });
    }

    /// Notes a folding change: its event moves to this change's place.
    pub fn fold(&mut self, fold: Fold) {
        self.position += 1;
        match self.folds.iter_mut().find(|waiting| waiting.fold == fold) {
            Some(waiting) => waiting.position = self.position,
            None => self.folds.push(WaitingFold { position: self.position, fold }),
        }
    }

    /// Notes that a visit began (`joined`) or ended.
    pub fn audience(&mut self, user: UserIx, joined: bool) {
        self.fold(Fold::Audience);
        let audience = &mut self.audience;
        if let Some(first) = audience.changes.iter().find(|first| first.user == user) {
            // Came and went within one wait, or went and came back: no net change. The event names the user all the
            // same, since a snapshot taken in between shows what was then.
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
        if audience.changes.len() < NAMED && !audience.partial {
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
    fn a_fold_stands_at_its_last_change() {
        let mut pending = Pending::default();
        pending.fold(Fold::Hands);
        pending.push(Event::Started);
        pending.fold(Fold::Hands);
        assert_eq!(pending.folds, [WaitingFold { position: 3, fold: Fold::Hands }]);
        assert_eq!(pending.queue, [WaitingEvent { position: 2, event: Event::Started }]);
    }

    #[test]
    fn joins_and_leaves_are_net() {
        let first = |user, joined| AudienceChange { user, joined };
        let mut pending = Pending::default();
        pending.audience(1, true);
        pending.audience(2, false);
        pending.audience(1, false);
        assert_eq!(pending.audience.changes, [first(1, true), first(2, false)]);
        assert_eq!((pending.audience.joined, pending.audience.left), (0, 1));
        pending.audience(1, true);
        pending.audience(2, true);
        assert_eq!((pending.audience.joined, pending.audience.left), (1, 0));
        for user in 10..40 {
            pending.audience(user, true);
        }
        assert!(pending.audience.partial);
        assert!(pending.audience.changes.is_empty());
        assert_eq!(pending.audience.joined, 31);
    }
}
