//! Deadlines go on at a server that takes over or comes back.

use super::lively;
use crate::support::rooms::{export, now_ms};
use crate::support::{wait_for, Builder, Client, Follower, Json, Server, Subscriber};

/// Seconds.
const LEASE: u64 = 3;

const GRACE: u64 = 3;

fn deadlines() -> Builder {
    lively().room("lease", LEASE).room("grace", GRACE)
}

/// Starts an offer, a block, a poll, a grace and a lease in the room `r`. Each ends by itself.
#[track_caller]
fn under_way(client: &mut Client) {
    client.json("ROOM.CREATE r ada HOSTLOSS KEEP");
    for (user, gateway) in [("ada", "beats"), ("ben", "beats"), ("cy", "silent"), ("dan", "beats")] {
        client.json(&format!("ROOM.JOIN r {user} GATEWAY {gateway} SESSION s-{user}"));
    }
    assert_eq!(client.text("ROOM.OFFER r ada ben FOR 4"), "offered");
    client.ok("ROOM.BLOCK r ada eve FOR 4");
    client.int("ROOM.POLLOPEN r ada Now? 2 yes no FOR 4");
    client.int("ROOM.POLLVOTE r cy 1 1");
    client.int("ROOM.LEAVE r dan SESSION s-dan LOST");
}

/// All of that ends at the server that came back or took over, after an outage longer than a lease.
#[track_caller]
fn assert_all_ends(server: &Server, back_ms: u64, mut follower: Follower) {
    follower.subscribe_again(server);
    let mut client = server.client();
    let member = |client: &mut Client, user: &str| client.json(&["ROOM.WHOIS", "r", user, user]);
    // The outage does not count: grace and lease run in full from the server's return.
    for (user, earliest) in [("dan", back_ms + GRACE * 1_000), ("cy", back_ms + (LEASE + GRACE) * 1_000)] {
        wait_for("a lost member, and a member of a silent gateway, are gone", || {
            client.cmd("ROOM.BEAT r beats").list();
            (member(&mut client, user)["present"] == false).then_some(())
        });
        assert!(now_ms(&mut client) >= earliest, "{user} is gone too early");
    }
    // Members whose gateway beats were never lost.
    for user in ["ada", "ben"] {
        let member = member(&mut client, user);
        assert_eq!((&member["present"], &member["lost"]), (&true.into(), &false.into()), "{user}");
    }
    // Deadlines with an absolute time are over.
    follower.wait_event("poll", |event| event["poll"]["state"] == "closed" && event["poll"]["voters"] == 1);
    assert_eq!(client.json("ROOM.BLOCKED r -")["blocked"], Json::Array(Vec::new()));
    client.json("ROOM.JOIN r eve");
    let record = export(&mut client, "r");
    let offer = record.iter().find(|line| line["kind"] == "offer").expect("the export has the offer");
    assert_eq!((&offer["user"], &offer["how"]), (&"ben".into(), &"expired".into()), "{offer}");
    follower.assert_matches_state();
}

/// Waits until the outage is longer than a lease, by this server's clock.
#[track_caller]
fn outage(client: &mut Client, since_ms: u64) {
    wait_for("the outage is longer than a lease", || {
        (now_ms(client) > since_ms + LEASE * 1_000 + 1_500).then_some(())
    });
}

#[test]
fn deadlines_go_on_at_the_new_master_and_an_outage_empties_no_room() {
    let mut master = deadlines().start();
    let replica = deadlines().replica_of(&master).start();
    let mut client = replica.client();
    under_way(&mut master.client());
    replica.wait_in_sync(&master);
    let mut follower = Follower::new(&master, "r");
    follower.assert_matches_state();
    let killed_ms = now_ms(&mut client);
    master.kill9();
    follower.lose_subscription();
    outage(&mut client, killed_ms);
    assert_eq!(client.room_info("r")["present"], "4");
    let frames = Subscriber::room(&replica, "r");
    let back_ms = now_ms(&mut client);
    replica.cmd("REPLICAOF NO ONE").ok();
    assert_all_ends(&replica, back_ms, follower);
    let expired = |frame: &Json| frame["event"]["state"] == "expired" && frame["users"][0] == "ben";
    frames.wait_direct("offer", expired);
}

#[test]
fn deadlines_go_on_after_a_restart_and_an_outage_empties_no_room() {
    let mut server = deadlines().aof(true).set("appendfsync", "always").start();
    let clock = Server::with().without_module().start();
    let mut clock = clock.client();
    under_way(&mut server.client());
    let mut follower = Follower::new(&server, "r");
    let killed_ms = now_ms(&mut clock);
    server.kill9();
    follower.lose_subscription();
    outage(&mut clock, killed_ms);
    let back_ms = now_ms(&mut clock);
    server.start_again();
    assert_all_ends(&server, back_ms, follower);
}
