//! Rows of the record into a room. Each method returns [`Corrupt`] for a row that is not valid.

use super::super::Corrupt;
use super::load::{text, Loader, ID};
use super::wire::*;
use crate::collections::chunked_vec::ChunkedVec;
use crate::collections::rings::{Link, Rings};
use crate::limits::USER_REQUESTS;
use crate::room::record::{HostSpan, Minute, PastRequest, Record, StageSpan, Visit};

impl Loader {
    fn link(&self, user: u32, nth: u32) -> Result<Link, Corrupt> {
        Ok(Link::saved(self.known(user)?, self.numbers.counter(nth)?))
    }

    /// Reads a closed visit.
    pub fn visit(&mut self, row: VisitV1) -> Result<(), Corrupt> {
        let visit = Visit {
            link: self.link(row.user, row.nth)?,
            how: row.how.into(),
            client: self.client(row.client)?,
            from_ms: self.ms(row.from)?,
            to_ms: self.ms(row.to)?,
        };
        self.room.record.visits.append(visit);
        Ok(())
    }

    /// Reads a closed time on stage.
    pub fn stage_span(&mut self, row: StageSpanV1) -> Result<(), Corrupt> {
        let span = StageSpan {
            link: self.link(row.user, row.nth)?,
            role: row.role.into(),
            from_ms: self.ms(row.from)?,
            to_ms: self.ms(row.to)?,
            unmuted_ms: self.numbers.number(row.unmuted_ms)?,
        };
        self.room.record.stage_spans.append(span);
        Ok(())
    }

    /// Reads a closed time as the host.
    pub fn host_span(&mut self, row: HostSpanV1) -> Result<(), Corrupt> {
        let link = self.link(row.user, row.nth)?;
        let span = HostSpan { link, from_ms: self.ms(row.from)?, to_ms: self.ms(row.to)? };
        self.room.record.host_spans.append(span);
        Ok(())
    }

    /// Reads a hand that is down again, or a closed offer.
    pub fn past_request(
        &mut self,
        row: PastRequestV1<'_>,
        list: fn(&mut Record) -> &mut Rings<PastRequest, USER_REQUESTS>,
    ) -> Result<(), Corrupt> {
        let past = PastRequest {
            link: self.link(row.user, row.nth)?,
            from_ms: self.ms(row.from)?,
            to_ms: self.ms(row.to)?,
            how: row.outcome.into(),
            by: text(row.by, ID)?,
        };
        list(&mut self.room.record).append(past);
        Ok(())
    }

    /// Reads the figures of a minute.
    pub fn minute(&mut self, row: MinuteV1) -> Result<(), Corrupt> {
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
}

/// The counts of the record.
pub(super) fn record(row: RecordV1, numbers: &Numbers) -> Result<Record, Corrupt> {
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
        host_spans: Rings::default(),
        hands: Rings::default(),
        offers: Rings::default(),
        timeline: ChunkedVec::default(),
    })
}
