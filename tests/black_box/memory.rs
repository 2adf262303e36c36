//! Rooms in memory: moved by active defragmentation, measured, freed.

use crate::support::rooms::{assert_same, digest, everything, lived_in};
use crate::support::{wait_for, Client, Server};

#[test]
fn active_defragmentation_moves_rooms_and_changes_nothing() {
    let server = Server::with().prompt().patient().start();
    let mut client = server.client();
    if let Some(refusal) = client.cmd("CONFIG SET activedefrag yes").error() {
        // Only a server with its own jemalloc can defragment.
        assert!(refusal.contains("cannot be enabled"), "{refusal}");
        return;
    }
    client.ok("CONFIG SET activedefrag no");
    let keys: Vec<String> = (0..200).map(|n| format!("r{n}")).collect();
    for key in &keys {
        lived_in(&mut client, key);
        client.ok(&["ROOM.CONFIG", key, "ada", "capacity", "0"]);
    }
    // The joins alternate between rooms, so that their allocations mix. The first room is larger than one slice of
    // defragmentation.
    for nth in 0..3000 {
        let (user, session) = (format!("member-{nth}"), format!("session-{nth}"));
        let rooms = &keys[..if nth < 100 { keys.len() } else { 1 }];
        let joins: Vec<_> = rooms.iter().map(|key| ["ROOM.JOIN", key, &user, "SESSION", &session]).collect();
        client.pipeline(&joins);
    }
    // Every second room goes and leaves half-empty pages.
    for pair in keys.chunks(2) {
        client.int(&["DEL", &pair[1]]);
    }
    let kept: Vec<&str> = keys.iter().step_by(2).map(String::as_str).collect();
    let before: Vec<_> =
        kept.iter().map(|key| (digest(&mut client, key), everything(&mut client, key))).collect();

    client.ok("CONFIG SET active-defrag-ignore-bytes 1 active-defrag-threshold-lower 1 active-defrag-max-scan-fields 1000");
    client.ok("CONFIG SET active-defrag-cycle-min 60 active-defrag-cycle-max 90 activedefrag yes");
    wait_for("rooms are moved", || {
        let hits: u64 = server.info("stats")["active_defrag_hits"].parse().unwrap();
        (hits > 5000).then_some(())
    });
    client.ok("CONFIG SET activedefrag no");
    for (key, (digest_before, reads)) in kept.iter().zip(before) {
        assert_same(&reads, &everything(&mut client, key));
        assert_eq!(digest(&mut client, key), digest_before, "{key}");
    }
    // The rooms go on, and are freed.
    for key in kept {
        client.json(&["ROOM.JOIN", key, "newcomer"]);
        assert_eq!(client.int(&["UNLINK", key]), 1);
    }
}

#[test]
fn a_large_room_is_freed_on_another_thread_and_leaves_nothing() {
    let server = Server::with().prompt().patient().start();
    let mut client = server.client();
    let used = |server: &Server| server.info("memory")["used_memory"].parse::<i64>().unwrap();
    let fill = |client: &mut Client| {
        lived_in(client, "r");
        client.ok("ROOM.CONFIG r ada capacity 0");
        let users: Vec<String> = (0..20_000).map(|nth| format!("member-{nth}")).collect();
        for part in users.chunks(1000) {
            client.pipeline(&part.iter().map(|user| ["ROOM.JOIN", "r", user]).collect::<Vec<_>>());
        }
    };
    // After the first round the server and the module have allocated everything that they keep.
    fill(&mut client);
    client.int("UNLINK r");
    wait_for("the room is freed", || {
        (server.info("memory")["lazyfree_pending_objects"] == "0").then_some(())
    });
    let before = used(&server);
    fill(&mut client);
    let room = used(&server) - before;
    assert!(room > 20_000 * 100, "a room of {room} bytes");
    let freed = |server: &Server| server.info("memory")["lazyfreed_objects"].parse::<i64>().unwrap();
    let freed_before = freed(&server);
    client.int("UNLINK r");
    wait_for("the room is freed on another thread", || (freed(&server) > freed_before).then_some(()));
    wait_for("its memory is freed", || (used(&server) - before < room / 50).then_some(()));
}
