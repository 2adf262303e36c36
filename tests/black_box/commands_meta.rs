//! What the server reports about the commands: `COMMAND INFO`, `COMMAND DOCS`, `COMMAND GETKEYS`, ACL categories.
//! Gateways rely on it, so these tests compare it with a list of their own and not with the module's own table.

use crate::support::{self, Client, Reply, Server};
use std::collections::{BTreeMap, BTreeSet};

/// Who sends a command. This decides the name of its second argument.
#[derive(Clone, Copy, PartialEq, Debug)]
enum For {
    /// Relayed for users: `actor`.
    User,
    /// Never relayed: `creator`, `member` or `gateway`.
    Gateway(&'static str),
    /// Never relayed, category `@roomadmin`.
    Service,
}

use For::{Gateway, Service, User};

const WRITE: bool = true;
const READ: bool = false;
const JSON: bool = true;
const PLAIN: bool = false;

/// A documented command: name, arity as in `COMMAND INFO`, sender, whether it writes, whether its reply is JSON,
/// and options that its documentation must name.
type Row = (&'static str, i64, For, bool, bool, &'static [&'static str]);

#[rustfmt::skip]
const COMMANDS: &[Row] = &[
    ("ROOM.CREATE", -3, Gateway("creator"), WRITE, JSON, &["TITLE", "AT", "PRIVATE", "SEATS", "CAPACITY", "META", "HOSTLOSS"]),
    ("ROOM.CONFIG", -5, User, WRITE, PLAIN, &[]),
    ("ROOM.START", 3, User, WRITE, PLAIN, &[]),
    ("ROOM.CANCEL", 3, User, WRITE, PLAIN, &[]),
    ("ROOM.END", 3, User, WRITE, JSON, &[]),
    ("ROOM.RSVP", 4, User, WRITE, PLAIN, &["YES", "NO"]),
    ("ROOM.INVITE", -4, User, WRITE, PLAIN, &[]),
    ("ROOM.UNINVITE", -4, User, WRITE, PLAIN, &[]),
    ("ROOM.INVITED", -3, User, READ, JSON, &["CURSOR", "COUNT"]),
    ("ROOM.JOIN", -3, Gateway("member"), WRITE, JSON, &["GATEWAY", "SESSION", "PROFILE", "CLIENT", "AGAIN"]),
    ("ROOM.LEAVE", -3, Gateway("member"), WRITE, PLAIN, &["SESSION", "GATEWAY", "LOST"]),
    ("ROOM.BEAT", 3, Gateway("gateway"), WRITE, PLAIN, &[]),
    ("ROOM.DROP", -3, Gateway("gateway"), WRITE, PLAIN, &["LOST"]),
    ("ROOM.SESSIONS", -3, Gateway("gateway"), READ, JSON, &["CURSOR", "COUNT"]),
    ("ROOM.RAISEHAND", 3, User, WRITE, PLAIN, &[]),
    ("ROOM.LOWERHAND", -3, User, WRITE, PLAIN, &[]),
    ("ROOM.NEXT", -3, User, WRITE, PLAIN, &["TOKEN"]),
    ("ROOM.OFFER", -4, User, WRITE, PLAIN, &["FOR"]),
    ("ROOM.ACCEPT", 3, User, WRITE, PLAIN, &[]),
    ("ROOM.DECLINE", 3, User, WRITE, PLAIN, &[]),
    ("ROOM.STEPDOWN", -3, User, WRITE, PLAIN, &[]),
    ("ROOM.ROLE", 5, User, WRITE, PLAIN, &["host", "cohost", "speaker", "listener"]),
    ("ROOM.MUTE", -3, User, WRITE, PLAIN, &["HOLD"]),
    ("ROOM.UNMUTE", 3, User, WRITE, PLAIN, &[]),
    ("ROOM.ASKUNMUTE", 4, User, WRITE, PLAIN, &[]),
    ("ROOM.KICK", -4, User, WRITE, PLAIN, &["REASON"]),
    ("ROOM.BLOCK", -4, User, WRITE, PLAIN, &["FOR", "SHADOW", "CLEAR", "REASON"]),
    ("ROOM.UNBLOCK", 4, User, WRITE, PLAIN, &[]),
    ("ROOM.BLOCKED", -3, User, READ, JSON, &["CURSOR", "COUNT"]),
    ("ROOM.COMMENT", -4, User, WRITE, PLAIN, &["REPLY", "TOKEN"]),
    ("ROOM.DELCOMMENT", 4, User, WRITE, PLAIN, &[]),
    ("ROOM.PIN", 4, User, WRITE, PLAIN, &[]),
    ("ROOM.UNPIN", 4, User, WRITE, PLAIN, &[]),
    ("ROOM.COMMENTS", -3, User, READ, JSON, &["BEFORE", "COUNT"]),
    ("ROOM.REACT", -4, User, WRITE, PLAIN, &["COUNT"]),
    ("ROOM.POLLOPEN", -7, User, WRITE, PLAIN, &["MULTI", "SECRET", "FINAL", "HIDDEN", "FOR", "TOKEN"]),
    ("ROOM.POLLVOTE", -5, User, WRITE, PLAIN, &[]),
    ("ROOM.POLLCLOSE", 4, User, WRITE, JSON, &[]),
    ("ROOM.POLLS", 3, User, READ, JSON, &[]),
    ("ROOM.STATE", 3, User, READ, JSON, &[]),
    ("ROOM.MEMBERS", -3, User, READ, JSON, &["ROLE", "CURSOR", "COUNT"]),
    ("ROOM.WHOIS", 4, User, READ, JSON, &[]),
    ("ROOM.HANDS", -3, User, READ, JSON, &["CURSOR", "COUNT"]),
    ("ROOM.EVENTS", 5, User, READ, JSON, &[]),
    ("ROOM.SUMMARY", 3, User, READ, JSON, &[]),
    ("ROOM.INFO", 2, Service, READ, JSON, &[]),
    ("ROOM.LIST", -1, Service, READ, PLAIN, &["STATE", "PUBLIC", "CARDS", "CURSOR", "COUNT"]),
    ("ROOM.EXPORT", -3, Service, READ, PLAIN, &["COUNT"]),
    ("ROOM.PURGE", -2, Service, WRITE, PLAIN, &["INCARNATION"]),
];

/// Commands of replication and the AOF only.
const INTERNAL: [&str; 2] = ["ROOM.APPLY", "ROOM.LOAD"];

/// Commands of the category `@room`: all except those of the service.
fn gateway_commands() -> BTreeSet<String> {
    COMMANDS.iter().filter(|row| row.2 != Service).map(|row| row.0.to_lowercase()).collect()
}

/// A valid form of the command on this key, with as few arguments as its arity allows.
fn example(row: &Row, key: &str) -> Vec<String> {
    let mut line = vec![row.0.to_owned()];
    if row.0 == "ROOM.LIST" {
        return line;
    }
    line.push(key.to_owned());
    while (line.len() as i64) < row.1.abs() {
        line.push("1".to_owned());
    }
    line
}

struct Info {
    arity: i64,
    flags: BTreeSet<String>,
    keys: (i64, i64, i64),
    categories: BTreeSet<String>,
    tips: BTreeSet<String>,
}

fn info(client: &mut Client, name: &str) -> Info {
    let reply = client.cmd(&["COMMAND", "INFO", name]).list();
    let fields = reply[0].list();
    let set = |reply: &Reply| reply.texts().into_iter().collect::<BTreeSet<_>>();
    assert!(fields[0].text().eq_ignore_ascii_case(name));
    Info {
        arity: fields[1].int(),
        flags: set(&fields[2]),
        keys: (fields[3].int(), fields[4].int(), fields[5].int()),
        categories: set(&fields[6]),
        tips: set(&fields[7]),
    }
}

fn docs(client: &mut Client, name: &str) -> BTreeMap<String, Reply> {
    let reply = client.cmd(&["COMMAND", "DOCS", name]).pairs();
    assert_eq!(reply.len(), 1, "COMMAND DOCS {name} knows nothing");
    reply[0].1.pairs().into_iter().collect()
}

fn arguments(docs: &BTreeMap<String, Reply>) -> Vec<BTreeMap<String, Reply>> {
    let list = docs.get("arguments").map(Reply::list).unwrap_or_default();
    list.iter().map(|argument| argument.pairs().into_iter().collect()).collect()
}

fn flags(argument: &BTreeMap<String, Reply>) -> Vec<String> {
    argument.get("flags").map(Reply::texts).unwrap_or_default()
}

/// The least number of words for this argument.
fn least(argument: &BTreeMap<String, Reply>) -> usize {
    if flags(argument).contains(&"optional".to_owned()) {
        return 0;
    }
    let kind = argument["type"].text();
    let inner = arguments(argument);
    let own = match kind.as_str() {
        "block" => inner.iter().map(least).sum(),
        "oneof" => inner.iter().map(least).min().unwrap_or(1),
        _ => 1,
    };
    own + usize::from(argument.contains_key("token") && kind != "pure-token")
}

/// Every token of the documentation, including nested arguments.
fn tokens(arguments: &[BTreeMap<String, Reply>]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for argument in arguments {
        if let Some(token) = argument.get("token") {
            found.insert(token.text());
        }
        found.extend(tokens(&self::arguments(argument)));
    }
    found
}

#[test]
fn the_server_knows_exactly_the_documented_commands() {
    let server = Server::start();
    let mut client = server.client();
    let known: BTreeSet<String> = client
        .cmd("COMMAND LIST FILTERBY MODULE room")
        .texts()
        .into_iter()
        .map(|name| name.to_uppercase())
        .filter(|name| !INTERNAL.contains(&name.as_str()))
        .collect();
    let wanted: BTreeSet<String> = COMMANDS.iter().map(|row| row.0.to_owned()).collect();
    assert_eq!(known, wanted);
}

#[test]
fn command_info_matches_the_list() {
    let server = Server::start();
    let mut client = server.client();
    for row in COMMANDS {
        let (name, arity, whom, writes, json, _) = *row;
        let info = info(&mut client, name);
        assert_eq!(info.arity, arity, "{name}: arity");
        let keys = if name == "ROOM.LIST" { (0, 0, 0) } else { (1, 1, 1) };
        assert_eq!(info.keys, keys, "{name}: first key, last key, step");
        assert!(info.flags.contains("module"), "{name}: {:?}", info.flags);
        assert_eq!(info.flags.contains("write"), writes, "{name}: {:?}", info.flags);
        assert_eq!(info.flags.contains("readonly"), !writes, "{name}: {:?}", info.flags);
        assert_eq!(info.tips.contains("reply:json"), json, "{name}: {:?}", info.tips);
        if server.version().has_module_acl_categories() {
            let has = |category: &str| info.categories.contains(category);
            assert_eq!(has("@room"), whom != Service, "{name}: {:?}", info.categories);
            assert_eq!(has("@roomadmin"), whom == Service, "{name}: {:?}", info.categories);
            assert_eq!(has("@write"), writes, "{name}: {:?}", info.categories);
            assert_eq!(has("@read"), !writes, "{name}: {:?}", info.categories);
            assert_eq!(has("@fast"), info.flags.contains("fast"), "{name}: {:?}", info.categories);
        }
    }
}

#[test]
fn arity_is_checked_and_keys_are_found() {
    let server = Server::start();
    let mut client = server.client();
    for row in COMMANDS {
        let line = example(row, "k");
        if row.0 != "ROOM.LIST" {
            assert_eq!(
                client.cmd(&[&["COMMAND", "GETKEYS"][..], &strs(&line)].concat()).texts(),
                ["k"],
                "{line:?}"
            );
        }
        for wrong in too_few(&line).into_iter().chain(too_many(row, &line)) {
            let error = client.cmd(&wrong).err("ERR");
            assert!(error.contains("wrong number of arguments"), "{wrong:?}: {error}");
        }
        let reply = client.cmd(&line);
        let arity = reply.error().is_some_and(|error| error.contains("wrong number of arguments"));
        assert!(!arity, "{line:?}: {reply:?}");
    }
}

fn strs(line: &[String]) -> Vec<&str> {
    line.iter().map(String::as_str).collect()
}

fn too_few(line: &[String]) -> Vec<Vec<String>> {
    (1..line.len()).map(|len| line[..len].to_vec()).collect()
}

fn too_many(row: &Row, line: &[String]) -> Option<Vec<String>> {
    (row.1 > 0).then(|| [line, &["1".to_owned()]].concat())
}

#[test]
fn command_docs_match_the_list() {
    let server = Server::start();
    let mut client = server.client();
    for row in COMMANDS {
        let (name, arity, whom, _, _, options) = *row;
        let docs = docs(&mut client, name);
        assert!(!docs["summary"].text().is_empty(), "{name}: no summary");
        assert_eq!(docs["module"].text(), "room", "{name}");
        let arguments = arguments(&docs);
        let named: Vec<String> = arguments.iter().map(|argument| argument["name"].text()).collect();
        if name != "ROOM.LIST" {
            assert_eq!(named.first().map(String::as_str), Some("key"), "{name}: {named:?}");
            assert_eq!(arguments[0]["type"].text(), "key", "{name}");
        }
        let second = named.get(1).map(String::as_str);
        match whom {
            User => assert_eq!(second, Some("actor"), "{name}: {named:?}"),
            Gateway(word) => assert_eq!(second, Some(word), "{name}: {named:?}"),
            Service => assert_ne!(second, Some("actor"), "{name}: {named:?}"),
        }
        let tokens = tokens(&arguments);
        for option in options {
            let found = tokens.iter().any(|token| token.eq_ignore_ascii_case(option));
            assert!(found, "{name} documents no {option}: {tokens:?}");
        }
        // The required words match the arity. It is open only if an argument is optional or repeated.
        let needed: usize = arguments.iter().map(least).sum();
        let open = arguments.iter().any(|argument| {
            let flags = flags(argument);
            flags.contains(&"optional".to_owned()) || flags.contains(&"multiple".to_owned())
        });
        assert_eq!(open, arity < 0, "{name}: open-ended or not");
        // ROOM.POLLOPEN needs at least two of its repeated argument.
        let more = usize::from(name == "ROOM.POLLOPEN");
        assert_eq!(needed + more + 1, arity.unsigned_abs() as usize, "{name}: {named:?}");
    }
}

#[test]
fn command_docs_name_exactly_the_commands_that_a_gateway_relays() {
    let server = Server::start();
    let docs = server.cmd("COMMAND DOCS").pairs();
    let relayed: BTreeSet<String> = docs
        .into_iter()
        .map(|(name, docs)| (name.to_lowercase(), docs.pairs().into_iter().collect::<BTreeMap<_, _>>()))
        .filter(|(name, docs)| {
            let second = arguments(docs).get(1).map(|argument| argument["name"].text());
            name.starts_with("room.") && second.as_deref() == Some("actor")
        })
        .map(|(name, _)| name)
        .collect();
    let wanted: BTreeSet<String> =
        COMMANDS.iter().filter(|row| row.2 == User).map(|row| row.0.to_lowercase()).collect();
    assert_eq!(relayed, wanted);
}

/// The user may run all gateway commands on its rooms, and nothing else.
/// A gateway's line in redis.conf.example adds ROOM.LIST.
#[track_caller]
fn is_a_gateway(server: &Server, user: &str, lists: bool) {
    let mut client = server.client();
    let mut dry = |user: &str, line: &[String]| {
        let reply = client.cmd(&[&["ACL", "DRYRUN", user][..], &strs(line)].concat());
        (reply.value == support::Value::Okay, format!("{user}: {line:?}: {reply:?}"))
    };
    for row in COMMANDS {
        let (allowed, case) = dry(user, &example(row, "room:1"));
        assert_eq!(allowed, row.2 != Service || lists && row.0 == "ROOM.LIST", "{case}");
        if row.0 != "ROOM.LIST" {
            let (allowed, case) = dry(user, &example(row, "other:1"));
            assert!(!allowed, "{case}");
        }
    }
    for line in [&["GET", "room:1"][..], &["DEL", "room:1"], &["FLUSHALL"], &["ROOM.APPLY", "room:1", "x"]] {
        let line: Vec<String> = line.iter().map(|&part| part.to_owned()).collect();
        let (allowed, case) = dry(user, &line);
        assert!(!allowed, "{case}");
    }
}

#[test]
fn the_room_category_makes_a_gateway_user() {
    let server = Server::start();
    if !server.version().has_module_acl_categories() {
        // On these servers redis.conf.example lists the commands: see the_lists_for_redis_7_name_every_command.
        server.cmd("ACL SETUSER gateway +@room").err("ERR");
        return;
    }
    let mut admin = server.client();
    admin.ok("ACL SETUSER gateway on >pw ~room:* &__room@* +@room");
    let members: BTreeSet<String> =
        admin.cmd("ACL CAT room").texts().into_iter().map(|name| name.to_lowercase()).collect();
    assert_eq!(members, gateway_commands());
    is_a_gateway(&server, "gateway", false);

    let mut gateway = server.client();
    gateway.ok("AUTH gateway pw");
    gateway.json("ROOM.CREATE room:1 u");
    gateway.json("ROOM.JOIN room:1 u");
    gateway.err("ROOM.CREATE other:1 u", "NOPERM");
    gateway.err("ROOM.INFO room:1", "NOPERM");

    // A service lists only rooms whose keys it may read.
    admin.json("ROOM.CREATE other:1 u");
    admin.ok("ACL SETUSER service on >pw ~room:* +@roomadmin");
    let mut service = server.client();
    service.ok("AUTH service pw");
    assert_eq!(service.cmd("ROOM.LIST").list()[1].texts(), ["room:1"]);
    assert_eq!(service.room_info("room:1")["state"], "live");
    service.err("ROOM.INFO other:1", "NOPERM");
    service.err("ROOM.JOIN room:1 v", "NOPERM");
}

/// The lines `user …` of redis.conf.example: gateway and warehouse for servers with categories for modules, then the
/// same for Redis 7.0.
fn users_of_the_example(text: &str) -> Vec<&str> {
    let users: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("# "))
        .filter(|line| line.starts_with("user gateway ") || line.starts_with("user warehouse "))
        .collect();
    assert_eq!(users.len(), 4, "redis.conf.example has two lines `# user …` for each kind of server");
    users
}

fn example_file() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/redis.conf.example");
    std::fs::read_to_string(path).expect("redis.conf.example is at the root")
}

#[test]
fn the_users_of_redis_conf_example_do_their_work_and_nothing_else() {
    let server = Server::start();
    let file = example_file();
    let users = users_of_the_example(&file);
    let own = if server.version().has_module_acl_categories() { &users[..2] } else { &users[2..] };
    // The words that it names for a cluster and for options.
    let more: Vec<&str> = file
        .lines()
        .filter_map(|line| line.strip_prefix("#   ")?.split_once(": +"))
        .flat_map(|(_, words)| words.split(" +"))
        .collect();
    for line in own {
        let mut words: Vec<String> = line.split(' ').skip(1).map(str::to_owned).collect();
        words.extend(more.iter().map(|word| format!("+{word}")));
        server.client().ok(&[&["ACL", "SETUSER"][..], &strs(&words)].concat());
    }
    is_a_gateway(&server, "gateway", true);
    let mut client = server.client();
    let mut dry = |user: &str, line: &str| {
        let words: Vec<&str> = line.split(' ').collect();
        client.cmd(&[&["ACL", "DRYRUN", user][..], &words].concat()).value == support::Value::Okay
    };
    for row in COMMANDS {
        let line = example(row, "room:1").join(" ");
        assert_eq!(dry("warehouse", &line), row.2 == Service, "{line}");
    }
    // What client libraries send by themselves: scripts/clients shows it.
    for line in [
        "HELLO 3",
        "PING",
        "CLIENT SETNAME x",
        "CLUSTER SLOTS",
        "CLUSTER SHARDS",
        "CLUSTER NODES",
        "CLUSTER INFO",
        "CLUSTER MYID",
        "ASKING",
        "READONLY",
        "COMMAND",
        "SELECT 1",
        "MULTI",
        "EXEC",
        "DISCARD",
        "SSUBSCRIBE __room@0__:{room:1}",
        "SUNSUBSCRIBE",
        "SUBSCRIBE __room@0__:{room:1}",
    ] {
        assert!(dry("gateway", line) && dry("warehouse", line), "{line}");
    }
    assert!(dry("gateway", "COMMAND INFO ROOM.STATE") && dry("gateway", "COMMAND DOCS ROOM.STATE"));
    assert!(dry("warehouse", "PSUBSCRIBE __keyevent@*__:room.*"));
    for line in [
        "SUBSCRIBE news",
        "PSUBSCRIBE *",
        "PUBLISH __room@0__:{room:1} x",
        "CONFIG GET *",
        "CLIENT LIST",
        "KEYS *",
    ] {
        assert!(!dry("gateway", line) && !dry("warehouse", line), "{line}");
    }
}

#[test]
fn the_lists_for_redis_7_name_every_command() {
    let file = example_file();
    let named = |line: &str| -> BTreeSet<String> {
        line.split(" +").filter(|name| name.starts_with("room.")).map(str::to_owned).collect()
    };
    let users = users_of_the_example(&file);
    let mut wanted = gateway_commands();
    wanted.insert("room.list".to_owned());
    assert_eq!(named(users[2]), wanted);
    let services = COMMANDS.iter().filter(|row| row.2 == Service).map(|row| row.0.to_lowercase());
    assert_eq!(named(users[3]), services.collect());
}

#[test]
fn the_module_declares_its_options() {
    let server = Server::start();
    let modules = server.cmd("INFO modules").text();
    let own =
        modules.lines().find(|line| line.starts_with("module:name=room,")).expect("INFO lists the module");
    let options = own.split("options=[").nth(1).and_then(|rest| rest.split(']').next()).unwrap_or_default();
    let mut wanted = vec!["handle-io-errors", "no-implicit-signal-modified"];
    if server.version().valkey && server.version().number >= (9, 0) {
        wanted.push("handle-atomic-slot-migration");
    }
    assert_eq!(options.split('|').collect::<Vec<_>>(), wanted, "{modules}");
}
