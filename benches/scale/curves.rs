//! The cost of a call in rooms of 1,000 to 1,000,000 members.

use super::stats::{calls, reset, Calls};
use super::{chart, server, short, Plan};
use crate::crowd::{self, create, gateway, requests, session, shuffled, text, user, KINDS};
use crate::support::{json, wait_for, Client, Json, Server};
use crate::wire::Lanes;
use fastrand::Rng;
use std::collections::BTreeMap;
use std::time::Duration;

/// How many sessions the dropped gateway has.
const DROPPED: usize = 10_000;
/// How often it is dropped.
const DROPS: usize = 5;
/// HINCRBY of a hash with as many fields, for comparison: any large table is slower on the same machine.
const PEER: &str = "(HINCRBY)";
/// How many copies of the room are ended.
const COPIES: usize = 5;
/// `room.tick`, ms. The module lengthens it in larger rooms.
const TICK_MS: u64 = 50;
/// In how many parts the commands of a row are sent.
const PARTS: usize = 10;
/// Target: the cost in the largest room over the cost in the smallest.
const GROWTH: f64 = 1.5;
/// Target: the longest call, microseconds.
const LONGEST: f64 = 1000.0;

/// The rows of the table. `JOIN` is measured in the full room, `JOIN (all)` while the room fills.
const ORDER: [&str; 15] = [
    "REACT",
    "COMMENT",
    "POLLVOTE",
    "JOIN",
    "JOIN (all)",
    "LEAVE",
    "RAISEHAND",
    "KICK",
    "BEAT",
    "STATE",
    "MEMBERS",
    "EXPORT",
    "END",
    "DROP",
    PEER,
];

/// Prints the table and draws the curves.
pub fn run(plan: Plan, on: &str) -> Json {
    let sizes = plan.sizes();
    let mut costs: BTreeMap<&str, Vec<Calls>> = BTreeMap::new();
    let server = server().room("tick", TICK_MS).start();
    for &size in &sizes {
        let mut room = Room::filled(&server, size, plan.seed);
        for (command, calls) in room.measure() {
            costs.entry(command).or_default().push(calls);
        }
        room.client.int("UNLINK room");
        wait_for("the room is freed", || {
            (server.info("memory")["lazyfree_pending_objects"] == "0").then_some(())
        });
    }

    println!("microseconds a call (the longest) by members; growth: of the largest room over the smallest");
    let heads: String = sizes.iter().map(|&size| format!(" {:>17}", short(size as f64))).collect();
    println!("{:<12}{heads} {:>7}  aim: growth {GROWTH}, longest {LONGEST}", "", "growth");
    let mut found = json!({ "sizes": sizes, "aim": { "growth": GROWTH, "longest_us": LONGEST } });
    let mut lines = Vec::new();
    for command in ORDER {
        let calls = &costs[command];
        let cells: String = calls
            .iter()
            .map(|calls| format!(" {:>17}", format!("{:.2} ({:.0})", calls.mean, calls.longest)))
            .collect();
        println!("{command:<12}{cells} {:>7.2}", calls[calls.len() - 1].mean / calls[0].mean);
        found[command] = calls.iter().map(|calls| calls.json()).collect();
        lines.push(chart::Line {
            name: command.to_owned(),
            points: sizes.iter().zip(calls).map(|(&size, calls)| (size as f64, calls.mean)).collect(),
        });
    }
    lines.retain(|line| line.name != "JOIN (all)");
    chart::draw(
        &format!("cost-{on}"),
        &chart::Axes {
            title: "What a call costs, by the size of its room",
            x: "members present",
            y: "microseconds a call (INFO commandstats)",
        },
        &lines,
    );
    found
}

/// JOIN of a user into the room.
fn join(nth: usize) -> [String; 7] {
    crowd::join("room", nth)
}

/// A room of some size, and the connections to measure in it.
struct Room<'a> {
    server: &'a Server,
    client: Client,
    lanes: Lanes,
    random: Rng,
    size: usize,
    /// The calls of JOIN that filled the room.
    filling: Calls,
}

impl<'a> Room<'a> {
    fn filled(server: &'a Server, size: usize, seed: u64) -> Room<'a> {
        let mut lanes = Lanes::open(server.port());
        lanes.run(&create("room"));
        let (client, random) = (server.client(), Rng::with_seed(seed));
        let mut room = Room { server, client, lanes, random, size, filling: Calls::default() };
        room.filling = room.timed("ROOM.JOIN", &(0..size).map(join).collect::<Vec<_>>());
        room
    }

    /// A random member.
    fn anybody(&mut self) -> String {
        user(self.random.usize(0..self.size))
    }

    /// This many different members, in random order.
    fn some(&mut self, count: usize) -> Vec<usize> {
        let step = self.size / count;
        shuffled(count, &mut self.random).into_iter().map(|nth| nth * step).collect()
    }

    /// Waits until all changes have got their frame, so that the frame is not built in the next measured call.
    fn settle(&self) {
        let factor = match self.size {
            ..=9_000 => 1,
            9_001..=90_000 => 4,
            _ => 20,
        };
        std::thread::sleep(Duration::from_millis(TICK_MS * factor + 10));
    }

    /// Measures commands of one verb, sent to a quiet room.
    fn timed<A: AsRef<[u8]> + Clone, const N: usize>(&mut self, verb: &str, commands: &[[A; N]]) -> Calls {
        self.settle();
        let parts = commands.chunks(commands.len().div_ceil(PARTS)).map(|part| {
            let requests = requests(part.iter().cloned());
            reset(&mut self.client);
            self.lanes.run(&requests);
            calls(self.server, verb)
        });
        Calls::of(parts.collect())
    }

    fn measure(&mut self) -> Vec<(&'static str, Calls)> {
        let mut found = vec![("JOIN (all)", self.filling)];
        let of = |users: &[usize], command: &dyn Fn(String) -> [String; 3]| -> Vec<[String; 3]> {
            users.iter().map(|&nth| command(user(nth))).collect()
        };

        let kinds = KINDS.iter().cycle().take(20_000);
        let reactions: Vec<_> =
            kinds.map(|&kind| ["ROOM.REACT", "room", &self.anybody(), kind].map(str::to_owned)).collect();
        found.push(("REACT", self.timed("ROOM.REACT", &reactions)));
        // Each comment is an event. No more are sent within a tick than the default rate limits allow.
        let comments: Vec<_> = (0..100 * PARTS)
            .map(|_| {
                ["ROOM.COMMENT", "room", &self.anybody(), &text(200, &mut self.random)].map(str::to_owned)
            })
            .collect();
        let parts = comments.chunks(100).map(|part| self.timed("ROOM.COMMENT", part));
        found.push(("COMMENT", Calls::of(parts.collect())));

        let poll = self.client.int("ROOM.POLLOPEN room - Which? 3 one two three").to_string();
        let voters = self.some(1000);
        let votes: Vec<_> = voters
            .iter()
            .map(|&nth| ["ROOM.POLLVOTE", "room", &user(nth), &poll, "1"].map(str::to_owned))
            .collect();
        found.push(("POLLVOTE", self.timed("ROOM.POLLVOTE", &votes)));

        let new: Vec<usize> = (self.size..self.size + 500).collect();
        let joins: Vec<_> = new.iter().copied().map(join).collect();
        found.push(("JOIN", self.timed("ROOM.JOIN", &joins)));
        let leaves = of(&new, &|user| ["ROOM.LEAVE".to_owned(), "room".to_owned(), user]);
        found.push(("LEAVE", self.timed("ROOM.LEAVE", &leaves)));

        let members = self.some(500);
        let hands = of(&members, &|user| ["ROOM.RAISEHAND".to_owned(), "room".to_owned(), user]);
        found.push(("RAISEHAND", self.timed("ROOM.RAISEHAND", &hands)));
        let kicks: Vec<_> =
            members.iter().map(|&nth| ["ROOM.KICK", "room", "-", &user(nth)].map(str::to_owned)).collect();
        found.push(("KICK", self.timed("ROOM.KICK", &kicks)));
        self.lanes.run(&crowd::joins("room", members));

        let beats: Vec<_> =
            (0..2_000).map(|nth| ["ROOM.BEAT", "room", &gateway(nth)].map(str::to_owned)).collect();
        found.push(("BEAT", self.timed("ROOM.BEAT", &beats)));
        found.push(("STATE", self.timed("ROOM.STATE", &[["ROOM.STATE", "room", "-"]; 500])));
        found.push(("MEMBERS", self.pages("ROOM.MEMBERS")));
        found.push(("EXPORT", self.pages("ROOM.EXPORT")));
        found.push(("END", self.end()));
        found.push(("DROP", self.drop_gateway()));
        found.push((PEER, self.hash()));
        found
    }

    /// The first pages of 1,000 entries of a list.
    fn pages(&mut self, command: &str) -> Calls {
        const PAGES: usize = 50;
        let mut cursor = "0".to_owned();
        let parts = (0..PAGES).map(|_| {
            reset(&mut self.client);
            cursor = match command {
                "ROOM.EXPORT" => {
                    self.client.cmd(&[command, "room", &cursor, "COUNT", "1000"]).list()[0].text()
                }
                _ => {
                    let page = self.client.json(&[command, "room", "-", "CURSOR", &cursor, "COUNT", "1000"]);
                    page["cursor"].as_str().expect("a cursor").to_owned()
                }
            };
            calls(self.server, command)
        });
        Calls::of(parts.collect())
    }

    /// END of copies of the room, so that the room stays live. The first change of a copy starts a new epoch, so a
    /// reaction comes before the END.
    fn end(&mut self) -> Calls {
        let parts = (0..COPIES).map(|_| {
            assert_eq!(self.client.int("COPY room copy"), 1);
            self.client.int(&["ROOM.REACT", "copy", &user(0), KINDS[0]]);
            reset(&mut self.client);
            self.client.json("ROOM.END copy -");
            let calls = calls(self.server, "ROOM.END");
            self.client.int("UNLINK copy");
            calls
        });
        Calls::of(parts.collect())
    }

    /// HINCRBY of a hash with as many fields as the room has members.
    fn hash(&mut self) -> Calls {
        let increment = |nth| ["HINCRBY".to_owned(), "hash".to_owned(), user(nth), "1".to_owned()];
        self.lanes.run(&requests((0..self.size).map(increment)));
        let again: Vec<_> = (0..20_000).map(|_| increment(self.random.usize(0..self.size))).collect();
        let calls = self.timed("HINCRBY", &again);
        self.client.int("UNLINK hash");
        calls
    }

    /// DROP of a gateway with [`DROPPED`] members, for any size of the room.
    fn drop_gateway(&mut self) -> Calls {
        let newcomers = requests((0..DROPPED).map(|nth| {
            let nth = self.size + nth;
            ["ROOM.JOIN", "room", &user(nth), "GATEWAY", "dropped", "SESSION", &session(nth)]
                .map(str::to_owned)
        }));
        let present =
            |client: &mut Client| client.room_info("room")["present"].parse::<usize>().expect("a number");
        let before = present(&mut self.client);
        let parts = (0..DROPS).map(|_| {
            self.lanes.run(&newcomers);
            reset(&mut self.client);
            assert_eq!(self.client.int("ROOM.DROP room dropped"), DROPPED as i64);
            wait_for("all members of the gateway are gone", || {
                (present(&mut self.client) == before).then_some(())
            });
            calls(self.server, "ROOM.DROP")
        });
        Calls::of(parts.collect())
    }
}
