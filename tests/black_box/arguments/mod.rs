//! Every argument of every command: hostile bytes, numbers at and over their bounds, options wrong in every way. The
//! answer is an error that changes nothing, or what was sent is stored exactly.

mod values;

use crate::support::engine::{commands, Arg, ArgKind, Error};
use crate::support::lines::{lines, Line};
use crate::support::rooms::{digest, lived_in, now_ms};
use crate::support::{Builder, Client, Reply, Server};

fn prompt() -> Builder {
    Server::with().prompt().patient()
}

/// What no argument but a key can be, by name.
fn hostile() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("a NUL", b"zq\0zq".to_vec()),
        ("half a code point", b"zq\xf0\x9f".to_vec()),
        ("a byte that is no UTF-8", b"\xffzqzq".to_vec()),
        ("a surrogate", b"zq\xed\xa0\x80".to_vec()),
        ("a megabyte", b"zq".repeat(1 << 19)),
        ("a carriage return", b"zq\r\nzq".to_vec()),
        ("a C1 control", "zq\u{85}zq".into()),
    ]
}

/// The form of an error: a code of the contract and a text, which holds nothing of what was sent.
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

/// A room with everything in it, which can be put back.
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

    /// Sends a line. An error must have left the room as it was; after anything else it is put back.
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
        // As long as a new room: a digest holds whether a key expires, and one that expires earlier is pushed.
        self.client.ok(&[b"RESTORE".as_slice(), b"r", b"259200000", &self.dump]);
    }

    /// The code of the error, or nothing.
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
                    let told = format!("{what} at {place} of {}: {code:?}", spec.name);
                    if is_key && std::str::from_utf8(&line[1]).is_ok() {
                        let wanted = match spec.name {
                            "ROOM.CREATE" => None,
                            // The room meant is gone, which is what was asked.
                            "ROOM.PURGE" if code.is_none() => None,
                            _ => Some("NOROOM"),
                        };
                        assert_eq!(code.as_deref(), wanted, "{told}");
                    } else {
                        assert_eq!(code.as_deref(), Some("INVALID"), "{told}");
                    }
                    tried += 1;
                }
                // These may be values, but then of the right kind.
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
fn options_are_taken_once_in_any_case_and_no_others() {
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
            // One more user, or option of a poll, may be just that.
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
