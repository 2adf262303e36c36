//! Where each value ends.

use super::*;

/// What a text of `length` bytes, put into the place of `@`, gives.
fn at(verb: Verb, args: &[&str], value: &str) -> bool {
    let args: Vec<&str> = args.iter().map(|arg| if *arg == "@" { value } else { *arg }).collect();
    let outcome = parsed(verb, &args);
    assert!(matches!(outcome, Ok(_) | Err(Error::Invalid(_))), "{verb:?} {args:?}");
    outcome.is_ok()
}

/// Every text: where it stands, its bounds in bytes, and whether it may hold newline and tab.
const TEXTS: &[(Verb, &[&str], usize, usize, bool)] = &[
    (Verb::Start, &["@"], 1, 128, false),
    (Verb::Unmute, &["@"], 1, 128, false),
    (Verb::Join, &["@"], 1, 128, false),
    (Verb::Whois, &["h", "@"], 1, 128, false),
    (Verb::LowerHand, &["h", "@"], 1, 128, false),
    (Verb::Invite, &["h", "u", "@"], 1, 128, false),
    (Verb::Beat, &["@"], 1, 128, false),
    (Verb::Join, &["u", "GATEWAY", "@"], 1, 128, false),
    (Verb::Leave, &["u", "SESSION", "@"], 1, 128, false),
    (Verb::Next, &["h", "TOKEN", "@"], 1, 128, false),
    (Verb::Events, &["h", "@", "0"], 1, 128, false),
    (Verb::Purge, &["INCARNATION", "@"], 1, 128, false),
    (Verb::Export, &["@"], 1, 1024, false),
    (Verb::Hands, &["h", "CURSOR", "@"], 1, 1024, false),
    (Verb::Create, &["h", "TITLE", "@"], 0, 256, false),
    (Verb::Config, &["h", "title", "@"], 0, 256, false),
    (Verb::Kick, &["h", "u", "REASON", "@"], 0, 256, false),
    (Verb::Block, &["h", "u", "REASON", "@"], 0, 256, false),
    (Verb::React, &["u", "@"], 1, 32, false),
    (Verb::PollOpen, &["h", "@", "2", "a", "b"], 1, 512, false),
    (Verb::PollOpen, &["h", "q", "2", "a", "@"], 1, 128, false),
    (Verb::Comment, &["u", "@"], 1, 2000, true),
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
            assert!(matches!(parse(verb, &args), Err(Error::Invalid(_))), "{verb:?} {args:?}");
        }
    }
}

/// Every number: where it stands, and its bounds.
const NUMBERS: &[(Verb, &[&str], u64, u64)] = &[
    (Verb::Create, &["h", "AT", "@"], 1, 1 << 53),
    (Verb::Create, &["h", "SEATS", "@"], 0, 100),
    (Verb::Create, &["h", "CAPACITY", "@"], 0, 1_000_000),
    (Verb::Config, &["h", "at", "@"], 1, 1 << 53),
    (Verb::Config, &["h", "seats", "@"], 0, 100),
    (Verb::Config, &["h", "capacity", "@"], 0, 1_000_000),
    (Verb::Config, &["h", "slowmode", "@"], 0, 86_400),
    (Verb::Offer, &["h", "u", "FOR", "@"], 1, 3600),
    (Verb::Block, &["h", "u", "FOR", "@"], 1, 31_536_000),
    (Verb::Comment, &["u", "t", "REPLY", "@"], 1, 1 << 53),
    (Verb::DelComment, &["u", "@"], 1, 1 << 53),
    (Verb::Comments, &["u", "BEFORE", "@"], 1, 1 << 53),
    (Verb::Comments, &["u", "COUNT", "@"], 1, 500),
    (Verb::React, &["u", "k", "COUNT", "@"], 1, 100),
    (Verb::PollOpen, &["h", "q", "3", "a", "b", "c", "MULTI", "@"], 1, 3),
    (Verb::PollOpen, &["h", "q", "2", "a", "b", "FOR", "@"], 1, 604_800),
    (Verb::PollVote, &["u", "@", "0"], 1, 1 << 53),
    (Verb::PollClose, &["u", "@"], 1, 1 << 53),
    (Verb::Members, &["u", "COUNT", "@"], 1, 1000),
    (Verb::Invited, &["u", "COUNT", "@"], 1, 1000),
    (Verb::Blocked, &["u", "COUNT", "@"], 1, 1000),
    (Verb::Sessions, &["g", "COUNT", "@"], 1, 1000),
    (Verb::Hands, &["u", "COUNT", "@"], 1, 1000),
    (Verb::Events, &["u", "e", "@"], 0, 1 << 53),
    (Verb::Export, &["0", "COUNT", "@"], 1, 10_000),
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
    for verb in [Verb::Invite, Verb::Uninvite] {
        assert!(parsed(verb, &args[..1001]).is_ok());
        assert!(parsed(verb, &args).is_ok(), "that there are too many is said behind the key and who may");
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
        assert!(parsed(Verb::PollOpen, &args).is_ok(), "{number}");
    }
}

#[test]
fn keys() {
    for good in ["room:42", "{a}b", "a{b", "🎉", "a\0b", " "] {
        assert_eq!(key(good.as_bytes()), Ok(good));
    }
    for bad in [&b""[..], b"a}b", b"{}a", b"\xff", b"{a}\xc3"] {
        assert!(matches!(key(bad), Err(Error::Invalid(_))));
    }
}

#[test]
fn default_emojis_are_distinct_kinds() {
    let json = serde_json::to_string(&DEFAULT_EMOJIS).unwrap();
    assert_eq!(json::emojis(json.as_bytes()).unwrap(), DEFAULT_EMOJIS);
}
