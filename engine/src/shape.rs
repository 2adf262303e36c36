//! The JSON shapes of the contract, borrowed from a view of the room and written straight out.
//!
//! A time that has not come, a hand that is not raised, a comment that answers none: 0. Whoever is nobody: null.

use crate::command::State;
use crate::history::{Entry, Topic};
use crate::pending::{Audience, Event, Fold, Waiting};
use crate::polls;
use crate::room::Room;
use crate::talk::SERVICE;
use crate::users::{User, UserIx};
use crate::view::View;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// Writes a shape. Nothing in a shape can fail to be written.
pub fn json<T: Serialize + ?Sized>(shape: &T) -> String {
    serde_json::to_string(shape).unwrap_or_default()
}

fn raw<T: Serialize>(shape: &T) -> Option<Box<RawValue>> {
    serde_json::value::to_raw_value(shape).ok()
}

/// An incarnation or epoch as it is written.
pub fn id(number: u64) -> String {
    format!("{number:016x}")
}

/// A list of pairs, written as an object.
#[derive(Debug)]
pub struct Object<K, V>(pub Vec<(K, V)>);

impl<K: Serialize, V: Serialize> Serialize for Object<K, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (key, value) in &self.0 {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

/// A member.
#[derive(Debug, Serialize)]
#[allow(missing_docs)]
pub struct Member<'a> {
    pub user: &'a str,
    pub role: &'static str,
    pub muted: bool,
    pub hand: u64,
    pub present: bool,
    pub lost: bool,
    pub joined_ms: u64,
    pub profile: Option<&'a RawValue>,
}

impl<'a> Member<'a> {
    /// The member at `ix`.
    pub fn new(view: &View<'a>, ix: UserIx) -> Member<'a> {
        let user = view.room.users.at(ix);
        let present = view.is_present(ix);
        Member {
            user: &user.name,
            role: view.role(ix).name(),
            muted: !present || user.is_muted(),
            hand: view.hand(user, ix),
            present,
            lost: present && user.is_lost(),
            joined_ms: user.joined_ms,
            profile: user.profile.as_deref(),
        }
    }
}

/// What only the user itself reads.
#[derive(Debug, Serialize)]
#[allow(missing_docs)]
pub struct You<'a> {
    #[serde(flatten)]
    pub member: Member<'a>,
    pub sessions: u64,
    pub offer_until_ms: u64,
    pub invited: bool,
    pub interested: bool,
    pub votes: Object<String, Vec<u8>>,
    pub comment_wait_ms: u64,
}

impl<'a> You<'a> {
    /// The user, whether or not the room has heard of it.
    pub fn new(view: &View<'a>, name: &'a str) -> You<'a> {
        let room = view.room;
        let Some(ix) = room.users.find(name) else {
            let member = Member {
                user: name,
                role: "listener",
                muted: true,
                hand: 0,
                present: false,
                lost: false,
                joined_ms: 0,
                profile: None,
            };
            return You {
                member,
                sessions: 0,
                offer_until_ms: 0,
                invited: false,
                interested: false,
                votes: Object(Vec::new()),
                comment_wait_ms: 0,
            };
        };
        let user = room.users.at(ix);
        let votes = (1u64..).zip(&room.polls).filter_map(|(id, poll)| {
            let vote = poll.votes.get(&ix)?;
            Some((id.to_string(), polls::numbers(vote.options).collect()))
        });
        You {
            member: Member::new(view, ix),
            sessions: user.sessions().len() as u64,
            offer_until_ms: view.offer_until_ms(ix),
            invited: room.is_invited(user),
            interested: user.interested,
            votes: Object(votes.collect()),
            comment_wait_ms: comment_wait_ms(room, user, view.now),
        }
    }
}

/// Milliseconds until slow mode lets the user comment again.
pub fn comment_wait_ms(room: &Room, user: &User, now: u64) -> u64 {
    let last = user.more.as_ref().map_or(0, |more| more.commented_ms);
    if room.config.slowmode == 0 || user.is_staff() || last == 0 {
        return 0;
    }
    (last + u64::from(room.config.slowmode) * 1000).saturating_sub(now)
}

/// A comment.
#[derive(Debug, Serialize)]
#[allow(missing_docs)]
pub struct Comment<'a> {
    pub id: u64,
    pub user: &'a str,
    pub text: &'a str,
    pub ms: u64,
    pub reply: u64,
    pub pinned: bool,
    pub deleted: bool,
}

/// The name of a comment's author.
pub fn author(room: &Room, user: UserIx) -> &str {
    match user {
        SERVICE => "-",
        ix => &room.users.at(ix).name,
    }
}

impl<'a> Comment<'a> {
    /// A comment under its id.
    pub fn new(room: &'a Room, id: u64, comment: &'a crate::talk::Comment) -> Comment<'a> {
        Comment {
            id,
            user: author(room, comment.user),
            text: &comment.text,
            ms: comment.ms,
            reply: comment.reply,
            pinned: room.comments.pins.contains(&id),
            deleted: comment.deleted_by.is_some(),
        }
    }
}

/// A poll.
#[derive(Debug, Serialize)]
#[allow(missing_docs)]
pub struct Poll<'a> {
    pub id: u64,
    pub question: &'a str,
    pub options: Vec<PollOption<'a>>,
    pub voters: u64,
    pub state: &'static str,
    pub multi: u8,
    pub secret: bool,
    #[serde(rename = "final")]
    pub is_final: bool,
    pub hidden: bool,
    pub opened_ms: u64,
    pub closes_ms: u64,
}

/// An option of a poll; no votes while they are hidden.
#[derive(Debug, Serialize)]
#[allow(missing_docs)]
pub struct PollOption<'a> {
    pub text: &'a str,
    pub votes: Option<u64>,
}

impl<'a> Poll<'a> {
    /// A poll under its id.
    pub fn new(view: &View<'a>, id: u64, poll: &'a crate::polls::Poll) -> Poll<'a> {
        let open = view.is_open(poll);
        let shown = |votes| (!(poll.hidden && open)).then_some(votes);
        Poll {
            id,
            question: &poll.question,
            options: poll
                .options
                .iter()
                .map(|choice| PollOption { text: &choice.text, votes: shown(choice.votes) })
                .collect(),
            voters: poll.votes.len() as u64,
            state: if open { "open" } else { "closed" },
            multi: poll.multi,
            secret: poll.secret,
            is_final: poll.is_final,
            hidden: poll.hidden,
            opened_ms: poll.opened_ms,
            closes_ms: poll.closes_ms,
        }
    }
}

/// Every field of ROOM.CONFIG.
#[derive(Debug, Serialize)]
#[allow(missing_docs)]
pub struct Settings<'a> {
    pub title: &'a str,
    pub private: bool,
    pub seats: u32,
    pub capacity: u32,
    pub meta: Option<&'a RawValue>,
    pub hostloss: &'static str,
    pub comments: bool,
    pub reactions: bool,
    pub hands: bool,
    pub slowmode: u32,
    pub emojis: &'a [Box<str>],
    pub at: u64,
}

impl<'a> Settings<'a> {
    /// The room's settings.
    pub fn new(room: &'a Room) -> Settings<'a> {
        let config = &room.config;
        Settings {
            title: &config.title,
            private: config.private,
            seats: config.seats,
            capacity: config.capacity,
            meta: config.meta.as_deref(),
            hostloss: config.host_loss.name(),
            comments: config.comments,
            reactions: config.reactions,
            hands: config.hands,
            slowmode: config.slowmode,
            emojis: &config.emojis,
            at: room.times.at_ms,
        }
    }
}

/// Reactions by kind, those nobody may see left out.
pub fn reactions(room: &Room) -> Object<&str, u64> {
    let kinds = room.reactions.kinds.iter().filter(|kind| kind.total > 0);
    Object(kinds.map(|kind| (&*kind.name, kind.total)).collect())
}

/// Profiles of these users, of those who have one.
pub fn profiles(room: &Room, users: impl IntoIterator<Item = UserIx>) -> Object<&str, &RawValue> {
    let known: BTreeMap<UserIx, (&str, &RawValue)> = users
        .into_iter()
        .filter_map(|ix| {
            let user = room.users.get(ix)?;
            Some((ix, (&*user.name, user.profile.as_deref()?)))
        })
        .collect();
    Object(known.into_values().collect())
}

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
    let mut users = Vec::new();
    let mut topic = Topic::Other;
    let said = match waiting {
        Waiting::Event(event) => match event {
            Event::Created => Said::Created {
                state: room.state.name(),
                host: room.host.map(name),
                at_ms: room.times.at_ms,
                started_ms: room.times.started_ms,
                settings: Settings::new(room),
            },
            Event::Started => Said::Started { state: State::Live.name(), started_ms: room.times.started_ms },
            Event::Settings => Said::Settings { settings: Settings::new(room) },
            Event::Cancelled { by } => {
                Said::Cancelled { state: room.state.name(), ended_ms: room.times.ended_ms, by: by.as_deref() }
            }
            Event::Ended { by, reason } => Said::Ended {
                summary: crate::read::Summary::new(view, key, false),
                by: by.as_deref(),
                reason: reason.name(),
            },
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
    Some(Entry { seq, topic, users, json: raw(&Numbered { seq, said })? })
}

/// The event of a comment that has been deleted since, without its text.
pub fn scrubbed(room: &Room, id: u64, entry: &Entry) -> Option<Box<RawValue>> {
    let mut said: serde_json::Value = serde_json::from_str(entry.json.get()).ok()?;
    let comment = Comment::new(room, id, room.comments.all.get(&id)?);
    *said.get_mut("comment")? = serde_json::to_value(comment).ok()?;
    raw(&said)
}

/// A frame: events under the room's name, with the profiles of the users they name.
#[derive(Serialize)]
#[allow(missing_docs)]
pub struct Frame<'a> {
    pub room: &'a str,
    pub epoch: String,
    pub from: u64,
    pub to: u64,
    pub ms: u64,
    pub events: Vec<&'a RawValue>,
    pub profiles: Object<&'a str, &'a RawValue>,
}

/// An event for a few users only.
pub fn direct<E: Serialize>(key: &str, epoch: u64, ms: u64, to: &[&str], event: &E) -> String {
    #[derive(Serialize)]
    struct Direct<'a, E> {
        room: &'a str,
        epoch: String,
        ms: u64,
        to: &'a [&'a str],
        event: &'a E,
    }
    json(&Direct { room: key, epoch: id(epoch), ms, to, event })
}

/// Direct event: what became of an offer of a seat.
#[derive(Serialize)]
#[allow(missing_docs)]
pub struct OfferNotice<'a> {
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub user: &'a str,
    pub state: &'static str,
    pub until_ms: u64,
    pub by: &'a str,
}

impl<'a> OfferNotice<'a> {
    /// `state`: made, accepted, declined, expired.
    pub fn new(user: &'a str, state: &'static str, until_ms: u64, by: &'a str) -> Self {
        OfferNotice { kind: "offer", user, state, until_ms, by }
    }
}

/// Direct event: somebody asks the user to open its microphone.
#[derive(Serialize)]
#[allow(missing_docs)]
pub struct UnmuteRequest<'a> {
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub user: &'a str,
    pub by: &'a str,
}

impl<'a> UnmuteRequest<'a> {
    /// `by` asks `user`.
    pub fn new(user: &'a str, by: &'a str) -> Self {
        UnmuteRequest { kind: "unmute_request", user, by }
    }
}

/// Direct event: a user was taken out of the room.
#[derive(Serialize)]
#[allow(missing_docs)]
pub struct RemovedNotice<'a> {
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub user: &'a str,
    pub how: &'static str,
    pub reason: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<&'a str>,
}

impl<'a> RemovedNotice<'a> {
    /// For the user, who is not told by whom.
    pub fn to_user(user: &'a str, how: &'static str, reason: &'a str) -> Self {
        RemovedNotice { kind: "removed_notice", user, how, reason, by: None }
    }

    /// For the staff.
    pub fn to_staff(user: &'a str, how: &'static str, reason: &'a str, by: &'a str) -> Self {
        RemovedNotice { kind: "removed_notice", user, how, reason, by: Some(by) }
    }
}
