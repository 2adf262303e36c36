//! Applying a change: the only code that changes a room. It cannot fail, reads no clock and draws no randomness, and
//! runs alike on a master, on its replicas and from the AOF.

mod lifecycle;
mod moderation;
mod presence;
mod stage;
mod talk;

use crate::command::Role;
use crate::direct::Direct;
use crate::effect::Change;
use crate::room::Room;
use crate::users::UserIx;

/// Where a change happens and what it leaves to be sent.
pub struct Scene<'s> {
    /// Unix ms the effect brings.
    pub at: u64,
    /// The room's key.
    pub key: &'s str,
    /// `room.history-bytes`; history is local, so it may differ from server to server.
    pub history_bytes: usize,
    /// This server sends: a master that runs, not a replica or a load. Direct frames are not even built elsewhere.
    pub sends: bool,
    /// What is to be sent.
    pub out: &'s mut crate::turn::Outbox,
}

/// Applies a change to what a key holds. A change to a room that is not there does nothing.
pub fn apply(slot: &mut Option<Box<Room>>, change: &Change<'_>, scene: &mut Scene<'_>) {
    match (change, slot) {
        (Change::Create(created), slot) => {
            let mut room = Room::default();
            room.create(created, scene);
            *slot = Some(Box::new(room));
        }
        (change, Some(room)) => room.apply(change, scene),
        (_, None) => {}
    }
}

impl Room {
    /// Applies a change other than Create.
    pub fn apply(&mut self, change: &Change<'_>, scene: &mut Scene<'_>) {
        // Time never runs backwards within a room, whatever a server's clock does.
        self.clock = self.clock.max(scene.at);
        scene.at = self.clock;
        match change {
            Change::Create(_) => {}
            Change::Takeover { epoch } => {
                self.previous = Some((self.epoch, self.seq));
                self.epoch = *epoch;
            }
            Change::Flush => self.flush(scene),
            Change::Extend { expire_ms } => scene.out.expire = Some(*expire_ms),
            Change::Config { fields, expire_ms, .. } => self.configure(fields, *expire_ms, scene),
            Change::Start { .. } => self.start(scene),
            Change::Cancel { by, expire_ms } => self.cancel(by, *expire_ms, scene),
            Change::End { by, reason, expire_ms } => self.end(by, *reason, *expire_ms, scene),
            Change::Rsvp { user, yes } => self.rsvp(user, *yes, scene),
            Change::Invite { users } => self.invite(users, scene),
            Change::Uninvite { by, users, remove } => self.uninvite(by, users, *remove, scene),
            Change::Welcome { members } => self.welcome(*members),
            Change::Join { user, gateway, session, profile } => {
                self.join(user, gateway, session, *profile, scene)
            }
            Change::Leave { user, session, gateway, lost } => {
                self.leave(user, *session, *gateway, *lost, scene)
            }
            Change::Drop { gateway, lost } => self.drop_lease(gateway, *lost, scene),
            Change::Release { sessions } => self.release(*sessions, scene),
            Change::ReleaseOf { user } => self.release_of(user, scene),
            Change::GracesOver { before_ms, members } => self.graces_over(*before_ms, *members, scene),
            Change::GraceOver { user } => self.grace_over(user, scene),
            Change::RaiseHand { user } => self.raise_hand(user, scene),
            Change::LowerHand { by, user } => self.lower_hand(by, user, scene),
            Change::Next { by, user, token } => self.next(by, user, token, scene),
            Change::Promote { by, user } => self.promote(by, user, scene),
            Change::Offer { by, user, until_ms } => self.make_offer(by, user, *until_ms, scene),
            Change::Accept { user } => self.accept(user, scene),
            Change::Decline { user } => self.decline(user, scene),
            Change::OfferOver { user } => self.offer_over(user, scene),
            Change::Role { by, user, role } => {
                self.set_role(by, user, *role, scene);
                scene.out.note("room.role");
            }
            Change::StepDown { by, user } => {
                self.set_role(by, user, Role::Listener, scene);
                scene.out.note("room.stepdown");
            }
            Change::Handover { user } => self.hand_over(user, scene),
            Change::Mute { by, user } => self.mute(by, user, scene),
            Change::Unmute { user } => self.unmute(user, scene),
            Change::AskUnmute { by, user } => self.ask_unmute(by, user, scene),
            Change::Kick { by, user, reason } => self.kick(by, user, reason, scene),
            Change::Block(block) => self.block(block, scene),
            Change::Unblock { by, user } => self.unblock(by, user, scene),
            Change::Comment { by, text, reply, token } => self.comment(by, text, *reply, token, scene),
            Change::DelComment { by, id } => self.delete_comment(by, *id, scene),
            Change::Pin { by, id } => self.pin(by, *id, scene),
            Change::Unpin { by, id } => self.unpin(by, *id, scene),
            Change::React { user, kind, count } => self.react(user, kind, *count, scene),
            Change::PollOpen(poll) => self.open_poll(poll, scene),
            Change::PollVote { user, poll, options } => self.vote(user, *poll, *options, scene),
            Change::PollClose { poll } => self.close_poll(*poll, scene),
        }
    }

    /// Sends an event to a few users only, behind all that waits.
    fn direct<E: serde::Serialize>(&mut self, to: &[UserIx], event: &E, scene: &Scene<'_>) {
        if scene.sends && !to.is_empty() {
            let to = to.iter().map(|&ix| self.users.at(ix).name.as_str().into()).collect();
            self.local.direct.push(Direct::new(to, scene.at, event));
        }
    }
}

/// The actor as an event's `by`: None for a deadline.
fn event_by(by: &str) -> Option<Box<str>> {
    (!by.is_empty()).then(|| by.into())
}
