//! The sections of an export: the items of each, and the line of an item.

use super::lines::{
    CommentLine, KindCountLine, MemberLine, MinuteLine, ModerationLine, PollLine, ReactionLine, RequestLine,
    RoomLine, SettingsLine, SpanLine, VoteLine,
};
use super::{Candidate, Candidates, Export};
use crate::collections::rings::Link;
use crate::json::shapes::{author, ConfigJson, PollJson};
use crate::json::summary::SummaryJson;
use crate::room::comments::Comment;
use crate::room::moderation::Action;
use crate::room::polls::{option_numbers, Poll, Vote};
use crate::room::record::{Minute, Outcome, PastRequest, Span};
use crate::room::users::{Presence, UserIx};
use crate::room::Offer;

/// Bits of a place that number the kinds of one user: at most 64 public and 64 shadow kinds.
const KIND_BITS: u32 = 7;

/// Bits of a place that hold the voter. The poll is above them.
const VOTER_BITS: u32 = 32;

/// A place as an index. A client may send any number, so a place beyond the table becomes an index beyond it.
fn index(from: u64) -> u32 {
    u32::try_from(from).unwrap_or(u32::MAX)
}

/// Numbers items from a place on. `zip` asks the items first, so it ends before the place overflows.
fn numbered<'v, T: 'v>(
    items: impl Iterator<Item = T> + 'v,
    from: u64,
    line: impl Fn(u64, T) -> Option<String> + 'v,
) -> Candidates<'v> {
    Box::new(items.zip(from..).map(move |(item, place)| Candidate { place, line: line(place, item) }))
}

/// Items that bring their own place.
fn placed<'v, T: 'v>(
    items: impl Iterator<Item = (u64, T)> + 'v,
    line: impl Fn(u64, T) -> Option<String> + 'v,
) -> Candidates<'v> {
    Box::new(items.map(move |(place, item)| Candidate { place, line: line(place, item) }))
}

impl<'v> Export<'v> {
    pub(super) fn room(&'v self, from: u64) -> Candidates<'v> {
        placed((from..1).map(|place| (place, ())), |_, ()| self.room_line())
    }

    pub(super) fn members(&'v self, from: u64) -> Candidates<'v> {
        let users = self.view.room.users.iter_from(index(from));
        placed(users.map(|(ix, _)| (ix.into(), ix)), |_, ix| self.member_line(ix))
    }

    pub(super) fn visits(&'v self, from: u64) -> Candidates<'v> {
        let visits = self.view.room.record.visits.iter_from(index(from));
        numbered(visits, from, |_, span| self.span_line("visit", span))
    }

    pub(super) fn open_visits(&'v self, from: u64) -> Candidates<'v> {
        let users = self.view.room.users.iter_from(index(from));
        placed(users.map(|(ix, _)| (ix.into(), ix)), |_, ix| self.open_visit_line(ix))
    }

    pub(super) fn stage_spans(&'v self, from: u64) -> Candidates<'v> {
        let spans = self.view.room.record.stage_spans.iter_from(index(from));
        numbered(spans, from, |_, span| self.span_line("stage", span))
    }

    pub(super) fn open_stage_spans(&'v self, from: u64) -> Candidates<'v> {
        let stage = self.view.room.stage.range(from..).map(|(&order, &ix)| (order, ix));
        placed(stage, |_, ix| self.open_stage_span_line(ix))
    }

    pub(super) fn hands(&'v self, from: u64) -> Candidates<'v> {
        let hands = self.view.room.record.hands.iter_from(index(from));
        numbered(hands, from, |_, hand| self.request_line("hand", hand))
    }

    pub(super) fn open_hands(&'v self, from: u64) -> Candidates<'v> {
        let hands = self.view.room.hands.iter_with_cleared(from.saturating_sub(1));
        placed(hands, |ticket, ix| self.open_hand_line(ticket, ix))
    }

    pub(super) fn offers(&'v self, from: u64) -> Candidates<'v> {
        let offers = self.view.room.record.offers.iter_from(index(from));
        numbered(offers, from, |_, offer| self.request_line("offer", offer))
    }

    pub(super) fn open_offers(&'v self, from: u64) -> Candidates<'v> {
        let offers = self.view.room.offers.iter().skip(index(from) as usize);
        numbered(offers, from, |_, offer| self.open_offer_line(offer))
    }

    pub(super) fn comments(&'v self, from: u64) -> Candidates<'v> {
        let comments = self.view.room.comments.all.range(from..).map(|(&id, comment)| (id, comment));
        placed(comments, |id, comment| self.comment_line(id, comment, false))
    }

    pub(super) fn shadow_comments(&'v self, from: u64) -> Candidates<'v> {
        let comments = self.view.room.comments.shadow.range(from..).map(|(&id, comment)| (id, comment));
        placed(comments, |id, comment| self.comment_line(id, comment, true))
    }

    /// Each kind of a user is an item. A user without reactions is an item without a line.
    pub(super) fn reactions(&'v self, from: u64) -> Candidates<'v> {
        let users = self.view.room.users.iter_from(index(from >> KIND_BITS));
        let reactions = users.flat_map(|(ix, _)| self.reactions_of(ix));
        Box::new(reactions.filter(move |candidate| candidate.place >= from))
    }

    pub(super) fn timeline(&'v self, from: u64) -> Candidates<'v> {
        let timeline = self.view.room.record.timeline.iter_from(index(from));
        numbered(timeline, from, |_, minute| self.minute_line(minute))
    }

    pub(super) fn polls(&'v self, from: u64) -> Candidates<'v> {
        let polls = self.view.room.polls.iter().skip(index(from) as usize);
        numbered(polls, from, |place, poll| self.poll_line(place + 1, poll))
    }

    /// The votes of a secret poll are not exported.
    pub(super) fn votes(&'v self, from: u64) -> Candidates<'v> {
        let first_poll = from >> VOTER_BITS;
        let polls = (0u64..).zip(&self.view.room.polls).skip(first_poll as usize);
        Box::new(polls.filter(|(_, poll)| !poll.secret).flat_map(move |(nth, poll)| {
            let first_voter = if nth == first_poll { from as UserIx } else { 0 };
            poll.votes.range(first_voter..).map(move |(&ix, vote)| Candidate {
                place: nth << VOTER_BITS | u64::from(ix),
                line: self.vote_line(nth + 1, ix, vote),
            })
        }))
    }

    pub(super) fn moderation(&'v self, from: u64) -> Candidates<'v> {
        let log = self.view.room.moderation.log.iter().skip(index(from) as usize);
        numbered(log, from, |place, action| self.moderation_line(place, action))
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
            seq: room.seq,
            creator: &room.creator,
            end_reason: room.end_reason.map(|reason| reason.name()),
            ended_by: room.ended_by.as_deref(),
            created_ms: summary.created_ms,
            first_at_ms: room.times.first_at_ms,
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

    fn member_line(&self, ix: UserIx) -> Option<String> {
        let room = self.view.room;
        let user = room.users.at(ix);
        let until = self.end_ms().unwrap_or(self.view.now);
        let open = |from: u64, is_open: bool| if is_open { until.saturating_sub(from) } else { 0 };
        let activity = user.activity.as_deref();
        let invitation = room.invitation(ix);
        let interested_ms = room.interested.get(&ix);
        let body = MemberLine {
            user: &user.name,
            role: self.view.role(ix),
            first_joined_ms: user.first_joined_ms,
            last_left_ms: match user.presence {
                Presence::Absent(left_ms) => left_ms,
                _ => self.end_ms().unwrap_or(0),
            },
            present_ms: u64::from(user.present_ms) + open(user.joined_ms, user.is_present()),
            stage_ms: activity
                .map_or(0, |activity| activity.stage_ms + open(activity.stage_since_ms, activity.stage > 0)),
            joins: user.joins,
            comments: activity.map_or(0, |activity| activity.comments)
                + user.shadow().map_or(0, |own| own.made),
            reactions: activity.map_or(0, |activity| activity.reactions.total()),
            hands: activity.map_or(0, |activity| activity.hands),
            votes: activity.map_or(0, |activity| activity.votes),
            invited: invitation.is_some(),
            invited_ms: invitation.map_or(0, |invitation| invitation.ms),
            invited_by: invitation.map(|invitation| &*invitation.by),
            interested: interested_ms.is_some(),
            interested_ms: interested_ms.copied().unwrap_or(0),
            blocked: room.moderation.block_of(ix, until).is_some(),
        };
        self.line("member", &user.name, body)
    }

    fn span_line(&self, kind: &'static str, span: &Span) -> Option<String> {
        let Span { link: Link { owner, nth, .. }, from_ms, to_ms } = *span;
        let user = self.name(owner);
        self.line(kind, format!("{nth}:{user}"), SpanLine { user, from_ms, to_ms })
    }

    fn open_visit_line(&self, ix: UserIx) -> Option<String> {
        let user = self.view.room.users.at(ix);
        let to_ms = self.end_ms().filter(|_| user.is_present())?;
        self.span_line("visit", &Span { link: Link::saved(ix, user.joins), from_ms: user.joined_ms, to_ms })
    }

    fn open_stage_span_line(&self, ix: UserIx) -> Option<String> {
        let activity = self.view.room.users.at(ix).activity.as_ref()?;
        let nth = self.view.room.record.stage_spans.counted(activity.last_stage_span) + 1;
        let (link, from_ms) = (Link::saved(ix, nth), activity.stage_since_ms);
        self.span_line("stage", &Span { link, from_ms, to_ms: self.end_ms()? })
    }

    fn request_line(&self, kind: &'static str, request: &PastRequest) -> Option<String> {
        let PastRequest { link: Link { owner, nth, .. }, from_ms, to_ms, how, ref by } = *request;
        let user = self.name(owner);
        let body = RequestLine { user, from_ms, to_ms, how: how.name(), by };
        self.line(kind, format!("{nth}:{user}"), body)
    }

    /// A hand that no slice has recorded yet: raised, or lowered by LOWERHAND `*`.
    fn open_hand_line(&self, ticket: u64, ix: UserIx) -> Option<String> {
        let activity = self.view.room.users.at(ix).activity.as_ref()?;
        let (user, from_ms) = (self.name(ix), activity.hand_ms);
        let body = match self.view.room.hands.clear_of(ticket) {
            Some(clear) => {
                RequestLine { user, from_ms, to_ms: clear.at_ms, how: Outcome::Lowered.name(), by: &clear.by }
            }
            None => RequestLine { user, from_ms, to_ms: self.end_ms()?, how: "ended", by: "" },
        };
        self.line("hand", format!("{}:{user}", activity.hands), body)
    }

    fn open_offer_line(&self, offer: &Offer) -> Option<String> {
        let to_ms = self.end_ms()?;
        let last =
            self.view.room.users.at(offer.user).activity.as_ref().map_or(0, |activity| activity.last_offer);
        let nth = self.view.room.record.offers.counted(last) + 1;
        let (user, from_ms, by) = (self.name(offer.user), offer.from_ms, &*offer.by);
        let body = RequestLine { user, from_ms, to_ms, how: "ended", by };
        self.line("offer", format!("{nth}:{user}"), body)
    }

    fn comment_line(&self, id: u64, comment: &Comment, shadow: bool) -> Option<String> {
        let body = CommentLine {
            comment_id: id,
            user: author(self.view.room, comment.user),
            ms: comment.ms,
            text: &comment.text,
            reply: comment.reply,
            deleted: comment.deleted.is_some(),
            deleted_by: comment.deleted.as_ref().map(|deletion| &*deletion.by),
            pinned: comment.was_pinned,
            shadow,
        };
        self.line("comment", id, body)
    }

    fn reactions_of(&'v self, ix: UserIx) -> Vec<Candidate> {
        let first = u64::from(ix) << KIND_BITS;
        let activity = self.view.room.users.at(ix).activity.as_deref();
        let public = activity.into_iter().flat_map(|activity| activity.reactions.iter());
        let public = public.map(|(kind, count)| (self.kind(kind), count, false));
        let shadow = activity.and_then(|activity| activity.shadow.as_deref());
        let shadow = shadow.into_iter().flat_map(|shadow| &shadow.reactions);
        let mut all = public.chain(shadow.map(|own| (&*own.kind, own.count, true))).peekable();
        if all.peek().is_none() {
            return vec![Candidate { place: first, line: None }];
        }
        let line = |kind: &str, count: u64, shadow: bool| {
            let user = self.name(ix);
            // A user id may hold a colon too. The length shows where the kind ends.
            let id = format!("{}{}:{kind}:{user}", if shadow { "shadow:" } else { "" }, kind.len());
            self.line("reaction", id, ReactionLine { user, reaction: kind, count, shadow })
        };
        (first..)
            .zip(all)
            .map(|(place, (kind, count, shadow))| Candidate { place, line: line(kind, count, shadow) })
            .collect()
    }

    fn minute_line(&self, minute: &Minute) -> Option<String> {
        let reactions = minute.reactions.iter();
        let body = MinuteLine {
            minute_ms: minute.minute_ms,
            peak_present: minute.peak_present,
            joins: minute.joins,
            leaves: minute.leaves,
            comments: minute.comments,
            reactions: reactions
                .map(|(kind, count)| KindCountLine { reaction: self.kind(kind), count })
                .collect(),
        };
        self.line("timeline", minute.minute_ms, body)
    }

    fn poll_line(&self, id: u64, poll: &Poll) -> Option<String> {
        let body = PollLine { poll: id, shape: PollJson::new(self.view, id, poll).into() };
        self.line("poll", id, body)
    }

    fn vote_line(&self, poll: u64, ix: UserIx, vote: &Vote) -> Option<String> {
        let options = option_numbers(vote.options).collect();
        let user = self.name(ix);
        self.line("vote", format!("{poll}:{user}"), VoteLine { poll, user, options, ms: vote.ms })
    }

    fn moderation_line(&self, place: u64, action: &Action) -> Option<String> {
        let body = ModerationLine {
            ms: action.ms,
            actor: &action.actor,
            action: &action.action,
            target: &action.target,
            reason: &action.reason,
            until_ms: action.until_ms,
        };
        self.line("moderation", self.view.room.moderation.dropped + place, body)
    }
}
