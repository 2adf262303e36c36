//! From creation to the end, and who is expected.

use super::*;

const BASE: Spec = Spec { group: "Lifecycle", ..super::BASE };

const HOST_LOSS: &[Arg] = &[word("end", "END"), word("handover", "HANDOVER"), word("keep", "KEEP")];
const SWITCH: &[Arg] = &[word("on", "on"), word("off", "off")];

const fn field(name: &'static str, value: Arg) -> Arg {
    Arg { token: Some(name), ..value }
}

const FIELDS: &[Arg] = &[
    field("title", string("title")).about("at most 256 bytes"),
    field("at", arg("unix-ms", ArgKind::UnixTime)).about("at most a year ahead; while scheduled"),
    field("private", one_of("private", SWITCH)).about("on: invites all who are present"),
    field("seats", integer("seats")).about("0 to 100; lowering removes nobody"),
    field("capacity", integer("capacity")).about("0 to 1000000, 0: any; lowering removes nobody"),
    field("meta", string("json")).about("a JSON object of at most 2048 bytes"),
    field("hostloss", one_of("hostloss", HOST_LOSS)).about("what happens when the host is gone"),
    field("comments", one_of("comments", SWITCH)).about("whether comments are taken"),
    field("reactions", one_of("reactions", SWITCH)).about("whether reactions are taken"),
    field("hands", one_of("hands", SWITCH)).about("whether hands may be raised"),
    field("slowmode", integer("seconds")).about("between two comments of a user, 0 to 86400, 0: off"),
    field("emojis", string("json")).about("a JSON array of at most 64 kinds of reaction; `[]`: any"),
];

pub(super) const COMMANDS: &[Spec] = &[
    Spec {
        verb: Verb::Create,
        name: "ROOM.CREATE",
        summary: "Creates a room, live at once or scheduled",
        fast: true,
        deny_oom: true,
        arity: -3,
        tips: &[JSON, NONDETERMINISTIC],
        args: &[
            KEY,
            ACTOR.about("becomes the host; `-`: no host"),
            opt("TITLE", string("title")).about("at most 256 bytes"),
            opt("AT", arg("unix-ms", ArgKind::UnixTime))
                .about("when it is to start, at most a year ahead; without it the room is live"),
            flag("private", "PRIVATE").about("only staff and invited users get in"),
            opt("SEATS", integer("seats")).about("on stage beside the staff, 0 to 100, 10 without it"),
            opt("CAPACITY", integer("capacity"))
                .about("how many may be present at once, 0 to 1000000; 0, or without it: any number"),
            opt("META", string("json")).about("a JSON object of at most 2048 bytes"),
            opt("HOSTLOSS", one_of("hostloss", HOST_LOSS))
                .about("what happens when the host is gone; HANDOVER without it"),
        ],
        reply: "JSON `{incarnation,epoch,state,channel,publish}`",
        errors: codes!(ROOMEXISTS WRONGTYPE BROKEN INVALID),
        event: "`created`; notification `room.create`",
        notes: "Whoever may write the key. The key must hold nothing.",
        ..BASE
    },
    Spec {
        verb: Verb::Config,
        name: "ROOM.CONFIG",
        summary: "Changes settings of a room",
        complexity: "O(1); `private on` goes on in slices of 512 members",
        deny_oom: true,
        arity: -5,
        args: &[KEY, ACTOR, multiple(one_of("setting", FIELDS))],
        reply: "OK",
        errors: codes!(NOROOM WRONGTYPE NOTSCHEDULED ENDED FORBIDDEN BROKEN INVALID),
        event: "`settings`; notification `room.config`",
        notes: "Host, cohosts and `-`, scheduled or live. Each field at most once; all are set or none.",
        ..BASE
    },
    Spec {
        verb: Verb::Start,
        name: "ROOM.START",
        summary: "Opens a scheduled room",
        fast: true,
        deny_oom: true,
        arity: 3,
        args: &[KEY, ACTOR],
        reply: "OK",
        errors: codes!(NOROOM WRONGTYPE NOTSCHEDULED ENDED FORBIDDEN BROKEN INVALID),
        event: "`started`; notification `room.start`",
        notes: "Host, cohosts and `-`.",
        ..BASE
    },
    Spec {
        verb: Verb::Cancel,
        name: "ROOM.CANCEL",
        summary: "Calls a scheduled room off",
        fast: true,
        arity: 3,
        args: &[KEY, ACTOR],
        reply: "OK",
        errors: codes!(NOROOM WRONGTYPE NOTSCHEDULED ENDED FORBIDDEN BROKEN INVALID),
        event: "`cancelled`; notification `room.cancel`",
        notes: "The host and `-`. A scheduled room not started `room.start-window` after AT is cancelled by \
                itself.",
        ..BASE
    },
    Spec {
        verb: Verb::End,
        name: "ROOM.END",
        summary: "Ends a live room; it stays readable until it is purged or expires",
        complexity: "O(1), whatever the number of members",
        arity: 3,
        tips: &[JSON, NONDETERMINISTIC],
        args: &[KEY, ACTOR],
        reply: "JSON summary",
        errors: codes!(NOROOM WRONGTYPE NOTLIVE ENDED FORBIDDEN BROKEN INVALID),
        event: "`ended`; notification `room.end`",
        notes: "The host and `-`. A live room with nobody present for `room.empty` ends by itself.",
        ..BASE
    },
    Spec {
        verb: Verb::Rsvp,
        name: "ROOM.RSVP",
        summary: "Says that one is interested in a scheduled room, or no longer",
        complexity: "O(log N) with N members",
        fast: true,
        deny_oom: true,
        arity: 4,
        args: &[KEY, ACTOR, one_of("answer", &[word("yes", "YES"), word("no", "NO")])],
        reply: "Integer: users interested",
        errors: codes!(NOROOM WRONGTYPE NOTSCHEDULED ENDED NOTINVITED BLOCKED RATELIMITED BROKEN INVALID),
        event: "`rsvp`; notification `room.rsvp`",
        notes: "Any user who may read the room; not `-`.",
        ..BASE
    },
    Spec {
        verb: Verb::Invite,
        name: "ROOM.INVITE",
        summary: "Invites users",
        complexity: "O(M log N) with M users given and N members",
        deny_oom: true,
        arity: -4,
        args: &[KEY, ACTOR, multiple(USER).about("1 to 1000")],
        reply: "Integer: users newly invited",
        errors: codes!(NOROOM WRONGTYPE ENDED FORBIDDEN TOOMANY BROKEN INVALID),
        event: "`invited`; notification `room.invite`",
        notes: "Host, cohosts and `-`, scheduled or live. At most 1000 users a call and 100000 a room.",
        ..BASE
    },
    Spec {
        verb: Verb::Uninvite,
        name: "ROOM.UNINVITE",
        summary: "Takes invitations back",
        complexity: "O(M log N) with M users given and N members",
        arity: -4,
        args: &[KEY, ACTOR, multiple(USER).about("1 to 1000")],
        reply: "Integer: invitations removed",
        errors: codes!(NOROOM WRONGTYPE ENDED FORBIDDEN TOOMANY BROKEN INVALID),
        event: "`invited`; in a private room `removed`, and `removed_notice` to the user; notification \
                `room.uninvite`",
        notes: "Host, cohosts and `-`, scheduled or live. In a private room it ends the users' sessions.",
        ..BASE
    },
    Spec {
        verb: Verb::Invited,
        name: "ROOM.INVITED",
        summary: "Lists who is invited or interested, and who came",
        complexity: "O(M) with M users looked at for the page",
        access: Access::Read,
        arity: -3,
        tips: &[JSON],
        args: &[KEY, ACTOR, CURSOR, COUNT_100],
        reply: "JSON `{cursor,users:[{user,invited,interested,joined}]}`",
        errors: codes!(NOROOM WRONGTYPE FORBIDDEN BROKEN INVALID),
        notes: "Host, cohosts and `-`, in any state.",
        ..BASE
    },
];
