//! A random mix of commands. Its rooms are compared everywhere.

use super::{
    assert_replicas_same, assert_same, lively, open, rooms, save, traffic, Picture, Reader, DATABASES,
};
use crate::support::{wait_for, Load, Server, Traffic};

/// Steps between two comparisons.
const STEPS: usize = 2_000;

fn seeds() -> std::ops::Range<u64> {
    0..std::env::var("EXACT_SEEDS").map_or(2, |count| count.parse().expect("EXACT_SEEDS is a number"))
}

/// Runs a random mix in both databases.
#[track_caller]
fn mix(master: &Server, traffic: [Traffic; 2], steps: usize) -> [Traffic; 2] {
    let mut dbs = DATABASES.into_iter();
    let loads = traffic.map(|traffic| Load::start(master, dbs.next().unwrap(), traffic, steps / 2));
    loads.map(|load| {
        wait_for("all traffic is sent", || (load.sent() == steps / 2 || load.is_over()).then_some(()));
        load.end().1
    })
}

/// Runs `work` while writes to the master are paused, though changes wait and deadlines are due.
#[track_caller]
fn frozen(master: &Server, work: impl FnOnce(&Picture)) {
    master.cmd("CLIENT PAUSE 600000 WRITE").ok();
    let held = rooms(master);
    work(&held);
    assert_same("a paused master", &held, &rooms(master));
    master.cmd("CLIENT UNPAUSE").ok();
}

/// A copy and a restored dump of each room are identical to it, as long as nothing changes them.
#[track_caller]
fn assert_copies_same(master: &Server) {
    let script = "redis.call('COPY', KEYS[1], KEYS[2])
        redis.call('RESTORE', KEYS[3], ARGV[1], redis.call('DUMP', KEYS[1]), 'ABSTTL')";
    let mut client = master.client();
    for key in client.cmd("KEYS *").texts() {
        let expires = client.int(&["PEXPIRETIME", &key]).max(0).to_string();
        let (copied, restored) = (format!("{key}:copied"), format!("{key}:restored"));
        client.ok("MULTI");
        client.cmd(&["EVAL", script, "3", &key, &copied, &restored, &expires]).text();
        client.cmd(&["DEBUG", "DIGEST-VALUE", &key, &copied, &restored]).text();
        for name in [&key, &copied, &restored] {
            client.cmd(&["PEXPIRETIME", name]).text();
        }
        let seen = client.cmd("EXEC").list();
        let digests = seen[1].texts();
        assert!(digests.iter().all(|digest| *digest == digests[0]), "{key}: {digests:?}");
        assert!(seen[2..].iter().all(|time| time.value == seen[2].value), "{key}: {seen:?}");
    }
}

#[test]
fn rooms_after_a_random_mix_are_identical_everywhere() {
    for seed in seeds() {
        let what = |stage: &str| format!("seed {seed}, {stage}");
        let master = lively().aof(true).start();
        let replica = lively().replica_of(&master).start();
        let last = lively().replica_of(&replica).start();
        let (mut dump, mut aof) = (Reader::start(lively()), Reader::start(lively().aof(true)));
        replica.wait_in_sync(&master);
        last.wait_in_sync(&master);

        let mixes = [open(&master, 0, traffic(seed)), open(&master, 3, traffic(seed + 1_000_000))];
        let mixes = mix(&master, mixes, STEPS);
        assert_replicas_same(&what("streamed"), &master, &[&replica, &last]);
        frozen(&master, |held| {
            save(&master);
            assert_same(&what("dump"), held, &dump.load(&master, "dump.rdb"));
            assert_same(&what("AOF"), held, &aof.load(&master, "appendonlydir"));
            master.cmd("DEBUG RELOAD").ok();
            assert_same(&what("DEBUG RELOAD"), held, &rooms(&master));
        });
        // The master has taken over its rooms since.
        let mut mixes = mix(&master, mixes, STEPS / 2);
        assert_replicas_same(&what("after a reload"), &master, &[&replica, &last]);

        for preamble in ["no", "yes"] {
            master.config_set("aof-use-rdb-preamble", preamble);
            frozen(&master, |held| {
                master.rewrite_aof();
                assert_same(&what("rewritten AOF"), held, &aof.load(&master, "appendonlydir"));
            });
            mixes = mix(&master, mixes, STEPS / 4);
            frozen(&master, |held| {
                let loaded = aof.load(&master, "appendonlydir");
                assert_same(&what("rewritten AOF and what came after"), held, &loaded);
            });
        }
        assert_copies_same(&master);
        assert_replicas_same(&what("copies"), &master, &[&replica, &last]);

        // No gateway beats, so all members are lost in the end, by deadlines alone.
        wait_for("all rooms are empty", || (master.counter("members_present") == 0).then_some(()));
        assert_replicas_same(&what("deserted"), &master, &[&replica, &last]);
    }
}
