//! A gateway's picture of a room: from `ROOM.STATE`, then from frames alone.

use super::Json;
use serde_json::Map;
use std::cmp::Reverse;
use std::collections::BTreeSet;

/// The reply of `ROOM.STATE`, kept up to date by a pure reducer over frames.
///
/// Values in events are taken as they are. The rest follows from `docs/events.md`: `speakers` is the stage, a deleted
/// comment stays as a tombstone and leaves the pins, a closed poll leaves the open ones, and the host is the last user
/// with that role in an event.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Picture {
    fields: Map<String, Json>,
}

/// The fields of STATE that no event carries.
const NOT_FOLLOWED: [&str; 3] = ["you", "ms", "ahead"];

/// The number of comments in STATE.
const COMMENTS: usize = 20;

impl Picture {
    /// The picture in a reply of `ROOM.STATE`.
    #[track_caller]
    pub fn new(state: &Json) -> Picture {
        Picture { fields: object(state) }
    }

    /// After a takeover the same room goes on in another epoch.
    pub fn set_epoch(&mut self, epoch: &str) {
        self.set("epoch", epoch.into());
    }

    /// Takes a frame, published or from EVENTS. A value in an event is the value after the change, so taking a frame
    /// twice has no further effect.
    #[track_caller]
    pub fn take(&mut self, frame: &Json) {
        array(&frame["events"]).iter().for_each(|event| self.apply(event));
        for (user, profile) in object(&frame["profiles"]) {
            self.set_in("profiles", &user, profile);
        }
        self.set("seq", frame["to"].clone());
    }

    #[track_caller]
    fn apply(&mut self, event: &Json) {
        match event["type"].as_str().unwrap_or_else(|| panic!("an event without type: {event}")) {
            "created" => {
                self.take_fields(event, &["state", "host", "at_ms", "started_ms"]);
                self.settings(&event["settings"]);
            }
            "started" => self.take_fields(event, &["state", "started_ms"]),
            "settings" => self.settings(&event["settings"]),
            "cancelled" => self.take_fields(event, &["state", "ended_ms"]),
            "ended" => self.take_fields(&event["summary"], &["state", "host", "ended_ms"]),
            "audience" => {
                self.set_in("counts", "present", event["present"].clone());
                self.set_in("counts", "listeners", event["listeners"].clone());
            }
            "stage" => self.on_stage(&event["member"]),
            "hands" => {
                self.set_in("counts", "hands", event["count"].clone());
                if let Some(top) = event.get("top") {
                    self.set("hands", top.clone());
                }
            }
            "comment" => self.comment(event),
            "pinned" => self.pin(&event["comment"]),
            "unpinned" => self.unpin(&event["id"]),
            "comment_deleted" => self.delete(|comment| comment["id"] == event["id"]),
            "comments_cleared" => self.delete(|comment| comment["user"] == event["user"]),
            "reactions" => {
                for (kind, total) in object(&event["total"]) {
                    self.set_in("reactions", &kind, total);
                }
            }
            "poll" => self.poll(&event["poll"]),
            "rsvp" => self.set_in("counts", "interested", event["count"].clone()),
            "invited" => self.set_in("counts", "invited", event["count"].clone()),
            // This event is for sockets. Changes of the room have events of their own.
            "removed" => {}
            unknown => panic!("an event that is not documented, {unknown}: {event}"),
        }
    }

    fn set(&mut self, field: &str, value: Json) {
        self.fields.insert(field.to_owned(), value);
    }

    fn set_in(&mut self, field: &str, name: &str, value: Json) {
        self.fields[field][name] = value;
    }

    fn list(&mut self, field: &str) -> &mut Vec<Json> {
        self.fields[field].as_array_mut().unwrap_or_else(|| panic!("{field} is a list"))
    }

    fn take_fields(&mut self, from: &Json, fields: &[&str]) {
        fields.iter().for_each(|field| self.set(field, from[*field].clone()));
    }

    /// Some settings are also fields of STATE.
    fn settings(&mut self, settings: &Json) {
        self.set("settings", settings.clone());
        for (field, setting) in [("title", "title"), ("private", "private"), ("at_ms", "at")] {
            self.set(field, settings[setting].clone());
        }
    }

    fn on_stage(&mut self, member: &Json) {
        let user = &member["user"];
        if member["role"] == "host" {
            self.set("host", user.clone());
        } else if self.fields["host"] == *user {
            self.set("host", Json::Null);
        }
        let stage = self.list("stage");
        stage.retain(|other| other["user"] != *user);
        if member["role"] != "listener" && member["present"] == true {
            stage.push(member.clone());
            let rank = |member: &Json| match member["role"].as_str() {
                Some("host") => 0,
                Some("cohost") => 1,
                _ => 2,
            };
            stage.sort_by_key(|member| (rank(member), number(&member["stage"])));
            if member["profile"].is_object() {
                self.set_in("profiles", &string(user), member["profile"].clone());
            }
        }
        let speakers = self.list("stage").len();
        self.set_in("counts", "speakers", speakers.into());
    }

    fn comment(&mut self, event: &Json) {
        let comment = &event["comment"];
        self.set_in("counts", "comments", event["count"].clone());
        let comments = self.list("comments");
        comments.retain(|other| other["id"] != comment["id"]);
        comments.push(comment.clone());
        comments.sort_by_key(|comment| Reverse(number(&comment["id"])));
        comments.truncate(COMMENTS);
    }

    fn pin(&mut self, comment: &Json) {
        let pins = self.list("pins");
        pins.retain(|other| other["id"] != comment["id"]);
        // A comment that was deleted later shows it in EVENTS.
        if comment["pinned"] == true {
            pins.insert(0, comment.clone());
        }
        let known = self.list("comments").iter_mut().find(|known| known["id"] == comment["id"]);
        if let Some(known) = known {
            known.clone_from(comment);
        }
    }

    fn unpin(&mut self, id: &Json) {
        self.list("pins").retain(|comment| comment["id"] != *id);
        for known in self.list("comments").iter_mut().filter(|known| known["id"] == *id) {
            known["pinned"] = false.into();
        }
    }

    fn delete(&mut self, is_meant: impl Fn(&Json) -> bool) {
        self.list("pins").retain(|comment| !is_meant(comment));
        for known in self.list("comments").iter_mut().filter(|known| is_meant(known)) {
            known["pinned"] = false.into();
            known["deleted"] = true.into();
            known["text"] = "".into();
        }
    }

    fn poll(&mut self, poll: &Json) {
        let polls = self.list("polls");
        polls.retain(|other| other["id"] != poll["id"]);
        if poll["state"] == "open" {
            polls.push(poll.clone());
            polls.sort_by_key(|poll| number(&poll["id"]));
        }
    }

    /// Every difference between this picture and a reply of `ROOM.STATE`, one per line. No field is left out but those
    /// that no event carries, and the profiles of users off stage.
    #[track_caller]
    pub fn differences(&self, state: &Json) -> Vec<String> {
        let (own, theirs) = (followed(&self.fields), followed(&object(state)));
        let names: BTreeSet<&String> = own.keys().chain(theirs.keys()).collect();
        let differs = |name: &&String| own.get(*name) != theirs.get(*name);
        let line = |name: &String| {
            let shown = |side: &Map<String, Json>| side.get(name).cloned().unwrap_or(Json::Null);
            format!("{name}\n    events: {}\n    STATE:  {}", shown(&own), shown(&theirs))
        };
        names.into_iter().filter(differs).map(line).collect()
    }
}

/// The fields of STATE that events carry. The profile of a user off stage may change without an event.
#[track_caller]
fn followed(state: &Map<String, Json>) -> Map<String, Json> {
    let mut state = state.clone();
    NOT_FOLLOWED.iter().for_each(|field| drop(state.remove(*field)));
    let stage: BTreeSet<String> =
        array(&state["stage"]).iter().map(|member| string(&member["user"])).collect();
    let profiles = object(&state["profiles"]).into_iter().filter(|(user, _)| stage.contains(user));
    let profiles: Map<String, Json> = profiles.collect();
    state.insert("profiles".to_owned(), profiles.into());
    state
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
