//! Comments, pins, reactions and polls.

use super::Scene;
use crate::effect;
use crate::event;
use crate::history::Entry;
use crate::pending::{Event, Fold};
use crate::polls::{Choice, Poll};
use crate::room::{Answer, Room};
use crate::talk::{Comment, SERVICE};

impl Room {
    pub(super) fn comment(&mut self, by: &str, text: &str, reply: u64, token: &str, scene: &mut Scene<'_>) {
        self.comments.last_id += 1;
        let id = self.comments.last_id;
        let mut comment = Comment {
            user: SERVICE,
            ms: scene.at,
            text: text.into(),
            reply,
            before: 0,
            was_pinned: false,
            deleted_by: None,
        };
        let mut shadow = false;
        if by != "-" {
            let ix = self.users.enter(by);
            shadow = self.moderation.is_shadowed(ix, scene.at);
            let more = self.users.at_mut(ix).more_mut();
            more.comments += 1;
            more.commented_ms = scene.at;
            comment.user = ix;
            comment.before = std::mem::replace(&mut more.last_comment, id);
        }
        self.comments.bytes += text.len();
        self.tokens.keep('c', by, token, scene.at, Answer::Id(id));
        if shadow {
            self.comments.shadow.insert(id, comment);
            return;
        }
        self.comments.all.insert(id, comment);
        let present = self.present();
        if let Some(minute) = self.record.minute(scene.at, present) {
            minute.comments += 1;
        }
        self.pending.push(Event::Comment { id });
        scene.out.counts.comments += 1;
        scene.out.note("room.comment");
    }

    pub(super) fn delete_comment(&mut self, by: &str, id: u64, scene: &mut Scene<'_>) {
        let public = self.comments.all.contains_key(&id);
        if self.comments.delete(id, by) && public {
            self.scrub_history(|other, _| other == id);
            self.pending.push(Event::CommentDeleted { id, by: by.into() });
            scene.out.note("room.delcomment");
        }
    }

    /// Takes the texts of deleted comments out of the events kept.
    pub(super) fn scrub_history(&mut self, is_meant: impl Fn(u64, &Comment) -> bool) {
        let mut history = std::mem::take(&mut self.history);
        history.rewrite_comments(|id, entry: &Entry| {
            let comment = self.comments.all.get(&id)?;
            (comment.deleted_by.is_some() && is_meant(id, comment))
                .then(|| event::scrubbed(self, id, entry))
                .flatten()
        });
        self.history = history;
    }

    pub(super) fn pin(&mut self, by: &str, id: u64, scene: &mut Scene<'_>) {
        if let Some(comment) = self.comments.all.get_mut(&id) {
            comment.was_pinned = true;
            if !self.comments.pins.contains(&id) {
                self.comments.pins.push(id);
            }
            self.pending.push(Event::Pinned { id, by: by.into() });
            scene.out.note("room.pin");
        }
    }

    pub(super) fn unpin(&mut self, by: &str, id: u64, scene: &mut Scene<'_>) {
        self.comments.pins.retain(|&pin| pin != id);
        self.pending.push(Event::Unpinned { id, by: by.into() });
        scene.out.note("room.unpin");
    }

    pub(super) fn react(&mut self, user: &str, kind: &str, count: u32, scene: &mut Scene<'_>) {
        let ix = self.users.enter(user);
        let kind = self.reactions.enter(kind);
        let n = u64::from(count);
        let shadow = self.moderation.is_shadowed(ix, scene.at);
        let more = self.users.at_mut(ix).more_mut();
        if shadow {
            return more.shadow_reactions.get_or_insert_default().add(kind, n);
        }
        more.reactions.add(kind, n);
        if let Some(held) = self.reactions.kinds.get_mut(usize::from(kind)) {
            held.total += n;
            held.waiting += n;
        }
        self.reactions.total += n;
        let present = self.present();
        self.record.react(scene.at, present, kind, n);
        self.pending.fold(Fold::Reactions);
        scene.out.counts.reactions += n;
    }

    pub(super) fn open_poll(&mut self, poll: &effect::Poll<'_>, scene: &mut Scene<'_>) {
        let options = poll.options.iter().map(|&text| Choice { text: text.into(), votes: 0 }).collect();
        self.polls.push(Poll {
            question: poll.question.into(),
            options,
            multi: poll.multi,
            secret: poll.secret,
            is_final: poll.is_final,
            hidden: poll.hidden,
            opened_ms: scene.at,
            closes_ms: poll.closes_ms,
            closed: false,
            votes: Default::default(),
        });
        let id = self.polls.len() as u64;
        self.tokens.keep('p', poll.by, poll.token, scene.at, Answer::Id(id));
        self.pending.fold(Fold::Poll(id));
        scene.out.note("room.pollopen");
    }

    /// The poll with this id, from 1.
    pub fn poll(&self, id: u64) -> Option<&Poll> {
        self.polls.get(usize::try_from(id.checked_sub(1)?).ok()?)
    }

    pub(super) fn vote(&mut self, user: &str, id: u64, options: u64, scene: &mut Scene<'_>) {
        let ix = self.users.enter(user);
        let at = id.checked_sub(1).and_then(|at| usize::try_from(at).ok());
        let Some(poll) = at.and_then(|at| self.polls.get_mut(at)) else { return };
        if poll.vote(ix, options, scene.at) {
            self.users.at_mut(ix).more_mut().votes += 1;
        }
        self.pending.fold(Fold::Poll(id));
    }

    pub(super) fn close_poll(&mut self, id: u64, scene: &mut Scene<'_>) {
        let at = id.checked_sub(1).and_then(|at| usize::try_from(at).ok());
        let Some(poll) = at.and_then(|at| self.polls.get_mut(at)) else { return };
        // Settled late, it closed in its own time all the same.
        if poll.is_open(scene.at) {
            poll.closes_ms = scene.at;
        }
        poll.closed = true;
        self.pending.fold(Fold::Poll(id));
        scene.out.note("room.pollclose");
    }
}
