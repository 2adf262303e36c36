//! The one way through: parse → open → turn → replicate → signal → frames and notifications → reply.
//!
//! A command, the timer and a replicated effect differ in what runs and in how it travels; all three are a [`turn`].

use std::ffi::c_int;

use room_engine::channel;
use room_engine::command::spec::{ParseRead, ParseWrite};
use room_engine::command::{parse, parse_key, Args, WriteCommand};
use room_engine::env::Env;
use room_engine::error::Error;
use room_engine::outbox::Outbox;
use room_engine::room::Room;
use room_engine::turn::{self, fast_path};

use crate::api::{Argv, Ctx, Key, Mode, Owned, Text};
use crate::datatype::{Content, Held};
use crate::panics::{guard, INTERNAL};
use crate::registry::Facts;
use crate::replication;
use crate::server::server;
use crate::timer;

/// The command by which effects travel.
pub const APPLY: &std::ffi::CStr = c"ROOM.APPLY";

/// How a change gets to replicas and the AOF.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Travel {
    /// As `ROOM.APPLY key effect`.
    Effect,
    /// As the command that brought it.
    Verbatim,
    /// Not: it comes from the AOF that is being loaded.
    Stays,
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
    if let Some(travel) = replication::comes_by(ctx, argv) {
        return replication::carried(ctx, parser, argv, travel);
    }
    if !server().is_serving() {
        return ctx.reply().error(READ_ONLY);
    }
    parsed(ctx, parser, argv, |place, command| {
        let Some(mut key) = Key::open(ctx, place.name, Mode::Write) else {
            return ctx.reply().error(INTERNAL);
        };
        if let Some(done) = short_way(place, &mut key, command) {
            return done;
        }
        match turn(place, &mut key, Travel::Effect, |room, env, out| turn::run(room, command, env, out)) {
            Ok(Ok(reply)) => ctx.reply().send(&reply),
            Ok(Err(error)) => refuse(ctx, error),
            Err(Failure::Foreign) => refuse(ctx, Error::WrongType),
            Err(Failure::Panic) => ctx.reply().error(INTERNAL),
        }
    })
}

/// The short way of a hot command; None: it has to go the long one.
fn short_way(place: Place<'_>, key: &mut Key, command: &WriteCommand<'_>) -> Option<c_int> {
    let ctx = place.ctx;
    let Content::Room(held) = key.content() else { return None };
    let room = held.room.as_deref_mut()?;
    let mut out = server().outbox();
    let outcome = {
        let settings = server().settings.borrow();
        // When the key expires matters to what falls due, and nothing does.
        let env = server().env(&settings, place.key, place.db, None);
        guard("a room was changing", || fast_path::run(room, command, &env, &mut out))
    };
    if out.verbatim && outcome.is_none() {
        room.mark_broken();
    } else if out.verbatim {
        let due = room.local.due;
        note_down(place, held, Some(due));
        deliver(place, key, &out, Travel::Verbatim);
    }
    server().put_back(out);
    match outcome {
        Some(None) => None,
        Some(Some(Ok(reply))) => Some(ctx.reply().send(&reply)),
        Some(Some(Err(error))) => Some(refuse(ctx, error)),
        None => Some(ctx.reply().error(INTERNAL)),
    }
}

/// A read command: on a replica too, and without a trace.
pub fn read(ctx: Ctx, parser: ParseRead, argv: Argv<'_>) -> c_int {
    parsed(ctx, parser, argv, |place, command| {
        let mut key = Key::open(ctx, place.name, Mode::Read);
        let expires = key.as_ref().and_then(Key::expires);
        let room = match key.as_mut().map(Key::content) {
            Some(Content::Foreign) => return refuse(ctx, Error::WrongType),
            Some(Content::Room(held)) => held.room.as_deref(),
            Some(Content::Nothing) | None => None,
        };
        let settings = server().settings.borrow();
        let env = server().env(&settings, place.key, place.db, expires);
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

/// One turn: `work` changes the room that the key holds, makes one or takes it away; then everything follows but the
/// reply.
pub fn turn<R>(
    place: Place<'_>,
    key: &mut Key,
    travel: Travel,
    work: impl FnOnce(&mut Option<Box<Room>>, &Env<'_>, &mut Outbox) -> R,
) -> Result<R, Failure> {
    let expires = key.expires();
    let mut created = None;
    let (room, existed) = match key.content() {
        Content::Foreign => return Err(Failure::Foreign),
        Content::Room(held) => (&mut held.room, true),
        Content::Nothing => (&mut created, false),
    };
    let mut out = server().outbox();
    let outcome = {
        let settings = server().settings.borrow();
        let env = server().env(&settings, place.key, place.db, expires);
        let env = Env { fresh: [server().fresh(), server().fresh()], ..env };
        guard("a room was changing", || work(room, &env, &mut out))
    };
    if outcome.is_none() {
        // An effect begins before its first change: without one the room is as it was.
        let half_changed = !out.effect.is_empty() || travel != Travel::Effect;
        out.clear();
        match room {
            Some(room) if existed && half_changed => room.mark_broken(),
            Some(_) if existed => {}
            room => *room = None,
        }
    }
    if let Some(room) = created {
        key.set_room(Held::new(Some(room)));
    }
    if out.purged {
        key.unlink();
    } else {
        remember(place, key, out.expire.or(expires));
    }
    deliver(place, key, &out, travel);
    server().put_back(out);
    outcome.ok_or(Failure::Panic)
}

/// Everything that follows a turn but the reply: replicate, expire, signal, frames, notifications. `key` is as the turn
/// left it, without a value if the room was purged.
fn deliver(place: Place<'_>, key: &mut Key, out: &Outbox, travel: Travel) {
    let Place { ctx, name, .. } = place;
    let changed = out.purged || !out.effect.is_empty();
    match travel {
        // Any version, and a broken room too, understands that the key is gone.
        Travel::Effect if out.purged => ctx.replicate_key(c"UNLINK", name),
        Travel::Effect if changed => ctx.replicate_payload(APPLY, name, &out.effect),
        Travel::Verbatim => ctx.replicate_verbatim(),
        Travel::Effect | Travel::Stays => {}
    }
    if let Some(at) = out.expire {
        key.set_expires(at);
    }
    if changed || travel != Travel::Effect {
        ctx.signal(name);
    }
    if travel == Travel::Effect && !out.frames.is_empty() {
        publish(place, &out.frames);
    }
    if travel != Travel::Stays {
        for note in &out.notes {
            ctx.notify(note, name);
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

/// Tells the registry how the room is, and arms the timer if it is due earlier than before. A room that the registry
/// does not have is entered: so every way a room can come under a key is made good at its first change.
pub fn remember(place: Place<'_>, key: &mut Key, expires: Option<u64>) {
    let Content::Room(held) = key.content() else { return };
    let Some(room) = held.room.as_deref_mut() else { return };
    // The server's own callbacks may come back here, so no setting is borrowed while they run.
    let settings = server().settings.borrow();
    let env = server().env(&settings, place.key, place.db, expires);
    let is_awaited = server().is_serving() && !server().registry.borrow().is_arriving(place.name.bytes());
    let due = guard("a room's deadline", || if is_awaited { turn::deadline(room, &env) } else { None });
    match due {
        Some(due) if is_awaited => fast_path::set_next_due(room, due),
        Some(_) => {}
        None => room.mark_broken(),
    }
    // One that is due already had its turn just now: the rest is for the next millisecond.
    let due = due.flatten().map(|due| due.max(env.now + 1));
    drop(settings);
    note_down(place, held, due);
}

/// Enters a room into the registry as it is now.
fn note_down(place: Place<'_>, held: &mut Held, due: Option<u64>) {
    let Some(room) = held.room.as_deref() else { return };
    let facts = Facts::of(room);
    let mut registry = server().registry.borrow_mut();
    if !registry.update(held.ticket, facts) {
        held.ticket = registry.enter(place.db, place.name.bytes(), facts);
    }
    let earlier = due.is_some_and(|due| registry.arm(held.ticket, due));
    drop(registry);
    if earlier {
        timer::schedule();
    }
}
