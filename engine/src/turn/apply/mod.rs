//! Applying a change: the only code that changes the replicated part of a room.
//!
//! It runs the same way on a master, on its replicas and from the AOF. So it cannot fail, reads no clock and draws no
//! random number. Everything it needs is in the effect.

mod comments;
mod hands;
mod lifecycle;
mod moderation;
mod polls;
mod presence;
mod reactions;
mod stage;

use super::apply_ctx::ApplyCtx;
use crate::effect::Change;
use crate::json::direct::{direct, DirectBody};
use crate::room::users::UserIx;
use crate::room::{PreviousEpoch, Room};
use crate::terms::Role;

/// Applies a change to the content of a key. A change other than Create does nothing if there is no room.
pub fn apply(slot: &mut Option<Box<Room>>, change: &Change<'_>, ctx: &mut ApplyCtx<'_>) {
    match (change, slot) {
        (Change::Create(created), slot) => {
            let mut room = Room::default();
            room.create(created, ctx);
            *slot = Some(Box::new(room));
        }
        (change, Some(room)) => room.apply(change, ctx),
        (_, None) => {}
    }
}

impl Room {
    /// Applies a change other than Create.
    pub(crate) fn apply(&mut self, change: &Change<'_>, ctx: &mut ApplyCtx<'_>) {
        // The clock of a room never runs backwards, even if the clock of a server does.
        self.clock = self.clock.max(ctx.at);
        ctx.at = self.clock;
        match change {
            Change::Create(_) => {}
            Change::Takeover { epoch } => {
                self.previous = Some(PreviousEpoch { epoch: self.epoch, last_seq: self.seq });
                self.epoch = *epoch;
            }
            Change::Flush => self.flush(ctx),
            Change::Extend { expire_ms } => self.expire_at(*expire_ms, ctx),
            Change::Config { by, fields, expire_ms } => self.configure(by, fields, *expire_ms, ctx),
            Change::Start { .. } => self.start(ctx),
            Change::Cancel { by, expire_ms } => self.cancel(by, *expire_ms, ctx),
            Change::End { by, reason, expire_ms } => self.end(by, *reason, *expire_ms, ctx),
            Change::Rsvp { user, yes } => self.rsvp(user, *yes, ctx),
            Change::Invite { by, users } => self.invite(by, users, ctx),
            Change::Uninvite { by, users, remove } => self.uninvite(by, users, *remove, ctx),
            Change::InvitePresent { members } => self.invite_present(*members),
            // The export will keep the client.
            Change::Join { user, gateway, session, profile, client: _ } => {
                self.join(user, gateway, session, *profile, ctx)
            }
            Change::Leave { user, session, gateway, lost } => {
                self.leave(user, *session, *gateway, *lost, ctx)
            }
            Change::Drop { gateway, lost } => self.drop_lease(gateway, *lost, ctx),
            Change::Release { sessions } => self.release(*sessions, ctx),
            Change::ReleaseOf { user } => self.release_of(user, ctx),
            Change::GracesOver { before_ms, members } => self.graces_over(*before_ms, *members, ctx),
            Change::GraceOver { user } => self.grace_over(user, ctx),
            Change::RaiseHand { user } => self.raise_hand(user, ctx),
            Change::LowerHand { by, user } => self.lower_hand(by, user, ctx),
            Change::RecordHands { hands } => self.record_hands(*hands),
            Change::Next { by, user, token } => self.next(by, user, token, ctx),
            Change::Promote { by, user } => self.promote(by, user, ctx),
            Change::Offer { by, user, until_ms } => self.make_offer(by, user, *until_ms, ctx),
            Change::Accept { user } => self.accept(user, ctx),
            Change::Decline { user } => self.decline(user, ctx),
            Change::OfferOver { user } => self.offer_over(user, ctx),
            Change::Role { by, user, role } => self.set_role(by, user, *role, "room.role", ctx),
            Change::StepDown { by, user } => self.set_role(by, user, Role::Listener, "room.stepdown", ctx),
            Change::Handover { user } => self.set_role("", user, Role::Host, "room.role", ctx),
            Change::Mute { by, user, hold } => self.mute(by, user, *hold, ctx),
            Change::Unmute { user } => self.unmute(user, ctx),
            Change::AskUnmute { by, user } => self.ask_unmute(by, user, ctx),
            Change::Kick { by, user, reason } => self.kick(by, user, reason, ctx),
            Change::Block(block) => self.block(block, ctx),
            Change::Unblock { by, user } => self.unblock(by, user, ctx),
            Change::Comment { by, text, reply, token } => self.comment(by, text, *reply, token, ctx),
            Change::DelComment { by, id } => self.delete_comment(by, *id, ctx),
            Change::Pin { by, id } => self.pin(by, *id, ctx),
            Change::Unpin { by, id } => self.unpin(by, *id, ctx),
            Change::React { user, kind, count } => self.react(user, kind, *count, ctx),
            Change::PollOpen(poll) => self.open_poll(poll, ctx),
            Change::PollVote { user, poll, options } => self.vote(user, *poll, *options, ctx),
            Change::PollClose { poll } => self.close_poll(*poll, ctx),
        }
    }

    /// Adds a direct event for these users. It is sent before the waiting events.
    fn direct(&mut self, users: &[UserIx], body: &DirectBody<'_>, ctx: &ApplyCtx<'_>) {
        if ctx.sends && !users.is_empty() {
            let users = users.iter().map(|&ix| self.users.at(ix).name.as_str().into()).collect();
            self.local.direct.add(direct(users, ctx.at, body));
        }
    }
}

/// The actor as `by` of an event. None: a deadline.
fn event_by(by: &str) -> Option<Box<str>> {
    (!by.is_empty()).then(|| by.into())
}
