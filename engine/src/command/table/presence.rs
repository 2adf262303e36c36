//! What gateways say about their sockets.

use super::*;

const BASE: Spec = Spec { group: "Presence", ..super::BASE };

const MEMBER: Arg = string("member");
const LOST: Arg = flag("lost", "LOST").about(
    "the socket broke: present, with seat, hand and role, for `room.grace`; a JOIN within it undoes it",
);

pub(super) const COMMANDS: &[Spec] = &[
    Spec {
        verb: Verb::Join,
        name: "ROOM.JOIN",
        summary: "Adds a session of a member",
        complexity: "O(log N) with N members",
        fast: true,
        deny_oom: true,
        arity: -3,
        tips: &[JSON, NONDETERMINISTIC],
        args: &[
            KEY,
            MEMBER.about("the authenticated user"),
            opt("GATEWAY", string("gateway")).about(
                "holds the socket and keeps a lease by ROOM.BEAT; without it no lease: for services only",
            ),
            opt("SESSION", string("session"))
                .about("one socket, an id never used again; without it one default session"),
            opt("PROFILE", string("json"))
                .about("a JSON object of at most 512 bytes; replaces the one before, left alone without it"),
        ],
        reply: "JSON `{epoch,seq,ms,state,present,channel,publish,you}`",
        errors: codes!(NOROOM WRONGTYPE NOTLIVE ENDED NOTINVITED BLOCKED FULL TOOMANY BROKEN INVALID),
        event: "`audience`; on stage `stage`; notification `room.tick`",
        notes: "For gateways, never relayed. Staff may join while the room is scheduled. Repeated, it \
                replies the same. At most 16 sessions a member.",
        ..BASE
    },
    Spec {
        verb: Verb::Leave,
        name: "ROOM.LEAVE",
        summary: "Ends sessions of a member",
        complexity: "O(log N) with N members",
        fast: true,
        arity: -3,
        args: &[
            KEY,
            MEMBER,
            opt("SESSION", string("session")).about("only this one; without it all of them"),
            opt("GATEWAY", string("gateway")).about("only those of this gateway"),
            LOST,
        ],
        reply: "Integer: sessions left",
        errors: codes!(NOROOM WRONGTYPE ENDED BROKEN INVALID),
        event: "`audience`; off stage `stage`; with its hand `hands`; notification `room.tick`",
        notes: "For gateways, never relayed. Who is gone for good loses hand, offer, seat and the role \
                speaker.",
        ..BASE
    },
    Spec {
        verb: Verb::Beat,
        name: "ROOM.BEAT",
        summary: "Renews a gateway's lease on its sessions",
        fast: true,
        arity: 3,
        args: &[KEY, GATEWAY],
        reply: "Array `[sessions, epoch, seq]`",
        errors: codes!(NOROOM WRONGTYPE ENDED BROKEN INVALID),
        notes: "For gateways, never relayed. A gateway that stops beating loses its sessions, as LOST, \
                after `room.lease`. Leases are local to a server: nothing is replicated.",
        ..BASE
    },
    Spec {
        verb: Verb::Drop,
        name: "ROOM.DROP",
        summary: "Ends all sessions of a gateway that drains, or was seen to die",
        complexity: "O(S) with S of its members on stage or with a hand up; its listeners follow in slices \
                     of a tick",
        arity: -3,
        args: &[KEY, GATEWAY, LOST],
        reply: "Integer: sessions ended",
        errors: codes!(NOROOM WRONGTYPE ENDED BROKEN INVALID),
        event: "`audience`, `stage`, `hands`; notification `room.tick`",
        notes: "For gateways, never relayed.",
        ..BASE
    },
    Spec {
        verb: Verb::Sessions,
        name: "ROOM.SESSIONS",
        summary: "Lists the sessions the room believes a gateway to hold",
        complexity: "O(M) with M sessions in the page",
        access: Access::Read,
        arity: -3,
        tips: &[JSON],
        args: &[KEY, GATEWAY, CURSOR, COUNT_100],
        reply: "JSON `{cursor,sessions:[{user,session}]}`",
        errors: codes!(NOROOM WRONGTYPE BROKEN INVALID),
        notes: "For gateways, never relayed.",
        ..BASE
    },
];
