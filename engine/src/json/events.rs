//! Events and frames: the JSON of what is published, built when what waits is numbered.

use crate::id::Id;
use crate::json::shapes::{CommentJson, ConfigJson, MemberJson, Object, PollJson};
use crate::json::{self, Written};
use crate::room::comments::SERVICE;
use crate::room::history::{Entry, Topic};
use crate::room::pending::{Audience, Event, Fold, Waiting};
use crate::room::users::UserIx;
use crate::room::view::View;
use crate::room::Room;
use crate::terms::RoomState;
use serde::Serialize;
use serde_json::value::RawValue;

/// What a numbered event says.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum EventBody<'a> {
    Created {
        state: &'static str,
        host: Option<&'a str>,
        at_ms: u64,
        started_ms: u64,
        settings: ConfigJson<'a>,
    },
    Started {
        state: &'static str,
        started_ms: u64,
    },
    Settings {
        settings: ConfigJson<'a>,
    },
    Cancelled {
        state: &'static str,
        ended_ms: u64,
        #[serde(skip_serializing_if = "Option::is_none")]
        by: Option<&'a str>,
    },
    Ended {
        summary: crate::json::summary::SummaryJson<'a>,
        #[serde(skip_serializing_if = "Option::is_none")]
        by: Option<&'a str>,
        reason: &'static str,
    },
    Audience {
        present: u64,
        listeners: u64,
        joined: u64,
        left: u64,
        #[serde(flatten)]
        who: Who<'a>,
    },
    Stage {
        members: Vec<MemberJson<'a>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        by: Option<&'a str>,
    },
    Hands {
        count: u64,
        #[serde(skip_serializing_if = "Option::is_none")]
        top: Option<Vec<&'a str>>,
    },
    Removed {
        user: &'a str,
    },
    Comment {
        comment: CommentJson<'a>,
        by: &'a str,
    },
    Pinned {
        comment: CommentJson<'a>,
        by: &'a str,
    },
    CommentDeleted {
        id: u64,
        by: &'a str,
    },
    Unpinned {
        id: u64,
        by: &'a str,
    },
    CommentsCleared {
        user: &'a str,
        by: &'a str,
    },
    Reactions {
        delta: Object<&'a str, u64>,
        total: Object<&'a str, u64>,
    },
    Poll {
        poll: PollJson<'a>,
    },
    Rsvp {
        count: u64,
    },
    Invited {
        count: u64,
    },
}

/// Who came and went, or that there were too many to name.
#[derive(Serialize)]
#[serde(untagged)]
enum Who<'a> {
    Named { users: Vec<&'a str>, left_users: Vec<&'a str> },
    Partial { partial: bool },
}

#[derive(Serialize)]
struct Numbered<'a> {
    seq: u64,
    #[serde(flatten)]
    said: EventBody<'a>,
}

/// What folded events tell beside values.
pub struct FoldedValues<'a> {
    /// Who came and went.
    pub audience: &'a Audience,
    /// The first hands, where they changed.
    pub top: Option<&'a [UserIx]>,
    /// All values rather than those that changed: for history, where the latest event of a kind stands for all
    /// before it.
    pub whole: bool,
}

/// Builds the event `seq` of what waits.
pub fn event(
    view: &View<'_>,
    key: &str,
    seq: u64,
    waiting: &Waiting,
    told: &FoldedValues<'_>,
) -> Option<Entry> {
    let FoldedValues { audience, top, whole } = *told;
    let room = view.room;
    let name = |ix: UserIx| -> &str { &room.users.at(ix).name };
    let mut users: Vec<UserIx> = match waiting {
        Waiting::Event(event) => event.by().and_then(|by| room.users.find(by)).into_iter().collect(),
        Waiting::Fold(_) => Vec::new(),
    };
    let mut topic = Topic::Other;
    let said = match waiting {
        Waiting::Event(event) => match event {
            Event::Created => {
                users.extend(room.host);
                EventBody::Created {
                    state: room.state.name(),
                    host: room.host.map(name),
                    at_ms: room.times.at_ms,
                    started_ms: room.times.started_ms,
                    settings: ConfigJson::new(room),
                }
            }
            Event::Started => {
                EventBody::Started { state: RoomState::Live.name(), started_ms: room.times.started_ms }
            }
            Event::Settings => EventBody::Settings { settings: ConfigJson::new(room) },
            Event::Cancelled { by } => EventBody::Cancelled {
                state: room.state.name(),
                ended_ms: room.times.ended_ms,
                by: by.as_deref(),
            },
            Event::Ended { by, reason } => {
                users.extend(room.host);
                users.extend(&room.record.speakers);
                EventBody::Ended {
                    summary: crate::json::summary::SummaryJson::new(view, key, false),
                    by: by.as_deref(),
                    reason: reason.name(),
                }
            }
            Event::Stage { members, by } => {
                users.extend(members);
                EventBody::Stage {
                    members: members.iter().map(|&ix| MemberJson::new(view, ix)).collect(),
                    by: by.as_deref(),
                }
            }
            Event::Removed { user } => {
                users.push(*user);
                EventBody::Removed { user: name(*user) }
            }
            Event::Comment { id } | Event::Pinned { id, .. } => {
                let comment = room.comments.all.get(id)?;
                users.extend((comment.user != SERVICE).then_some(comment.user));
                topic = Topic::Comment(*id);
                let shape = CommentJson::new(room, *id, comment);
                match event {
                    Event::Pinned { by, .. } => EventBody::Pinned { comment: shape, by },
                    _ => EventBody::Comment { by: shape.user, comment: shape },
                }
            }
            Event::CommentDeleted { id, by } => EventBody::CommentDeleted { id: *id, by },
            Event::Unpinned { id, by } => EventBody::Unpinned { id: *id, by },
            Event::CommentsCleared { user, by } => {
                users.push(*user);
                EventBody::CommentsCleared { user: name(*user), by }
            }
        },
        Waiting::Fold(fold) => {
            topic = Topic::Fold(*fold);
            match fold {
                Fold::Audience => EventBody::Audience {
                    present: room.present(),
                    listeners: room.listeners(),
                    joined: audience.joined,
                    left: audience.left,
                    who: match audience.partial || whole {
                        true => Who::Partial { partial: true },
                        false => {
                            users.extend(audience.changes.iter().map(|change| change.user));
                            let of = |present: bool| {
                                let changed =
                                    audience.changes.iter().map(|change| room.users.at(change.user));
                                let changed = changed.filter(|user| user.is_present() == present);
                                changed.map(|user| &*user.name).collect()
                            };
                            Who::Named { users: of(true), left_users: of(false) }
                        }
                    },
                },
                Fold::Hands => {
                    users.extend(top.into_iter().flatten());
                    EventBody::Hands {
                        count: room.hands.len(),
                        top: top.map(|top| top.iter().map(|&ix| name(ix)).collect()),
                    }
                }
                Fold::Reactions => {
                    let changed = room
                        .reactions
                        .kinds
                        .iter()
                        .filter(|kind| kind.waiting > 0 || (whole && kind.total > 0));
                    let (delta, total) =
                        changed.map(|kind| ((&*kind.name, kind.waiting), (&*kind.name, kind.total))).unzip();
                    EventBody::Reactions { delta: Object(delta), total: Object(total) }
                }
                Fold::Poll(id) => EventBody::Poll { poll: PollJson::new(view, *id, room.poll(*id)?) },
                Fold::Rsvp => EventBody::Rsvp { count: room.interested },
                Fold::Invited => EventBody::Invited { count: room.invited.len() as u64 },
            }
        }
    };
    Some(Entry { seq, topic, users, json: json::write(&Numbered { seq, said }).into() })
}

/// The event of a comment that has been deleted since, without its text.
pub fn scrubbed(room: &Room, id: u64, entry: &Entry) -> Option<Box<str>> {
    let mut said: serde_json::Value = serde_json::from_str(&entry.json).ok()?;
    let comment = CommentJson::new(room, id, room.comments.all.get(&id)?);
    *said.get_mut("comment")? = serde_json::to_value(comment).ok()?;
    // What a dump brought may hold what is in no shape.
    Some(serde_json::to_string(&said).ok()?.into())
}

/// A frame: events under the room's name, with the profiles of the users they name.
#[derive(Serialize)]
#[allow(missing_docs)]
pub struct Frame<'a> {
    pub room: &'a str,
    pub epoch: Id,
    pub from: u64,
    pub to: u64,
    pub ms: u64,
    pub events: Vec<Written<'a>>,
    pub profiles: Object<&'a str, &'a RawValue>,
}
