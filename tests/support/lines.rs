//! Valid lines of every command, made from the table behind `COMMAND DOCS`.

use super::engine::{Arg, ArgKind, Spec};

/// A command with its arguments.
pub type Line = Vec<Vec<u8>>;

/// A valid value of an argument, by its name in the documentation.
fn sample(spec: &Spec, arg: &Arg) -> &'static str {
    match (spec.name, arg.name) {
        (_, "key") => "r",
        ("ROOM.LEAVE" | "ROOM.JOIN", "member") => "dan",
        ("ROOM.RAISEHAND" | "ROOM.ACCEPT" | "ROOM.DECLINE" | "ROOM.REACT" | "ROOM.POLLVOTE", "actor") => {
            "eve"
        }
        ("ROOM.UNMUTE", "actor") => "ben",
        ("ROOM.RSVP", "actor") => "cy",
        (_, "actor") => "ada",
        ("ROOM.POLLOPEN", "option") => "o",
        (_, "user") => "cy",
        (_, "gateway") => "g1",
        (_, "session") => "s-dan",
        (_, "json") if arg.token == Some("emojis") => "[\"👏\"]",
        (_, "json") => "{\"a\":1}",
        (_, "unix-ms") => "AT",
        (_, "kind") => "👏",
        (_, "epoch") => "none",
        (_, "cursor") => "0",
        (_, "incarnation") => "none",
        (_, "numoptions") => "2",
        (_, "n" | "count" | "seconds" | "seats" | "capacity" | "id" | "poll" | "since" | "option") => "1",
        (_, "title" | "text" | "question" | "token") => "words",
        (name, arg) => panic!("no sample for {arg} of {name}"),
    }
}

/// The words of an argument. A choice has several forms.
fn filled(spec: &Spec, arg: &Arg) -> Vec<Vec<&'static str>> {
    match arg.kind {
        ArgKind::PureToken => vec![vec![arg.token.unwrap()]],
        ArgKind::OneOf => {
            let inner = arg.args.iter().flat_map(|inner| filled(spec, inner));
            inner.map(|words| arg.token.into_iter().chain(words).collect()).collect()
        }
        _ => {
            let mut words: Vec<&str> = arg.token.into_iter().collect();
            words.push(sample(spec, arg));
            if spec.name == "ROOM.POLLOPEN" && arg.multiple {
                words.push("p");
            }
            vec![words]
        }
    }
}

/// Lines that together use every argument of a command in every form. The number is the index of the line's own part.
pub fn lines(spec: &Spec, at: &str) -> Vec<(Line, usize)> {
    let mut base = vec![spec.name];
    let mut own = Vec::new();
    for arg in spec.args {
        let ways = filled(spec, arg);
        if !arg.optional {
            base.extend(&ways[0]);
            own.extend(ways.iter().skip(1).map(|way| (base.len() - ways[0].len(), way.clone())));
        } else {
            own.extend(ways.into_iter().map(|way| (usize::MAX, way)));
        }
    }
    let bytes = |words: &[&str]| -> Line {
        words.iter().map(|&word| if word == "AT" && word != words[0] { at } else { word }.into()).collect()
    };
    // The sample value of a time is `AT` as well. Only the value is replaced.
    let timed = |words: Vec<&str>| -> Line {
        let mut line = bytes(&words);
        for place in 1..words.len() {
            if words[place] == "AT" && words[place - 1] != "AT" && words[place - 1] != "at" {
                line[place] = b"AT".to_vec();
            }
        }
        line
    };
    let mut all = vec![(timed(base.clone()), 1)];
    for (place, way) in own {
        let start = place.min(base.len());
        let rest = if place == usize::MAX { 0 } else { way.len() };
        let line: Vec<&str> =
            base[..start].iter().chain(&way).chain(base.iter().skip(start + rest)).copied().collect();
        all.push((timed(line), start));
    }
    all
}
