//! ROOM.LIST: the rooms of this database on this node, in pages.

use std::ffi::c_int;

use room_engine::command::spec::ParseList;
use room_engine::command::{parse, ListCommand};
use room_engine::Error;

use crate::api::{Argv, Ctx, Key, Mode, RedisString};
use crate::datatype::Content;
use crate::panics::{guard, INTERNAL};
use crate::pipeline::refuse;
use crate::state::module;
use crate::unlinked;

/// A page examines at most this many entries per requested room. A filter that excludes most rooms then gives a short
/// page, and the call stays short.
const EXAMINED_PER_ROOM: usize = 10;
/// Number of unlinked keys that are verified first, so that a page after DEL or RENAME shows the current keys.
const VERIFIED: usize = 1000;

/// Runs the command.
pub fn list(ctx: Ctx, parser: ParseList, argv: Argv<'_>) -> c_int {
    argv.with_slices(1, |args| match guard("parsing", || parse(parser, args)) {
        Some(Ok(list)) => match number_in(list.page.cursor) {
            Some(number) => page(ctx, &list, number),
            None => refuse(ctx, Error::Invalid("CURSOR must be 0 or one that this process gave")),
        },
        Some(Err(error)) => refuse(ctx, error),
        None => ctx.reply().error(INTERNAL),
    })
}

/// The number of an entry in a cursor of this process, 0 at the start. Another process numbers its entries in another
/// order, so the pages would leave out rooms. None: a cursor of another process, or no cursor.
fn number_in(cursor: &str) -> Option<u64> {
    if cursor == "0" {
        return Some(0);
    }
    let (process, number) = cursor.split_once('-')?;
    (process.parse() == Ok(module().process)).then(|| number.parse().ok())?
}

/// The cursor for the page after the entry with this number.
fn cursor_after(number: u64) -> String {
    format!("{}-{number}", module().process)
}

fn page(ctx: Ctx, list: &ListCommand<'_>, from: u64) -> c_int {
    unlinked::verify(ctx, VERIFIED);
    let db = ctx.db();
    let user = ctx.acl_user();
    let mut cursor = from;
    let mut found: Vec<Vec<u8>> = Vec::new();
    let mut more = false;
    for _ in 0..list.page.count.saturating_mul(EXAMINED_PER_ROOM) {
        let next = module().registry.borrow().after(db, cursor);
        let Some(entry) = next else {
            more = false;
            break;
        };
        more = true;
        if found.len() == list.page.count {
            break;
        }
        cursor = entry.cursor();
        let facts = entry.facts;
        if entry.importing
            || list.state.is_some_and(|state| state != facts.state)
            || (list.public && facts.private)
        {
            continue;
        }
        let name = RedisString::new(&entry.key);
        if user.as_ref().is_some_and(|user| !user.may_read(name.as_redis_str())) {
            continue;
        }
        let Some(mut key) = Key::open(ctx, name.as_redis_str(), Mode::Peek) else { continue };
        let Content::Room(value) = key.content() else { continue };
        let Some(room) = value.room.as_deref().filter(|_| value.entry_id == entry.entry_id) else { continue };
        if list.cards {
            let text = String::from_utf8_lossy(&entry.key);
            let settings = module().settings.borrow();
            let env = module().env(&settings, &text, db, &None);
            match guard("reading a room", || room_engine::card(room, &env)) {
                Some(card) => found.push(card.into_bytes()),
                None => continue,
            }
        } else {
            found.push(entry.key.into_vec());
        }
    }
    let reply = ctx.reply();
    reply.array(2);
    reply.bulk(if more { cursor_after(cursor) } else { "0".to_owned() }.as_bytes());
    reply.array(found.len());
    for item in &found {
        reply.bulk(item);
    }
    crate::api::OK
}
