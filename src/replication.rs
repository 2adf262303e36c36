//! Writes that come by replication, from the AOF or from a slot migration: `ROOM.APPLY key effect`, `ROOM.LOAD key
//! version chunk …`, and verbatim commands. The first two are refused if a client or a script sends them.

use std::ffi::c_int;

use room_engine::command::parse;
use room_engine::command::spec::ParseWrite;
use room_engine::turn;
use room_engine::Error;

use crate::api::{Argv, Ctx, Key, Mode, RedisStr};
use crate::datatype;
use crate::panics::INTERNAL;
use crate::pipeline::{self, Failure, KeyCtx, Origin};
use crate::state::{increment, module};

const REFUSED: &str = "ERR an internal command, for replication and the AOF only";

/// Where an internal command comes from. None: a client sent it, which is not allowed.
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
    increment(&module().totals.apply_refused);
    ctx.reply().error(REFUSED)
}

/// ROOM.APPLY: applies an effect. The result is the same as on the server that decided it.
pub fn apply(ctx: Ctx, argv: Argv<'_>) -> c_int {
    let (Some(name), Some(effect)) = (argv.get(1), argv.get(2)) else { return ctx.reply().wrong_arity() };
    let Some(origin) = internal_origin(ctx) else { return refuse(ctx) };
    let Some(mut key) = Key::open(ctx, name, Mode::Write) else { return ctx.reply().error(INTERNAL) };
    let text = String::from_utf8_lossy(name.bytes());
    let key_ctx = KeyCtx { ctx, name, key: &text, db: ctx.db() };

    let outcome = pipeline::run_turn(key_ctx, &mut key, origin, |room, env, out| {
        turn::replay(room, effect.bytes(), env, out)
    });
    reply(ctx, outcome)
}

/// Where a write command comes from, if it is to be applied verbatim. None: a client sent it.
pub fn origin_of(ctx: Ctx, argv: Argv<'_>) -> Option<Origin> {
    let is_importing = |name: RedisStr<'_>| module().registry.borrow().is_importing(name.bytes());
    if module().is_serving() && !argv.get(1).is_some_and(is_importing) {
        return None;
    }
    internal_origin(ctx)
}

/// Applies a command that was replicated verbatim. See [`turn::replay_verbatim`].
pub fn verbatim(ctx: Ctx, parser: ParseWrite, argv: Argv<'_>, origin: Origin) -> c_int {
    let Some(name) = argv.get(1) else { return ctx.reply().wrong_arity() };
    let Some(mut key) = Key::open(ctx, name, Mode::Write) else { return ctx.reply().error(INTERNAL) };
    let text = String::from_utf8_lossy(name.bytes());
    let key_ctx = KeyCtx { ctx, name, key: &text, db: ctx.db() };
    argv.with_slices(2, |args| {
        let outcome = pipeline::run_turn(key_ctx, &mut key, origin, |room, env, out| {
            turn::replay_verbatim(room, parse(parser, args).ok().as_ref(), env, out)
        });
        reply(ctx, outcome)
    })
}

/// Replies to the sender of an effect or a verbatim command. Logs and counts a failure.
fn reply(ctx: Ctx, outcome: Result<Result<(), Error>, Failure>) -> c_int {
    let problem = match outcome {
        Ok(Ok(())) => return ctx.reply().simple(c"OK"),
        Ok(Err(_)) => "is not known to this version, or its room is not here",
        Err(Failure::WrongType) => "is for a key that holds another type",
        Err(Failure::Panic) => "could not be applied",
    };
    increment(&module().totals.apply_failed);
    module().totals.apply_log.warn(format_args!(
        "an effect {problem}: this server's copy of the room is broken until a resync replaces it"
    ));
    ctx.reply().error("ERR the effect was not applied")
}

/// ROOM.LOAD: loads a room that `aof_rewrite` wrote. It replaces the key's value.
pub fn load(ctx: Ctx, argv: Argv<'_>) -> c_int {
    let (Some(name), Some(version)) = (argv.get(1), argv.get(2)) else { return ctx.reply().wrong_arity() };
    let Some(origin) = internal_origin(ctx) else { return refuse(ctx) };
    let mut next = 3;
    let decoded = number(version).and_then(|version| {
        datatype::decode(version, &mut || {
            let chunk = argv.get(next)?.bytes().to_vec();
            next += 1;
            Some(chunk)
        })
    });
    let Some(value) = decoded else {
        increment(&module().totals.apply_failed);
        return ctx.reply().error("ERR not a room of a version known here");
    };
    let Some(mut key) = Key::open(ctx, name, Mode::Write) else { return ctx.reply().error(INTERNAL) };
    key.set_room(value);
    if origin != Origin::Aof {
        ctx.replicate_verbatim();
    }
    ctx.signal_modified(name);
    let text = String::from_utf8_lossy(name.bytes());
    let key_ctx = KeyCtx { ctx, name, key: &text, db: ctx.db() };
    pipeline::track(key_ctx, &mut key);
    ctx.reply().simple(c"OK")
}

fn number(text: RedisStr<'_>) -> Option<u32> {
    std::str::from_utf8(text.bytes()).ok()?.parse().ok()
}
