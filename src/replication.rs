//! What replicas and the AOF bring: `ROOM.APPLY key effect` and `ROOM.LOAD key version chunk …`. Both are refused to
//! clients and scripts.

use std::ffi::c_int;

use room_engine::command::parse;
use room_engine::command::spec::ParseWrite;
use room_engine::error::Error;
use room_engine::turn::{self, fast_path};

use crate::api::{self, Argv, Ctx, Key, Mode, Text};
use crate::datatype;
use crate::panics::INTERNAL;
use crate::pipeline::{self, Failure, Origin, Place};
use crate::server::{count, server};

const REFUSED: &str = "ERR an internal command, for replication and the AOF only";

/// Where an internal command comes from; None: from a client, who may not send it.
fn internal_origin(ctx: Ctx) -> Option<Origin> {
    if ctx.is_loading() {
        Some(Origin::Aof)
    } else if ctx.must_obey() {
        Some(Origin::Replication)
    } else {
        None
    }
}

fn refuse(ctx: Ctx) -> c_int {
    count(&server().totals.apply_refused);
    ctx.reply().error(REFUSED)
}

/// ROOM.APPLY: an effect, the same here as where it was decided.
pub fn apply(ctx: Ctx, argv: Argv<'_>) -> c_int {
    let (Some(name), Some(effect)) = (argv.get(1), argv.get(2)) else { return ctx.reply().wrong_arity() };
    let Some(origin) = internal_origin(ctx) else { return refuse(ctx) };
    let Some(mut key) = Key::open(ctx, name, Mode::Write) else { return ctx.reply().error(INTERNAL) };
    let text = String::from_utf8_lossy(name.bytes());
    let place = Place { ctx, name, key: &text, db: ctx.db() };

    let outcome = pipeline::turn(place, &mut key, origin, |room, env, out| {
        turn::replay(room, effect.bytes(), env, out)
    });
    applied(ctx, outcome)
}

/// Where a write comes from that is its own effect: from the master, the AOF or a migration. None: from a client.
pub fn origin_of(ctx: Ctx, argv: Argv<'_>) -> Option<Origin> {
    let is_arriving = |name: Text<'_>| server().registry.borrow().is_arriving(name.bytes());
    if server().is_serving() && !argv.get(1).is_some_and(is_arriving) {
        return None;
    }
    internal_origin(ctx)
}

/// Applies a command that was replicated as its client sent it: see [`fast_path`].
pub fn verbatim(ctx: Ctx, parser: ParseWrite, argv: Argv<'_>, origin: Origin) -> c_int {
    let Some(name) = argv.get(1) else { return ctx.reply().wrong_arity() };
    let Some(mut key) = Key::open(ctx, name, Mode::Write) else { return ctx.reply().error(INTERNAL) };
    let text = String::from_utf8_lossy(name.bytes());
    let place = Place { ctx, name, key: &text, db: ctx.db() };
    argv.with_slices(2, |args| {
        let outcome = pipeline::turn(place, &mut key, origin, |room, env, out| {
            fast_path::replay(room, parse(parser, args).ok().as_ref(), env, out)
        });
        applied(ctx, outcome)
    })
}

/// Answers whoever sent an effect, or a command that carries one.
fn applied(ctx: Ctx, outcome: Result<Result<(), Error>, Failure>) -> c_int {
    let trouble = match outcome {
        Ok(Ok(())) => return ctx.reply().simple(c"OK"),
        Ok(Err(_)) => "is not known to this version, or its room is not here",
        Err(Failure::Foreign) => "is for a key that holds another type",
        Err(Failure::Panic) => "could not be applied",
    };
    count(&server().totals.apply_failed);
    api::log(
        c"warning",
        format_args!("an effect {trouble}: what is under its key is broken until a resync replaces it"),
    );
    ctx.reply().error("ERR the effect was not applied")
}

/// ROOM.LOAD: a room as `aof_rewrite` wrote it, in place of whatever the key holds.
pub fn load(ctx: Ctx, argv: Argv<'_>) -> c_int {
    let (Some(name), Some(version)) = (argv.get(1), argv.get(2)) else { return ctx.reply().wrong_arity() };
    let Some(origin) = internal_origin(ctx) else { return refuse(ctx) };
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
    if origin != Origin::Aof {
        ctx.replicate_verbatim();
    }
    ctx.signal(name);
    let text = String::from_utf8_lossy(name.bytes());
    let place = Place { ctx, name, key: &text, db: ctx.db() };
    pipeline::list_arrival(place, &mut key);
    ctx.reply().simple(c"OK")
}

fn number(text: Text<'_>) -> Option<u32> {
    std::str::from_utf8(text.bytes()).ok()?.parse().ok()
}
