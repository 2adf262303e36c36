//! The bounds of each value. The numbers are written out, so that a changed constant shows.

use super::*;
use crate::terms;

/// Whether the command parses with `value` in the place of `@`.
fn at(name: &str, args: &[&str], value: &str) -> bool {
    let args: Vec<&str> = args.iter().map(|arg| if *arg == "@" { value } else { *arg }).collect();
    let outcome = parsed(name, &args);
    assert!(matches!(outcome, Ok(_) | Err(Error::Invalid(_))), "{name:?} {args:?}");
    outcome.is_ok()
}

/// Every text: its place, its bounds in bytes, and whether it may hold newline and tab.
const TEXTS: &[(&str, &[&str], usize, usize, bool)] = &[
    ("START", &["@"], 1, 128, false),
    ("UNMUTE", &["@"], 1, 128, false),
    ("JOIN", &["@"], 1, 128, false),
    ("WHOIS", &["h", "@"], 1, 128, false),
    ("LOWERHAND", &["h", "@"], 1, 128, false),
    ("INVITE", &["h", "u", "@"], 1, 128, false),
    ("BEAT", &["@"], 1, 128, false),
    ("JOIN", &["u", "GATEWAY", "@"], 1, 128, false),
    ("LEAVE", &["u", "SESSION", "@"], 1, 128, false),
    ("NEXT", &["h", "TOKEN", "@"], 1, 128, false),
    ("EVENTS", &["h", "@", "0"], 1, 128, false),
    ("PURGE", &["INCARNATION", "@"], 1, 128, false),
    ("EXPORT", &["@"], 1, 1024, false),
    ("HANDS", &["h", "CURSOR", "@"], 1, 1024, false),
    ("CREATE", &["h", "TITLE", "@"], 0, 256, false),
    ("CONFIG", &["h", "title", "@"], 0, 256, false),
    ("KICK", &["h", "u", "REASON", "@"], 0, 256, false),
    ("BLOCK", &["h", "u", "REASON", "@"], 0, 256, false),
    ("REACT", &["u", "@"], 1, 32, false),
    ("POLLOPEN", &["h", "@", "2", "a", "b"], 1, 512, false),
    ("POLLOPEN", &["h", "q", "2", "a", "@"], 1, 128, false),
    ("COMMENT", &["u", "@"], 1, 2000, true),
];

#[test]
fn texts_are_bounded_in_bytes() {
    for &(verb, args, min, max, _) in TEXTS {
        for length in [0, 1, max - 1, max, max + 1, 1_000_000] {
            let wanted = (min..=max).contains(&length);
            assert_eq!(at(verb, args, &"x".repeat(length)), wanted, "{verb:?} {args:?} {length}");
        }
        assert!(at(verb, args, &"é".repeat(max / 2)), "{verb:?} {args:?}");
        assert!(!at(verb, args, &"é".repeat(max / 2 + 1)), "{verb:?} {args:?}");
    }
}

#[test]
fn texts_hold_no_control_characters() {
    for &(verb, args, _, _, lines) in TEXTS {
        for bad in ["a\0", "\u{1}", "a\rb", "\u{1b}[0m", "\u{7f}", "\u{80}", "a\u{85}", "\u{9f}"] {
            assert!(!at(verb, args, bad), "{verb:?} {args:?} {bad:?}");
        }
        for good in ["👩‍👩‍👧", "a b", "مرحبا", "\u{a0}", "\u{202e}"] {
            assert!(at(verb, args, good), "{verb:?} {args:?} {good:?}");
        }
        assert_eq!(at(verb, args, "a\n\tb"), lines, "{verb:?} {args:?}");
        for broken in [&b"\xf0\x9f\x8e"[..], b"a\xff", b"\xed\xa0\xbc", b"\xc0\x80"] {
            let args: Vec<&[u8]> =
                args.iter().map(|arg| if *arg == "@" { broken } else { arg.as_bytes() }).collect();
            assert!(matches!(spec(verb).parse(&args), Err(Error::Invalid(_))), "{verb:?} {args:?}");
        }
    }
}

/// Every number: its place and its bounds.
const NUMBERS: &[(&str, &[&str], u64, u64)] = &[
    ("CREATE", &["h", "AT", "@"], 1, 1 << 53),
    ("CREATE", &["h", "SEATS", "@"], 0, 100),
    ("CREATE", &["h", "CAPACITY", "@"], 0, 1_000_000),
    ("CONFIG", &["h", "at", "@"], 1, 1 << 53),
    ("PURGE", &["ENDED", "@"], 0, 1 << 53),
    ("CONFIG", &["h", "seats", "@"], 0, 100),
    ("CONFIG", &["h", "capacity", "@"], 0, 1_000_000),
    ("CONFIG", &["h", "slowmode", "@"], 0, 86_400),
    ("OFFER", &["h", "u", "FOR", "@"], 1, 3600),
    ("BLOCK", &["h", "u", "FOR", "@"], 1, 31_536_000),
    ("COMMENT", &["u", "t", "REPLY", "@"], 1, 1 << 53),
    ("DELCOMMENT", &["u", "@"], 1, 1 << 53),
    ("COMMENTS", &["u", "BEFORE", "@"], 1, 1 << 53),
    ("COMMENTS", &["u", "COUNT", "@"], 1, 500),
    ("REACT", &["u", "k", "COUNT", "@"], 1, 100),
    ("POLLOPEN", &["h", "q", "3", "a", "b", "c", "MULTI", "@"], 1, 3),
    ("POLLOPEN", &["h", "q", "2", "a", "b", "FOR", "@"], 1, 604_800),
    ("POLLVOTE", &["u", "@", "0"], 1, 1 << 53),
    ("POLLCLOSE", &["u", "@"], 1, 1 << 53),
    ("MEMBERS", &["u", "COUNT", "@"], 1, 1000),
    ("INVITED", &["u", "COUNT", "@"], 1, 1000),
    ("BLOCKED", &["u", "COUNT", "@"], 1, 1000),
    ("SESSIONS", &["g", "COUNT", "@"], 1, 1000),
    ("HANDS", &["u", "COUNT", "@"], 1, 1000),
    ("EVENTS", &["u", "e", "@"], 0, 1 << 53),
    ("EXPORT", &["0", "COUNT", "@"], 1, 10_000),
];

#[test]
fn numbers_are_bounded() {
    for &(verb, args, min, max) in NUMBERS {
        for value in [min, max] {
            assert!(at(verb, args, &value.to_string()), "{verb:?} {args:?} {value}");
        }
        for value in [max + 1, u64::MAX] {
            assert!(!at(verb, args, &value.to_string()), "{verb:?} {args:?} {value}");
        }
        assert_eq!(at(verb, args, "0"), min == 0, "{verb:?} {args:?}");
    }
}

#[test]
fn numbers_have_one_form() {
    for &(verb, args, _, _) in NUMBERS {
        for bad in [
            "",
            "-",
            "-1",
            "-0",
            "+1",
            "01",
            "00",
            " 1",
            "1 ",
            "1\n",
            "1.0",
            "1e0",
            "0x1",
            "١",
            "1_0",
            "inf",
            "18446744073709551616",
            "184467440737095516170",
            "1\0",
        ] {
            assert!(!at(verb, args, bad), "{verb:?} {args:?} {bad:?}");
        }
    }
}

#[test]
fn a_call_takes_a_thousand_users() {
    let users: Vec<String> = (0..1001).map(|i| format!("u{i}")).collect();
    let mut args = vec!["h"];
    args.extend(users.iter().map(String::as_str));
    for verb in ["INVITE", "UNINVITE"] {
        assert!(parsed(verb, &args[..1001]).is_ok());
        assert!(parsed(verb, &args).is_ok(), "`decide` refuses too many users, after key and power");
        let last_wrong = [&args[..], &["-"]].concat();
        assert!(is_invalid(verb, &last_wrong), "values come before numbers");
    }
}

#[test]
fn a_poll_has_two_to_twenty_options() {
    let names: Vec<String> = (0..20).map(|i| i.to_string()).collect();
    for number in 2..=20 {
        let mut args = vec!["h", "q", &names[number - 1]];
        let given = number.to_string();
        args[2] = &given;
        args.extend(names[..number].iter().map(String::as_str));
        assert!(parsed("POLLOPEN", &args).is_ok(), "{number}");
    }
}

#[test]
fn keys() {
    for good in ["room:42", "{a}b", "a{b", "🎉", "a\0b", " "] {
        assert_eq!(parse_key(good.as_bytes()), Ok(good));
    }
    for bad in [&b""[..], b"a}b", b"{}a", b"\xff", b"{a}\xc3"] {
        assert!(matches!(parse_key(bad), Err(Error::Invalid(_))));
    }
}

#[test]
fn default_emojis_are_distinct_kinds() {
    let json = serde_json::to_string(&terms::DEFAULT_EMOJIS).unwrap();
    assert_eq!(json_values::emojis(json.as_bytes()).unwrap(), terms::DEFAULT_EMOJIS);
}
