//! A master dies under load, another server takes its place: what was acknowledged and replicated is there with its
//! event, whoever follows the room ends at its true state, and deadlines go on. The same for a server that is killed
//! and starts again.

use crate::support::load::send;
use crate::support::rooms::{digest, export, now_ms};
use crate::support::{
    self, wait_for, Builder, Client, Follower, Json, Load, Server, Subscriber, Traffic, Value,
};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Frames wait for their tick, deadlines fall due all the time, and every event of a test is held.
fn lively() -> Builder {
    let builder = Server::with().unlimited().room("tick", 10).room("history-bytes", 64 << 20);
    builder.room("lease", 2).room("grace", 1).room("host-grace", 1)
}

/// Every change is published with its command, and none comes by itself.
fn quiet() -> Builder {
    Server::with().prompt().patient()
}

/// What a writer knows to be in the room `r`.
#[derive(Clone, Debug, Default)]
struct Acknowledged {
    user: String,
    /// Its comments by their ids.
    comments: BTreeMap<i64, String>,
    /// Its vote, and whether its hand is up: as acknowledged last, or as asked for since.
    vote: [Option<i64>; 2],
    hand: [bool; 2],
    /// Its reactions: as acknowledged, and as asked for.
    reactions: [i64; 2],
}

/// A user that changes the room `r` until its server is gone.
struct Writer {
    done: Arc<AtomicUsize>,
    thread: JoinHandle<Acknowledged>,
}

/// How a writer knows that a change will not be lost.
#[derive(Clone, Copy, PartialEq)]
enum Safe {
    /// It was acknowledged.
    Acknowledged,
    /// Then WAIT told that a replica has it.
    Replicated,
}

impl Writer {
    fn start(server: &Server, user: &str, safe: Safe) -> Writer {
        let done = Arc::new(AtomicUsize::new(0));
        let (mut client, counted, user) = (server.client(), Arc::clone(&done), user.to_owned());
        let thread = std::thread::spawn(move || {
            let mut known = Acknowledged { user, ..Acknowledged::default() };
            // Bounded, should nobody kill the server.
            for nth in 0..20_000 {
                if known.change(&mut client, nth, safe).is_err() {
                    break;
                }
                counted.fetch_add(1, Ordering::Relaxed);
            }
            known
        });
        Writer { done, thread }
    }

    fn end(self) -> Acknowledged {
        self.thread.join().expect("the writer is answered as it should be")
    }
}

impl Acknowledged {
    /// The next change; `Err`: the server is gone.
    fn change(&mut self, client: &mut Client, nth: i64, safe: Safe) -> Result<(), redis::RedisError> {
        let (user, text, option) = (self.user.clone(), format!("{} {nth}", self.user), nth % 3);
        let hand = !self.hand[0];
        let verb = if hand { "ROOM.RAISEHAND" } else { "ROOM.LOWERHAND" };
        let command: Vec<&str> = match nth % 4 {
            0 => vec!["ROOM.COMMENT", "r", &user, &text],
            1 => vec!["ROOM.REACT", "r", &user, &user, "COUNT", "3"],
            2 => vec![verb, "r", &user],
            _ => vec!["ROOM.POLLVOTE", "r", &user, "1", ["0", "1", "2"][option as usize]],
        };
        match nth % 4 {
            1 => self.reactions[1] += 3,
            2 => self.hand[1] = hand,
            3 => self.vote[1] = Some(option),
            _ => {}
        }
        let number = |reply: Value| match reply {
            Value::Int(number) => number,
            other => panic!("{command:?}: {other:?}"),
        };
        let id = number(client.try_cmd(&command)?);
        if safe == Safe::Replicated && number(client.try_cmd("WAIT 1 0")?) < 1 {
            return Ok(());
        }
        match nth % 4 {
            0 => drop(self.comments.insert(id, text)),
            1 => self.reactions[0] = self.reactions[1],
            2 => self.hand[0] = hand,
            _ => self.vote[0] = Some(option),
        }
        Ok(())
    }

    /// All of it is in the room, and the events tell of it.
    #[track_caller]
    fn assert_there(&self, client: &mut Client, events: &[Json]) {
        let user = self.user.as_str();
        let comments = comments(client);
        for (id, text) in &self.comments {
            let kept = comments.get(id).unwrap_or_else(|| panic!("comment {id} of {user} is lost: {text}"));
            assert_eq!((&kept["user"], &kept["text"]), (&user.into(), &text.as_str().into()), "{id}");
            let told = events.iter().filter(|e| e["type"] == "comment" && e["comment"]["id"] == *id);
            let told: Vec<&Json> = told.map(|event| &event["comment"]["text"]).collect();
            assert_eq!(told, [text.as_str()], "the event of comment {id}");
        }
        let you = client.json(&["ROOM.WHOIS", "r", user, user]);
        let vote = you["votes"]["1"][0].as_i64();
        assert!(self.vote.contains(&vote), "{user} has voted {vote:?}: {:?}", self.vote);
        let hand = you["hand"].as_i64() > Some(0);
        assert!(self.hand.contains(&hand), "{user}'s hand is {hand}: {:?}", self.hand);
        let total = client.json("ROOM.STATE r -")["reactions"][user].as_i64().unwrap_or(0);
        assert!((self.reactions[0]..=self.reactions[1]).contains(&total), "{total}: {:?}", self.reactions);
        let told = events.iter().rfind(|e| e["type"] == "reactions").map(|e| e["total"][user].as_i64());
        assert!(told.flatten() >= Some(self.reactions[0]), "{told:?}: {:?}", self.reactions);
    }
}

/// Every comment of the room, by its id.
#[track_caller]
fn comments(client: &mut Client) -> BTreeMap<i64, Json> {
    let mut all: BTreeMap<i64, Json> = BTreeMap::new();
    loop {
        let mut page = vec!["ROOM.COMMENTS".to_owned(), "r".to_owned(), "-".to_owned()];
        page.extend(["COUNT".to_owned(), "500".to_owned()]);
        if let Some((first, _)) = all.first_key_value() {
            page.extend(["BEFORE".to_owned(), first.to_string()]);
        }
        let page = client.json(&page)["comments"].as_array().unwrap().clone();
        if page.is_empty() {
            return all;
        }
        all.extend(page.into_iter().map(|comment| (comment["id"].as_i64().unwrap(), comment)));
    }
}

/// Every event there was, as EVENTS tells it to whoever knew the epoch before.
#[track_caller]
fn events(client: &mut Client, epoch: &str) -> Vec<Json> {
    let frame = client.json(&["ROOM.EVENTS", "r", "-", epoch, "0"]);
    frame["events"].as_array().unwrap().clone()
}

const WRITERS: [&str; 3] = ["w1", "w2", "w3"];

/// The room `r`, in which the writers are, and rooms for random traffic: at so many replicas too.
#[track_caller]
fn open(master: &Server, replicas: i64) -> Traffic {
    let mut client = master.client();
    client.json("ROOM.CREATE r ada");
    client.json("ROOM.JOIN r ada");
    client.ok("ROOM.CONFIG r ada emojis []");
    WRITERS.iter().for_each(|user| drop(client.json(&["ROOM.JOIN", "r", user])));
    client.int("ROOM.POLLOPEN r ada Which? 3 a b c");
    let traffic = Traffic::new(5, &["a", "b"]).ending().plain();
    send(&mut client, &traffic.opening()).unwrap();
    assert!(client.int(&["WAIT", &replicas.to_string(), "0"]) >= replicas);
    traffic
}

/// Kills a server in the middle of a good deal of load; gives what it had acknowledged.
#[track_caller]
fn kill_under_load(
    master: &mut Server,
    traffic: Traffic,
    safe: Safe,
    followers: &mut [Follower],
) -> Vec<Acknowledged> {
    let load = Load::start(master, 0, traffic, 50_000);
    let writers = WRITERS.map(|user| Writer::start(master, user, safe));
    for writer in &writers {
        wait_for("much is acknowledged", || {
            followers.iter_mut().for_each(Follower::pump);
            (writer.done.load(Ordering::Relaxed) > 300).then_some(())
        });
    }
    assert!(!load.is_over());
    master.kill9();
    load.end();
    let known = writers.map(Writer::end).to_vec();
    assert!(known.iter().all(|known| known.comments.len() > 20), "{known:?}");
    known
}

/// What a follower of every room needs to be true after a failover.
#[track_caller]
fn assert_all_followed(followers: &mut [Follower]) {
    followers.iter_mut().for_each(Follower::assert_matches_state);
}

fn follow(server: &Server) -> Vec<Follower> {
    ["r", "a", "b"].iter().map(|key| Follower::new(server, key)).collect()
}

#[track_caller]
fn move_to(server: &Server, followers: &mut [Follower]) {
    for follower in followers {
        follower.lose_subscription();
        follower.subscribe_again(server);
    }
}

#[test]
fn what_was_replicated_outlives_its_master() {
    let mut master = lively().start();
    let replica = lively().replica_of(&master).start();
    let traffic = open(&master, 1);
    let (mut at_master, mut at_replica) = (follow(&master), follow(&replica));
    let epoch = at_master[0].epoch().to_owned();
    let known = kill_under_load(&mut master, traffic, Safe::Replicated, &mut at_master);
    let taken = at_replica[0].took_state;
    replica.cmd("REPLICAOF NO ONE").ok();

    move_to(&replica, &mut at_master);
    assert_all_followed(&mut at_master);
    assert_all_followed(&mut at_replica);
    let mut client = replica.client();
    let told = events(&mut client, &epoch);
    known.iter().for_each(|known| known.assert_there(&mut client, &told));

    // Its next change is another epoch's, and whoever followed the replica comes along by EVENTS alone.
    let before = at_replica[0].seq();
    client.int("ROOM.COMMENT r ada after");
    at_replica[0].wait_event("comment", |event| event["comment"]["text"] == "after");
    assert!(at_replica[0].seq() > before);
    assert_ne!(at_replica[0].epoch(), epoch);
    assert_eq!(at_replica[0].took_state, taken);
    assert_all_followed(&mut at_replica);
    at_master[0].wait_event("comment", |event| event["comment"]["text"] == "after");
    assert_all_followed(&mut at_master);
    client.err(&["ROOM.EVENTS", "r", "-", &epoch, &at_master[0].seq().to_string()], "RESYNC");
}

#[test]
fn what_was_acknowledged_outlives_a_kill_where_every_write_is_synced() {
    let mut server = lively().aof(true).set("appendfsync", "always").start();
    let traffic = open(&server, 0);
    let mut followers = follow(&server);
    let epoch = followers[0].epoch().to_owned();
    let known = kill_under_load(&mut server, traffic, Safe::Acknowledged, &mut followers);
    followers.iter_mut().for_each(Follower::lose_subscription);
    server.start_again();
    followers.iter_mut().for_each(|follower| follower.subscribe_again(&server));
    assert_all_followed(&mut followers);
    let mut client = server.client();
    let told = events(&mut client, &epoch);
    known.iter().for_each(|known| known.assert_there(&mut client, &told));
    client.int("ROOM.COMMENT r ada after");
    assert_all_followed(&mut followers);
    assert_ne!(followers[0].epoch(), epoch);
}

#[track_caller]
fn comment(client: &mut Client, text: &str, count: i64) {
    for nth in 0..count {
        client.int(&["ROOM.COMMENT", "r", "ada", &format!("{text} {nth}")]);
    }
}

/// A master with the room `r`, at which a follower is five events ahead of all that the replica has.
#[track_caller]
fn ahead() -> (Server, Server, Follower) {
    let master = quiet().start();
    let replica = quiet().replica_of(&master).start();
    let mut client = master.client();
    client.json("ROOM.CREATE r ada");
    client.json("ROOM.JOIN r ada");
    replica.wait_in_sync(&master);
    replica.cmd(&["REPLICAOF", "127.0.0.1", &support::server::free_port().to_string()]).ok();
    wait_for("the replica is cut off", || {
        (master.info("replication")["connected_slaves"] == "0").then_some(())
    });
    let mut follower = Follower::new(&master, "r");
    let common = follower.seq();
    comment(&mut client, "lost", 5);
    follower.assert_matches_state();
    assert_eq!(follower.seq(), common + 5);
    (master, replica, follower)
}

#[test]
fn a_follower_ahead_of_the_new_master_begins_anew() {
    // The new master has gone nowhere; not as far; just as far; beyond.
    for changes in [0, 3, 5, 8] {
        let (mut master, replica, mut follower) = ahead();
        let epoch = follower.epoch().to_owned();
        let (seq, taken) = (follower.seq(), follower.took_state);
        master.kill9();
        replica.cmd("REPLICAOF NO ONE").ok();
        let mut client = replica.client();
        comment(&mut client, "new", changes);
        client.err(&["ROOM.EVENTS", "r", "-", &epoch, &seq.to_string()], "RESYNC");
        follower.lose_subscription();
        follower.subscribe_again(&replica);
        assert_eq!(
            (follower.seq(), follower.took_state),
            (seq - 5 + changes, taken + 1),
            "{changes} changes"
        );
        follower.assert_matches_state();
        client.int("ROOM.COMMENT r ada after");
        follower.assert_matches_state();
        assert_ne!(follower.epoch(), epoch);
        assert_eq!(comments(&mut client).len() as i64, changes + 1, "what was lost is lost");
    }
}

#[test]
fn a_follower_of_a_master_that_is_demoted_learns_of_it() {
    for changes in [0, 5] {
        let (master, replica, mut follower) = ahead();
        replica.cmd("REPLICAOF NO ONE").ok();
        let mut client = replica.client();
        comment(&mut client, "new", changes);
        master.cmd(&["REPLICAOF", "127.0.0.1", &replica.port().to_string()]).ok();
        master.wait_in_sync(&replica);
        follower.assert_matches_state();
        client.int("ROOM.COMMENT r ada after");
        master.wait_in_sync(&replica);
        follower.assert_matches_state();
        assert_eq!(digest(&mut master.client(), "r"), digest(&mut client, "r"));
    }
}

/// Waits longer than the support does: sentinels take their time.
#[track_caller]
fn wait_patiently(what: &str, mut reached: impl FnMut() -> bool) {
    let start = Instant::now();
    while !reached() {
        assert!(start.elapsed() < Duration::from_secs(90), "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// A server's INFO replication has this line. A sentinel that reconfigures a server hangs up on its clients.
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
        // It pings once a second: much less, and it takes a server for down that is not.
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

    // Not every acknowledged change was replicated; what is there is told, and nothing of it twice.
    let mut client = new.client();
    let (there, told) = (comments(&mut client), events(&mut client, &epoch));
    let ids: Vec<i64> = told.iter().filter_map(|event| event["comment"]["id"].as_i64()).collect();
    assert_eq!(ids, there.keys().copied().collect::<Vec<_>>());
    assert!(known.iter().any(|known| known.comments.keys().any(|id| there.contains_key(id))));

    // The rooms go on; the other replica, and then the old master too, follow the new one.
    let load = Load::start(new, 0, Traffic::new(6, &["a", "b"]).ending().plain(), 50_000);
    load.wait_for(200);
    wait_patiently("the other replica follows", || follows(other, new));
    wait_patiently("the sentinel has done with it", || {
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
            // Deadlines may fall due in between.
            let digests = [new, replica, new].map(|server| server.cmd("DEBUG DIGEST").text());
            digests.iter().all(|digest| *digest == digests[0]).then_some(())
        });
        let mut followers = follow(replica);
        assert_all_followed(&mut followers);
    }
}

/// What is under way in the room `r` and ends by itself: an offer, a block, a poll, a grace, a lease.
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

/// Seconds of a lease, and of a grace.
const LEASE: u64 = 3;
const GRACE: u64 = 3;

fn deadlines() -> Builder {
    lively().room("lease", LEASE).room("grace", GRACE)
}

/// All that was under way goes on at the server that came back, or another, after an outage longer than a lease.
#[track_caller]
fn assert_all_ends(server: &Server, back_ms: u64, mut follower: Follower) {
    follower.subscribe_again(server);
    let mut client = server.client();
    let member = |client: &mut Client, user: &str| client.json(&["ROOM.WHOIS", "r", user, user]);
    // The outage counts for nobody: grace and lease run in full, from when the server is back.
    for (user, earliest) in [("dan", back_ms + GRACE * 1_000), ("cy", back_ms + (LEASE + GRACE) * 1_000)] {
        wait_for("who was lost, or came through a silent gateway, is gone", || {
            client.cmd("ROOM.BEAT r beats").list();
            (member(&mut client, user)["present"] == false).then_some(())
        });
        assert!(now_ms(&mut client) >= earliest, "{user} is gone too early");
    }
    // Those whose gateway beats have never been away.
    for user in ["ada", "ben"] {
        let member = member(&mut client, user);
        assert_eq!((&member["present"], &member["lost"]), (&true.into(), &false.into()), "{user}");
    }
    // What was to end at a given time has ended.
    follower.wait_event("poll", |event| event["poll"]["state"] == "closed" && event["poll"]["voters"] == 1);
    assert_eq!(client.json("ROOM.BLOCKED r -")["blocked"], Json::Array(Vec::new()));
    client.json("ROOM.JOIN r eve");
    let record = export(&mut client, "r");
    let offer = record.iter().find(|line| line["kind"] == "offer").expect("the offer is on record");
    assert_eq!((&offer["user"], &offer["how"]), (&"ben".into(), &"expired".into()), "{offer}");
    follower.assert_matches_state();
}

/// Waits until all that is under way would be over, by this server's clock.
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
    let killed_ms = now_ms(&mut client);
    master.kill9();
    follower.lose_subscription();
    outage(&mut client, killed_ms);
    assert_eq!(client.room_info("r")["present"], "4");
    let frames = Subscriber::room(&replica, "r");
    let back_ms = now_ms(&mut client);
    replica.cmd("REPLICAOF NO ONE").ok();
    assert_all_ends(&replica, back_ms, follower);
    let expired = |frame: &Json| frame["event"]["state"] == "expired" && frame["to"][0] == "ben";
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

#[test]
fn a_replica_publishes_what_waits_only_once_it_is_master() {
    let master = quiet().room("tick", 10_000).start();
    let replica = quiet().replica_of(&master).start();
    let mut client = master.client();
    client.json("ROOM.CREATE r ada");
    client.json("ROOM.JOIN r ada");
    replica.wait_in_sync(&master);
    let mut follower = Follower::new(&replica, "r");
    client.int("ROOM.COMMENT r ada waits");
    client.int("ROOM.POLLOPEN r ada Now? 2 yes no");
    replica.wait_in_sync(&master);
    // Its own tick is none, and what waits is there; but it is not for the replica to say.
    let mut client = replica.client();
    let told = follower.events.len();
    let until = now_ms(&mut client) + 300;
    wait_for("time goes by", || (now_ms(&mut client) > until).then_some(()));
    follower.pump();
    assert_eq!(follower.events.len(), told);
    assert_eq!(client.json("ROOM.COMMENTS r -")["comments"][0]["text"], "waits");
    replica.cmd("REPLICAOF NO ONE").ok();
    follower.wait_event("comment", |event| event["comment"]["text"] == "waits");
    follower.wait_event("poll", |event| event["poll"]["state"] == "open");
    follower.assert_matches_state();
}
