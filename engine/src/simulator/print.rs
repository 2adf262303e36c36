//! A room as text, without state that is local to a server. Equal texts mean equal rooms.

use crate::room::leases::Leases;
use crate::room::users::{Activity, Users};
use crate::room::Room;
use std::fmt::Write;

pub fn room(room: Option<&Room>) -> String {
    let Some(room) = room else { return "none".into() };
    let Room {
        incarnation,
        epoch,
        previous,
        seq,
        clock,
        state,
        times,
        creator,
        expire_ms,
        end_reason,
        ended_by,
        config,
        users,
        host,
        cohosts,
        stage,
        speakers,
        offers,
        arrivals,
        order,
        stage_entries,
        lost,
        leases,
        host_away,
        empty_since_ms,
        hands,
        announced_hands,
        invited,
        invite_present,
        interested,
        moderation,
        comments,
        reactions,
        polls,
        tokens,
        shadow_tokens,
        record,
        pending,
        history: _,
        local: _,
    } = room;
    let mut print = String::new();
    macro_rules! print {
        ($($field:ident)*) => { $( writeln!(print, "{}: {:?}", stringify!($field), $field).unwrap(); )* };
    }
    print!(incarnation epoch previous seq clock state times creator expire_ms end_reason ended_by config host cohosts stage speakers
        offers arrivals order stage_entries lost host_away empty_since_ms announced_hands invited invite_present
        interested moderation comments reactions polls tokens shadow_tokens record pending);
    let (issued, cleared, clears) = (hands.issued(), hands.cleared(), hands.clears());
    let hands: Vec<_> = hands.iter_with_cleared(0).collect();
    print!(issued cleared clears hands);
    users_into(users, &mut print);
    let Leases { slots, gateways, retired } = leases;
    let slots: Vec<_> = slots
        .iter()
        .map(|slot| slot.as_ref().map(|lease| (&lease.gateway, &lease.sessions, lease.retired)))
        .collect();
    print!(slots gateways retired);
    print
}

fn users_into(users: &Users, print: &mut String) {
    for (ix, user) in users.iter_from(0) {
        let mut user = user.clone();
        user.hash = 0;
        if let Some(activity) = &mut user.activity {
            activity.rates = Default::default();
            if format!("{activity:?}") == format!("{:?}", Activity::default()) {
                user.activity = None;
            }
        }
        writeln!(print, "user {ix}: {user:?}").unwrap();
    }
}

#[track_caller]
pub fn assert_same(one: &str, other: &str, what: &str) {
    for (one, other) in one.lines().zip(other.lines()) {
        assert_eq!(one, other, "changed or differs: {what}");
    }
    assert_eq!(one.lines().count(), other.lines().count(), "changed or differs: {what}");
}
