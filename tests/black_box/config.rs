//! `ROOM.CONFIG`: the settings of a room, and those that `ROOM.CREATE` accepts too.

use crate::support::rooms::now_ms;
use crate::support::{json, Watch};

/// `ROOM.CREATE` and `ROOM.CONFIG` accept the same values: name, valid values, invalid values.
fn values() -> Vec<(&'static str, Vec<String>, Vec<String>)> {
    let all = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect::<Vec<String>>();
    let nested = |depth: usize| format!("{}1{}", r#"{"a":"#.repeat(depth), "}".repeat(depth));
    let sized = |bytes: usize| format!(r#"{{"a":"{}"}}"#, "x".repeat(bytes - 8));
    vec![
        ("title", vec!["t".repeat(256), "🌙".repeat(64), String::new()], vec!["t".repeat(257)]),
        ("seats", all(&["0", "100"]), all(&["101", "-1", "1.0", "01", "+1", "", "many"])),
        ("capacity", all(&["0", "1000000"]), all(&["1000001", "-1", "1e3"])),
        (
            "meta",
            vec!["{}".to_owned(), sized(2048), nested(8)],
            [vec![sized(2049), nested(9)], all(&["[]", "1", "{", r#"{"a":1e999}"#, r#"{"a":"\ud800"}"#])]
                .concat(),
        ),
        ("hostloss", all(&["end", "HANDOVER", "Keep"]), all(&["never", ""])),
    ]
}

#[test]
fn create_and_config_accept_values_up_to_their_limits() {
    let mut watch = Watch::live("", &[]);
    for (name, good, bad) in values() {
        for value in good {
            // A setting that has its value already changes nothing.
            let before = watch.state("-")["settings"][name].clone();
            let seen = watch.send(&["ROOM.CONFIG", "r", "ada", name, &value]).ok();
            if watch.state("-")["settings"][name] == before {
                seen.quiet();
            } else {
                seen.events(&["settings"]);
            }
            watch.send(&["ROOM.CONFIG", "r", "ada", name, &value]).ok().quiet();
            watch.client.json(&["ROOM.CREATE", "new", "ada", name, &value]);
            let taken = watch.client.json("ROOM.STATE new -")["settings"][name].clone();
            assert_eq!(taken, watch.state("-")["settings"][name]);
            assert_eq!(watch.client.int("DEL new"), 1);
        }
        for value in bad {
            watch.refuses(&["ROOM.CONFIG", "r", "ada", name, &value], "INVALID");
            watch.client.err(&["ROOM.CREATE", "new", "ada", name, &value], "INVALID");
        }
    }
    watch.is_followed();
}

#[test]
fn config_sets_every_field_and_publishes_all_settings() {
    let mut watch = Watch::live("", &[]);
    let many = |count: usize| json!((0..count).map(|n| format!("k{n}")).collect::<Vec<_>>()).to_string();
    for (name, value, shown) in [
        ("title", "Évening", json!("Évening")),
        ("seats", "3", json!(3)),
        ("capacity", "9", json!(9)),
        ("meta", r#"{ "a" : [1, 2.5] }"#, json!({"a": [1, 2.5]})),
        ("hostloss", "END", json!("end")),
        ("comments", "off", json!(false)),
        ("reactions", "OFF", json!(false)),
        ("hands", "off", json!(false)),
        ("slowmode", "86400", json!(86_400)),
        ("emojis", r#"["👏","🔥"]"#, json!(["👏", "🔥"])),
        ("emojis", "[]", json!([])),
        ("emojis", &many(64), serde_json::from_str(&many(64)).unwrap()),
        ("private", "on", json!(true)),
        ("private", "off", json!(false)),
    ] {
        let seen = watch.send(&["ROOM.CONFIG", "r", "ada", name, value]).ok().notifies("room.config");
        assert_eq!(seen.event("settings")["settings"][name], shown);
        assert_eq!(watch.state("-")["settings"][name], shown);
    }
    for (name, value) in [
        ("emojis", many(65).as_str()),
        ("emojis", r#"["👏","👏"]"#),
        ("emojis", r#"[""]"#),
        ("emojis", r#"{"a":1}"#),
        ("slowmode", "86401"),
        ("hands", "yes"),
        ("private", ""),
        ("colour", "red"),
    ] {
        watch.refuses(&["ROOM.CONFIG", "r", "ada", name, value], "INVALID");
    }
    watch.is_followed();
}

#[test]
fn config_sets_all_its_fields_or_none() {
    let mut watch = Watch::live("", &["lea"]);
    watch.role("cohost", &["ben"]);
    let seen = watch.send("ROOM.CONFIG r ben title both seats 5").ok().events(&["settings"]);
    let settings = &seen.event("settings")["settings"];
    assert_eq!((&settings["title"], &settings["seats"]), (&json!("both"), &json!(5)));
    let at = now_ms(&mut watch.client) + 60_000;
    watch.refuses_all(&[
        ("ROOM.CONFIG r ada title x seats 101", "INVALID"),
        ("ROOM.CONFIG r ada title x title y", "INVALID"),
        ("ROOM.CONFIG r ada title", "ERR"),
        ("ROOM.CONFIG r ada title x seats", "INVALID"),
        ("ROOM.CONFIG r ada at 1", "INVALID"),
        (&format!("ROOM.CONFIG r ada title x at {at}"), "NOTSCHEDULED"),
        ("ROOM.CONFIG r lea title x", "FORBIDDEN"),
        ("ROOM.CONFIG nothing ada title x", "NOROOM"),
    ]);
    watch.client.ok("SET text 1");
    watch.client.err("ROOM.CONFIG text ada title x", "WRONGTYPE");
    assert_eq!(watch.state("-")["title"], "both");
    watch.is_followed();
}

#[test]
fn lowering_seats_or_capacity_removes_nobody() {
    let mut watch = Watch::live("SEATS 3", &["sam", "sue", "lea"]);
    watch.role("speaker", &["sam", "sue"]);
    watch.send("ROOM.CONFIG r ada seats 1 capacity 1").ok().events(&["settings"]);
    let counts = watch.state("-")["counts"].clone();
    assert_eq!((&counts["present"], &counts["speakers"]), (&json!(4), &json!(3)));
    watch.refuses_all(&[("ROOM.JOIN r new", "FULL"), ("ROOM.ROLE r ada lea speaker", "NOSEAT")]);
    watch.client.ok("ROOM.STEPDOWN r sam");
    watch.refuses("ROOM.ROLE r ada lea speaker", "NOSEAT");
    watch.client.ok("ROOM.STEPDOWN r sue");
    watch.send("ROOM.ROLE r ada lea speaker").ok();
    watch.is_followed();
}
