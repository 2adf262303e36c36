//! Events and frames: the JSON that is published. An event is built when a frame numbers it.

use crate::json;
use crate::json::hand::HandJson;
use crate::json::shapes::{CommentJson, ConfigJson, MemberJson, Object, PollJson};
use crate::json::summary::SummaryJson;
use crate::room::comments::SERVICE;
use crate::room::history::{Entry, Topic};
use crate::room::pending::{Audience, Event, Fold, Waiting};
use crate::room::users::UserIx;
use crate::room::view::View;
use crate::room::Room;
use crate::terms::{EndReason, RoomState};
use serde::Serialize;

/// The fields of an event, except `seq`. An event states values after the change.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum EventBody<'a> {
    /// The room was created.
    Created {
        /// The state.
        state: RoomState,
        /// The host; null: the room has none.
        host: Option<&'a str>,
        /// Scheduled start, Unix ms; 0: the room was not scheduled.
        at_ms: u64,
        /// Start, Unix ms; 0: not started.
        started_ms: u64,
        /// Every field of ROOM.CONFIG.
        settings: ConfigJson<'a>,
    },
    /// A scheduled room went live.
    Started {
        /// `live`.
        state: RoomState,
        /// Start, Unix ms.
        started_ms: u64,
    },
    /// Settings changed.
    Settings {
        /// Every field of ROOM.CONFIG.
        settings: ConfigJson<'a>,
    },
    /// The scheduled room does not take place.
    Cancelled {
        /// `cancelled`.
        state: RoomState,
        /// When, Unix ms.
        ended_ms: u64,
        /// The actor; absent: a deadline.
        #[serde(skip_serializing_if = "Option::is_none")]
        by: Option<&'a str>,
    },
    /// The room ended.
    Ended {
        /// The summary, without the figures of moderation.
        summary: SummaryJson<'a>,
        /// The actor; absent: a deadline.
        #[serde(skip_serializing_if = "Option::is_none")]
        by: Option<&'a str>,
        /// Why.
        reason: EndReason,
    },
    /// Members came or went.
    Audience {
        /// Members present.
        present: u64,
        /// Members present who are not on stage.
        listeners: u64,
        /// Visits that began since the last frame, for display.
        joined: u64,
        /// Visits that ended since the last frame, for display.
        left: u64,
        /// Who came and went.
        #[serde(flatten)]
        named: AudienceUsers<'a>,
    },
    /// A member on stage changed, or came on stage or left it.
    Stage {
        /// The member. It is on stage if it is present and no listener.
        member: MemberJson<'a>,
        /// The actor; absent: a deadline, a kick, a block or an uninvite.
        #[serde(skip_serializing_if = "Option::is_none")]
        by: Option<&'a str>,
    },
    /// Hands were raised or lowered.
    Hands {
        /// Raised hands.
        count: u64,
        /// The first 20 hands; absent: they are as before.
        #[serde(skip_serializing_if = "Option::is_none")]
        top: Option<Vec<HandJson<'a>>>,
        /// True: all hands were lowered. Absent: not.
        #[serde(skip_serializing_if = "is_false")]
        cleared: bool,
    },
    /// A user was removed. Sockets whose JOIN replied a lower `seq` are no longer in the room.
    Removed {
        /// The user.
        user: &'a str,
    },
    /// A comment was made.
    Comment {
        /// The comment.
        comment: CommentJson<'a>,
        /// Comments made so far.
        count: u64,
        /// The sender's token; absent: none.
        #[serde(skip_serializing_if = "str::is_empty")]
        token: &'a str,
        /// The author.
        by: &'a str,
    },
    /// A comment was pinned.
    Pinned {
        /// The comment.
        comment: CommentJson<'a>,
        /// The actor.
        #[serde(skip_serializing_if = "Option::is_none")]
        by: Option<&'a str>,
    },
    /// A comment was deleted.
    CommentDeleted {
        /// The comment.
        id: u64,
        /// The actor.
        by: &'a str,
    },
    /// A pin was removed.
    Unpinned {
        /// The comment.
        id: u64,
        /// The actor; absent: the comment was deleted.
        #[serde(skip_serializing_if = "Option::is_none")]
        by: Option<&'a str>,
    },
    /// All comments of a user were deleted.
    CommentsCleared {
        /// The user.
        user: &'a str,
    },
    /// Members reacted.
    Reactions {
        /// New reactions by kind, for display.
        delta: Object<&'a str, u64>,
        /// Totals of the kinds that changed.
        total: Object<&'a str, u64>,
    },
    /// A poll was opened, voted in or closed.
    Poll {
        /// The poll.
        poll: PollJson<'a>,
    },
    /// The number of interested users changed.
    Rsvp {
        /// Interested users.
        count: u64,
    },
    /// The number of invited users changed.
    Invited {
        /// Invited users.
        count: u64,
    },
}

/// The users of an `audience` event. `Partial`: they are too many to name.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub(crate) enum AudienceUsers<'a> {
    /// At most 16 users came or went.
    Named {
        /// Users who came and are present.
        users: Vec<&'a str>,
        /// Users who are gone.
        left_users: Vec<&'a str>,
    },
    /// More users came or went.
    Partial {
        /// True: read ROOM.MEMBERS again.
        partial: bool,
    },
}

fn is_false(flag: &bool) -> bool {
    !flag
}

/// An event of a room.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Event"))]
pub(crate) struct NumberedEvent<'a> {
    /// The number of the event: 1, 2, 3 …
    seq: u64,
    #[serde(flatten)]
    body: EventBody<'a>,
}

/// The values that an event shows and that the room does not hold as they are.
pub struct Values<'a> {
    /// Joins and leaves.
    pub audience: &'a Audience,
    /// The first hands; None: they did not change.
    pub top: Option<&'a [UserIx]>,
    /// How many comments had been made with the comment of the event.
    pub comments: u64,
    /// Show all values instead of those that changed. The history needs this, because it keeps only the latest event of
    /// a fold.
    pub whole: bool,
}

/// Builds the event `seq` of a waiting change. None: the comment or poll of the event no longer exists.
pub fn event(view: &View<'_>, key: &str, seq: u64, waiting: &Waiting, values: &Values<'_>) -> Option<Entry> {
    let mut users = Vec::new();
    let (topic, by, body) = match waiting {
        Waiting::Event(event) => {
            (topic_of(event), event.by(), event_body(view, key, event, values, &mut users)?)
        }
        Waiting::Fold { fold, by } => {
            let by = by.as_deref();
            (Topic::Fold(*fold), by, fold_body(view, *fold, by, values, &mut users)?)
        }
    };
    users.extend(by.and_then(|by| view.room.users.find(by)));
    Some(Entry { seq, topic, users, json: json::write(&NumberedEvent { seq, body }).into() })
}

fn topic_of(event: &Event) -> Topic {
    match event {
        Event::Comment { id, .. } => Topic::Comment(*id),
        _ => Topic::Other,
    }
}

fn name(room: &Room, ix: UserIx) -> &str {
    &room.users.at(ix).name
}

/// The fields of an event that does not fold. Adds the users that it names, except the actor, to `users`.
fn event_body<'a>(
    view: &View<'a>,
    key: &'a str,
    event: &'a Event,
    values: &Values<'_>,
    users: &mut Vec<UserIx>,
) -> Option<EventBody<'a>> {
    let room = view.room;
    Some(match event {
        Event::Created => {
            users.extend(room.host);
            EventBody::Created {
                state: room.state,
                host: room.host.map(|ix| name(room, ix)),
                at_ms: room.times.at_ms,
                started_ms: room.times.started_ms,
                settings: ConfigJson::new(room),
            }
        }
        Event::Started => EventBody::Started { state: RoomState::Live, started_ms: room.times.started_ms },
        Event::Cancelled { by } => {
            EventBody::Cancelled { state: room.state, ended_ms: room.times.ended_ms, by: by.as_deref() }
        }
        Event::Ended { by, reason } => {
            users.extend(room.host);
            users.extend(&room.record.speakers);
            let summary = SummaryJson::new(view, key, false);
            EventBody::Ended { summary, by: by.as_deref(), reason: *reason }
        }
        Event::Comment { id, token } => {
            let comment = comment(room, *id, users)?;
            EventBody::Comment { by: comment.user, comment, count: values.comments, token }
        }
        Event::CommentDeleted { id, by } => EventBody::CommentDeleted { id: *id, by },
    })
}

/// A public comment. Adds its author to `users`.
fn comment<'a>(room: &'a Room, id: u64, users: &mut Vec<UserIx>) -> Option<CommentJson<'a>> {
    let comment = room.comments.all.get(&id)?;
    users.extend((comment.user != SERVICE).then_some(comment.user));
    Some(CommentJson::new(room, id, comment))
}

/// The fields of an event that folds. Adds the users that it names, except the actor, to `users`.
fn fold_body<'a>(
    view: &View<'a>,
    fold: Fold,
    by: Option<&'a str>,
    values: &Values<'_>,
    users: &mut Vec<UserIx>,
) -> Option<EventBody<'a>> {
    let room = view.room;
    users.extend(fold.user());
    Some(match fold {
        Fold::Audience => audience(room, values, users),
        Fold::Hands => {
            users.extend(values.top.into_iter().flatten());
            let top = values.top.map(|top| top.iter().map(|&ix| HandJson::new(view, ix)).collect());
            EventBody::Hands { count: room.hands.len(), top, cleared: false }
        }
        Fold::HandsCleared => EventBody::Hands { count: 0, top: Some(Vec::new()), cleared: true },
        Fold::Reactions => reactions(room, values.whole),
        Fold::Rsvp => EventBody::Rsvp { count: room.interested.len() as u64 },
        Fold::Invited => EventBody::Invited { count: room.invited.len() as u64 },
        Fold::Settings => EventBody::Settings { settings: ConfigJson::new(room) },
        Fold::Poll(id) => EventBody::Poll { poll: PollJson::new(view, id, room.poll(id)?) },
        Fold::Pin(id) if room.comments.pins.contains(&id) => {
            EventBody::Pinned { comment: comment(room, id, users)?, by }
        }
        Fold::Pin(id) => EventBody::Unpinned { id, by },
        Fold::Stage(ix) => EventBody::Stage { member: MemberJson::new(view, ix), by },
        Fold::Removed(ix) => EventBody::Removed { user: name(room, ix) },
        Fold::CommentsCleared(ix) => EventBody::CommentsCleared { user: name(room, ix) },
    })
}

fn audience<'a>(room: &'a Room, values: &Values<'_>, users: &mut Vec<UserIx>) -> EventBody<'a> {
    let audience = values.audience;
    let named = if audience.partial || values.whole {
        AudienceUsers::Partial { partial: true }
    } else {
        users.extend(audience.changes.iter().map(|change| change.user));
        let with_presence = |present: bool| {
            let changed = audience.changes.iter().map(|change| room.users.at(change.user));
            changed.filter(|user| user.is_present() == present).map(|user| &*user.name).collect()
        };
        AudienceUsers::Named { users: with_presence(true), left_users: with_presence(false) }
    };
    EventBody::Audience {
        present: room.present(),
        listeners: room.listeners(),
        joined: audience.joined,
        left: audience.left,
        named,
    }
}

fn reactions(room: &Room, whole: bool) -> EventBody<'_> {
    let kinds = room.reactions.kinds.iter();
    let shown = kinds.filter(|kind| kind.waiting > 0 || (whole && kind.total > 0));
    let (delta, total) = shown.map(|kind| ((&*kind.name, kind.waiting), (&*kind.name, kind.total))).unzip();
    EventBody::Reactions { delta: Object(delta), total: Object(total) }
}

/// The JSON of a past event about a comment, rewritten after the comment was deleted: it no longer holds the text.
/// None: the event does not show a comment of this room.
pub fn scrubbed(room: &Room, id: u64, entry: &Entry) -> Option<Box<str>> {
    let mut event: serde_json::Value = serde_json::from_str(&entry.json).ok()?;
    let comment = CommentJson::new(room, id, room.comments.all.get(&id)?);
    *event.get_mut("comment")? = serde_json::to_value(comment).ok()?;
    // serde_json writes this, because an event from a dump may hold types that the writer of the shapes does not know.
    Some(serde_json::to_string(&event).ok()?.into())
}
