//! ROOM.EXPORT: all of a room as JSON lines for a warehouse.
//!
//! The lines stand in sections, each an order that does not move once the room is over. A cursor names the room's
//! incarnation, the section and the place in it. What is still open (a visit, a raised hand) is exported once the room
//! is over, as closed at its end, so that a line with an id says the same on every export.

mod lines;

use crate::collections::kind_counts::KindCounts;
use crate::env::Env;
use crate::error::Error;
use crate::id::Id;
use crate::json;
use crate::json::shapes::{author, ConfigJson, PollJson};
use crate::json::summary::SummaryJson;
use crate::outbox::Reply;
use crate::room::comments::Comment;
use crate::room::polls;
use crate::room::record::{PastRequest, Span};
use crate::room::users::{Presence, UserIx};
use crate::room::view::View;
use lines::{
    CommentLine, Ended, KindCount, Line, MemberLine, Minute, Moderation, PollLine, ReactionLine, RoomLine,
    SettingsLine, SpanLine, VoteLine,
};
use serde::Serialize;

const BAD_CURSOR: Error = Error::Invalid("cursor must be 0 or one that an export of this room gave");

/// Bytes of lines that end a page before COUNT does: what takes well under a millisecond.
const PAGE: usize = crate::limits::EXPORT_PAGE_KIB * 1024;

/// What a candidate counts beside its line, in bytes: it has been looked at, line or not.
const LOOK: usize = 32;

/// A page of lines. Candidates count, line or not, so that the work of a call is bounded.
pub(super) fn export(view: &View<'_>, cursor: &str, count: usize, env: &Env<'_>) -> Result<Reply, Error> {
    let export = Export { view, env, incarnation: Id(view.room.incarnation).to_string() };
    let (mut section, mut from) = export.place(cursor)?;
    let mut lines = Vec::new();
    let (mut left, mut space) = (count, PAGE);
    let next = loop {
        let Some(items) = export.section(section, from) else { break "0".to_owned() };
        let mut last = from;
        for (at, line) in items {
            last = at + 1;
            left -= 1;
            space = space.saturating_sub(LOOK + line.as_ref().map_or(0, String::len));
            lines.extend(line.map(Reply::Bulk));
            if left == 0 || space == 0 {
                break;
            }
        }
        if left == 0 || space == 0 {
            break format!("{}-{section}-{last}", export.incarnation);
        }
        (section, from) = (section + 1, 0);
    };
    Ok(Reply::Array(vec![Reply::Bulk(next), Reply::Array(lines)]))
}

struct Export<'v> {
    view: &'v View<'v>,
    env: &'v Env<'v>,
    incarnation: String,
}

/// A line's place in its section, and the line, if the candidate is one.
type Items<'v> = Box<dyn Iterator<Item = (u64, Option<String>)> + 'v>;

impl<'v> Export<'v> {
    fn place(&self, cursor: &str) -> Result<(u64, u64), Error> {
        if cursor == "0" {
            return Ok((0, 0));
        }
        let mut parts = cursor.split('-');
        let mut part = || parts.next().ok_or(BAD_CURSOR);
        if part()? != self.incarnation {
            return Err(BAD_CURSOR);
        }
        let section = part()?.parse().map_err(|_| BAD_CURSOR)?;
        let from = part()?.parse().map_err(|_| BAD_CURSOR)?;
        if parts.next().is_some() {
            return Err(BAD_CURSOR);
        }
        Ok((section, from))
    }

    fn line<T: Serialize>(&self, kind: &'static str, id: impl std::fmt::Display, body: T) -> Option<String> {
        let id = format!("{kind}:{id}");
        Some(json::write(&Line { kind, room: self.env.key, incarnation: &self.incarnation, id, body }))
    }

    fn name(&self, ix: UserIx) -> &'v str {
        &self.view.room.users.at(ix).name
    }

    /// When what is still open reads as closed.
    fn end_ms(&self) -> Option<u64> {
        (self.view.ended_ms > 0).then_some(self.view.ended_ms)
    }

    /// The items of a section from a place on. A client may send any cursor, so places are counted behind what they
    /// number, which ends before they overflow.
    fn section(&'v self, section: u64, from: u64) -> Option<Items<'v>> {
        let room = self.view.room;
        let at = u32::try_from(from).unwrap_or(u32::MAX);
        Some(match section {
            0 => Box::new((from..1).map(|at| (at, self.room_line()))),
            1 => Box::new(room.users.iter_from(at).map(|(ix, _)| (ix.into(), self.member(ix)))),
            2 => Box::new(
                room.record.visits.iter_from(at).zip(from..).map(|(span, at)| (at, self.visit(span))),
            ),
            3 => Box::new(room.users.iter_from(at).map(|(ix, _)| (ix.into(), self.open_visit(ix)))),
            4 => Box::new(
                room.record.stage_spans.iter_from(at).zip(from..).map(|(span, at)| (at, self.stint(span))),
            ),
            5 => Box::new(room.stage.range(from..).map(|(&order, &ix)| (order, self.open_stint(order, ix)))),
            6 => Box::new(
                room.record
                    .hands
                    .iter_from(at)
                    .zip(from..)
                    .map(|(hand, at)| (at, self.closed("hand", at, hand))),
            ),
            7 => Box::new(
                room.hands
                    .iter_after(from.saturating_sub(1))
                    .map(|(ticket, ix)| (ticket, self.open_hand(ticket, ix))),
            ),
            8 => Box::new(
                room.record
                    .offers
                    .iter_from(at)
                    .zip(from..)
                    .map(|(offer, at)| (at, self.closed("offer", at, offer))),
            ),
            9 => Box::new(room.offers.iter().skip(at as usize).zip(from..).map(|(offer, at)| {
                let line = self.end_ms().and_then(|to_ms| {
                    let (user, from_ms, by) = (self.name(offer.user), offer.from_ms, &*offer.by);
                    self.line("offer", format!("open:{at}"), Ended { user, from_ms, to_ms, how: "ended", by })
                });
                (at, line)
            })),
            10 => Box::new(
                room.comments.all.range(from..).map(|(&id, comment)| (id, self.comment(id, comment, false))),
            ),
            11 => Box::new(
                room.comments
                    .shadow
                    .range(from..)
                    .map(|(&id, comment)| (id, self.comment(id, comment, true))),
            ),
            // A user's kinds are its candidates: at most 64 of each sort.
            12 => Box::new(
                room.users
                    .iter_from(u32::try_from(from >> 7).unwrap_or(u32::MAX))
                    .flat_map(|(ix, _)| self.reactions_of(ix))
                    .filter(move |&(at, _)| at >= from),
            ),
            13 => Box::new(room.record.timeline.iter_from(at).zip(from..).map(|(minute, at)| {
                let reactions = minute
                    .reactions
                    .iter()
                    .map(|(kind, count)| KindCount { reaction: self.kind(kind), count });
                let body = Minute {
                    minute_ms: minute.minute_ms,
                    peak_present: minute.peak_present,
                    joins: minute.joins,
                    leaves: minute.leaves,
                    comments: minute.comments,
                    reactions: reactions.collect(),
                };
                (at, self.line("timeline", minute.minute_ms, body))
            })),
            14 => Box::new(room.polls.iter().skip(at as usize).zip(from..).map(|(poll, at)| {
                (
                    at,
                    self.line(
                        "poll",
                        at + 1,
                        PollLine { poll: at + 1, shape: PollJson::new(self.view, at + 1, poll).into() },
                    ),
                )
            })),
            15 => Box::new(room.polls.iter().enumerate().skip((from >> 32) as usize).flat_map(
                move |(nth, poll)| {
                    let first = if nth as u64 == from >> 32 { from as UserIx } else { 0 };
                    let kept = if poll.secret { None } else { Some(poll.votes.range(first..)) };
                    kept.into_iter().flatten().map(move |(&ix, vote)| {
                        let body = VoteLine {
                            poll: nth as u64 + 1,
                            user: self.name(ix),
                            options: polls::option_numbers(vote.options).collect(),
                            ms: vote.ms,
                        };
                        (
                            (nth as u64) << 32 | u64::from(ix),
                            self.line("vote", format!("{}:{ix}", nth + 1), body),
                        )
                    })
                },
            )),
            16 => Box::new(room.moderation.log.iter().skip(at as usize).zip(from..).map(|(action, at)| {
                let body = Moderation {
                    ms: action.ms,
                    actor: &action.actor,
                    action: &action.action,
                    target: &action.target,
                    reason: &action.reason,
                };
                (at, self.line("moderation", room.moderation.dropped + at, body))
            })),
            _ => return None,
        })
    }

    fn kind(&self, kind: u8) -> &'v str {
        self.view.room.reactions.kinds.get(usize::from(kind)).map_or("", |kind| &kind.name)
    }

    fn room_line(&self) -> Option<String> {
        let room = self.view.room;
        let summary = SummaryJson::new(self.view, self.env.key, true);
        let settings = ConfigJson::new(room);
        let meta = settings.meta.map(serde_json::value::RawValue::get);
        let moderation = summary.moderation.as_ref();
        let body = RoomLine {
            title: summary.title,
            host: summary.host,
            state: summary.state,
            end_reason: self.view.end_reason.map(|reason| reason.name()),
            created_ms: summary.created_ms,
            at_ms: summary.at_ms,
            started_ms: summary.started_ms,
            ended_ms: summary.ended_ms,
            duration_ms: summary.duration_ms,
            unique_members: summary.unique_members,
            peak_present: summary.peak_present,
            comments: summary.comments,
            reactions_total: summary.reactions_total,
            hands_raised: summary.hands_raised,
            speakers_total: summary.speakers_total,
            interested: summary.interested,
            invited: summary.invited,
            kicks: moderation.map_or(0, |figures| figures.kicks),
            blocks: moderation.map_or(0, |figures| figures.blocks),
            mutes: moderation.map_or(0, |figures| figures.mutes),
            moderation_dropped: room.moderation.dropped,
            meta,
            settings: SettingsLine {
                private: settings.private,
                seats: settings.seats,
                capacity: settings.capacity,
                hostloss: settings.hostloss,
                comments_on: settings.comments,
                reactions_on: settings.reactions,
                hands_on: settings.hands,
                slowmode: settings.slowmode,
                emojis: settings.emojis,
            },
        };
        self.line("room", "0", body)
    }

    fn member(&self, ix: UserIx) -> Option<String> {
        let room = self.view.room;
        let user = room.users.at(ix);
        let until = self.end_ms().unwrap_or(self.view.now);
        let open = |from: u64, is_open: bool| if is_open { until.saturating_sub(from) } else { 0 };
        let activity = user.activity.as_deref();
        let body = MemberLine {
            user: &user.name,
            role: self.view.role(ix).name(),
            first_joined_ms: user.first_joined_ms,
            last_left_ms: match user.presence {
                Presence::Absent(left_ms) => left_ms,
                _ => self.end_ms().unwrap_or(0),
            },
            present_ms: u64::from(user.present_ms) + open(user.joined_ms, user.is_present()),
            stage_ms: activity
                .map_or(0, |activity| activity.stage_ms + open(activity.stage_since_ms, activity.stage > 0)),
            joins: user.joins,
            comments: activity.map_or(0, |activity| activity.comments),
            reactions: activity.map_or(0, |activity| activity.reactions.total()),
            hands: activity.map_or(0, |activity| activity.hands),
            votes: activity.map_or(0, |activity| activity.votes),
            invited: room.is_invited(user),
            interested: user.interested,
            blocked: room.moderation.block_of(ix, until).is_some(),
        };
        self.line("member", ix, body)
    }

    fn span(&self, kind: &'static str, span: &Span) -> Option<String> {
        let Span { user, nth, from_ms, to_ms } = *span;
        self.line(kind, format!("{user}:{nth}"), SpanLine { user: self.name(user), from_ms, to_ms })
    }

    fn visit(&self, span: &Span) -> Option<String> {
        self.span("visit", span)
    }

    fn open_visit(&self, ix: UserIx) -> Option<String> {
        let user = self.view.room.users.at(ix);
        let to_ms = self.end_ms().filter(|_| user.is_present())?;
        self.span("visit", &Span { user: ix, nth: user.joins.into(), from_ms: user.joined_ms, to_ms })
    }

    fn stint(&self, span: &Span) -> Option<String> {
        self.span("stage", span)
    }

    fn open_stint(&self, order: u64, ix: UserIx) -> Option<String> {
        let from_ms = self.view.room.users.at(ix).activity.as_ref()?.stage_since_ms;
        self.span("stage", &Span { user: ix, nth: order, from_ms, to_ms: self.end_ms()? })
    }

    fn closed(&self, kind: &'static str, at: u64, closed: &PastRequest) -> Option<String> {
        let PastRequest { user, from_ms, to_ms, how, ref by } = *closed;
        self.line(kind, at, Ended { user: self.name(user), from_ms, to_ms, how: how.name(), by })
    }

    fn open_hand(&self, ticket: u64, ix: UserIx) -> Option<String> {
        let to_ms = self.end_ms()?;
        let from_ms = self.view.room.users.at(ix).activity.as_ref()?.hand_ms;
        let body = Ended { user: self.name(ix), from_ms, to_ms, how: "ended", by: "" };
        self.line("hand", format!("open:{ticket}"), body)
    }

    fn comment(&self, id: u64, comment: &Comment, shadow: bool) -> Option<String> {
        let body = CommentLine {
            comment_id: id,
            user: author(self.view.room, comment.user),
            ms: comment.ms,
            text: &comment.text,
            reply: comment.reply,
            deleted: comment.deleted_by.is_some(),
            deleted_by: comment.deleted_by.as_deref(),
            pinned: comment.was_pinned,
            shadow,
        };
        self.line("comment", id, body)
    }

    fn reactions_of(&'v self, ix: UserIx) -> Vec<(u64, Option<String>)> {
        let activity = self.view.room.users.at(ix).activity.as_deref();
        let public = activity.into_iter().flat_map(|activity| activity.reactions.iter());
        let shadow = activity.and_then(|activity| activity.shadow_reactions.as_deref());
        let shadow = shadow.into_iter().flat_map(KindCounts::iter);
        let mut all = public.map(|given| (given, false)).chain(shadow.map(|given| (given, true))).peekable();
        if all.peek().is_none() {
            return vec![(u64::from(ix) << 7, None)];
        }
        (u64::from(ix) << 7..)
            .zip(all)
            .map(|(at, ((kind, count), shadow))| {
                let body = ReactionLine { user: self.name(ix), reaction: self.kind(kind), count, shadow };
                (
                    at,
                    self.line(
                        "reaction",
                        format!("{ix}:{kind}{}", if shadow { ":shadow" } else { "" }),
                        body,
                    ),
                )
            })
            .collect()
    }
}
