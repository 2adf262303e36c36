//! Scripts and functions that call rooms.

use super::{assert_right, follow, is_disturbed, prompt, transact};
use crate::support::client::error_text;
use crate::support::deadlines::{arm, wait_settled, with_short_grace};
use crate::support::wait_for;

#[test]
fn scripts_call_rooms() {
    let server = prompt().start();
    let replica = prompt().replica_of(&server).start();
    replica.wait_in_sync(&server);
    let mut client = server.client();
    let mut followers = follow(&server, &["r"]);
    let script = "redis.call('ROOM.CREATE', KEYS[1], 'ada') \
                  local joined = cjson.decode(redis.call('ROOM.JOIN', KEYS[1], 'ada')) \
                  local id = redis.call('ROOM.COMMENT', KEYS[1], 'ada', ARGV[1]) \
                  local refused = redis.pcall('ROOM.COMMENT', KEYS[1], 'nobody', 'x') \
                  local state = cjson.decode(redis.call('ROOM.STATE', KEYS[1], '-')) \
                  return {joined.you.user, id, refused.err, state.comments[1].text}";
    let replies = client.cmd(&["EVAL", script, "1", "r", "from Lua 🌙"]).list();
    assert_eq!((replies[0].text().as_str(), replies[1].int()), ("ada", 1));
    assert!(replies[2].text().starts_with("NOTMEMBER "), "{:?}", replies[2]);
    assert_eq!(replies[3].text(), "from Lua 🌙");

    // An error stops a script and keeps its earlier changes. Every change reaches the replica, in every replication
    // mode that the script requests.
    for half in [
        "redis.call('ROOM.JOIN', KEYS[1], 'ben') redis.call('ROOM.END', KEYS[1], 'cy')",
        "redis.replicate_commands() redis.call('ROOM.COMMENT', KEYS[1], 'ben', 'x') error('FORBIDDEN by hand')",
        "redis.set_repl(redis.REPL_NONE) redis.call('ROOM.REACT', KEYS[1], 'ben', '👏') \
         redis.call('ROOM.MUTE', KEYS[1], 'cy', 'ada')",
    ] {
        let error = client.cmd(&["EVAL", half, "1", "r"]).error().unwrap();
        assert!(error.contains("FORBIDDEN"), "{error}");
    }
    let info = client.room_info("r");
    assert_eq!((&*info["present"], &*info["comments"], &*info["reactions"]), ("2", "2", "1"));
    // A refused command in a script does not disturb a watched room.
    let mut other = server.client();
    client.ok("WATCH r");
    other.err(&["EVAL", "return redis.call('ROOM.END', KEYS[1], 'ben')", "1", "r"], "FORBIDDEN");
    assert!(!is_disturbed(&mut client));
    assert_right(&server, &replica, &mut followers);
}

/// Scripts that declare no writes may only read.
const READ: &str = "return redis.call('ROOM.INFO', KEYS[1])";

const WRITE: &str = "return redis.call('ROOM.REACT', KEYS[1], 'ada', '👏')";

#[test]
fn scripts_without_writes_can_read_rooms() {
    let server = prompt().start();
    let replica = prompt().replica_of(&server).start();
    let mut client = server.client();
    client.json("ROOM.CREATE r ada");
    client.json("ROOM.JOIN r ada");
    replica.wait_in_sync(&server);
    let [no_writes_read, no_writes_write] =
        [READ, WRITE].map(|body| format!("#!lua flags=no-writes\n{body}"));
    for server in [&server, &replica] {
        let mut client = server.client();
        for read in [["EVAL_RO", READ], ["EVAL", &no_writes_read]] {
            assert_eq!(client.json(&[&read[..], &["1", "r"]].concat())["present"], 1);
        }
        for write in [["EVAL_RO", WRITE], ["EVAL", &no_writes_write], ["EVAL_RO", &no_writes_write]] {
            assert!(client.cmd(&[&write[..], &["1", "r"]].concat()).error().is_some());
        }
    }
    let error = replica.client().cmd(&["EVAL", WRITE, "1", "r"]).error().unwrap();
    assert!(error.contains("READONLY"), "{error}");
    assert_eq!(client.room_info("r")["reactions"], "0");
}

#[test]
fn functions_call_rooms() {
    let server = with_short_grace().start();
    let replica = with_short_grace().replica_of(&server).start();
    replica.wait_in_sync(&server);
    let mut client = server.client();
    let library = format!(
        "#!lua name=rooms\n\
         redis.register_function('react', function(KEYS, args) {WRITE} end)\n\
         redis.register_function{{function_name='info', callback=function(KEYS, args) {READ} end, flags={{'no-writes'}}}}\n\
         redis.register_function{{function_name='lies', callback=function(KEYS, args) {WRITE} end, flags={{'no-writes'}}}}\n\
         redis.register_function{{function_name='rooms', flags={{'no-writes'}},\n\
           callback=function(KEYS, args) return redis.call('ROOM.LIST')[2] end}}"
    );
    assert_eq!(client.text(&["FUNCTION", "LOAD", &library]), "rooms");
    let mut followers = follow(&server, &["r"]);
    arm(&mut client, "r");
    assert_eq!(client.int("FCALL react 1 r"), 1);
    assert_eq!(client.json("FCALL info 1 r")["reactions"], 1);
    assert_eq!(client.cmd("FCALL_RO rooms 0").texts(), ["r"]);
    for refused in ["FCALL lies 1 r", "FCALL_RO lies 1 r", "FCALL_RO react 1 r"] {
        assert!(client.cmd(refused).error().is_some(), "{refused}");
    }
    let replies = transact(&mut client, &["FCALL react 1 r", "ROOM.REACT r ada 👏", "FCALL lies 1 r"]);
    assert_eq!((replies[0].int(), replies[1].int()), (2, 3));
    assert!(replies[2].error().is_some());
    wait_settled(&mut client, "r");
    assert_right(&server, &replica, &mut followers);
    assert_eq!(replica.client().json("FCALL info 1 r")["reactions"], 3);
}

#[test]
fn a_killed_script_leaves_rooms_and_deadlines_intact() {
    let server = with_short_grace().set("busy-reply-threshold", 1).start();
    let replica = with_short_grace().replica_of(&server).start();
    replica.wait_in_sync(&server);
    let mut client = server.client();
    let mut followers = follow(&server, &["r"]);
    arm(&mut client, "r");
    let mut runner = server.client();
    let endless = "while true do redis.call('ROOM.STATE', KEYS[1], '-') end";
    runner.send(&["EVAL", endless, "1", "r"]).unwrap();
    wait_for("the script runs", || client.cmd("ROOM.STATE r -").error()?.starts_with("BUSY ").then_some(()));
    client.err("ROOM.JOIN r dan", "BUSY");
    client.ok("SCRIPT KILL");
    let killed = error_text(&runner.receive().unwrap()).unwrap();
    assert!(killed.contains("killed"), "{killed}");
    wait_settled(&mut client, "r");
    assert_right(&server, &replica, &mut followers);
}
