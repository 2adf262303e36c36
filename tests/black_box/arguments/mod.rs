//! Every argument of every command: hostile bytes, numbers at and over their bounds, wrong options. The reply is either
//! an error and nothing changes, or the value is stored exactly.

mod values;

use crate::support::engine::{commands, Arg, ArgKind, Error};
use crate::support::lines::{lines, Line};
use crate::support::rooms::{digest, lived_in, now_ms};
use crate::support::{Builder, Client, Reply, Server};

fn prompt() -> Builder {
    Server::with().prompt().patient()
}

/// Values that no argument except a key accepts, by name.
fn hostile() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("a NUL", b"zq\0zq".to_vec()),
        ("half a code point", b"zq\xf0\x9f".to_vec()),
        ("a byte that is not UTF-8", b"\xffzqzq".to_vec()),
        ("a surrogate", b"zq\xed\xa0\x80".to_vec()),
        ("a megabyte", b"zq".repeat(1 << 19)),
        ("a carriage return", b"zq\r\nzq".to_vec()),
        ("a C1 control", "zq\u{85}zq".into()),
    ]
}

/// Checks the form of an error: a documented code and a text without any part of the input.
#[track_caller]
fn well_formed(reply: &Reply) -> String {
    let error = reply.error().unwrap_or_else(|| panic!("{}: expected an error, got {reply:?}", reply.asked));
    let (code, text) = error.split_once(' ').unwrap_or_else(|| panic!("{}: no text: {error}", reply.asked));
    let own = code == "ERR" && text.starts_with("wrong number of arguments for ");
    let spec = commands().find(|spec| reply.asked.split(' ').next() == Some(spec.name)).unwrap();
    let documented = Error::CODES.contains(&code) && spec.errors.contains(&code);
    assert!(own || documented, "{}: {error}", reply.asked);
    assert!(!text.is_empty() && text.len() < 120 && !text.contains("zq"), "{}: {error}", reply.asked);
    code.to_owned()
}

/// A room with everything in it, which can be restored.
struct Bench {
    client: Client,
    dump: Vec<u8>,
    digest: String,
    at: String,
    _server: Server,
}

impl Bench {
    fn new() -> Bench {
        let server = prompt().start();
        let mut client = server.client();
        lived_in(&mut client, "r");
        let at = (now_ms(&mut client) + 3_600_000).to_string();
        let (dump, digest) = (client.cmd("DUMP r").bytes(), digest(&mut client, "r"));
        Bench { client, dump, digest, at, _server: server }
    }

    /// Sends a line. After an error the room must be unchanged. After any other reply the room is restored.
    #[track_caller]
    fn send(&mut self, line: &Line) -> Reply {
        let reply = self.client.cmd(line);
        if reply.error().is_some() {
            well_formed(&reply);
            let after = digest(&mut self.client, "r");
            assert_eq!(after, self.digest, "{}: changed by {reply:?}", reply.asked);
        } else {
            self.put_back();
        }
        reply
    }

    fn put_back(&mut self) {
        self.client.ok("FLUSHALL");
        // The TTL of a new room. The digest includes whether a key expires, and the module pushes an earlier expiry.
        self.client.ok(&[b"RESTORE".as_slice(), b"r", b"259200000", &self.dump]);
    }

    /// The code of the error, or None.
    #[track_caller]
    fn code(&mut self, line: &Line) -> Option<String> {
        let reply = self.send(line);
        reply.error().map(|_| reply.err_code())
    }
}

#[test]
fn every_command_refuses_hostile_bytes_in_every_position() {
    let mut bench = Bench::new();
    let at = bench.at.clone();
    let mut tried = 0;
    for spec in commands() {
        for (line, start) in lines(spec, &at) {
            let valid = bench.code(&line);
            assert_ne!(valid.as_deref(), Some("INVALID"), "{}: not valid to begin with", show(&line));
            for place in start..line.len() {
                for (what, value) in hostile() {
                    let mut line = line.clone();
                    line[place] = value;
                    let code = bench.code(&line);
                    let is_key = place == 1 && spec.name != "ROOM.LIST";
                    let case = format!("{what} at {place} of {}: {code:?}", spec.name);
                    if is_key && std::str::from_utf8(&line[1]).is_ok() {
                        let wanted = match spec.name {
                            "ROOM.CREATE" => None,
                            // The named incarnation is gone, as requested.
                            "ROOM.PURGE" if code.is_none() => None,
                            _ => Some("NOROOM"),
                        };
                        assert_eq!(code.as_deref(), wanted, "{case}");
                    } else {
                        assert_eq!(code.as_deref(), Some("INVALID"), "{case}");
                    }
                    tried += 1;
                }
                // These values may be valid. The reply only has to be sound.
                for value in ["", "🎉zq", "-", "*", "0", "-1", "{}", "\u{2028}"] {
                    let mut line = line.clone();
                    line[place] = value.into();
                    bench.send(&line);
                }
            }
        }
    }
    assert!(tried > 1000, "{tried}");
    assert_eq!(bench.client.text("PING"), "PONG");
}

fn show(line: &Line) -> String {
    line.iter().map(|word| String::from_utf8_lossy(word).into_owned()).collect::<Vec<_>>().join(" ")
}

#[test]
fn options_are_accepted_once_in_any_case_and_unknown_ones_are_refused() {
    let mut bench = Bench::new();
    let at = bench.at.clone();
    for spec in commands() {
        let options: Vec<&Arg> = spec.args.iter().filter(|arg| arg.optional && arg.token.is_some()).collect();
        let is_flag = |token: &[u8]| {
            let of = |arg: &&&Arg| arg.token.is_some_and(|word| word.as_bytes() == token);
            options.iter().find(of).is_some_and(|arg| arg.kind == ArgKind::PureToken)
        };
        let all = lines(spec, &at);
        for (line, start) in all.iter().filter(|(line, start)| *start > 1 && *start < line.len()) {
            let token = &line[*start];
            if !options.iter().any(|arg| arg.token.is_some_and(|word| word.as_bytes() == token.as_slice())) {
                continue;
            }
            let asked = show(line);
            let valid = bench.code(line);
            let mut lower = line.clone();
            lower[*start].make_ascii_lowercase();
            assert_eq!(bench.code(&lower), valid, "{asked}: in lower case");
            let twice: Line = line.iter().chain(&line[*start..]).cloned().collect();
            assert_eq!(bench.code(&twice).as_deref(), Some("INVALID"), "{asked}: twice");
            if !is_flag(token) {
                let without: Line = line[..=*start].to_vec();
                assert_eq!(bench.code(&without).as_deref(), Some("INVALID"), "{asked}: without its value");
            }
        }
        let open = spec.args.last().is_some_and(|arg| arg.multiple);
        for surplus in [&b"zqzq"[..], b"TOKENzq", b"", b"\xff"] {
            let mut line = all[0].0.clone();
            let optional = spec.args.iter().filter(|arg| arg.optional && arg.token.is_none()).count();
            line.extend(vec![b"cy".to_vec(); optional]);
            line.push(surplus.to_vec());
            let code = bench.code(&line);
            let wanted = if spec.arity > 0 { "ERR" } else { "INVALID" };
            // The surplus word may be one more user, or one more option of a poll.
            assert!(open || code.as_deref() == Some(wanted), "{}: {code:?}", show(&line));
        }
    }
}

#[test]
fn a_hundred_thousand_arguments_are_an_error() {
    let mut bench = Bench::new();
    for (line, surplus) in [
        ("ROOM.COMMENT r ada hi", "TOKEN"),
        ("ROOM.INVITE r ada", "x"),
        ("ROOM.POLLVOTE r dan 1", "0"),
        ("ROOM.POLLOPEN r ada q 2", "a"),
        ("ROOM.CONFIG r ada", "title"),
        ("ROOM.LIST", "PUBLIC"),
        ("ROOM.END r ada", "x"),
    ] {
        let mut line: Line = line.split(' ').map(|word| word.into()).collect();
        line.resize(100_000, surplus.into());
        let code = bench.code(&line).unwrap_or_else(|| panic!("taken: {}", show(&line[..5].to_vec())));
        assert!(["INVALID", "TOOMANY", "ERR"].contains(&code.as_str()), "{code}");
    }
}
