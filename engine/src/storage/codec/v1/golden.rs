//! The rows of version 1 as released, in `tests/golden/rows-v1.txt`: a line for each row, with its bytes in hex.
//! `CODEC_GOLDEN=write cargo test -p room-engine` writes the file again, which is right only before a release of the
//! version.

use super::super::chunks::rows;
use super::save::save;
use super::wire::*;
use crate::collections::chunked_vec::ChunkedVec;
use crate::collections::rings::{Link, Rings};
use crate::room::comments::{Comment, Deletion, SERVICE};
use crate::room::hands::{Clear, Hands};
use crate::room::history::{Entry, Topic};
use crate::room::leases::{Lease, Retired};
use crate::room::moderation::{Action, Block};
use crate::room::pending::{Audience, AudienceChange, Event, Fold};
use crate::room::polls::{Choice, Poll, Vote};
use crate::room::reactions::ReactionKind;
use crate::room::record::{Minute, Outcome, PastRequest, Record, Span};
use crate::room::shadow::{Shadow, ShadowReaction};
use crate::room::tokens::{FirstReply, TokenAge, TokenCommand, TokenReply};
use crate::room::users::{Activity, Presence, Session, User, NO_LEASE};
use crate::room::{
    ArrivalRange, Away, Config, Invitation, Offer, PresentInvited, PreviousEpoch, Room, Times,
};
use crate::terms::{EndReason, HostLoss, Role, RoomState};
use bincode::{BorrowDecode, Encode};
use serde_json::value::RawValue;
use std::collections::BTreeSet;
use std::fmt::Write;

/// Creation of the sample. Other times are written as distances from it.
const CREATED: u64 = 1_763_600_000_000;

fn json(text: &str) -> Option<Box<RawValue>> {
    RawValue::from_string(text.into()).ok()
}

/// A room with every row and every variant of a row. Fields of a row hold different values, so that a reordered field
/// shows. The room is saved only, so it need not make sense.
fn sample() -> Room {
    let mut room = Room {
        incarnation: 1 << 40,
        epoch: 2,
        previous: Some(PreviousEpoch { epoch: 3, last_seq: 4 }),
        seq: 5,
        clock: 6,
        state: RoomState::Cancelled,
        times: Times { created_ms: CREATED, at_ms: 7, first_at_ms: 125, started_ms: 8, ended_ms: 9 },
        creator: "creator".into(),
        expire_ms: 10,
        end_reason: Some(EndReason::Service),
        ended_by: Some("ender".into()),
        config: Config {
            title: "title".into(),
            private: true,
            seats: 10,
            capacity: 11,
            meta: json("{\"meta\":1}"),
            host_loss: HostLoss::Keep,
            comments: true,
            reactions: false,
            hands: true,
            slowmode: 12,
            emojis: vec!["👏".into(), "🔥".into()],
        },
        offers: vec![Offer { user: 0, from_ms: 13, until_ms: 14, by: "offers".into() }],
        order: 15,
        stage_entries: 16,
        host_away: Some(Away { since_ms: 16, left: true }),
        empty_since_ms: 17,
        hands: Hands::restored(18, [Clear { through: 180, at_ms: 181, by: "clearer".into() }].into()),
        announced_hands: vec![19, 20],
        invite_present: Some(PresentInvited {
            arrivals: ArrivalRange { first: 21, last: 22 },
            invitation: Invitation { ms: 126, by: "private".into() },
        }),
        invited: [(0, Invitation { ms: CREATED + 127, by: "inviter".into() })].into(),
        interested: [(1, CREATED + 128)].into(),
        ..Room::default()
    };
    room.local.broken = true;
    members(&mut room);
    content(&mut room);
    room.record = record();
    pending(&mut room);
    room
}

/// A room without anything optional. Together with the sample its settings tell every flag from every other.
fn bare() -> Room {
    Room { config: Config { comments: false, ..Config::default() }, ..Room::default() }
}

fn members(room: &mut Room) {
    let lease = |gateway: &str, retired| Lease { gateway: gateway.into(), retired, ..Lease::default() };
    let retired = Retired { lost: true, at_ms: CREATED + 23 };
    room.leases.slots = vec![None, Some(lease("in force", None)), Some(lease("retired", Some(retired)))];
    room.leases.retired = [2].into();
    let session = |id: &str, lease, place| Session { id: id.into(), lease, place };
    let presences = [
        Presence::Absent(CREATED + 24),
        Presence::Lost(CREATED + 25),
        Presence::One(session("", NO_LEASE, 26)),
        Presence::Many(vec![session("s", 1, 27), session("t", 2, 28)]),
    ];
    for (nth, presence) in (0..).zip(presences) {
        room.users.push(User { presence, order: nth, ..User::new(&format!("user {nth}")) });
    }
    let shadow = Shadow {
        made: 35,
        deleted: 97,
        reactions: vec![ShadowReaction { kind: "shadow".into(), count: 38 }],
        ..Shadow::default()
    };
    let activity = Activity {
        hand: 29,
        hand_ms: CREATED + 30,
        stage: 31,
        stage_since_ms: CREATED + 32,
        stage_ms: 33,
        unmuted: true,
        spoke: false,
        held: true,
        unmute_asked: false,
        comments: 34,
        commented_ms: CREATED + 36,
        reactions: [(0, 37)].into_iter().collect(),
        shadow: Some(Box::new(shadow)),
        new_kinds: 96,
        votes: 39,
        hands: 40,
        ..Activity::default()
    };
    room.users.push(User {
        profile: json("{\"profile\":1}"),
        activity: Some(Box::new(activity)),
        order: 41,
        joined_ms: CREATED + 42,
        first_joined_ms: 43,
        present_ms: 44,
        joins: 45,
        role: Role::Cohost,
        client: 46,
        lost: 47,
        flags: 5,
        ..User::new("active")
    });
}

fn content(room: &mut Room) {
    room.reactions.kinds = vec![ReactionKind { name: "👏".into(), total: 46, waiting: 47 }];
    let poll = Poll {
        question: "question".into(),
        options: vec![Choice { text: "option".into(), votes: 48 }],
        multi: 49,
        secret: true,
        is_final: false,
        hidden: true,
        opened_ms: CREATED + 50,
        closes_ms: CREATED + 51,
        closed: false,
        votes: [(52, Vote { options: 53, ms: CREATED + 54 })].into(),
    };
    // Together the two polls tell every flag from every other.
    let other = Poll { is_final: true, hidden: false, votes: Default::default(), ..poll.clone() };
    room.polls = vec![poll, other];
    let comment = Comment {
        user: 55,
        ms: CREATED + 56,
        text: "text".into(),
        reply: 57,
        before: 0,
        was_pinned: true,
        deleted: Some(Box::new(Deletion { ms: CREATED + 58, by: "deleter".into() })),
    };
    let shadow = Comment { user: SERVICE, was_pinned: false, deleted: None, ..comment.clone() };
    room.comments.last_id = 59;
    room.comments.pins = vec![60, 61];
    room.comments.all.insert(62, comment);
    room.comments.shadow.insert(63, shadow);
    room.comments.dropped = 98;
    (room.tokens.dropped, room.shadow_tokens.dropped) = (99, 100);
    room.shadow_tokens.keep_shadow(TokenCommand::Next, "t", "nobody", CREATED + 101, TokenReply::Nobody);
    for (ms, key, reply) in [
        (CREATED + 64, "id", TokenReply::Id(65)),
        (CREATED + 66, "user", TokenReply::User("name".into())),
        (CREATED + 67, "used again", TokenReply::Id(68)),
    ] {
        room.tokens.ages.push_back(TokenAge { ms, key: key.into() });
        let first_ms = if key == "used again" { ms + 1 } else { ms };
        room.tokens.replies.insert(key.into(), FirstReply { ms: first_ms, reply });
    }
    let block =
        Block { until_ms: CREATED + 69, shadow: true, by: "blocker".into(), reason: "nuisance".into() };
    room.moderation.block(70, block);
    room.moderation.log.push_back(Action {
        ms: CREATED + 71,
        actor: "actor".into(),
        action: "action".into(),
        target: "target".into(),
        reason: "reason".into(),
        until_ms: CREATED + 129,
    });
    room.moderation.dropped = 72;
}

fn record() -> Record {
    let mut record = Record {
        unique_members: 73,
        peak_present: 74,
        hands_raised: 75,
        speakers: vec![76, 77],
        speakers_total: 78,
        kicks: 79,
        blocks: 80,
        mutes: 81,
        visits: Rings::default(),
        stage_spans: Rings::default(),
        hands: Rings::default(),
        offers: Rings::default(),
        timeline: ChunkedVec::default(),
    };
    let after = |ms: u32| CREATED + u64::from(ms);
    let span = |user, nth| {
        let link = Link::saved(user, nth);
        Span { link, from_ms: after(nth + 1), to_ms: after(nth + 2) }
    };
    record.visits.append(span(82, 83));
    record.stage_spans.append(span(86, 87));
    let past = |user, how, by: &str| PastRequest {
        link: Link::saved(user, user + 1),
        from_ms: after(user + 2),
        to_ms: after(user + 3),
        how,
        by: by.into(),
    };
    record.hands.append(past(88, Outcome::Seated, "seater"));
    record.offers.append(past(92, Outcome::Expired, "offerer"));
    record.timeline.push(Minute {
        minute_ms: CREATED + 96,
        peak_present: 97,
        joins: 98,
        leaves: 99,
        comments: 100,
        reactions: [(2, 101), (3, 102)].into_iter().collect(),
    });
    record
}

fn pending(room: &mut Room) {
    let by = || Box::<str>::from("by");
    let events = [
        Event::Created,
        Event::Started,
        Event::Cancelled { by: None },
        Event::Ended { by: Some(by()), reason: EndReason::HostLoss },
        Event::Comment { id: 103, token: "token".into() },
        Event::CommentDeleted { id: 104, by: by() },
    ];
    events.into_iter().for_each(|event| room.pending.push(event));
    let folds = [
        Fold::Audience,
        Fold::Reactions,
        Fold::HandsCleared,
        Fold::Hands,
        Fold::Rsvp,
        Fold::Invited,
        Fold::Settings,
        Fold::Poll(105),
        Fold::Pin(106),
        Fold::Stage(107),
        Fold::Removed(108),
        Fold::CommentsCleared(109),
    ];
    folds.into_iter().for_each(|fold| room.pending.fold_by(fold, "folder"));
    let changes = vec![AudienceChange { user: 114, joined: true }];
    room.pending.audience = Audience { joined: 112, left: 113, changes, partial: false };
    let topics = folds.map(Topic::Fold).into_iter().chain([Topic::Comment(115), Topic::Other]);
    for (seq, topic) in (116..).zip(topics) {
        let json = "{\"type\":\"an event\"}".into();
        room.history.append(Entry { seq, topic, users: vec![1, 0], json });
    }
    room.history.floor = 130;
}

fn config() -> impl bincode::config::Config {
    bincode::config::standard()
}

fn encoded<T: Encode>(value: T) -> Vec<u8> {
    bincode::encode_to_vec(value, config()).expect("a row is written")
}

/// The golden lines, and the first bytes that were seen of each enum's values.
#[derive(Default)]
struct Lines {
    text: String,
    presences: BTreeSet<u8>,
    replies: BTreeSet<u8>,
    events: BTreeSet<u8>,
    folds: BTreeSet<u8>,
    topics: BTreeSet<u8>,
}

/// The variant's number on the wire.
fn tag<T: Encode>(value: T) -> u8 {
    encoded(value)[0]
}

impl Lines {
    fn line(&mut self, name: &str, bytes: &[u8]) {
        self.text.push_str(name);
        self.text.push(' ');
        bytes.iter().for_each(|byte| write!(self.text, "{byte:02x}").expect("a String takes all"));
        self.text.push('\n');
    }

    /// A line for each row of a chunk. Each row is read and written again on the way.
    fn rows<'a, R: Encode + BorrowDecode<'a, ()>>(
        &mut self,
        section: Section,
        chunk: &'a [u8],
        mut look: impl FnMut(&mut Lines, &R),
    ) {
        let mut again = Vec::new();
        let read = rows(chunk, |row: R| {
            let bytes = encoded(&row);
            self.line(&format!("{section:?}"), &bytes);
            again.extend(bytes);
            look(self, &row);
            Ok(())
        });
        assert!(read.is_ok_and(|read| read > 0) && again == chunk, "{section:?}: read, and written the same");
    }

    fn chunk(&mut self, chunk: &[u8]) {
        let (&number, rows) = chunk.split_first().expect("a chunk has a section");
        let section = SECTIONS[usize::from(number)];
        match section {
            Section::Head => self.rows(section, rows, |_, _: &HeadV1<'_>| {}),
            Section::Leases => self.rows(section, rows, |_, _: &Option<LeaseV1<'_>>| {}),
            Section::Users => self.rows(section, rows, |lines, row: &UserV1<'_>| {
                lines.presences.insert(tag(&row.presence));
            }),
            Section::Invitations => self.rows(section, rows, |_, _: &InvitationV1<'_>| {}),
            Section::Interests => self.rows(section, rows, |_, _: &InterestV1| {}),
            Section::Blocks => self.rows(section, rows, |_, _: &BlockV1<'_>| {}),
            Section::Polls => self.rows(section, rows, |_, _: &PollV1<'_>| {}),
            Section::Votes => self.rows(section, rows, |_, _: &VoteV1| {}),
            Section::Comments | Section::Shadow => self.rows(section, rows, |_, _: &CommentV1<'_>| {}),
            Section::Tokens => self.rows(section, rows, |lines, row: &TokenV1<'_>| {
                lines.replies.extend(row.reply.as_ref().map(tag));
            }),
            Section::Visits | Section::StageSpans => self.rows(section, rows, |_, _: &SpanV1| {}),
            Section::Hands | Section::Offers => self.rows(section, rows, |_, _: &PastRequestV1<'_>| {}),
            Section::Timeline => self.rows(section, rows, |_, _: &MinuteV1| {}),
            Section::Log => self.rows(section, rows, |_, _: &ActionV1<'_>| {}),
            Section::Queue => self.rows(section, rows, |lines, row: &WaitingEventV1<'_>| {
                lines.events.insert(tag(&row.event));
            }),
            Section::Folds => self.rows(section, rows, |lines, row: &WaitingFoldV1| {
                lines.folds.insert(tag(&row.fold));
            }),
            Section::History => self.rows(section, rows, |lines, row: &EntryV1<'_>| {
                lines.topics.insert(tag(&row.topic));
            }),
            Section::End => self.rows(section, rows, |_, _: &EndV1| {}),
        }
    }

    /// A line for each word, named as `docs/events.md` names it.
    fn words<W: BorrowDecode<'static, ()> + Into<L>, L>(&mut self, title: &str, name: fn(L) -> &'static str) {
        for (tag, word) in known::<W>() {
            self.line(&format!("{title} {}", name(word.into())), &[tag]);
        }
    }
}

/// All variants of a wire enum with their numbers, found by reading each number. Zeros stand for the fields.
fn known<T: BorrowDecode<'static, ()>>() -> Vec<(u8, T)> {
    let read = |tag: u8| {
        let bytes: &'static [u8] = vec![tag, 0, 0, 0, 0].leak();
        bincode::borrow_decode_from_slice(bytes, config()).ok().map(|(value, _)| (tag, value))
    };
    (0..=250).filter_map(read).collect()
}

fn assert_all_seen<T: BorrowDecode<'static, ()>>(seen: BTreeSet<u8>) {
    let all = known::<T>().into_iter().map(|(tag, _)| tag);
    assert!(seen.into_iter().eq(all), "{}: a variant without a sample", std::any::type_name::<T>());
}

/// Checks the lines against the file.
fn assert_golden(lines: &str) {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/rows-v1.txt");
    if std::env::var("CODEC_GOLDEN").is_ok_and(|how| how == "write") {
        std::fs::write(file, lines).expect("the file is written");
    }
    let golden = std::fs::read_to_string(file).expect("the file is read");
    for (line, expected) in lines.lines().zip(golden.lines()) {
        assert_eq!(line, expected, "a row is not written as ever");
    }
    assert_eq!(lines.lines().count(), golden.lines().count());
}

#[test]
fn rows_of_version_1_are_written_as_ever() {
    let mut lines = Lines::default();
    let mut sections = BTreeSet::new();
    for room in [sample(), bare()] {
        save(&room, &mut |chunk| {
            sections.insert(chunk[0]);
            lines.chunk(chunk);
        });
    }
    lines.words::<RoleV1, _>("role", Role::name);
    lines.words::<HostLossV1, _>("host loss", HostLoss::name);
    lines.words::<EndReasonV1, _>("end reason", EndReason::name);
    lines.words::<StateV1, _>("state", RoomState::name);
    lines.words::<OutcomeV1, _>("outcome", Outcome::name);
    assert_golden(&lines.text);
    assert!(sections.into_iter().eq(0..SECTIONS.len() as u8), "rows in every section");
    assert_all_seen::<PresenceV1<'_>>(lines.presences);
    assert_all_seen::<TokenReplyV1<'_>>(lines.replies);
    assert_all_seen::<EventV1<'_>>(lines.events);
    assert_all_seen::<FoldV1>(lines.folds);
    assert_all_seen::<TopicV1>(lines.topics);
}
