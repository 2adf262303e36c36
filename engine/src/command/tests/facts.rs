//! What a turn knows of each write: who pays which rate, and whose deadlines are settled first.

use super::*;

/// Every write: its arguments, its rate, and the users it refers to. The actor is `h`.
const WRITES: &[(&str, &[&str], &str, [&str; 2])] = &[
    ("CREATE", &["h"], "free", ["", ""]),
    ("CONFIG", &["h", "title", "t"], "action", ["", ""]),
    ("START", &["h"], "action", ["", ""]),
    ("CANCEL", &["h"], "action", ["", ""]),
    ("END", &["h"], "action", ["", ""]),
    ("RSVP", &["h", "yes"], "action", ["", ""]),
    ("INVITE", &["h", "u"], "action", ["", ""]),
    ("UNINVITE", &["h", "u"], "action", ["", ""]),
    ("JOIN", &["h"], "free", ["h", ""]),
    ("LEAVE", &["h"], "free", ["h", ""]),
    ("BEAT", &["g"], "free", ["", ""]),
    ("DROP", &["g"], "free", ["", ""]),
    ("RAISEHAND", &["h"], "action", ["h", ""]),
    ("LOWERHAND", &["h"], "action", ["h", "h"]),
    ("LOWERHAND", &["h", "u"], "action", ["h", "u"]),
    ("LOWERHAND", &["h", "*"], "action", ["h", ""]),
    ("NEXT", &["h"], "action", ["", ""]),
    ("OFFER", &["h", "u"], "action", ["h", "u"]),
    ("ACCEPT", &["h"], "action", ["h", ""]),
    ("DECLINE", &["h"], "action", ["h", ""]),
    ("STEPDOWN", &["h", "u"], "action", ["h", "u"]),
    ("ROLE", &["h", "u", "cohost"], "action", ["h", "u"]),
    ("MUTE", &["h", "u"], "action", ["h", "u"]),
    ("MUTE", &["h", "*"], "action", ["h", ""]),
    ("UNMUTE", &["h"], "action", ["h", ""]),
    ("ASKUNMUTE", &["h", "u"], "action", ["h", "u"]),
    ("KICK", &["h", "u"], "action", ["h", "u"]),
    ("BLOCK", &["h", "u"], "action", ["h", "u"]),
    ("UNBLOCK", &["h", "u"], "action", ["", ""]),
    ("COMMENT", &["h", "text"], "comment", ["h", ""]),
    ("DELCOMMENT", &["h", "1"], "action", ["", ""]),
    ("PIN", &["h", "1"], "action", ["", ""]),
    ("UNPIN", &["h", "1"], "action", ["", ""]),
    ("REACT", &["h", "k", "COUNT", "7"], "react 7", ["h", ""]),
    ("POLLOPEN", &["h", "q", "2", "a", "b"], "action", ["", ""]),
    ("POLLVOTE", &["h", "1", "0"], "action", ["h", ""]),
    ("POLLCLOSE", &["h", "1"], "action", ["", ""]),
    ("PURGE", &[], "free", ["", ""]),
];

fn facts(name: &str, args: &[&'static str]) -> Facts<'static> {
    match parsed(name, args) {
        Ok(Command::Write(command)) => command.facts(),
        other => panic!("{name} {args:?}: {other:?}"),
    }
}

fn rate(charge: Charge<'_>) -> String {
    match charge.rate {
        Rate::Action => "action".to_owned(),
        Rate::Comment => "comment".to_owned(),
        Rate::React(count) => format!("react {count}"),
    }
}

#[test]
fn each_write_draws_its_rate_and_refers_to_its_users() {
    for (name, args, wanted, refers_to) in WRITES {
        let facts = facts(name, args);
        assert_eq!(facts.charge.map_or("free".to_owned(), rate), *wanted, "{name} {args:?}");
        assert!(facts.charge.is_none_or(|charge| charge.user == "h"), "{name} {args:?}");
        assert_eq!(facts.refers_to, *refers_to, "{name} {args:?}");
    }
}

#[test]
fn every_write_is_listed() {
    for spec in commands().filter(|spec| spec.access() == spec::Access::Write) {
        let is_listed = WRITES.iter().any(|(name, ..)| spec.name.strip_prefix("ROOM.") == Some(name));
        assert!(is_listed, "{}", spec.name);
    }
}

#[test]
fn the_service_pays_no_rate() {
    for (name, args, ..) in WRITES.iter().filter(|(_, args, ..)| args.first() == Some(&"h")) {
        let args = [&["-"], &args[1..]].concat();
        // Some commands are for users only.
        if !is_invalid(name, &args) {
            let facts = facts(name, &args);
            assert!(facts.charge.is_none(), "{name} {args:?}");
            assert_eq!(facts.refers_to[0], "", "{name} {args:?}");
        }
    }
}
