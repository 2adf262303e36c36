//! For backends: directories, warehouses, operators.

use super::*;

const BASE: Spec = Spec {
    group: "Services",
    access: Access::Read,
    admin: true,
    notes: "For services, never relayed; category `@roomadmin`.",
    ..super::BASE
};

const STATES: &[Arg] = &[
    word("scheduled", "scheduled"),
    word("live", "live"),
    word("ended", "ended"),
    word("cancelled", "cancelled"),
];

pub(super) const COMMANDS: &[Spec] = &[
    Spec {
        verb: Verb::Info,
        name: "ROOM.INFO",
        summary: "Reads the room's card",
        fast: true,
        arity: 2,
        tips: &[NONDETERMINISTIC],
        args: &[KEY],
        reply: "Map: state incarnation epoch seq host title private capacity present listeners speakers \
                hands comments reactions polls interested invited created_ms at_ms started_ms ended_ms \
                channel publish",
        errors: codes!(NOROOM WRONGTYPE BROKEN INVALID),
        ..BASE
    },
    Spec {
        verb: Verb::List,
        name: "ROOM.LIST",
        summary: "Lists the rooms of this database on this node",
        complexity: "O(M) with M rooms looked at for the page",
        arity: -1,
        tips: &[NONDETERMINISTIC, "request_policy:special", "response_policy:special"],
        args: &[
            opt("STATE", one_of("state", STATES)),
            flag("public", "PUBLIC").about("no private rooms"),
            flag("cards", "CARDS").about("ROOM.INFO of each as JSON, its key as `room`, instead of the key"),
            CURSOR,
            COUNT_100,
        ],
        reply: "Array `[cursor, keys]`; CARDS: `[cursor, cards]`",
        errors: codes!(INVALID),
        notes: "For services, never relayed; category `@roomadmin`. Only keys the caller may read.",
        ..BASE
    },
    Spec {
        verb: Verb::Export,
        name: "ROOM.EXPORT",
        summary: "Reads all that a room holds, as lines of JSON",
        complexity: "O(M) with M lines replied",
        arity: -3,
        tips: &[NONDETERMINISTIC],
        args: &[
            KEY,
            string("cursor").about("`0`, or what the page before gave"),
            opt("COUNT", integer("count")).about("1 to 10000, 1000 without it"),
        ],
        reply: "Array `[next cursor, JSON lines]`",
        errors: codes!(NOROOM WRONGTYPE BROKEN INVALID),
        notes: "For services, never relayed; category `@roomadmin`. A page may have fewer lines than COUNT: \
                it ends at 64 KiB, so that no page is a stall. In any state; complete and stable once \
                the room has ended or was cancelled. A cursor of another incarnation is INVALID.",
        ..BASE
    },
    Spec {
        verb: Verb::Purge,
        name: "ROOM.PURGE",
        summary: "Deletes a room that has ended or was cancelled",
        complexity: "O(1); memory is freed in the background",
        access: Access::Write,
        arity: -2,
        args: &[
            KEY,
            opt("INCARNATION", string("incarnation")).about("only this one, not another under the same key"),
        ],
        reply: "Integer: 1, or 0 when the room is gone already or of another incarnation",
        errors: codes!(WRONGTYPE NOTENDED BROKEN INVALID),
        event: "notification `room.purge`",
        notes: "For services, never relayed; category `@roomadmin`. The warehouse has it.",
        ..BASE
    },
];
