//! The table of commands is consistent.

use super::*;
use crate::command::spec::{Access, Arg, ArgKind, KeyUse, JSON};
use std::collections::BTreeSet;

/// The fewest arguments there can be, with the name, and whether there can be more.
fn least(spec: &Spec) -> (i32, bool) {
    let needed = spec.args.iter().filter(|arg| !arg.optional).map(|arg| match arg.token {
        Some(_) if arg.kind != ArgKind::PureToken => 2,
        _ if arg.args.iter().any(|arg| arg.token.is_some() && arg.kind != ArgKind::PureToken) => 2,
        // A poll has two options at least.
        _ if arg.name == "option" && arg.kind == ArgKind::String => 2,
        _ => 1,
    });
    (1 + needed.sum::<i32>(), spec.args.iter().any(|arg| arg.optional || arg.multiple))
}

#[test]
fn arity_is_what_the_arguments_add_up_to() {
    for spec in commands() {
        let (least, is_open_ended) = least(spec);
        assert_eq!(spec.arity, if is_open_ended { -least } else { least }, "{}", spec.name);
    }
}

/// The documented commands, in the order of `docs/commands.md`.
const NAMES: [&str; 49] = [
    "CREATE",
    "CONFIG",
    "START",
    "CANCEL",
    "END",
    "RSVP",
    "INVITE",
    "UNINVITE",
    "INVITED",
    "JOIN",
    "LEAVE",
    "BEAT",
    "DROP",
    "SESSIONS",
    "RAISEHAND",
    "LOWERHAND",
    "NEXT",
    "OFFER",
    "ACCEPT",
    "DECLINE",
    "STEPDOWN",
    "ROLE",
    "MUTE",
    "UNMUTE",
    "ASKUNMUTE",
    "KICK",
    "BLOCK",
    "UNBLOCK",
    "BLOCKED",
    "COMMENT",
    "DELCOMMENT",
    "PIN",
    "UNPIN",
    "COMMENTS",
    "REACT",
    "POLLOPEN",
    "POLLVOTE",
    "POLLCLOSE",
    "POLLS",
    "STATE",
    "MEMBERS",
    "WHOIS",
    "HANDS",
    "EVENTS",
    "SUMMARY",
    "INFO",
    "LIST",
    "EXPORT",
    "PURGE",
];

/// The name without `ROOM.`.
fn short(spec: &Spec) -> &'static str {
    spec.name.strip_prefix("ROOM.").unwrap()
}

#[test]
fn names_are_documented_in_this_order() {
    let names: Vec<&str> = commands().map(short).collect();
    assert_eq!(names, NAMES);
    for group in GROUPS {
        assert!(group.iter().all(|spec| spec.group == group[0].group));
    }
}

#[test]
fn tips_say_which_replies_are_json_and_which_are_shared() {
    let with = |tip: &str| -> Vec<&str> { commands().filter(|s| s.tips.contains(&tip)).map(short).collect() };
    assert_eq!(with("shared"), ["MEMBERS", "HANDS"]);
    for spec in commands() {
        assert_eq!(spec.tips.contains(&"reply:json"), spec.reply.starts_with("JSON"), "{}", spec.name);
    }
}

#[test]
fn the_second_argument_says_who_relays() {
    let second = |wanted: &str| -> Vec<&str> {
        commands().filter(|s| s.args.get(1).is_some_and(|arg| arg.name == wanted)).map(short).collect()
    };
    assert_eq!(second("member"), ["JOIN", "LEAVE"]);
    assert_eq!(second("gateway"), ["BEAT", "DROP", "SESSIONS"]);
    assert_eq!(second("creator"), ["CREATE"], "a gateway must not relay it");
    assert_eq!(second("actor").len(), 49 - 1 - 5 - 4);
    for spec in commands() {
        let actors = spec.args.iter().filter(|arg| arg.name == "actor").count();
        let service = ["INFO", "LIST", "EXPORT", "PURGE"].contains(&short(spec));
        assert_eq!(spec.admin, service, "{}", spec.name);
        assert!(actors == 0 || spec.args[1].name == "actor" && !service, "{}", spec.name);
        assert_eq!(spec.args[0].kind == ArgKind::Key, short(spec) != "LIST", "{}", spec.name);
        assert!(spec.args.iter().skip(1).all(|arg| arg.kind != ArgKind::Key));
    }
}

#[test]
fn a_key_is_used_as_the_command_says() {
    for spec in commands() {
        let wanted = match short(spec) {
            "LIST" => KeyUse::None,
            "CREATE" => KeyUse::Insert,
            "PURGE" => KeyUse::Delete,
            _ if spec.access() == Access::Read => KeyUse::Read,
            _ => KeyUse::Update,
        };
        assert_eq!(spec.key_use(), wanted, "{}", spec.name);
    }
}

#[test]
fn config_parses_the_fields_that_it_documents() {
    let documented = config_fields::FIELDS.iter().map(|field| field.token.unwrap());
    assert!(documented.eq(config_fields::NAMES));
}

#[test]
fn errors_are_codes_in_their_order() {
    let codes = crate::error::Error::CODES;
    let mut given = BTreeSet::new();
    for spec in commands() {
        let places: Vec<usize> =
            spec.errors.iter().map(|code| codes.iter().position(|c| c == code).unwrap()).collect();
        assert!(places.windows(2).all(|pair| pair[0] < pair[1]), "{}", spec.name);
        assert_eq!(spec.errors.last(), Some(&"INVALID"), "{}", spec.name);
        given.extend(places);
    }
    assert_eq!(given.len(), codes.len(), "a code no command gives");
}

#[test]
fn every_command_on_a_key_may_meet_no_room_another_type_or_a_broken_room() {
    for spec in commands().filter(|spec| short(spec) != "LIST") {
        for code in ["WRONGTYPE", "BROKEN"] {
            assert!(spec.errors.contains(&code), "{}", spec.name);
        }
        assert_eq!(
            spec.errors.contains(&"NOROOM"),
            !matches!(short(spec), "CREATE" | "PURGE"),
            "{}",
            spec.name
        );
    }
}

#[test]
fn tips_say_which_replies_are_json() {
    for spec in commands() {
        assert_eq!(spec.tips.contains(&JSON), spec.reply.starts_with("JSON"), "{}", spec.name);
    }
}

#[test]
fn only_growing_writes_need_memory() {
    let shrinking = [
        "LEAVE",
        "END",
        "PURGE",
        "UNINVITE",
        "LOWERHAND",
        "DROP",
        "BEAT",
        "MUTE",
        "DELCOMMENT",
        "UNPIN",
        "KICK",
        "CANCEL",
        "DECLINE",
        "STEPDOWN",
        "UNBLOCK",
        "POLLCLOSE",
    ];
    for spec in commands() {
        let grows = spec.access() == Access::Write && !shrinking.contains(&short(spec));
        assert_eq!(spec.deny_oom, grows, "{}", spec.name);
        let tells = !spec.event.is_empty();
        assert_eq!(tells, spec.access() == Access::Write && short(spec) != "BEAT", "{}", spec.name);
    }
}

#[test]
fn a_server_takes_every_argument() {
    fn check(arg: &Arg) {
        let composed = matches!(arg.kind, ArgKind::OneOf);
        assert_eq!(composed, !arg.args.is_empty(), "{}", arg.name);
        assert!(arg.kind != ArgKind::PureToken || arg.token.is_some(), "{}", arg.name);
        assert!(!arg.name.is_empty());
        arg.args.iter().for_each(check);
    }
    for spec in commands() {
        spec.args.iter().for_each(check);
        for text in [spec.summary, spec.complexity, spec.reply, spec.notes] {
            assert!(
                !text.is_empty() && !text.contains("  ") && !text.contains('\n'),
                "{}: {text}",
                spec.name
            );
        }
    }
}
