//! A room is the same after a load and on a replica.

use crate::settings::Settings;
use crate::simulator::saved::mix::{create, step, Step};
use crate::simulator::saved::server::{digest, digest_of, load, save, Server};
use proptest::prelude::*;

/// Up to `max` steps.
pub fn steps(max: usize) -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec(any::<Step>(), 1..max)
}

fn lived(mut server: Server, how: u8, life: &[Step]) -> Server {
    create(&mut server, how);
    for &next in life {
        step(&mut server, next);
    }
    server
}

/// The same server with its room saved and loaded.
fn reloaded(server: &Server) -> Server {
    let room = server.slot.as_deref().map(|room| Box::new(load(&save(room)).expect("a sound room")));
    Server { slot: room, ..server.clone() }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_loaded_room_is_the_room(how in 0u8..4, life in steps(160), after in steps(80)) {
        let mut server = lived(Server { slice: 2, ..Server::unlimited() }, how, &life);
        let mut copy = reloaded(&server);
        prop_assert_eq!(digest_of(&copy), digest_of(&server));
        prop_assert_eq!(save(copy.room()), save(server.room()));
        server.slot = server.slot.map(|room| Box::new(room.copy()));
        server.restart();
        copy.restart();
        for (theirs, ours) in copy.answers().iter().zip(server.answers()) {
            prop_assert_eq!(theirs, &ours);
        }
        for next in after {
            let (ours, theirs) = (step(&mut server, next), step(&mut copy, next));
            prop_assert_eq!(&theirs.reply, &ours.reply, "{:?}", next);
            prop_assert_eq!(&theirs.effect, &ours.effect, "{:?}", next);
            prop_assert_eq!(&theirs.frames, &ours.frames, "{:?}", next);
            prop_assert_eq!((theirs.notifications, theirs.expire), (ours.notifications, ours.expire));
            prop_assert_eq!(digest_of(&copy), digest_of(&server), "{:?}", next);
        }
        for (theirs, ours) in copy.answers().iter().zip(server.answers()) {
            prop_assert_eq!(theirs, &ours);
        }
    }

    #[test]
    fn a_replica_holds_the_room(how in 0u8..4, life in steps(200), syncs in 0usize..200) {
        let mut master = Server { slice: 2, ..Server::new(Settings::default()) };
        let mut replica = Server { serving: false, ..master.clone() };
        let made = create(&mut master, how);
        replica.replay(&made.effect);
        for (at, next) in life.into_iter().enumerate() {
            let turn = step(&mut master, next);
            if !turn.effect.is_empty() {
                replica.replay(&turn.effect);
            }
            if at == syncs {
                replica = reloaded(&replica);
            }
            prop_assert_eq!(digest_of(&replica), digest_of(&master), "{:?} {:?}", next, turn.reply);
        }
        // A promoted replica continues with the same room.
        replica.now = master.now;
        replica.serving = true;
        replica.generation = 9;
        let turn = replica.run(&["JOIN", "late"]);
        if !turn.effect.is_empty() {
            master.replay(&turn.effect);
        }
        prop_assert_eq!(digest_of(&replica), digest_of(&master));
    }
}

#[test]
fn a_large_room_is_saved_in_bounded_chunks() {
    let mut server = Server::unlimited();
    server.run(&["CREATE", "u0"]);
    for n in 0..5000 {
        server.run(&["JOIN", &format!("user-{n}"), "GATEWAY", if n % 2 == 0 { "g0" } else { "g1" }]);
        if n % 100 == 0 {
            server.now += 60;
            server.run(&["COMMENT", "-", &"long ".repeat(300)]);
        }
    }
    let chunks = save(server.room());
    assert!(chunks.iter().all(|chunk| chunk.len() < (256 << 10) + 3000));
    assert!(chunks.len() > 5);
    let mut copy = reloaded(&server);
    assert_eq!(digest_of(&copy), digest_of(&server));
    assert_eq!(copy.answers(), server.answers());
    // A listener takes its names and about 27 bytes.
    let users: usize = chunks.iter().filter(|chunk| chunk[0] == 2).map(Vec::len).sum();
    assert!(users / 5001 < 45, "{} bytes a listener", users / 5001);
}

#[test]
fn a_queue_of_hands_goes_on_after_a_load() {
    let mut server = Server::unlimited();
    server.run(&["CREATE", "u0", "SEATS", "100"]);
    server.run(&["JOIN", "u0"]);
    for n in 0..700 {
        server.run(&["JOIN", &format!("m{n}")]);
        server.run(&["RAISEHAND", &format!("m{n}")]);
        if n != 300 {
            server.run(&["LOWERHAND", &format!("m{}", n / 2)]);
        }
    }
    let mut copy = reloaded(&server);
    server.slot = server.slot.map(|room| Box::new(room.copy()));
    for line in
        [&["RAISEHAND", "m1"][..], &["NEXT", "u0"], &["HANDS", "-"], &["RAISEHAND", "m650"], &["NEXT", "-"]]
    {
        assert_eq!(copy.run(line).reply, server.run(line).reply, "{line:?}");
        assert_eq!(digest(copy.room()), digest(server.room()));
    }
}

#[test]
fn lowered_hands_and_dropped_gateways_that_wait_for_slices_are_saved() {
    let mut server = Server { slice: 2, ..Server::unlimited() };
    server.run(&["CREATE", "u0", "SEATS", "100"]);
    for n in 0..60 {
        let user = format!("m{n}");
        server.run(&["JOIN", &user, "GATEWAY", if n % 3 == 0 { "g0" } else { "g1" }]);
        server.run(&["RAISEHAND", &user]);
    }
    server.run(&["LOWERHAND", "-", "*"]);
    for n in 0..9 {
        server.run(&["RAISEHAND", &format!("m{n}")]);
    }
    server.run(&["LOWERHAND", "u0", "*"]);
    server.run(&["RAISEHAND", "m30"]);
    server.run(&["RAISEHAND", "m31"]);
    server.run(&["DROP", "g1"]);
    assert_eq!(server.room().hands.clears().len(), 2);
    assert!(!server.room().leases.retired.is_empty());
    let mut copy = reloaded(&server);
    server.slot = server.slot.map(|room| Box::new(room.copy()));
    for line in [
        &["NEXT", "u0"][..],
        &["RAISEHAND", "m8"],
        &["NEXT", "u0"],
        &["HANDS", "-"],
        &["EXPORT", "0"],
        &["LEAVE", "m9"],
    ] {
        assert_eq!(copy.run(line).reply, server.run(line).reply, "{line:?}");
        assert_eq!(digest(copy.room()), digest(server.room()));
    }
    while server.room().hands.cleared() > 0 {
        server.now += 50;
        copy.now += 50;
        assert_eq!(copy.tick().effect, server.tick().effect);
        assert_eq!(digest(copy.room()), digest(server.room()));
    }
    assert_eq!(copy.answers(), server.answers());
}

#[test]
fn what_is_local_is_not_digested() {
    let mut server = Server::new(Settings::default());
    server.run(&["CREATE", "u0"]);
    server.run(&["JOIN", "u1", "GATEWAY", "g0"]);
    server.now += 1000;
    server.tick();
    let before = digest_of(&server);
    server.run(&["BEAT", "g0"]);
    // The command fails and changes rates at most.
    server.run(&["POLLVOTE", "u1", "1", "0"]);
    server.run(&["RAISEHAND", "u1"]);
    let raised = digest_of(&server);
    assert_ne!(raised, before);
    server.run(&["RAISEHAND", "u1"]);
    assert_eq!(digest_of(&server), raised);
    let mut slot = server.slot.take().unwrap();
    slot.history = Default::default();
    slot.local = Default::default();
    assert_eq!(digest(&slot), raised.unwrap());
}

#[test]
fn a_broken_room_stays_broken() {
    let mut server = Server::new(Settings::default());
    server.run(&["CREATE", "u0"]);
    server.slot.as_mut().expect("a room").mark_broken();
    assert!(load(&save(server.room())).expect("a room").is_broken());
}
