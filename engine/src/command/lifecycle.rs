//! Lifecycle: from creation to the end, and invitations.

use super::args::Args;
use super::config_fields::{self, ConfigField, FIELDS, HOST_LOSS};
use super::spec::*;
use super::{json_values, values, Actor, Facts, ReadCommand, WriteCommand};
use crate::error::Error;
use crate::limits::{CAPACITY, INVITED, META_BYTES, SEATS, SLICE, TITLE_BYTES, USERS_PER_CALL};
use crate::terms::{HostLoss, DEFAULT_SEATS};
use const_format::formatcp;
use serde_json::value::RawValue;

/// A write of the lifecycle.
#[derive(Clone, Debug)]
pub enum LifecycleCommand<'a> {
    /// ROOM.CREATE
    Create {
        /// The host to be. The service creates a room without a host.
        creator: Actor<'a>,
        /// The options.
        create: Create<'a>,
    },
    /// ROOM.CONFIG
    Config {
        /// The actor.
        actor: Actor<'a>,
        /// The fields to set: at least one, each at most once.
        fields: Vec<ConfigField<'a>>,
    },
    /// ROOM.START
    Start {
        /// The actor.
        actor: Actor<'a>,
    },
    /// ROOM.CANCEL
    Cancel {
        /// The actor.
        actor: Actor<'a>,
    },
    /// ROOM.END
    End {
        /// The actor.
        actor: Actor<'a>,
    },
    /// ROOM.RSVP
    Rsvp {
        /// The actor.
        user: &'a str,
        /// The user is interested.
        yes: bool,
    },
    /// ROOM.INVITE
    Invite {
        /// The actor.
        actor: Actor<'a>,
        /// The users, who may repeat. A list that is too long is cut after `USERS_PER_CALL` + 1 users.
        users: Vec<&'a str>,
    },
    /// ROOM.UNINVITE
    Uninvite {
        /// The actor.
        actor: Actor<'a>,
        /// The users, who may repeat. A list that is too long is cut after `USERS_PER_CALL` + 1 users.
        users: Vec<&'a str>,
    },
}

/// Options of ROOM.CREATE.
#[derive(Clone, Debug, Default)]
pub struct Create<'a> {
    /// TITLE. Empty: no title.
    pub title: &'a str,
    /// AT, Unix ms. Not yet compared with the clock. None: the room is live at once.
    pub at: Option<u64>,
    /// PRIVATE
    pub private: bool,
    /// SEATS. None: [`DEFAULT_SEATS`].
    pub seats: Option<u32>,
    /// CAPACITY. None or 0: no limit.
    pub capacity: Option<u32>,
    /// META, in its compact form.
    pub meta: Option<Box<RawValue>>,
    /// HOSTLOSS
    pub host_loss: HostLoss,
}

impl<'a> LifecycleCommand<'a> {
    pub(super) fn facts(&self) -> Facts<'a> {
        match *self {
            LifecycleCommand::Create { .. } => Facts::PLAIN,
            LifecycleCommand::Config { actor, .. }
            | LifecycleCommand::Start { actor }
            | LifecycleCommand::Cancel { actor }
            | LifecycleCommand::End { actor }
            | LifecycleCommand::Invite { actor, .. }
            | LifecycleCommand::Uninvite { actor, .. } => Facts::action(actor),
            LifecycleCommand::Rsvp { user, .. } => Facts::action(Actor::User(user)),
        }
    }
}

const FAMILY: Spec = Spec { group: "Lifecycle", ..BASE };

pub(super) const COMMANDS: &[Spec] =
    &[CREATE, CONFIG, START, CANCEL, END, RSVP, INVITE, UNINVITE, INVITED_LIST];

const CREATE: Spec = Spec {
    name: "ROOM.CREATE",
    parser: Parser::Write(create),
    written: KeyUse::Insert,
    summary: "Creates a room, live at once or scheduled",
    fast: true,
    deny_oom: true,
    arity: -3,
    tips: &[JSON, NONDETERMINISTIC],
    args: &[
        KEY,
        // Not `actor`: a gateway that relays what its users send must not relay this.
        string("creator").about("becomes the host; `-`: no host"),
        opt("TITLE", string("title")).about(formatcp!("at most {TITLE_BYTES} bytes")),
        opt("AT", unix_ms()).about("the start, at most a year ahead; without it the room is live at once"),
        flag("private", "PRIVATE").about("only staff and invited users get in"),
        opt("SEATS", integer("seats"))
            .about(formatcp!("on stage, staff not counted, 0 to {SEATS}, {DEFAULT_SEATS} without it")),
        opt("CAPACITY", integer("capacity")).about(formatcp!(
            "how many may be present at once, 0 to {CAPACITY}; 0, or without it: any number"
        )),
        opt("META", string("json")).about(formatcp!("a JSON object of at most {META_BYTES} bytes")),
        opt("HOSTLOSS", one_of("hostloss", HOST_LOSS))
            .about("what happens when the host is gone; HANDOVER without it"),
    ],
    reply: "JSON `{incarnation,epoch,state,channel,publish}`",
    errors: codes!(ROOMEXISTS WRONGTYPE BROKEN INVALID),
    event: "`created`; notification `room.create`",
    notes: "Every client that may write the key. A gateway sends it only for users whom its policy allows to open rooms, \
            and never relays it. The key must be empty.",
    ..FAMILY
};

fn create<'a>(args: &mut Args<'_, 'a>) -> Result<WriteCommand<'a>, Error> {
    let creator = values::actor(args.next()?)?;
    let mut create = Create::default();
    args.options(&["TITLE", "AT", "PRIVATE", "SEATS", "CAPACITY", "META", "HOSTLOSS"], |name, args| {
        match name {
            "TITLE" => create.title = values::title(args.value()?)?,
            "AT" => create.at = Some(values::at(args.value()?)?),
            "SEATS" => create.seats = Some(values::seats(args.value()?)?),
            "CAPACITY" => create.capacity = Some(values::capacity(args.value()?)?),
            "META" => create.meta = Some(json_values::meta(args.value()?)?),
            "HOSTLOSS" => create.host_loss = values::host_loss(args.value()?)?,
            _ => create.private = true,
        }
        Ok(())
    })?;
    Ok(WriteCommand::Lifecycle(LifecycleCommand::Create { creator, create }))
}

const CONFIG: Spec = Spec {
    name: "ROOM.CONFIG",
    parser: Parser::Write(config),
    summary: "Changes settings of a room",
    complexity: formatcp!("O(1); `private on` continues in slices of {SLICE} members"),
    deny_oom: true,
    arity: -5,
    args: &[KEY, ACTOR, multiple(one_of("setting", FIELDS))],
    reply: "OK",
    errors: codes!(NOROOM WRONGTYPE NOTSCHEDULED ENDED FORBIDDEN BROKEN INVALID),
    event: "`settings`; notification `room.config`",
    notes: "Host, cohosts and `-`, scheduled or live. Each field may stand once. Either all fields are set or none.",
    ..FAMILY
};

fn config<'a>(args: &mut Args<'_, 'a>) -> Result<WriteCommand<'a>, Error> {
    let actor = values::actor(args.next()?)?;
    let fields = config_fields::parse(args)?;
    Ok(WriteCommand::Lifecycle(LifecycleCommand::Config { actor, fields }))
}

const START: Spec = Spec {
    name: "ROOM.START",
    parser: Parser::Write(start),
    summary: "Opens a scheduled room",
    fast: true,
    deny_oom: true,
    arity: 3,
    args: &[KEY, ACTOR],
    reply: "OK",
    errors: codes!(NOROOM WRONGTYPE NOTSCHEDULED ENDED FORBIDDEN BROKEN INVALID),
    event: "`started`; notification `room.start`",
    notes: "Host, cohosts and `-`.",
    ..FAMILY
};

fn start<'a>(args: &mut Args<'_, 'a>) -> Result<WriteCommand<'a>, Error> {
    Ok(WriteCommand::Lifecycle(LifecycleCommand::Start { actor: values::actor(args.next()?)? }))
}

const CANCEL: Spec = Spec {
    name: "ROOM.CANCEL",
    parser: Parser::Write(cancel),
    summary: "Cancels a scheduled room",
    fast: true,
    arity: 3,
    args: &[KEY, ACTOR],
    reply: "OK",
    errors: codes!(NOROOM WRONGTYPE NOTSCHEDULED ENDED FORBIDDEN BROKEN INVALID),
    event: "`cancelled`; notification `room.cancel`",
    notes: "The host and `-`. A scheduled room that is not started within `room.start-window` after AT is cancelled by \
            itself.",
    ..FAMILY
};

fn cancel<'a>(args: &mut Args<'_, 'a>) -> Result<WriteCommand<'a>, Error> {
    Ok(WriteCommand::Lifecycle(LifecycleCommand::Cancel { actor: values::actor(args.next()?)? }))
}

const END: Spec = Spec {
    name: "ROOM.END",
    parser: Parser::Write(end),
    summary: "Ends a live room; it stays readable until it is purged or expires",
    complexity: "O(1) for any number of members",
    arity: 3,
    tips: &[JSON, NONDETERMINISTIC],
    args: &[KEY, ACTOR],
    reply: "JSON summary",
    errors: codes!(NOROOM WRONGTYPE NOTLIVE ENDED FORBIDDEN BROKEN INVALID),
    event: "`ended`; notification `room.end`",
    notes: "The host and `-`. A live room with nobody present for `room.empty` ends by itself.",
    ..FAMILY
};

fn end<'a>(args: &mut Args<'_, 'a>) -> Result<WriteCommand<'a>, Error> {
    Ok(WriteCommand::Lifecycle(LifecycleCommand::End { actor: values::actor(args.next()?)? }))
}

const RSVP: Spec = Spec {
    name: "ROOM.RSVP",
    parser: Parser::Write(rsvp),
    summary: "Says whether the user is interested in a scheduled room",
    complexity: "O(log N) with N members",
    fast: true,
    deny_oom: true,
    arity: 4,
    args: &[KEY, ACTOR, one_of("answer", &[word("yes", "YES"), word("no", "NO")])],
    reply: "Integer: users interested",
    errors: codes!(NOROOM WRONGTYPE NOTSCHEDULED ENDED NOTINVITED BLOCKED RATELIMITED BROKEN INVALID),
    event: "`rsvp`; notification `room.rsvp`",
    notes: "Every user who may read the room; not `-`.",
    ..FAMILY
};

fn rsvp<'a>(args: &mut Args<'_, 'a>) -> Result<WriteCommand<'a>, Error> {
    let user = values::user(args.next()?)?;
    let yes = values::yes_or_no(args.next()?)?;
    Ok(WriteCommand::Lifecycle(LifecycleCommand::Rsvp { user, yes }))
}

const USERS: Arg = multiple(USER).about(formatcp!("1 to {USERS_PER_CALL}"));

const INVITE: Spec = Spec {
    name: "ROOM.INVITE",
    parser: Parser::Write(invite),
    summary: "Invites users",
    complexity: "O(M log N) with M users given and N members",
    deny_oom: true,
    arity: -4,
    args: &[KEY, ACTOR, USERS],
    reply: "Integer: users newly invited",
    errors: codes!(NOROOM WRONGTYPE ENDED FORBIDDEN TOOMANY BROKEN INVALID),
    event: "`invited`; notification `room.invite`",
    notes: formatcp!(
        "Host, cohosts and `-`, scheduled or live. At most {USERS_PER_CALL} users in a call and {INVITED} in a room."
    ),
    ..FAMILY
};

fn invite<'a>(args: &mut Args<'_, 'a>) -> Result<WriteCommand<'a>, Error> {
    let actor = values::actor(args.next()?)?;
    Ok(WriteCommand::Lifecycle(LifecycleCommand::Invite { actor, users: users(args)? }))
}

const UNINVITE: Spec = Spec {
    name: "ROOM.UNINVITE",
    parser: Parser::Write(uninvite),
    summary: "Withdraws invitations",
    complexity: "O(M log N) with M users given and N members",
    arity: -4,
    args: &[KEY, ACTOR, USERS],
    reply: "Integer: invitations removed",
    errors: codes!(NOROOM WRONGTYPE ENDED FORBIDDEN TOOMANY BROKEN INVALID),
    event: "`invited`; in a private room `removed`, and `removed_notice` to the users and the staff; notification \
            `room.uninvite`",
    notes: "Host, cohosts and `-`, scheduled or live. In a private room it ends the users' sessions.",
    ..FAMILY
};

fn uninvite<'a>(args: &mut Args<'_, 'a>) -> Result<WriteCommand<'a>, Error> {
    let actor = values::actor(args.next()?)?;
    Ok(WriteCommand::Lifecycle(LifecycleCommand::Uninvite { actor, users: users(args)? }))
}

/// Checks every user and keeps one more than a call may name. `decide` refuses the excess, because key, state and
/// power are checked before it.
fn users<'a>(args: &mut Args<'_, 'a>) -> Result<Vec<&'a str>, Error> {
    let mut users = Vec::with_capacity(args.len().min(USERS_PER_CALL + 1));
    let mut next = args.next()?;
    loop {
        let user = values::user(next)?;
        if users.len() <= USERS_PER_CALL {
            users.push(user);
        }
        match args.pop() {
            Some(following) => next = following,
            None => break,
        }
    }
    Ok(users)
}

const INVITED_LIST: Spec = Spec {
    name: "ROOM.INVITED",
    parser: Parser::Read(invited),
    summary: "Lists who is invited or interested, and who came",
    complexity: "O(M) with M users looked at for the page",
    arity: -3,
    tips: &[JSON],
    args: &[KEY, ACTOR, CURSOR, COUNT],
    reply: "JSON `{cursor,users:[{user,invited,interested,joined}]}`",
    errors: codes!(NOROOM WRONGTYPE FORBIDDEN BROKEN INVALID),
    notes: "Host, cohosts and `-`, in any state.",
    ..FAMILY
};

fn invited<'a>(args: &mut Args<'_, 'a>) -> Result<ReadCommand<'a>, Error> {
    Ok(ReadCommand::Invited { actor: values::actor(args.next()?)?, page: args.page()? })
}
