//! Hands, offers, seats, roles, microphones.

use super::*;

const BASE: Spec = Spec { group: "Stage", fast: true, deny_oom: true, arity: 3, ..super::BASE };

const ALL: Arg = word("all", "*");

pub(super) const COMMANDS: &[Spec] = &[
    Spec {
        verb: Verb::RaiseHand,
        name: "ROOM.RAISEHAND",
        summary: "Asks to come on stage",
        complexity: "O(log N) with N raised hands",
        args: &[KEY, ACTOR],
        reply: "Integer: place in the queue, from 1",
        errors: codes!(
            NOROOM WRONGTYPE ENDED NOTMEMBER NOTINVITED BLOCKED ONSTAGE OFF RATELIMITED BROKEN INVALID
        ),
        event: "`hands`; notification `room.tick`",
        notes: "Listeners who are present; while the room is scheduled whoever could join once it is live. \
                Raising again keeps the place.",
        ..BASE
    },
    Spec {
        verb: Verb::LowerHand,
        name: "ROOM.LOWERHAND",
        summary: "Lowers one's own hand, a user's, or all",
        complexity: "O(log N) with N raised hands; `*`: O(N)",
        fast: false,
        deny_oom: false,
        arity: -3,
        args: &[KEY, ACTOR, optional(one_of("target", &[USER, ALL])).about("without it one's own")],
        reply: "Integer: hands lowered",
        errors: codes!(NOROOM WRONGTYPE ENDED FORBIDDEN RATELIMITED BROKEN INVALID),
        event: "`hands`; notification `room.tick`",
        notes: "One's own: any user. Others': host, cohosts and `-`.",
        ..BASE
    },
    Spec {
        verb: Verb::Next,
        name: "ROOM.NEXT",
        summary: "Seats the first present user with a raised hand",
        complexity: "O(log N) with N raised hands",
        arity: -3,
        args: &[KEY, ACTOR, TOKEN],
        reply: "Bulk string: the user seated, or null when no present hand is up",
        errors: codes!(NOROOM WRONGTYPE NOTLIVE ENDED FORBIDDEN NOSEAT BROKEN INVALID),
        event: "`stage`, `hands`, `audience`; notification `room.next`",
        notes: "Host, cohosts and `-`. Absent users keep their place. Whoever comes on stage is muted.",
        ..BASE
    },
    Spec {
        verb: Verb::Offer,
        name: "ROOM.OFFER",
        summary: "Takes a user with a raised hand on stage, or offers a seat to one without",
        complexity: "O(log N) with N raised hands",
        arity: -4,
        args: &[
            KEY,
            ACTOR,
            USER,
            opt("FOR", integer("seconds")).about("how long the offer stands, 1 to 3600, 60 without it"),
        ],
        reply: "`promoted` or `offered`",
        errors: codes!(NOROOM WRONGTYPE NOTLIVE ENDED NOTMEMBER FORBIDDEN ONSTAGE NOSEAT BROKEN INVALID),
        event: "promoted: `stage`, `hands`, `audience`; offered: `offer` to the user and whoever offered; notification \
                `room.offer`",
        notes: "Host, cohosts and `-`, against a present listener. A raised hand is consent. An offer holds \
                a seat until it is accepted, declined or expired.",
        ..BASE
    },
    Spec {
        verb: Verb::Accept,
        name: "ROOM.ACCEPT",
        summary: "Accepts an offered seat",
        args: &[KEY, ACTOR],
        reply: "OK",
        errors: codes!(NOROOM WRONGTYPE NOTLIVE ENDED NOTMEMBER NOSEAT NOOFFER RATELIMITED BROKEN INVALID),
        event: "`stage`, `audience`; `offer` to the user and whoever offered; notification `room.accept`",
        notes: "The user with the offer. It comes on stage muted.",
        ..BASE
    },
    Spec {
        verb: Verb::Decline,
        name: "ROOM.DECLINE",
        summary: "Declines an offered seat",
        deny_oom: false,
        args: &[KEY, ACTOR],
        reply: "OK",
        errors: codes!(NOROOM WRONGTYPE NOTLIVE ENDED NOTMEMBER NOOFFER RATELIMITED BROKEN INVALID),
        event: "`offer` to the user and whoever offered; notification `room.decline`",
        notes: "The user with the offer.",
        ..BASE
    },
    Spec {
        verb: Verb::StepDown,
        name: "ROOM.STEPDOWN",
        summary: "Makes oneself or a user a listener",
        deny_oom: false,
        arity: -3,
        args: &[KEY, ACTOR, optional(USER).about("without it oneself")],
        reply: "OK",
        errors: codes!(NOROOM WRONGTYPE NOTLIVE ENDED NOTMEMBER FORBIDDEN RATELIMITED BROKEN INVALID),
        event: "`stage`, `audience`; notification `room.stepdown`",
        notes: "Oneself: speakers and cohosts; the host hands the room over first. A user: host and `-`; \
                cohosts, but not against the host or another cohost.",
        ..BASE
    },
    Spec {
        verb: Verb::Role,
        name: "ROOM.ROLE",
        summary: "Gives a user a role",
        arity: 5,
        args: &[KEY, ACTOR, USER, one_of("role", ROLES)],
        reply: "OK",
        errors: codes!(
            NOROOM WRONGTYPE ENDED NOTMEMBER BLOCKED FORBIDDEN NOSEAT TOOMANY BROKEN INVALID
        ),
        event: "`stage`, `audience` where the user is present; notification `room.role`",
        notes: "The host and `-`, scheduled or live. `host` hands the room over. `host` and `cohost` can be \
                given to users who never came; `speaker` needs presence and a seat. At most 50 cohosts.",
        ..BASE
    },
    Spec {
        verb: Verb::Mute,
        name: "ROOM.MUTE",
        summary: "Mutes oneself, a user, or the stage but the staff",
        complexity: "O(1); `*`: O(S) with S on stage",
        fast: false,
        deny_oom: false,
        arity: -3,
        args: &[KEY, ACTOR, optional(one_of("target", &[USER, ALL])).about("without it oneself")],
        reply: "Integer: newly muted",
        errors: codes!(NOROOM WRONGTYPE NOTLIVE ENDED NOTMEMBER FORBIDDEN RATELIMITED BROKEN INVALID),
        event: "`stage`; notification `room.mute`",
        notes: "Oneself: the stage. A user: host and `-`; cohosts, but not against the host or another \
                cohost. `*`: host, cohosts and `-`.",
        ..BASE
    },
    Spec {
        verb: Verb::Unmute,
        name: "ROOM.UNMUTE",
        summary: "Opens one's own microphone",
        args: &[KEY, ACTOR],
        reply: "Integer: 1, or 0 when it was open",
        errors: codes!(NOROOM WRONGTYPE NOTLIVE ENDED NOTMEMBER FORBIDDEN RATELIMITED BROKEN INVALID),
        event: "`stage`; notification `room.unmute`",
        notes: "The stage, only oneself: nobody's microphone is opened by another.",
        ..BASE
    },
    Spec {
        verb: Verb::AskUnmute,
        name: "ROOM.ASKUNMUTE",
        summary: "Asks a user on stage to unmute",
        arity: 4,
        args: &[KEY, ACTOR, USER],
        reply: "OK",
        errors: codes!(NOROOM WRONGTYPE NOTLIVE ENDED NOTMEMBER FORBIDDEN BROKEN INVALID),
        event: "`unmute_request` to the user; notification `room.askunmute`",
        notes: "Host and `-`; cohosts, but not against the host or another cohost.",
        ..BASE
    },
];
