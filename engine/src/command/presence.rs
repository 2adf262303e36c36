//! Presence: the reports of gateways about their sockets.

use super::args::Args;
use super::spec::*;
use super::{json_values, values, Facts, ReadCommand, WriteCommand};
use crate::error::Error;
use crate::limits::{CLIENT_BYTES, PROFILE_BYTES, SESSIONS};
use const_format::formatcp;
use serde_json::value::RawValue;

/// A write about sessions.
#[derive(Clone, Debug)]
pub enum PresenceCommand<'a> {
    /// ROOM.JOIN
    Join(Join<'a>),
    /// ROOM.LEAVE
    Leave {
        /// The authenticated user.
        member: &'a str,
        /// SESSION. None: all sessions.
        session: Option<&'a str>,
        /// GATEWAY. None: sessions of all gateways.
        gateway: Option<&'a str>,
        /// LOST: the socket broke.
        lost: bool,
    },
    /// ROOM.BEAT
    Beat {
        /// The gateway whose lease is renewed.
        gateway: &'a str,
    },
    /// ROOM.DROP
    Drop {
        /// The gateway whose sessions end.
        gateway: &'a str,
        /// LOST: the sockets broke.
        lost: bool,
    },
}

/// The arguments of ROOM.JOIN.
#[derive(Clone, Debug, Default)]
pub struct Join<'a> {
    /// The authenticated user.
    pub member: &'a str,
    /// GATEWAY. None: a session without a lease.
    pub gateway: Option<&'a str>,
    /// SESSION. None: the default session.
    pub session: Option<&'a str>,
    /// PROFILE, in its compact form. None: the profile stays.
    pub profile: Option<Box<RawValue>>,
    /// CLIENT: the program with which the user connects. None: not said.
    pub client: Option<&'a str>,
    /// AGAIN: the room forgot the session. It must not undo a removal, and must not end another session.
    pub again: bool,
}

impl<'a> PresenceCommand<'a> {
    pub(super) fn facts(&self) -> Facts<'a> {
        match *self {
            PresenceCommand::Join(Join { member, .. }) | PresenceCommand::Leave { member, .. } => {
                Facts::about(member)
            }
            PresenceCommand::Beat { .. } | PresenceCommand::Drop { .. } => Facts::PLAIN,
        }
    }
}

const FAMILY: Spec = Spec { group: "Presence", ..BASE };

pub(super) const COMMANDS: &[Spec] = &[JOIN, LEAVE, BEAT, DROP, SESSION_LIST];

const MEMBER: Arg = string("member");
const LOST: Arg = flag("lost", "LOST").about(
    "the socket broke: the member stays present for `room.grace`, with seat, hand and role; a JOIN within that time \
     takes the loss back",
);

const JOIN: Spec = Spec {
    name: "ROOM.JOIN",
    parser: Parser::Write(join),
    summary: "Adds a session of a member",
    complexity: "O(log N) with N members",
    fast: true,
    deny_oom: true,
    arity: -3,
    tips: &[JSON, NONDETERMINISTIC],
    args: &[
        KEY,
        MEMBER.about("the authenticated user"),
        opt("GATEWAY", string("gateway"))
            .about("holds the socket and keeps a lease by ROOM.BEAT; without it no lease: for services only"),
        opt("SESSION", string("session"))
            .about("one socket, an id that is never used again; without it one default session"),
        opt("PROFILE", string("json")).about(formatcp!(
            "a JSON object of at most {PROFILE_BYTES} bytes; replaces the profile, which stays without it"
        )),
        opt("CLIENT", string("client")).about(formatcp!(
            "the program with which the user connects, 1 to {CLIENT_BYTES} bytes such as `ios/5.2`, for the export only"
        )),
        flag("again", "AGAIN").about(
            "for a gateway that joins again a user whom the room forgot: FORBIDDEN if the user was removed since its \
             last JOIN, and TOOMANY instead of the end of another session",
        ),
    ],
    reply: "JSON `{incarnation,epoch,seq,ms,state,present,channel,publish,lease_ms,tick_ms,you}`",
    errors: codes!(NOROOM WRONGTYPE ENDED NOTINVITED BLOCKED FULL FORBIDDEN TOOMANY BROKEN INVALID),
    event: "`audience`; on stage `stage`; notification `room.tick`",
    notes: formatcp!(
        "For gateways, never relayed. Who joins a scheduled room waits inside and counts as present. A repeated JOIN \
         replies the same. A member has at most {SESSIONS} sessions: one more ends its oldest one."
    ),
    ..FAMILY
};

fn join<'a>(args: &mut Args<'_, 'a>) -> Result<WriteCommand<'a>, Error> {
    let mut join = Join { member: values::user(args.next()?)?, ..Join::default() };
    args.options(&["GATEWAY", "SESSION", "PROFILE", "CLIENT", "AGAIN"], |name, args| {
        match name {
            "GATEWAY" => join.gateway = Some(values::gateway(args.value()?)?),
            "SESSION" => join.session = Some(values::session(args.value()?)?),
            "PROFILE" => join.profile = Some(json_values::profile(args.value()?)?),
            "CLIENT" => join.client = Some(values::client(args.value()?)?),
            _ => join.again = true,
        }
        Ok(())
    })?;
    Ok(WriteCommand::Presence(PresenceCommand::Join(join)))
}

const LEAVE: Spec = Spec {
    name: "ROOM.LEAVE",
    parser: Parser::Write(leave),
    summary: "Ends sessions of a member",
    complexity: "O(log N) with N members",
    fast: true,
    arity: -3,
    args: &[
        KEY,
        MEMBER,
        opt("SESSION", string("session")).about("only this session; without it all of them"),
        opt("GATEWAY", string("gateway")).about("only sessions of this gateway"),
        LOST,
    ],
    reply: "Integer: sessions of the member that remain",
    errors: codes!(NOROOM WRONGTYPE ENDED BROKEN INVALID),
    event: "`audience`; off stage `stage`; with its hand `hands`; notification `room.tick`",
    notes: "For gateways, never relayed. A member who is gone for good loses hand, offer, seat and the role speaker; \
            in a scheduled room it keeps its hand.",
    ..FAMILY
};

fn leave<'a>(args: &mut Args<'_, 'a>) -> Result<WriteCommand<'a>, Error> {
    let member = values::user(args.next()?)?;
    let (mut session, mut gateway, mut lost) = (None, None, false);
    args.options(&["SESSION", "GATEWAY", "LOST"], |name, args| {
        match name {
            "SESSION" => session = Some(values::session(args.value()?)?),
            "GATEWAY" => gateway = Some(values::gateway(args.value()?)?),
            _ => lost = true,
        }
        Ok(())
    })?;
    Ok(WriteCommand::Presence(PresenceCommand::Leave { member, session, gateway, lost }))
}

const BEAT: Spec = Spec {
    name: "ROOM.BEAT",
    parser: Parser::Write(beat),
    summary: "Renews a gateway's lease on its sessions",
    fast: true,
    arity: 3,
    args: &[KEY, GATEWAY],
    reply: "Array `[sessions, epoch, seq]`",
    errors: codes!(NOROOM WRONGTYPE BROKEN INVALID),
    notes: "For gateways, never relayed, in any state. A gateway that sends no BEAT for `room.lease` loses its sessions, as LOST. \
            Leases are local to a server: nothing is replicated.",
    ..FAMILY
};

fn beat<'a>(args: &mut Args<'_, 'a>) -> Result<WriteCommand<'a>, Error> {
    Ok(WriteCommand::Presence(PresenceCommand::Beat { gateway: values::gateway(args.next()?)? }))
}

const DROP: Spec = Spec {
    name: "ROOM.DROP",
    parser: Parser::Write(drop),
    summary: "Ends all sessions of a gateway that drains or has died",
    complexity: "O(S) with S on stage; its listeners and their hands follow in slices, one per tick",
    arity: -3,
    args: &[KEY, GATEWAY, LOST],
    reply: "Integer: sessions ended",
    errors: codes!(NOROOM WRONGTYPE ENDED BROKEN INVALID),
    event: "`audience`, `stage`, `hands`; notification `room.tick`",
    notes: "For gateways, never relayed.",
    ..FAMILY
};

fn drop<'a>(args: &mut Args<'_, 'a>) -> Result<WriteCommand<'a>, Error> {
    let gateway = values::gateway(args.next()?)?;
    let mut lost = false;
    args.options(&["LOST"], |_, _| {
        lost = true;
        Ok(())
    })?;
    Ok(WriteCommand::Presence(PresenceCommand::Drop { gateway, lost }))
}

const SESSION_LIST: Spec = Spec {
    name: "ROOM.SESSIONS",
    parser: Parser::Read(sessions),
    summary: "Lists the sessions that the room has on record for a gateway",
    complexity: "O(M) with M sessions in the page",
    arity: -3,
    tips: &[JSON],
    args: &[KEY, GATEWAY, CURSOR, COUNT],
    reply: "JSON `{cursor,sessions:[{user,session}]}`",
    errors: codes!(NOROOM WRONGTYPE BROKEN INVALID),
    notes: "For gateways, never relayed, in any state.",
    ..FAMILY
};

fn sessions<'a>(args: &mut Args<'_, 'a>) -> Result<ReadCommand<'a>, Error> {
    Ok(ReadCommand::Sessions { gateway: values::gateway(args.next()?)?, page: args.page()? })
}
