//! Polls and votes.

use super::*;

const BASE: Spec = Spec { group: "Polls", arity: 4, ..super::BASE };

const POLL: Arg = integer("poll").about("its id");

pub(super) const COMMANDS: &[Spec] = &[
    Spec {
        verb: Verb::PollOpen,
        name: "ROOM.POLLOPEN",
        summary: "Opens a poll",
        fast: true,
        deny_oom: true,
        arity: -7,
        args: &[
            KEY,
            ACTOR,
            string("question").about("1 to 512 bytes"),
            integer("numoptions").about("2 to 20"),
            multiple(string("option")).about("1 to 128 bytes, all distinct"),
            opt("MULTI", integer("n")).about("how many options a vote may name, 1 without it"),
            flag("secret", "SECRET").about("who chose what is kept nowhere; implies FINAL and HIDDEN"),
            flag("final", "FINAL").about("a vote stands"),
            flag("hidden", "HIDDEN").about("tallies show only once it is closed"),
            opt("FOR", integer("seconds")).about("closes by itself, after 1 to 604800"),
            TOKEN,
        ],
        reply: "Integer: the poll's id",
        errors: codes!(NOROOM WRONGTYPE NOTLIVE ENDED FORBIDDEN TOOMANY BROKEN INVALID),
        event: "`poll`; notification `room.pollopen`",
        notes: "Host, cohosts and `-`. At most 5 open at once and 100 a room. Of a SECRET poll the AOF \
                until it is rewritten, the replication stream and command logs still carry the votes.",
        ..BASE
    },
    Spec {
        verb: Verb::PollVote,
        name: "ROOM.POLLVOTE",
        summary: "Votes in a poll",
        complexity: "O(log N) with N voters",
        fast: true,
        deny_oom: true,
        arity: -5,
        args: &[KEY, ACTOR, POLL, multiple(integer("option")).about("from 0")],
        reply: "Integer: voters so far",
        errors: codes!(
            NOROOM WRONGTYPE NOTLIVE ENDED NOTMEMBER RATELIMITED NOPOLL POLLCLOSED BADOPTION ALREADYVOTED
            BROKEN INVALID
        ),
        event: "`poll`; notification `room.tick`",
        notes: "Members who are present. One vote a user, whatever its sessions; voting again replaces it \
                unless the poll is FINAL. A vote stands after leaving.",
        ..BASE
    },
    Spec {
        verb: Verb::PollClose,
        name: "ROOM.POLLCLOSE",
        summary: "Closes a poll",
        fast: true,
        tips: &[JSON],
        args: &[KEY, ACTOR, POLL],
        reply: "JSON poll",
        errors: codes!(NOROOM WRONGTYPE NOTLIVE ENDED FORBIDDEN NOPOLL BROKEN INVALID),
        event: "`poll`; notification `room.pollclose`",
        notes: "Host, cohosts and `-`. Closing it again replies the same.",
        ..BASE
    },
    Spec {
        verb: Verb::Polls,
        name: "ROOM.POLLS",
        summary: "Reads all polls of a room",
        complexity: "O(P) with P polls",
        access: Access::Read,
        arity: 3,
        tips: &[JSON, NONDETERMINISTIC],
        args: &[KEY, ACTOR],
        reply: "JSON array of polls",
        errors: codes!(NOROOM WRONGTYPE NOTINVITED BLOCKED BROKEN INVALID),
        notes: "Whoever may read the room, in any state.",
        ..BASE
    },
];
