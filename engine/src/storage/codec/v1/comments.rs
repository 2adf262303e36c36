//! Rows of comments, polls and events into a room.

use super::super::chunks::List;
use super::super::Corrupt;
use super::load::{object, text, Loader, ID, LINE, TEXT};
use super::wire::*;
use crate::room::comments::{Comment, SERVICE};
use crate::room::history::{Entry, Topic};
use crate::room::pending::{Event, Fold, WaitingEvent, WaitingFold};
use crate::room::polls::{Choice, Poll, Vote};
use crate::room::users::UserIx;

/// Polls of a room, far beyond what is taken in today.
const POLLS: usize = 1000;
/// An event's JSON: the summary of a room that ended may tell a hundred polls.
const EVENT: usize = 4 << 20;

impl Loader {
    pub fn poll(&mut self, row: PollV1<'_>) -> Result<(), Corrupt> {
        let options =
            row.options.0.into_iter().map(|row| choice(row, &self.numbers)).collect::<Result<Vec<_>, _>>()?;
        if !(2..=20).contains(&options.len()) || !(1..=options.len()).contains(&usize::from(row.multi)) {
            return Err(Corrupt("a poll without a choice"));
        }
        if self.room.polls.len() >= POLLS {
            return Err(Corrupt("too many polls"));
        }
        self.room.polls.push(Poll {
            question: text(row.question, LINE)?,
            options,
            multi: row.multi,
            secret: row.secret,
            is_final: row.is_final,
            hidden: row.hidden,
            opened_ms: self.ms(row.opened)?,
            closes_ms: self.ms(row.closes)?,
            closed: row.closed,
            votes: Default::default(),
        });
        Ok(())
    }

    pub fn vote(&mut self, row: VoteV1) -> Result<(), Corrupt> {
        let (user, ms) = (self.known(row.user)?, self.ms(row.at)?);
        let poll = self.room.polls.get_mut(row.poll as usize).ok_or(Corrupt("a vote in no poll"))?;
        let most = if poll.secret { 0 } else { u32::from(poll.multi) };
        if row.options >> poll.options.len() != 0 || row.options.count_ones() > most {
            return Err(Corrupt("a vote that cannot be"));
        }
        match poll.votes.insert(user, Vote { options: row.options, ms }) {
            None => Ok(()),
            Some(_) => Err(Corrupt("a vote twice")),
        }
    }

    pub fn comment(&mut self, row: CommentV1<'_>, shadow: bool) -> Result<(), Corrupt> {
        let user = match row.user.wrapping_sub(1) {
            SERVICE => SERVICE,
            ix => self.known(ix)?,
        };
        let comment = Comment {
            user,
            ms: self.ms(row.at)?,
            text: text(row.text, TEXT)?,
            reply: row.reply,
            before: row.before,
            was_pinned: row.was_pinned,
            deleted_by: row.deleted_by.map(|by| text(by, ID)).transpose()?,
        };
        let comments = &mut self.room.comments;
        // What names an earlier comment only can be followed to its end.
        let is_earlier = |id: u64| id < row.id;
        if !is_earlier(row.reply) || !is_earlier(row.before) || row.id > comments.last_id {
            return Err(Corrupt("a comment out of its place"));
        }
        if row.deleted_by.is_some() && !row.text.is_empty() {
            return Err(Corrupt("a deleted text"));
        }
        comments.bytes += row.text.len();
        if comments.all.contains_key(&row.id) {
            return Err(Corrupt("a comment twice"));
        }
        let kept = if shadow { &mut comments.shadow } else { &mut comments.all };
        match kept.insert(row.id, comment) {
            None => Ok(()),
            Some(_) => Err(Corrupt("a comment twice")),
        }
    }

    pub fn waiting(&mut self, row: WaitingV1<'_>) -> Result<(), Corrupt> {
        let event = self.event(row.event)?;
        let pending = &mut self.room.pending;
        if pending.queue.last().is_some_and(|last| last.position >= row.stamp) || row.stamp > pending.position
        {
            return Err(Corrupt("an event out of its place"));
        }
        pending.urgent |= event.is_urgent();
        pending.queue.push(WaitingEvent { position: row.stamp, event });
        Ok(())
    }

    fn event(&self, row: EventV1<'_>) -> Result<Event, Corrupt> {
        let name = |by: &str| text(by, ID);
        let maybe = |by: Option<&str>| by.map(name).transpose();
        Ok(match row {
            EventV1::Created => Event::Created,
            EventV1::Started => Event::Started,
            EventV1::Settings => Event::Settings,
            EventV1::Cancelled { by } => Event::Cancelled { by: maybe(by)? },
            EventV1::Ended { by, reason } => Event::Ended { by: maybe(by)?, reason: reason.into() },
            EventV1::Stage { members, by } => Event::Stage { members: self.users(members)?, by: maybe(by)? },
            EventV1::Removed { user } => Event::Removed { user: self.known(user)? },
            EventV1::Comment { id } => Event::Comment { id: self.numbers.number(id)? },
            EventV1::Pinned { id, by } => Event::Pinned { id: self.numbers.number(id)?, by: name(by)? },
            EventV1::CommentDeleted { id, by } => {
                Event::CommentDeleted { id: self.numbers.number(id)?, by: name(by)? }
            }
            EventV1::Unpinned { id, by } => Event::Unpinned { id: self.numbers.number(id)?, by: name(by)? },
            EventV1::CommentsCleared { user, by } => {
                Event::CommentsCleared { user: self.known(user)?, by: name(by)? }
            }
        })
    }

    pub fn users(&self, List(users): List<u32>) -> Result<Vec<UserIx>, Corrupt> {
        users.into_iter().map(|user| self.known(user)).collect()
    }

    pub fn fold(&mut self, (position, row): (u64, FoldV1)) -> Result<(), Corrupt> {
        let fold = fold(row, &self.numbers)?;
        if let Fold::Poll(id) = fold {
            self.room.poll(id).ok_or(Corrupt("a fold of no poll"))?;
        }
        let pending = &mut self.room.pending;
        if position > pending.position
            || pending.folds.iter().any(|other| other.fold == fold || other.position == position)
        {
            return Err(Corrupt("a fold out of its place"));
        }
        pending.folds.push(WaitingFold { position, fold });
        Ok(())
    }

    pub fn entry(&mut self, row: EntryV1<'_>) -> Result<(), Corrupt> {
        let last = self.room.history.entries.back().map_or(0, |last| last.seq);
        if row.seq <= last || row.seq > self.room.seq {
            return Err(Corrupt("history out of order"));
        }
        let entry = Entry {
            seq: row.seq,
            topic: match row.topic {
                TopicV1::Fold(row) => Topic::Fold(fold(row, &self.numbers)?),
                TopicV1::Comment(id) => Topic::Comment(self.numbers.number(id)?),
                TopicV1::Other => Topic::Other,
            },
            users: self.users(row.users)?,
            json: object(row.json, EVENT)?.into(),
        };
        let history = &mut self.room.history;
        history.bytes += entry.bytes();
        history.entries.push_back(entry);
        Ok(())
    }
}

fn choice(row: ChoiceV1<'_>, numbers: &Numbers) -> Result<Choice, Corrupt> {
    Ok(Choice { text: text(row.text, LINE)?, votes: numbers.number(row.votes)? })
}

fn fold(row: FoldV1, numbers: &Numbers) -> Result<Fold, Corrupt> {
    Ok(match row {
        FoldV1::Audience => Fold::Audience,
        FoldV1::Hands => Fold::Hands,
        FoldV1::Reactions => Fold::Reactions,
        FoldV1::Rsvp => Fold::Rsvp,
        FoldV1::Invited => Fold::Invited,
        FoldV1::Poll(id) => Fold::Poll(numbers.number(id)?),
    })
}
