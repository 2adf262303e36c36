//! A sentinel promotes a replica.

use super::writers::Safe;
use super::{assert_all_followed, comments, events, follow, kill_under_load, lively, move_to, open};
use crate::support::{deadline, wait_for, Client, Load, Server, Traffic, Value};
use std::time::{Duration, Instant};

/// Like `wait_for`, but longer, because sentinels are slow.
#[track_caller]
fn wait_patiently(what: &str, mut reached: impl FnMut() -> bool) {
    let start = Instant::now();
    while !reached() {
        assert!(start.elapsed() < 5 * deadline(), "waited for: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// INFO replication has this line. A sentinel that reconfigures a server closes its clients' connections.
fn replication_says(server: &Server, line: &str) -> bool {
    let info = Client::try_connect(server.port()).and_then(|mut client| client.try_cmd("INFO replication"));
    matches!(info, Ok(Value::BulkString(info)) if String::from_utf8_lossy(&info).lines().any(|own| own == line))
}

fn is_master(server: &Server) -> bool {
    replication_says(server, "role:master")
}

fn follows(server: &Server, master: &Server) -> bool {
    let port = format!("master_port:{}", master.port());
    ["role:slave", "master_link_status:up", &port].iter().all(|line| replication_says(server, line))
}

#[test]
fn sentinel_promotes_a_replica_and_the_old_master_comes_back() {
    let mut master = lively().start();
    let replicas = [0, 1].map(|_| lively().replica_of(&master).start());
    replicas.iter().for_each(|replica| replica.wait_in_sync(&master));
    let sentinel = Server::with()
        .without_module()
        .set("sentinel", format!("monitor rooms 127.0.0.1 {} 1", master.port()))
        // It pings once a second. A much shorter time makes it report servers as down that are up.
        .set("sentinel", "down-after-milliseconds rooms 4000")
        .set("sentinel", "failover-timeout rooms 10000")
        .arg("--sentinel")
        .start();
    wait_patiently("the sentinel knows the replicas", || {
        sentinel.cmd("SENTINEL REPLICAS rooms").list().len() == 2
    });
    let traffic = open(&master, 2);
    let mut followers = follow(&master);
    let epoch = followers[0].epoch().to_owned();
    let known = kill_under_load(&mut master, traffic, Safe::Acknowledged, &mut followers);

    wait_patiently("a replica is master", || replicas.iter().any(is_master));
    let place = replicas.iter().position(is_master).unwrap();
    let (new, other) = (&replicas[place], &replicas[1 - place]);
    move_to(new, &mut followers);
    assert_all_followed(&mut followers);

    // Not every acknowledged change was replicated. Each comment that exists has exactly one event.
    let mut client = new.client();
    let (there, received) = (comments(&mut client), events(&mut client, &epoch));
    let ids: Vec<i64> = received.iter().filter_map(|event| event["comment"]["id"].as_i64()).collect();
    assert_eq!(ids, there.keys().copied().collect::<Vec<_>>());
    assert!(known.iter().any(|known| known.comments.keys().any(|id| there.contains_key(id))));

    // The rooms go on. The other replica follows the new master, and later the old master does.
    let load = Load::start(new, 0, Traffic::new(6, &["a", "b"]).ending().plain(), 50_000);
    load.wait_for(200);
    wait_patiently("the other replica follows", || follows(other, new));
    wait_patiently("the sentinel has finished the failover", || {
        sentinel.cmd("SENTINEL MASTER rooms").map()["port"] == new.port().to_string()
    });
    master.start_again();
    wait_patiently("the old master follows", || follows(&master, new));
    load.wait_for(50);
    load.end();
    assert_all_followed(&mut followers);
    for replica in [other, &master] {
        wait_for("the replica holds the same", || {
            replica.wait_in_sync(new);
            // A deadline may fall due between two digests.
            let digests = [new, replica, new].map(|server| server.cmd("DEBUG DIGEST").text());
            digests.iter().all(|digest| *digest == digests[0]).then_some(())
        });
        let mut followers = follow(replica);
        assert_all_followed(&mut followers);
    }
}
