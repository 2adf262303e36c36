//! Applies changes of the stage: hands, offers, roles and microphones.

use super::ApplyCtx;
use crate::collections::rings::Link;
use crate::json::direct::DirectBody;
use crate::limits::NAMED_SPEAKERS;
use crate::room::pending::Fold;
use crate::room::record::{Outcome, PastRequest, Span};
use crate::room::tokens::{TokenCommand, TokenReply};
use crate::room::users::UserIx;
use crate::room::{Away, Offer, Room};
use crate::terms::{Role, RoomState};

impl Room {
    /// Puts a present user with a role on stage, muted.
    pub(super) fn enter_stage(&mut self, ix: UserIx, ctx: &ApplyCtx<'_>) {
        if self.users.at(ix).is_on_stage() {
            return;
        }
        self.stage_entries += 1;
        let activity = self.users.at_mut(ix).activity_mut();
        (activity.stage, activity.stage_since_ms, activity.unmuted) = (self.stage_entries, ctx.at, false);
        let first = !std::mem::replace(&mut activity.spoke, true);
        self.stage.insert(self.stage_entries, ix);
        if first {
            self.record.speakers_total += 1;
            if self.record.speakers.len() < NAMED_SPEAKERS {
                self.record.speakers.push(ix);
            }
        }
        self.pending.fold(Fold::Audience);
    }

    /// Takes a user off the stage and records its time there, which ends at `when` (Unix ms).
    pub(super) fn leave_stage(&mut self, ix: UserIx, when: u64) {
        let user = self.users.at_mut(ix);
        let was_speaker = user.role == Role::Speaker;
        let Some(activity) = user.activity.as_mut().filter(|activity| activity.stage != 0) else { return };
        let entry = std::mem::take(&mut activity.stage);
        let from_ms = activity.stage_since_ms;
        (activity.unmuted, activity.unmute_asked) = (false, false);
        activity.stage_ms += when.saturating_sub(from_ms);
        self.stage.remove(&entry);
        if was_speaker {
            self.speakers = self.speakers.saturating_sub(1);
        }
        let span = Span { link: Link::of(ix), from_ms, to_ms: when };
        self.record.stage_spans.push(&mut activity.last_stage_span, span);
        self.pending.fold(Fold::Audience);
    }

    /// Gives a role to a user and moves the user onto the stage or off it.
    pub(super) fn give_role(&mut self, ix: UserIx, role: Role, ctx: &mut ApplyCtx<'_>) {
        let old = self.users.at(ix).role;
        if old == role {
            return;
        }
        match old {
            Role::Host => self.host = None,
            Role::Cohost => drop(self.cohosts.remove(&ix)),
            Role::Speaker => self.speakers = self.speakers.saturating_sub(1),
            Role::Listener => {}
        }
        self.set_role_of(ix, role);
        match role {
            Role::Host => self.host = Some(ix),
            Role::Cohost => drop(self.cohosts.insert(ix)),
            Role::Speaker => self.speakers += 1,
            Role::Listener => {
                self.leave_stage(ix, ctx.at);
                return;
            }
        }
        self.drop_offer(ix, Outcome::Accepted, ctx);
        self.drop_hand(ix, Outcome::Seated, "", ctx.at);
        if self.users.at(ix).is_present() {
            self.enter_stage(ix, ctx);
        }
    }

    /// Sets the role in the user's row. A hold lasts no longer than the role.
    pub(super) fn set_role_of(&mut self, ix: UserIx, role: Role) {
        let user = self.users.at_mut(ix);
        user.role = role;
        if let Some(activity) = &mut user.activity {
            activity.held = false;
        }
    }

    /// Makes a user a speaker.
    fn seat(&mut self, by: &str, user: &str, ctx: &mut ApplyCtx<'_>) {
        let Some(ix) = self.users.find(user) else { return };
        self.drop_hand(ix, Outcome::Seated, by, ctx.at);
        self.give_role(ix, Role::Speaker, ctx);
        self.pending.fold_by(Fold::Stage(ix), by);
    }

    pub(super) fn next(&mut self, by: &str, user: &str, token: &str, ctx: &mut ApplyCtx<'_>) {
        if user.is_empty() {
            return self.tokens.keep(TokenCommand::Next, by, token, ctx.at, TokenReply::Nobody);
        }
        self.seat(by, user, ctx);
        self.tokens.keep(TokenCommand::Next, by, token, ctx.at, TokenReply::User(user.into()));
        ctx.out.notify("room.next");
    }

    pub(super) fn promote(&mut self, by: &str, user: &str, ctx: &mut ApplyCtx<'_>) {
        self.seat(by, user, ctx);
        ctx.out.notify("room.offer");
    }

    pub(super) fn make_offer(&mut self, by: &str, user: &str, until_ms: u64, ctx: &mut ApplyCtx<'_>) {
        let ix = self.users.find_or_insert(user);
        match self.offers.iter_mut().find(|offer| offer.user == ix) {
            Some(offer) => (offer.until_ms, offer.by) = (until_ms, by.into()),
            None => self.offers.push(Offer { user: ix, from_ms: ctx.at, until_ms, by: by.into() }),
        }
        self.send_offer_notice(ix, by, "made", until_ms, ctx);
        ctx.out.notify("room.offer");
    }

    /// Sends the state of an offer to its user and to the actor who made it.
    fn send_offer_notice(
        &mut self,
        ix: UserIx,
        by: &str,
        state: &'static str,
        until_ms: u64,
        ctx: &ApplyCtx<'_>,
    ) {
        let offerer = self.users.find(by).filter(|&offerer| offerer != ix);
        let to: Vec<UserIx> = std::iter::once(ix).chain(offerer).collect();
        let name = self.users.at(ix).name.clone();
        self.direct(&to, &DirectBody::Offer { user: &name, state, until_ms, by }, ctx);
    }

    /// Closes the open offer to a user, if there is one.
    pub(super) fn drop_offer(&mut self, ix: UserIx, how: Outcome, ctx: &ApplyCtx<'_>) {
        let Some(at) = self.offers.iter().position(|offer| offer.user == ix) else { return };
        let offer = self.offers.remove(at);
        let state = match how {
            Outcome::Accepted => "accepted",
            Outcome::Declined => "declined",
            _ => "expired",
        };
        self.send_offer_notice(ix, &offer.by, state, offer.until_ms, ctx);
        let (from_ms, by) = (offer.from_ms, offer.by);
        let past = PastRequest { link: Link::of(ix), from_ms, to_ms: ctx.at, how, by };
        let activity = self.users.at_mut(ix).activity_mut();
        self.record.offers.push(&mut activity.last_offer, past);
    }

    pub(super) fn accept(&mut self, user: &str, ctx: &mut ApplyCtx<'_>) {
        self.seat(user, user, ctx);
        ctx.out.notify("room.accept");
    }

    pub(super) fn decline(&mut self, user: &str, ctx: &mut ApplyCtx<'_>) {
        if let Some(ix) = self.users.find(user) {
            self.drop_offer(ix, Outcome::Declined, ctx);
        }
        ctx.out.notify("room.decline");
    }

    pub(super) fn offer_over(&mut self, user: &str, ctx: &mut ApplyCtx<'_>) {
        if let Some(ix) = self.users.find(user) {
            self.drop_offer(ix, Outcome::Expired, ctx);
        }
    }

    /// Gives a role by ROLE, STEPDOWN or handover. An old host becomes cohost. `notification`: the keyspace
    /// notification.
    pub(super) fn set_role(
        &mut self,
        by: &str,
        user: &str,
        role: Role,
        notification: &'static str,
        ctx: &mut ApplyCtx<'_>,
    ) {
        let ix = self.users.find_or_insert(user);
        if role == Role::Host {
            if let Some(old) = self.host.filter(|&old| old != ix) {
                self.give_role(old, Role::Cohost, ctx);
                self.pending.fold_by(Fold::Stage(old), by);
            }
        }
        self.give_role(ix, role, ctx);
        if role == Role::Host {
            self.await_absent_host(ctx.at);
        }
        self.pending.fold_by(Fold::Stage(ix), by);
        ctx.out.notify(notification);
    }

    /// Starts host-grace if the host of a live room has no session. Called for a new host and at the start of a room.
    /// `at`: Unix ms.
    pub(super) fn await_absent_host(&mut self, at: u64) {
        let is_absent = self.host.is_some_and(|host| self.users.at(host).sessions().is_empty());
        let away = Away { since_ms: at, left: false };
        self.host_away = (is_absent && self.state == RoomState::Live).then_some(away);
    }

    pub(super) fn mute(&mut self, by: &str, user: &str, hold: bool, ctx: &mut ApplyCtx<'_>) {
        let targets: Vec<UserIx> = if user.is_empty() {
            self.stage.values().copied().filter(|&ix| !self.users.at(ix).is_staff()).collect()
        } else {
            self.users.find(user).into_iter().collect()
        };
        for ix in targets {
            let user = self.users.at_mut(ix);
            let changes = user.yields_to_mute(hold);
            if let Some(activity) = user.activity.as_mut().filter(|activity| activity.stage != 0) {
                (activity.unmuted, activity.unmute_asked) = (false, false);
                activity.held |= hold;
            }
            if !changes {
                continue;
            }
            self.pending.fold_by(Fold::Stage(ix), by);
            ctx.out.notify("room.mute");
            let name = self.users.at(ix).name.clone();
            if *name != *by {
                self.record.mutes += 1;
                let action = if hold { "hold" } else { "mute" };
                self.moderation.log_action(ctx.at, by, action, &name, "");
            }
        }
    }

    pub(super) fn unmute(&mut self, user: &str, ctx: &mut ApplyCtx<'_>) {
        let Some(ix) = self.users.find(user) else { return };
        if let Some(activity) = self.users.at_mut(ix).activity.as_mut().filter(|activity| activity.stage != 0)
        {
            (activity.unmuted, activity.unmute_asked) = (true, false);
            self.pending.fold_by(Fold::Stage(ix), user);
            ctx.out.notify("room.unmute");
        }
    }

    pub(super) fn ask_unmute(&mut self, by: &str, user: &str, ctx: &mut ApplyCtx<'_>) {
        if let Some(ix) = self.users.find(user) {
            if let Some(activity) = self.users.at_mut(ix).activity.as_mut() {
                activity.unmute_asked = !activity.unmuted;
                if std::mem::replace(&mut activity.held, false) {
                    self.pending.fold_by(Fold::Stage(ix), by);
                }
            }
            self.direct(&[ix], &DirectBody::UnmuteRequest { user, by }, ctx);
        }
        ctx.out.notify("room.askunmute");
    }
}
