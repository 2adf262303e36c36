//! The busiest room that the module has to bear, at its full size: 7,000 people through 50 gateways, 50,000 reactions,
//! 10,000 comments, a poll with 7,000 votes. People leave and come back, gateways restart, hands go up, seats are
//! offered, and the staff mutes, kicks and blocks, all at once. Then the host ends the room while others still act, and
//! the room is exported.
//!
//! Each gateway keeps a ledger of its acknowledged commands. At the end the room, its summary, its export and the
//! picture of every follower must match the ledgers exactly: nothing is lost, and nothing happens twice.
//!
//! - `ledger`: acknowledged commands
//! - `people`: the people of a gateway, and what its follower received
//! - `gateway`: one connection, its people, and a follower whose events it obeys
//! - `steps`: what people do
//! - `script`: the steps, from a seed
//! - `truth`: compares the room with the ledgers; `record` compares its export
//!
//! `BUSIEST_SEED=n` repeats the steps of a failed run. Their interleaving still depends on the machine.

mod gateway;
mod ledger;
mod people;
mod record;
mod script;
mod steps;
mod truth;

use crate::support::{Client, Server, Subscriber};
use gateway::Gateway;
use people::{Part, Received};
use script::{GATEWAYS, PEOPLE, STAFFED};
use steps::Step;
use truth::Truth;

const KEY: &str = "room:busiest";
const KINDS: [&str; 6] = ["👏", "❤️", "🔥", "😂", "🎉", "👎"];
const KIND_WEIGHTS: [u32; 6] = [40, 25, 15, 10, 8, 2];
const COMMENT_TEXTS: [&str; 6] = [
    "hello 👋",
    "what was the name of the book?",
    "two\nlines",
    "\"quoted\" and \\",
    "ελληνικά",
    "I have been to every one of these evenings since the first, and this is the best so far; thank you all for coming!",
];

/// A poll of the room.
#[derive(Clone, Copy)]
struct Poll {
    id: &'static str,
    options: u32,
}

const POLL: Poll = Poll { id: "1", options: 4 };
const SECRET_POLL: Poll = Poll { id: "2", options: 2 };

#[test]
fn the_busiest_room_loses_nothing() {
    // An hour is played in seconds. The rates of a user stay at their defaults, the rate of the room does not.
    let server = Server::with().patient().room("comment-room-rate", 0).start();
    let mut client = server.client();
    let witness = Subscriber::room(&server, KEY);
    let cast = script::cast();
    let host = cast[STAFFED.start][0].0.clone();

    let mut random = fastrand::Rng::with_seed(seed());
    let mut gateways: Vec<Gateway<'_>> = cast
        .iter()
        .enumerate()
        .map(|(nth, people)| Gateway::start(&server, nth, people.clone(), random.u64(..)))
        .collect();
    let mut acts = || -> Vec<fastrand::Rng> {
        (0..GATEWAYS).map(|_| fastrand::Rng::with_seed(random.u64(..))).collect()
    };

    open_room(&mut client, &cast);
    gateways.iter_mut().for_each(Gateway::catch_up);
    // Some followers met the room a frame earlier than others. From here on all hear the same.
    calm(&mut gateways, &mut client, "doors");
    gateways.iter_mut().for_each(|gateway| gateway.received = Received::default());

    at_once(&mut gateways, acts(), |gateway, random| {
        gateway.play(script::doors(&cast[gateway.nth], random));
    });
    assert_eq!(client.room_info(KEY)["present"], PEOPLE.to_string(), "all people are present");
    at_once(&mut gateways, acts(), |gateway, random| {
        gateway.play(script::evening(gateway.nth, &cast, random));
    });
    calm(&mut gateways, &mut client, "roll call");

    // Kicked people come back, people without a vote vote, and then some leave for good.
    gateways.iter_mut().for_each(Gateway::reconcile);
    gateways.iter_mut().for_each(Gateway::compare_sessions);
    at_once(&mut gateways, acts(), |gateway, random| {
        let back = gateway.missing().into_iter().map(Step::Join);
        let late = gateway.without_vote().into_iter().map(Step::Vote);
        let steps = back.chain(late).collect();
        gateway.play(steps);
        leave_for_good(gateway, random);
    });
    calm(&mut gateways, &mut client, "last words ✨");
    gateways.iter_mut().for_each(Gateway::compare_sessions);
    let before = truth::Before::of(&mut client);
    truth::same_pictures(&gateways);

    at_once(&mut gateways, acts(), |gateway, random| {
        gateway.rest();
        gateway.play(script::last_words(gateway.nth, gateway.people.len(), &host, random));
    });
    // These come after END, even if no step before did.
    gateways.iter_mut().for_each(|gateway| gateway.play(vec![Step::React(0), Step::Comment(0)]));
    gateways.iter_mut().for_each(Gateway::catch_up);
    truth::same_pictures(&gateways);

    Truth::of(gateways, before).is_everywhere(&server, &witness.messages());
}

/// BUSIEST_SEED, else a new seed, which a failed test shows.
fn seed() -> u64 {
    let seed = std::env::var("BUSIEST_SEED")
        .map_or_else(|_| fastrand::u64(..), |seed| seed.parse().expect("BUSIEST_SEED is a number"));
    eprintln!("BUSIEST_SEED={seed}");
    seed
}

/// The room with its staff and its polls.
#[track_caller]
fn open_room(client: &mut Client, cast: &[Vec<(String, Part)>]) {
    let host = cast[STAFFED.start][0].0.as_str();
    client.json(&["ROOM.CREATE", KEY, host, "TITLE", "An evening", "SEATS", "40"]);
    for staffed in STAFFED.skip(1) {
        client.ok(&["ROOM.ROLE", KEY, host, &cast[staffed][0].0, "cohost"]);
    }
    let poll = ["ROOM.POLLOPEN", KEY, host, "Which?", "4", "one", "two", "three", "four"];
    assert_eq!(client.int(&poll).to_string(), POLL.id);
    let poll = ["ROOM.POLLOPEN", KEY, host, "In secret?", "2", "yes", "no", "SECRET"];
    assert_eq!(client.int(&poll).to_string(), SECRET_POLL.id);
}

/// Call this when no gateway acts. A follower that has the new title has everything before it.
#[track_caller]
fn calm(gateways: &mut [Gateway<'_>], client: &mut Client, title: &str) {
    client.ok(&["ROOM.CONFIG", KEY, "-", "title", title]);
    gateways.iter_mut().for_each(Gateway::catch_up);
}

/// One of twelve people leaves, except staff.
#[track_caller]
fn leave_for_good(gateway: &mut Gateway<'_>, random: &mut fastrand::Rng) {
    let is_tired = |who: &usize| gateway.people[*who].part != Part::Staff && random.u32(0..12) == 0;
    let tired: Vec<usize> = (0..gateway.people.len()).filter(is_tired).collect();
    gateway.play(tired.into_iter().map(Step::Leave).collect());
}

/// Runs all gateways at the same time, each in a thread.
fn at_once<'s>(
    gateways: &mut [Gateway<'s>],
    randoms: Vec<fastrand::Rng>,
    act: impl Fn(&mut Gateway<'s>, &mut fastrand::Rng) + Sync,
) {
    std::thread::scope(|scope| {
        for (gateway, mut random) in gateways.iter_mut().zip(randoms) {
            let act = &act;
            scope.spawn(move || act(gateway, &mut random));
        }
    });
}
