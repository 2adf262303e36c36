//! The invariants of every room.

use crate::room::comments::{Comment, Comments, DeletedComment};
use crate::room::hands::LostHand;
use crate::room::moderation::BlockEnd;
use crate::room::users::{Flag, Presence, User, UserIx, NO_LEASE};
use crate::room::{LostMember, Room};
use crate::terms::{Role, RoomState};
use std::collections::{BTreeMap, BTreeSet};

#[track_caller]
pub fn sound(room: &Room, now: u64, lowered: bool) {
    people(room);
    stage(room, lowered);
    leases(room);
    hands(room);
    comments(room);
    polls(room);
    moderation(room, now);
    host(room);
    record(room);
}

fn all(room: &Room) -> impl Iterator<Item = (UserIx, &User)> {
    room.users.iter_from(0)
}

fn people(room: &Room) {
    let present: BTreeMap<u64, UserIx> =
        all(room).filter(|(_, user)| user.is_present()).map(|(ix, user)| (user.order, ix)).collect();
    assert_eq!(room.arrivals.iter().collect::<BTreeMap<_, _>>(), present, "arrivals are the present");
    let lost: BTreeSet<LostMember> = all(room)
        .filter_map(|(ix, user)| match user.presence {
            Presence::Lost(since_ms) => Some(LostMember { since_ms, user: ix }),
            _ => None,
        })
        .collect();
    assert_eq!(room.lost, lost, "the lost are those in their grace");
    let invited: BTreeSet<UserIx> =
        all(room).filter(|(_, user)| user.has(Flag::Invited)).map(|(ix, _)| ix).collect();
    assert_eq!(room.invited.keys().copied().collect::<BTreeSet<_>>(), invited, "the invited");
    let interested: BTreeSet<UserIx> =
        all(room).filter(|(_, user)| user.has(Flag::Interested)).map(|(ix, _)| ix).collect();
    assert_eq!(room.interested.keys().copied().collect::<BTreeSet<_>>(), interested, "the interested");
    if room.state == RoomState::Live {
        assert_eq!(room.empty_since_ms == 0, !room.arrivals.is_empty(), "empty exactly with nobody present");
    }
    for (ix, user) in all(room) {
        assert_eq!(room.users.find(&user.name), Some(ix), "found by name");
        if let Presence::Many(sessions) = &user.presence {
            assert!(sessions.len() > 1, "More than one");
        }
        assert!(user.sessions().len() <= 16, "16 sessions a member");
        let mut ids: Vec<_> = user
            .sessions()
            .iter()
            .map(|session| (&*session.id, if session.id.is_empty() { session.lease } else { 0 }))
            .collect();
        ids.sort_unstable();
        let many = ids.len();
        ids.dedup();
        assert_eq!(ids.len(), many, "a session is listed once");
    }
}

fn stage(room: &Room, lowered: bool) {
    let on_stage: BTreeMap<u64, UserIx> = all(room)
        .filter(|(_, user)| user.is_present() && user.role != Role::Listener)
        .map(|(ix, user)| (user.activity.as_ref().map_or(0, |activity| activity.stage), ix))
        .collect();
    assert_eq!(room.stage, on_stage, "the stage is the present but listeners");
    let speakers = all(room).filter(|(_, user)| user.role == Role::Speaker).count();
    assert_eq!(room.speakers as usize, speakers, "speakers are counted");
    let taken = speakers + room.offers.len();
    assert!(lowered || taken <= room.config.seats as usize, "{taken} of {} seats", room.config.seats);
    for (ix, user) in all(room) {
        assert!(user.role != Role::Speaker || user.is_present(), "speaker lasts until the member is gone");
        assert!(user.is_muted() || user.is_on_stage(), "open microphones are on stage");
        assert!(!user.is_held() || user.role != Role::Listener, "a hold ends with the role");
        assert!(user.is_muted() || !user.is_held(), "a held microphone is closed");
        assert!(
            !user.is_unmute_asked() || (user.is_on_stage() && user.is_muted()),
            "who can unmute is asked"
        );
        assert_eq!(user.is_on_stage(), room.stage.values().any(|&other| other == ix));
    }
    let mut offered: Vec<UserIx> = room.offers.iter().map(|offer| offer.user).collect();
    for &ix in &offered {
        assert!(room.users.at(ix).is_present() && room.users.at(ix).role == Role::Listener, "offers");
    }
    offered.sort_unstable();
    offered.dedup();
    assert_eq!(offered.len(), room.offers.len(), "one offer a user");
}

fn leases(room: &Room) {
    let mut listed = 0;
    for (number, lease) in room.leases.slots.iter().enumerate() {
        let Some(lease) = lease else { continue };
        let number = number as u32;
        assert!(!lease.sessions.is_empty(), "an empty lease is freed");
        listed += lease.sessions.len();
        for (place, &ix) in (0u32..).zip(lease.sessions.iter()) {
            let sessions = room.users.at(ix).sessions().iter();
            let here = sessions.filter(|session| session.lease == number && session.place == place);
            assert_eq!(here.count(), 1, "lease {number} lists one session at {place}");
        }
        assert_eq!(
            room.leases.of(&lease.gateway) == Some(number),
            lease.retired.is_none(),
            "in force or retired"
        );
        assert_eq!(
            room.leases.retired.contains(&number),
            lease.retired.is_some(),
            "retired leases are listed"
        );
    }
    let sessions = all(room).flat_map(|(_, user)| user.sessions());
    let leased = sessions.filter(|session| session.lease != NO_LEASE).count();
    assert_eq!(leased, listed, "every session with a gateway stands in a lease");
}

fn hands(room: &Room) {
    let tickets = |all: bool| -> Vec<(u64, UserIx)> {
        let ticket = |user: &User| if all { user.hand_ticket() } else { room.hand(user) };
        let raised = self::all(room).map(|(ix, user)| (ticket(user), ix)).filter(|&(ticket, _)| ticket > 0);
        raised.collect::<BTreeMap<u64, UserIx>>().into_iter().collect()
    };
    assert_eq!(
        room.hands.iter_with_cleared(0).collect::<Vec<_>>(),
        tickets(true),
        "every hand is in the queue"
    );
    let queue: Vec<(u64, UserIx)> = room.hands.iter_after(0).collect();
    assert_eq!(queue, tickets(false), "the raised hands in order");
    assert_eq!(room.hands.len(), queue.len() as u64, "hands are counted");
    assert_eq!(room.hands.cleared() as usize, tickets(true).len() - queue.len(), "cleared hands are counted");
    let stays = |user: &User| {
        let mut leases = user.sessions().iter().map(|session| room.leases.get(session.lease));
        user.is_lost()
            || leases.any(|lease| lease.is_none_or(|lease| lease.retired.is_none_or(|how| how.lost)))
    };
    let first = queue.iter().copied().find(|&(_, ix)| stays(room.users.at(ix)));
    assert_eq!(room.first_present_hand(None), first, "first present hand");
    for (at, &(ticket, ix)) in queue.iter().enumerate() {
        assert_eq!(room.hands.place_of(ticket), at as u64 + 1);
        let user = room.users.at(ix);
        assert_eq!(user.role, Role::Listener, "listeners raise hands");
        // Who left before the start, or never came, keeps its hand.
        if let (RoomState::Live, Presence::Absent(left_ms)) = (room.state, &user.presence) {
            let raised_ms = user.activity.as_ref().map_or(0, |activity| activity.hand_ms);
            assert!(*left_ms <= raised_ms.max(room.times.started_ms), "who is gone for good has no hand");
        }
    }
    hand_lists(room);
}

fn hand_lists(room: &Room) {
    type Lists = (BTreeMap<u64, UserIx>, BTreeMap<u64, LostHand>, BTreeMap<u64, UserIx>);
    let (mut absent, mut lost, mut unleased): Lists = Default::default();
    let mut leased: BTreeMap<u32, BTreeMap<u64, UserIx>> = BTreeMap::new();
    for (ix, user) in all(room).filter(|(_, user)| user.hand_ticket() > 0) {
        let ticket = user.hand_ticket();
        match user.presence {
            Presence::Absent(_) => _ = absent.insert(ticket, ix),
            Presence::Lost(since_ms) => _ = lost.insert(ticket, LostHand { user: ix, since_ms }),
            _ => {
                for session in user.sessions() {
                    let leased = leased.entry(session.lease);
                    let list = if session.lease == NO_LEASE { &mut unleased } else { leased.or_default() };
                    list.insert(ticket, ix);
                }
            }
        }
    }
    assert!(room.hands.absent.iter().eq(absent), "hands of the absent");
    assert!(room.hands.lost.iter().eq(lost), "hands of the lost");
    assert!(room.hands.unleased.iter().eq(unleased), "hands without a gateway");
    for (number, lease) in room.leases.slots.iter().enumerate() {
        let Some(lease) = lease else { continue };
        let expected = leased.remove(&(number as u32)).unwrap_or_default();
        assert!(lease.hands.iter().eq(expected), "hands of lease {number}");
    }
}

fn comments(room: &Room) {
    let comments = room.comments.all.values().chain(room.comments.shadow.values());
    assert_eq!(room.comments.bytes, comments.map(|comment| comment.text.len()).sum::<usize>());
    assert!(room.comments.pins.len() <= 5, "5 pins");
    for pin in &room.comments.pins {
        assert!(room.comments.all[pin].deleted.is_none(), "a pinned comment is there");
    }
    chains(room);
    let last = room.comments.all.keys().chain(room.comments.shadow.keys()).max();
    assert!(last.is_none_or(|&last| last <= room.comments.last_id));
    assert_eq!(room.reactions.total, room.reactions.kinds.iter().map(|kind| kind.total).sum::<u64>());
    for (at, kind) in room.reactions.kinds.iter().enumerate() {
        let given = all(room).filter_map(|(_, user)| user.activity.as_ref());
        let sum: u64 = given.map(|activity| activity.reactions.of(at as u8)).sum();
        assert_eq!(sum, kind.total, "a total is the sum of what users gave");
    }
}

fn chains(room: &Room) {
    let Comments { all: public, shadow, deleted, .. } = &room.comments;
    let gone = public.iter().filter_map(|(&id, comment)| {
        comment.deleted.as_ref().map(|deletion| DeletedComment { ms: deletion.ms, id })
    });
    assert_eq!(*deleted, gone.collect::<BTreeSet<_>>(), "the deleted comments");
    assert!(deleted.len() <= 10_000 && shadow.len() <= 2000, "bounded");
    for (ix, user) in all(room) {
        let activity = user.activity.as_deref();
        let last = activity.map_or(0, |activity| activity.last_comment);
        let mut chain: Vec<u64> = room.comments.chain(last).map(|(id, _)| id).collect();
        chain.reverse();
        let is_here = |comment: &Comment| comment.user == ix && comment.deleted.is_none();
        let own = public.iter().filter(|(_, comment)| is_here(comment)).map(|(&id, _)| id);
        assert_eq!(chain, own.collect::<Vec<_>>(), "a chain is the user's comments that are not deleted");
        assert_eq!(
            activity.map_or(0, |activity| activity.places) as usize,
            chain.len(),
            "places are counted"
        );
        let own = shadow.iter().filter(|(_, comment)| comment.user == ix).map(|(&id, _)| id);
        let ids = user.shadow().map_or_else(Vec::new, |shadow| shadow.ids.iter().copied().collect());
        assert_eq!(ids, own.collect::<Vec<_>>(), "the user's shadow comments");
    }
    let made = all(room).filter_map(|(_, user)| user.activity.as_ref()).map(|activity| activity.comments);
    assert!(made.map(u64::from).sum::<u64>() <= room.comments.made(), "those of users are among those made");
    assert!(room.tokens.ages.len() <= 10_000 && room.tokens.replies.len() <= room.tokens.ages.len());
}

fn polls(room: &Room) {
    for poll in &room.polls {
        for (at, choice) in poll.options.iter().enumerate() {
            let votes = poll.votes.values().filter(|vote| vote.options >> at & 1 == 1).count() as u64;
            assert!(poll.secret || votes == choice.votes, "counts are the votes");
        }
        for vote in poll.votes.values() {
            assert!(!poll.secret || vote.options == 0, "a secret poll keeps no choice");
            assert!(poll.secret || (1..=u32::from(poll.multi)).contains(&vote.options.count_ones()));
        }
        if poll.secret {
            let sum: u64 = poll.options.iter().map(|choice| choice.votes).sum();
            let voters = poll.votes.len() as u64;
            assert!((voters..=voters * u64::from(poll.multi)).contains(&sum), "one vote a user");
        }
        assert!(!room.state.is_over() || poll.closed, "no poll outlives its room");
    }
}

fn moderation(room: &Room, now: u64) {
    let timed: BTreeSet<BlockEnd> = room
        .moderation
        .blocks
        .iter()
        .filter(|(_, block)| block.until_ms > 0)
        .map(|(&ix, block)| BlockEnd { until_ms: block.until_ms, user: ix })
        .collect();
    assert_eq!(room.moderation.ends, timed);
    assert!(room.moderation.log.len() <= 10_000);
    for &ix in room.moderation.blocks.keys().filter(|&&ix| room.moderation.is_blocked(ix, now)) {
        let user = room.users.at(ix);
        assert!(!user.is_present() && user.sessions().is_empty(), "a blocked user is nowhere");
        assert!(user.role == Role::Listener && room.hand(user) == 0, "a blocked user holds nothing");
        assert!(room.offers.iter().all(|offer| offer.user != ix));
    }
}

fn host(room: &Room) {
    let with = |role: Role| -> BTreeSet<UserIx> {
        all(room).filter(|(_, user)| user.role == role).map(|(ix, _)| ix).collect()
    };
    assert_eq!(room.host.into_iter().collect::<BTreeSet<_>>(), with(Role::Host), "one host");
    assert_eq!(room.cohosts, with(Role::Cohost), "the cohosts");
    assert!(room.cohosts.len() <= 50);
    if let (RoomState::Live, Some(host)) = (room.state, room.host) {
        let host = room.users.at(host);
        assert_eq!(
            room.host_away.is_some(),
            !host.is_present() || host.is_lost(),
            "the host is away or here"
        );
    }
}

fn record(room: &Room) {
    let record = &room.record;
    let joins: usize = all(room).map(|(_, user)| user.joins as usize).sum();
    let visits: usize = all(room).map(|(_, user)| record.visits.counted(user.last_visit) as usize).sum();
    assert_eq!(visits + room.arrivals.len(), joins, "every visit is closed or open");
    assert!(record.visits.iter().chain(record.stage_spans.iter()).all(|span| span.from_ms <= span.to_ms));
    let raised: u32 =
        all(room).filter_map(|(_, user)| user.activity.as_ref()).map(|activity| activity.hands).sum();
    let lowered: u32 = all(room)
        .filter_map(|(_, user)| user.activity.as_ref())
        .map(|activity| record.hands.counted(activity.last_hand))
        .sum();
    let queued = room.hands.len() + room.hands.cleared();
    assert_eq!(u64::from(lowered) + queued, u64::from(raised), "hands are closed or up");
    assert_eq!(record.hands_raised, u64::from(raised));
    let came = all(room).filter(|(_, user)| user.first_joined_ms > 0).count();
    assert_eq!(record.unique_members, came as u64);
    assert!(record.peak_present >= room.present());
    let minutes: Vec<u64> = record.timeline.iter().map(|minute| minute.minute_ms).collect();
    assert!(minutes.windows(2).all(|pair| pair[0] < pair[1]), "minutes in order");
    let joined: u64 = record.timeline.iter().map(|minute| minute.joins).sum();
    assert_eq!(joined, joins as u64, "the timeline counts every join");
}
