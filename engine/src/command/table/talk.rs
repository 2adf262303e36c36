//! Comments and reactions.

use super::*;

const BASE: Spec = Spec { group: "Comments and reactions", fast: true, arity: 4, ..super::BASE };

const ID: Arg = integer("id").about("of a comment");

pub(super) const COMMANDS: &[Spec] = &[
    Spec {
        verb: Verb::Comment,
        name: "ROOM.COMMENT",
        summary: "Writes a comment",
        deny_oom: true,
        arity: -4,
        args: &[
            KEY,
            ACTOR,
            string("text").about("1 to 2000 bytes; may hold newline and tab"),
            opt("REPLY", integer("id")).about("the comment it answers"),
            TOKEN,
        ],
        reply: "Integer: the comment's id",
        errors: codes!(
            NOROOM WRONGTYPE NOTLIVE ENDED NOTMEMBER OFF SLOWMODE RATELIMITED NOCOMMENT TOOMANY BROKEN
            INVALID
        ),
        event: "`comment`; notification `room.comment`",
        notes: "Members who are present, and `-`. At most 2000 comments a user and `room.max-comments` a \
                room.",
        ..BASE
    },
    Spec {
        verb: Verb::DelComment,
        name: "ROOM.DELCOMMENT",
        summary: "Deletes a comment: its text is gone from reads and history",
        args: &[KEY, ACTOR, ID],
        reply: "Integer: 1, or 0 when it was deleted",
        errors: codes!(
            NOROOM WRONGTYPE NOTLIVE ENDED NOTMEMBER FORBIDDEN RATELIMITED NOCOMMENT BROKEN INVALID
        ),
        event: "`comment_deleted`; notification `room.delcomment`",
        notes: "Its author; host and `-`; cohosts, but not against the host or another cohost. A pinned \
                comment is unpinned.",
        ..BASE
    },
    Spec {
        verb: Verb::Pin,
        name: "ROOM.PIN",
        summary: "Pins a comment",
        deny_oom: true,
        args: &[KEY, ACTOR, ID],
        reply: "OK",
        errors: codes!(NOROOM WRONGTYPE NOTLIVE ENDED FORBIDDEN NOCOMMENT TOOMANY BROKEN INVALID),
        event: "`pinned`; notification `room.pin`",
        notes: "Host, cohosts and `-`. At most 5 a room.",
        ..BASE
    },
    Spec {
        verb: Verb::Unpin,
        name: "ROOM.UNPIN",
        summary: "Unpins a comment",
        args: &[KEY, ACTOR, ID],
        reply: "Integer: 1, or 0 when it was not pinned",
        errors: codes!(NOROOM WRONGTYPE NOTLIVE ENDED FORBIDDEN NOCOMMENT BROKEN INVALID),
        event: "`unpinned`; notification `room.unpin`",
        notes: "Host, cohosts and `-`.",
        ..BASE
    },
    Spec {
        verb: Verb::Comments,
        name: "ROOM.COMMENTS",
        summary: "Reads comments, newest first",
        complexity: "O(M) with M comments replied",
        access: Access::Read,
        fast: false,
        arity: -3,
        tips: &[JSON],
        args: &[
            KEY,
            ACTOR,
            opt("BEFORE", integer("id")).about("only older ones than this"),
            opt("COUNT", integer("count")).about("1 to 500, 50 without it"),
        ],
        reply: "JSON `{comments,profiles}`",
        errors: codes!(NOROOM WRONGTYPE NOTINVITED BLOCKED BROKEN INVALID),
        notes: "Whoever may read the room, in any state.",
        ..BASE
    },
    Spec {
        verb: Verb::React,
        name: "ROOM.REACT",
        summary: "Adds reactions of one kind",
        deny_oom: true,
        arity: -4,
        args: &[
            KEY,
            ACTOR,
            string("kind").about("1 to 32 bytes, one that the room allows"),
            opt("COUNT", integer("count"))
                .about("1 to 100, 1 without it: what was tapped since the last message"),
        ],
        reply: "Integer: total of that kind",
        errors: codes!(
            NOROOM WRONGTYPE NOTLIVE ENDED NOTMEMBER OFF RATELIMITED BADOPTION TOOMANY BROKEN INVALID
        ),
        event: "`reactions`; notification `room.tick`",
        notes: "Members who are present. At most 64 kinds a room.",
        ..BASE
    },
];
