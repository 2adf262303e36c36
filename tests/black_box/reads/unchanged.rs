//! A read changes nothing, on a master and on a replica.

use super::{prompt, users};
use crate::support::rooms::{assert_same, digest, everything, lived_in, now_ms, of_every_state};
use crate::support::{wait_for, Client, Server};

/// Every read of a room by several actors.
fn read_all(client: &mut Client, key: &str) {
    everything(client, key);
    let epoch = client.room_info(key)["epoch"].clone();
    for line in [format!("ROOM.EVENTS {key} - {epoch} 0"), format!("ROOM.STATE {key} dan")] {
        client.json(&line);
    }
    client.cmd(&["ROOM.EXPORT", key, "0"]).list();
    client.cmd("ROOM.LIST CARDS").list();
}

/// Traces of a change: digest, expiry, replication offset, changes to save.
fn traces(server: &Server, client: &mut Client) -> [String; 4] {
    [
        digest(client, "r"),
        client.int("PEXPIRETIME r").to_string(),
        server.info("replication")["master_repl_offset"].clone(),
        server.info("persistence")["rdb_changes_since_last_save"].clone(),
    ]
}

#[test]
fn reads_change_nothing_even_when_something_is_due() {
    let server =
        Server::with().prompt().patient().room("grace", 1).set("repl-ping-replica-period", 3600).start();
    let replica = Server::with().prompt().replica_of(&server).start();
    let mut client = server.client();
    lived_in(&mut client, "r");
    client.int("ROOM.POLLOPEN r ada q 2 a b FOR 1");
    client.ok("CLIENT PAUSE 60000 WRITE");
    replica.wait_in_sync(&server);
    let before = traces(&server, &mut client);
    let dan = client.json("ROOM.WHOIS r - dan");
    let mut copy = replica.client();
    let copied = digest(&mut copy, "r");
    wait_for("a read shows the poll closed", || {
        (client.json("ROOM.POLLS r -")[3]["state"] == "closed").then_some(())
    });
    // A grace does not go on during a pause, so the lost member stays.
    let state = client.json("ROOM.STATE r -");
    let shown = client.json("ROOM.MEMBERS r -");
    assert_eq!(client.json("ROOM.WHOIS r - dan"), dan);
    assert_eq!(users(&shown["members"]).contains(&"dan"), dan["present"] == true);
    assert_eq!(state["counts"]["present"], users(&shown["members"]).len());
    assert_eq!(client.room_info("r")["present"], state["counts"]["present"].to_string());
    assert_eq!(copy.json("ROOM.POLLS r -")[3]["state"], "closed");
    assert_eq!(copy.json("ROOM.WHOIS r - dan"), dan);
    read_all(&mut client, "r");
    read_all(&mut copy, "r");
    assert_eq!(traces(&server, &mut client), before);
    assert_eq!(digest(&mut copy, "r"), copied);
    client.ok("CLIENT UNPAUSE");
    // Then the timer settles it, and reads stay the same.
    wait_for("the timer settles", || (traces(&server, &mut client)[0] != before[0]).then_some(()));
    wait_for("the grace is over", || (client.json("ROOM.WHOIS r - dan")["present"] == false).then_some(()));
}

#[test]
fn a_replica_serves_the_same_reads_and_refuses_writes() {
    let server = prompt().start();
    let replica = Server::with().prompt().replica_of(&server).start();
    let mut client = server.client();
    let now = now_ms(&mut client);
    let keys = of_every_state(&mut client, "", now);
    replica.wait_in_sync(&server);
    let mut copy = replica.client();
    for key in &keys {
        assert_same(&everything(&mut client, key), &everything(&mut copy, key));
        assert_eq!(digest(&mut client, key), digest(&mut copy, key), "{key}");
        let epoch = client.room_info(key)["epoch"].clone();
        let events =
            |client: &mut Client| client.json(&["ROOM.EVENTS", key, "-", &epoch, "0"])["events"].clone();
        assert_eq!(events(&mut client), events(&mut copy), "{key}");
    }
    assert_eq!(copy.cmd("ROOM.LIST").list()[1].texts().len(), keys.len());
    for line in ["ROOM.COMMENT live ada x", "ROOM.BEAT live g1", "ROOM.PURGE ended", "ROOM.CREATE new ada"] {
        copy.err(line, "READONLY");
    }
}
