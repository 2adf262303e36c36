//! Rooms and their cost while nobody acts.
use crate::support;
use crate::support::Server;
use std::time::Duration;

/// A deadline an hour away once made the server's event loop spin. On a slow machine the server gets less of the
/// processor and never more, so this test may pass wrongly but cannot fail wrongly.
#[test]
fn an_idle_room_costs_no_cpu() {
    let server = Server::start();
    let mut client = server.client();
    client.json("ROOM.CREATE r ada");
    client.json("ROOM.JOIN r ada");
    let before = server.cpu_seconds();
    std::thread::sleep(Duration::from_secs(2));
    let used = server.cpu_seconds() - before;
    assert!(used < 0.5, "{used} s of 2");
}

/// More than one slice of sessions is released though nobody touches the room.
#[test]
fn a_dropped_gateway_empties_a_quiet_room() {
    let server = Server::start();
    let mut client = server.client();
    client.json("ROOM.CREATE r -");
    for nth in 0..1500 {
        client.json(&["ROOM.JOIN", "r", &format!("u{nth}"), "GATEWAY", "g"]);
    }
    assert_eq!(client.int("ROOM.DROP r g"), 1500);
    support::wait_for("the last slice", || {
        (client.json("ROOM.STATE r -")["counts"]["present"] == 0).then_some(())
    });
}
