//! The one way through: parse → open → turn → replicate → signal → frames and notifications → reply.
//!
//! A command, the timer and a replicated effect differ in what runs and in how it travels; all three are a [`turn`].

use std::ffi::c_int;

use room_engine::channel;
use room_engine::command::spec::{ParseRead, ParseWrite};
use room_engine::command::{parse, parse_key, Args};
use room_engine::env::Env;
use room_engine::error::Error;
use room_engine::outbox::Outbox;
use room_engine::turn::{self, Slot};

use crate::api::{self, Argv, Ctx, Key, Mode, Owned, Text};
use crate::datatype::{Content, Held};
use crate::panics::{guard, INTERNAL};
use crate::registry::Facts;
use crate::replication;
use crate::server::server;
use crate::timer;

/// The command by which effects travel.
pub const APPLY: &std::ffi::CStr = c"ROOM.APPLY";

/// Where a change comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// A client or the timer: this server decides.
    Here,
    /// The master, or a slot migration: it is passed on as it came.
    Replication,
    /// The AOF that is being loaded: it is not passed on.
    Aof,
}

/// Where a turn takes place.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    /// The callback's context, with the room's database selected.
    pub ctx: Ctx,
    /// The key as the server has it.
    pub name: Text<'a>,
    /// The key as the engine takes it.
    pub key: &'a str,
    /// The database.
    pub db: u32,
}

/// Replies with an error, counted.
pub fn refuse(ctx: Ctx, error: Error) -> c_int {
    server().count_error(error);
    ctx.reply().error(error)
}

/// Parses, then hands on; what does not parse is answered here.
fn parsed<'a, C>(
    ctx: Ctx,
    parser: for<'s> fn(&mut Args<'s, 'a>) -> Result<C, Error>,
    argv: Argv<'a>,
    run: impl FnOnce(Place<'a>, &C) -> c_int,
) -> c_int {
    let Some(name) = argv.get(1) else { return ctx.reply().wrong_arity() };
    argv.with_slices(2, |args| {
        let outcome = guard("parsing", || Ok((parse_key(name.bytes())?, parse(parser, args)?)));
        match outcome {
            Some(Ok((key, command))) => run(Place { ctx, name, key, db: ctx.db() }, &command),
            Some(Err(error)) => refuse(ctx, error),
            None => ctx.reply().error(INTERNAL),
        }
    })
}

/// The server's own word, for its replicas that take writes: a replica of a room decides nothing, or it would hold
/// another room than its master.
const READ_ONLY: &str = "READONLY You can't write against a read only replica.";

/// A write command.
pub fn write(ctx: Ctx, parser: ParseWrite, argv: Argv<'_>) -> c_int {
    if let Some(origin) = replication::origin_of(ctx, argv) {
        return replication::verbatim(ctx, parser, argv, origin);
    }
    if !server().is_serving() {
        return ctx.reply().error(READ_ONLY);
    }
    parsed(ctx, parser, argv, |place, command| {
        let Some(mut key) = Key::open(ctx, place.name, Mode::Write) else {
            return ctx.reply().error(INTERNAL);
        };
        match turn(place, &mut key, Origin::Here, |room, env, out| turn::run(room, command, env, out)) {
            Ok(Ok(reply)) => ctx.reply().send(&reply),
            Ok(Err(error)) => refuse(ctx, error),
            Err(Failure::Foreign) => refuse(ctx, Error::WrongType),
            Err(Failure::Panic) => ctx.reply().error(INTERNAL),
        }
    })
}

/// A read command: on a replica too, and without a trace.
pub fn read(ctx: Ctx, parser: ParseRead, argv: Argv<'_>) -> c_int {
    parsed(ctx, parser, argv, |place, command| {
        let mut key = Key::open(ctx, place.name, Mode::Read);
        let room = match key.as_mut().map(Key::content) {
            Some(Content::Foreign) => return refuse(ctx, Error::WrongType),
            Some(Content::Room(held)) => held.room.as_deref(),
            Some(Content::Nothing) | None => None,
        };
        let settings = server().settings.borrow();
        // No read asks when its key expires.
        let env = server().env(&settings, place.key, place.db, &None);
        match guard("reading a room", || turn::read(room, command, &env)) {
            Some(Ok(reply)) => ctx.reply().send(&reply),
            Some(Err(error)) => refuse(ctx, error),
            None => ctx.reply().error(INTERNAL),
        }
    })
}

/// Why a turn came to nothing.
pub enum Failure {
    /// The key holds another type.
    Foreign,
    /// It panicked. Nothing of it has travelled; if anything may have been changed, the room is broken.
    Panic,
}

/// One turn. `work` changes the room that the key holds, makes one or takes it away. Everything follows except the reply.
pub fn turn<R>(
    place: Place<'_>,
    key: &mut Key,
    origin: Origin,
    work: impl FnOnce(&mut Slot, &Env<'_>, &mut Outbox) -> R,
) -> Result<R, Failure> {
    let (content, expiry) = key.content_and_expiry();
    let mut out = server().outbox();
    let run = |slot: &mut Slot| {
        let settings = server().settings.borrow();
        let env = server().env(&settings, place.key, place.db, &expiry);
        guard("a room was changing", || work(slot, &env, &mut out))
    };
    let outcome = match content {
        Content::Foreign => {
            server().put_back(out);
            return Err(Failure::Foreign);
        }
        Content::Room(held) => {
            let outcome = run(&mut held.room);
            if outcome.is_none() {
                // The outbox says that a change begins before the change does. A change from elsewhere says nothing.
                if out.has_change() || origin != Origin::Here {
                    held.room.iter_mut().for_each(|room| room.mark_broken());
                }
                out.clear();
            }
            if !out.purged {
                list(place, held, out.next_due_ms);
            }
            outcome
        }
        Content::Nothing => {
            let mut slot = None;
            let outcome = run(&mut slot);
            match slot.filter(|_| outcome.is_some()) {
                None => out.clear(),
                room => {
                    let mut held = Held::new(room);
                    list(place, &mut held, out.next_due_ms);
                    key.set_room(held);
                }
            }
            outcome
        }
    };
    if out.purged {
        key.unlink();
    }
    deliver(place, key, &out, origin);
    server().put_back(out);
    outcome.ok_or(Failure::Panic)
}

/// Everything that follows a turn, except the reply: replicate, set the expiry, signal, publish, notify. `key` has no
/// value if the room was purged.
fn deliver(place: Place<'_>, key: &mut Key, out: &Outbox, origin: Origin) {
    let Place { ctx, name, .. } = place;
    match origin {
        // Every version and every broken room understands that the key is gone.
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
        ctx.signal(name);
    }
    if origin == Origin::Here && !out.frames.is_empty() {
        publish(place, &out.frames);
    }
    if origin != Origin::Aof {
        for notification in &out.notifications {
            ctx.notify(notification, name);
        }
    }
    server().add(out.counts);
}

fn publish(place: Place<'_>, frames: &[String]) {
    let (shard, cluster) = (server().shard.get(), server().cluster.get());
    let channel = Owned::new(channel::channel(place.db, place.key).as_bytes());
    for frame in frames {
        place.ctx.publish(channel.text(), Owned::new(frame.as_bytes()).text(), shard, !cluster);
    }
}

/// Lists a room that came under its key without a turn: by a load, RESTORE, COPY, RENAME or a migration. A server that
/// serves the room as master also finds out when it is next due.
pub fn list_arrival(place: Place<'_>, key: &mut Key) {
    let (Content::Room(held), expiry) = key.content_and_expiry() else {
        return;
    };
    let mut out = Outbox::default();
    if server().is_serving() && !server().registry.borrow().is_arriving(place.name.bytes()) {
        // Callbacks of the server may come back here, so no setting stays borrowed while they run.
        let settings = server().settings.borrow();
        let env = server().env(&settings, place.key, place.db, &expiry);
        let found = guard("a room's deadline", || turn::set_next_due(&mut held.room, &env, &mut out));
        if let (None, Some(room)) = (found, &mut held.room) {
            room.mark_broken();
        }
    }
    list(place, held, out.next_due_ms);
}

/// Lists a room in the registry as it is now. A room that the registry does not have is added, so any way in which a room
/// can come under a key is made good at its first change. The timer is armed if the room is due earlier than before;
/// `next_due_ms`: Unix ms, None: as before.
fn list(place: Place<'_>, held: &mut Held, next_due_ms: Option<u64>) {
    let Some(room) = held.room.as_deref() else { return };
    let facts = Facts::of(room);
    let mut registry = server().registry.borrow_mut();
    if !registry.update(held.ticket, facts) {
        held.ticket = registry.enter(place.db, place.name.bytes(), facts);
    }
    // The turn that just ran has done what was due already. The rest is for the next millisecond.
    let due = next_due_ms.filter(|&due| due < u64::MAX).map(|due| due.max(api::now() + 1));
    let is_earlier = due.is_some_and(|due| registry.arm(held.ticket, due));
    drop(registry);
    if is_earlier {
        timer::schedule();
    }
}
