//! Applies presence: sessions, leases and graces.

use super::lifecycle::raw_json;
use super::ApplyCtx;
use crate::collections::rings::Link;
use crate::json::direct::DirectBody;
use crate::limits::SESSIONS;
use crate::room::leases::Retired;
use crate::room::pending::Fold;
use crate::room::queries::RetiredSession;
use crate::room::record::{Outcome, Span};
use crate::room::users::{Flag, Presence, Session, UserIx, NO_LEASE};
use crate::room::{Away, LostMember, Room};
use crate::terms::{Role, RoomState};

/// How a session or a visit ends.
#[derive(Clone, Copy)]
struct Departure<'a> {
    /// When, Unix ms.
    when: u64,
    /// For a session: its socket broke, so the member may stay for its grace. For a visit: its grace is over.
    lost: bool,
    /// The actor; empty: a deadline.
    by: &'a str,
}

impl Departure<'_> {
    /// The end of a session whose lease was retired.
    fn with_lease(how: Retired) -> Self {
        Departure { when: how.at_ms, lost: how.lost, by: "" }
    }
}

impl Room {
    pub(super) fn join(
        &mut self,
        user: &str,
        gateway: &str,
        session: &str,
        profile: Option<&str>,
        ctx: &mut ApplyCtx<'_>,
    ) {
        let ix = self.users.find_or_insert(user);
        let row = self.users.at_mut(ix);
        row.set(Flag::RemovedSinceJoin, false);
        let profile_changed =
            profile.is_some_and(|new| row.profile.as_ref().is_none_or(|old| old.get() != new));
        if profile_changed {
            row.profile = raw_json(profile);
        }
        let was_present = self.users.at(ix).is_present();
        let was_lost = self.users.at(ix).is_lost();
        let has_hand = self.users.at(ix).hand_ticket() > 0;
        if has_hand {
            self.unlist_hand(ix);
        }
        self.add_session(ix, gateway, session, ctx);
        if has_hand {
            self.list_hand(ix);
        }
        if !was_present {
            self.arrive(ix, ctx);
        }
        if was_lost || (was_present && profile_changed) {
            self.push_stage_event(ix, user, ctx);
        }
    }

    /// Adds a session, or moves the known session with this id to this lease. A session too many ends the oldest one of
    /// the user: a socket that is gone may stay on record, and must not keep the user out.
    fn add_session(&mut self, ix: UserIx, gateway: &str, session: &str, ctx: &mut ApplyCtx<'_>) {
        let at = ctx.at;
        let lease = if gateway.is_empty() { NO_LEASE } else { self.leases.grant(gateway) };
        let known = self.users.at(ix).session(session, Some(lease));
        if let Some(at_session) = known {
            let current =
                self.users.at(ix).sessions().get(at_session).map_or(NO_LEASE, |session| session.lease);
            if current == lease {
                return;
            }
            // The session moved to another gateway, or its gateway has a new lease.
            self.detach_from_lease(ix, at_session);
            let place = self.attach_to_lease(ix, lease, at);
            if let Some(moved) = self.users.at_mut(ix).sessions_mut().get_mut(at_session) {
                (moved.lease, moved.place) = (lease, place);
            }
            return;
        }
        while self.users.at(ix).sessions().len() >= SESSIONS {
            self.end_session(ix, 0, Departure { when: at, lost: false, by: "" }, ctx);
        }
        let place = self.attach_to_lease(ix, lease, at);
        let new = Session { id: session.into(), lease, place };
        let user = self.users.at_mut(ix);
        user.presence = match std::mem::replace(&mut user.presence, Presence::Absent(0)) {
            Presence::Absent(_) => Presence::One(new),
            Presence::Lost(since) => {
                self.lost.remove(&LostMember { since_ms: since, user: ix });
                if self.host == Some(ix) {
                    self.host_away = None;
                }
                Presence::One(new)
            }
            Presence::One(first) => Presence::Many(vec![first, new]),
            Presence::Many(mut sessions) => {
                sessions.push(new);
                Presence::Many(sessions)
            }
        };
    }

    /// Adds a session of a user to a lease and returns its place there; 0 without a lease.
    fn attach_to_lease(&mut self, ix: UserIx, number: u32, at: u64) -> u32 {
        self.leases.get_mut(number).map_or(0, |lease| {
            lease.beat_ms = lease.beat_ms.max(at);
            lease.sessions.push(ix)
        })
    }

    /// Removes a session from the list of its lease. The last session of the list takes its place.
    fn detach_from_lease(&mut self, ix: UserIx, at_session: usize) {
        let Some((number, place)) =
            self.users.at(ix).sessions().get(at_session).map(|session| (session.lease, session.place))
        else {
            return;
        };
        let Some(lease) = self.leases.get_mut(number) else { return };
        let last = (lease.sessions.len() as u32).saturating_sub(1);
        lease.sessions.swap_remove(place);
        let moved = lease.sessions.get(place).copied();
        if let Some(moved) = moved {
            for session in self.users.at_mut(moved).sessions_mut() {
                if session.lease == number && session.place == last {
                    session.place = place;
                }
            }
        }
        self.leases.free_if_empty(number);
    }

    /// Begins a visit. The user already has its session.
    fn arrive(&mut self, ix: UserIx, ctx: &mut ApplyCtx<'_>) {
        self.order += 1;
        let user = self.users.at_mut(ix);
        user.order = self.order;
        user.joined_ms = ctx.at;
        user.joins += 1;
        if user.first_joined_ms == 0 {
            user.first_joined_ms = ctx.at;
            self.record.unique_members += 1;
        }
        let is_staff = user.is_staff();
        self.arrivals.insert(self.order, ix);
        self.empty_since_ms = 0;
        let present = self.present();
        self.record.peak_present = self.record.peak_present.max(present);
        if let Some(minute) = self.record.minute(ctx.at, present) {
            minute.joins += 1;
            minute.peak_present = minute.peak_present.max(present);
        }
        self.hand_presence_changed(ix);
        self.pending.audience_changed(ix, true);
        if self.host == Some(ix) {
            self.host_away = None;
        }
        if is_staff {
            self.enter_stage(ix, ctx);
            self.push_stage_event(ix, &self.users.at(ix).name.clone(), ctx);
        }
    }

    pub(super) fn leave(
        &mut self,
        user: &str,
        session: Option<&str>,
        gateway: Option<&str>,
        lost: bool,
        ctx: &mut ApplyCtx<'_>,
    ) {
        let Some(ix) = self.users.find(user) else { return };
        let matching = self.matching_sessions(ix, session, gateway);
        let departure = Departure { when: ctx.at, lost, by: user };
        for at in matching.into_iter().rev() {
            self.end_session(ix, at, departure, ctx);
        }
        // A LEAVE of the whole member ends a grace too.
        if !lost && session.is_none() && gateway.is_none() && self.users.at(ix).is_lost() {
            self.depart(ix, departure, ctx);
        }
    }

    /// Ends one session. After the last one the member is in its grace, or its visit ends.
    fn end_session(
        &mut self,
        ix: UserIx,
        at_session: usize,
        departure: Departure<'_>,
        ctx: &mut ApplyCtx<'_>,
    ) {
        self.unlist_hand(ix);
        self.detach_from_lease(ix, at_session);
        let user = self.users.at_mut(ix);
        if let Presence::Many(sessions) = &mut user.presence {
            if at_session < sessions.len() {
                sessions.remove(at_session);
            }
            if sessions.len() == 1 {
                if let Some(last) = sessions.pop() {
                    user.presence = Presence::One(last);
                }
            }
            return self.list_hand(ix);
        }
        // `depart` expects a lost member, so a member that leaves is lost for a moment too.
        user.presence = Presence::Lost(departure.when);
        self.list_hand(ix);
        self.lost.insert(LostMember { since_ms: departure.when, user: ix });
        if !departure.lost {
            return self.depart(ix, departure, ctx);
        }
        if self.host == Some(ix) && self.state == RoomState::Live {
            self.host_away = Some(Away { since_ms: departure.when, left: false });
        }
        self.push_stage_event(ix, departure.by, ctx);
    }

    /// Ends all sessions and the visit of a user.
    fn end_all(&mut self, ix: UserIx, ctx: &mut ApplyCtx<'_>) {
        // Events do not say who removed the user.
        let departure = Departure { when: ctx.at, lost: false, by: "" };
        while !self.users.at(ix).sessions().is_empty() {
            self.end_session(ix, 0, departure, ctx);
        }
        self.depart(ix, departure, ctx);
    }

    /// Ends the visit of a lost member. The member loses its hand, its offer, its seat and the role speaker.
    fn depart(&mut self, ix: UserIx, departure: Departure<'_>, ctx: &mut ApplyCtx<'_>) {
        let Presence::Lost(since) = self.users.at(ix).presence else { return };
        let when = departure.when;
        self.lost.remove(&LostMember { since_ms: since, user: ix });
        if let Some(invitation) = self.invitation_as_present(self.users.at(ix)).cloned() {
            self.invite_user(ix, invitation);
        }
        // Before the start, hands do not need presence.
        if self.state != RoomState::Scheduled {
            self.drop_hand(ix, Outcome::Left, "", ctx.at);
        }
        self.drop_offer(ix, Outcome::Left, ctx);
        let was_on_stage = self.users.at(ix).is_on_stage();
        self.leave_stage(ix, when);
        if self.users.at(ix).role == Role::Speaker {
            self.set_role_of(ix, Role::Listener);
        }
        self.unlist_hand(ix);
        self.users.at_mut(ix).presence = Presence::Absent(when);
        self.list_hand(ix);
        let user = self.users.at_mut(ix);
        let span = Span { link: Link::of(ix), from_ms: user.joined_ms, to_ms: when };
        self.record.visits.push(&mut user.last_visit, span);
        let lasted = when.saturating_sub(user.joined_ms);
        user.present_ms = user.present_ms.saturating_add(u32::try_from(lasted).unwrap_or(u32::MAX));
        let order = user.order;
        self.arrivals.remove(order);
        self.hand_presence_changed(ix);
        let present = self.present();
        if let Some(minute) = self.record.minute(ctx.at, present) {
            minute.leaves += 1;
        }
        if present == 0 {
            self.empty_since_ms = when;
        }
        // A host whose grace is over has been away since it was lost. A host who leaves is away from now on.
        if self.host == Some(ix) && self.state == RoomState::Live && !departure.lost {
            self.host_away = Some(Away { since_ms: when, left: true });
        }
        self.pending.audience_changed(ix, false);
        if was_on_stage {
            self.pending.fold_by(Fold::Stage(ix), departure.by);
        }
    }

    /// Removes a user: its sessions end, and the `removed` event tells the gateways to close its sockets. An absent member
    /// may still have a socket, which the room forgot. So its removal is published too, once after each JOIN. `by`: the
    /// actor.
    pub(super) fn remove(&mut self, ix: UserIx, by: &str, ctx: &mut ApplyCtx<'_>) {
        let is_removal = self.users.at(ix).can_be_removed();
        if self.state != RoomState::Scheduled {
            self.drop_hand(ix, Outcome::Left, by, ctx.at);
        }
        self.end_all(ix, ctx);
        if is_removal {
            self.users.at_mut(ix).set(Flag::RemovedSinceJoin, true);
            self.pending.fold(Fold::Removed(ix));
        }
    }

    /// Tells removed users and the present staff about the removal. `how`: `kick`, `block` or `uninvite`.
    pub(super) fn send_removed_notice(
        &mut self,
        removed: &[UserIx],
        by: &str,
        how: &'static str,
        reason: &str,
        ctx: &ApplyCtx<'_>,
    ) {
        if !ctx.sends || removed.is_empty() {
            return;
        }
        self.direct(removed, &DirectBody::RemovedNotice { how, reason, by: None, removed: None }, ctx);
        let names: Vec<_> = removed.iter().map(|&ix| self.users.at(ix).name.clone()).collect();
        let names: Vec<&str> = names.iter().map(|name| name.as_str()).collect();
        let staff = self.host.iter().chain(&self.cohosts).copied();
        let staff: Vec<UserIx> = staff.filter(|&other| self.users.at(other).is_present()).collect();
        let to_staff = DirectBody::RemovedNotice { how, reason, by: Some(by), removed: Some(&names) };
        self.direct(&staff, &to_staff, ctx);
    }

    pub(super) fn drop_lease(&mut self, gateway: &str, lost: bool, ctx: &mut ApplyCtx<'_>) {
        let Some(lease) = self.leases.of(gateway) else { return };
        self.leases.retire(lease, Retired { lost, at_ms: ctx.at });
        // The stage is released at once, the audience and its hands in slices.
        let stage: Vec<UserIx> = self.stage.values().copied().collect();
        for ix in stage {
            self.release_sessions_of(ix, ctx);
        }
    }

    pub(super) fn release(&mut self, sessions: u32, ctx: &mut ApplyCtx<'_>) {
        for _ in 0..sessions {
            let Some(&number) = self.leases.retired.front() else { return };
            let Some((user, how)) = self.leases.get(number).and_then(|lease| {
                let last = (lease.sessions.len() as u32).checked_sub(1)?;
                Some((*lease.sessions.get(last)?, lease.retired?))
            }) else {
                self.leases.free_if_empty(number);
                continue;
            };
            let at_session =
                self.users.at(user).sessions().iter().position(|session| session.lease == number);
            match at_session {
                Some(at_session) => self.end_session(user, at_session, Departure::with_lease(how), ctx),
                None => return,
            }
        }
    }

    pub(super) fn release_of(&mut self, user: &str, ctx: &mut ApplyCtx<'_>) {
        if let Some(ix) = self.users.find(user) {
            self.release_sessions_of(ix, ctx);
        }
    }

    fn release_sessions_of(&mut self, ix: UserIx, ctx: &mut ApplyCtx<'_>) {
        while let Some(RetiredSession { at, how }) = self.retired_session(ix) {
            self.end_session(ix, at, Departure::with_lease(how), ctx);
        }
    }

    pub(super) fn graces_over(&mut self, before_ms: u64, members: u32, ctx: &mut ApplyCtx<'_>) {
        let departure = Departure { when: ctx.at, lost: true, by: "" };
        for _ in 0..members {
            match self.lost.first() {
                Some(&first) if first.since_ms <= before_ms => self.depart(first.user, departure, ctx),
                _ => return,
            }
        }
    }

    pub(super) fn grace_over(&mut self, user: &str, ctx: &mut ApplyCtx<'_>) {
        if let Some(ix) = self.users.find(user) {
            self.depart(ix, Departure { when: ctx.at, lost: true, by: "" }, ctx);
        }
    }

    /// The presence of a user has changed, who may have a raised hand. A lost user counts as present. If the first hands
    /// show the user, the next `hands` event shows them again.
    pub(super) fn hand_presence_changed(&mut self, ix: UserIx) {
        if self.hand(self.users.at(ix)) > 0 && self.announced_hands.contains(&ix) {
            self.announced_hands.retain(|&announced| announced != ix);
            self.pending.fold(Fold::Hands);
        }
    }

    /// Adds a `stage` event if the user is on stage: it arrived, was lost, came back or has a new profile.
    fn push_stage_event(&mut self, ix: UserIx, by: &str, ctx: &mut ApplyCtx<'_>) {
        if self.users.at(ix).is_on_stage() {
            ctx.out.notify("room.tick");
            self.pending.fold_by(Fold::Stage(ix), by);
        }
    }
}
