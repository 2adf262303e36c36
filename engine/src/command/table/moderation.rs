//! Kicks and blocks.

use super::*;

const BASE: Spec = Spec { group: "Moderation", ..super::BASE };

const REASON: Arg =
    opt("REASON", string("text")).about("at most 256 bytes; to the user, the staff and the export");

pub(super) const COMMANDS: &[Spec] = &[
    Spec {
        verb: Verb::Kick,
        name: "ROOM.KICK",
        summary: "Ends a user's sessions; it may join again",
        complexity: "O(log N) with N members",
        fast: true,
        arity: -4,
        args: &[KEY, ACTOR, USER, REASON],
        reply: "Integer: sessions ended",
        errors: codes!(NOROOM WRONGTYPE NOTLIVE ENDED FORBIDDEN BROKEN INVALID),
        event: "`removed`, `audience`, off stage `stage`; `removed_notice` to the user and the staff; \
                notification `room.kick`",
        notes: "Host and `-`; cohosts, but not against the host or another cohost. Works on users who are \
                absent or never came.",
        ..BASE
    },
    Spec {
        verb: Verb::Block,
        name: "ROOM.BLOCK",
        summary: "Keeps a user out, or hides what it says from all others",
        complexity: "O(log N) with N members; CLEAR: O(C) with C comments of the user",
        deny_oom: true,
        arity: -4,
        args: &[
            KEY,
            ACTOR,
            USER,
            opt("FOR", integer("seconds")).about("1 to 31536000; without it for good"),
            flag("shadow", "SHADOW")
                .about("instead of all else nothing shows: only the user still finds what it writes"),
            flag("clear", "CLEAR").about("deletes its comments"),
            REASON,
        ],
        reply: "OK",
        errors: codes!(NOROOM WRONGTYPE ENDED FORBIDDEN TOOMANY BROKEN INVALID),
        event: "`removed`, `audience`, off stage `stage`; CLEAR: `comments_cleared`; `removed_notice` to \
                the user and the staff; notification `room.block`. SHADOW: nothing at all",
        notes: "Host and `-`; cohosts, but not against the host or another cohost; scheduled or live. Ends \
                sessions, hand, offer, seat and role. Works on users who are absent or never came.",
        ..BASE
    },
    Spec {
        verb: Verb::Unblock,
        name: "ROOM.UNBLOCK",
        summary: "Lifts a block",
        complexity: "O(log N) with N members",
        fast: true,
        arity: 4,
        args: &[KEY, ACTOR, USER],
        reply: "Integer: 1, or 0 when the user was not blocked",
        errors: codes!(NOROOM WRONGTYPE ENDED FORBIDDEN BROKEN INVALID),
        event: "notification `room.unblock`",
        notes: "Host, cohosts and `-`, scheduled or live.",
        ..BASE
    },
    Spec {
        verb: Verb::Blocked,
        name: "ROOM.BLOCKED",
        summary: "Lists who is blocked",
        complexity: "O(M) with M users in the page",
        access: Access::Read,
        arity: -3,
        tips: &[JSON, NONDETERMINISTIC],
        args: &[KEY, ACTOR, CURSOR, COUNT_100],
        reply: "JSON `{cursor,blocked:[{user,until_ms,shadow,by,reason}]}`",
        errors: codes!(NOROOM WRONGTYPE FORBIDDEN BROKEN INVALID),
        notes: "Host, cohosts and `-`, in any state.",
        ..BASE
    },
];
