//! Services: commands of backends, such as directories, warehouses and operators.

use super::args::Args;
use super::spec::*;
use super::{values, Facts, Page, ReadCommand, WriteCommand};
use crate::error::Error;
use crate::limits::{DEFAULT_EXPORT_PAGE, EXPORT_PAGE, EXPORT_PAGE_KIB};
use crate::terms::RoomState;
use const_format::formatcp;

/// A write of a backend.
#[derive(Clone, Debug)]
pub enum ServiceCommand<'a> {
    /// ROOM.PURGE
    Purge {
        /// INCARNATION: purge only this one. None: purge the room under the key.
        incarnation: Option<&'a str>,
        /// ENDED: purge only the room that ended or was cancelled at this time, Unix ms. None: at any time.
        ended_ms: Option<u64>,
    },
}

/// ROOM.LIST. It names no key: the server's registry of rooms answers it.
#[derive(Clone, Copy, Debug)]
pub struct ListCommand<'a> {
    /// STATE. None: all states.
    pub state: Option<RoomState>,
    /// PUBLIC: no private rooms.
    pub public: bool,
    /// CARDS: the reply of ROOM.INFO of each room instead of its key.
    pub cards: bool,
    /// CURSOR and COUNT.
    pub page: Page<'a>,
}

impl<'a> ServiceCommand<'a> {
    pub(super) fn facts(&self) -> Facts<'a> {
        match self {
            ServiceCommand::Purge { .. } => Facts::PLAIN,
        }
    }
}

const WHO: &str = "For services, never relayed; category `@roomadmin`.";

const FAMILY: Spec = Spec { group: "Services", admin: true, notes: WHO, ..BASE };

pub(super) const COMMANDS: &[Spec] = &[INFO, LIST, EXPORT, PURGE];

const INFO: Spec = Spec {
    name: "ROOM.INFO",
    parser: Parser::Read(info),
    summary: "Reads the room's card",
    fast: true,
    arity: 2,
    tips: &[JSON, NONDETERMINISTIC],
    args: &[KEY],
    reply: "JSON card `{room,state,incarnation,epoch,seq,host,title,private,capacity,present,listeners,speakers,hands,\
            comments,reactions,polls,interested,invited,created_ms,at_ms,started_ms,ended_ms,meta,channel,publish}`",
    errors: codes!(NOROOM WRONGTYPE BROKEN INVALID),
    notes: formatcp!("{WHO} A room whose end is due but not settled shows as live."),
    ..FAMILY
};

fn info<'a>(_: &mut Args<'_, 'a>) -> Result<ReadCommand<'a>, Error> {
    Ok(ReadCommand::Info)
}

const STATES: &[Arg] = &[
    word("scheduled", "scheduled"),
    word("live", "live"),
    word("ended", "ended"),
    word("cancelled", "cancelled"),
];

const LIST: Spec = Spec {
    name: "ROOM.LIST",
    parser: Parser::List(list),
    summary: "Lists the rooms of this database on this node",
    complexity: "O(M) with M rooms looked at for the page",
    arity: -1,
    tips: &[NONDETERMINISTIC, "request_policy:special", "response_policy:special"],
    args: &[
        opt("STATE", one_of("state", STATES)),
        flag("public", "PUBLIC").about("no private rooms"),
        flag("cards", "CARDS").about("the reply of ROOM.INFO of each, instead of the key"),
        CURSOR,
        COUNT,
    ],
    reply: "Array `[cursor, keys]`; CARDS: `[cursor, cards]`",
    errors: codes!(INVALID),
    notes: formatcp!("{WHO} Only keys that the caller may read."),
    ..FAMILY
};

fn list<'a>(args: &mut Args<'_, 'a>) -> Result<ListCommand<'a>, Error> {
    let mut list = ListCommand { state: None, public: false, cards: false, page: Page::FIRST };
    args.options(&["STATE", "PUBLIC", "CARDS", "CURSOR", "COUNT"], |name, args| {
        match name {
            "STATE" => list.state = Some(values::state(args.value()?)?),
            "PUBLIC" => list.public = true,
            "CARDS" => list.cards = true,
            _ => list.page.take(name, args)?,
        }
        Ok(())
    })?;
    Ok(list)
}

const EXPORT: Spec = Spec {
    name: "ROOM.EXPORT",
    parser: Parser::Read(export),
    summary: "Reads everything that a room holds, as lines of JSON",
    complexity: "O(M) with M lines replied",
    arity: -3,
    tips: &[NONDETERMINISTIC],
    args: &[
        KEY,
        string("cursor").about("`0`, or the cursor of the page before"),
        opt("COUNT", integer("count"))
            .about(formatcp!("1 to {EXPORT_PAGE}, {DEFAULT_EXPORT_PAGE} without it")),
    ],
    reply: "Array `[next cursor, JSON lines]`",
    errors: codes!(NOROOM WRONGTYPE BROKEN INVALID),
    notes: formatcp!(
        "{WHO} A page may have fewer lines than COUNT: it ends at {EXPORT_PAGE_KIB} KiB, so that no page stalls the \
         server. In any state; complete and stable once the room has ended or was cancelled. A cursor of another \
         incarnation or ended_ms is INVALID. A room whose end is due but not settled is exported as live."
    ),
    ..FAMILY
};

fn export<'a>(args: &mut Args<'_, 'a>) -> Result<ReadCommand<'a>, Error> {
    const REFUSAL: &str = formatcp!("count must be a whole number from 1 to {EXPORT_PAGE}");
    let cursor = values::cursor(args.next()?)?;
    let mut count = DEFAULT_EXPORT_PAGE as usize;
    args.options(&["COUNT"], |_, args| {
        count = values::count(args.value()?, EXPORT_PAGE, REFUSAL)?;
        Ok(())
    })?;
    Ok(ReadCommand::Export { cursor, count })
}

const PURGE: Spec = Spec {
    name: "ROOM.PURGE",
    parser: Parser::Write(purge),
    written: KeyUse::Delete,
    summary: "Deletes a room that has ended or was cancelled",
    complexity: "O(1); memory is freed in the background",
    arity: -2,
    args: &[
        KEY,
        opt("INCARNATION", string("incarnation")).about("only this one, not another under the same key"),
        opt("ENDED", unix_ms()).about("only the room that was over at this time, not one that went on"),
    ],
    reply: "Integer: 1, or 0 when the room is gone already, or of another incarnation or end",
    errors: codes!(WRONGTYPE NOTENDED BROKEN INVALID),
    event: "notification `room.purge`",
    notes: formatcp!(
        "{WHO} Archive the room before. With the incarnation and ended_ms of the export, a room that another master \
         continued is kept. NOTENDED also if the end of the room is due but not \
         settled before."
    ),
    ..FAMILY
};

fn purge<'a>(args: &mut Args<'_, 'a>) -> Result<WriteCommand<'a>, Error> {
    let (mut incarnation, mut ended_ms) = (None, None);
    args.options(&["INCARNATION", "ENDED"], |name, args| {
        match name {
            "INCARNATION" => incarnation = Some(values::incarnation(args.value()?)?),
            _ => ended_ms = Some(values::ended(args.value()?)?),
        }
        Ok(())
    })?;
    Ok(WriteCommand::Services(ServiceCommand::Purge { incarnation, ended_ms }))
}
