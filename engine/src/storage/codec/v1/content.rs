//! Rows of polls, comments and events into a room. Each method returns [`Corrupt`] for a row that is not valid.

use super::super::chunks::List;
use super::super::Corrupt;
use super::load::{object, text, Loader, ID, LINE, TEXT};
use super::wire::*;
use crate::room::comments::{Comment, Deletion, SERVICE};
use crate::room::history::{Entry, Topic};
use crate::room::pending::{Event, Fold, WaitingEvent};
use crate::room::polls::{Choice, Poll, Vote};
use crate::room::users::UserIx;

/// The most polls of a room. The limit of commands is far lower, so that it can be raised.
const POLLS: usize = 1000;
/// The most bytes of an event. The event of a room's end holds a summary with a hundred polls.
const EVENT: usize = 4 << 20;

impl Loader {
    /// Reads a poll.
    pub fn poll(&mut self, row: PollV1<'_>) -> Result<(), Corrupt> {
        let options =
            row.options.0.into_iter().map(|row| choice(row, &self.numbers)).collect::<Result<Vec<_>, _>>()?;
        if !(2..=20).contains(&options.len()) || !(1..=options.len()).contains(&usize::from(row.multi)) {
            return Err(Corrupt("a poll with too few or too many options"));
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

    /// Reads a vote. Its poll is read before.
    pub fn vote(&mut self, row: VoteV1) -> Result<(), Corrupt> {
        let (user, ms) = (self.known(row.user)?, self.ms(row.at)?);
        let poll = self.room.polls.get_mut(row.poll as usize).ok_or(Corrupt("a vote in an unknown poll"))?;
        let max = if poll.secret { 0 } else { u32::from(poll.multi) };
        if row.options >> poll.options.len() != 0 || row.options.count_ones() > max {
            return Err(Corrupt("an impossible vote"));
        }
        match poll.votes.insert(user, Vote { options: row.options, ms }) {
            None => Ok(()),
            Some(_) => Err(Corrupt("a duplicate vote")),
        }
    }

    /// Reads a comment, `shadow` if it is under a shadow block.
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
            before: 0,
            was_pinned: row.was_pinned,
            deleted: row.deleted.map(|deletion| self.deletion(deletion)).transpose()?,
        };
        let comments = &mut self.room.comments;
        if row.reply >= row.id || row.id > comments.last_id {
            return Err(Corrupt("a comment out of order"));
        }
        if row.deleted.is_some() && !row.text.is_empty() {
            return Err(Corrupt("a deleted comment with a text"));
        }
        if shadow && user == SERVICE {
            return Err(Corrupt("a comment of the service under a shadow block"));
        }
        comments.bytes += row.text.len();
        if comments.all.contains_key(&row.id) {
            return Err(Corrupt("a duplicate comment"));
        }
        let section = if shadow { &mut comments.shadow } else { &mut comments.all };
        match section.insert(row.id, comment) {
            None => Ok(()),
            Some(_) => Err(Corrupt("a duplicate comment")),
        }
    }

    fn deletion(&self, (by, at): (&str, Time)) -> Result<Box<Deletion>, Corrupt> {
        Ok(Box::new(Deletion { ms: self.ms(at)?, by: text(by, ID)? }))
    }

    /// Reads a waiting event.
    pub fn waiting(&mut self, row: WaitingEventV1<'_>) -> Result<(), Corrupt> {
        let event = self.event(row.event)?;
        let pending = &mut self.room.pending;
        if pending.queue.last().is_some_and(|last| last.position >= row.position)
            || row.position > pending.position
        {
            return Err(Corrupt("an event out of order"));
        }
        pending.urgent |= event.is_urgent();
        pending.queue.push(WaitingEvent { position: row.position, event });
        Ok(())
    }

    fn event(&self, row: EventV1<'_>) -> Result<Event, Corrupt> {
        let name = |by: &str| text(by, ID);
        let maybe = |by: Option<&str>| by.map(name).transpose();
        Ok(match row {
            EventV1::Created => Event::Created,
            EventV1::Started => Event::Started,
            EventV1::Cancelled { by } => Event::Cancelled { by: maybe(by)? },
            EventV1::Ended { by, reason } => Event::Ended { by: maybe(by)?, reason: reason.into() },
            EventV1::Comment { id, token } => {
                Event::Comment { id: self.numbers.number(id)?, token: name(token)? }
            }
            EventV1::CommentDeleted { id, by } => {
                Event::CommentDeleted { id: self.numbers.number(id)?, by: name(by)? }
            }
        })
    }

    /// Checks the positions of users and returns them.
    pub fn users(&self, List(users): List<u32>) -> Result<Vec<UserIx>, Corrupt> {
        users.into_iter().map(|user| self.known(user)).collect()
    }

    /// Reads a waiting fold.
    pub fn waiting_fold(&mut self, row: WaitingFoldV1<'_>) -> Result<(), Corrupt> {
        let fold = self.fold(row.fold)?;
        if let Fold::Poll(id) = fold {
            self.room.poll(id).ok_or(Corrupt("a fold of an unknown poll"))?;
        }
        if row.by.is_some_and(str::is_empty) {
            return Err(Corrupt("a fold by nobody"));
        }
        let by = row.by.map(|by| text(by, ID)).transpose()?;
        let pending = &mut self.room.pending;
        let is_cleared_after = fold == Fold::HandsCleared && pending.folds.contains(Fold::Hands);
        if row.position <= self.last_fold
            || row.position > pending.position
            || pending.folds.contains(fold)
            || is_cleared_after
        {
            return Err(Corrupt("a fold out of order"));
        }
        self.last_fold = row.position;
        pending.urgent |= fold.is_urgent();
        pending.folds.set(fold, row.position, by.as_deref());
        Ok(())
    }

    /// Reads an event of the history.
    pub fn entry(&mut self, row: EntryV1<'_>) -> Result<(), Corrupt> {
        let last = self.room.history.entries.last_key_value().map_or(0, |(&last, _)| last);
        if row.seq <= last || row.seq > self.room.seq {
            return Err(Corrupt("history out of order"));
        }
        let entry = Entry {
            seq: row.seq,
            topic: match row.topic {
                TopicV1::Fold(row) => Topic::Fold(self.fold(row)?),
                TopicV1::Comment(id) => Topic::Comment(self.numbers.number(id)?),
                TopicV1::Other => Topic::Other,
            },
            users: self.users(row.users)?,
            json: object(row.json, EVENT)?.into(),
        };
        let history = &mut self.room.history;
        if matches!(entry.topic, Topic::Fold(fold) if history.latest.contains_key(&fold)) {
            return Err(Corrupt("two events of a fold in the history"));
        }
        history.append(entry);
        Ok(())
    }

    fn fold(&self, row: FoldV1) -> Result<Fold, Corrupt> {
        Ok(match row {
            FoldV1::Audience => Fold::Audience,
            FoldV1::Reactions => Fold::Reactions,
            FoldV1::Hands => Fold::Hands,
            FoldV1::HandsCleared => Fold::HandsCleared,
            FoldV1::Rsvp => Fold::Rsvp,
            FoldV1::Invited => Fold::Invited,
            FoldV1::Settings => Fold::Settings,
            FoldV1::Poll(id) => Fold::Poll(self.numbers.number(id)?),
            FoldV1::Pin(id) => Fold::Pin(self.numbers.number(id)?),
            FoldV1::Stage(user) => Fold::Stage(self.known(user)?),
            FoldV1::Removed(user) => Fold::Removed(self.known(user)?),
            FoldV1::CommentsCleared(user) => Fold::CommentsCleared(self.known(user)?),
        })
    }
}

fn choice(row: ChoiceV1<'_>, numbers: &Numbers) -> Result<Choice, Corrupt> {
    Ok(Choice { text: text(row.text, LINE)?, votes: numbers.number(row.votes)? })
}
