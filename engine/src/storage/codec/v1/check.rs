//! Rebuilds the state that has no row, and checks the rows together. A room that passes keeps every invariant of the
//! engine. Each function returns [`Corrupt`] if `save` could not have written the rows.

use super::super::Corrupt;
use super::load::{LeasedSession, Loader, RaisedHand};
use crate::room::comments::{Comments, DeletedComment, SERVICE};
use crate::room::polls::Poll;
use crate::room::users::{Flag, Presence, User, UserIx};
use crate::room::{ArrivalRange, LostMember, Room};
use crate::terms::Role;
use std::collections::BTreeSet;

/// The most cohosts. Commands allow 50, and a handover may add the old host.
const COHOSTS: usize = 51;

fn ensure(holds: bool, otherwise: &'static str) -> Result<(), Corrupt> {
    match holds {
        true => Ok(()),
        false => Err(Corrupt(otherwise)),
    }
}

impl Loader {
    /// Rebuilds and checks the room after the last row.
    pub fn finish(mut self) -> Result<Room, Corrupt> {
        self.head_refers_to_users()?;
        self.rebuild_leases()?;
        self.rebuild_members()?;
        self.rebuild_record()?;
        self.rebuild_hands()?;
        self.rebuild_comments()?;
        let is_near_end = self.numbers.are_near_end();
        let mut room = self.room;
        check_blocks(&room)?;
        check_comments(&room)?;
        room.polls.iter().try_for_each(check_poll)?;
        let (history, pending) = (&room.history, &room.pending);
        ensure(
            room.previous.is_none_or(|previous| previous.last_seq <= room.seq),
            "a previous epoch that ends after the last event",
        )?;
        ensure(
            history.floor <= room.seq
                && history.entries.first_key_value().is_none_or(|(&first, _)| first > history.floor),
            "history below its floor",
        )?;
        ensure(
            room.invite_present.as_ref().is_none_or(|invited| {
                let ArrivalRange { first, last } = invited.arrivals;
                first <= last && last <= room.order
            }),
            "an impossible range of arrivals",
        )?;
        let audience = &pending.audience;
        // A named user who joined and is present counts as joined. A named user who left and is absent counts as left.
        let counted = |came: bool| {
            let changes = audience.changes.iter();
            let is_so = |ix: UserIx| room.users.get(ix).is_some_and(User::is_present) == came;
            changes.filter(|first| first.joined == came && is_so(first.user)).count() as u64
        };
        ensure(
            counted(true) <= audience.joined
                && counted(false) <= audience.left
                && (audience.changes.is_empty() || !audience.partial),
            "audience counts that do not match",
        )?;
        // A number that grows on could be saved but not loaded. Such a room would keep the whole RDB from loading.
        if is_near_end {
            room.mark_broken();
        }
        Ok(room)
    }

    fn head_refers_to_users(&self) -> Result<(), Corrupt> {
        let Room { offers, announced_hands, record, pending, .. } = &self.room;
        let offered: BTreeSet<UserIx> = offers.iter().map(|offer| offer.user).collect();
        ensure(offered.len() == offers.len(), "two offers to a user")?;
        let changes = pending.audience.changes.iter().map(|change| &change.user);
        let mut users = offered.iter().chain(announced_hands).chain(&record.speakers).chain(changes);
        users.try_for_each(|&user| self.known(user).map(drop))
    }

    /// Rebuilds the index of gateways and the sessions of each lease.
    fn rebuild_leases(&mut self) -> Result<(), Corrupt> {
        let leases = &mut self.room.leases;
        let mut retired = BTreeSet::new();
        for (number, lease) in (0..).zip(&leases.slots) {
            let Some(lease) = lease else { continue };
            if lease.retired.is_some() {
                retired.insert(number);
            } else {
                let other = leases.gateways.insert(lease.gateway.clone(), number);
                ensure(other.is_none(), "two leases of a gateway")?;
            }
        }
        let queued: BTreeSet<u32> = leases.retired.iter().copied().collect();
        ensure(
            queued == retired && queued.len() == leases.retired.len(),
            "a queue that does not match the retired leases",
        )?;
        self.sessions.sort_unstable();
        for &LeasedSession { lease, place, user } in &self.sessions {
            let lease = leases.get_mut(lease).ok_or(Corrupt("a session under an unknown lease"))?;
            ensure(lease.sessions.len() == place as usize, "a session out of order")?;
            lease.sessions.push(user);
        }
        let have_sessions = leases.slots.iter().flatten().all(|lease| !lease.sessions.is_empty());
        ensure(have_sessions, "a lease without sessions")
    }

    fn rebuild_members(&mut self) -> Result<(), Corrupt> {
        let room = &mut self.room;
        let (mut present, mut invited, mut interested) = (Vec::new(), 0, 0);
        for (ix, user) in room.users.iter_from(0) {
            check_member(user)?;
            match user.role {
                Role::Host => ensure(room.host.replace(ix).is_none(), "two hosts")?,
                Role::Cohost => drop(room.cohosts.insert(ix)),
                Role::Speaker => room.speakers += 1,
                Role::Listener => {}
            }
            if user.is_present() {
                ensure((1..=room.order).contains(&user.order), "an arrival out of order")?;
                present.push((user.order, ix));
            }
            if let Presence::Lost(since) = user.presence {
                room.lost.insert(LostMember { since_ms: since, user: ix });
            }
            if let Some(activity) = user.activity.as_ref().filter(|activity| activity.stage > 0) {
                let is_new = room.stage.insert(activity.stage, ix).is_none();
                ensure(is_new && activity.stage <= room.stage_entries, "an entry to the stage out of order")?;
            }
            invited += usize::from(user.has(Flag::Invited));
            interested += usize::from(user.has(Flag::Interested));
        }
        ensure(
            invited == room.invited.len() && interested == room.interested.len(),
            "a flag of a user without its row",
        )?;
        present.sort_unstable();
        ensure(
            present.windows(2).all(|pair| matches!(pair, [(one, _), (next, _)] if one < next)),
            "two arrivals at once",
        )?;
        present.into_iter().for_each(|(order, ix)| room.arrivals.insert(order, ix));
        ensure(room.cohosts.len() <= COHOSTS, "too many cohosts")
    }

    /// Rebuilds the rings of the record, and compares their counts with those of the users.
    fn rebuild_record(&mut self) -> Result<(), Corrupt> {
        let Room { users, record, .. } = &mut self.room;
        let are_rings = record.visits.restore(users, |users, ix| Some(&mut users.get_mut(ix)?.last_visit))
            && record
                .stage_spans
                .restore(users, |users, ix| Some(&mut users.get_mut(ix)?.activity_mut().last_stage_span))
            && record
                .hands
                .restore(users, |users, ix| Some(&mut users.get_mut(ix)?.activity_mut().last_hand))
            && record
                .offers
                .restore(users, |users, ix| Some(&mut users.get_mut(ix)?.activity_mut().last_offer));
        ensure(are_rings, "a record out of order")?;
        for (_, user) in users.iter_from(0) {
            let visits = u64::from(record.visits.counted(user.last_visit)) + u64::from(user.is_present());
            ensure(visits == u64::from(user.joins), "visits that do not match the joins")?;
            let (hands, last_hand) =
                user.activity.as_ref().map_or((0, 0), |activity| (activity.hands, activity.last_hand));
            let lowered = u64::from(record.hands.counted(last_hand)) + u64::from(user.hand_ticket() > 0);
            ensure(lowered == u64::from(hands), "hands that do not match their count")?;
        }
        Ok(())
    }

    /// Rebuilds the chain of each user's comments, and the counts.
    fn rebuild_comments(&mut self) -> Result<(), Corrupt> {
        let Room { comments, users, .. } = &mut self.room;
        let Comments { all, shadow, deleted, .. } = comments;
        for (&id, comment) in all {
            match &comment.deleted {
                Some(deletion) => drop(deleted.insert(DeletedComment { ms: deletion.ms, id })),
                None if comment.user == SERVICE => {}
                None => {
                    let user = users.get_mut(comment.user).ok_or(Corrupt("an unknown author"))?;
                    let activity = user.activity_mut();
                    activity.places += 1;
                    ensure(activity.places <= activity.comments, "more comments than were made")?;
                    comment.before = std::mem::replace(&mut activity.last_comment, id);
                }
            }
        }
        for (&id, comment) in shadow {
            let own = users.get_mut(comment.user).and_then(|user| user.activity.as_mut()?.shadow.as_mut());
            let own = own.ok_or(Corrupt("a shadow comment that was not made"))?;
            own.ids.push_back(id);
            ensure(own.ids.len() <= own.made as usize, "more shadow comments than were made")?;
        }
        Ok(())
    }

    /// Rebuilds the queue of hands and the lists of hands by presence.
    fn rebuild_hands(&mut self) -> Result<(), Corrupt> {
        ensure(self.room.hands.issued() <= self.room.record.hands_raised, "more tickets than hands")?;
        self.hands.sort_unstable();
        let hands = &mut self.room.hands;
        for &RaisedHand { ticket, user } in &self.hands {
            ensure(hands.place(ticket, user), "a ticket above the last one, or of two hands")?;
        }
        let clears = hands.clears();
        let rises = clears.iter().zip(clears.iter().skip(1)).all(|(one, next)| one.through < next.through);
        let first_is_needed = clears
            .front()
            .is_none_or(|first| hands.first_cleared().is_some_and(|(ticket, _)| ticket <= first.through));
        let last_is_issued = clears.back().is_none_or(|last| last.through <= hands.issued());
        ensure(rises && first_is_needed && last_is_issued, "clears that do not match the hands")?;
        for hand in std::mem::take(&mut self.hands) {
            let is_listener = self.room.users.get(hand.user).is_some_and(|user| user.role == Role::Listener);
            ensure(is_listener || !self.room.hands.is_up(hand.ticket), "a hand raised on stage")?;
            self.room.list_hand(hand.user);
        }
        Ok(())
    }
}

fn check_member(user: &User) -> Result<(), Corrupt> {
    let is_listener = user.role == Role::Listener;
    let belongs = user.is_present() && !is_listener;
    ensure(user.is_on_stage() == belongs, "on stage without being present with a role, or the reverse")?;
    ensure(user.role != Role::Speaker || belongs, "a speaker who is not present")?;
    ensure(user.is_muted() || belongs, "a microphone open off stage")?;
    ensure(!user.is_held() || (user.is_muted() && !is_listener), "a microphone held open, or of a listener")?;
    ensure(
        !user.is_unmute_asked() || (user.is_muted() && belongs),
        "a request to unmute to a user with an open microphone or off stage",
    )?;
    let sessions = user.sessions();
    let is_twice = (1..).zip(sessions).any(|(next, session)| {
        let mut others = sessions.iter().skip(next);
        others.any(|other| other.id == session.id && (!session.id.is_empty() || other.lease == session.lease))
    });
    ensure(!is_twice, "a duplicate session")
}

/// A blocked user has no session and no role. A shadow block leaves both.
fn check_blocks(room: &Room) -> Result<(), Corrupt> {
    let open = room.moderation.blocks.iter().filter(|(_, block)| !block.shadow);
    let mut users = open.filter_map(|(&ix, _)| room.users.get(ix));
    ensure(users.all(|user| !user.is_present() && user.role == Role::Listener), "a blocked user in the room")
}

fn check_comments(room: &Room) -> Result<(), Corrupt> {
    let comments = &room.comments;
    let distinct: BTreeSet<u64> = comments.pins.iter().copied().collect();
    let is_pinned = |id: &u64| comments.all.get(id).is_some_and(|comment| comment.deleted.is_none());
    ensure(
        distinct.len() == comments.pins.len() && distinct.iter().all(is_pinned),
        "a pin on a missing or deleted comment",
    )
}

/// Checks the counts of a poll against its votes. The room does not keep the choices of a secret vote. So the counts of
/// a secret poll are bounded by the number of votes, and its votes are final.
fn check_poll(poll: &Poll) -> Result<(), Corrupt> {
    ensure(!poll.secret || poll.is_final && poll.hidden, "a secret poll that is not final and hidden")?;
    for (at, choice) in poll.options.iter().enumerate() {
        let counted = poll.votes.values().filter(|vote| vote.options >> at & 1 == 1).count() as u64;
        let adds_up = match poll.secret {
            true => choice.votes <= poll.votes.len() as u64,
            false => choice.votes == counted,
        };
        ensure(adds_up, "poll counts that do not match the votes")?;
    }
    Ok(())
}
