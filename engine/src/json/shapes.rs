//! The JSON shapes of the contract, borrowed from a view of the room and written straight out.
//!
//! A time that has not come, a hand that is not raised, a comment that answers none: 0. Whoever is nobody: null.

use crate::room::comments::SERVICE;
use crate::room::polls;
use crate::room::users::UserIx;
use crate::room::view::View;
use crate::room::Room;
use serde::ser::{SerializeMap, SerializeStruct};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use std::collections::BTreeMap;

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
#[derive(Debug)]
#[allow(missing_docs)]
pub struct MemberJson<'a> {
    pub user: &'a str,
    pub role: &'static str,
    pub muted: bool,
    pub hand: u64,
    pub present: bool,
    pub lost: bool,
    pub joined_ms: u64,
    pub profile: Option<&'a RawValue>,
}

impl<'a> MemberJson<'a> {
    /// The member at `ix`.
    pub fn new(view: &View<'a>, ix: UserIx) -> MemberJson<'a> {
        let user = view.room.users.at(ix);
        let present = view.is_present(ix);
        MemberJson {
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

impl MemberJson<'_> {
    fn fields<S: SerializeStruct>(&self, to: &mut S) -> Result<(), S::Error> {
        to.serialize_field("user", self.user)?;
        to.serialize_field("role", self.role)?;
        to.serialize_field("muted", &self.muted)?;
        to.serialize_field("hand", &self.hand)?;
        to.serialize_field("present", &self.present)?;
        to.serialize_field("lost", &self.lost)?;
        to.serialize_field("joined_ms", &self.joined_ms)?;
        to.serialize_field("profile", &self.profile)
    }
}

impl Serialize for MemberJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Member", 8)?;
        self.fields(&mut fields)?;
        fields.end()
    }
}

/// What only the user itself reads.
#[derive(Debug)]
#[allow(missing_docs)]
pub struct YouJson<'a> {
    pub member: MemberJson<'a>,
    pub sessions: u64,
    pub offer_until_ms: u64,
    pub invited: bool,
    pub interested: bool,
    pub votes: Object<String, Vec<u8>>,
    pub comment_wait_ms: u64,
}

/// The fields of a member, and its own.
impl Serialize for YouJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("You", 14)?;
        self.member.fields(&mut fields)?;
        fields.serialize_field("sessions", &self.sessions)?;
        fields.serialize_field("offer_until_ms", &self.offer_until_ms)?;
        fields.serialize_field("invited", &self.invited)?;
        fields.serialize_field("interested", &self.interested)?;
        fields.serialize_field("votes", &self.votes)?;
        fields.serialize_field("comment_wait_ms", &self.comment_wait_ms)?;
        fields.end()
    }
}

impl<'a> YouJson<'a> {
    /// The user, whether or not the room has heard of it.
    pub fn new(view: &View<'a>, name: &'a str) -> YouJson<'a> {
        let room = view.room;
        let Some(ix) = room.users.find(name) else {
            let member = MemberJson {
                user: name,
                role: "listener",
                muted: true,
                hand: 0,
                present: false,
                lost: false,
                joined_ms: 0,
                profile: None,
            };
            return YouJson {
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
            Some((id.to_string(), polls::option_numbers(vote.options).collect()))
        });
        YouJson {
            member: MemberJson::new(view, ix),
            sessions: user.sessions().len() as u64,
            offer_until_ms: view.offer_until_ms(ix),
            invited: room.is_invited(user),
            interested: user.interested,
            votes: Object(votes.collect()),
            comment_wait_ms: room.comment_wait_ms(user, view.now),
        }
    }
}

/// A comment.
#[derive(Debug, Serialize)]
#[allow(missing_docs)]
pub struct CommentJson<'a> {
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

impl<'a> CommentJson<'a> {
    /// A comment under its id.
    pub fn new(room: &'a Room, id: u64, comment: &'a crate::room::comments::Comment) -> CommentJson<'a> {
        CommentJson {
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
pub struct PollJson<'a> {
    pub id: u64,
    pub question: &'a str,
    pub options: Vec<PollOptionJson<'a>>,
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
pub struct PollOptionJson<'a> {
    pub text: &'a str,
    pub votes: Option<u64>,
}

impl<'a> PollJson<'a> {
    /// A poll under its id.
    pub fn new(view: &View<'a>, id: u64, poll: &'a crate::room::polls::Poll) -> PollJson<'a> {
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

/// Every field of ROOM.CONFIG.
#[derive(Debug, Serialize)]
#[allow(missing_docs)]
pub struct ConfigJson<'a> {
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

impl<'a> ConfigJson<'a> {
    /// The room's settings.
    pub fn new(room: &'a Room) -> ConfigJson<'a> {
        let config = &room.config;
        ConfigJson {
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
