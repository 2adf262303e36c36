//! Values at their bounds and over them, and texts that are stored exactly.

use super::{prompt, Bench};
use crate::support::rooms::{digest, now_ms};
use crate::support::{json, Client, Json};

/// The greatest id, index or seq.
const MOST: u64 = 1 << 53;

/// A line with `#` in the place of a number, the least number it accepts, and the greatest.
const NUMBERS: [(&str, u64, u64); 27] = [
    ("ROOM.CREATE new ada SEATS #", 0, 100),
    ("ROOM.CREATE new ada CAPACITY #", 0, 1_000_000),
    ("ROOM.CONFIG r ada seats #", 0, 100),
    ("ROOM.CONFIG r ada capacity #", 0, 1_000_000),
    ("ROOM.CONFIG r ada slowmode #", 0, 86_400),
    ("ROOM.INVITED r ada COUNT #", 1, 1000),
    ("ROOM.SESSIONS r g1 COUNT #", 1, 1000),
    ("ROOM.BLOCKED r ada COUNT #", 1, 1000),
    ("ROOM.MEMBERS r ada COUNT #", 1, 1000),
    ("ROOM.HANDS r ada COUNT #", 1, 1000),
    ("ROOM.LIST COUNT #", 1, 1000),
    ("ROOM.EXPORT r 0 COUNT #", 1, 10_000),
    ("ROOM.OFFER r ada cy FOR #", 1, 3600),
    ("ROOM.BLOCK r ada cy FOR #", 1, 31_536_000),
    ("ROOM.COMMENTS r ada COUNT #", 1, 500),
    ("ROOM.COMMENTS r ada BEFORE #", 1, MOST),
    ("ROOM.COMMENT r ada hi REPLY #", 1, MOST),
    ("ROOM.DELCOMMENT r ada #", 1, MOST),
    ("ROOM.PIN r ada #", 1, MOST),
    ("ROOM.UNPIN r ada #", 1, MOST),
    ("ROOM.REACT r cy 👏 COUNT #", 1, 100),
    ("ROOM.POLLOPEN r ada q 3 a b c MULTI #", 1, 3),
    ("ROOM.POLLOPEN r ada q 3 a b c FOR #", 1, 604_800),
    ("ROOM.POLLVOTE r cy # 0", 1, MOST),
    ("ROOM.POLLVOTE r cy 1 #", 0, MOST),
    ("ROOM.POLLCLOSE r ada #", 1, MOST),
    ("ROOM.EVENTS r ada none #", 0, MOST),
];

#[test]
fn numbers_are_accepted_within_their_bounds_in_one_form() {
    let mut bench = Bench::new();
    for (line, least, most) in NUMBERS {
        let with =
            |value: &str| line.split(' ').map(|word| if word == "#" { value } else { word }.into()).collect();
        for value in [least, most] {
            let code = bench.code(&with(&value.to_string()));
            assert_ne!(code.as_deref(), Some("INVALID"), "{line}: {value} is within");
        }
        let mut wrong = vec![(most + 1).to_string()];
        wrong.extend((least > 0).then(|| (least - 1).to_string()));
        wrong.extend(
            ["-1", "-0", "+1", "01", "00", "1.0", "1e1", "0x1", " 1", "1 ", "", "one", "１", "NaN", "inf"]
                .map(str::to_owned),
        );
        wrong.extend(
            ["18446744073709551616", "18446744073709551617", "340282366920938463463374607431768211457"]
                .map(str::to_owned),
        );
        wrong.push("9".repeat(400));
        for value in wrong {
            let code = bench.code(&with(&value));
            assert_eq!(code.as_deref(), Some("INVALID"), "{line}: {value}");
        }
    }
    let at = |client: &mut Client, ahead: i64| {
        let at = now_ms(client) as i64 + ahead;
        client.cmd(&["ROOM.CREATE", "new", "ada", "AT", &at.to_string()])
    };
    let year = 365 * 86_400_000;
    at(&mut bench.client, year - 60_000).json();
    bench.put_back();
    for wrong in [-1, -86_400_000, year + 2 * 86_400_000] {
        at(&mut bench.client, wrong).err("INVALID");
    }
}

/// Unusual but valid texts.
const ODD: [&str; 14] = [
    "🎉",
    "👩‍👩‍👧‍👦",
    "e\u{301}",
    "ﷺ",
    "\u{202e}rtl",
    "\u{2028}",
    "\u{ffff}",
    "\u{10ffff}",
    "a b",
    "\"\\/",
    "{\"a\":1}",
    "__proto__",
    "null",
    "%s%n",
];

#[test]
fn unusual_texts_are_stored_exactly() {
    let server = prompt().start();
    let mut client = server.client();
    for odd in ODD {
        client.ok("FLUSHALL");
        let created =
            client.json(&["ROOM.CREATE", "r", odd, "TITLE", odd, "META", &json!({odd:odd}).to_string()]);
        assert_eq!(created["state"], "live");
        let profile = json!({"n":odd}).to_string();
        client.json(&["ROOM.JOIN", "r", odd, "GATEWAY", odd, "SESSION", odd, "PROFILE", &profile]);
        client.ok(&["ROOM.CONFIG", "r", odd, "emojis", "[]"]);
        assert_eq!(client.int(&["ROOM.COMMENT", "r", odd, odd, "TOKEN", odd]), 1);
        assert_eq!(client.int(&["ROOM.COMMENT", "r", odd, "x", "TOKEN", odd]), 1);
        client.int(&["ROOM.REACT", "r", odd, odd]);
        client.int(&["ROOM.POLLOPEN", "r", odd, odd, "2", odd, "other"]);
        client.ok(&["ROOM.BLOCK", "r", odd, "evil", "REASON", odd]);
        let state = client.json(&["ROOM.STATE", "r", odd]);
        assert_eq!((&state["title"], &state["host"]), (&json!(odd), &json!(odd)));
        assert_eq!(state["settings"]["meta"], json!({odd:odd}));
        assert_eq!(state["profiles"], json!({odd:{"n":odd}}));
        assert_eq!((&state["you"]["user"], &state["comments"][0]["text"]), (&json!(odd), &json!(odd)));
        assert_eq!(state["reactions"], json!({odd:1}));
        assert_eq!(
            (&state["polls"][0]["question"], &state["polls"][0]["options"][0]["text"]),
            (&json!(odd), &json!(odd))
        );
        let held = client.json(&["ROOM.SESSIONS", "r", odd]);
        assert_eq!(held["sessions"], json!([{"user":odd,"session":odd}]));
        assert_eq!(client.json("ROOM.BLOCKED r -")["blocked"][0]["reason"], odd);
        let info = client.room_info("r");
        assert_eq!((info["title"].as_str(), info["host"].as_str()), (odd, odd));
        // The text as part of a key. Its braces are no hash tag.
        let key = format!("room {odd}");
        assert_eq!(client.json(&["ROOM.CREATE", &key, "ada"])["state"], "live");
        assert_eq!(client.json(&["ROOM.STATE", &key, "-"])["room"], key);
    }
}

#[test]
fn texts_are_accepted_up_to_their_limit_in_bytes() {
    let mut bench = Bench::new();
    for (line, most, may_be_empty) in [
        ("ROOM.JOIN r #", 128, false),
        ("ROOM.JOIN r x GATEWAY #", 128, false),
        ("ROOM.JOIN r x GATEWAY g SESSION #", 128, false),
        ("ROOM.COMMENT r ada hi TOKEN #", 128, false),
        ("ROOM.CREATE new ada TITLE #", 256, true),
        ("ROOM.CONFIG r ada title #", 256, true),
        ("ROOM.KICK r ada cy REASON #", 256, true),
        ("ROOM.BLOCK r ada cy REASON #", 256, true),
        ("ROOM.POLLOPEN r ada # 2 a b", 512, false),
        ("ROOM.POLLOPEN r ada q 2 # b", 128, false),
        ("ROOM.COMMENT r ada #", 2000, false),
        ("ROOM.EVENTS r ada # 0", 128, false),
    ] {
        let with =
            |value: &str| line.split(' ').map(|word| if word == "#" { value } else { word }.into()).collect();
        for value in ["x".repeat(most), "é".repeat(most / 2), "🎉".repeat(most / 4)] {
            let code = bench.code(&with(&value));
            assert!(code.is_none() || code.as_deref() == Some("RESYNC"), "{line}: {most} bytes: {code:?}");
        }
        for value in ["x".repeat(most + 1), format!("{}x", "é".repeat(most / 2)), "🎉".repeat(most / 4 + 1)]
        {
            assert_eq!(
                bench.code(&with(&value)).as_deref(),
                Some("INVALID"),
                "{line}: {} bytes",
                value.len()
            );
        }
        assert_eq!(bench.code(&with("")).is_none(), may_be_empty, "{line}: nothing");
    }
    // The kind must be allowed, too.
    bench.client.ok("ROOM.CONFIG r ada emojis []");
    bench.client.int(&["ROOM.REACT", "r", "cy", &"x".repeat(32)]);
    bench.client.err(&["ROOM.REACT", "r", "cy", &"x".repeat(33)], "INVALID");
    bench.client.int(&["ROOM.COMMENT", "r", "ada", "\n\t"]);
    bench.client.err(&["ROOM.KICK", "r", "ada", "cy", "REASON", "a\nb"], "INVALID");
    for nobody in ["-", "*"] {
        bench.client.err(&["ROOM.JOIN", "r", nobody], "INVALID");
        bench.client.err(&["ROOM.INVITE", "r", "ada", "x", nobody], "INVALID");
        bench.client.err(&["ROOM.UNMUTE", "r", nobody], "INVALID");
    }
}

/// An object in objects, this deep.
fn nested(depth: usize) -> String {
    format!("{}1{}", "{\"a\":".repeat(depth), "}".repeat(depth))
}

/// An object of this many bytes.
fn long(len: usize) -> String {
    format!("{{\"a\":\"{}\"}}", "x".repeat(len - 8))
}

#[test]
fn profiles_and_meta_are_objects_and_are_stored_reserialised() {
    let server = prompt().start();
    let mut client = server.client();
    client.json("ROOM.CREATE r ada");
    client.json("ROOM.JOIN r ada");
    for (sent, stored) in [
        ("{}", json!({})),
        (" { \"a\" : [ 1 , null ] }\n", json!({"a":[1,null]})),
        (r#"{"a":"\u00e9\ud83c\udf89\u0000"}"#, json!({"a":"é🎉\0"})),
        (r#"{"a":1,"a":2}"#, json!({"a":2})),
        (r#"{"a":0.1,"b":-1,"c":1e2}"#, json!({"a":0.1,"b":-1,"c":100.0})),
        (&nested(8), serde_json::from_str(&nested(8)).unwrap()),
        (&long(512), serde_json::from_str(&long(512)).unwrap()),
    ] {
        client.json(&["ROOM.JOIN", "r", "ada", "PROFILE", sent]);
        assert_eq!(client.json("ROOM.WHOIS r - ada")["profile"], stored, "{sent}");
        let compact = serde_json::to_string(&stored).unwrap();
        assert!(client.text("ROOM.WHOIS r - ada").contains(&format!("\"profile\":{compact}")), "{sent}");
        client.ok(&["ROOM.CONFIG", "r", "ada", "meta", sent]);
        assert_eq!(client.json("ROOM.STATE r -")["settings"]["meta"], stored, "{sent}");
    }
}

#[test]
fn wrong_profiles_meta_and_emojis_are_refused() {
    let server = prompt().start();
    let mut client = server.client();
    client.json("ROOM.CREATE r ada");
    client.json("ROOM.JOIN r ada");
    let before = digest(&mut client, "r");
    let deep = "[".repeat(400);
    for wrong in [
        "",
        "[]",
        "1",
        "null",
        "\"a\"",
        "{",
        "{}{}",
        "{}x",
        "{a:1}",
        r#"{"a":NaN}"#,
        r#"{"a":1e400}"#,
        r#"{"a":-1e400}"#,
        r#"{"a":"\ud83c"}"#,
        r#"{"a":"\udf89x"}"#,
        r#"{"\ud83c":1}"#,
        r#"{"a":01}"#,
        r#"{"a":1,}"#,
        "{\"a\":\"\n\"}",
        "{\"a\":\"\0\"}",
        &nested(9),
        &deep,
        &format!("{{\"a\":{deep}"),
        &long(2049),
    ] {
        client.err(&["ROOM.JOIN", "r", "ada", "PROFILE", wrong], "INVALID");
        client.err(&["ROOM.CONFIG", "r", "ada", "meta", wrong], "INVALID");
    }
    client.err(&["ROOM.JOIN", "r", "ada", "PROFILE", &long(513)], "INVALID");
    for wrong in [
        "",
        "{}",
        "\"a\"",
        "[1]",
        "[\"\"]",
        "[\"a\",\"a\"]",
        "[\"\\n\"]",
        &format!("[\"{}\"]", "x".repeat(33)),
    ] {
        client.err(&["ROOM.CONFIG", "r", "ada", "emojis", wrong], "INVALID");
    }
    assert_eq!(digest(&mut client, "r"), before);
    client.ok(&["ROOM.CONFIG", "r", "ada", "meta", &long(2048)]);
    let kinds: Vec<String> = (0..65).map(|n| n.to_string()).collect();
    client.ok(&["ROOM.CONFIG", "r", "ada", "emojis", &Json::from(&kinds[..64]).to_string()]);
    client.err(&["ROOM.CONFIG", "r", "ada", "emojis", &Json::from(&kinds[..]).to_string()], "INVALID");
}

#[test]
fn lists_of_users_are_accepted_up_to_a_thousand() {
    let server = prompt().start();
    let mut client = server.client();
    client.json("ROOM.CREATE r ada");
    let users: Vec<String> = (0..1001).map(|n| format!("u{n}")).collect();
    let line = |verb: &str, n: usize| -> Vec<String> {
        [verb, "r", "ada"].iter().map(|&word| word.to_owned()).chain(users[..n].iter().cloned()).collect()
    };
    client.err(&line("ROOM.INVITE", 1001), "TOOMANY");
    assert_eq!(client.int(&line("ROOM.INVITE", 1000)), 1000);
    client.err(&line("ROOM.UNINVITE", 1001), "TOOMANY");
    assert_eq!(client.int(&line("ROOM.UNINVITE", 1000)), 1000);
    assert_eq!(client.room_info("r")["invited"], "0");
}
