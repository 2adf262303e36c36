//! A room into rows.

use super::super::chunks::{Chunks, List};
use super::wire::*;
use crate::collections::kind_counts::KindCounts;
use crate::room::comments::Comment;
use crate::room::history::{Entry, Topic};
use crate::room::leases::Lease;
use crate::room::moderation::Block;
use crate::room::pending::{Audience, Event, Fold, WaitingFold};
use crate::room::polls::{Poll, Vote};
use crate::room::reactions::ReactionKind;
use crate::room::record::{Minute, PastRequest, Record, Span};
use crate::room::shadow::Shadow;
use crate::room::tokens::{TokenAge, TokenReply, Tokens};
use crate::room::users::{Activity, Presence, Session, User, UserIx};
use crate::room::{ArrivalRange, Config, PresentInvited, Room};
use serde_json::value::RawValue;

/// Writes a room.
pub fn save(room: &Room, out: &mut dyn FnMut(&[u8])) {
    let mut chunks = Chunks::new(out);
    state(room, &mut chunks);
    chunks.section(Section::History as u8, room.history.entries.values().map(entry));
    let rows = List(chunks.rows.clone());
    chunks.section(Section::End as u8, [EndV1 { history_floor: room.history.floor, rows }]);
}

/// Writes the sections that are the same on every server.
pub fn digest(room: &Room, out: &mut dyn FnMut(&[u8])) {
    state(room, &mut Chunks::new(out));
}

fn state(room: &Room, chunks: &mut Chunks<'_>) {
    let time = Clock(room.times.created_ms);
    let Room { record, comments, moderation, pending, .. } = room;
    chunks.section(Section::Head as u8, [head(room)]);
    chunks.section(
        Section::Leases as u8,
        room.leases.slots.iter().map(|slot| slot.as_ref().map(|item| lease(item, time))),
    );
    chunks.section(Section::Users as u8, room.users.iter_from(0).map(|(_, item)| user(item, time)));
    chunks.section(
        Section::Invitations as u8,
        room.invited.iter().map(|(&user, item)| InvitationV1 { user, at: time.of(item.ms), by: &item.by }),
    );
    chunks.section(
        Section::Interests as u8,
        room.interested.iter().map(|(&user, &ms)| InterestV1 { user, at: time.of(ms) }),
    );
    chunks.section(Section::Blocks as u8, moderation.blocks.iter().map(|(&ix, item)| block(ix, item, time)));
    chunks.section(Section::Polls as u8, room.polls.iter().map(|item| poll(item, time)));
    chunks.section(Section::Votes as u8, (0..).zip(&room.polls).flat_map(|(at, poll)| votes(at, poll, time)));
    let rows = |(&id, item)| comment(id, item, time);
    chunks.section(Section::Comments as u8, comments.all.iter().map(rows));
    chunks.section(Section::Shadow as u8, comments.shadow.iter().map(rows));
    let shadow_tokens = tokens(&room.shadow_tokens, true, time);
    chunks.section(Section::Tokens as u8, tokens(&room.tokens, false, time).chain(shadow_tokens));
    chunks.section(Section::Visits as u8, record.visits.iter().map(|item| span(item, time)));
    chunks.section(Section::StageSpans as u8, record.stage_spans.iter().map(|item| span(item, time)));
    chunks.section(Section::Hands as u8, record.hands.iter().map(|item| past_request(item, time)));
    chunks.section(Section::Offers as u8, record.offers.iter().map(|item| past_request(item, time)));
    chunks.section(Section::Timeline as u8, record.timeline.iter().map(|item| minute(item, time)));
    let actions = moderation.log.iter().map(|action| ActionV1 {
        at: time.of(action.ms),
        actor: &action.actor,
        action: &action.action,
        target: &action.target,
        reason: &action.reason,
        until: time.of(action.until_ms),
    });
    chunks.section(Section::Log as u8, actions);
    let queue = pending
        .queue
        .iter()
        .map(|item| WaitingEventV1 { position: item.position, event: event(&item.event) });
    chunks.section(Section::Queue as u8, queue);
    let folds = pending.folds.in_order();
    let folds = folds.iter().map(|WaitingFold { fold: item, last }| WaitingFoldV1 {
        position: last.position,
        fold: fold(*item),
        by: last.by.as_deref(),
    });
    chunks.section(Section::Folds as u8, folds);
}

/// The room's creation, Unix ms. Times are written relative to it.
#[derive(Clone, Copy)]
struct Clock(u64);

impl Clock {
    fn of(self, ms: u64) -> Time {
        Time::new(ms, self.0)
    }
}

fn json(raw: &Option<Box<RawValue>>) -> Option<&str> {
    raw.as_ref().map(|raw| raw.get())
}

fn head(room: &Room) -> HeadV1<'_> {
    let times = room.times;
    HeadV1 {
        broken: room.local.broken,
        incarnation: room.incarnation,
        epoch: room.epoch,
        previous: room.previous.map(|previous| (previous.epoch, previous.last_seq)),
        seq: room.seq,
        clock: room.clock,
        state: room.state.into(),
        created_ms: times.created_ms,
        at_ms: times.at_ms,
        first_at_ms: times.first_at_ms,
        started_ms: times.started_ms,
        ended_ms: times.ended_ms,
        creator: &room.creator,
        expire_ms: room.expire_ms,
        end_reason: room.end_reason.map(Into::into),
        ended_by: room.ended_by.as_deref(),
        config: config(&room.config),
        order: room.order,
        stage_entries: room.stage_entries,
        open_offers: room
            .offers
            .iter()
            .map(|offer| OfferV1 {
                user: offer.user,
                from_ms: offer.from_ms,
                until_ms: offer.until_ms,
                by: &offer.by,
            })
            .collect(),
        retired: room.leases.retired.iter().copied().collect(),
        host_away: room.host_away.map(|away| (away.since_ms, away.left)),
        empty_since_ms: room.empty_since_ms,
        invite_present: room.invite_present.as_ref().map(present_invited),
        ticket: room.hands.issued(),
        clears: room
            .hands
            .clears()
            .iter()
            .map(|clear| ClearV1 { through: clear.through, at_ms: clear.at_ms, by: &clear.by })
            .collect(),
        announced_hands: List(room.announced_hands.clone()),
        last_comment: room.comments.last_id,
        pins: List(room.comments.pins.clone()),
        comments_dropped: room.comments.dropped,
        tokens_dropped: (room.tokens.dropped, room.shadow_tokens.dropped),
        kinds: room.reactions.kinds.iter().map(kind).collect(),
        dropped: room.moderation.dropped,
        record: record(&room.record),
        position: room.pending.position,
        audience: audience(&room.pending.audience),
    }
}

fn present_invited(invited: &PresentInvited) -> PresentInvitedV1<'_> {
    let ArrivalRange { first, last } = invited.arrivals;
    PresentInvitedV1 { first, last, ms: invited.invitation.ms, by: &invited.invitation.by }
}

fn config(config: &Config) -> ConfigV1<'_> {
    ConfigV1 {
        title: &config.title,
        private: config.private,
        seats: config.seats,
        capacity: config.capacity,
        meta: json(&config.meta),
        host_loss: config.host_loss.into(),
        comments: config.comments,
        reactions: config.reactions,
        hands: config.hands,
        slowmode: config.slowmode,
        emojis: config.emojis.iter().map(|kind| &**kind).collect(),
    }
}

fn kind(kind: &ReactionKind) -> KindV1<'_> {
    KindV1 { name: &kind.name, total: kind.total, waiting: kind.waiting }
}

fn record(record: &Record) -> RecordV1 {
    RecordV1 {
        unique_members: record.unique_members,
        peak_present: record.peak_present,
        hands_raised: record.hands_raised,
        speakers: List(record.speakers.clone()),
        speakers_total: record.speakers_total,
        kicks: record.kicks,
        blocks: record.blocks,
        mutes: record.mutes,
    }
}

fn audience(audience: &Audience) -> AudienceV1 {
    let Audience { joined, left, ref changes, partial } = *audience;
    let changes = changes.iter().map(|change| (change.user, change.joined)).collect();
    AudienceV1 { joined, left, changes, partial }
}

fn lease(lease: &Lease, time: Clock) -> LeaseV1<'_> {
    LeaseV1 {
        gateway: &lease.gateway,
        retired: lease.retired.map(|retired| (retired.lost, time.of(retired.at_ms))),
    }
}

fn user(user: &User, time: Clock) -> UserV1<'_> {
    UserV1 {
        name: &user.name,
        profile: json(&user.profile),
        presence: match &user.presence {
            Presence::Absent(ms) => PresenceV1::Absent(time.of(*ms)),
            Presence::Lost(ms) => PresenceV1::Lost(time.of(*ms)),
            Presence::One(item) => PresenceV1::One(session(item)),
            Presence::Many(item) => PresenceV1::Many(item.iter().map(session).collect()),
        },
        activity: user.activity.as_ref().and_then(|item| activity(item, time)),
        order: user.order,
        joined: time.of(user.joined_ms),
        first_joined: (user.first_joined_ms != user.joined_ms).then(|| time.of(user.first_joined_ms)),
        present_ms: user.present_ms,
        joins: user.joins,
        role: user.role.into(),
        flags: user.flags,
        client: user.client,
        lost: user.lost,
    }
}

fn session(session: &Session) -> SessionV1<'_> {
    SessionV1 { id: &session.id, lease: session.lease.wrapping_add(1), place: session.place }
}

fn counts(counts: &KindCounts) -> List<(u8, u64)> {
    List(counts.iter().collect())
}

/// None if the activity holds only rates. Rates exist only on a master, and the digest must not show them.
fn activity(activity: &Activity, time: Clock) -> Option<ActivityV1<'_>> {
    let row = ActivityV1 {
        hand: activity.hand,
        hand_raised: time.of(activity.hand_ms),
        stage: activity.stage,
        stage_since: time.of(activity.stage_since_ms),
        stage_ms: activity.stage_ms,
        unmuted: activity.unmuted,
        spoke: activity.spoke,
        held: activity.held,
        unmute_asked: activity.unmute_asked,
        comments: activity.comments,
        commented: time.of(activity.commented_ms),
        reactions: counts(&activity.reactions),
        shadow: activity.shadow.as_deref().map(shadow),
        votes: activity.votes,
        hands: activity.hands,
        new_kinds: activity.new_kinds,
    };
    (row != ActivityV1::default()).then_some(row)
}

fn shadow(shadow: &Shadow) -> ShadowV1<'_> {
    let reactions = shadow.reactions.iter().map(|own| (&*own.kind, own.count)).collect();
    ShadowV1 { made: shadow.made, deleted: shadow.deleted, reactions }
}

fn block(user: UserIx, block: &Block, time: Clock) -> BlockV1<'_> {
    BlockV1 {
        user,
        until: time.of(block.until_ms),
        shadow: block.shadow,
        by: &block.by,
        reason: &block.reason,
    }
}

fn poll(poll: &Poll, time: Clock) -> PollV1<'_> {
    PollV1 {
        question: &poll.question,
        options: poll
            .options
            .iter()
            .map(|choice| ChoiceV1 { text: &choice.text, votes: choice.votes })
            .collect(),
        multi: poll.multi,
        secret: poll.secret,
        is_final: poll.is_final,
        hidden: poll.hidden,
        opened: time.of(poll.opened_ms),
        closes: time.of(poll.closes_ms),
        closed: poll.closed,
    }
}

fn votes(at: u32, poll: &Poll, time: Clock) -> impl Iterator<Item = VoteV1> + '_ {
    let vote = move |(&user, vote): (&UserIx, &Vote)| VoteV1 {
        poll: at,
        user,
        options: vote.options,
        at: time.of(vote.ms),
    };
    poll.votes.iter().map(vote)
}

fn comment(id: u64, comment: &Comment, time: Clock) -> CommentV1<'_> {
    CommentV1 {
        id,
        user: comment.user.wrapping_add(1),
        at: time.of(comment.ms),
        text: &comment.text,
        reply: comment.reply,
        was_pinned: comment.was_pinned,
        deleted: comment.deleted.as_ref().map(|deletion| (&*deletion.by, time.of(deletion.ms))),
    }
}

fn tokens(tokens: &Tokens, shadow: bool, time: Clock) -> impl Iterator<Item = TokenV1<'_>> + '_ {
    tokens.ages.iter().map(move |TokenAge { ms, key }| {
        let first = tokens.replies.get(key).filter(|first| first.ms == *ms);
        let reply = first.map(|first| match &first.reply {
            TokenReply::Id(id) => TokenReplyV1::Id(*id),
            TokenReply::User(user) => TokenReplyV1::User(user),
            TokenReply::Nobody => TokenReplyV1::Nobody,
        });
        TokenV1 { at: time.of(*ms), key, reply, shadow }
    })
}

fn span(span: &Span, time: Clock) -> SpanV1 {
    SpanV1 { user: span.link.owner, nth: span.link.nth, from: time.of(span.from_ms), to: time.of(span.to_ms) }
}

fn past_request(past: &PastRequest, time: Clock) -> PastRequestV1<'_> {
    PastRequestV1 {
        user: past.link.owner,
        nth: past.link.nth,
        from: time.of(past.from_ms),
        to: time.of(past.to_ms),
        outcome: past.how.into(),
        by: &past.by,
    }
}

fn minute(minute: &Minute, time: Clock) -> MinuteV1 {
    MinuteV1 {
        minute: time.of(minute.minute_ms),
        peak_present: minute.peak_present,
        joins: minute.joins,
        leaves: minute.leaves,
        comments: minute.comments,
        reactions: counts(&minute.reactions),
    }
}

fn event(event: &Event) -> EventV1<'_> {
    match event {
        Event::Created => EventV1::Created,
        Event::Started => EventV1::Started,
        Event::Cancelled { by } => EventV1::Cancelled { by: by.as_deref() },
        Event::Ended { by, reason } => EventV1::Ended { by: by.as_deref(), reason: (*reason).into() },
        Event::Comment { id, token } => EventV1::Comment { id: *id, token },
        Event::CommentDeleted { id, by } => EventV1::CommentDeleted { id: *id, by },
    }
}

fn fold(fold: Fold) -> FoldV1 {
    match fold {
        Fold::Audience => FoldV1::Audience,
        Fold::Reactions => FoldV1::Reactions,
        Fold::Hands => FoldV1::Hands,
        Fold::HandsCleared => FoldV1::HandsCleared,
        Fold::Rsvp => FoldV1::Rsvp,
        Fold::Invited => FoldV1::Invited,
        Fold::Settings => FoldV1::Settings,
        Fold::Poll(id) => FoldV1::Poll(id),
        Fold::Pin(id) => FoldV1::Pin(id),
        Fold::Stage(user) => FoldV1::Stage(user),
        Fold::Removed(user) => FoldV1::Removed(user),
        Fold::CommentsCleared(user) => FoldV1::CommentsCleared(user),
    }
}

fn entry(entry: &Entry) -> EntryV1<'_> {
    EntryV1 {
        seq: entry.seq,
        topic: match entry.topic {
            Topic::Fold(item) => TopicV1::Fold(fold(item)),
            Topic::Comment(id) => TopicV1::Comment(id),
            Topic::Other => TopicV1::Other,
        },
        users: List(entry.users.clone()),
        json: &entry.json,
    }
}
