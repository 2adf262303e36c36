//! The ledger. It is written from one look at the room to the next.

use super::seen::{Cause, Look, Seen};
use crate::simulator::*;
use serde_json::{json, Value};
use std::collections::{BTreeMap, BTreeSet};

/// A time that goes on, with what it is about.
#[derive(Clone, Debug)]
pub struct Open {
    pub from_ms: u64,
    /// Of a visit: the client. Of a time on stage: the role. Of an offer: who made it.
    pub what: Option<String>,
    /// Of a time on stage: how long the microphone was open until it was last closed.
    pub unmuted_ms: u64,
    /// When the microphone was opened; None: it is closed.
    pub unmuted_since: Option<u64>,
}

impl Open {
    fn at(from_ms: u64, what: Option<&str>) -> Open {
        Open { from_ms, what: what.map(str::to_owned), unmuted_ms: 0, unmuted_since: None }
    }

    pub fn unmuted_until(&self, until: u64) -> u64 {
        self.unmuted_ms + self.unmuted_since.map_or(0, |since| until - since)
    }
}

/// What happened to a user. Closed times are the fields of their lines.
#[derive(Clone, Debug, Default)]
pub struct Person {
    pub first_joined_ms: u64,
    pub last_left_ms: u64,
    pub lost: u64,
    pub visit: Option<Open>,
    pub visits: Vec<Value>,
    pub stage: Option<Open>,
    pub stages: Vec<Value>,
    pub host: Option<Open>,
    pub hosts: Vec<Value>,
    pub hand: Option<Open>,
    pub hands: Vec<Value>,
    pub offer: Option<Open>,
    pub offers: Vec<Value>,
    pub comments: u64,
    /// Counts by kind, and whether they were made under a shadow block.
    pub reactions: BTreeMap<(String, bool), u64>,
    /// The votes by poll: the options and when.
    pub votes: BTreeMap<u64, (Vec<u64>, u64)>,
    pub invited: Option<(u64, String)>,
    pub interested: Option<u64>,
    /// Until when a block holds (0: for good), and whether it is a shadow block.
    pub block: Option<(u64, bool)>,
}

impl Person {
    fn is_shadowed(&self, now: u64) -> bool {
        self.block.is_some_and(|(until_ms, shadow)| shadow && (until_ms == 0 || until_ms > now))
    }
}

#[derive(Clone, Debug, Default)]
pub struct Minute {
    pub peak_present: u64,
    pub joins: u64,
    pub leaves: u64,
    pub comments: u64,
    pub reactions: BTreeMap<String, u64>,
}

#[derive(Clone, Debug, Default)]
pub struct Book {
    last: Look,
    pub people: BTreeMap<&'static str, Person>,
    /// The fields of each comment.
    pub comments: BTreeMap<u64, Value>,
    pub secret: BTreeSet<u64>,
    pub moderation: Vec<Value>,
    pub minutes: BTreeMap<u64, Minute>,
    pub peak_present: u64,
    pub ended: Option<(u64, Option<String>)>,
}

impl Book {
    /// A ledger of a room that was just created.
    pub fn new(first: Look, now: u64) -> Book {
        let mut book = Book::default();
        for user in first.users.keys() {
            book.people.insert(user, Person::default());
        }
        book.people.get_mut("h").unwrap().host = Some(Open::at(now, None));
        Book { last: first, ..book }
    }

    /// The minute of `now`, begun with the members present before.
    fn minute(&mut self, now: u64) -> &mut Minute {
        let present = self.last.present;
        let begun = || Minute { peak_present: present, ..Minute::default() };
        self.minutes.entry(now - now % MINUTE).or_insert_with(begun)
    }

    pub fn write(&mut self, sim: &Sim, cause: &Cause) {
        if self.ended.is_some() {
            return;
        }
        let now = sim.now;
        let look = Look::of(sim);
        if cause.reply.is_some() {
            self.write_content(cause, now);
        }
        self.write_moderation(sim, cause, &look, now);
        let users: Vec<&'static str> = look.users.keys().copied().collect();
        for user in users {
            let (before, after) = (self.last.users[user].clone(), look.users[user].clone());
            self.write_presence(user, &before, &after, cause, now);
            let person = self.people.get_mut(user).unwrap();
            write_stage(person, &before, &after, now);
            write_requests(person, user, &before, &after, cause, now);
            write_invitation(person, &before, &after, cause, now);
        }
        self.peak_present = self.peak_present.max(look.present);
        if look.present > self.last.present {
            let minute = self.minute(now);
            minute.peak_present = minute.peak_present.max(look.present);
        }
        self.last = look;
        if sim.at().state().is_over() {
            let by = Some(cause.actor().to_owned()).filter(|by| !by.is_empty());
            self.ended = Some((now, by));
        }
    }

    fn write_presence(&mut self, user: &'static str, before: &Seen, after: &Seen, cause: &Cause, now: u64) {
        let person = self.people.get_mut(user).unwrap();
        if cause.is_lost() {
            person.lost += before.sessions.saturating_sub(after.sessions);
        }
        if before.present && !after.present {
            let visit = person.visit.take().unwrap();
            let (from_ms, client) = (visit.from_ms, visit.what);
            let how = cause.of_visit();
            person.visits.push(
                json!({ "user": user, "from_ms": from_ms, "to_ms": now, "how": how, "client": client }),
            );
            person.last_left_ms = now;
            self.minute(now).leaves += 1;
        } else if !before.present && after.present {
            assert_eq!(after.joined_ms, now, "{user} joined now");
            person.visit = Some(Open::at(now, cause.option("CLIENT")));
            if person.first_joined_ms == 0 {
                person.first_joined_ms = now;
            }
            self.minute(now).joins += 1;
        } else {
            assert_eq!(before.joined_ms, after.joined_ms, "{user} stays");
        }
    }

    /// Comments, reactions and votes: what their replies say.
    fn write_content(&mut self, cause: &Cause, now: u64) {
        let actor = cause.actor().to_owned();
        let shadow = self.people.get(&*actor).is_some_and(|person| person.is_shadowed(now));
        match &*cause.verb {
            "COMMENT" if !self.comments.contains_key(&cause.int()) => {
                let reply: u64 = cause.option("REPLY").map_or(0, |id| id.parse().unwrap());
                let comment = json!({ "comment_id": cause.int(), "user": actor, "ms": now, "text": cause.arg(1),
                    "reply": reply, "deleted": false, "deleted_by": null, "deleted_ms": 0, "pinned": false,
                    "shadow": shadow });
                self.comments.insert(cause.int(), comment);
                if let Some(person) = self.people.get_mut(&*actor) {
                    person.comments += 1;
                }
                if !shadow {
                    self.minute(now).comments += 1;
                }
            }
            "DELCOMMENT" if cause.int() == 1 => self.delete(cause.arg(1).parse().unwrap(), &actor, now),
            "PIN" => {
                let id = cause.arg(1).parse().unwrap();
                self.comments.get_mut(&id).unwrap()["pinned"] = true.into();
            }
            "REACT" => {
                let (kind, n) =
                    (cause.arg(1).to_owned(), cause.option("COUNT").map_or(1, |n| n.parse().unwrap()));
                let person = self.people.get_mut(&*actor).unwrap();
                *person.reactions.entry((kind.clone(), shadow)).or_default() += n;
                if !shadow {
                    *self.minute(now).reactions.entry(kind).or_default() += n;
                }
            }
            "POLLOPEN" if cause.has("SECRET") => drop(self.secret.insert(cause.int())),
            "POLLVOTE" => {
                let options: Vec<u64> =
                    cause.args[2..].iter().map(|option| option.parse().unwrap()).collect();
                let votes = &mut self.people.get_mut(&*actor).unwrap().votes;
                let vote = votes.entry(cause.arg(1).parse().unwrap()).or_insert((Vec::new(), now));
                // The same vote again changes nothing.
                if vote.0 != options {
                    *vote = (options, now);
                }
            }
            _ => {}
        }
    }

    fn delete(&mut self, id: u64, by: &str, now: u64) {
        let comment = self.comments.get_mut(&id).unwrap();
        (comment["deleted"], comment["text"]) = (true.into(), "".into());
        (comment["deleted_by"], comment["deleted_ms"]) = (by.into(), now.into());
    }

    /// What the staff did against users.
    fn write_moderation(&mut self, sim: &Sim, cause: &Cause, look: &Look, now: u64) {
        for person in self.people.values_mut() {
            person.block = person.block.filter(|&(until_ms, _)| until_ms == 0 || until_ms > now);
        }
        if cause.reply.is_none() {
            return;
        }
        let reason = cause.option("REASON").unwrap_or("").to_owned();
        let mut log = |action: &str, target: &str, until_ms: u64| {
            self.moderation
                .push(json!({ "ms": now, "actor": cause.actor(), "action": action, "target": target,
                "reason": reason, "until_ms": until_ms }));
        };
        match &*cause.verb {
            "KICK" if sim.notifications.contains(&"room.kick") => log("kick", cause.arg(1), 0),
            "UNBLOCK" if cause.int() == 1 => {
                log("unblock", cause.arg(1), 0);
                self.people.get_mut(cause.arg(1)).unwrap().block = None;
            }
            "BLOCK" => {
                let until_ms = cause.option("FOR").map_or(0, |s| now + 1000 * s.parse::<u64>().unwrap());
                let shadow = cause.has("SHADOW");
                log(if shadow { "shadow_block" } else { "block" }, cause.arg(1), until_ms);
                self.people.get_mut(cause.arg(1)).unwrap().block = Some((until_ms, shadow));
                if cause.has("CLEAR") {
                    let own =
                        |comment: &Value| comment["user"] == cause.arg(1) && comment["deleted"] == false;
                    let cleared: Vec<u64> =
                        self.comments.iter().filter(|(_, comment)| own(comment)).map(|(&id, _)| id).collect();
                    cleared.into_iter().for_each(|id| self.delete(id, cause.actor(), now));
                }
            }
            "MUTE" => {
                let is_closed = |before: &Seen, after: &Seen| {
                    before.stage > 0 && (before.muted, before.held) != (after.muted, after.held)
                };
                let seen = |user: &&'static str| (&self.last.users[user], &look.users[user]);
                let mut muted: Vec<&'static str> = look.users.keys().copied().collect();
                muted.retain(|user| *user != cause.actor() && is_closed(seen(user).0, seen(user).1));
                muted.sort_by_key(|user| self.last.users[user].stage);
                let action = if cause.has("HOLD") { "hold" } else { "mute" };
                muted.into_iter().for_each(|user| log(action, user, 0));
            }
            _ => {}
        }
    }
}

fn write_stage(person: &mut Person, before: &Seen, after: &Seen, now: u64) {
    let is_host = after.role == "host";
    match &person.host {
        Some(host) if !is_host => {
            person.hosts.push(json!({ "from_ms": host.from_ms, "to_ms": now }));
            person.host = None;
        }
        None if is_host => person.host = Some(Open::at(now, None)),
        _ => {}
    }
    let is_same = before.stage == after.stage;
    if !is_same || (after.stage > 0 && before.role != after.role) {
        if let Some(stage) = person.stage.take() {
            let unmuted_ms = stage.unmuted_until(now);
            person.stages.push(json!({ "role": stage.what, "from_ms": stage.from_ms, "to_ms": now,
                "unmuted_ms": unmuted_ms }));
        }
        if after.stage > 0 {
            person.stage = Some(Open::at(now, Some(&after.role)));
        }
    }
    let Some(stage) = &mut person.stage else { return };
    match stage.unmuted_since {
        None if !after.muted => stage.unmuted_since = Some(now),
        Some(since) if after.muted => {
            stage.unmuted_ms += now - since;
            stage.unmuted_since = None;
        }
        _ => {}
    }
}

fn write_requests(person: &mut Person, user: &str, before: &Seen, after: &Seen, cause: &Cause, now: u64) {
    let line = |open: Open, how: &str, by: &str| json!({ "user": user, "from_ms": open.from_ms, "to_ms": now, "how": how, "by": by });
    if before.hand && !after.hand {
        let hand = person.hand.take().unwrap();
        person.hands.push(line(hand, cause.of_hand(), cause.actor()));
    } else if after.hand && !before.hand {
        person.hand = Some(Open::at(now, None));
    }
    let is_made =
        cause.reply.is_some() && cause.verb == "OFFER" && cause.arg(1) == user && after.offer_until_ms > 0;
    if before.offer_until_ms > 0 && after.offer_until_ms == 0 {
        let offer = person.offer.take().unwrap();
        let by = offer.what.clone().unwrap();
        person.offers.push(line(offer, cause.of_offer(before.offer_until_ms, now), &by));
    } else if is_made {
        let offer = person.offer.get_or_insert_with(|| Open::at(now, None));
        offer.what = Some(cause.actor().to_owned());
    }
}

fn write_invitation(person: &mut Person, before: &Seen, after: &Seen, cause: &Cause, now: u64) {
    if before.invited != after.invited {
        person.invited = after.invited.then(|| (now, cause.actor().to_owned()));
    }
    if before.interested != after.interested {
        person.interested = after.interested.then_some(now);
    }
}
