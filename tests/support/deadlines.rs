//! Rooms with a deadline of every kind, and checks that a timer has settled them.

use super::rooms::{digest, listed, now_ms};
use super::{wait_for, Builder, Client, Json, Server};

/// A server for [`arm`] and [`wait_settled`]. The grace of a lost member is one second, all other settings are long.
pub fn with_short_grace() -> Builder {
    Server::with().unlimited().patient().room("grace", 1)
}

/// Makes a live room in which everything falls due within a second: a poll, an offer, a timed block, the grace of a
/// lost member, and the frame of a comment.
#[track_caller]
pub fn arm(client: &mut Client, key: &str) {
    client.json(&["ROOM.CREATE", key, "ada"]);
    for user in ["ada", "ben", "cy"] {
        client.json(&["ROOM.JOIN", key, user]);
    }
    rearm(client, key);
}

/// Arms a room again after [`wait_settled`].
#[track_caller]
pub fn rearm(client: &mut Client, key: &str) {
    client.json(&["ROOM.JOIN", key, "cy"]);
    client.int(&["ROOM.POLLOPEN", key, "ada", "Which?", "2", "a", "b", "FOR", "1"]);
    assert_eq!(client.text(&["ROOM.OFFER", key, "ada", "ben", "FOR", "1"]), "offered");
    client.ok(&["ROOM.BLOCK", key, "ada", "gus", "FOR", "1"]);
    client.int(&["ROOM.LEAVE", key, "cy", "LOST"]);
    client.int(&["ROOM.COMMENT", key, "ada", "the last"]);
}

/// Waits until everything is settled and published though nobody writes to the room. EVENTS shows only published
/// changes. All other reads show due deadlines as settled.
#[track_caller]
pub fn wait_settled(client: &mut Client, key: &str) {
    wait_for(&format!("{key}: everything due is settled by timer"), || {
        let state = client.json(&["ROOM.STATE", key, "-"]);
        let epoch = state["epoch"].as_str()?.to_owned();
        let received = client.json(&["ROOM.EVENTS", key, "-", &epoch, "0"]);
        let events = received["events"].as_array()?;
        let last = |kind: &str| events.iter().rev().find(|event| event["type"] == kind);
        let polls = client.json(&["ROOM.POLLS", key, "-"]);
        let poll = &last("poll")?["poll"];
        let closed = poll["state"] == "closed" && poll["id"] == polls.as_array()?.len();
        let gone = last("audience")?["present"] == 2;
        let published = last("comment")?["comment"]["id"] == state["counts"]["comments"];
        (closed && gone && published).then_some(())
    });
    let ben = client.json(&["ROOM.WHOIS", key, "ben", "ben"]);
    assert_eq!(ben["offer_until_ms"], 0, "{key}: {ben}");
    assert_eq!(client.json(&["ROOM.BLOCKED", key, "-"])["blocked"], Json::Array(Vec::new()), "{key}");
}

/// Waits until the server's clock has passed all deadlines that [`arm`] set before this call.
#[track_caller]
pub fn all_is_due(client: &mut Client) {
    let until = now_ms(client) + 1001;
    wait_for("everything is due", || (now_ms(client) > until).then_some(()));
}

/// Waits until exactly these rooms are on a master and its replica: listed, counted, and identical. Changes may be in
/// flight, due deadlines may not be settled yet, and a renamed room may be found only after a while.
#[track_caller]
pub fn assert_same_rooms(master: &Server, replica: &Server, rooms: &[(u32, String)]) {
    let mut wanted = rooms.to_vec();
    wanted.sort();
    for server in [master, replica] {
        wait_for(&format!("exactly these rooms exist: {wanted:?}"), || {
            let listed =
                |db| listed(&mut server.client_in(db), "", 100).into_iter().map(move |key| (db, key));
            let found: Vec<(u32, String)> = (0..4).flat_map(listed).collect();
            (found == wanted && server.counter("rooms_live") == wanted.len() as i64).then_some(())
        });
    }
    wait_for("nothing is due", || (master.counter("deadlines_due") == 0).then_some(()));
    replica.wait_in_sync(master);
    for (db, key) in rooms {
        let (mut own, mut other) = (master.client_in(*db), replica.client_in(*db));
        // A frame may go out between the two questions. A real difference stays.
        wait_for(&format!("{db}:{key} has the same DEBUG DIGEST-VALUE on both"), || {
            (digest(&mut own, key) == digest(&mut other, key)).then_some(())
        });
    }
}
