//! One way through: what happens to a room, in one place and in one order.
//!
//! settle what is due → decide → apply → settle what that made due → flush. The glue parses before and replicates,
//! signals, publishes, notifies and replies after, from what stands in the [`Outbox`].

pub mod apply;
pub mod decide;
pub mod fast_path;
mod flush;

use crate::env::Env;
use crate::id::Id;
use crate::json::replies::{CreatedJson, JoinedJson};
use crate::json::summary::SummaryJson;
use crate::outbox::{Outbox, Reply};

use crate::command::{Charge, LifecycleCommand, Rate, ReadCommand, ServiceCommand, WriteCommand};
use crate::effect::{self, Change};
use crate::error::Error;
use crate::json;
use crate::json::direct;
use crate::json::shapes;
use crate::read;
use crate::room::deadlines;
use crate::room::view::View;
use crate::room::Room;
use apply::ApplyCtx;
use decide::{Decision, ReplyPlan};
use flush::When;

/// Runs a write. `room` is what the key holds; CREATE fills it, PURGE leaves it for the glue to delete with its key. On
/// an error the outbox may still hold what was due before.
pub fn run(
    slot: &mut Option<Box<Room>>,
    command: &WriteCommand<'_>,
    env: &Env<'_>,
    out: &mut Outbox,
) -> Result<Reply, Error> {
    let decision = match (slot.as_deref(), command) {
        (Some(room), _) if room.is_broken() => return Err(Error::Broken),
        (None, WriteCommand::Lifecycle(LifecycleCommand::Create { actor, create })) => {
            decide::create(*actor, create, env)?
        }
        // The room is already gone, which is the purpose of the command.
        (None, WriteCommand::Services(ServiceCommand::Purge { .. })) => return Ok(Reply::Int(0)),
        (None, _) => return Err(Error::NoRoom),
        (Some(_), _) => return run_on(slot, command, env, out),
    };
    conclude(slot, decision, env, out)
}

fn run_on(
    slot: &mut Option<Box<Room>>,
    command: &WriteCommand<'_>,
    env: &Env<'_>,
    out: &mut Outbox,
) -> Result<Reply, Error> {
    settle(slot, &command.facts().refers_to, env, out);
    let mut next = String::new();
    let decision = match slot.as_deref() {
        Some(room) => decide::decide(room, command, env, &mut next),
        None => Err(Error::NoRoom),
    };
    match decision {
        Ok(decision) => conclude(slot, decision, env, out),
        Err(error) => {
            flush(slot, env, out);
            Err(error)
        }
    }
}

/// Applies a decision, settles what that made due, flushes and answers.
fn conclude(
    slot: &mut Option<Box<Room>>,
    decision: Decision<'_>,
    env: &Env<'_>,
    out: &mut Outbox,
) -> Result<Reply, Error> {
    if let Some(change) = &decision.change {
        commit(slot, change, env, out);
        settle(slot, &[], env, out);
    }
    if let ReplyPlan::Purged = decision.answer {
        send(slot, env, out);
        out.purged = true;
        out.note("room.purge");
        return Ok(Reply::Int(1));
    }
    let Some(room) = slot.as_deref_mut() else { return Err(Error::NoRoom) };
    if let Some(charge) = decision.charge {
        take(room, charge, env);
    }
    if let ReplyPlan::Beat(gateway) = decision.answer {
        renew(room, gateway, env);
    }
    flush(slot, env, out);
    // A gateway closes the sockets whose JOIN came before a `removed`: one that comes after must not read a lower seq.
    if let Some(Change::Join { user, .. }) = decision.change {
        if slot.as_deref().is_some_and(|room| room.removal_waits(user)) {
            send(slot, env, out);
        }
    }
    Ok(slot.as_deref().map_or(Reply::Null, |room| answer(room, decision.answer, env)))
}

/// Settles what is due: all that is bounded, and one slice of each kind that is not.
fn settle(slot: &mut Option<Box<Room>>, focus: &[&str], env: &Env<'_>, out: &mut Outbox) {
    if let Some(room) = slot.as_deref_mut() {
        deadlines::begin_service(room, env);
    }
    while let Some(due) = slot.as_deref().and_then(|room| deadlines::next(room, focus, env)) {
        commit(slot, &due.change(env), env, out);
    }
    let slices = slot.as_deref().map_or_else(Vec::new, |room| deadlines::slices(room, env));
    if slices.is_empty() {
        return;
    }
    for change in &slices {
        commit(slot, change, env, out);
    }
    while let Some(due) = slot.as_deref().and_then(|room| deadlines::next(room, &[], env)) {
        commit(slot, &due.change(env), env, out);
    }
}

/// Notes a change in the effect and applies it. The first change of a room that this process has not taken over yet
/// comes behind a takeover.
fn commit(slot: &mut Option<Box<Room>>, change: &Change<'_>, env: &Env<'_>, out: &mut Outbox) {
    let at = slot.as_deref().map_or(env.now, |room| room.clock.max(env.now));
    if out.effect.is_empty() {
        effect::begin(&mut out.effect, at);
    }
    if let Some(room) = slot.as_deref_mut() {
        if std::mem::replace(&mut room.local.generation, env.generation) != env.generation {
            let [_, epoch] = env.fresh;
            put(slot, &Change::Takeover { epoch }, at, env, out);
        }
    }
    put(slot, change, at, env, out);
    if let (Change::Create(_), Some(room)) = (change, slot.as_deref_mut()) {
        room.local.generation = env.generation;
    }
}

fn put(slot: &mut Option<Box<Room>>, change: &Change<'_>, at: u64, env: &Env<'_>, out: &mut Outbox) {
    effect::write(&mut out.effect, change);
    let history_bytes = env.settings.history_bytes;
    apply::apply(slot, change, &mut ApplyCtx { at, key: env.key, history_bytes, sends: true, out });
}

/// Sends what waits, if its time has come.
fn flush(slot: &mut Option<Box<Room>>, env: &Env<'_>, out: &mut Outbox) {
    let Some(room) = slot.as_deref_mut() else { return };
    let When::Now { early } = flush::when(room, env) else { return };
    if early {
        let second = env.now / 1000;
        let (counted, sent) = room.local.urgent;
        room.local.urgent = (second, if counted == second { sent + 1 } else { 1 });
    }
    send(slot, env, out);
}

fn send(slot: &mut Option<Box<Room>>, env: &Env<'_>, out: &mut Outbox) {
    if slot.as_deref().is_some_and(|room| !room.pending.is_empty()) {
        commit(slot, &Change::Flush, env, out);
    }
    if let Some(room) = slot.as_deref_mut() {
        room.local.sent_ms = env.now;
        let epoch = room.epoch;
        out.frames.extend(room.local.direct.drain(..).map(|direct| direct::frame(&direct, env.key, epoch)));
    }
}

pub(crate) fn take(room: &mut Room, charge: Charge<'_>, env: &Env<'_>) {
    let Some(ix) = room.users.find(charge.user) else { return };
    let settings = env.settings;
    let rates = &mut room.users.at_mut(ix).activity_mut().rates;
    match charge.rate {
        Rate::Comment => {
            rates.comment.take(env.now, settings.comment_rate, 1);
            room.local.comments.take(env.now, settings.comment_room_rate, 1);
        }
        Rate::React(count) => rates.react.take(env.now, settings.react_rate, count.into()),
        Rate::Action => rates.action.take(env.now, settings.action_rate, 1),
    }
}

pub(crate) fn renew(room: &mut Room, gateway: &str, env: &Env<'_>) {
    if let Some(lease) = room.leases.of(gateway).and_then(|lease| room.leases.get_mut(lease)) {
        lease.beat_ms = lease.beat_ms.max(env.now);
    }
}

pub(crate) fn answer(room: &Room, answer: ReplyPlan<'_>, env: &Env<'_>) -> Reply {
    let view = || View::settled(room, env.now);
    let int = |n: u64| Reply::Int(n as i64);
    match answer {
        ReplyPlan::Reply(reply) => reply,
        ReplyPlan::Created => Reply::Bulk(json::write(&CreatedJson::new(room, env))),
        ReplyPlan::Joined(member) => Reply::Bulk(json::write(&JoinedJson::new(&view(), member, env))),
        ReplyPlan::Summary => Reply::Bulk(json::write(&SummaryJson::new(&view(), env.key, true))),
        ReplyPlan::Poll(id) => {
            let poll = room.poll(id);
            poll.map_or(Reply::Null, |poll| {
                Reply::Bulk(json::write(&shapes::PollJson::new(&view(), id, poll)))
            })
        }
        ReplyPlan::Place(user) => int(room.user(user).map_or(0, |user| room.hands.place_of(user.hand()))),
        ReplyPlan::Interested => int(room.interested),
        ReplyPlan::CommentId => int(room.comments.last_id),
        ReplyPlan::PollId => int(room.polls.len() as u64),
        ReplyPlan::Voters(id) => int(room.poll(id).map_or(0, |poll| poll.votes.len() as u64)),
        ReplyPlan::Reactions(user, kind) => {
            let Some(kind) = room.reactions.find(kind) else { return Reply::Int(0) };
            let total = room.reactions.kinds.get(usize::from(kind)).map_or(0, |kind| kind.total);
            let activity = room.users.at(user).activity.as_ref();
            let shadow = activity
                .and_then(|activity| activity.shadow_reactions.as_ref())
                .map_or(0, |shadow| shadow.of(kind));
            int(total + shadow)
        }
        ReplyPlan::Purged => Reply::Int(1),
        ReplyPlan::Beat(gateway) => {
            let lease = room.leases.of(gateway).and_then(|lease| room.leases.get(lease));
            let sessions = lease.map_or(0, |lease| lease.sessions.len() as u64);
            Reply::Array(vec![int(sessions), Reply::Bulk(Id(room.epoch).to_string()), int(room.seq)])
        }
    }
}

/// Answers a read: changes nothing, shows the room as of `env.now`. On a replica too.
pub fn read(room: Option<&Room>, command: &ReadCommand<'_>, env: &Env<'_>) -> Result<Reply, Error> {
    match room {
        None => Err(Error::NoRoom),
        Some(room) if room.is_broken() => Err(Error::Broken),
        Some(room) => read::read(room, command, env),
    }
}

/// A master's timer: settles what is due and sends what waits.
pub fn tick(slot: &mut Option<Box<Room>>, env: &Env<'_>, out: &mut Outbox) {
    if slot.as_deref().is_some_and(|room| !room.is_broken()) {
        settle(slot, &[], env, out);
        flush(slot, env, out);
    }
}

/// When [`tick`] next has something to do, Unix ms.
pub fn deadline(room: &Room, env: &Env<'_>) -> Option<u64> {
    if room.is_broken() {
        return None;
    }
    let frame = match flush::when(room, env) {
        When::Never => None,
        When::Now { .. } => Some(env.now),
        When::At(at) => Some(at),
    };
    match (frame, deadlines::earliest(room, env)) {
        (Some(frame), Some(due)) => Some(frame.min(due)),
        (frame, due) => frame.or(due),
    }
}

/// Applies a replicated effect. `Err`: this version does not know it, and the room is now broken; or the key holds no
/// room to apply it to.
pub fn replay(
    slot: &mut Option<Box<Room>>,
    bytes: &[u8],
    env: &Env<'_>,
    out: &mut Outbox,
) -> Result<(), Error> {
    let mut effect = effect::Reader::new(bytes).inspect_err(|_| break_room(slot))?;
    while let Some(change) = effect.next_change().transpose() {
        let change = change.inspect_err(|_| break_room(slot))?;
        if slot.is_none() && !matches!(change, Change::Create(_)) {
            return Err(Error::NoRoom);
        }
        let history_bytes = env.settings.history_bytes;
        let ctx = &mut ApplyCtx { at: effect.at, key: env.key, history_bytes, sends: false, out };
        apply::apply(slot, &change, ctx);
    }
    Ok(())
}

fn break_room(slot: &mut Option<Box<Room>>) {
    if let Some(room) = slot {
        room.mark_broken();
    }
}

/// What a server publishes when it loses the room under a key.
pub fn gone(key: &str, epoch: u64) -> String {
    #[derive(serde::Serialize)]
    struct Gone<'a> {
        room: &'a str,
        epoch: Id,
        gone: bool,
    }
    json::write(&Gone { room: key, epoch: Id(epoch), gone: true })
}
