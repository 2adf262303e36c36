//! Time in which the server does not serve, and expiries that an operator sets.

use crate::support::rooms::listed;
use crate::support::{wait_for, Server};
use std::process::Command;
use std::time::Duration;

/// Sends a signal to the server's process.
#[track_caller]
fn signal(server: &Server, name: &str) {
    let status = Command::new("kill").args([name, &server.pid().to_string()]).status().unwrap();
    assert!(status.success());
}

/// A gateway's members survive a time in which the server did not run, if the gateway beats afterwards. The lease is
/// longer than the test's own delays and shorter than the stop.
#[test]
fn a_stopped_server_drops_no_session_of_a_gateway_that_beats() {
    let server = Server::with().prompt().room("lease", 4).room("grace", 4).room("host-grace", 4).start();
    let mut client = server.client();
    client.json("ROOM.CREATE r ada HOSTLOSS END");
    for user in ["ada", "sam", "lea"] {
        client.json(&["ROOM.JOIN", "r", user, "GATEWAY", "g"]);
    }
    client.int("ROOM.LEAVE r lea LOST");
    signal(&server, "-STOP");
    std::thread::sleep(Duration::from_secs(6));
    signal(&server, "-CONT");
    // A read and the timer may come before the BEAT.
    let state = client.json("ROOM.STATE r -");
    assert_eq!((&state["counts"]["present"], &state["state"]), (&3.into(), &"live".into()));
    let beat = client.cmd("ROOM.BEAT r g").list();
    assert_eq!(beat[0].int(), 2, "both sessions are left");
    for user in ["ada", "sam", "lea"] {
        assert_eq!(client.json(&["ROOM.WHOIS", "r", "-", user])["present"], true, "{user}");
    }
    wait_for("the grace of lea is over", || {
        client.cmd("ROOM.BEAT r g").list();
        (client.json("ROOM.WHOIS r - lea")["present"] == false).then_some(())
    });
    assert_eq!(client.json("ROOM.WHOIS r - sam")["lost"], false);
}

#[test]
fn a_pause_drops_no_session_of_a_gateway_that_beats() {
    for mode in ["WRITE", "ALL"] {
        let server = Server::with().prompt().room("lease", 4).room("grace", 4).start();
        let (mut client, mut gateway) = (server.client(), server.client());
        client.json("ROOM.CREATE r ada");
        client.json("ROOM.JOIN r ada GATEWAY g");
        client.json("ROOM.JOIN r lea GATEWAY g");
        client.int("ROOM.LEAVE r lea LOST");
        client.ok(&["CLIENT", "PAUSE", "6000", mode]);
        // The server answers this BEAT when the pause is over.
        let beat = gateway.cmd("ROOM.BEAT r g").list();
        assert_eq!(beat[0].int(), 1);
        for (user, field) in [("ada", "present"), ("lea", "lost")] {
            assert_eq!(client.json(&["ROOM.WHOIS", "r", "-", user])[field], true, "{user}");
        }
        assert_eq!(client.json("ROOM.WHOIS r - ada")["lost"], false);
    }
}

#[test]
fn an_expiry_that_an_operator_set_stays() {
    let mut server = Server::with().prompt().room("ttl", 60).aof(true).start();
    let mut client = server.client();
    for (key, change, left) in [
        ("later", "EXPIRE later 100000", 60_000_000..=100_000_000),
        ("sooner", "EXPIRE sooner 3000", 1_000_000..=3_000_000),
        ("never", "PERSIST never", -1..=-1),
    ] {
        client.json(&["ROOM.CREATE", key, "ada"]);
        client.json(&["ROOM.JOIN", key, "ada"]);
        assert_eq!(client.int(change), 1);
        client.json(&["ROOM.JOIN", key, "lea"]);
        client.json(&["ROOM.END", key, "ada"]);
        let ttl = client.int(&["PTTL", key]);
        assert!(left.contains(&ttl), "{key}: {ttl}");
    }
    client.json("ROOM.CREATE own ada");
    client.json("ROOM.JOIN own ada");
    let before = client.int("PEXPIRETIME own");
    client.json("ROOM.END own ada");
    assert!(client.int("PEXPIRETIME own") >= before, "END starts the life of the key again");
    let expiries = ["later", "sooner", "never", "own"].map(|key| client.int(&["PEXPIRETIME", key]));
    server.restart();
    let mut client = server.client();
    assert_eq!(["later", "sooner", "never", "own"].map(|key| client.int(&["PEXPIRETIME", key])), expiries);
}

#[test]
fn list_refuses_a_cursor_of_another_process() {
    let mut server = Server::with().prompt().patient().aof(true).start();
    let mut client = server.client();
    for nth in 0..10 {
        client.json(&format!("ROOM.CREATE r{nth} ada"));
    }
    let cursor = client.cmd("ROOM.LIST COUNT 3").list()[0].text();
    assert_eq!(client.cmd(&format!("ROOM.LIST COUNT 3 CURSOR {cursor}")).list()[1].texts().len(), 3);
    server.restart();
    let mut client = server.client();
    client.err(&format!("ROOM.LIST COUNT 3 CURSOR {cursor}"), "INVALID");
    assert_eq!(listed(&mut client, "", 3).len(), 10);
}

/// A replica that lacks a room gets an effect with every command.
#[test]
fn a_replica_that_lacks_a_room_logs_once_a_minute() {
    let master = Server::with().prompt().start();
    let replica = Server::with().prompt().set("replica-read-only", "no").replica_of(&master).start();
    replica.wait_in_sync(&master);
    let mut client = master.client();
    client.json("ROOM.CREATE r ada");
    client.json("ROOM.JOIN r ada");
    replica.wait_in_sync(&master);
    assert_eq!(replica.client().int("DEL r"), 1);
    for nth in 0..50 {
        client.int(&format!("ROOM.COMMENT r ada {nth}"));
    }
    replica.wait_in_sync(&master);
    assert!(replica.counter("apply_failed") >= 50);
    let lines = replica.log().lines().filter(|line| line.contains("an effect ")).count();
    assert_eq!(lines, 1);
}
