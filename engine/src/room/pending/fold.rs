//! Changes that fold into one event per frame.

use crate::room::users::UserIx;
use std::collections::BTreeMap;

/// A kind of changes that fold into one event. The kinds before [`Fold::Poll`] exist once per room. The others exist
/// once per poll, comment or user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fold {
    /// Joins and leaves.
    Audience,
    /// Reactions.
    Reactions,
    /// Raised hands.
    Hands,
    /// All hands were lowered at once. A later change of hands does not fold into this event.
    HandsCleared,
    /// The number of interested users.
    Rsvp,
    /// The number of invited users.
    Invited,
    /// The settings of ROOM.CONFIG.
    Settings,
    /// The poll with this id.
    Poll(u64),
    /// The comment with this id was pinned or unpinned. The event says which of the two holds in the end.
    Pin(u64),
    /// A member on stage changed, or entered or left the stage, or an absent user got or lost a staff role.
    Stage(UserIx),
    /// This user was removed: kicked, blocked or uninvited.
    Removed(UserIx),
    /// All comments of this user were deleted.
    CommentsCleared(UserIx),
}

/// The folds that exist once per room, in the order of [`Fold`].
const ONCE: [Fold; 7] = [
    Fold::Audience,
    Fold::Reactions,
    Fold::Hands,
    Fold::HandsCleared,
    Fold::Rsvp,
    Fold::Invited,
    Fold::Settings,
];

impl Fold {
    /// Whether its event is sent at once instead of with the tick.
    pub fn is_urgent(self) -> bool {
        matches!(self, Fold::Stage(_) | Fold::Removed(_))
    }

    /// The user that its event is about; None: it is not about a user.
    pub fn user(self) -> Option<UserIx> {
        match self {
            Fold::Stage(user) | Fold::Removed(user) | Fold::CommentsCleared(user) => Some(user),
            _ => None,
        }
    }

    /// The place among [`ONCE`]; None: the fold exists once per poll, comment or user.
    fn once(self) -> Option<usize> {
        Some(match self {
            Fold::Audience => 0,
            Fold::Reactions => 1,
            Fold::Hands => 2,
            Fold::HandsCleared => 3,
            Fold::Rsvp => 4,
            Fold::Invited => 5,
            Fold::Settings => 6,
            Fold::Poll(_) | Fold::Pin(_) | Fold::Stage(_) | Fold::Removed(_) | Fold::CommentsCleared(_) => {
                return None
            }
        })
    }
}

/// The last change that folded into an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastChange {
    /// The number of the change since the last frame, from 1.
    pub position: u64,
    /// The actor; None: a deadline, or the event names no actor.
    pub by: Option<Box<str>>,
}

/// A waiting fold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingFold {
    /// The fold.
    pub fold: Fold,
    /// Its last change. The event stands at its position.
    pub last: LastChange,
}

/// The waiting folds. Any number of them can wait, so each is found without a search through the others.
#[derive(Clone, Debug, Default)]
pub struct Folds {
    /// The positions of the folds of [`ONCE`]; 0: the fold does not wait.
    once: [u64; ONCE.len()],
    /// The folds that exist once per poll, comment or user.
    by_id: BTreeMap<Fold, LastChange>,
}

impl Folds {
    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty() && self.once == [0; ONCE.len()]
    }

    /// Whether this fold waits.
    pub fn contains(&self, fold: Fold) -> bool {
        match fold.once() {
            Some(at) => self.once.get(at).is_some_and(|&position| position > 0),
            None => self.by_id.contains_key(&fold),
        }
    }

    /// Sets the last change of a fold. A fold that exists once per room keeps no actor.
    pub fn set(&mut self, fold: Fold, position: u64, by: Option<&str>) {
        match fold.once().and_then(|at| self.once.get_mut(at)) {
            Some(place) => *place = position,
            None => {
                self.by_id.insert(fold, LastChange { position, by: by.map(Into::into) });
            }
        }
    }

    /// Removes a fold that exists once per room.
    pub fn forget(&mut self, fold: Fold) {
        if let Some(place) = fold.once().and_then(|at| self.once.get_mut(at)) {
            *place = 0;
        }
    }

    /// The waiting folds in the order of their positions.
    pub fn in_order(&self) -> Vec<WaitingFold> {
        let once = ONCE.iter().zip(self.once).filter(|&(_, position)| position > 0);
        let once = once.map(|(&fold, position)| (fold, LastChange { position, by: None }));
        let by_id = self.by_id.iter().map(|(&fold, last)| (fold, last.clone()));
        let mut all: Vec<WaitingFold> =
            once.chain(by_id).map(|(fold, last)| WaitingFold { fold, last }).collect();
        all.sort_by_key(|waiting| waiting.last.position);
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_fold_that_exists_once_has_its_own_place() {
        for (at, fold) in ONCE.into_iter().enumerate() {
            assert_eq!(fold.once(), Some(at));
        }
    }

    #[test]
    fn folds_come_back_in_the_order_of_their_last_changes() {
        let mut folds = Folds::default();
        for (position, fold) in (1..).zip([Fold::Stage(7), Fold::Hands, Fold::Pin(7), Fold::Stage(7)]) {
            folds.set(fold, position, Some("by"));
        }
        let order: Vec<(Fold, u64)> =
            folds.in_order().into_iter().map(|waiting| (waiting.fold, waiting.last.position)).collect();
        assert_eq!(order, [(Fold::Hands, 2), (Fold::Pin(7), 3), (Fold::Stage(7), 4)]);
        folds.forget(Fold::Hands);
        assert!(!folds.contains(Fold::Hands) && folds.contains(Fold::Pin(7)));
    }
}
