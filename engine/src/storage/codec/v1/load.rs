//! Rows into a room. Each row is checked by itself here. [`super::check`] checks the rows together. Each method returns
//! [`Corrupt`] for a row that is not valid.

use super::super::chunks::rows;
use super::super::Corrupt;
use super::wire::*;
use crate::collections::chunked_vec::ChunkedVec;
use crate::collections::rings::{Link, Rings};
use crate::limits::{USER_REQUESTS, USER_SPANS};
use crate::room::hands::{Clear, Hands};
use crate::room::moderation::{Action, Block};
use crate::room::pending::AudienceChange;
use crate::room::reactions::ReactionKind;
use crate::room::record::{Minute, PastRequest, Record, Span};
use crate::room::tokens::{FirstReply, TokenAge, TokenReply};
use crate::room::users::UserIx;
use crate::room::{
    ArrivalRange, Away, Config, Invitation, Offer, PresentInvited, PreviousEpoch, Room, Times,
};
use serde_json::value::RawValue;

/// The most kinds of reaction. The cursor of an export has no space for more.
pub(super) const KINDS: usize = 64;

// The most bytes of texts. The limits of commands are far lower, so that they can be raised.
/// An id.
pub(super) const ID: usize = 128;
/// A title, a question, a reason and the like.
pub(super) const LINE: usize = 4 << 10;
/// A comment or a JSON object.
pub(super) const TEXT: usize = 64 << 10;

/// A room that is being read.
#[derive(Default)]
pub(super) struct Loader {
    /// The room as far as it is read.
    pub room: Room,
    /// Sessions under leases. They sort by lease and by place in the lease.
    pub sessions: Vec<LeasedSession>,
    /// Hands, raised or cleared. They sort by ticket.
    pub hands: Vec<RaisedHand>,
    /// The position of the last waiting fold that was read. 0: none.
    pub last_fold: u64,
    /// The bounds of numbers.
    pub numbers: Numbers,
    /// The number of rows read, by section.
    read: [u64; SECTIONS.len()],
}

/// A session under a lease.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct LeasedSession {
    pub lease: u32,
    pub place: u32,
    pub user: UserIx,
}

/// A hand, raised or cleared.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct RaisedHand {
    pub ticket: u64,
    pub user: UserIx,
}

/// Reads a room. See [`codec::load`](crate::storage::codec::load).
pub fn load(chunk: &mut dyn FnMut() -> Option<Vec<u8>>) -> Result<Room, Corrupt> {
    let mut loader = Loader::default();
    let mut last = Section::Head;
    while last != Section::End {
        let chunk = chunk().ok_or(Corrupt("chunks are missing"))?;
        let (&number, bytes) = chunk.split_first().ok_or(Corrupt("an empty chunk"))?;
        let section = SECTIONS.get(usize::from(number)).copied().ok_or(Corrupt("an unknown section"))?;
        let begins = loader.read == [0; SECTIONS.len()];
        if section < last || bytes.is_empty() || begins != (section == Section::Head) {
            return Err(Corrupt("a chunk out of order"));
        }
        let read = loader.section(section, bytes)?;
        if let Some(rows) = loader.read.get_mut(usize::from(number)) {
            *rows += read;
        }
        last = section;
    }
    if loader.read.first() != Some(&1) || loader.read.last() != Some(&1) {
        return Err(Corrupt("more than one room"));
    }
    loader.finish()
}

/// Copies a text of up to `max` bytes.
pub(super) fn text(text: &str, max: usize) -> Result<Box<str>, Corrupt> {
    if text.len() > max {
        return Err(Corrupt("a text too long"));
    }
    Ok(text.into())
}

/// Copies a JSON object of up to `max` bytes.
pub(super) fn object(json: &str, max: usize) -> Result<Box<RawValue>, Corrupt> {
    if json.len() > max || !json.starts_with('{') {
        return Err(Corrupt("JSON that is not an object or is too long"));
    }
    RawValue::from_string(json.into()).map_err(|_| Corrupt("invalid JSON"))
}

impl Loader {
    fn section(&mut self, section: Section, bytes: &[u8]) -> Result<u64, Corrupt> {
        match section {
            Section::Head => rows(bytes, |row| self.head(row)),
            Section::Leases => rows(bytes, |row| self.lease(row)),
            Section::Users => rows(bytes, |row| self.user(row)),
            Section::Invitations => rows(bytes, |row| self.invitation(row)),
            Section::Interests => rows(bytes, |row| self.interest(row)),
            Section::Blocks => rows(bytes, |row| self.block(row)),
            Section::Polls => rows(bytes, |row| self.poll(row)),
            Section::Votes => rows(bytes, |row| self.vote(row)),
            Section::Comments => rows(bytes, |row| self.comment(row, false)),
            Section::Shadow => rows(bytes, |row| self.comment(row, true)),
            Section::Tokens => rows(bytes, |row| self.token(row)),
            Section::Visits => rows(bytes, |row| self.span(row, |record| &mut record.visits)),
            Section::StageSpans => rows(bytes, |row| self.span(row, |record| &mut record.stage_spans)),
            Section::Hands => rows(bytes, |row| self.past_request(row, |record| &mut record.hands)),
            Section::Offers => rows(bytes, |row| self.past_request(row, |record| &mut record.offers)),
            Section::Timeline => rows(bytes, |row| self.minute(row)),
            Section::Log => rows(bytes, |row| self.action(row)),
            Section::Queue => rows(bytes, |row| self.waiting(row)),
            Section::Folds => rows(bytes, |row| self.waiting_fold(row)),
            Section::History => rows(bytes, |row| self.entry(row)),
            Section::End => rows(bytes, |row| self.end(row)),
        }
    }

    /// The room's creation, Unix ms.
    pub fn created_ms(&self) -> u64 {
        self.room.times.created_ms
    }

    /// A time, Unix ms. 0: no time.
    pub fn ms(&self, time: Time) -> Result<u64, Corrupt> {
        self.numbers.number(time.ms(self.created_ms()))
    }

    /// Checks the position of a user in the table and returns it. The table is read before every row that refers to it,
    /// except the head.
    pub fn known(&self, user: UserIx) -> Result<UserIx, Corrupt> {
        match self.room.users.get(user) {
            Some(_) => Ok(user),
            None => Err(Corrupt("an unknown user")),
        }
    }

    fn head(&mut self, head: HeadV1<'_>) -> Result<(), Corrupt> {
        let (room, numbers) = (&mut self.room, &self.numbers);
        room.local.broken = head.broken;
        (room.incarnation, room.epoch) = (head.incarnation, head.epoch);
        room.previous = match head.previous {
            Some((epoch, seq)) => Some(PreviousEpoch { epoch, last_seq: numbers.number(seq)? }),
            None => None,
        };
        room.seq = numbers.number(head.seq)?;
        room.clock = numbers.number(head.clock)?;
        room.state = head.state.into();
        room.times = Times {
            created_ms: numbers.number(head.created_ms)?,
            at_ms: numbers.number(head.at_ms)?,
            first_at_ms: numbers.number(head.first_at_ms)?,
            started_ms: numbers.number(head.started_ms)?,
            ended_ms: numbers.number(head.ended_ms)?,
        };
        room.creator = text(head.creator, ID)?;
        room.expire_ms = numbers.number(head.expire_ms)?;
        room.end_reason = head.end_reason.map(Into::into);
        room.ended_by = head.ended_by.map(|by| text(by, ID)).transpose()?;
        room.config = config(head.config)?;
        room.order = numbers.number(head.order)?;
        room.stage_entries = numbers.number(head.stage_entries)?;
        room.offers =
            head.open_offers.0.into_iter().map(|row| offer(row, numbers)).collect::<Result<_, _>>()?;
        room.leases.retired = head.retired.0.into();
        room.host_away = match head.host_away {
            Some((since_ms, left)) => Some(Away { since_ms: numbers.number(since_ms)?, left }),
            None => None,
        };
        room.empty_since_ms = numbers.number(head.empty_since_ms)?;
        room.invite_present = head.invite_present.map(|row| present_invited(row, numbers)).transpose()?;
        room.hands = hands(head.ticket, head.clears.0, numbers)?;
        room.announced_hands = head.announced_hands.0;
        room.comments.last_id = numbers.number(head.last_comment)?;
        room.comments.pins = head.pins.0;
        room.comments.dropped = numbers.number(head.comments_dropped)?;
        let (dropped, shadow_dropped) = head.tokens_dropped;
        room.tokens.dropped = numbers.number(dropped)?;
        room.shadow_tokens.dropped = numbers.number(shadow_dropped)?;
        for row in head.kinds.0 {
            kind(row, room, numbers)?;
        }
        room.moderation.dropped = numbers.number(head.dropped)?;
        room.record = record(head.record, numbers)?;
        room.pending.position = numbers.number(head.position)?;
        room.pending.audience.joined = numbers.number(head.audience.joined)?;
        room.pending.audience.left = numbers.number(head.audience.left)?;
        let changes = head.audience.changes.0.into_iter();
        room.pending.audience.changes =
            changes.map(|(user, joined)| AudienceChange { user, joined }).collect();
        room.pending.audience.partial = head.audience.partial;
        Ok(())
    }

    fn block(&mut self, row: BlockV1<'_>) -> Result<(), Corrupt> {
        let user = self.known(row.user)?;
        if self.room.moderation.blocks.contains_key(&user) {
            return Err(Corrupt("two blocks of a user"));
        }
        let (by, reason) = (text(row.by, ID)?, text(row.reason, LINE)?);
        let block = Block { until_ms: self.ms(row.until)?, shadow: row.shadow, by, reason };
        self.room.moderation.block(user, block);
        Ok(())
    }

    fn token(&mut self, row: TokenV1<'_>) -> Result<(), Corrupt> {
        let (ms, key) = (self.ms(row.at)?, text(row.key, LINE)?);
        let room = &mut self.room;
        let tokens = if row.shadow { &mut room.shadow_tokens } else { &mut room.tokens };
        if tokens.ages.back().is_some_and(|last| last.ms > ms) || ms > room.clock {
            return Err(Corrupt("tokens out of order"));
        }
        let reply = match row.reply {
            Some(TokenReplyV1::Id(id)) => Some(TokenReply::Id(self.numbers.number(id)?)),
            Some(TokenReplyV1::User(user)) => Some(TokenReply::User(text(user, ID)?)),
            Some(TokenReplyV1::Nobody) => Some(TokenReply::Nobody),
            None => None,
        };
        if let Some(reply) = reply {
            tokens.replies.insert(key.clone(), FirstReply { ms, reply });
        }
        tokens.ages.push_back(TokenAge { ms, key });
        Ok(())
    }

    fn span(
        &mut self,
        row: SpanV1,
        list: fn(&mut Record) -> &mut Rings<Span, USER_SPANS>,
    ) -> Result<(), Corrupt> {
        let span = Span {
            link: Link::saved(self.known(row.user)?, self.numbers.counter(row.nth)?),
            from_ms: self.ms(row.from)?,
            to_ms: self.ms(row.to)?,
        };
        list(&mut self.room.record).append(span);
        Ok(())
    }

    fn past_request(
        &mut self,
        row: PastRequestV1<'_>,
        list: fn(&mut Record) -> &mut Rings<PastRequest, USER_REQUESTS>,
    ) -> Result<(), Corrupt> {
        let past = PastRequest {
            link: Link::saved(self.known(row.user)?, self.numbers.counter(row.nth)?),
            from_ms: self.ms(row.from)?,
            to_ms: self.ms(row.to)?,
            how: row.outcome.into(),
            by: text(row.by, ID)?,
        };
        list(&mut self.room.record).append(past);
        Ok(())
    }

    fn minute(&mut self, row: MinuteV1) -> Result<(), Corrupt> {
        let minute = Minute {
            minute_ms: self.ms(row.minute)?,
            peak_present: self.numbers.number(row.peak_present)?,
            joins: self.numbers.number(row.joins)?,
            leaves: self.numbers.number(row.leaves)?,
            comments: self.numbers.number(row.comments)?,
            reactions: self.counts(row.reactions)?,
        };
        self.room.record.timeline.push(minute);
        Ok(())
    }

    fn action(&mut self, row: ActionV1<'_>) -> Result<(), Corrupt> {
        let action = Action {
            ms: self.ms(row.at)?,
            actor: text(row.actor, ID)?,
            action: text(row.action, ID)?,
            target: text(row.target, ID)?,
            reason: text(row.reason, LINE)?,
            until_ms: self.ms(row.until)?,
        };
        self.room.moderation.log.push_back(action);
        Ok(())
    }

    fn end(&mut self, row: EndV1) -> Result<(), Corrupt> {
        self.room.history.floor = self.numbers.number(row.history_floor)?;
        match self.read.split_last() {
            Some((_, read)) if *read == row.rows.0 => Ok(()),
            _ => Err(Corrupt("rows are missing")),
        }
    }
}

fn config(row: ConfigV1<'_>) -> Result<Config, Corrupt> {
    Ok(Config {
        title: text(row.title, LINE)?,
        private: row.private,
        seats: row.seats,
        capacity: row.capacity,
        meta: row.meta.map(|json| object(json, TEXT)).transpose()?,
        host_loss: row.host_loss.into(),
        comments: row.comments,
        reactions: row.reactions,
        hands: row.hands,
        slowmode: row.slowmode,
        emojis: row.emojis.0.into_iter().map(|kind| text(kind, ID)).collect::<Result<_, _>>()?,
    })
}

/// The queue of hands without its hands.
fn hands(issued: u64, clears: Vec<ClearV1<'_>>, numbers: &Numbers) -> Result<Hands, Corrupt> {
    let clear = |row: ClearV1<'_>| {
        let (through, at_ms) = (numbers.number(row.through)?, numbers.number(row.at_ms)?);
        Ok(Clear { through, at_ms, by: text(row.by, ID)? })
    };
    Ok(Hands::restored(numbers.number(issued)?, clears.into_iter().map(clear).collect::<Result<_, _>>()?))
}

fn offer(row: OfferV1<'_>, numbers: &Numbers) -> Result<Offer, Corrupt> {
    let (from_ms, until_ms) = (numbers.number(row.from_ms)?, numbers.number(row.until_ms)?);
    Ok(Offer { user: row.user, from_ms, until_ms, by: text(row.by, ID)? })
}

fn present_invited(row: PresentInvitedV1<'_>, numbers: &Numbers) -> Result<PresentInvited, Corrupt> {
    let invitation = Invitation { ms: numbers.number(row.ms)?, by: text(row.by, ID)? };
    Ok(PresentInvited { arrivals: ArrivalRange { first: row.first, last: row.last }, invitation })
}

fn kind(row: KindV1<'_>, room: &mut Room, numbers: &Numbers) -> Result<(), Corrupt> {
    let reactions = &mut room.reactions;
    let (total, waiting) = (numbers.number(row.total)?, numbers.number(row.waiting)?);
    if reactions.kinds.len() >= KINDS || reactions.find(row.name).is_some() || waiting > total {
        return Err(Corrupt("impossible kinds of reaction"));
    }
    reactions.kinds.push(ReactionKind { name: text(row.name, ID)?, total, waiting });
    reactions.total += total;
    Ok(())
}

fn record(row: RecordV1, numbers: &Numbers) -> Result<Record, Corrupt> {
    Ok(Record {
        unique_members: numbers.number(row.unique_members)?,
        peak_present: numbers.number(row.peak_present)?,
        hands_raised: numbers.number(row.hands_raised)?,
        speakers: row.speakers.0,
        speakers_total: numbers.number(row.speakers_total)?,
        kicks: numbers.number(row.kicks)?,
        blocks: numbers.number(row.blocks)?,
        mutes: numbers.number(row.mutes)?,
        // Sections of their own.
        visits: Rings::default(),
        stage_spans: Rings::default(),
        hands: Rings::default(),
        offers: Rings::default(),
        timeline: ChunkedVec::default(),
    })
}
