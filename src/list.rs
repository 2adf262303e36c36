//! ROOM.LIST: the rooms of this database on this node, page by page.

use std::ffi::c_int;

use room_engine::command::spec::ParseList;
use room_engine::command::{parse, ListCommand};
use room_engine::error::Error;
use room_engine::read;

use crate::api::{Argv, Ctx, Key, Mode, Owned};
use crate::datatype::Content;
use crate::panics::{guard, INTERNAL};
use crate::pipeline::refuse;
use crate::server::server;
use crate::timer;

/// Entries looked at for each one asked for: a filter that lets little through ends the page early, so that a call
/// stays short whatever it asks.
const LOOKED_AT: usize = 10;
/// Keys verified first, so that a page after DEL or RENAME does not show what is gone.
const VERIFIED: usize = 1000;

/// Answers the command.
pub fn list(ctx: Ctx, parser: ParseList, argv: Argv<'_>) -> c_int {
    argv.with_slices(1, |args| match guard("parsing", || parse(parser, args)) {
        Some(Ok(list)) => match list.page.cursor.parse() {
            Ok(cursor) => page(ctx, &list, cursor),
            Err(_) => refuse(ctx, Error::Invalid("CURSOR must be one that this command gave, or 0")),
        },
        Some(Err(error)) => refuse(ctx, error),
        None => ctx.reply().error(INTERNAL),
    })
}

fn page(ctx: Ctx, list: &ListCommand<'_>, from: u64) -> c_int {
    timer::settle_registry(ctx, VERIFIED);
    let db = ctx.db();
    let user = ctx.user();
    let mut cursor = from;
    let mut found: Vec<Vec<u8>> = Vec::new();
    let mut more = false;
    for _ in 0..list.page.count.saturating_mul(LOOKED_AT) {
        let next = server().registry.borrow().after(db, cursor);
        let Some(listed) = next else {
            more = false;
            break;
        };
        more = true;
        if found.len() == list.page.count {
            break;
        }
        cursor = listed.cursor();
        let facts = listed.facts;
        if listed.guest
            || list.state.is_some_and(|state| state != facts.state)
            || (list.public && facts.private)
        {
            continue;
        }
        let name = Owned::new(&listed.key);
        if user.as_ref().is_some_and(|user| !user.may_read(name.text())) {
            continue;
        }
        let Some(mut key) = Key::open(ctx, name.text(), Mode::Peek) else { continue };
        let Content::Room(held) = key.content() else { continue };
        let Some(room) = held.room.as_deref().filter(|_| held.ticket == listed.ticket) else { continue };
        if list.cards {
            let text = String::from_utf8_lossy(&listed.key);
            let settings = server().settings.borrow();
            let env = server().env(&settings, &text, db, &None);
            match guard("reading a room", || read::card(room, &env)) {
                Some(card) => found.push(card.into_bytes()),
                None => continue,
            }
        } else {
            found.push(listed.key.into_vec());
        }
    }
    let reply = ctx.reply();
    reply.array(2);
    reply.bulk(if more { cursor.to_string() } else { "0".to_owned() }.as_bytes());
    reply.array(found.len());
    for item in &found {
        reply.bulk(item);
    }
    crate::api::OK
}
