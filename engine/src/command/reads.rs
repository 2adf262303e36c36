//! Reads of users. The value of every read is here. A read that belongs to another family has its entry and its parser
//! there.

use super::args::Args;
use super::spec::*;
use super::{values, Actor, Page};
use crate::error::Error;
use crate::limits::{MAX_INTEGER, NAMED_SPEAKERS};
use crate::terms::Role;
use const_format::formatcp;

/// A command that reads one room, without its key.
#[derive(Clone, Copy, Debug)]
pub enum ReadCommand<'a> {
    /// ROOM.INVITED
    Invited {
        /// The reader.
        actor: Actor<'a>,
        /// CURSOR and COUNT.
        page: Page<'a>,
    },
    /// ROOM.SESSIONS
    Sessions {
        /// The gateway whose sessions are listed.
        gateway: &'a str,
        /// CURSOR and COUNT.
        page: Page<'a>,
    },
    /// ROOM.BLOCKED
    Blocked {
        /// The reader.
        actor: Actor<'a>,
        /// CURSOR and COUNT.
        page: Page<'a>,
    },
    /// ROOM.COMMENTS
    Comments {
        /// The reader.
        actor: Actor<'a>,
        /// BEFORE: only comments with a lower id. None: from the newest.
        before: Option<u64>,
        /// COUNT
        count: usize,
    },
    /// ROOM.POLLS
    Polls {
        /// The reader.
        actor: Actor<'a>,
    },
    /// ROOM.STATE
    State {
        /// The reader.
        actor: Actor<'a>,
    },
    /// ROOM.MEMBERS
    Members {
        /// The reader.
        actor: Actor<'a>,
        /// ROLE. None: all roles.
        role: Option<Role>,
        /// CURSOR and COUNT.
        page: Page<'a>,
    },
    /// ROOM.WHOIS
    Whois {
        /// The reader.
        actor: Actor<'a>,
        /// The member.
        user: &'a str,
    },
    /// ROOM.HANDS
    Hands {
        /// The reader.
        actor: Actor<'a>,
        /// CURSOR and COUNT.
        page: Page<'a>,
    },
    /// ROOM.EVENTS
    Events {
        /// The reader.
        actor: Actor<'a>,
        /// The epoch that `since` belongs to.
        epoch: &'a str,
        /// The seq of the last event that the reader knows. 0: none.
        since: u64,
    },
    /// ROOM.SUMMARY
    Summary {
        /// The reader.
        actor: Actor<'a>,
    },
    /// ROOM.INFO
    Info,
    /// ROOM.EXPORT
    Export {
        /// The cursor as the client sent it. `0` starts.
        cursor: &'a str,
        /// COUNT
        count: usize,
    },
}

const FAMILY: Spec = Spec {
    group: "Reads",
    arity: 3,
    tips: &[JSON, NONDETERMINISTIC],
    errors: codes!(NOROOM WRONGTYPE NOTINVITED BLOCKED BROKEN INVALID),
    notes: READERS,
    ..BASE
};

pub(super) const COMMANDS: &[Spec] = &[STATE, MEMBERS, WHOIS, HANDS, EVENTS, SUMMARY];

const STATE: Spec = Spec {
    name: "ROOM.STATE",
    parser: Parser::Read(state),
    summary: "Reads a snapshot of the room",
    complexity: "O(S) with S on stage: bounded for any number of members",
    args: &[KEY, ACTOR],
    reply: "JSON snapshot",
    notes: formatcp!(
        "{READERS} The reply is the same for all readers except for `you`: a gateway asks as `-` and shares the reply."
    ),
    ..FAMILY
};

fn state<'a>(args: &mut Args<'_, 'a>) -> Result<ReadCommand<'a>, Error> {
    Ok(ReadCommand::State { actor: values::actor(args.next()?)? })
}

const MEMBERS: Spec = Spec {
    name: "ROOM.MEMBERS",
    parser: Parser::Read(members),
    summary: "Lists present members, the stage first, then in the order of joining",
    complexity: "O(M) with M members in the page",
    arity: -3,
    tips: &[JSON, SHARED, NONDETERMINISTIC],
    args: &[KEY, ACTOR, opt("ROLE", one_of("role", ROLES)), CURSOR, COUNT],
    reply: "JSON `{cursor,members}`",
    notes: formatcp!("{READERS} A member who is present during all pages is listed."),
    ..FAMILY
};

fn members<'a>(args: &mut Args<'_, 'a>) -> Result<ReadCommand<'a>, Error> {
    let actor = values::actor(args.next()?)?;
    let (mut role, mut page) = (None, Page::FIRST);
    args.options(&["ROLE", "CURSOR", "COUNT"], |name, args| {
        match name {
            "ROLE" => role = Some(values::role(args.value()?)?),
            _ => page.take(name, args)?,
        }
        Ok(())
    })?;
    Ok(ReadCommand::Members { actor, role, page })
}

const WHOIS: Spec = Spec {
    name: "ROOM.WHOIS",
    parser: Parser::Read(whois),
    summary: "Reads one member",
    complexity: "O(log N) with N members",
    fast: true,
    arity: 4,
    args: &[KEY, ACTOR, USER],
    reply:
        "JSON member; null (not a string) for a user who never joined and is not staff; for the actor `you`",
    ..FAMILY
};

fn whois<'a>(args: &mut Args<'_, 'a>) -> Result<ReadCommand<'a>, Error> {
    Ok(ReadCommand::Whois { actor: values::actor(args.next()?)?, user: values::user(args.next()?)? })
}

const HANDS: Spec = Spec {
    name: "ROOM.HANDS",
    parser: Parser::Read(hands),
    summary: "Lists raised hands in their order",
    complexity: "O(log N + M) with N raised hands and M in the page",
    arity: -3,
    tips: &[JSON, SHARED, NONDETERMINISTIC],
    args: &[KEY, ACTOR, CURSOR, COUNT],
    reply: "JSON `{cursor,hands:[{user,ms,present}],profiles}`",
    ..FAMILY
};

fn hands<'a>(args: &mut Args<'_, 'a>) -> Result<ReadCommand<'a>, Error> {
    Ok(ReadCommand::Hands { actor: values::actor(args.next()?)?, page: args.page()? })
}

const EVENTS: Spec = Spec {
    name: "ROOM.EVENTS",
    parser: Parser::Read(events),
    summary: "Reads the events after a given one, as one frame",
    complexity: "O(M) with M events replied",
    arity: 5,
    args: &[
        KEY,
        ACTOR,
        string("epoch").about("of the last frame or reply"),
        integer("since").about("the number of the last event known"),
    ],
    reply: "JSON frame; nothing new: `from` is since + 1 and `to` is since",
    errors: codes!(NOROOM WRONGTYPE NOTINVITED BLOCKED RESYNC BROKEN INVALID),
    notes: formatcp!(
        "{READERS} The room holds at least the last `room.history-bytes` of events, and only the latest of events that \
         fold. After RESYNC read ROOM.STATE."
    ),
    ..FAMILY
};

fn events<'a>(args: &mut Args<'_, 'a>) -> Result<ReadCommand<'a>, Error> {
    const SINCE: &str = "since must be a whole number from 0";
    let actor = values::actor(args.next()?)?;
    let epoch = values::epoch(args.next()?)?;
    let since = values::integer(args.next()?, 0, MAX_INTEGER, SINCE)?;
    Ok(ReadCommand::Events { actor, epoch, since })
}

const SUMMARY: Spec = Spec {
    name: "ROOM.SUMMARY",
    parser: Parser::Read(summary),
    summary: "Reads the summary of a room, so far or at its end",
    complexity: formatcp!("O(S + P) with S speakers, of whom {NAMED_SPEAKERS} are named, and P polls"),
    args: &[KEY, ACTOR],
    reply: "JSON summary",
    notes: formatcp!("{READERS} Kicks, blocks and mutes show only to staff and `-`."),
    ..FAMILY
};

fn summary<'a>(args: &mut Args<'_, 'a>) -> Result<ReadCommand<'a>, Error> {
    Ok(ReadCommand::Summary { actor: values::actor(args.next()?)? })
}
