//! Parsers take the arguments that the table of commands shows, and no others.

use super::*;
use crate::command::spec::{Arg, ArgKind};
use proptest::prelude::*;

/// Ways to write an argument: one, or one for each alternative.
fn samples(arg: &Arg) -> Vec<Vec<&'static str>> {
    let values: Vec<Vec<&'static str>> = match arg.kind {
        ArgKind::PureToken => return vec![vec![arg.token.unwrap()]],
        ArgKind::OneOf => arg.args.iter().flat_map(samples).collect(),
        ArgKind::Integer | ArgKind::UnixTime if arg.multiple => vec![vec!["2", "3"]],
        ArgKind::Integer | ArgKind::UnixTime => vec![vec!["2"]],
        ArgKind::Key | ArgKind::String => vec![match (arg.name, arg.token) {
            ("json", Some("emojis")) => vec!["[]"],
            ("json", _) => vec!["{}"],
            _ if arg.multiple => vec!["x", "y"],
            _ => vec!["x"],
        }],
    };
    values.into_iter().map(|value| arg.token.into_iter().chain(value).collect()).collect()
}

/// The arguments after the key that cannot be left out.
fn least(spec: &Spec) -> Vec<&'static str> {
    let needed = spec.args.iter().filter(|arg| arg.kind != ArgKind::Key && !arg.optional);
    needed.flat_map(|arg| samples(arg).remove(0)).collect()
}

fn outcome(spec: &Spec, args: &[&[u8]]) -> Result<(), Error> {
    spec.parse(args).map(|_| ())
}

fn takes(spec: &Spec, args: &[&str]) -> bool {
    outcome(spec, &bytes(args)).is_ok()
}

#[test]
fn every_argument_of_the_table_is_taken() {
    for spec in commands() {
        let least = least(spec);
        assert!(takes(spec, &least), "{} {least:?}", spec.name);
        for arg in spec.args.iter().filter(|arg| arg.optional) {
            // Without the optional user in front, the option would be read as a user of this name.
            let user = spec.args.iter().find(|user| user.optional && user.token.is_none());
            let user =
                user.filter(|_| arg.token.is_some()).map_or_else(Vec::new, |user| samples(user).remove(0));
            let least = [&least[..], &user].concat();
            for sample in samples(arg) {
                let args = [&least[..], &sample].concat();
                assert!(takes(spec, &args), "{} {args:?}", spec.name);
                let twice = [&args[..], &sample].concat();
                assert!(!takes(spec, &twice), "{} {twice:?}", spec.name);
                let lower: Vec<String> = sample.iter().map(|word| word.to_lowercase()).collect();
                let lower: Vec<&str> = lower.iter().map(String::as_str).collect();
                assert!(takes(spec, &[&least[..], &lower].concat()), "{} {lower:?}", spec.name);
            }
        }
        for (place, arg) in spec.args.iter().filter(|arg| arg.kind != ArgKind::Key).enumerate() {
            for sample in samples(arg).into_iter().filter(|_| !arg.optional) {
                let mut args = least.clone();
                args.splice(place..place + sample.len(), sample);
                assert!(takes(spec, &args), "{} {args:?}", spec.name);
            }
        }
    }
}

#[test]
fn no_argument_may_be_missing() {
    for spec in commands() {
        let least = least(spec);
        for length in 0..least.len() {
            let short = ["ROOM.INVITE", "ROOM.UNINVITE", "ROOM.POLLVOTE"].contains(&spec.name);
            let enough = short && length + 1 == least.len();
            assert_eq!(takes(spec, &least[..length]), enough, "{} {:?}", spec.name, &least[..length]);
        }
    }
}

#[test]
fn options_of_other_commands_are_refused() {
    let options: Vec<&Arg> =
        commands().flat_map(|spec| spec.args).filter(|arg| arg.optional && arg.token.is_some()).collect();
    for spec in commands().filter(|spec| !spec.args.iter().any(|arg| arg.multiple && arg.name == "user")) {
        let least = least(spec);
        for option in &options {
            let own =
                spec.args.iter().flat_map(|arg| arg.args.iter().chain([arg])).filter_map(|arg| arg.token);
            if own.into_iter().any(|token| token.eq_ignore_ascii_case(option.token.unwrap())) {
                continue;
            }
            for value in [&[][..], &["2"]] {
                let args = [&least[..], &[option.token.unwrap()], value].concat();
                // A user may well be called PRIVATE.
                let is_user =
                    value.is_empty() && spec.args.iter().any(|arg| arg.token.is_none() && arg.optional);
                assert_eq!(takes(spec, &args), is_user, "{} {args:?}", spec.name);
            }
        }
    }
}

fn any_spec() -> impl Strategy<Value = &'static Spec> {
    (0..commands().count()).prop_map(|place| commands().nth(place).unwrap())
}

fn any_bytes() -> impl Strategy<Value = Vec<u8>> {
    let words = proptest::sample::select(vec![
        "",
        "-",
        "*",
        "0",
        "1",
        "64",
        "TITLE",
        "AT",
        "META",
        "PROFILE",
        "FOR",
        "COUNT",
        "CURSOR",
        "TOKEN",
        "on",
        "emojis",
        "{}",
        "[\"\\ud800\"]",
        "{\"a\":1e999}",
        "\u{0}",
        "🎉",
        "18446744073709551616",
    ]);
    prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..40),
        proptest::collection::vec(any::<u8>(), 0..3000),
        words.prop_map(|word| word.as_bytes().to_vec()),
        "\\PC{0,20}".prop_map(String::into_bytes),
    ]
}

proptest! {
    #[test]
    fn anything_is_an_answer_and_no_panic(
        spec in any_spec(),
        args in proptest::collection::vec(any_bytes(), 0..12),
    ) {
        let args: Vec<&[u8]> = args.iter().map(Vec::as_slice).collect();
        if let Err(error) = outcome(spec, &args) {
            prop_assert!(matches!(error, Error::Invalid(_)));
        }
        let _ = args.first().map(|bytes| parse_key(bytes));
    }

    #[test]
    fn anything_in_any_place_is_an_answer_and_no_panic(spec in any_spec(), value in any_bytes()) {
        let mut whole = least(spec);
        whole.extend(spec.args.iter().filter(|arg| arg.optional).flat_map(|arg| samples(arg).remove(0)));
        let whole = bytes(&whole);
        for place in 0..whole.len() {
            let mut args = whole.clone();
            args[place] = &value;
            let _ = outcome(spec, &args);
        }
        let _ = parse_key(&value);
    }
}
