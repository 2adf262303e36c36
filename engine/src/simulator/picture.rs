//! A follower's picture of a room. It begins with STATE and then follows frames alone.

use serde_json::{json, Value};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Debug)]
pub struct Picture {
    pub epoch: Value,
    pub seq: u64,
    /// The expected STATE without the fields that no event carries: `ms`, `profiles` and the times of hands.
    shown: Value,
    /// The stage by user. No event carries the order of entry.
    stage: BTreeMap<String, Value>,
    members: BTreeSet<String>,
    last_comment: u64,
}

impl Picture {
    pub fn new(state: &Value, members: &[String]) -> Picture {
        let last = state["comments"].as_array().expect("a list").first().map_or(0, |c| number(&c["id"]));
        let stage = state["stage"].as_array().expect("a list").iter();
        Picture {
            epoch: state["epoch"].clone(),
            seq: number(&state["seq"]),
            shown: reduced(state),
            stage: stage.map(|member| (name(&member["user"]), member.clone())).collect(),
            members: members.iter().cloned().collect(),
            last_comment: last,
        }
    }

    /// Takes a frame, published or from EVENTS. `members` reads MEMBERS again.
    #[track_caller]
    pub fn take(&mut self, frame: &Value, members: impl Fn() -> Vec<String>) {
        let (from, to) = (number(&frame["from"]), number(&frame["to"]));
        assert!(from <= self.seq + 1, "a gap: at {}, {frame}", self.seq);
        let mut before = from - 1;
        for event in frame["events"].as_array().expect("events") {
            let seq = number(&event["seq"]);
            assert!(seq > before && seq <= to, "out of order: {frame}");
            before = seq;
            if seq > self.seq {
                self.apply(event, &members);
            }
        }
        self.epoch = frame["epoch"].clone();
        self.seq = self.seq.max(to);
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
            "stage" => event["members"].as_array().expect("members").iter().for_each(|m| self.on_stage(m)),
            "hands" => {
                self.shown["counts"]["hands"] = event["count"].clone();
                if !event["top"].is_null() {
                    self.shown["hands"] = event["top"].clone();
                }
            }
            "removed" => {
                self.members.remove(&name(&event["user"]));
            }
            "comment" => self.comment(&event["comment"]),
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
        list(&mut self.shown["pins"]).push(comment.clone());
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
        let user = name(&member["user"]);
        if member["role"] == "host" {
            self.shown["host"] = member["user"].clone();
        } else if self.shown["host"] == member["user"] {
            self.shown["host"] = Value::Null;
        }
        if member["present"] == true && member["role"] != "listener" {
            self.stage.insert(user, member.clone());
        } else {
            self.stage.remove(&user);
        }
    }

    fn comment(&mut self, comment: &Value) {
        let id = number(&comment["id"]);
        if id <= self.last_comment {
            return;
        }
        self.last_comment = id;
        self.shown["counts"]["comments"] = json!(number(&self.shown["counts"]["comments"]) + 1);
        let comments = list(&mut self.shown["comments"]);
        comments.insert(0, comment.clone());
        comments.truncate(20);
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

    #[track_caller]
    pub fn assert_shows(&self, state: &Value, members: &[String]) {
        let mut shown = self.shown.clone();
        shown["epoch"] = self.epoch.clone();
        shown["seq"] = json!(self.seq);
        shown["counts"]["speakers"] = json!(self.stage.len());
        let expected = reduced(state);
        for (field, value) in expected.as_object().expect("an object") {
            assert_eq!(&shown[field], value, "a follower differs from STATE in {field}");
        }
        let stage: BTreeMap<String, Value> = state["stage"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|member| (name(&member["user"]), member.clone()))
            .collect();
        assert_eq!(self.stage, stage, "a follower's stage differs");
        let members: BTreeSet<String> = members.iter().cloned().collect();
        assert_eq!(self.members, members, "a follower's members differ");
    }
}

fn reduced(state: &Value) -> Value {
    let mut state = state.clone();
    let object = state.as_object_mut().expect("an object");
    for field in ["ms", "profiles", "you", "stage"] {
        object.remove(field);
    }
    let hands = state["hands"].as_array().expect("a list").iter().map(|hand| hand["user"].clone());
    state["hands"] = hands.collect();
    state
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
