//! The content of a waiting `audience` event.

use crate::room::users::UserIx;

/// How many changes of the audience an event names. Beyond this the event says `partial`.
pub const MAX_NAMED: usize = 16;

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

impl Audience {
    /// Adds a change: a visit began (`joined`) or ended.
    pub fn add(&mut self, user: UserIx, joined: bool) {
        if let Some(first) = self.changes.iter().find(|first| first.user == user) {
            // Joining and leaving between two frames cancel out. The event still names the user, because a snapshot
            // taken in between may show the other value.
            match (first.joined, joined) {
                (true, true) => self.joined += 1,
                (true, false) => self.joined -= 1,
                (false, false) => self.left += 1,
                (false, true) => self.left -= 1,
            }
            return;
        }
        if joined {
            self.joined += 1;
        } else {
            self.left += 1;
        }
        if self.changes.len() < MAX_NAMED && !self.partial {
            self.changes.push(AudienceChange { user, joined });
        } else {
            self.partial = true;
            self.changes.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joins_and_leaves_of_a_user_cancel_out() {
        let first = |user, joined| AudienceChange { user, joined };
        let mut audience = Audience::default();
        audience.add(1, true);
        audience.add(2, false);
        audience.add(1, false);
        assert_eq!(audience.changes, [first(1, true), first(2, false)]);
        assert_eq!((audience.joined, audience.left), (0, 1));
        audience.add(1, true);
        audience.add(2, true);
        assert_eq!((audience.joined, audience.left), (1, 0));
        for user in 10..40 {
            audience.add(user, true);
        }
        assert!(audience.partial);
        assert!(audience.changes.is_empty());
        assert_eq!(audience.joined, 31);
    }
}
