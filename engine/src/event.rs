//! Events and frames: the JSON of what is published, built when what waits is numbered.

use crate::command::State;
use crate::history::{Entry, Topic};
use crate::json::{self, Written};
use crate::pending::{Audience, Event, Fold, Waiting};
use crate::room::Room;
use crate::shape::{Comment, Id, Member, Object, Poll, Settings};
use crate::talk::SERVICE;
use crate::users::UserIx;
use crate::view::View;
use serde::Serialize;
use serde_json::value::RawValue;

/// What a numbered event says.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Said<'a> {
    Created {
        state: &'static str,
        host: Option<&'a str>,
        at_ms: u64,
        started_ms: u64,
        settings: Settings<'a>,
    },
    Started {
        state: &'static str,
        started_ms: u64,
    },
    Settings {
        settings: Settings<'a>,
    },
    Cancelled {
        state: &'static str,
        ended_ms: u64,
        #[serde(skip_serializing_if = "Option::is_none")]
        by: Option<&'a str>,
    },
    Ended {
        summary: crate::read::Summary<'a>,
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
        members: Vec<Member<'a>>,
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
        comment: Comment<'a>,
        by: &'a str,
    },
    Pinned {
        comment: Comment<'a>,
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
        poll: Poll<'a>,
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
    said: Said<'a>,
}

/// What folded events tell beside values.
pub struct Told<'a> {
    /// Who came and went.
    pub audience: &'a Audience,
    /// The first hands, where they changed.
    pub top: Option<&'a [UserIx]>,
    /// All values rather than those that changed: for history, where the latest event of a kind stands for all
    /// before it.
    pub whole: bool,
}

/// Builds the event `seq` of what waits.
pub fn event(view: &View<'_>, key: &str, seq: u64, waiting: &Waiting, told: &Told<'_>) -> Option<Entry> {
    let Told { audience, top, whole } = *told;
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
                Said::Created {
                    state: room.state.name(),
                    host: room.host.map(name),
                    at_ms: room.times.at_ms,
                    started_ms: room.times.started_ms,
                    settings: Settings::new(room),
                }
            }
            Event::Started => Said::Started { state: State::Live.name(), started_ms: room.times.started_ms },
            Event::Settings => Said::Settings { settings: Settings::new(room) },
            Event::Cancelled { by } => {
                Said::Cancelled { state: room.state.name(), ended_ms: room.times.ended_ms, by: by.as_deref() }
            }
            Event::Ended { by, reason } => {
                users.extend(room.host);
                users.extend(&room.record.speakers);
                Said::Ended {
                    summary: crate::read::Summary::new(view, key, false),
                    by: by.as_deref(),
                    reason: reason.name(),
                }
            }
            Event::Stage { members, by } => {
                users.extend(members);
                Said::Stage {
                    members: members.iter().map(|&ix| Member::new(view, ix)).collect(),
                    by: by.as_deref(),
                }
            }
            Event::Removed { user } => {
                users.push(*user);
                Said::Removed { user: name(*user) }
            }
            Event::Comment { id } | Event::Pinned { id, .. } => {
                let comment = room.comments.all.get(id)?;
                users.extend((comment.user != SERVICE).then_some(comment.user));
                topic = Topic::Comment(*id);
                let shape = Comment::new(room, *id, comment);
                match event {
                    Event::Pinned { by, .. } => Said::Pinned { comment: shape, by },
                    _ => Said::Comment { by: shape.user, comment: shape },
                }
            }
            Event::CommentDeleted { id, by } => Said::CommentDeleted { id: *id, by },
            Event::Unpinned { id, by } => Said::Unpinned { id: *id, by },
            Event::CommentsCleared { user, by } => {
                users.push(*user);
                Said::CommentsCleared { user: name(*user), by }
            }
        },
        Waiting::Fold(fold) => {
            topic = Topic::Fold(*fold);
            match fold {
                Fold::Audience => Said::Audience {
                    present: room.present(),
                    listeners: room.listeners(),
                    joined: audience.joined,
                    left: audience.left,
                    who: match audience.partial || whole {
                        true => Who::Partial { partial: true },
                        false => {
                            users.extend(audience.changes.iter().map(|&(ix, _)| ix));
                            let of = |present: bool| {
                                let changed = audience.changes.iter().map(|&(ix, _)| room.users.at(ix));
                                let changed = changed.filter(|user| user.is_present() == present);
                                changed.map(|user| &*user.name).collect()
                            };
                            Who::Named { users: of(true), left_users: of(false) }
                        }
                    },
                },
                Fold::Hands => {
                    users.extend(top.into_iter().flatten());
                    Said::Hands {
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
                    Said::Reactions { delta: Object(delta), total: Object(total) }
                }
                Fold::Poll(id) => Said::Poll { poll: Poll::new(view, *id, room.poll(*id)?) },
                Fold::Rsvp => Said::Rsvp { count: room.interested },
                Fold::Invited => Said::Invited { count: room.invited.len() as u64 },
            }
        }
    };
    Some(Entry { seq, topic, users, json: json::write(&Numbered { seq, said }).into() })
}

/// The event of a comment that has been deleted since, without its text.
pub fn scrubbed(room: &Room, id: u64, entry: &Entry) -> Option<Box<str>> {
    let mut said: serde_json::Value = serde_json::from_str(&entry.json).ok()?;
    let comment = Comment::new(room, id, room.comments.all.get(&id)?);
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
