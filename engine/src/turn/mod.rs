//! A turn: everything that one command or one timer does to one room, in one place and in one order.
//!
//! settle due deadlines → decide → apply → settle again → flush → reply. The glue parses the command before the turn.
//! After the turn the glue replicates, signals, publishes, notifies and replies from the [`Outbox`].
//!
//! When a room has nothing else to do, a turn takes the `fast_path`: decide → apply → reply.

pub(crate) mod apply;
mod apply_ctx;
mod charges;
pub(crate) mod decide;
pub(crate) mod fast_path;
mod flush;
mod reply;

pub use fast_path::replay as replay_verbatim;

use crate::command::{LifecycleCommand, ReadCommand, ServiceCommand, StageCommand, WriteCommand};
use crate::effect::Change;
use crate::env::Env;
use crate::error::Error;
use crate::id::Id;
use crate::json::frames::{FrameKind, GoneFrame};
use crate::json::{self, direct};
use crate::outbox::{Outbox, Reply};
use crate::read;
use crate::room::local::UrgentFrames;
use crate::room::{deadlines, Room};
use crate::storage::codec::effect;
use apply_ctx::ApplyCtx;
use charges::{charge_rate, renew_lease};
use decide::{Decision, ReplyPlan};
use flush::When;
use reply::reply_to;

/// The content of a key: a room, or nothing. CREATE fills an empty slot. PURGE sets [`Outbox::purged`], and the glue
/// deletes the key.
pub type Slot = Option<Box<Room>>;

/// Runs a write command.
///
/// # Errors
/// Why the command is refused. The outbox may still hold deadlines that were due before.
pub fn run(
    slot: &mut Slot,
    command: &WriteCommand<'_>,
    env: &Env<'_>,
    out: &mut Outbox,
) -> Result<Reply, Error> {
    let env = &begin(slot, env);
    let decision = match (slot.as_deref(), command) {
        (Some(room), _) if room.is_broken() => return Err(Error::Broken),
        (Some(room), _) if fast_path::is_open(room, env) => return run_settled(slot, command, env, out),
        (None, WriteCommand::Lifecycle(LifecycleCommand::Create { creator, create })) => {
            decide::create(*creator, create, env)?
        }
        // A purge that is sent again finds no room and succeeds.
        (None, WriteCommand::Services(ServiceCommand::Purge { .. })) => return Ok(Reply::Int(0)),
        (None, _) => return Err(Error::NoRoom),
        (Some(_), _) => return settle_and_run(slot, command, env, out),
    };
    let reply = conclude(slot, decision, env, out);
    set_next_due(slot, env, out);
    reply
}

/// Begins a turn. Returns its environment, in which `now` is the room's time.
fn begin<'a>(slot: &mut Slot, env: &Env<'a>) -> Env<'a> {
    match slot.as_deref_mut() {
        Some(room) => {
            let env = env.at(room);
            room.local.time.begin_turn(&env);
            env
        }
        None => *env,
    }
}

/// Runs a command on a room in which nothing is due and no frame can be sent.
fn run_settled(
    slot: &mut Slot,
    command: &WriteCommand<'_>,
    env: &Env<'_>,
    out: &mut Outbox,
) -> Result<Reply, Error> {
    let Some(room) = slot.as_deref_mut() else { return Err(Error::NoRoom) };
    let mut next_user = String::new();
    let decision = decide::decide(room, command, env, &mut next_user)?;
    if decision.change.as_ref().is_some_and(|change| fast_path::takes(room, change)) {
        debug_assert_eq!(decision.change, fast_path::change(command), "a replica would apply another change");
        return Ok(fast_path::conclude(room, decision, env, out));
    }
    let reply = conclude(slot, decision, env, out);
    set_next_due(slot, env, out);
    reply
}

/// Runs a command on a room that may have something else to do.
fn settle_and_run(
    slot: &mut Slot,
    command: &WriteCommand<'_>,
    env: &Env<'_>,
    out: &mut Outbox,
) -> Result<Reply, Error> {
    // PURGE concerns the room as the warehouse read it. Nobody has read yet that this turn ended the room.
    let refusal = match (slot.as_deref(), command) {
        (Some(room), WriteCommand::Services(_)) => {
            decide::decide(room, command, env, &mut String::new()).err()
        }
        _ => None,
    };
    settle(slot, &command.facts().refers_to, env, out);
    if let WriteCommand::Stage(StageCommand::Next { .. }) = command {
        settle_first_hand(slot, env, out);
    }
    let mut next_user = String::new();
    let decision = match (refusal, slot.as_deref()) {
        (Some(error), _) => Err(error),
        (None, Some(room)) => decide::decide(room, command, env, &mut next_user),
        (None, None) => Err(Error::NoRoom),
    };
    let reply = match decision {
        Ok(decision) => conclude(slot, decision, env, out),
        Err(error) => {
            flush(slot, env, out);
            Err(error)
        }
    };
    set_next_due(slot, env, out);
    reply
}

/// Applies a decision, settles the deadlines that it made due, flushes and makes the reply.
fn conclude(
    slot: &mut Slot,
    decision: Decision<'_>,
    env: &Env<'_>,
    out: &mut Outbox,
) -> Result<Reply, Error> {
    if let Some(change) = &decision.change {
        commit(slot, change, env, out);
        settle(slot, &[], env, out);
    }
    if let ReplyPlan::Purged = decision.reply {
        send(slot, env, out);
        out.purged = true;
        out.notify("room.purge");
        return Ok(Reply::Int(1));
    }
    let Some(room) = slot.as_deref_mut() else { return Err(Error::NoRoom) };
    if let Some(charge) = decision.charge {
        charge_rate(room, charge, env);
    }
    if let ReplyPlan::Beat(gateway) = decision.reply {
        renew_lease(room, gateway, env);
    }
    flush(slot, env, out);
    // A gateway closes the sockets whose JOIN replied a lower seq than `removed` has. So `removed` gets its number
    // before this JOIN reads the seq.
    if let Some(Change::Join { user, .. }) = decision.change {
        if slot.as_deref().is_some_and(|room| room.removal_waits(user)) {
            send(slot, env, out);
        }
    }
    Ok(slot.as_deref().map_or(Reply::Null, |room| reply_to(room, decision.reply, env)))
}

/// Settles due deadlines: all that concern one thing, and one slice of each kind that can concern many members.
fn settle(slot: &mut Slot, referred_users: &[&str], env: &Env<'_>, out: &mut Outbox) {
    settle_all(slot, referred_users, env, out);
    let slices = slot.as_deref().map_or_else(Vec::new, |room| deadlines::slices(room, env));
    if slices.is_empty() {
        return;
    }
    for change in &slices {
        commit(slot, change, env, out);
    }
    settle_all(slot, &[], env, out);
}

/// Settles the deadlines that concern one thing.
fn settle_all(slot: &mut Slot, referred_users: &[&str], env: &Env<'_>, out: &mut Outbox) {
    while let Some(room) = slot.as_deref() {
        let Some(due) = deadlines::next(room, referred_users, env) else { return };
        let change = due.change(room, env);
        commit(slot, &change, env, out);
    }
}

/// Settles the user that NEXT would seat. If this user is gone, NEXT would seat another, who is settled too.
fn settle_first_hand(slot: &mut Slot, env: &Env<'_>, out: &mut Outbox) {
    while let Some(room) = slot.as_deref() {
        let Some(due) = deadlines::of_first_hand(room, env) else { return };
        let change = due.change(room, env);
        commit(slot, &change, env, out);
    }
}

/// Adds a change to the effect and applies it. A takeover comes before the first change of a room that this process has
/// not taken over yet.
fn commit(slot: &mut Slot, change: &Change<'_>, env: &Env<'_>, out: &mut Outbox) {
    let at = slot.as_deref().map_or(env.now, |room| room.clock.max(env.now));
    if out.effect.is_empty() {
        effect::begin(&mut out.effect, at);
    }
    if let Some(room) = slot.as_deref_mut() {
        if room.local.generation != env.generation {
            let expiry = deadlines::own_expiry(room, env).filter(|&at| at != room.expire_ms);
            room.local.generation = env.generation;
            let [_, epoch] = env.fresh;
            write_and_apply(slot, &Change::Takeover { epoch }, at, env, out);
            if let Some(expire_ms) = expiry {
                write_and_apply(slot, &Change::Extend { expire_ms }, at, env, out);
            }
        }
    }
    write_and_apply(slot, change, at, env, out);
    if let (Change::Create(_), Some(room)) = (change, slot.as_deref_mut()) {
        room.local.generation = env.generation;
        room.local.time.begin_turn(env);
    }
}

fn write_and_apply(slot: &mut Slot, change: &Change<'_>, at: u64, env: &Env<'_>, out: &mut Outbox) {
    effect::write(&mut out.effect, change);
    let history_bytes = env.settings.history_bytes;
    apply::apply(slot, change, &mut ApplyCtx { at, key: env.key, history_bytes, sends: true, out });
}

/// Sends the waiting events, if it is time.
fn flush(slot: &mut Slot, env: &Env<'_>, out: &mut Outbox) {
    let Some(room) = slot.as_deref_mut() else { return };
    let When::Now { early } = flush::when(room, env) else { return };
    if early {
        let second = env.now / 1000;
        let counted = room.local.urgent;
        let sent = if counted.second == second { counted.sent + 1 } else { 1 };
        room.local.urgent = UrgentFrames { second, sent };
    }
    send(slot, env, out);
}

fn send(slot: &mut Slot, env: &Env<'_>, out: &mut Outbox) {
    let before = out.frames.len();
    if slot.as_deref().is_some_and(|room| !room.pending.is_empty()) {
        commit(slot, &Change::Flush, env, out);
    }
    if let Some(room) = slot.as_deref_mut() {
        room.local.sent_ms = env.now;
        let epoch = room.epoch;
        let direct = room.local.direct.take().map(|direct| direct::frame(&direct, env.key, epoch));
        // A gateway closes the sockets of a removed user on `removed`. So its notice comes before.
        out.frames.splice(before..before, direct);
    }
}

/// Runs a read command, on a master or a replica. It changes nothing and shows the room as of now.
///
/// # Errors
/// Why the command is refused.
pub fn read(room: Option<&Room>, command: &ReadCommand<'_>, env: &Env<'_>) -> Result<Reply, Error> {
    match room {
        None => Err(Error::NoRoom),
        Some(room) if room.is_broken() => Err(Error::Broken),
        Some(room) => read::read(room, command, &env.at(room)),
    }
}

/// Runs a master's timer: settles due deadlines and sends waiting events.
pub fn tick(slot: &mut Slot, env: &Env<'_>, out: &mut Outbox) {
    if slot.as_deref().is_some_and(|room| !room.is_broken()) {
        let env = &begin(slot, env);
        settle(slot, &[], env, out);
        flush(slot, env, out);
        set_next_due(slot, env, out);
    }
}

/// Stores when the room next has something to do without a command, in the room and in the outbox.
pub fn set_next_due(slot: &mut Slot, env: &Env<'_>, out: &mut Outbox) {
    let Some(room) = slot.as_deref_mut() else { return };
    let mut env = env.at(room);
    // An expiry that this turn sets is not in force before the glue has sent it.
    if out.expire.is_some() {
        env.expires = &out.expire;
    }
    room.local.next_due_ms = next_due_ms(room, &env);
    // If a deadline has passed, this turn did not settle all of it. The next turn is in the next millisecond.
    out.next_due_ms = Some(env.wall_time_of(room.local.next_due_ms.max(env.now + 1)));
}

/// When the room next has something to do without a command, because a deadline is due or a frame may be sent, Unix ms;
/// in the room's time, which `env.now` is; `u64::MAX`: never. A server that does not serve the room as master has nothing
/// to do.
pub(crate) fn next_due_ms(room: &Room, env: &Env<'_>) -> u64 {
    if !env.serving || room.is_broken() {
        return u64::MAX;
    }
    let frame = match flush::when(room, env) {
        When::Never => u64::MAX,
        When::Now { .. } => env.now,
        When::At(at) => at,
    };
    frame.min(deadlines::earliest(room, env).unwrap_or(u64::MAX))
}

/// Applies a replicated effect.
///
/// # Errors
/// `NOROOM`: the key holds no room. `BROKEN`: this version does not know the effect. The room is then marked broken.
pub fn replay(slot: &mut Slot, bytes: &[u8], env: &Env<'_>, out: &mut Outbox) -> Result<(), Error> {
    let mut effect = effect::Reader::new(bytes).inspect_err(|_| break_room(slot))?;
    let at = effect.at;
    while let Some(change) = effect.next_change().transpose() {
        let change = change.inspect_err(|_| break_room(slot))?;
        if slot.is_none() && !matches!(change, Change::Create(_)) {
            return Err(Error::NoRoom);
        }
        let history_bytes = env.settings.history_bytes;
        let ctx = &mut ApplyCtx { at, key: env.key, history_bytes, sends: false, out };
        apply::apply(slot, &change, ctx);
    }
    if let Some(room) = slot.as_deref_mut() {
        room.local.time.heard(at, env.time);
    }
    Ok(())
}

fn break_room(slot: &mut Slot) {
    if let Some(room) = slot {
        room.mark_broken();
    }
}

/// The message that a server publishes on a room's channel when it loses the room under its key.
pub fn gone(key: &str, epoch: u64) -> String {
    json::write(&GoneFrame { kind: FrameKind::Gone, room: key, epoch: Id(epoch) })
}
