//! The path of every command: parse → open → turn → replicate → signal → frames and notifications → reply.
//!
//! A command, the timer and a replicated effect run different functions of the engine, and are replicated differently.
//! All three go through [`run_turn`].

use std::ffi::c_int;

use room_engine::channel;
use room_engine::command::spec::{ParseRead, ParseWrite};
use room_engine::command::{parse, parse_key, Args};
use room_engine::turn::{self, Slot};
use room_engine::Env;
use room_engine::Error;
use room_engine::Outbox;

use crate::api::{Argv, Ctx, Key, Mode, RedisStr, RedisString};
use crate::datatype::{Content, RoomValue};
use crate::gone;
use crate::panics::{guard, INTERNAL};
use crate::registry::RoomFacts;
use crate::state::module;
use crate::timer;

/// The command that replicates an effect.
pub const APPLY: &std::ffi::CStr = c"ROOM.APPLY";

/// Where a change comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// A client or the timer. This server decides and replicates the effect, or the command verbatim.
    Here,
    /// The master or a slot migration. The command is replicated further as it was received.
    Replication,
    /// The AOF that is being loaded. Nothing is replicated.
    Aof,
}

/// The key that a turn works on, and the context for it.
#[derive(Clone, Copy)]
pub struct KeyCtx<'a> {
    /// The callback's context, with the key's database selected.
    pub ctx: Ctx,
    /// The key, for functions of the server.
    pub name: RedisStr<'a>,
    /// The key, for the engine.
    pub key: &'a str,
    /// The key's database.
    pub db: u32,
}

/// Replies with an error and counts it for INFO. Returns the handler's return value.
pub fn refuse(ctx: Ctx, error: Error) -> c_int {
    module().count_error(error);
    ctx.reply().error(error)
}

/// Parses the key and the arguments, then calls `run`. Replies with the error if they cannot be parsed.
fn with_command<'a, C>(
    ctx: Ctx,
    parser: for<'s> fn(&mut Args<'s, 'a>) -> Result<C, Error>,
    argv: Argv<'a>,
    run: impl FnOnce(KeyCtx<'a>, &C) -> c_int,
) -> c_int {
    let Some(name) = argv.get(1) else { return ctx.reply().wrong_arity() };
    argv.with_slices(2, |args| {
        let outcome = guard("parsing", || Ok((parse_key(name.bytes())?, parse(parser, args)?)));
        match outcome {
            Some(Ok((key, command))) => run(KeyCtx { ctx, name, key, db: ctx.db() }, &command),
            Some(Err(error)) => refuse(ctx, error),
            None => ctx.reply().error(INTERNAL),
        }
    })
}

/// The reply of a replica that accepts writes (`replica-read-only no`). The text is the server's own. A room on a
/// replica must only change by replication, otherwise it would differ from its master's.
const READ_ONLY: &str = "READONLY You can't write against a read only replica.";

/// A write command that a client sent.
pub fn write(ctx: Ctx, parser: ParseWrite, argv: Argv<'_>) -> c_int {
    if !module().is_serving() {
        return ctx.reply().error(READ_ONLY);
    }
    with_command(ctx, parser, argv, |key_ctx, command| {
        let Some(mut key) = Key::open(ctx, key_ctx.name, Mode::Write) else {
            return ctx.reply().error(INTERNAL);
        };
        match run_turn(key_ctx, &mut key, Origin::Here, |room, env, out| turn::run(room, command, env, out)) {
            Ok(Ok(reply)) => ctx.reply().send(&reply),
            Ok(Err(error)) => refuse(ctx, error),
            Err(Failure::WrongType) => refuse(ctx, Error::WrongType),
            Err(Failure::Panic) => ctx.reply().error(INTERNAL),
        }
    })
}

/// A read command. It also runs on a replica. It changes and replicates nothing.
pub fn read(ctx: Ctx, parser: ParseRead, argv: Argv<'_>) -> c_int {
    with_command(ctx, parser, argv, |key_ctx, command| {
        let mut key = Key::open(ctx, key_ctx.name, Mode::Read);
        let room = match key.as_mut().map(Key::content) {
            Some(Content::OtherType) => return refuse(ctx, Error::WrongType),
            Some(Content::Room(value)) => value.room.as_deref(),
            Some(Content::Nothing) | None => None,
        };
        let settings = module().settings.borrow();
        // No read needs the key's expiry.
        let env = module().env(&settings, key_ctx.key, key_ctx.db, &None);
        match guard("reading a room", || turn::read(room, command, &env)) {
            Some(Ok(reply)) => ctx.reply().send(&reply),
            Some(Err(error)) => refuse(ctx, error),
            None => ctx.reply().error(INTERNAL),
        }
    })
}

/// Why a turn failed.
pub enum Failure {
    /// The key holds a value of another type.
    WrongType,
    /// The turn panicked. Nothing was replicated. If the room may be half changed, it is marked broken.
    Panic,
}

/// Runs one turn. `work` changes the room at the key, creates one, or purges it. The turn's outbox is delivered
/// afterwards. The caller replies.
///
/// # Errors
/// If the key holds another type, or `work` panicked.
pub fn run_turn<R>(
    key_ctx: KeyCtx<'_>,
    key: &mut Key,
    origin: Origin,
    work: impl FnOnce(&mut Slot, &Env<'_>, &mut Outbox) -> R,
) -> Result<R, Failure> {
    let (content, expiry) = key.content_and_expiry();
    if origin != Origin::Aof {
        let room = match &content {
            Content::Room(value) => value.room.as_deref(),
            Content::OtherType | Content::Nothing => None,
        };
        gone::announce(key_ctx.ctx, key_ctx.db, key_ctx.name.bytes(), room);
    }
    let mut out = module().take_outbox();
    let run = |slot: &mut Slot| {
        let settings = module().settings.borrow();
        let env = module().env(&settings, key_ctx.key, key_ctx.db, &expiry);
        guard("changing a room", || work(slot, &env, &mut out))
    };
    let outcome = match content {
        Content::OtherType => {
            module().return_outbox(out);
            return Err(Failure::WrongType);
        }
        Content::Room(value) => {
            let outcome = run(&mut value.room);
            if outcome.is_none() {
                // The outbox records a change before it begins. A replicated change records nothing.
                if out.has_change() || origin != Origin::Here {
                    value.room.iter_mut().for_each(|room| room.mark_broken());
                }
                out.clear();
            }
            if !out.purged {
                update_entry(key_ctx, value, out.next_due_ms);
            }
            outcome
        }
        Content::Nothing => {
            let mut slot = None;
            let outcome = run(&mut slot);
            match slot.filter(|_| outcome.is_some()) {
                None => out.clear(),
                room => {
                    let mut value = RoomValue::new(room);
                    update_entry(key_ctx, &mut value, out.next_due_ms);
                    key.set_room(value);
                }
            }
            outcome
        }
    };
    if out.purged {
        key.unlink();
    }
    deliver(key_ctx, key, &out, origin);
    module().return_outbox(out);
    outcome.ok_or(Failure::Panic)
}

/// Delivers the outbox of a turn: replicates, sets the expiry, signals, publishes frames and sends notifications. If
/// the room was purged, `key` has no value any more.
fn deliver(key_ctx: KeyCtx<'_>, key: &mut Key, out: &Outbox, origin: Origin) {
    let KeyCtx { ctx, name, .. } = key_ctx;
    match origin {
        // Every version of the module, and a broken room too, can apply an UNLINK.
        Origin::Here if out.purged => ctx.replicate_key(c"UNLINK", name),
        Origin::Here if out.verbatim => ctx.replicate_verbatim(),
        Origin::Here if out.has_change() => ctx.replicate_payload(APPLY, name, &out.effect),
        Origin::Replication => ctx.replicate_verbatim(),
        Origin::Here | Origin::Aof => {}
    }
    if let Some(at) = out.expire {
        key.set_expires(at);
    }
    if out.purged || out.has_change() || origin != Origin::Here {
        ctx.signal_modified(name);
    }
    if origin == Origin::Here && !out.frames.is_empty() {
        publish(key_ctx, &out.frames);
    }
    if origin != Origin::Aof {
        for notification in &out.notifications {
            ctx.notify(notification, name);
        }
    }
    module().add_counts(out.counts);
}

fn publish(key_ctx: KeyCtx<'_>, frames: &[String]) {
    let (shard, cluster) = (module().shard.get(), module().cluster.get());
    let channel = RedisString::new(channel::channel(key_ctx.db, key_ctx.key).as_bytes());
    for frame in frames {
        let message = RedisString::new(frame.as_bytes());
        key_ctx.ctx.publish(channel.as_redis_str(), message.as_redis_str(), shard, !cluster);
    }
}

/// Updates the registry for a room that came to its key without a turn: by ROOM.LOAD, RENAME or MOVE. If this server
/// serves the room as master, the room's next deadline is computed too.
pub fn track(key_ctx: KeyCtx<'_>, key: &mut Key) {
    let (Content::Room(value), expiry) = key.content_and_expiry() else {
        return;
    };
    let mut out = Outbox::default();
    if module().is_serving() && !module().registry.borrow().is_importing(key_ctx.name.bytes()) {
        // The settings are borrowed only in this block, because the server may call back into the module after it.
        let settings = module().settings.borrow();
        let env = module().env(&settings, key_ctx.key, key_ctx.db, &expiry);
        let found =
            guard("computing a room's deadline", || turn::set_next_due(&mut value.room, &env, &mut out));
        if let (None, Some(room)) = (found, &mut value.room) {
            room.mark_broken();
        }
    }
    update_entry(key_ctx, value, out.next_due_ms);
}

/// Updates the room's entry in the registry. A room without an entry gets one. So a room that came to its key without
/// notice has an entry after its first change. The timer is armed if the room is due earlier than before. `next_due_ms`
/// is the room's next deadline, Unix ms. None: unchanged. `u64::MAX`: there is none.
fn update_entry(key_ctx: KeyCtx<'_>, value: &mut RoomValue, next_due_ms: Option<u64>) {
    let Some(room) = value.room.as_deref() else { return };
    let facts = RoomFacts::of(room);
    let mut registry = module().registry.borrow_mut();
    if !registry.update(value.entry_id, facts) {
        value.entry_id = registry.insert(key_ctx.db, key_ctx.name.bytes(), facts);
    }
    let due = next_due_ms.filter(|&due| due < u64::MAX);
    let is_earlier = due.is_some_and(|due| registry.arm(value.entry_id, due));
    drop(registry);
    if is_earlier {
        timer::schedule();
    }
}
