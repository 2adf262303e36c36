//! The deadlines of a room: which one is due, and when the next one is.
//!
//! Deadlines that end one thing (an offer, a block, a poll, a lease, the room) are settled one by one: [`next`] returns
//! them. Deadlines that can concern any number of members are settled in slices of
//! [`SLICE`](crate::limits::SLICE): [`slices`] returns them.
//!
//! A lease, a grace or a host-grace expires only after this server has served the room for its full length: see
//! [`time`](super::time). So an outage does not count as absence.
//!
//! Deadlines are in the room's time. AT and the expiry of the key are times of the wall clock.

use crate::effect::Change;
use crate::env::Env;
use crate::room::users::{Presence, UserIx};
use crate::room::Room;
use crate::terms::{EndReason, HostLoss, RoomState};
use compact_str::CompactString;

/// A deadline that is due. It owns its names, because the change is applied to the room from which they come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DueChange {
    /// The sessions of this user under retired leases end.
    ReleaseOf(CompactString),
    /// The grace of this user is over.
    GraceOver(CompactString),
    /// The offer to this user expired.
    OfferOver(CompactString),
    /// The block of this user ended.
    Unblock(CompactString),
    /// The poll with this id closes.
    PollClose(u64),
    /// The lease of this gateway expired.
    Drop(Box<str>),
    /// The scheduled room was not started.
    Cancel,
    /// This cohost becomes host.
    Handover(CompactString),
    /// The room ends.
    End(EndReason),
}

impl DueChange {
    /// The change that settles the deadline.
    pub fn change(&self, room: &Room, env: &Env<'_>) -> Change<'_> {
        let expire_ms = expiry(room, env.time.wall_ms, env);
        match self {
            DueChange::ReleaseOf(user) => Change::ReleaseOf { user },
            DueChange::GraceOver(user) => Change::GraceOver { user },
            DueChange::OfferOver(user) => Change::OfferOver { user },
            DueChange::Unblock(user) => Change::Unblock { by: "", user },
            DueChange::PollClose(poll) => Change::PollClose { poll: *poll },
            DueChange::Drop(gateway) => Change::Drop { gateway, lost: true },
            DueChange::Cancel => Change::Cancel { by: "", expire_ms },
            DueChange::Handover(user) => Change::Handover { user },
            DueChange::End(reason) => Change::End { by: "", reason: *reason, expire_ms },
        }
    }
}

/// The next deadline that is due; None: nothing is due. Call it again after each change.
///
/// `users`: the users that a command refers to. Their retired sessions and expired graces are settled first, because
/// [`slices`] may reach them only in a later turn.
pub fn next(room: &Room, users: &[&str], env: &Env<'_>) -> Option<DueChange> {
    if room.state.is_over() {
        return None;
    }
    let transition = due_transition(room, env);
    // When the room is about to end, its members stay as they are.
    let users = if matches!(transition, None | Some(RoomTransition::HandedOver(_))) { users } else { &[] };
    let of_users = || users.iter().filter_map(|user| room.users.find(user));
    of_users()
        .find_map(|ix| due_departure(room, ix, env))
        .or_else(|| due_item(room, env))
        .or_else(|| due_grace(room, env))
        .or_else(|| {
            transition.map(|transition| match transition {
                RoomTransition::Cancelled => DueChange::Cancel,
                RoomTransition::HandedOver(successor) => DueChange::Handover(name(room, successor)),
                RoomTransition::Ended(reason) => DueChange::End(reason),
            })
        })
}

fn name(room: &Room, ix: UserIx) -> CompactString {
    room.users.at(ix).name.clone()
}

/// The due deadline that ends the user's presence.
fn due_departure(room: &Room, ix: UserIx, env: &Env<'_>) -> Option<DueChange> {
    if room.retired_session(ix).is_some() {
        return Some(DueChange::ReleaseOf(name(room, ix)));
    }
    is_grace_over(room, ix, env).then(|| DueChange::GraceOver(name(room, ix)))
}

/// An offer, a block, a poll or a lease that is due.
fn due_item(room: &Room, env: &Env<'_>) -> Option<DueChange> {
    if let Some(offer) = room.offers.iter().find(|offer| offer.until_ms <= env.now) {
        return Some(DueChange::OfferOver(name(room, offer.user)));
    }
    if let Some(end) = room.moderation.ends.first().filter(|end| end.until_ms <= env.now) {
        return Some(DueChange::Unblock(name(room, end.user)));
    }
    if let Some(poll) = room.polls.iter().position(|poll| !poll.closed && !poll.is_open(env.now)) {
        return Some(DueChange::PollClose(poll as u64 + 1));
    }
    expired_lease(room, env).map(|gateway| DueChange::Drop(gateway.into()))
}

/// An expired grace that must not wait for its slice, because the member is on stage.
fn due_grace(room: &Room, env: &Env<'_>) -> Option<DueChange> {
    let before = graces_before(room, env)?;
    room.lost.first().filter(|first| first.since_ms <= before)?;
    let on_stage = room.stage.values().copied().find(|&ix| is_grace_over(room, ix, env));
    on_stage.map(|ix| DueChange::GraceOver(name(room, ix)))
}

/// The due deadline that ends the presence of the user that NEXT would seat. None: that user can be seated, or there is
/// none.
pub fn of_first_hand(room: &Room, env: &Env<'_>) -> Option<DueChange> {
    if room.state.is_over() {
        return None;
    }
    let (_, ix) = room.first_present_hand(graces_before(room, env))?;
    due_departure(room, ix, env)
}

/// A deadline that changes the room as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoomTransition {
    /// The scheduled room was not started in time.
    Cancelled,
    /// The host is gone and this cohost takes over.
    HandedOver(UserIx),
    /// The room ends.
    Ended(EndReason),
}

/// The transition of the room that is due; None: none is due.
pub fn due_transition(room: &Room, env: &Env<'_>) -> Option<RoomTransition> {
    let is_due = |at: Option<u64>| at.is_some_and(|at| at <= env.now);
    match room.state {
        RoomState::Scheduled => is_due(start_deadline(room, env)).then_some(RoomTransition::Cancelled),
        RoomState::Live if is_due(host_deadline(room, env)) => Some(
            successor(room).map_or(RoomTransition::Ended(EndReason::HostLoss), RoomTransition::HandedOver),
        ),
        RoomState::Live => {
            is_due(empty_deadline(room, env)).then_some(RoomTransition::Ended(EndReason::Empty))
        }
        RoomState::Ended | RoomState::Cancelled => None,
    }
}

/// Whether sessions, invitations or hands wait for their slices.
pub fn has_slices(room: &Room) -> bool {
    !room.leases.retired.is_empty() || room.invite_present.is_some() || room.hands.cleared() > 0
}

/// The changes that are settled in slices: at most one slice of each kind per turn.
pub fn slices(room: &Room, env: &Env<'_>) -> Vec<Change<'static>> {
    let mut slices = Vec::new();
    if room.state.is_over() {
        return slices;
    }
    if !room.leases.retired.is_empty() {
        slices.push(Change::Release { sessions: env.slice });
    }
    if let Some(before_ms) = graces_before(room, env) {
        if room.lost.first().is_some_and(|first| first.since_ms <= before_ms) {
            slices.push(Change::GracesOver { before_ms, members: env.slice });
        }
    }
    if room.invite_present.is_some() {
        slices.push(Change::InvitePresent { members: env.slice });
    }
    if room.hands.cleared() > 0 {
        slices.push(Change::RecordHands { hands: env.slice });
    }
    if extension(room, env).is_some_and(|at| at <= env.now) {
        slices.push(Change::Extend { expire_ms: env.time.wall_ms + env.settings.ttl_ms });
    }
    slices
}

/// When the expiry of the key is moved later, Unix ms. The key lives on while anyone is present, unless its expiry is an
/// operator's. It is moved at most hourly, and more often if the key lives for less than two hours.
fn extension(room: &Room, env: &Env<'_>) -> Option<u64> {
    const HOUR_MS: u64 = 3_600_000;
    let ttl_ms = env.settings.ttl_ms;
    let interval_ms = HOUR_MS.min(ttl_ms / 2);
    if room.present() == 0 {
        return None;
    }
    own_expiry(room, env).map(|at| env.room_time_of((at + interval_ms).saturating_sub(ttl_ms)))
}

/// When the next deadline of [`next`] or [`slices`] is due, Unix ms; None: the room has no deadline.
pub fn earliest(room: &Room, env: &Env<'_>) -> Option<u64> {
    if room.state.is_over() {
        return None;
    }
    if env.serving && !room.local.time.is_served(env) {
        return Some(env.now);
    }
    let mut earliest = u64::MAX;
    let mut at = |due: Option<u64>| earliest = earliest.min(due.unwrap_or(u64::MAX));
    at(room.offers.iter().map(|offer| offer.until_ms).min());
    at(room.moderation.ends.first().map(|end| end.until_ms));
    at(room
        .polls
        .iter()
        .rev()
        .filter(|poll| !poll.closed && poll.closes_ms > 0)
        .map(|poll| poll.closes_ms)
        .min());
    at(room.leases.gateways.values().filter_map(|&lease| lease_end(room, lease, env)).min());
    at(extension(room, env));
    at(room.lost.first().and_then(|first| after(room, first.since_ms, env.settings.grace_ms, env)));
    if has_slices(room) {
        at(Some(env.now + env.settings.tick_ms.max(1)));
    }
    match room.state {
        RoomState::Scheduled => at(start_deadline(room, env)),
        _ => {
            at(host_deadline(room, env));
            at(empty_deadline(room, env));
        }
    }
    (earliest < u64::MAX).then_some(earliest)
}

/// `wait` ms after `since`, not counting time in which this server did not serve the room. None: never.
fn after(room: &Room, since: u64, wait: u64, env: &Env<'_>) -> Option<u64> {
    room.local.time.deadline(since, wait, env)
}

/// The grace of members lost at or before this time (Unix ms) is over. None: no grace is over.
pub fn graces_before(room: &Room, env: &Env<'_>) -> Option<u64> {
    room.local.time.latest_due(env.settings.grace_ms, env)
}

fn is_grace_over(room: &Room, ix: UserIx, env: &Env<'_>) -> bool {
    match room.users.at(ix).presence {
        Presence::Lost(since) => graces_before(room, env).is_some_and(|before| since <= before),
        _ => false,
    }
}

fn lease_end(room: &Room, lease: u32, env: &Env<'_>) -> Option<u64> {
    after(room, room.leases.get(lease)?.beat_ms, env.settings.lease_ms, env)
}

fn expired_lease<'r>(room: &'r Room, env: &Env<'_>) -> Option<&'r str> {
    let expired = |lease: u32| lease_end(room, lease, env).is_some_and(|at| at <= env.now);
    room.leases.gateways.iter().find(|(_, &lease)| expired(lease)).map(|(gateway, _)| &**gateway)
}

/// When a scheduled room that was not started is cancelled, Unix ms.
fn start_deadline(room: &Room, env: &Env<'_>) -> Option<u64> {
    (room.state == RoomState::Scheduled)
        .then(|| env.room_time_of(room.times.at_ms + env.settings.start_window_ms))
}

/// When the absence of the host counts as its loss, Unix ms. None: the host is there, or its loss has no effect.
fn host_loss(room: &Room, env: &Env<'_>) -> Option<u64> {
    if room.config.host_loss == HostLoss::Keep {
        return None;
    }
    let away = room.host_away?;
    match away.left {
        true => Some(away.since_ms),
        false => after(room, away.since_ms, env.settings.host_grace_ms, env),
    }
}

/// When a room without a cohost to take over ends, Unix ms. With HANDOVER it waits another host-grace for a cohost.
fn successor_deadline(room: &Room, env: &Env<'_>) -> Option<u64> {
    match room.config.host_loss {
        HostLoss::Handover => after(room, host_loss(room, env)?, env.settings.host_grace_ms, env),
        HostLoss::End => host_loss(room, env),
        HostLoss::Keep => None,
    }
}

/// The cohost who takes over; None: no cohost is present, or the room does not hand over.
fn successor(room: &Room) -> Option<UserIx> {
    (room.config.host_loss == HostLoss::Handover).then(|| room.longest_cohost()).flatten()
}

/// When the room hands over or ends because its host is gone, Unix ms.
fn host_deadline(room: &Room, env: &Env<'_>) -> Option<u64> {
    room.host_away?;
    match successor(room) {
        Some(_) => host_loss(room, env),
        None => successor_deadline(room, env),
    }
}

/// When a live room without present members ends, Unix ms. A member whose grace is over counts as present until that
/// is settled.
fn empty_deadline(room: &Room, env: &Env<'_>) -> Option<u64> {
    (room.state == RoomState::Live && room.present() == 0)
        .then(|| room.empty_since_ms + env.settings.empty_ms)
}

/// When the key expires, Unix ms by the wall clock. None: the expiry, or that there is none, is an operator's, and the
/// module leaves it.
pub fn own_expiry(room: &Room, env: &Env<'_>) -> Option<u64> {
    // MIGRATE and tools send the rest of a key's life, so the expiry of a room that arrives may differ a little.
    const ARRIVAL_MS: u64 = 60_000;
    let differs_by = if room.local.generation == env.generation { 0 } else { ARRIVAL_MS };
    env.expires.at_ms().filter(|at| at.abs_diff(room.expire_ms) <= differs_by)
}

/// When a key that was scheduled or ended at `from` expires; both Unix ms by the wall clock. 0: the expiry stays, because
/// it is an operator's.
pub fn expiry(room: &Room, from: u64, env: &Env<'_>) -> u64 {
    own_expiry(room, env).map_or(0, |_| from + env.settings.ttl_ms)
}
