//! The `room.*` settings: defaults, bounds, and that every way of setting them refuses a wrong value.

use crate::support::engine::SETTINGS;
use crate::support::server::module_path;
use crate::support::{Builder, Client, Server};

/// The documented settings. Their bounds come from [`SETTINGS`].
const DEFAULTS: [(&str, i64); 13] = [
    ("ttl", 259_200),
    ("tick", 50),
    ("lease", 30),
    ("grace", 15),
    ("host-grace", 120),
    ("empty", 3600),
    ("start-window", 21_600),
    ("history-bytes", 65_536),
    ("comment-rate", 5),
    ("react-rate", 50),
    ("action-rate", 20),
    ("comment-room-rate", 200),
    ("max-comments", 100_000),
];

const NO_NUMBERS: [&str; 5] = ["abc", "", "1.5", "-", "99999999999999999999"];

/// The server must neither start nor crash.
#[track_caller]
fn refuses(what: &str, builder: Builder) {
    match builder.try_start() {
        Ok(_) => panic!("the server started with {what}"),
        Err(refusal) => refusal.is_clean(),
    }
}

fn loaded(client: &mut Client) -> bool {
    let modules = client.cmd("MODULE LIST").list();
    modules
        .iter()
        .flat_map(|module| module.pairs())
        .any(|(name, value)| name == "name" && value.text() == "room")
}

#[test]
fn the_defaults_are_as_documented() {
    let server = Server::start();
    for (name, default) in DEFAULTS {
        assert_eq!(server.config_get(&format!("room.{name}")), default.to_string(), "room.{name}");
    }
    assert_eq!(server.config_get("room.publish"), "auto");
    let known = server.cmd("CONFIG GET room.*").map();
    assert_eq!(known.len(), DEFAULTS.len() + 1, "settings that are not documented: {known:?}");
}

#[test]
fn config_set_accepts_every_value_within_bounds() {
    let server = Server::start();
    for setting in SETTINGS {
        let name = format!("room.{}", setting.name);
        for value in [setting.min, setting.max, setting.default] {
            server.config_set(&name, value);
            assert_eq!(server.config_get(&name), value.to_string(), "{name}");
        }
    }
}

#[test]
fn config_set_out_of_bounds_is_an_error_and_changes_nothing() {
    let server = Server::start();
    let mut client = server.client();
    for setting in SETTINGS {
        let name = format!("room.{}", setting.name);
        let beyond = [(setting.min - 1).to_string(), (setting.max + 1).to_string(), i64::MAX.to_string()];
        for value in beyond.iter().map(String::as_str).chain(NO_NUMBERS) {
            let reply = client.cmd(&["CONFIG", "SET", &name, value]);
            assert!(reply.error().is_some(), "{name} took {value:?}: {reply:?}");
            assert_eq!(server.config_get(&name), setting.default.to_string(), "{name} after {value:?}");
        }
    }
}

#[test]
fn config_set_of_several_is_all_or_nothing() {
    let server = Server::start();
    let reply = server.cmd("CONFIG SET room.tick 10 room.lease 0");
    assert!(reply.error().is_some(), "{reply:?}");
    assert_eq!(server.config_get("room.tick"), "50");
}

#[test]
fn publish_can_be_set_only_at_the_start() {
    let server = Server::start();
    let reply = server.cmd("CONFIG SET room.publish shard");
    assert!(reply.error().is_some(), "{reply:?}");
    assert_eq!(server.config_get("room.publish"), "auto");

    for word in ["global", "shard"] {
        let server = Server::with().room("publish", word).start();
        assert_eq!(server.config_get("room.publish"), word);
        assert_eq!(server.client().json("ROOM.CREATE r -")["publish"], word);
    }
    assert_eq!(server.client().json("ROOM.CREATE r -")["publish"], "global", "auto, on a single server");
    refuses("room.publish loud", Server::with().room("publish", "loud"));
    refuses("the argument publish loud", Server::with().module_arg("publish").module_arg("loud"));
}

#[test]
fn the_configuration_file_sets_and_refuses_values() {
    let mut builder = Server::with();
    for setting in SETTINGS {
        builder = builder.room(setting.name, setting.max);
    }
    let server = builder.start();
    for setting in SETTINGS {
        assert_eq!(server.config_get(&format!("room.{}", setting.name)), setting.max.to_string());
    }
    drop(server);

    for setting in SETTINGS {
        for value in [setting.min - 1, setting.max + 1] {
            refuses(&format!("room.{} {value}", setting.name), Server::with().room(setting.name, value));
        }
    }
    refuses("room.tick abc", Server::with().room("tick", "abc"));
    refuses("an unknown setting", Server::with().room("tock", 1));
}

#[test]
fn module_arguments_set_and_refuse_values() {
    let mut builder = Server::with();
    for setting in SETTINGS {
        builder = builder.module_arg(setting.name).module_arg(setting.min);
    }
    let server = builder.start();
    for setting in SETTINGS {
        assert_eq!(server.config_get(&format!("room.{}", setting.name)), setting.min.to_string());
    }
    // An argument sets the initial value only.
    server.config_set("room.tick", 70);
    assert_eq!(server.config_get("room.tick"), "70");
    drop(server);

    let with = |name: &str, value: &str| Server::with().module_arg(name).module_arg(value);
    for setting in SETTINGS {
        for value in [setting.min - 1, setting.max + 1] {
            refuses(
                &format!("the argument {} {value}", setting.name),
                with(setting.name, &value.to_string()),
            );
        }
    }
    refuses("the argument tick abc", with("tick", "abc"));
    refuses("an unknown argument", with("tock", "1"));
    refuses("an argument without value", Server::with().module_arg("tick"));
}

#[test]
fn loadex_sets_and_refuses_values() {
    let server = Server::with().without_module().start();
    let mut client = server.client();
    let path = module_path().display().to_string();
    for wrong in [
        ["CONFIG", "room.tick", "-1"],
        ["CONFIG", "room.tick", "10001"],
        ["CONFIG", "room.tick", "abc"],
        ["CONFIG", "room.publish", "loud"],
        ["ARGS", "tick", "-1"],
        ["ARGS", "lease", "0"],
    ] {
        let reply = client.cmd(&[&["MODULE", "LOADEX", &path][..], &wrong[..]].concat());
        assert!(reply.error().is_some(), "{wrong:?}: {reply:?}");
        assert!(!loaded(&mut client), "{wrong:?} left the module loaded");
        assert!(!server.log().contains("BUG REPORT"), "{wrong:?} crashed");
    }
    client.ok(&["MODULE", "LOADEX", &path, "CONFIG", "room.tick", "7", "ARGS", "lease", "9"]);
    assert!(loaded(&mut client));
    assert_eq!(server.config_get("room.tick"), "7");
    assert_eq!(server.config_get("room.lease"), "9");
}

#[test]
fn a_rewritten_configuration_keeps_the_values() {
    let mut server = Server::start();
    server.config_set("room.tick", 123);
    server.cmd("CONFIG REWRITE").ok();
    server.restart();
    assert_eq!(server.config_get("room.tick"), "123");
    assert_eq!(server.config_get("room.lease"), "30");
}
