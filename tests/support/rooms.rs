//! Rooms with everything in them, and everything that can be read of a room.

use super::{Client, Json};
use std::collections::BTreeMap;

/// A read with more pages does not end.
const MOST_PAGES: usize = 10_000;

/// Makes a live room with a record of every kind. Needs a server without rate limits ([`super::Builder::unlimited`]).
/// The host is `ada`, the cohost `ben`, the speaker `cy`. `dan` has a hand up, `eve` has an open offer, `fay` was
/// kicked, `gus` is blocked, `hal` is shadow-blocked. The gateways are `g1` and `g2`.
#[track_caller]
pub fn lived_in(client: &mut Client, key: &str) {
    let mut json = |args: &[&str]| client.json(args);
    json(&["ROOM.CREATE", key, "ada", "TITLE", "Évening 🌙", "SEATS", "3", "META", r#"{"tags":["a",1.5]}"#]);
    for (nth, user) in ["ada", "ben", "cy", "dan", "eve", "fay", "gus", "hal"].iter().enumerate() {
        let gateway = if nth % 2 == 0 { "g1" } else { "g2" };
        let profile = format!(r#"{{"name":"{user} \"é\""}}"#);
        json(&[
            "ROOM.JOIN",
            key,
            user,
            "GATEWAY",
            gateway,
            "SESSION",
            &format!("s-{user}"),
            "PROFILE",
            &profile,
        ]);
    }
    json(&["ROOM.JOIN", key, "ada", "GATEWAY", "g2", "SESSION", "s-ada-phone"]);

    fill_stage(client, key);
    fill_comments(client, key);
    fill_polls(client, key);
    moderate(client, key);
    client.ok(&["ROOM.CONFIG", key, "ada", "slowmode", "2", "capacity", "50", "emojis", r#"["👏","🔥"]"#]);
}

/// Roles, hands, offers and microphones.
#[track_caller]
fn fill_stage(client: &mut Client, key: &str) {
    client.ok(&["ROOM.ROLE", key, "ada", "ben", "cohost"]);
    client.ok(&["ROOM.ROLE", key, "ada", "ida", "cohost"]);
    for user in ["cy", "dan", "eve"] {
        client.int(&["ROOM.RAISEHAND", key, user]);
    }
    assert_eq!(client.text(&["ROOM.NEXT", key, "ben", "TOKEN", "t-next"]), "cy");
    client.int(&["ROOM.LOWERHAND", key, "eve"]);
    assert_eq!(client.text(&["ROOM.OFFER", key, "ada", "eve", "FOR", "300"]), "offered");
    client.int(&["ROOM.UNMUTE", key, "ada"]);
    client.int(&["ROOM.UNMUTE", key, "cy"]);
}

/// Comments, pins and reactions.
#[track_caller]
fn fill_comments(client: &mut Client, key: &str) {
    // The last comment is a retry: the same token of the same user.
    for (user, id) in [("ada", 1), ("dan", 2), ("fay", 3), ("gus", 4), ("dan", 2)] {
        let text = format!("comment {id}\n\tof {user} 👋");
        assert_eq!(client.int(&["ROOM.COMMENT", key, user, &text, "TOKEN", "t"]), id);
    }
    assert_eq!(client.int(&["ROOM.COMMENT", key, "-", "from the house", "REPLY", "1"]), 5);
    client.int(&["ROOM.DELCOMMENT", key, "ben", "2"]);
    client.ok(&["ROOM.PIN", key, "ada", "1"]);
    client.ok(&["ROOM.PIN", key, "ada", "5"]);
    for user in ["dan", "eve", "fay"] {
        client.int(&["ROOM.REACT", key, user, "👏", "COUNT", "7"]);
    }
    client.int(&["ROOM.REACT", key, "cy", "🔥"]);
}

/// An open poll, a secret one and a closed one.
#[track_caller]
fn fill_polls(client: &mut Client, key: &str) {
    let plain = open_poll(client, key, &["MULTI", "2"]);
    client.int(&["ROOM.POLLVOTE", key, "dan", &plain, "0", "2"]);
    client.int(&["ROOM.POLLVOTE", key, "eve", &plain, "1"]);
    let secret = open_poll(client, key, &["SECRET", "FOR", "3600"]);
    client.int(&["ROOM.POLLVOTE", key, "cy", &secret, "1"]);
    let closed = open_poll(client, key, &["FINAL"]);
    client.int(&["ROOM.POLLVOTE", key, "fay", &closed, "2"]);
    client.json(&["ROOM.POLLCLOSE", key, "ada", &closed]);
}

/// Invitations, a kick, blocks, and a lost member.
#[track_caller]
fn moderate(client: &mut Client, key: &str) {
    client.int(&["ROOM.INVITE", key, "ada", "kim", "dan"]);
    client.int(&["ROOM.KICK", key, "ben", "fay", "REASON", "noise"]);
    client.ok(&["ROOM.BLOCK", key, "ada", "gus", "FOR", "3600", "CLEAR", "REASON", "spam 🚫"]);
    client.ok(&["ROOM.BLOCK", key, "ada", "hal", "SHADOW"]);
    client.ok(&["ROOM.BLOCK", key, "-", "never-came"]);
    client.int(&["ROOM.COMMENT", key, "hal", "nobody sees this"]);
    client.int(&["ROOM.REACT", key, "hal", "👏", "COUNT", "100"]);
    client.int(&["ROOM.LEAVE", key, "dan", "SESSION", "s-dan", "LOST"]);
}

#[track_caller]
fn open_poll(client: &mut Client, key: &str, options: &[&str]) -> String {
    let poll = ["ROOM.POLLOPEN", key, "ada", "Which?", "3", "one", "two", "drei 3️⃣"];
    client.int(&[&poll[..], options].concat()).to_string()
}

/// Makes a room of each state with one prefix: `live`, `ended`, `scheduled`, `cancelled`, and `private`. Returns the
/// keys.
#[track_caller]
pub fn of_every_state(client: &mut Client, prefix: &str, now_ms: u64) -> Vec<String> {
    let key = |state: &str| format!("{prefix}{state}");
    let at = (now_ms + 3_600_000).to_string();

    lived_in(client, &key("live"));
    lived_in(client, &key("ended"));
    client.json(&["ROOM.END", &key("ended"), "ada"]);
    for state in ["scheduled", "cancelled"] {
        client.json(&["ROOM.CREATE", &key(state), "ada", "AT", &at, "HOSTLOSS", "KEEP"]);
        client.int(&["ROOM.RSVP", &key(state), "dan", "YES"]);
        client.int(&["ROOM.RAISEHAND", &key(state), "eve"]);
        client.json(&["ROOM.JOIN", &key(state), "ada", "GATEWAY", "g1"]);
    }
    client.ok(&["ROOM.CANCEL", &key("cancelled"), "ada"]);
    client.json(&["ROOM.CREATE", &key("private"), "ada", "PRIVATE", "TITLE", "quiet"]);
    client.int(&["ROOM.INVITE", &key("private"), "ada", "dan", "eve"]);
    client.json(&["ROOM.JOIN", &key("private"), "dan"]);
    ["live", "ended", "scheduled", "cancelled", "private"].map(key).to_vec()
}

/// The server's clock, Unix ms.
#[track_caller]
pub fn now_ms(client: &mut Client) -> u64 {
    let time = client.cmd("TIME").texts();
    time[0].parse::<u64>().unwrap() * 1000 + time[1].parse::<u64>().unwrap() / 1000
}

/// All reads of a room, without fields that depend on the time. Two copies of a room give equal results on any server.
#[track_caller]
pub fn everything(client: &mut Client, key: &str) -> BTreeMap<String, Json> {
    let mut reads: Vec<Vec<&str>> = vec![
        vec!["ROOM.MEMBERS", key, "-", "COUNT", "1000"],
        vec!["ROOM.HANDS", key, "-"],
        vec!["ROOM.COMMENTS", key, "-", "COUNT", "500"],
        vec!["ROOM.POLLS", key, "-"],
        vec!["ROOM.BLOCKED", key, "-"],
        vec!["ROOM.INVITED", key, "-"],
        vec!["ROOM.SUMMARY", key, "-"],
        vec!["ROOM.SESSIONS", key, "g0"],
        vec!["ROOM.SESSIONS", key, "g1"],
        vec!["ROOM.SESSIONS", key, "g2"],
        vec!["ROOM.STATE", key, "-"],
    ];
    // Users of the rooms made here, and of [`super::traffic`].
    for user in ["ada", "dan", "hal", "u0", "u7"] {
        reads.push(vec!["ROOM.WHOIS", key, user, user]);
        reads.push(vec!["ROOM.COMMENTS", key, user]);
    }
    let mut found: BTreeMap<String, Json> = reads
        .iter()
        .map(|read| {
            let reply = client.cmd(read);
            // A private room refuses other users, on every server alike.
            let answer = reply.error().map_or_else(|| reply.json(), Json::from);
            (read.join(" "), timeless(answer))
        })
        .collect();
    let info = client.json(&["ROOM.INFO", key]);
    if info["state"] == "ended" || info["state"] == "cancelled" {
        found.insert("EXPORT".to_owned(), export(client, key).into());
    }
    found.insert("INFO".to_owned(), info);
    found
}

/// Compares two results of [`everything`], read by read.
#[track_caller]
pub fn assert_same(own: &BTreeMap<String, Json>, other: &BTreeMap<String, Json>) {
    for (read, answer) in own {
        assert_eq!(Some(answer), other.get(read), "{read}");
    }
    assert_eq!(own.len(), other.len());
}

/// Every line of an export, in small pages.
#[track_caller]
pub fn export(client: &mut Client, key: &str) -> Vec<Json> {
    export_pages(client, key, 7)
}

/// Every line of an export, in pages of `count`.
#[track_caller]
pub fn export_pages(client: &mut Client, key: &str, count: usize) -> Vec<Json> {
    let (mut lines, mut cursor) = (Vec::new(), "0".to_owned());
    for _ in 0..MOST_PAGES {
        let page = client.cmd(&["ROOM.EXPORT", key, &cursor, "COUNT", &count.to_string()]).list();
        let items = page[1].list();
        assert!(items.len() <= count, "a page holds at most COUNT lines");
        lines.extend(items.iter().map(super::Reply::json));
        cursor = page[0].text();
        if cursor == "0" {
            return lines;
        }
    }
    panic!("the export does not end");
}

/// Every key or card of ROOM.LIST, in pages of `count`, sorted: servers list rooms in different orders. For rooms that
/// do not change meanwhile, because each must be listed once.
#[track_caller]
pub fn listed(client: &mut Client, filters: &str, count: usize) -> Vec<String> {
    let (mut found, mut cursor) = (Vec::new(), "0".to_owned());
    for _ in 0..MOST_PAGES {
        let page = client.cmd(&format!("ROOM.LIST {filters} CURSOR {cursor} COUNT {count}")).list();
        let items = page[1].texts();
        assert!(items.len() <= count, "{} for {count}", items.len());
        found.extend(items);
        cursor = page[0].text();
        if cursor == "0" {
            found.sort();
            assert!(found.windows(2).all(|pair| pair[0] != pair[1]), "a room is listed twice: {found:?}");
            return found;
        }
    }
    panic!("the list does not end");
}

/// Every comment of a room by its id, from `read`, which sends a command.
#[track_caller]
pub fn comments(mut read: impl FnMut(&[&str]) -> Json, key: &str) -> BTreeMap<i64, Json> {
    let mut found: BTreeMap<i64, Json> = BTreeMap::new();
    loop {
        let mut command = vec!["ROOM.COMMENTS", key, "-", "COUNT", "500"];
        let oldest = found.keys().next().map(i64::to_string);
        if let Some(oldest) = &oldest {
            command.extend(["BEFORE", oldest]);
        }
        let page = read(&command)["comments"].as_array().expect("comments").clone();
        if page.is_empty() {
            return found;
        }
        found.extend(page.into_iter().map(|comment| (comment["id"].as_i64().unwrap(), comment)));
    }
}

/// `DEBUG DIGEST-VALUE` of an existing key.
#[track_caller]
pub fn digest(client: &mut Client, key: &str) -> String {
    let digest = client.cmd(&["DEBUG", "DIGEST-VALUE", key]).texts().remove(0);
    assert!(digest.chars().any(|digit| digit != '0'), "{key} has no digest");
    digest
}

/// Removes fields that depend on the time of the read.
fn timeless(mut answer: Json) -> Json {
    if let Some(fields) = answer.as_object_mut() {
        fields.remove("ms");
        fields.remove("duration_ms");
        // The wait until the next comment. It is local to a server, and it shrinks.
        fields.remove("comment_wait_ms");
    }
    answer
}
