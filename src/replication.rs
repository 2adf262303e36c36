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
use crate::pipeline::{self, Failure, Place, Travel};
use crate::server::{count, server};

const REFUSED: &str = "ERR an internal command, for replication and the AOF only";

/// Whether the command comes from where it may; how it travels on.
fn travel(ctx: Ctx) -> Option<Travel> {
    if ctx.is_loading() {
        Some(Travel::Stays)
    } else if !ctx.must_obey() {
        None
    } else {
        Some(Travel::Verbatim)
    }
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

    let outcome = pipeline::turn(place, &mut key, travel, |room, env, out| {
        turn::replay(room, effect.bytes(), env, out)
    });
    applied(ctx, outcome)
}

/// How a write travels on that comes as its own effect: from the master, the AOF or a migration. None: a client's.
pub fn comes_by(ctx: Ctx, argv: Argv<'_>) -> Option<Travel> {
    let is_arriving = |name: Text<'_>| server().registry.borrow().is_arriving(name.bytes());
    if server().is_serving() && !argv.get(1).is_some_and(is_arriving) {
        return None;
    }
    travel(ctx)
}

/// A hot command as its client gave it, which carries its change: see [`hot`].
pub fn carried(ctx: Ctx, parser: ParseWrite, argv: Argv<'_>, travel: Travel) -> c_int {
    let Some(name) = argv.get(1) else { return ctx.reply().wrong_arity() };
    let Some(mut key) = Key::open(ctx, name, Mode::Write) else { return ctx.reply().error(INTERNAL) };
    let text = String::from_utf8_lossy(name.bytes());
    let place = Place { ctx, name, key: &text, db: ctx.db() };
    argv.with_slices(2, |args| {
        let outcome = pipeline::turn(place, &mut key, travel, |room, env, out| {
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
    if travel != Travel::Stays {
        ctx.replicate_verbatim();
    }
    ctx.signal(name);
    let text = String::from_utf8_lossy(name.bytes());
    let place = Place { ctx, name, key: &text, db: ctx.db() };
    pipeline::remember(place, &mut key, None);
    ctx.reply().simple(c"OK")
}

fn number(text: Text<'_>) -> Option<u32> {
    std::str::from_utf8(text.bytes()).ok()?.parse().ok()
}
