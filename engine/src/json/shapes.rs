//! The JSON shapes that several replies and events share. They borrow from a view of the room.
//!
//! Times are Unix ms. 0 means: not yet, not raised, not set, or no comment. An absent user is null.

use crate::limits::{YOUR_COMMENTS, YOUR_COMMENTS_MINUTES};
use crate::room::comments::{Comment, SERVICE};
use crate::room::polls::{self, Poll};
use crate::room::users::{Flag, User, UserIx};
use crate::room::view::View;
use crate::room::Room;
use crate::terms::{HostLoss, Role};
use serde::ser::{SerializeMap, SerializeStruct};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// A list of pairs that is written as an object, in the order of the list.
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

#[cfg(feature = "schema")]
impl<K, V: schemars::JsonSchema> schemars::JsonSchema for Object<K, V> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("ObjectOf{}", V::schema_name()).into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let value = generator.subschema_for::<V>();
        schemars::json_schema!({ "type": "object", "additionalProperties": value })
    }
}

/// A member.
#[derive(Debug)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Member"))]
pub struct MemberJson<'a> {
    /// The id of the user.
    pub user: &'a str,
    /// The role.
    pub role: Role,
    /// The microphone is closed.
    pub muted: bool,
    /// The microphone is held closed until the user is asked to open it.
    pub held: bool,
    /// The place of the hand, from 1; 0: not raised.
    pub hand: u64,
    /// The number of this entry among all entries to the stage of the room, from 1; 0: off stage.
    pub stage: u64,
    /// Has a session or is in its grace.
    pub present: bool,
    /// Is in its grace.
    pub lost: bool,
    /// When the current or last visit began, Unix ms; 0: never joined.
    pub joined_ms: u64,
    /// The profile; None: the member has none.
    #[cfg_attr(feature = "schema", schemars(schema_with = "crate::schema::optional_application_object"))]
    pub profile: Option<&'a RawValue>,
}

impl<'a> MemberJson<'a> {
    /// The member at `ix`, as the view shows it.
    pub fn new(view: &View<'a>, ix: UserIx) -> MemberJson<'a> {
        let user = view.room.users.at(ix);
        let present = view.is_present(ix);
        MemberJson {
            user: &user.name,
            role: view.role(ix),
            muted: !present || user.is_muted(),
            held: view.is_held(ix),
            hand: view.hand(user, ix),
            stage: view.stage_entry(ix),
            present,
            lost: present && user.is_lost(),
            joined_ms: user.joined_ms,
            profile: user.profile.as_deref(),
        }
    }
}

impl MemberJson<'_> {
    fn fields<S: SerializeStruct>(&self, to: &mut S) -> Result<(), S::Error> {
        to.serialize_field("user", self.user)?;
        to.serialize_field("role", &self.role)?;
        to.serialize_field("muted", &self.muted)?;
        to.serialize_field("held", &self.held)?;
        to.serialize_field("hand", &self.hand)?;
        to.serialize_field("stage", &self.stage)?;
        to.serialize_field("present", &self.present)?;
        to.serialize_field("lost", &self.lost)?;
        to.serialize_field("joined_ms", &self.joined_ms)?;
        to.serialize_field("profile", &self.profile)
    }
}

impl Serialize for MemberJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Member", 9)?;
        self.fields(&mut fields)?;
        fields.end()
    }
}

/// A user as only the user itself sees it: the fields of a member and more.
#[derive(Debug)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "You"))]
pub struct YouJson<'a> {
    /// The fields of the member.
    #[cfg_attr(feature = "schema", schemars(flatten))]
    pub member: MemberJson<'a>,
    /// How many sessions the user has.
    pub sessions: u64,
    /// When the open offer expires, Unix ms; 0: no offer.
    pub offer_until_ms: u64,
    /// Was asked to open its microphone and has not answered.
    pub unmute_asked: bool,
    /// Is invited.
    pub invited: bool,
    /// Answered ROOM.RSVP with YES.
    pub interested: bool,
    /// The chosen options by the id of the poll.
    pub votes: Object<String, Vec<u8>>,
    /// The own comments of the last ten minutes, newest first, without deleted ones.
    pub comments: Vec<CommentJson<'a>>,
    /// Milliseconds until slow mode allows a comment; 0: now.
    pub comment_wait_ms: u64,
}

impl Serialize for YouJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("You", 17)?;
        self.member.fields(&mut fields)?;
        fields.serialize_field("sessions", &self.sessions)?;
        fields.serialize_field("offer_until_ms", &self.offer_until_ms)?;
        fields.serialize_field("unmute_asked", &self.unmute_asked)?;
        fields.serialize_field("invited", &self.invited)?;
        fields.serialize_field("interested", &self.interested)?;
        fields.serialize_field("votes", &self.votes)?;
        fields.serialize_field("comments", &self.comments)?;
        fields.serialize_field("comment_wait_ms", &self.comment_wait_ms)?;
        fields.end()
    }
}

impl<'a> YouJson<'a> {
    /// A user of this name, known to the room or not.
    pub fn new(view: &View<'a>, name: &'a str) -> YouJson<'a> {
        let room = view.room;
        let Some(ix) = room.users.find(name) else {
            let member = MemberJson {
                user: name,
                role: Role::Listener,
                muted: true,
                held: false,
                hand: 0,
                stage: 0,
                present: false,
                lost: false,
                joined_ms: 0,
                profile: None,
            };
            return YouJson {
                member,
                sessions: 0,
                offer_until_ms: 0,
                unmute_asked: false,
                invited: false,
                interested: false,
                votes: Object(Vec::new()),
                comments: Vec::new(),
                comment_wait_ms: 0,
            };
        };
        let user = room.users.at(ix);
        let votes = (1u64..).zip(&room.polls).filter_map(|(id, poll)| {
            let vote = poll.votes.get(&ix)?;
            Some((id.to_string(), polls::option_numbers(vote.options).collect()))
        });
        YouJson {
            member: MemberJson::new(view, ix),
            sessions: user.sessions().len() as u64,
            offer_until_ms: view.offer_until_ms(ix),
            unmute_asked: view.is_unmute_asked(ix),
            invited: room.is_invited(user),
            interested: user.has(Flag::Interested),
            votes: Object(votes.collect()),
            comments: your_comments(room, user, view.now),
            comment_wait_ms: room.comment_wait_ms(user, view.now),
        }
    }
}

/// The user's own comments of the last ten minutes before `now` (Unix ms) that are not deleted, newest first.
fn your_comments<'a>(room: &'a Room, user: &User, now: u64) -> Vec<CommentJson<'a>> {
    let Some(activity) = user.activity.as_deref() else { return Vec::new() };
    let is_recent = |comment: &Comment| comment.ms + YOUR_COMMENTS_MINUTES * 60_000 > now;
    let newest = room.comments.chain(activity.last_comment).take_while(|(_, comment)| is_recent(comment));
    let mut newest: Vec<_> = newest.take(YOUR_COMMENTS).collect();
    if let Some(shadow) = &activity.shadow {
        let ids = shadow.ids.iter().rev();
        let own = ids.filter_map(|&id| Some((id, room.comments.shadow.get(&id)?)));
        let own = own.take_while(|(_, comment)| is_recent(comment));
        newest.extend(own.filter(|(_, comment)| comment.deleted.is_none()).take(YOUR_COMMENTS));
        newest.sort_unstable_by_key(|&(id, _)| std::cmp::Reverse(id));
        newest.truncate(YOUR_COMMENTS);
    }
    newest.into_iter().map(|(id, comment)| CommentJson::new(room, id, comment)).collect()
}

/// A comment.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Comment"))]
pub struct CommentJson<'a> {
    /// The id.
    pub id: u64,
    /// The author; `-`: the service.
    pub user: &'a str,
    /// The text; empty: deleted.
    pub text: &'a str,
    /// When it was made, Unix ms.
    pub ms: u64,
    /// The id of the comment to which it replies; 0: none.
    pub reply: u64,
    /// Is pinned.
    pub pinned: bool,
    /// Was deleted.
    pub deleted: bool,
}

/// The name of a comment's author; `-`: the service.
pub fn author(room: &Room, user: UserIx) -> &str {
    match user {
        SERVICE => "-",
        ix => &room.users.at(ix).name,
    }
}

impl<'a> CommentJson<'a> {
    /// The comment with this id.
    pub fn new(room: &'a Room, id: u64, comment: &'a Comment) -> CommentJson<'a> {
        CommentJson {
            id,
            user: author(room, comment.user),
            text: &comment.text,
            ms: comment.ms,
            reply: comment.reply,
            pinned: room.comments.pins.contains(&id),
            deleted: comment.deleted.is_some(),
        }
    }
}

/// A poll.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Poll"))]
pub struct PollJson<'a> {
    /// The id, from 1.
    pub id: u64,
    /// The question.
    pub question: &'a str,
    /// The options.
    pub options: Vec<PollOptionJson<'a>>,
    /// How many users voted.
    pub voters: u64,
    /// `open` or `closed`.
    #[cfg_attr(feature = "schema", schemars(schema_with = "crate::schema::poll_state"))]
    pub state: &'static str,
    /// How many options a vote may choose.
    pub multi: u8,
    /// The room does not store which options a user chose.
    pub secret: bool,
    /// A vote cannot be replaced.
    #[serde(rename = "final")]
    pub is_final: bool,
    /// The votes per option are visible only after the poll is closed.
    pub hidden: bool,
    /// When it was opened, Unix ms.
    pub opened_ms: u64,
    /// When it closes or was closed, Unix ms; 0: it does not close by itself.
    pub closes_ms: u64,
}

/// An option of a poll.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "PollOption"))]
pub struct PollOptionJson<'a> {
    /// The text.
    pub text: &'a str,
    /// How many votes chose it; None: hidden until the poll is closed.
    pub votes: Option<u64>,
}

impl<'a> PollJson<'a> {
    /// The poll with this id, as the view shows it.
    pub fn new(view: &View<'a>, id: u64, poll: &'a Poll) -> PollJson<'a> {
        let open = view.is_open(poll);
        let shown = |votes| (!(poll.hidden && open)).then_some(votes);
        PollJson {
            id,
            question: &poll.question,
            options: poll
                .options
                .iter()
                .map(|choice| PollOptionJson { text: &choice.text, votes: shown(choice.votes) })
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

/// The settings of a room: every field of ROOM.CONFIG.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Config"))]
pub struct ConfigJson<'a> {
    /// The title.
    pub title: &'a str,
    /// Only staff and invited users may enter and read.
    pub private: bool,
    /// Seats on stage in addition to the staff.
    pub seats: u32,
    /// How many members may be present at once; 0: any number.
    pub capacity: u32,
    /// A JSON object of the application; None: not set.
    #[cfg_attr(feature = "schema", schemars(schema_with = "crate::schema::optional_application_object"))]
    pub meta: Option<&'a RawValue>,
    /// What happens when the host is gone.
    pub hostloss: HostLoss,
    /// Comments are allowed.
    pub comments: bool,
    /// Reactions are allowed.
    pub reactions: bool,
    /// Hands may be raised.
    pub hands: bool,
    /// Seconds between two comments of a user; 0: off.
    pub slowmode: u32,
    /// Allowed kinds of reaction; empty: any kind.
    pub emojis: &'a [Box<str>],
    /// Scheduled start, Unix ms; 0: the room was not scheduled.
    pub at: u64,
}

impl<'a> ConfigJson<'a> {
    /// The settings of the room.
    pub fn new(room: &'a Room) -> ConfigJson<'a> {
        let config = &room.config;
        ConfigJson {
            title: &config.title,
            private: config.private,
            seats: config.seats,
            capacity: config.capacity,
            meta: config.meta.as_deref(),
            hostloss: config.host_loss,
            comments: config.comments,
            reactions: config.reactions,
            hands: config.hands,
            slowmode: config.slowmode,
            emojis: &config.emojis,
            at: room.times.at_ms,
        }
    }
}

/// Totals of reactions by kind.
pub fn reactions(room: &Room) -> Object<&str, u64> {
    Object(room.reactions.kinds.iter().map(|kind| (&*kind.name, kind.total)).collect())
}

/// Totals of reactions by kind as a user sees them, with its own reactions under a shadow block. None as viewer: the
/// service.
pub fn reactions_seen_by(room: &Room, viewer: Option<UserIx>) -> Object<&str, u64> {
    let mut totals = reactions(room);
    let own = viewer.and_then(|ix| room.users.at(ix).shadow());
    for own in own.into_iter().flat_map(|shadow| &shadow.reactions) {
        match totals.0.iter_mut().find(|(kind, _)| **kind == *own.kind) {
            Some((_, total)) => *total += own.count,
            None => totals.0.push((&own.kind, own.count)),
        }
    }
    totals
}

/// The profiles of these users. Users without a profile are left out.
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
