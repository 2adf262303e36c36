//! The lines that the ledger expects of an export, by id.

use super::book::{Book, Open, Person};
use crate::simulator::*;
use serde_json::{json, Value};
use std::collections::BTreeMap;

/// Lines of which the ledger says nothing: polls, and users whom the room knows although they did nothing.
pub fn is_optional(line: &Value) -> bool {
    let is_idle = |line: &Value| {
        ["joins", "hands", "comments", "reactions", "votes"].iter().all(|count| line[count] == 0)
            && line["role"] == "listener"
            && line["invited"] == false
            && line["interested"] == false
            && line["blocked"] == false
    };
    line["kind"] == "poll" || (line["kind"] == "member" && is_idle(line))
}

struct Lines(BTreeMap<String, Value>);

impl Lines {
    fn add(&mut self, kind: &str, id: impl std::fmt::Display, mut fields: Value) {
        fields["kind"] = kind.into();
        assert!(self.0.insert(format!("{kind}:{id}"), fields).is_none());
    }
}

pub fn expected(sim: &Sim, book: &Book) -> BTreeMap<String, Value> {
    let mut lines = Lines(BTreeMap::new());
    for (user, person) in &book.people {
        times(&mut lines, user, person, book.ended.as_ref().map(|ended| ended.0));
        reactions_and_votes(&mut lines, user, person, book);
        member(&mut lines, sim, user, person, book);
    }
    book.comments.iter().for_each(|(id, comment)| lines.add("comment", id, comment.clone()));
    (0..)
        .zip(&book.moderation)
        .for_each(|(nth, action): (u64, _)| lines.add("moderation", nth, action.clone()));
    for (ms, minute) in &book.minutes {
        // Kinds stand in the order of their first use in the room.
        let kinds = sim.at().reactions.kinds.iter().map(|kind| kind.name.to_string());
        let reactions: Vec<Value> = kinds
            .filter_map(|kind| Some(json!({ "reaction": kind, "count": minute.reactions.get(&kind)? })))
            .collect();
        let fields = json!({ "minute_ms": ms, "peak_present": minute.peak_present, "joins": minute.joins,
            "leaves": minute.leaves, "comments": minute.comments, "reactions": reactions });
        lines.add("timeline", ms, fields);
    }
    room(&mut lines, sim, book);
    lines.0
}

/// The closed times, and those that the end of the room closed.
fn times(lines: &mut Lines, user: &str, person: &Person, ended: Option<u64>) {
    let with_user = |mut fields: Value| {
        fields["user"] = user.into();
        fields
    };
    let mut add = |kind: &str, closed: &[Value], open: Option<Value>| {
        for (nth, fields) in (1u64..).zip(closed.iter().cloned().chain(open)) {
            lines.add(kind, format!("{nth}:{user}"), with_user(fields));
        }
    };
    let open = |open: &Option<Open>, line: &dyn Fn(&Open, u64) -> Value| -> Option<Value> {
        open.as_ref().zip(ended).map(|(open, ended)| line(open, ended))
    };
    let visit = |open: &Open, to_ms: u64| json!({ "from_ms": open.from_ms, "to_ms": to_ms, "how": "ended", "client": open.what });
    add("visit", &person.visits, open(&person.visit, &visit));
    let stage = |open: &Open, to_ms: u64| json!({ "role": open.what, "from_ms": open.from_ms, "to_ms": to_ms, "unmuted_ms": open.unmuted_until(to_ms) });
    add("stage", &person.stages, open(&person.stage, &stage));
    let host = |open: &Open, to_ms: u64| json!({ "from_ms": open.from_ms, "to_ms": to_ms });
    add("host", &person.hosts, open(&person.host, &host));
    let request = |open: &Open, to_ms: u64| {
        let by = open.what.as_deref().unwrap_or("");
        json!({ "from_ms": open.from_ms, "to_ms": to_ms, "how": "ended", "by": by })
    };
    add("hand", &person.hands, open(&person.hand, &request));
    add("offer", &person.offers, open(&person.offer, &request));
}

fn reactions_and_votes(lines: &mut Lines, user: &str, person: &Person, book: &Book) {
    for ((kind, shadow), count) in &person.reactions {
        let id = format!("{}{}:{kind}:{user}", if *shadow { "shadow:" } else { "" }, kind.len());
        lines.add(
            "reaction",
            id,
            json!({ "user": user, "reaction": kind, "count": count, "shadow": shadow }),
        );
    }
    for (poll, (options, ms)) in person.votes.iter().filter(|(poll, _)| !book.secret.contains(poll)) {
        let fields = json!({ "poll": poll, "user": user, "options": options, "ms": ms });
        lines.add("vote", format!("{poll}:{user}"), fields);
    }
}

fn length(fields: &Value) -> u64 {
    fields["to_ms"].as_u64().unwrap() - fields["from_ms"].as_u64().unwrap()
}

fn member(lines: &mut Lines, sim: &Sim, user: &str, person: &Person, book: &Book) {
    let until = book.ended.as_ref().map_or(sim.now, |ended| ended.0);
    let so_far = |open: &Option<Open>| open.as_ref().map_or(0, |open| until - open.from_ms);
    let unmuted = person.stages.iter().map(|stage| stage["unmuted_ms"].as_u64().unwrap()).sum::<u64>()
        + person.stage.as_ref().map_or(0, |stage| stage.unmuted_until(until));
    let role = sim.peek(&format!("WHOIS - {user}"))["role"].as_str().unwrap_or("listener").to_owned();
    let last_left_ms = match (&person.visit, &book.ended) {
        (None, _) => person.last_left_ms,
        (Some(_), Some((ended, _))) => *ended,
        (Some(_), None) => 0,
    };
    let fields = json!({
        "user": user,
        "role": role,
        "first_joined_ms": person.first_joined_ms,
        "last_left_ms": last_left_ms,
        "present_ms": person.visits.iter().map(length).sum::<u64>() + so_far(&person.visit),
        "stage_ms": person.stages.iter().map(length).sum::<u64>() + so_far(&person.stage),
        "unmuted_ms": unmuted,
        "joins": person.visits.len() + usize::from(person.visit.is_some()),
        "lost": person.lost,
        "comments": person.comments,
        "reactions": person.reactions.values().sum::<u64>(),
        "hands": person.hands.len() + usize::from(person.hand.is_some()),
        "hands_dropped": 0,
        "offers_dropped": 0,
        "visits_dropped": 0,
        "spans_dropped": 0,
        "votes": person.votes.len(),
        "invited": person.invited.is_some(),
        "invited_ms": person.invited.as_ref().map_or(0, |invited| invited.0),
        "invited_by": person.invited.as_ref().map(|invited| &invited.1),
        "interested": person.interested.is_some(),
        "interested_ms": person.interested.unwrap_or(0),
        "blocked": person.block.is_some(),
        "kind": "member",
    });
    if !is_optional(&fields) {
        lines.add("member", user, fields);
    }
}

fn room(lines: &mut Lines, sim: &Sim, book: &Book) {
    let summary = sim.peek("SUMMARY -");
    let settings = &sim.peek("STATE -")["settings"];
    let sum = |count: &dyn Fn(&Person) -> usize| book.people.values().map(count).sum::<usize>();
    let reasons = |action: &str| book.moderation.iter().filter(|entry| entry["action"] == action).count();
    let mut fields = json!({
        "seq": sim.peek("STATE -")["seq"],
        "creator": "h",
        "ended_by": book.ended.as_ref().and_then(|ended| ended.1.clone()),
        "ended_ms": book.ended.as_ref().map_or(0, |ended| ended.0),
        "unique_members": sum(&|person| usize::from(person.first_joined_ms > 0)),
        "peak_present": book.peak_present,
        "comments": book.comments.values().filter(|comment| comment["shadow"] == false).count(),
        "hands_raised": sum(&|person| person.hands.len() + usize::from(person.hand.is_some())),
        "speakers_total": sum(&|person| usize::from(person.stage.is_some() || !person.stages.is_empty())),
        "interested": sum(&|person| usize::from(person.interested.is_some())),
        "kicks": reasons("kick"),
        "blocks": reasons("block") + reasons("shadow_block"),
        "mutes": reasons("mute") + reasons("hold"),
        "moderation_dropped": 0,
        "comments_dropped": 0,
        "meta": settings["meta"].as_object().map(|meta| json!(meta).to_string()),
        "comments_on": settings["comments"],
        "reactions_on": settings["reactions"],
        "hands_on": settings["hands"],
    });
    for name in [
        "title",
        "host",
        "state",
        "created_ms",
        "at_ms",
        "started_ms",
        "duration_ms",
        "reactions_total",
        "invited",
    ] {
        fields[name] = summary[name].clone();
    }
    for name in ["private", "seats", "capacity", "hostloss", "slowmode", "emojis"] {
        fields[name] = settings[name].clone();
    }
    fields["first_at_ms"] = summary["at_ms"].clone();
    fields["end_reason"] = match (fields["state"].as_str().unwrap(), &book.ended) {
        (_, None) => Value::Null,
        ("cancelled", Some((_, None))) => "window".into(),
        (_, Some((_, Some(by)))) => (if by == "-" { "service" } else { "host" }).into(),
        (_, Some((_, None))) if summary["host"].is_null() => "empty".into(),
        (_, Some((_, None))) => sim.at().end_reason.unwrap().name().into(),
    };
    lines.add("room", 0, fields);
}
