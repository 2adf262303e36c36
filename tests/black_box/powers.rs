//! Who may do what to whom: every role, every command, every target role.

use crate::support::{self, Client, Watch};

/// Users and their roles, two of most, so that every role has a peer.
const USERS: [(&str, &str); 8] = [
    ("host", "host"),
    ("cohost", "cohost"),
    ("cohost2", "cohost"),
    ("speaker", "speaker"),
    ("speaker2", "speaker"),
    ("listener", "listener"),
    ("listener2", "listener"),
    ("stranger", "stranger"),
];

/// A room with all of them present except the stranger. No hand is up.
fn make(client: &mut Client) {
    client.int("DEL r");
    client.json("ROOM.CREATE r host HOSTLOSS KEEP");
    for (user, role) in USERS.iter().filter(|(_, role)| *role != "stranger") {
        client.json(&["ROOM.JOIN", "r", user]);
        if *role != "host" {
            client.ok(&["ROOM.ROLE", "r", "-", user, role]);
        }
    }
}

/// For each command the result for an actor with power, by the target's role in the order host, cohost, speaker,
/// listener, stranger: a reply or an error code. Only the service acts against the host.
const AGAINST: [(&str, [&str; 5]); 10] = [
    ("ROOM.KICK r {} [] REASON why", ["1", "1", "1", "1", "0"]),
    ("ROOM.BLOCK r {} []", ["OK", "OK", "OK", "OK", "OK"]),
    ("ROOM.BLOCK r {} [] SHADOW", ["OK", "OK", "OK", "OK", "OK"]),
    ("ROOM.OFFER r {} []", ["ONSTAGE", "ONSTAGE", "ONSTAGE", "offered", "NOTMEMBER"]),
    ("ROOM.STEPDOWN r {} []", ["FORBIDDEN", "OK", "OK", "OK", "NOTMEMBER"]),
    ("ROOM.MUTE r {} []", ["0", "0", "0", "0", "0"]),
    ("ROOM.MUTE r {} [] HOLD", ["1", "1", "1", "0", "0"]),
    ("ROOM.ASKUNMUTE r {} []", ["OK", "OK", "OK", "FORBIDDEN", "NOTMEMBER"]),
    ("ROOM.LOWERHAND r {} []", ["0", "0", "0", "0", "0"]),
    // `#` is the id of the target's own comment.
    ("ROOM.DELCOMMENT r {} #", ["1", "1", "1", "1", "NOCOMMENT"]),
];

/// The reply as one word: the error's code, else its text.
fn reply_word(client: &mut Client, command: &str) -> String {
    let reply = client.cmd(command);
    match reply.value {
        _ if reply.error().is_some() => reply.err_code(),
        support::Value::Int(number) => number.to_string(),
        support::Value::Nil => "null".to_owned(),
        _ => reply.text(),
    }
}

/// Whether the documented powers let a role act against another user.
fn may_act(actor: &str, target: &str) -> bool {
    match actor {
        "-" | "host" => true,
        "cohost" => !matches!(target, "host" | "cohost"),
        _ => false,
    }
}

#[test]
fn powers_against_every_other_role() {
    let mut watch = Watch::start();
    let client = &mut watch.client;
    for (command, replies) in AGAINST {
        for actor in ["-", "host", "cohost", "speaker", "listener", "stranger"] {
            for (target, role) in USERS.iter().filter(|(target, _)| *target != actor) {
                make(client);
                let mut comments = 0;
                let there = USERS.iter().filter(|(_, role)| *role != "stranger");
                if command.contains('#') {
                    comments =
                        there.map(|(user, _)| client.int(&["ROOM.COMMENT", "r", user, "hello"])).count();
                }
                let place = USERS.iter().position(|(user, _)| user == target).unwrap();
                let line =
                    command.replace("{}", actor).replace("[]", target).replace('#', &(place + 1).to_string());
                let row =
                    ["host", "cohost", "speaker", "listener", "stranger"].iter().position(|r| r == role);
                let allowed = replies[row.unwrap()];
                // A missing comment has no author to protect, so actors without power get NOCOMMENT too.
                let expected = match may_act(actor, role) || (comments > 0 && allowed == "NOCOMMENT") {
                    true => allowed,
                    false => "FORBIDDEN",
                };
                assert_eq!(reply_word(client, &line), expected, "{line}");
            }
        }
    }
    watch.is_followed();
}

#[test]
fn nobody_acts_as_staff_against_itself() {
    let mut watch = Watch::start();
    let client = &mut watch.client;
    for command in ["KICK", "BLOCK", "OFFER", "ASKUNMUTE"] {
        for (user, _) in USERS {
            make(client);
            assert_eq!(
                reply_word(client, &format!("ROOM.{command} r {user} {user}")),
                "FORBIDDEN",
                "{command} {user}"
            );
        }
    }
    watch.is_followed();
}

/// Actors, in the order of the result columns.
const ACTORS: [&str; 6] = ["-", "host", "cohost", "speaker", "listener", "stranger"];

#[test]
fn powers_of_every_role_for_itself_and_for_the_room() {
    const NO: &str = "FORBIDDEN";
    let rows: [(&str, [&str; 6]); 26] = [
        ("ROOM.END r {}", ["{", "{", NO, NO, NO, NO]),
        ("ROOM.CONFIG r {} title x", ["OK", "OK", "OK", NO, NO, NO]),
        ("ROOM.INVITE r {} kim", ["1", "1", "1", NO, NO, NO]),
        ("ROOM.UNINVITE r {} kim", ["0", "0", "0", NO, NO, NO]),
        ("ROOM.INVITED r {}", ["{", "{", "{", NO, NO, NO]),
        ("ROOM.BLOCKED r {}", ["{", "{", "{", NO, NO, NO]),
        ("ROOM.UNBLOCK r {} kim", ["0", "0", "0", NO, NO, NO]),
        ("ROOM.NEXT r {}", ["null", "null", "null", NO, NO, NO]),
        ("ROOM.LOWERHAND r {} *", ["0", "0", "0", NO, NO, NO]),
        ("ROOM.MUTE r {} *", ["0", "0", "0", NO, NO, NO]),
        ("ROOM.MUTE r {} * HOLD", ["1", "1", "1", NO, NO, NO]),
        ("ROOM.POLLOPEN r {} Which? 2 a b", ["1", "1", "1", NO, NO, NO]),
        ("ROOM.PIN r {} 1", ["NOCOMMENT", "NOCOMMENT", "NOCOMMENT", NO, NO, NO]),
        ("ROOM.UNPIN r {} 1", ["NOCOMMENT", "NOCOMMENT", "NOCOMMENT", NO, NO, NO]),
        ("ROOM.POLLCLOSE r {} 1", ["NOPOLL", "NOPOLL", "NOPOLL", NO, NO, NO]),
        ("ROOM.RAISEHAND r {}", ["INVALID", "ONSTAGE", "ONSTAGE", "ONSTAGE", "1", "NOTMEMBER"]),
        ("ROOM.LOWERHAND r {}", ["INVALID", "0", "0", "0", "0", "0"]),
        ("ROOM.ACCEPT r {}", ["INVALID", "NOOFFER", "NOOFFER", "NOOFFER", "NOOFFER", "NOTMEMBER"]),
        ("ROOM.STEPDOWN r {}", ["INVALID", NO, "OK", "OK", NO, "NOTMEMBER"]),
        ("ROOM.UNMUTE r {}", ["INVALID", "1", "1", "1", NO, "NOTMEMBER"]),
        ("ROOM.MUTE r {}", ["INVALID", "0", "0", "0", "0", "NOTMEMBER"]),
        ("ROOM.COMMENT r {} hi", ["1", "1", "1", "1", "1", "NOTMEMBER"]),
        ("ROOM.REACT r {} 👏", ["INVALID", "1", "1", "1", "1", "NOTMEMBER"]),
        ("ROOM.STATE r {}", ["{", "{", "{", "{", "{", "{"]),
        ("ROOM.MEMBERS r {}", ["{", "{", "{", "{", "{", "{"]),
        ("ROOM.SUMMARY r {}", ["{", "{", "{", "{", "{", "{"]),
    ];
    let mut watch = Watch::start();
    let client = &mut watch.client;
    for (command, replies) in rows {
        for (actor, expected) in ACTORS.iter().zip(replies) {
            make(client);
            let line = command.replace("{}", actor);
            let got = reply_word(client, &line);
            let fits = if expected == "{" { got.starts_with('{') } else { got == expected };
            assert!(fits, "{line}: expected {expected}, got {got}");
        }
    }
    watch.is_followed();
}

#[test]
fn powers_before_the_start() {
    const NO: &str = "FORBIDDEN";
    let rows = [
        ("ROOM.START r {}", ["OK", "OK", "OK", NO]),
        ("ROOM.CANCEL r {}", ["OK", "OK", NO, NO]),
        ("ROOM.CONFIG r {} title x", ["OK", "OK", "OK", NO]),
        ("ROOM.ROLE r {} kim cohost", ["OK", "OK", NO, NO]),
        ("ROOM.BLOCK r {} kim", ["OK", "OK", "OK", NO]),
        ("ROOM.BLOCK r {} cohost2", ["OK", "OK", NO, NO]),
    ];
    let mut watch = Watch::start();
    let client = &mut watch.client;
    let at = (support::rooms::now_ms(client) + 3_600_000).to_string();
    for (command, replies) in rows {
        for (actor, expected) in ["-", "host", "cohost", "stranger"].iter().zip(replies) {
            client.int("DEL r");
            client.json(&["ROOM.CREATE", "r", "host", "AT", &at]);
            client.ok("ROOM.ROLE r host cohost cohost");
            client.ok("ROOM.ROLE r host cohost2 cohost");
            let line = command.replace("{}", actor);
            assert_eq!(reply_word(client, &line), expected, "{line}");
        }
    }
    watch.is_followed();
}

#[test]
fn only_the_host_and_the_service_give_roles() {
    let mut watch = Watch::start();
    let client = &mut watch.client;
    for actor in ACTORS {
        for (user, role) in USERS {
            for given in ["host", "cohost", "speaker", "listener"] {
                make(client);
                let line = format!("ROOM.ROLE r {actor} {user} {given}");
                let expected = match (actor, role) {
                    ("-" | "host", _) if role == given => "OK",
                    // The host can only hand the room over.
                    ("-" | "host", "host") => "FORBIDDEN",
                    ("-" | "host", "stranger") if given == "speaker" => "NOTMEMBER",
                    ("-" | "host", _) => "OK",
                    _ => "FORBIDDEN",
                };
                assert_eq!(reply_word(client, &line), expected, "{line}");
            }
        }
    }
    watch.is_followed();
}
