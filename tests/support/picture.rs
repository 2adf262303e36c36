//! A gateway's picture of a room: from `ROOM.STATE`, then from events alone.

use super::Json;
use serde_json::Map;
use std::collections::BTreeMap;

/// The content of `ROOM.STATE` without `ms` and `you`.
///
/// Values in events are taken as they are. The rest follows from `docs/events.md`: `speakers` is the stage, `listeners` is
/// the members present without the stage, a deleted comment stays as a tombstone and leaves the pins, a closed poll
/// leaves the open ones, and the host is the last user with that role in an event. `docs/events.md` does not say whether
/// STATE of a room that is over shows its last members or nobody. Both are accepted, but for all members alike.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Picture {
    /// `room incarnation epoch state title host private at_ms started_ms`
    scalars: Map<String, Json>,
    settings: Map<String, Json>,
    present: i64,
    hands: i64,
    comment_count: i64,
    interested: i64,
    invited: i64,
    /// Users in order, the first 20.
    top: Vec<Json>,
    stage: BTreeMap<String, Json>,
    pins: BTreeMap<i64, Json>,
    comments: BTreeMap<i64, Json>,
    /// The id of the newest comment seen. A greater id is a new comment.
    last_comment: i64,
    polls: BTreeMap<i64, Json>,
    reactions: Map<String, Json>,
    profiles: BTreeMap<String, Json>,
}

const SCALARS: [&str; 9] =
    ["room", "incarnation", "epoch", "state", "title", "host", "private", "at_ms", "started_ms"];

/// The number of comments in STATE.
const COMMENTS: usize = 20;

impl Picture {
    /// The picture in a reply of `ROOM.STATE`.
    #[track_caller]
    pub fn new(state: &Json) -> Picture {
        let counts = &state["counts"];
        let comments = by_id(&state["comments"]);
        let mut picture = Picture {
            scalars: SCALARS.iter().map(|name| ((*name).to_owned(), state[*name].clone())).collect(),
            settings: object(&state["settings"]),
            present: number(&counts["present"]),
            hands: number(&counts["hands"]),
            comment_count: number(&counts["comments"]),
            interested: number(&counts["interested"]),
            invited: number(&counts["invited"]),
            top: array(&state["hands"]).iter().map(|hand| hand["user"].clone()).collect(),
            stage: array(&state["stage"]).iter().map(|m| (string(&m["user"]), m.clone())).collect(),
            pins: by_id(&state["pins"]),
            last_comment: comments.keys().next_back().copied().unwrap_or(0),
            comments,
            polls: by_id(&state["polls"]),
            reactions: object(&state["reactions"]),
            profiles: BTreeMap::new(),
        };
        picture.meet(&state["profiles"]);
        picture
    }

    /// The room's state.
    pub fn state(&self) -> &str {
        self.scalars["state"].as_str().unwrap_or_default()
    }

    /// After a takeover the same room goes on in another epoch.
    pub fn set_epoch(&mut self, epoch: &str) {
        self.scalars.insert("epoch".to_owned(), epoch.into());
    }

    /// Takes the `profiles` of a frame.
    pub fn meet(&mut self, profiles: &Json) {
        for (user, profile) in profiles.as_object().into_iter().flatten() {
            self.profiles.insert(user.clone(), profile.clone());
        }
    }

    /// Applies an event. It states values after the change, so applying it twice has no further effect.
    #[track_caller]
    pub fn apply(&mut self, event: &Json) {
        match event["type"].as_str().unwrap_or_else(|| panic!("an event without type: {event}")) {
            "created" | "settings" => self.changed(event),
            "started" => {
                self.set_state("live");
                self.changed(event);
            }
            "cancelled" => {
                self.set_state("cancelled");
                self.changed(event);
            }
            "ended" => {
                self.set_state("ended");
                self.changed(event);
            }
            "audience" => self.present = number(&event["present"]),
            "stage" => {
                let members = array(&event["members"]);
                self.host_of(members);
                members.iter().for_each(|member| self.on_stage(member));
            }
            "hands" => {
                self.hands = number(&event["count"]);
                if let Some(top) = event["top"].as_array() {
                    self.top.clone_from(top);
                }
            }
            "comment" => self.comment(&event["comment"]),
            "pinned" => self.pin(&event["comment"]),
            "unpinned" => self.unpin(number(&event["id"])),
            "comment_deleted" => self.delete(number(&event["id"])),
            "comments_cleared" => self.clear(&event["user"]),
            "reactions" => {
                for (kind, total) in object(&event["total"]) {
                    self.reactions.insert(kind, total);
                }
            }
            "poll" => {
                let poll = &event["poll"];
                let id = number(&poll["id"]);
                if poll["state"] == "open" {
                    self.polls.insert(id, poll.clone());
                } else {
                    self.polls.remove(&id);
                }
            }
            "rsvp" => self.interested = number(&event["count"]),
            "invited" => self.invited = number(&event["count"]),
            // This event is for sockets. Changes of the room have events of their own.
            "removed" => {}
            unknown => panic!("an event that is not documented, {unknown}: {event}"),
        }
    }

    /// Takes the scalars and settings of an event. Some settings are also scalars of STATE.
    fn changed(&mut self, event: &Json) {
        for (name, value) in event["settings"].as_object().into_iter().flatten() {
            self.settings.insert(name.clone(), value.clone());
            let twin = match name.as_str() {
                "title" | "private" => name,
                "at" => "at_ms",
                _ => continue,
            };
            self.scalars.insert(twin.to_owned(), value.clone());
        }
        for name in SCALARS.iter().filter(|name| !["room", "epoch"].contains(*name)) {
            if let Some(value) = event.get(*name) {
                self.scalars.insert((*name).to_owned(), value.clone());
            }
        }
    }

    /// The same with nobody present.
    fn emptied(&self) -> Picture {
        Picture { present: 0, hands: 0, top: Vec::new(), stage: BTreeMap::new(), ..self.clone() }
    }

    /// The host is the user whose last role in an event is `host`.
    fn host_of(&mut self, members: &[Json]) {
        let host = self.scalars["host"].clone();
        if members.iter().any(|member| member["user"] == host && member["role"] != "host") {
            self.scalars.insert("host".to_owned(), Json::Null);
        }
        if let Some(member) = members.iter().find(|member| member["role"] == "host") {
            self.scalars.insert("host".to_owned(), member["user"].clone());
        }
    }

    fn set_state(&mut self, state: &str) {
        self.scalars.insert("state".to_owned(), state.into());
    }

    fn on_stage(&mut self, member: &Json) {
        let user = string(&member["user"]);
        let seated = member["role"] != "listener" && member["present"] == true;
        if member["profile"].is_object() {
            self.profiles.insert(user.clone(), member["profile"].clone());
        }
        if seated {
            self.stage.insert(user, member.clone());
        } else {
            self.stage.remove(&user);
        }
    }

    fn comment(&mut self, comment: &Json) {
        let id = number(&comment["id"]);
        if id > self.last_comment {
            self.last_comment = id;
            self.comment_count += 1;
        }
        self.comments.insert(id, comment.clone());
        while self.comments.len() > COMMENTS {
            self.comments.pop_first();
        }
    }

    fn pin(&mut self, comment: &Json) {
        let id = number(&comment["id"]);
        // A comment that was unpinned or deleted before the frame already shows it.
        let pinned = comment["pinned"] == true;
        if pinned {
            self.pins.insert(id, comment.clone());
        }
        if let Some(known) = self.comments.get_mut(&id) {
            known["pinned"] = pinned.into();
        }
    }

    /// Deletes all comments of a user.
    fn clear(&mut self, user: &Json) {
        let both = self.comments.iter().chain(&self.pins);
        let ids: Vec<i64> = both.filter(|(_, comment)| comment["user"] == *user).map(|(id, _)| *id).collect();
        ids.into_iter().for_each(|id| self.delete(id));
    }

    fn delete(&mut self, id: i64) {
        self.unpin(id);
        if let Some(known) = self.comments.get_mut(&id) {
            known["deleted"] = true.into();
            known["text"] = "".into();
        }
    }

    fn unpin(&mut self, id: i64) {
        self.pins.remove(&id);
        if let Some(known) = self.comments.get_mut(&id) {
            known["pinned"] = false.into();
        }
    }

    /// Every difference between this picture and a reply of `ROOM.STATE`, one per line.
    #[track_caller]
    pub fn differences(&self, state: &Json) -> Vec<String> {
        let over = ["ended", "cancelled"].contains(&self.state());
        if over && state["counts"]["present"] == 0 && self.present > 0 {
            return self.emptied().differences(state);
        }
        let mut found = Vec::new();
        let mut compare = |name: &str, own: Json, theirs: Json| {
            if own != theirs {
                found.push(format!("{name}\n    events: {own}\n    STATE:  {theirs}"));
            }
        };
        for (name, value) in &self.scalars {
            compare(name, value.clone(), state[name].clone());
        }
        compare("settings", self.settings.clone().into(), state["settings"].clone());

        let counts = &state["counts"];
        let own_counts = [
            ("present", self.present),
            ("listeners", self.present - self.stage.len() as i64),
            ("speakers", self.stage.len() as i64),
            ("hands", self.hands),
            ("comments", self.comment_count),
            ("interested", self.interested),
            ("invited", self.invited),
        ];
        for (name, own) in own_counts {
            compare(&format!("counts.{name}"), own.into(), counts[name].clone());
        }

        let hands: Vec<Json> = array(&state["hands"]).iter().map(|hand| hand["user"].clone()).collect();
        compare("hands (users in order)", self.top.clone().into(), hands.into());
        let stage = array(&state["stage"]).iter().map(|m| (string(&m["user"]), m.clone())).collect();
        each(&mut compare, "stage", &self.stage, &stage);
        each(&mut compare, "pins", &self.pins, &by_id(&state["pins"]));
        each(&mut compare, "comments", &self.comments, &by_id(&state["comments"]));
        each(&mut compare, "polls", &self.polls, &by_id(&state["polls"]));
        compare("reactions", self.reactions.clone().into(), state["reactions"].clone());
        // The picture knows every profile it has seen. STATE shows only those of users it names.
        for (user, profile) in state["profiles"].as_object().into_iter().flatten() {
            compare(&format!("profiles.{user}"), self.profiles.get(user).into_json(), profile.clone());
        }
        found
    }
}

/// Compares two maps entry by entry, so that a difference names the entry.
fn each<K: Ord + std::fmt::Display>(
    compare: &mut impl FnMut(&str, Json, Json),
    name: &str,
    own: &BTreeMap<K, Json>,
    theirs: &BTreeMap<K, Json>,
) {
    for (key, value) in own {
        compare(&format!("{name}[{key}]"), value.clone(), theirs.get(key).into_json());
    }
    for (key, value) in theirs.iter().filter(|(key, _)| !own.contains_key(key)) {
        compare(&format!("{name}[{key}]"), Json::Null, value.clone());
    }
}

trait IntoJson {
    fn into_json(self) -> Json;
}

impl IntoJson for Option<&Json> {
    /// Null for a missing value.
    fn into_json(self) -> Json {
        self.cloned().unwrap_or(Json::Null)
    }
}

#[track_caller]
fn by_id(list: &Json) -> BTreeMap<i64, Json> {
    array(list).iter().map(|item| (number(&item["id"]), item.clone())).collect()
}

#[track_caller]
fn array(value: &Json) -> &Vec<Json> {
    value.as_array().unwrap_or_else(|| panic!("expected an array: {value}"))
}

#[track_caller]
fn object(value: &Json) -> Map<String, Json> {
    value.as_object().cloned().unwrap_or_else(|| panic!("expected an object: {value}"))
}

#[track_caller]
fn number(value: &Json) -> i64 {
    value.as_i64().unwrap_or_else(|| panic!("expected a whole number: {value}"))
}

#[track_caller]
fn string(value: &Json) -> String {
    value.as_str().map(str::to_owned).unwrap_or_else(|| panic!("expected a string: {value}"))
}
