//! Replies of write commands.

use super::decide::ReplyPlan;
use crate::env::Env;
use crate::id::Id;
use crate::json::replies::{CreatedJson, JoinedJson};
use crate::json::summary::SummaryJson;
use crate::json::{self, shapes};
use crate::outbox::Reply;
use crate::room::view::View;
use crate::room::Room;

/// Makes the reply of a write, after its change is applied.
pub(super) fn reply_to(room: &Room, plan: ReplyPlan<'_>, env: &Env<'_>) -> Reply {
    let view = || View::settled(room, env.now);
    let int = |n: u64| Reply::Int(n as i64);
    match plan {
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
        ReplyPlan::Place(user) => {
            int(room.user(user).map_or(0, |user| room.hands.place_of(user.hand_ticket())))
        }
        ReplyPlan::Interested => int(room.interested.len() as u64),
        ReplyPlan::CommentId => int(room.comments.last_id),
        ReplyPlan::PollId => int(room.polls.len() as u64),
        ReplyPlan::Voters(id) => int(room.poll(id).map_or(0, |poll| poll.votes.len() as u64)),
        ReplyPlan::Reactions(user, kind) => {
            let public = room.reactions.kinds.iter().find(|known| *known.name == *kind);
            let shadow = room.users.at(user).shadow().and_then(|shadow| shadow.of(kind));
            int(public.map_or(0, |kind| kind.total) + shadow.unwrap_or(0))
        }
        ReplyPlan::Purged => Reply::Int(1),
        ReplyPlan::Beat(gateway) => {
            let lease = room.leases.of(gateway).and_then(|lease| room.leases.get(lease));
            let sessions = lease.map_or(0, |lease| lease.sessions.len() as u64);
            Reply::Array(vec![int(sessions), Reply::Bulk(Id(room.epoch).to_string()), int(room.seq)])
        }
    }
}
