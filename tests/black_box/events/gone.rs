//! `gone`, and the frames of the next room under the same key.

use super::{prompt, room};
use crate::support::subscriber::is_gone;
use crate::support::{json, wait_for, Json, Server, Subscriber};

/// The kinds of messages after the last one of this epoch, until the room of another epoch was created.
#[track_caller]
fn after(frames: &Subscriber, epoch: &Json) -> Vec<Json> {
    let is_next = |frame: &Json| frame["kind"] == "events" && frame["epoch"] != *epoch;
    let received = frames.wait_until("the next room's frame", |frames| frames.iter().any(is_next));
    let of_old = |frame: &Json| frame["epoch"] == *epoch && !is_gone(frame);
    let last = received.iter().rposition(of_old).map_or(0, |at| at + 1);
    received[last..].iter().map(|frame| frame["kind"].clone()).collect()
}

#[test]
fn gone_comes_before_the_first_frame_of_the_next_room() {
    let master = prompt().start();
    let replica = Server::with().replica_of(&master).start();
    let mut client = master.client();
    for ends in ["DEL r", "UNLINK r", "SET r x", "ROOM.PURGE r", "FLUSHDB", "PEXPIRE r 0", "RENAME r other"] {
        room(&mut client);
        client.json("ROOM.END r ada");
        replica.wait_in_sync(&master);
        let sides = [Subscriber::room(&master, "r"), Subscriber::room(&replica, "r")];
        let epoch = client.json("ROOM.STATE r -")["epoch"].clone();
        client.ok("MULTI");
        client.text(ends);
        client.text("DEL other");
        if ends.starts_with("SET") {
            client.text("DEL r");
        }
        client.text("ROOM.CREATE r ada");
        client.text("ROOM.COMMENT r - hi");
        client.cmd("EXEC").list();
        for side in &sides {
            assert_eq!(after(side, &epoch)[..2], [json!("gone"), json!("events")], "{ends}");
            let frames = side.wait_until("the comment", |frames| {
                frames.iter().any(|frame| frame["events"][0]["type"] == "comment")
            });
            let gone = frames.iter().filter(|frame| is_gone(frame)).count();
            assert_eq!(gone, 1, "{ends}: {frames:?}");
        }
        client.cmd("FLUSHALL");
        wait_for("an empty server", || (client.int("DBSIZE") == 0).then_some(()));
    }
}
