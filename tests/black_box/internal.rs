//! The commands by which replication and the AOF carry rooms are not for clients.

use crate::support::rooms::{digest, everything, lived_in};
use crate::support::{Client, Server, Value};
use std::fs;

/// Every command of an append-only file of plain commands, argument by argument.
fn commands_of_aof(server: &Server) -> Vec<Vec<Vec<u8>>> {
    let mut files: Vec<_> = fs::read_dir(server.dir().join("appendonlydir"))
        .expect("the server keeps an append-only file")
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "aof"))
        .collect();
    files.sort();
    let mut commands = Vec::new();
    for file in files {
        let bytes = fs::read(&file).unwrap();
        let mut rest = bytes.as_slice();
        while !rest.is_empty() {
            let count = number(&mut rest, b'*');
            commands.push((0..count).map(|_| string(&mut rest)).collect());
        }
    }
    commands
}

fn number(rest: &mut &[u8], kind: u8) -> usize {
    let end = rest.iter().position(|&byte| byte == b'\r').expect("a line ends");
    assert_eq!(rest[0], kind, "an AOF of plain commands");
    let number = std::str::from_utf8(&rest[1..end]).unwrap().parse().unwrap();
    *rest = &rest[end + 2..];
    number
}

fn string(rest: &mut &[u8]) -> Vec<u8> {
    let len = number(rest, b'$');
    let found = rest[..len].to_vec();
    *rest = &rest[len + 2..];
    found
}

/// Refused in every context: plainly, in MULTI, in a script, in a function.
#[track_caller]
fn refused_every_way(client: &mut Client, line: &[&[u8]]) {
    let name = line[0].escape_ascii().to_string();
    let plain = client.cmd(line);
    assert!(plain.error().is_some(), "{name}: {plain:?}");

    client.ok("MULTI");
    let queued = client.cmd(line);
    if queued.error().is_some() {
        client.err("EXEC", "EXECABORT");
    } else {
        let reply = client.cmd("EXEC").list().remove(0);
        assert!(reply.error().is_some(), "{name} in MULTI: {reply:?}");
    }

    let call = "return redis.call(unpack(ARGV))";
    let script = client.cmd(&[&[b"EVAL".as_slice(), call.as_bytes(), b"1", line[1]], line].concat());
    assert!(script.error().is_some(), "{name} in EVAL: {script:?}");

    let library = "#!lua name=l\nredis.register_function('f', function(keys, args) return redis.call(unpack(args)) end)";
    client.text(&["FUNCTION", "LOAD", "REPLACE", library]);
    let function = client.cmd(&[&[b"FCALL".as_slice(), b"f", b"1", line[1]], line].concat());
    assert!(function.error().is_some(), "{name} in FCALL: {function:?}");
}

/// A key so long that the server quotes no payload after it. Redis 8 treats these commands as internal and replies to
/// clients as to unknown ones, with the first 128 bytes of the arguments. In a payload these are not text.
fn long(name: &str) -> String {
    name.repeat(128)
}

#[test]
fn clients_cannot_send_effects() {
    let server = Server::with().prompt().aof(false).start();
    let mut client = server.client();
    let (room, another) = (&long("r"), &long("another"));
    lived_in(&mut client, room);
    // Effects that a server wrote itself, so that only their origin is wrong.
    let written = commands_of_aof(&server);
    let effects: Vec<_> = written
        .iter()
        .filter(|line| line[0].eq_ignore_ascii_case(b"ROOM.APPLY") && line[1] == room.as_bytes())
        .collect();
    assert!(!effects.is_empty(), "changes are written as effects");
    let before = (digest(&mut client, room), everything(&mut client, room));
    let takes: Vec<_> = [effects.first(), effects.last()].into_iter().flatten().collect();
    for effect in takes {
        for key in [room, another] {
            let mut line: Vec<&[u8]> = effect.iter().map(Vec::as_slice).collect();
            line[1] = key.as_bytes();
            refused_every_way(&mut client, &line);
        }
    }
    assert_eq!((digest(&mut client, room), everything(&mut client, room)), before);
    assert_eq!(client.int(&["EXISTS", another]), 0);
}

#[test]
fn clients_cannot_load_rooms() {
    let server = Server::with().prompt().aof(false).start();
    let mut client = server.client();
    let (room, another) = (&long("r"), &long("another"));
    lived_in(&mut client, room);
    let before = digest(&mut client, room);
    server.rewrite_aof();
    let load = commands_of_aof(&server)
        .into_iter()
        .find(|line| line[0].to_ascii_uppercase().starts_with(b"ROOM.") && line[1] == room.as_bytes())
        .expect("the rewritten AOF holds the room");
    for key in [room, another] {
        let mut line: Vec<&[u8]> = load.iter().map(Vec::as_slice).collect();
        line[1] = key.as_bytes();
        refused_every_way(&mut client, &line);
    }
    assert_eq!(digest(&mut client, room), before);
    assert_eq!(client.int(&["EXISTS", another]), 0);
}

#[test]
fn nonsense_in_internal_commands_is_refused_too() {
    let server = Server::start();
    let mut client = server.client();
    let room = &long("r");
    client.json(&["ROOM.CREATE", room, "ada"]);
    let before = digest(&mut client, room);
    for name in [b"ROOM.APPLY".as_slice(), b"ROOM.LOAD"] {
        for payload in [b"".as_slice(), b"\0", b"\xff\xff\xff\xff", &[7; 100_000]] {
            refused_every_way(&mut client, &[name, room.as_bytes(), payload]);
            refused_every_way(&mut client, &[name, room.as_bytes(), b"1", payload]);
        }
    }
    assert_eq!(digest(&mut client, room), before);
}

/// A damaged dump is refused, or it gives a room that works. The server survives.
#[test]
fn corrupted_dumps_are_refused_without_a_crash() {
    let server = Server::with().prompt().start();
    let mut client = server.client();
    lived_in(&mut client, "r");
    let dump = client.cmd("DUMP r").bytes();
    client.int("PERSIST r");
    client.ok(&[b"RESTORE".as_slice(), b"copy", b"0", &dump]);
    assert_eq!(digest(&mut client, "copy"), digest(&mut client, "r"));
    // The checksum would hide the damage from the module.
    client.ok("DEBUG SET-SKIP-CHECKSUM-VALIDATION 1");

    let footer = 10;
    let body = dump.len() - footer;
    let mut refused = 0;
    let mut tried = 0;
    let mut try_one = |client: &mut Client, bytes: &[u8], what: &str| {
        tried += 1;
        let restored = client
            .try_cmd(&[b"RESTORE".as_slice(), b"copy", b"0", bytes, b"REPLACE"])
            .unwrap_or_else(|error| panic!("{what}: {error}"));
        if restored == Value::Okay {
            // It must be a whole room that can be read and changed.
            for line in
                ["ROOM.STATE copy -", "ROOM.MEMBERS copy -", "ROOM.SUMMARY copy -", "ROOM.EXPORT copy 0"]
            {
                client.try_cmd(line).unwrap_or_else(|error| panic!("{what}: {line}: {error}"));
            }
            for line in ["ROOM.JOIN copy new", "ROOM.COMMENT copy new hello", "ROOM.END copy -"] {
                client.try_cmd(line).unwrap_or_else(|error| panic!("{what}: {line}: {error}"));
            }
        } else {
            refused += 1;
        }
    };

    // Byte 0 is the server's value type. Another type there does not reach the module.
    for at in 1..body {
        for flip in [0x01, 0x80, 0xff] {
            let mut bytes = dump.clone();
            bytes[at] ^= flip;
            try_one(&mut client, &bytes, &format!("byte {at} of {body} ^ {flip:#x}"));
        }
    }
    for len in (1..body).step_by(3) {
        let bytes = [&dump[..len], &dump[body..]].concat();
        try_one(&mut client, &bytes, &format!("cut to {len} of {body}"));
    }
    for at in (1..body).step_by(7) {
        let bytes = [&dump[..at], &[0; 9], &dump[at..]].concat();
        try_one(&mut client, &bytes, &format!("zeros put in at {at}"));
    }
    assert!(refused > tried / 2, "only {refused} of {tried} were refused");
    assert_eq!(client.text("PING"), "PONG");
}
