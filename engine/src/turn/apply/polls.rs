//! Applies polls and votes.

use super::ApplyCtx;
use crate::effect::PollOpened;
use crate::room::pending::Fold;
use crate::room::polls::{Choice, Poll};
use crate::room::tokens::{TokenCommand, TokenReply};
use crate::room::Room;

impl Room {
    pub(super) fn open_poll(&mut self, poll: &PollOpened<'_>, ctx: &mut ApplyCtx<'_>) {
        let options = poll.options.iter().map(|&text| Choice { text: text.into(), votes: 0 }).collect();
        self.polls.push(Poll {
            question: poll.question.into(),
            options,
            multi: poll.multi,
            secret: poll.secret,
            is_final: poll.is_final,
            hidden: poll.hidden,
            opened_ms: ctx.at,
            closes_ms: poll.closes_ms,
            closed: false,
            votes: Default::default(),
        });
        let id = self.polls.len() as u64;
        self.tokens.keep(TokenCommand::PollOpen, poll.by, poll.token, ctx.at, TokenReply::Id(id));
        self.pending.fold(Fold::Poll(id));
        ctx.out.notify("room.pollopen");
    }

    pub(super) fn vote(&mut self, user: &str, id: u64, options: u64, ctx: &mut ApplyCtx<'_>) {
        let ix = self.users.find_or_insert(user);
        let at = id.checked_sub(1).and_then(|at| usize::try_from(at).ok());
        let Some(poll) = at.and_then(|at| self.polls.get_mut(at)) else { return };
        if poll.vote(ix, options, ctx.at) {
            self.users.at_mut(ix).activity_mut().votes += 1;
        }
        self.pending.fold(Fold::Poll(id));
    }

    pub(super) fn close_poll(&mut self, id: u64, ctx: &mut ApplyCtx<'_>) {
        let at = id.checked_sub(1).and_then(|at| usize::try_from(at).ok());
        let Some(poll) = at.and_then(|at| self.polls.get_mut(at)) else { return };
        // A poll whose closing is settled late still closed at its own time.
        if poll.is_open(ctx.at) {
            poll.closes_ms = ctx.at;
        }
        poll.closed = true;
        self.pending.fold(Fold::Poll(id));
        ctx.out.notify("room.pollclose");
    }
}
