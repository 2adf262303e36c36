//! What replicas and the AOF bring: `ROOM.APPLY key effect` and `ROOM.LOAD key version chunk …`. Both are refused to
//! clients and scripts.

use std::ffi::c_int;

use room_engine::turn;

use crate::api::{self, Argv, Ctx, Key, Mode, Text};
use crate::datatype::{self, Content, Held};
use crate::panics::{guard, INTERNAL};
use crate::pipeline::{self, Place, Travel};
use crate::registry::Ticket;
use crate::server::{count, server};

const REFUSED: &str = "ERR an internal command, for replication and the AOF only";

/// Whether the command comes from where it may; how it travels on.
fn travel(ctx: Ctx) -> Option<Travel> {
    if ctx.is_loading() {
        return Some(Travel::Stays);
    }
    ctx.must_obey().then_some(Travel::Verbatim)
}

fn refuse(ctx: Ctx) -> c_int {
    count(&server().totals.apply_refused);
    ctx.reply().error(REFUSED)
}

/// ROOM.APPLY: an effect, the same here as where it was decided.
pub fn apply(ctx: Ctx, argv: Argv<'_>) -> c_int {
    let (Some(name), Some(effect)) = (argv.get(1), argv.get(2)) else { return ctx.reply().wrong_arity() };
    let Some(travel) = travel(ctx) else { return refuse(ctx) };
    let Some(mut key) = Key::open(ctx, name, Mode::Write) else { return ctx.reply().error(INTERNAL) };
    let text = String::from_utf8_lossy(name.bytes());
    let place = Place { ctx, name, key: &text, db: ctx.db() };

    let expires = key.expires();
    let mut created = None;
    let (room, existed) = match key.content() {
        Content::Foreign => {
            count(&server().totals.apply_failed);
            api::log(c"warning", format_args!("an effect for a key that holds another type was dropped"));
            return ctx.reply().error(room_engine::error::Error::WrongType);
        }
        Content::Room(held) => (&mut held.room, true),
        Content::Nothing => (&mut created, false),
    };
    let mut out = server().outbox.take();
    {
        let settings = server().settings.borrow();
        let env = server().env(&settings, place.key, place.db, expires);
        let outcome = guard("applying an effect", || turn::replay(room, effect.bytes(), &env, &mut out));
        if !matches!(outcome, Some(Ok(()))) {
            count(&server().totals.apply_failed);
            api::log(c"warning", format_args!("an effect is not known to this version: its room is broken"));
        }
        if outcome.is_none() {
            pipeline::doubt(room, &mut out);
        }
    }
    let purged = existed && room.is_none();
    if let Some(room) = created {
        key.set_room(Box::new(Held { room: Some(room), ticket: Ticket::default() }));
    }
    if purged {
        key.unlink();
    }
    pipeline::deliver(place, &mut key, &mut out, travel, purged);
    if !purged {
        pipeline::remember(place, &mut key);
    }
    out.clear();
    server().outbox.set(out);
    ctx.reply().simple(c"OK")
}

/// ROOM.LOAD: a room as `aof_rewrite` wrote it, in place of whatever the key holds.
pub fn load(ctx: Ctx, argv: Argv<'_>) -> c_int {
    let (Some(name), Some(version)) = (argv.get(1), argv.get(2)) else { return ctx.reply().wrong_arity() };
    let Some(travel) = travel(ctx) else { return refuse(ctx) };
    let mut place = 3;
    let decoded = number(version).and_then(|version| {
        datatype::decode(version, &mut || {
            let chunk = argv.get(place)?.bytes().to_vec();
            place += 1;
            Some(chunk)
        })
    });
    let Some(held) = decoded else {
        count(&server().totals.apply_failed);
        return ctx.reply().error("ERR not a room of a version known here");
    };
    let Some(mut key) = Key::open(ctx, name, Mode::Write) else { return ctx.reply().error(INTERNAL) };
    key.set_room(held);
    if travel == Travel::Verbatim {
        ctx.replicate_verbatim();
    }
    ctx.signal(name);
    let text = String::from_utf8_lossy(name.bytes());
    pipeline::remember(Place { ctx, name, key: &text, db: ctx.db() }, &mut key);
    ctx.reply().simple(c"OK")
}

fn number(text: Text<'_>) -> Option<u32> {
    std::str::from_utf8(text.bytes()).ok()?.parse().ok()
}
