//! Settling ends. A room that settled for ever would block its server.

use crate::outbox::Reply;
use crate::simulator::saved::server::Server;

#[test]
fn a_room_whose_host_and_cohosts_are_lost_changes_hands_once_somebody_is_back() {
    let mut server = Server::unlimited();
    server.run(&["CREATE", "host"]);
    server.run(&["JOIN", "host"]);
    for cohost in ["a", "b"] {
        server.run(&["ROLE", "host", cohost, "cohost"]);
        server.run(&["JOIN", cohost]);
        server.run(&["LEAVE", cohost, "LOST"]);
    }
    server.settings.host_grace_ms = 1000;
    server.settings.grace_ms = 60_000;
    server.run(&["LEAVE", "host", "LOST"]);
    server.now += 1500;
    server.tick();
    assert_eq!(server.room().host, server.room().users.find("host"));
    server.run(&["JOIN", "b"]);
    assert_eq!(server.room().host, server.room().users.find("b"));
    server.settings.host_grace_ms = 0;
    let left = server.run(&["LEAVE", "b", "LOST"]);
    assert_eq!(left.reply, Ok(Reply::Int(0)));
    assert!(server.room().state().is_over(), "nobody is present or lost");
}
