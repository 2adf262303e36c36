//! The size of a room in memory, for MEMORY USAGE and for freeing.

use crate::room::users::User;
use crate::room::Room;

/// Users whose own allocations are measured. The others are estimated from them, so that the cost does not grow with
/// the room.
const SAMPLE: usize = 32;

impl Room {
    /// The approximate number of bytes that the room takes.
    pub fn memory(&self) -> usize {
        let sample: usize = self.users.iter_from(0).take(SAMPLE).map(|(_, user)| allocated(user)).sum();
        let users = sample * self.users.len() / self.users.len().clamp(1, SAMPLE);
        let votes: usize = self.polls.iter().map(|poll| poll.votes.len() * 32).sum();
        size_of::<Room>()
            + self.users.memory()
            + users
            + self.leases.memory()
            + self.hands.memory()
            + self.arrivals.memory()
            + (self.lost.len() + self.interested.len()) * 24
            + self.invited.len() * 56
            + (self.comments.all.len() + self.comments.shadow.len()) * 112
            + self.comments.deleted.len() * 56
            + self.comments.bytes
            + votes
            + self.record.visits.memory()
            + self.record.stage_spans.memory()
            + self.record.hands.memory()
            + self.record.offers.memory()
            + self.record.timeline.memory()
            + self.history.bytes
            + (self.tokens.replies.len() + self.shadow_tokens.replies.len()) * 160
            + self.moderation.log.len() * 128
    }

    /// About how many allocations it takes to free the room. Redis frees a value with many of them on another thread.
    pub fn effort(&self) -> usize {
        1 + self.users.len() + self.comments.all.len() + self.history.entries.len()
    }
}

/// Bytes that a user holds outside of its row.
fn allocated(user: &User) -> usize {
    let sessions: usize = user.sessions().iter().map(|session| session.id.len() + size_of_val(session)).sum();
    let profile = user.profile.as_ref().map_or(0, |profile| profile.get().len());
    let activity =
        user.activity.as_ref().map_or(0, |activity| size_of_val(&**activity) + activity.reactions.memory());
    let name = if user.name.is_heap_allocated() { user.name.capacity() } else { 0 };
    name + profile + activity + sessions
}
