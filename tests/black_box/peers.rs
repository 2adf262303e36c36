//! The competitors of the benchmark are equivalent: they accept and refuse the same reactions, for the same reasons,
//! and count the same.

use crate::peers::application::{Application, Outcome, Reaction};
use crate::peers::{self, Plain};
use crate::support::{self, wait_for, Builder, Client, Reply, Server, Subscriber};
use crate::wire::Wire;
use std::collections::BTreeMap;

const DEFAULT: [&str; 12] = ["👍", "❤️", "😂", "😮", "😢", "👏", "🔥", "🎉", "💯", "🙏", "👎", "🤔"];
const PEERS: [&str; 3] = ["script", "function", "application"];
/// The highest value of the setting, so that the limit is active but never reached.
const RATE: u64 = 100_000;

/// A room kept by the module and by each peer.
struct Rooms<'a> {
    client: Client,
    plain: &'a [Plain],
    application: Application<'a>,
    sha: String,
    rate: u64,
    allowed: Vec<String>,
}

fn plain() -> Vec<Plain> {
    PEERS.map(Plain::named).into()
}

fn server(rate: u64) -> Builder {
    Server::with().unlimited().patient().room("react-rate", rate)
}

impl<'a> Rooms<'a> {
    fn open(server: &Server, plain: &'a [Plain], rate: u64) -> Rooms<'a> {
        let mut client = server.client();
        let application = Application::start(Wire::connect(server.port()), &plain[2], rate);
        let sha = client.text(&["SCRIPT", "LOAD", peers::SCRIPT]);
        client.text(&["FUNCTION", "LOAD", "REPLACE", &peers::library()]);
        client.json("ROOM.CREATE r - HOSTLOSS KEEP");
        for plain in plain {
            client.pipeline(&plain.open(&DEFAULT));
        }
        let allowed = DEFAULT.map(str::to_owned).into();
        Rooms { client, plain, application, sha, rate, allowed }
    }

    /// Does something that only the module has a rule for. If the module refuses it, no peer does it.
    fn everywhere(&mut self, command: &[&str], same: impl Fn(&Plain) -> Vec<String>) {
        if self.client.cmd(command).error().is_none() {
            for plain in self.plain {
                assert_eq!(self.client.cmd(&same(plain)).error(), None);
            }
        }
    }

    fn join(&mut self, user: &str) {
        self.everywhere(&["ROOM.JOIN", "r", user], |plain| plain.join(user));
    }

    fn allow(&mut self, kinds: &[&str]) {
        let before: Vec<&str> = self.allowed.iter().map(String::as_str).collect();
        for plain in self.plain {
            self.client.int(&plain.forbid(&before));
            self.client.int(&plain.allow(kinds));
        }
        self.allowed = kinds.iter().map(|&kind| kind.to_owned()).collect();
        let kinds = serde_json::to_string(kinds).unwrap();
        self.client.ok(&["ROOM.CONFIG", "r", "-", "emojis", &kinds]);
    }

    /// Sends a reaction to every room. All outcomes must be equal.
    #[track_caller]
    fn react(&mut self, user: &'a str, kind: &'a str, count: &'a str) -> Outcome {
        let module = outcome(&self.client.cmd(&["ROOM.REACT", "r", user, kind, "COUNT", count]));
        let rate = self.rate.to_string();
        let script = self.client.cmd(&self.plain[0].by_script(&self.sha, user, kind, count, &rate));
        let function = self.client.cmd(&self.plain[1].by_function(user, kind, count, &rate));
        let mut application = self.application.react(&[Reaction { user, kind, count }]).remove(0);
        if let Err(error) = &mut application {
            error.truncate(error.find(' ').unwrap_or(error.len()));
        }
        for (peer, own) in PEERS.iter().zip([outcome(&script), outcome(&function), application]) {
            assert_eq!(own, module, "{peer}: {user:?} {kind:?} {count:?}");
        }
        module
    }

    /// The stored totals and counts per user are equal.
    fn assert_same(&mut self) {
        let summary = self.client.json("ROOM.SUMMARY r -");
        let totals: BTreeMap<String, u64> = serde_json::from_value(summary["reactions"].clone()).unwrap();
        let lines = support::rooms::export(&mut self.client, "r");
        let lines = lines.iter().filter(|line| line["kind"] == "reaction");
        let counts: BTreeMap<(String, String), u64> = lines
            .map(|line| {
                let text = |field: &str| line[field].as_str().unwrap().to_owned();
                ((text("user"), text("reaction")), line["count"].as_u64().unwrap())
            })
            .collect();
        assert!(!totals.is_empty() && !counts.is_empty());
        for (peer, plain) in PEERS.iter().zip(self.plain) {
            let room = self.client.cmd(&["HGETALL", &plain.key]).map();
            assert_eq!(peers::totals(&room), totals, "{peer}");
            assert_eq!(peers::counts(&room), counts, "{peer}");
            let left = self.client.int(&["PTTL", &plain.key]);
            assert!(left > 0, "{peer}: its room lives {left} ms");
        }
    }
}

/// The total, or the error's code.
fn outcome(reply: &Reply) -> Outcome {
    match reply.error() {
        Some(_) => Err(reply.err_code()),
        None => Ok(reply.int() as u64),
    }
}

#[test]
fn random_reactions_have_the_same_outcome_with_every_peer() {
    const USERS: [&str; 12] = ["u0", "u1", "u2", "u3", "u4", "u5", "u6", "u7", "u8", "never", "Zoë", "\"\\"];
    const KINDS: [&str; 9] =
        ["👏", "🔥", "❤️", "🦄", "\"q\\", "", "line\nbreak", "x", "a kind of more than 32 bytes, too long"];
    const COUNTS: [&str; 10] = ["1", "2", "7", "20", "99", "100", "0", "101", "01", "-1"];
    let server = server(RATE).start();
    let plain = plain();
    let mut rooms = Rooms::open(&server, &plain, RATE);
    let messages: Vec<Subscriber> =
        plain.iter().map(|plain| Subscriber::channel(&server, &plain.channel)).collect();
    let mut random = fastrand::Rng::with_seed(7);
    let mut outcomes: BTreeMap<String, u64> = BTreeMap::new();
    let mut totals: Vec<(&str, u64, u64)> = Vec::new();
    for user in &USERS[..6] {
        rooms.join(user);
    }
    for step in 0..3000 {
        let user = USERS[random.usize(0..USERS.len())];
        match random.u32(0..40) {
            0..=2 if user != "never" => rooms.join(user),
            3 => rooms.everywhere(&["ROOM.LEAVE", "r", user], |plain| plain.leave(user)),
            4 => rooms.everywhere(&["ROOM.BLOCK", "r", "-", user], |plain| plain.block(user)),
            5..=6 => {
                if rooms.client.int(&["ROOM.UNBLOCK", "r", "-", user]) == 1 {
                    plain.iter().for_each(|plain| _ = rooms.client.int(&plain.leave(user)));
                }
            }
            7 => {
                let on = random.u32(0..3) > 0;
                let setting = if on { "on" } else { "off" };
                rooms.everywhere(&["ROOM.CONFIG", "r", "-", "reactions", setting], |plain| {
                    plain.reactions(on)
                });
            }
            8 if step % 3 == 0 => rooms.allow([&DEFAULT[..], &["👏", "\"q\\"], &[]][random.usize(0..3)]),
            _ => {
                let (usual_kind, usual_count) = (random.bool(), random.bool());
                let kind = KINDS[random.usize(0..if usual_kind { 2 } else { KINDS.len() })];
                let count = COUNTS[random.usize(0..if usual_count { 6 } else { COUNTS.len() })];
                let outcome = rooms.react(user, kind, count);
                let code = outcome.as_ref().map_or_else(Clone::clone, |_| "taken".to_owned());
                *outcomes.entry(code).or_default() += 1;
                if let Ok(total) = outcome {
                    totals.push((kind, count.parse().unwrap(), total));
                }
            }
        }
    }
    let expected = ["BADOPTION", "INVALID", "NOTMEMBER", "OFF", "taken"];
    assert!(outcomes.keys().eq(&expected) && outcomes["taken"] > 300, "{outcomes:?}");
    rooms.assert_same();

    assert_published(&messages, &totals);
}

/// Every accepted reaction was published, in order: kind, count and total.
#[track_caller]
fn assert_published(messages: &[Subscriber], totals: &[(&str, u64, u64)]) {
    for (peer, messages) in PEERS.iter().zip(messages) {
        wait_for("all messages", || (messages.messages().len() >= totals.len()).then_some(()));
        let frames = messages.frames();
        assert_eq!(frames.len(), totals.len(), "{peer}");
        for (nth, (frame, (kind, count, total))) in frames.iter().zip(totals).enumerate() {
            assert_eq!(frame["seq"], nth as u64 + 1, "{peer}");
            assert_eq!(frame["room"], *peer);
            assert_eq!(frame["delta"], support::json!({ *kind: count }), "{peer}");
            assert_eq!(frame["total"], support::json!({ *kind: total }), "{peer}");
        }
    }
}

#[test]
fn no_peer_accepts_more_kinds_than_the_limit() {
    let server = server(RATE).start();
    let plain = plain();
    let kinds: Vec<String> = (0..66).map(|nth| format!("kind {nth}")).collect();
    let mut rooms = Rooms::open(&server, &plain, RATE);
    rooms.join("u");
    rooms.allow(&[]);
    for (nth, kind) in kinds.iter().enumerate() {
        let expected = if nth < 64 { Ok(3) } else { Err("TOOMANY".to_owned()) };
        assert_eq!(rooms.react("u", kind, "3"), expected);
    }
    assert_eq!(rooms.react("u", "kind 0", "3"), Ok(6));
    rooms.assert_same();
}

#[test]
fn no_peer_accepts_reactions_over_the_rate() {
    let server = server(1).start();
    let plain = plain();
    let mut rooms = Rooms::open(&server, &plain, 1);
    rooms.join("u");
    rooms.join("v");
    // A full bucket accepts more than its burst and then owes 98 seconds.
    assert_eq!(rooms.react("u", "👏", "100"), Ok(100));
    assert_eq!(rooms.react("u", "👏", "1"), Err("RATELIMITED".to_owned()));
    assert_eq!(rooms.react("v", "👏", "1"), Ok(101));
    rooms.assert_same();
}

#[test]
fn no_peer_accepts_reactions_in_a_room_that_has_ended() {
    let server = server(RATE).start();
    let plain = plain();
    let mut rooms = Rooms::open(&server, &plain, RATE);
    rooms.join("u");
    assert_eq!(rooms.react("u", "👏", "5"), Ok(5));
    rooms.everywhere(&["ROOM.END", "r", "-"], Plain::end);
    assert_eq!(rooms.react("u", "👏", "1"), Err("ENDED".to_owned()));
    assert_eq!(rooms.react("never", "🦄", "1"), Err("ENDED".to_owned()));
    assert_eq!(rooms.react("u", "👏", "0"), Err("INVALID".to_owned()));
    rooms.assert_same();
}
