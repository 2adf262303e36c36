//! A follower's picture of a room. It begins with STATE and then follows frames alone.

use serde_json::{json, Value};
use std::collections::BTreeSet;

/// The fields of STATE that no event carries.
const NOT_FOLLOWED: [&str; 3] = ["you", "ms", "ahead"];
/// How many comments STATE shows.
const COMMENTS: usize = 20;

#[derive(Clone, Debug)]
pub struct Picture {
    /// The expected STATE without the fields that no event carries.
    shown: Value,
    /// Its STATE showed changes that waited for their frame, and no frame of the same epoch came since.
    pub ahead: bool,
    members: BTreeSet<String>,
}

impl Picture {
    pub fn new(state: &Value, members: &[String]) -> Picture {
        Picture {
            shown: followed(state),
            ahead: state["ahead"] == true,
            members: members.iter().cloned().collect(),
        }
    }

    pub fn epoch(&self) -> &str {
        self.shown["epoch"].as_str().expect("an epoch")
    }

    pub fn seq(&self) -> u64 {
        number(&self.shown["seq"])
    }

    /// Takes a frame, published or from EVENTS. `members` reads MEMBERS again.
    #[track_caller]
    pub fn take(&mut self, frame: &Value, members: impl Fn() -> Vec<String>) {
        let (from, to) = (number(&frame["from"]), number(&frame["to"]));
        let known = self.seq();
        assert_eq!(frame["kind"], "events");
        assert!(from <= known + 1, "a gap: at {known}, {frame}");
        let mut before = from - 1;
        for event in frame["events"].as_array().expect("events") {
            let seq = number(&event["seq"]);
            assert!(seq > before && seq <= to, "out of order: {frame}");
            before = seq;
            if seq > known {
                self.apply(event, &members);
            }
        }
        for (user, profile) in frame["profiles"].as_object().expect("profiles") {
            self.shown["profiles"][user] = profile.clone();
        }
        self.ahead &= frame["epoch"] == self.shown["epoch"] && to <= known;
        self.shown["epoch"] = frame["epoch"].clone();
        self.shown["seq"] = json!(known.max(to));
    }

    fn apply(&mut self, event: &Value, members: &impl Fn() -> Vec<String>) {
        let set = |shown: &mut Value, fields: &[&str]| {
            for field in fields {
                shown[*field] = event[*field].clone();
            }
        };
        match event["type"].as_str().expect("a type") {
            "created" => {
                set(&mut self.shown, &["state", "host", "at_ms", "started_ms"]);
                self.settings(&event["settings"]);
            }
            "started" => set(&mut self.shown, &["state", "started_ms"]),
            "settings" => self.settings(&event["settings"]),
            "cancelled" => set(&mut self.shown, &["state", "ended_ms"]),
            "ended" => {
                for field in ["state", "ended_ms", "host"] {
                    self.shown[field] = event["summary"][field].clone();
                }
            }
            "audience" => self.audience(event, members),
            "stage" => self.on_stage(&event["member"]),
            "hands" => {
                self.shown["counts"]["hands"] = event["count"].clone();
                if !event["top"].is_null() {
                    self.shown["hands"] = event["top"].clone();
                }
            }
            "removed" => {
                self.members.remove(&name(&event["user"]));
            }
            "comment" => self.comment(event),
            "pinned" => self.pinned(&event["comment"]),
            "unpinned" => {
                let id = number(&event["id"]);
                self.unpin(id);
                self.each_comment(|c| (number(&c["id"]) == id).then(|| with(c, &[("pinned", json!(false))])));
            }
            "comment_deleted" => self.delete(|comment| comment["id"] == event["id"]),
            "comments_cleared" => self.delete(|comment| comment["user"] == event["user"]),
            "reactions" => {
                for (kind, total) in event["total"].as_object().expect("totals") {
                    self.shown["reactions"][kind] = total.clone();
                }
            }
            "poll" => self.poll(&event["poll"]),
            "rsvp" => self.shown["counts"]["interested"] = event["count"].clone(),
            "invited" => self.shown["counts"]["invited"] = event["count"].clone(),
            other => panic!("an event of type {other}"),
        }
    }

    fn audience(&mut self, event: &Value, members: &impl Fn() -> Vec<String>) {
        self.shown["counts"]["present"] = event["present"].clone();
        self.shown["counts"]["listeners"] = event["listeners"].clone();
        if event["partial"] == true {
            self.members = members().into_iter().collect();
            return;
        }
        let names = |field: &str| event[field].as_array().expect("names").iter().map(name);
        names("left_users").for_each(|user| {
            self.members.remove(&user);
        });
        self.members.extend(names("users"));
    }

    fn pinned(&mut self, comment: &Value) {
        let id = number(&comment["id"]);
        self.unpin(id);
        self.each_comment(|c| (number(&c["id"]) == id).then(|| comment.clone()));
        list(&mut self.shown["pins"]).insert(0, comment.clone());
    }

    fn poll(&mut self, poll: &Value) {
        let polls = list(&mut self.shown["polls"]);
        polls.retain(|other| other["id"] != poll["id"]);
        if poll["state"] == "open" {
            polls.push(poll.clone());
            polls.sort_by_key(|poll| poll["id"].as_u64());
        }
    }

    fn settings(&mut self, settings: &Value) {
        self.shown["settings"] = settings.clone();
        self.shown["title"] = settings["title"].clone();
        self.shown["private"] = settings["private"].clone();
        self.shown["at_ms"] = settings["at"].clone();
    }

    fn on_stage(&mut self, member: &Value) {
        if member["role"] == "host" {
            self.shown["host"] = member["user"].clone();
        } else if self.shown["host"] == member["user"] {
            self.shown["host"] = Value::Null;
        }
        let stage = list(&mut self.shown["stage"]);
        stage.retain(|other| other["user"] != member["user"]);
        if member["present"] == true && member["role"] != "listener" {
            stage.push(member.clone());
            let rank = |member: &Value| match member["role"].as_str() {
                Some("host") => 0,
                Some("cohost") => 1,
                _ => 2,
            };
            stage.sort_by_key(|member| (rank(member), number(&member["stage"])));
            if !member["profile"].is_null() {
                self.shown["profiles"][name(&member["user"])] = member["profile"].clone();
            }
        }
        self.shown["counts"]["speakers"] = json!(list(&mut self.shown["stage"]).len());
    }

    fn comment(&mut self, event: &Value) {
        self.shown["counts"]["comments"] = event["count"].clone();
        let comments = list(&mut self.shown["comments"]);
        comments.retain(|other| other["id"] != event["comment"]["id"]);
        comments.push(event["comment"].clone());
        comments.sort_by_key(|comment| std::cmp::Reverse(number(&comment["id"])));
        comments.truncate(COMMENTS);
    }

    fn unpin(&mut self, id: u64) {
        list(&mut self.shown["pins"]).retain(|comment| number(&comment["id"]) != id);
    }

    fn each_comment(&mut self, change: impl Fn(&Value) -> Option<Value>) {
        for comment in list(&mut self.shown["comments"]) {
            if let Some(changed) = change(comment) {
                *comment = changed;
            }
        }
    }

    fn delete(&mut self, meant: impl Fn(&Value) -> bool) {
        list(&mut self.shown["pins"]).retain(|comment| !meant(comment));
        let gone = [("text", json!("")), ("deleted", json!(true)), ("pinned", json!(false))];
        self.each_comment(|comment| meant(comment).then(|| with(comment, &gone)));
    }

    /// Asserts that the picture is this STATE, field by field.
    #[track_caller]
    pub fn assert_shows(&self, state: &Value, members: &[String]) {
        let (mut shown, mut expected) = (self.shown.clone(), followed(state));
        only_of_stage(&mut shown);
        only_of_stage(&mut expected);
        let fields =
            |value: &Value| value.as_object().expect("an object").keys().cloned().collect::<Vec<_>>();
        assert_eq!(fields(&shown), fields(&expected), "the fields of STATE");
        for (field, value) in expected.as_object().expect("an object") {
            assert_eq!(&shown[field], value, "a follower differs from STATE in {field}");
        }
        let members: BTreeSet<String> = members.iter().cloned().collect();
        assert_eq!(self.members, members, "a follower's members differ");
    }
}

fn followed(state: &Value) -> Value {
    let mut state = state.clone();
    let object = state.as_object_mut().expect("an object");
    NOT_FOLLOWED.iter().for_each(|field| drop(object.remove(*field)));
    state
}

/// Removes the profiles of users off stage. No event says when they change.
fn only_of_stage(state: &mut Value) {
    let stage: BTreeSet<String> =
        state["stage"].as_array().expect("a list").iter().map(|member| name(&member["user"])).collect();
    state["profiles"].as_object_mut().expect("profiles").retain(|user, _| stage.contains(user));
}

fn with(value: &Value, fields: &[(&str, Value)]) -> Value {
    let mut value = value.clone();
    for (field, new) in fields {
        value[*field] = new.clone();
    }
    value
}

fn list(value: &mut Value) -> &mut Vec<Value> {
    value.as_array_mut().expect("a list")
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("no number: {value}"))
}

fn name(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no name: {value}")).to_owned()
}
