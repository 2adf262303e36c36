//! What users look at.

use super::*;

const BASE: Spec = Spec {
    group: "Reads",
    access: Access::Read,
    arity: 3,
    tips: &[JSON, NONDETERMINISTIC],
    errors: codes!(NOROOM WRONGTYPE NOTINVITED BLOCKED BROKEN INVALID),
    notes: "Whoever may read the room, in any state.",
    ..super::BASE
};

pub(super) const COMMANDS: &[Spec] = &[
    Spec {
        verb: Verb::State,
        name: "ROOM.STATE",
        summary: "Reads a snapshot of the room",
        complexity: "O(S) with S on stage: bounded whatever the number of members",
        args: &[KEY, ACTOR],
        reply: "JSON snapshot",
        notes: "Whoever may read the room, in any state. The same for everybody but for `you`: a gateway \
                asks as `-` and shares it.",
        ..BASE
    },
    Spec {
        verb: Verb::Members,
        name: "ROOM.MEMBERS",
        summary: "Lists present members, stage first, then as joined",
        complexity: "O(M) with M members in the page",
        arity: -3,
        args: &[KEY, ACTOR, opt("ROLE", one_of("role", ROLES)), CURSOR, COUNT_100],
        reply: "JSON `{cursor,members}`",
        notes: "Whoever may read the room, in any state. Whoever is present throughout is in it.",
        ..BASE
    },
    Spec {
        verb: Verb::Whois,
        name: "ROOM.WHOIS",
        summary: "Reads one member",
        complexity: "O(log N) with N members",
        fast: true,
        arity: 4,
        args: &[KEY, ACTOR, USER],
        reply: "JSON member or null; of oneself `you`",
        ..BASE
    },
    Spec {
        verb: Verb::Hands,
        name: "ROOM.HANDS",
        summary: "Lists raised hands in their order",
        complexity: "O(log N + M) with N raised hands and M in the page",
        arity: -3,
        args: &[KEY, ACTOR, CURSOR, COUNT_100],
        reply: "JSON `{cursor,hands:[{user,ms,present}],profiles}`",
        ..BASE
    },
    Spec {
        verb: Verb::Events,
        name: "ROOM.EVENTS",
        summary: "Reads the events after one, as one frame",
        complexity: "O(M) with M events replied",
        arity: 5,
        args: &[
            KEY,
            ACTOR,
            string("epoch").about("of the last frame or reply"),
            integer("since").about("the last event's number"),
        ],
        reply: "JSON frame; nothing new: `from` is since + 1 and `to` is since",
        errors: codes!(NOROOM WRONGTYPE NOTINVITED BLOCKED RESYNC BROKEN INVALID),
        notes: "Whoever may read the room, in any state. Holds at least the last `room.history-bytes` of \
                events; of those that fold only the latest. On RESYNC take ROOM.STATE.",
        ..BASE
    },
    Spec {
        verb: Verb::Summary,
        name: "ROOM.SUMMARY",
        summary: "Reads what a room was, or so far is",
        complexity: "O(S + P) with S speakers, of whom 100 are named, and P polls",
        args: &[KEY, ACTOR],
        reply: "JSON summary",
        notes: "Whoever may read the room, in any state. Kicks, blocks and mutes only for staff and `-`.",
        ..BASE
    },
];
