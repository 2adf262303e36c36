//! Deadlines: what falls due in a room, and when.

use crate::effect::Change;
use crate::env::Env;
use crate::room::users::UserIx;
use crate::room::Room;
use crate::terms::EndReason;
use crate::terms::{HostLoss, RoomState};
use compact_str::CompactString;

/// Members, sessions or invitations settled in one step: what takes well under a millisecond.
pub const SLICE: u32 = crate::limits::SLICE;

/// Something that is due. It owns its names, since the change it becomes is applied to the room they come from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // each variant becomes the change of that name
pub enum DueChange {
    ReleaseOf(CompactString),
    GraceOver(CompactString),
    OfferOver(CompactString),
    Unblock(CompactString),
    PollClose(u64),
    Drop(Box<str>),
    Cancel,
    Handover(CompactString),
    End(EndReason),
}

impl DueChange {
    /// The change that settles it.
    pub fn change(&self, env: &Env<'_>) -> Change<'_> {
        let expire_ms = expiry(env.now, env);
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

/// The next that is due, or None. `focus` are the users a command is about: of what is settled in slices, theirs comes
/// first. To be called again after each change.
pub fn next(room: &Room, focus: &[&str], env: &Env<'_>) -> Option<DueChange> {
    if room.state.is_over() {
        return None;
    }
    let name = |ix: UserIx| room.users.at(ix).name.clone();
    let due_transition = due_transition(room, env);
    // A room that is over now is over with whoever is in it, whatever the command.
    let focus =
        if matches!(due_transition, None | Some(RoomTransition::HandedOver(_))) { focus } else { &[] };
    for ix in focus.iter().filter_map(|user| room.users.find(user)) {
        if room.retired_session(ix).is_some() {
            return Some(DueChange::ReleaseOf(name(ix)));
        }
        if is_grace_over(room, ix, env) {
            return Some(DueChange::GraceOver(name(ix)));
        }
    }
    if let Some(offer) = room.offers.iter().find(|offer| offer.until_ms <= env.now) {
        return Some(DueChange::OfferOver(name(offer.user)));
    }
    if let Some(&(_, ix)) = room.moderation.ends.first().filter(|&&(until_ms, _)| until_ms <= env.now) {
        return Some(DueChange::Unblock(name(ix)));
    }
    if let Some(poll) = room.polls.iter().position(|poll| !poll.closed && !poll.is_open(env.now)) {
        return Some(DueChange::PollClose(poll as u64 + 1));
    }
    if let Some(gateway) = expired_lease(room, env) {
        return Some(DueChange::Drop(gateway.into()));
    }
    if graces_before(room, env)
        .is_some_and(|before| room.lost.first().is_some_and(|&(since, _)| since <= before))
    {
        if let Some(&ix) = room.stage.values().find(|&&ix| is_grace_over(room, ix, env)) {
            return Some(DueChange::GraceOver(name(ix)));
        }
        // Whoever NEXT would seat must be here.
        if let Some(ix) = room.hands.first_present().filter(|&ix| is_grace_over(room, ix, env)) {
            return Some(DueChange::GraceOver(name(ix)));
        }
    }
    due_transition.map(|due_transition| match due_transition {
        RoomTransition::Cancelled => DueChange::Cancel,
        RoomTransition::HandedOver(successor) => DueChange::Handover(name(successor)),
        RoomTransition::Ended(reason) => DueChange::End(reason),
    })
}

/// What a room as a whole comes to when its time is up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoomTransition {
    /// Nobody started it.
    Cancelled,
    /// Its host is gone, and this cohost takes over.
    HandedOver(UserIx),
    /// It ends.
    Ended(EndReason),
}

/// What is due to the room as a whole, as it stands.
pub fn due_transition(room: &Room, env: &Env<'_>) -> Option<RoomTransition> {
    let is_due = |at: Option<u64>| at.is_some_and(|at| at <= env.now);
    match room.state {
        RoomState::Scheduled => is_due(start_window(room, env)).then_some(RoomTransition::Cancelled),
        RoomState::Live if is_due(host_deadline(room, env)) => Some(
            successor(room).map_or(RoomTransition::Ended(EndReason::HostLoss), RoomTransition::HandedOver),
        ),
        RoomState::Live => is_due(empty(room, env)).then_some(RoomTransition::Ended(EndReason::Empty)),
        RoomState::Ended | RoomState::Cancelled => None,
    }
}

/// What is settled in slices: one of each kind, at most once a turn.
pub fn slices(room: &Room, env: &Env<'_>) -> Vec<Change<'static>> {
    let mut slices = Vec::new();
    if room.state.is_over() {
        return slices;
    }
    if !room.leases.retired.is_empty() {
        slices.push(Change::Release { sessions: SLICE });
    }
    if let Some(before_ms) = graces_before(room, env) {
        if room.lost.first().is_some_and(|&(since, _)| since <= before_ms) {
            slices.push(Change::GracesOver { before_ms, members: SLICE });
        }
    }
    if room.invite_present.is_some() {
        slices.push(Change::InvitePresent { members: SLICE });
    }
    if extension(room, env).is_some_and(|at| at <= env.now) {
        slices.push(Change::Extend { expire_ms: env.now + env.settings.ttl_ms });
    }
    slices
}

/// When the key's expiry is pushed later: it lives on while anyone is present, but not where an operator took its
/// expiry away. At most hourly, and in time where a key lives for less than that.
fn extension(room: &Room, env: &Env<'_>) -> Option<u64> {
    const HOUR_MS: u64 = 3_600_000;
    let ttl_ms = env.settings.ttl_ms;
    let after = HOUR_MS.min(ttl_ms / 2);
    env.expires.filter(|_| room.present() > 0).map(|at| (at + after).saturating_sub(ttl_ms))
}

/// When the next of all that [`next`] and [`slices`] know falls due, Unix ms.
pub fn earliest(room: &Room, env: &Env<'_>) -> Option<u64> {
    if room.state.is_over() {
        return None;
    }
    if room.local.served.0 != env.generation && env.serving_since < u64::MAX {
        return Some(env.now);
    }
    let mut earliest = u64::MAX;
    let mut at = |due: Option<u64>| earliest = earliest.min(due.unwrap_or(u64::MAX));
    at(room.offers.iter().map(|offer| offer.until_ms).min());
    at(room.moderation.ends.first().map(|&(until_ms, _)| until_ms));
    at(room
        .polls
        .iter()
        .rev()
        .filter(|poll| !poll.closed && poll.closes_ms > 0)
        .map(|poll| poll.closes_ms)
        .min());
    at(room.leases.gateways.values().filter_map(|&lease| lease_end(room, lease, env)).min());
    at(extension(room, env));
    at(room.lost.first().and_then(|&(since, _)| after(room, since, env.settings.grace_ms, env)));
    if !room.leases.retired.is_empty() || room.invite_present.is_some() {
        at(Some(env.now + env.settings.tick_ms.max(1)));
    }
    match room.state {
        RoomState::Scheduled => at(start_window(room, env)),
        _ => {
            at(host_deadline(room, env));
            at(empty(room, env));
        }
    }
    (earliest < u64::MAX).then_some(earliest)
}

/// Since when this server has served the room, Unix ms: from the first turn at which it saw it.
fn served_since(room: &Room, env: &Env<'_>) -> u64 {
    match room.local.served {
        (generation, since) if generation == env.generation => since.max(env.serving_since),
        _ => env.serving_since.max(env.now),
    }
}

/// Notes that this server serves the room from now on, unless it does already.
pub fn begin_service(room: &mut Room, env: &Env<'_>) {
    if room.local.served.0 != env.generation {
        room.local.served = (env.generation, env.now);
    }
}

/// `wait` after `since`, but no earlier than the room has been served that long: an outage is nobody's absence.
fn after(room: &Room, since: u64, wait: u64, env: &Env<'_>) -> Option<u64> {
    since.max(served_since(room, env)).checked_add(wait)
}

/// Members lost at this time or earlier are gone by now.
pub fn graces_before(room: &Room, env: &Env<'_>) -> Option<u64> {
    let before = env.now.checked_sub(env.settings.grace_ms)?;
    (served_since(room, env) <= before).then_some(before)
}

fn is_grace_over(room: &Room, ix: UserIx, env: &Env<'_>) -> bool {
    match room.users.at(ix).presence {
        crate::room::users::Presence::Lost(since) => {
            graces_before(room, env).is_some_and(|before| since <= before)
        }
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

/// When a scheduled room that was not started is cancelled.
fn start_window(room: &Room, env: &Env<'_>) -> Option<u64> {
    (room.state == RoomState::Scheduled).then(|| room.times.at_ms + env.settings.start_window_ms)
}

/// When the room acts on its host's absence.
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

/// When a room that waits for a cohost to take over ends.
fn successor_deadline(room: &Room, env: &Env<'_>) -> Option<u64> {
    match room.config.host_loss {
        HostLoss::Handover => after(room, host_loss(room, env)?, env.settings.host_grace_ms, env),
        HostLoss::End => host_loss(room, env),
        HostLoss::Keep => None,
    }
}

/// The cohost to take over, if the room hands over.
fn successor(room: &Room) -> Option<UserIx> {
    (room.config.host_loss == HostLoss::Handover).then(|| room.longest_cohost()).flatten()
}

/// When the room, as it stands, hands over or ends for want of a host.
fn host_deadline(room: &Room, env: &Env<'_>) -> Option<u64> {
    room.host_away?;
    match successor(room) {
        Some(_) => host_loss(room, env),
        None => successor_deadline(room, env),
    }
}

/// When a live room without anybody ends. Whose grace is over goes when that is settled, so a room that only they are
/// in is not empty yet.
fn empty(room: &Room, env: &Env<'_>) -> Option<u64> {
    (room.state == RoomState::Live && room.present() == 0)
        .then(|| room.empty_since_ms + env.settings.empty_ms)
}

/// When a key created, scheduled or ended at `from` expires; 0: an operator took its expiry away, so it stays without.
pub fn expiry(from: u64, env: &Env<'_>) -> u64 {
    env.expires.map_or(0, |_| from + env.settings.ttl_ms)
}
