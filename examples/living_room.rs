//! Plays a room on a server that has the module loaded, and prints the frames that a subscriber gets: `living_room PORT`.
//!
//! A gateway works like this program, but for real people: it sends `ROOM.*` commands and relays frames.

// Only JSON is indexed here. A missing field is null.
#![allow(clippy::indexing_slicing)]

use redis::{Connection, ConnectionLike, Value};
use serde_json::Value as Json;
use std::error::Error;
use std::sync::mpsc::{channel, Receiver, Sender};
use std::thread;
use std::time::{Duration, Instant};

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

const ROOM: &str = "room:evening";
const OPEN: &str = "room:play";

/// The pause between two scenes, so that a person can follow.
const PAUSE: Duration = Duration::from_millis(250);

/// How long the server on this machine may take for one answer.
const TIMEOUT: Duration = Duration::from_secs(10);

fn main() -> Outcome {
    let port: u16 = std::env::args().nth(1).ok_or("usage: living_room PORT")?.parse()?;
    let redis = redis::Client::open(format!("redis://127.0.0.1:{port}/"))?;
    let mut client = Client { server: when_ready(&redis)? };

    let created =
        client.json(&["ROOM.CREATE", ROOM, "ada", "TITLE", "An evening about lighthouses", "SEATS", "3"])?;
    let channel = created["channel"].as_str().ok_or("no channel in the reply of ROOM.CREATE")?;
    let ended = listen(redis.get_connection()?, channel)?;

    scene("People join: the host, her friends and an audience");
    for (user, name) in [("ada", "Ada"), ("ben", "Ben"), ("cy", "Cy"), ("dan", "Dan"), ("mallory", "Mallory")]
    {
        let profile = format!(r#"{{"name":"{name}"}}"#);
        client.json(&["ROOM.JOIN", ROOM, user, "PROFILE", &profile])?;
    }
    client.quietly(|client| {
        (1..=40).try_for_each(|n| client.json(&["ROOM.JOIN", ROOM, &guest(n)]).map(drop))
    })?;
    client.say(&["ROOM.ROLE", ROOM, "ada", "ben", "cohost"])?;
    client.say(&["ROOM.UNMUTE", ROOM, "ada"])?;

    scene("They talk");
    let welcome = client.say(&["ROOM.COMMENT", ROOM, "ada", "Welcome! Tonight: who kept the light?"])?;
    client.say(&["ROOM.COMMENT", ROOM, "dan", "My grandmother did, for thirty years"])?;
    client.say(&["ROOM.PIN", ROOM, "ben", &welcome])?;

    scene("Two users raise their hands. The first gets a seat. A third user gets an offer");
    client.say(&["ROOM.RAISEHAND", ROOM, "cy"])?;
    client.say(&["ROOM.RAISEHAND", ROOM, "guest-7"])?;
    client.say(&["ROOM.NEXT", ROOM, "ben"])?;
    client.say(&["ROOM.UNMUTE", ROOM, "cy"])?;
    client.say(&["ROOM.OFFER", ROOM, "ada", "dan"])?;
    client.say(&["ROOM.ACCEPT", ROOM, "dan"])?;
    client.say(&["ROOM.UNMUTE", ROOM, "dan"])?;

    scene("400 reactions come in. A few frames go out");
    client.quietly(|client| {
        (1..=40).try_for_each(|n| {
            let kind = if n % 4 == 0 { "❤️" } else { "👏" };
            client.say(&["ROOM.REACT", ROOM, &guest(n), kind, "COUNT", "10"]).map(drop)
        })
    })?;

    scene("A poll");
    let poll = client.say(&["ROOM.POLLOPEN", ROOM, "ben", "Another evening?", "2", "Yes", "Rather not"])?;
    client.quietly(|client| {
        (1..=40).try_for_each(|n| {
            let option = if n % 5 == 0 { "1" } else { "0" };
            client.say(&["ROOM.POLLVOTE", ROOM, &guest(n), &poll, option]).map(drop)
        })
    })?;
    client.say(&["ROOM.POLLCLOSE", ROOM, "ben", &poll])?;

    scene("A user misbehaves");
    let rude = client.say(&["ROOM.COMMENT", ROOM, "mallory", "BUY CHEAP LAMPS"])?;
    client.say(&["ROOM.DELCOMMENT", ROOM, "ben", &rude])?;
    client.say(&["ROOM.KICK", ROOM, "ben", "mallory", "REASON", "advertising"])?;

    scene("The room ends");
    let summary = client.json(&["ROOM.END", ROOM, "ada"])?;
    ended.recv_timeout(TIMEOUT).map_err(|_| "the subscriber saw no `ended`")?;
    scene("Its summary");
    println!("{}", serde_json::to_string_pretty(&summary)?);

    // A room for the reader to play with. It stays live while ada is present.
    client.quietly(|client| {
        client.json(&["ROOM.CREATE", OPEN, "ada", "TITLE", "Yours to play with"])?;
        client.json(&["ROOM.JOIN", OPEN, "ada", "PROFILE", r#"{"name":"Ada"}"#])?;
        client.say(&["ROOM.COMMENT", OPEN, "ada", "Come in!"]).map(drop)
    })
}

fn guest(n: u32) -> String {
    format!("guest-{n}")
}

fn scene(title: &str) {
    // Late frames of the last scene appear under its title.
    thread::sleep(PAUSE);
    println!("\n— {title}");
}

/// Connects when the server answers.
fn when_ready(client: &redis::Client) -> Outcome<Connection> {
    let start = Instant::now();
    loop {
        let ready = client.get_connection().and_then(|mut server| {
            redis::cmd("PING").query::<String>(&mut server)?;
            Ok(server)
        });
        match ready {
            Ok(server) => return Ok(server),
            Err(error) if start.elapsed() > TIMEOUT => return Err(error.into()),
            Err(_) => thread::sleep(Duration::from_millis(20)),
        }
    }
}

/// The client that sends the commands.
struct Client {
    server: Connection,
}

impl Client {
    /// Sends a command and shows it with its reply.
    fn say(&mut self, args: &[&str]) -> Outcome<String> {
        let mut command = redis::Cmd::new();
        command.arg(args);
        let line = args.join(" ");
        // The command comes first, because its events may arrive before its reply.
        if !QUIET.get() {
            println!("> {line}");
        }
        let reply = match self.server.req_command(&command).map_err(|error| format!("{line}: {error}"))? {
            Value::Int(number) => number.to_string(),
            Value::BulkString(bytes) => String::from_utf8(bytes)?,
            Value::SimpleString(text) => text,
            Value::Okay => "OK".to_owned(),
            Value::Nil => "null".to_owned(),
            other => format!("{other:?}"),
        };
        if !QUIET.get() {
            let short: String = reply.chars().take(60).collect();
            let dots = if short.len() < reply.len() { "…" } else { "" };
            println!("  → {short}{dots}");
        }
        Ok(reply)
    }

    fn json(&mut self, args: &[&str]) -> Outcome<Json> {
        Ok(serde_json::from_str(&self.say(args)?)?)
    }

    /// Sends commands without printing them: a person would not read them all.
    fn quietly(&mut self, act: impl FnOnce(&mut Client) -> Outcome) -> Outcome {
        QUIET.set(true);
        let outcome = act(self);
        QUIET.set(false);
        outcome
    }
}

thread_local! {
    static QUIET: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}

/// Subscribes, and prints frames in a thread of its own. The receiver gets a value when the room has ended.
fn listen(mut server: Connection, channel_name: &str) -> Outcome<Receiver<()>> {
    let (tell, ended) = channel();
    let (confirm, confirmed) = channel();
    let name = channel_name.to_owned();
    thread::spawn(move || {
        if let Err(error) = print_frames(&mut server, &name, &confirm, &tell) {
            println!("the subscriber stopped: {error}");
        }
    });
    confirmed.recv_timeout(TIMEOUT).map_err(|_| "the subscription was not confirmed")?;
    Ok(ended)
}

fn print_frames(server: &mut Connection, channel: &str, confirm: &Sender<()>, ended: &Sender<()>) -> Outcome {
    let mut subscription = server.as_pubsub();
    subscription.subscribe(channel)?;
    confirm.send(())?;
    println!("\nsubscribed to {channel}; each line is one event with its number");
    loop {
        let frame: Json = serde_json::from_str(&subscription.get_message()?.get_payload::<String>()?)?;
        let mut over = false;
        if frame["event"].is_object() {
            let to: Vec<&str> = texts(&frame["users"]);
            println!("{:>7} {:<16} {}", "to", to.join(" "), rest(&frame["event"]));
        }
        for event in frame["events"].as_array().into_iter().flatten() {
            let kind = event["type"].as_str().unwrap_or("?");
            println!("{:>7} {kind:<16} {}", event["seq"].to_string(), describe(kind, event));
            over |= kind == "ended";
        }
        if over {
            ended.send(())?;
            return Ok(());
        }
    }
}

/// One line about an event.
fn describe(kind: &str, event: &Json) -> String {
    let comment = &event["comment"];
    match kind {
        "comment" => format!("#{} {}: {}", comment["id"], text(&comment["user"]), text(&comment["text"])),
        "pinned" => format!("#{} by {}", comment["id"], text(&event["by"])),
        "comment_deleted" | "unpinned" => format!("#{} by {}", event["id"], text(&event["by"])),
        "hands" => {
            let users = each(&event["top"], |hand| text(&hand["user"]).to_owned());
            format!("{} up: {users}", event["count"])
        }
        "audience" => {
            let (joined, left) = (&event["joined"], &event["left"]);
            format!("{} present, {} listening (+{joined} -{left})", event["present"], event["listeners"])
        }
        "stage" => {
            let member = &event["member"];
            let muted = if member["muted"] == true { " muted" } else { "" };
            format!("{} {}{muted}", text(&member["user"]), text(&member["role"]))
        }
        "reactions" => {
            pairs(&event["total"], |kind, total| format!("{kind} {total} (+{})", event["delta"][kind]))
        }
        "poll" => {
            let poll = &event["poll"];
            let votes =
                each(&poll["options"], |option| format!("{} {}", text(&option["text"]), option["votes"]));
            format!("#{} {} {}: {votes}", poll["id"], text(&poll["state"]), text(&poll["question"]))
        }
        "removed" => text(&event["user"]).to_owned(),
        "ended" => format!("by {} ({})", text(&event["by"]), text(&event["reason"])),
        _ => rest(event),
    }
}

/// An event as JSON, without the fields that the line shows already.
fn rest(event: &Json) -> String {
    let mut event = event.clone();
    if let Some(fields) = event.as_object_mut() {
        fields.remove("seq");
        if fields.len() > 1 && fields.contains_key("settings") {
            fields.remove("type");
        }
    }
    event.to_string()
}

fn text(value: &Json) -> &str {
    value.as_str().unwrap_or("-")
}

fn texts(list: &Json) -> Vec<&str> {
    list.as_array().into_iter().flatten().map(text).collect()
}

fn each(list: &Json, show: impl Fn(&Json) -> String) -> String {
    list.as_array().into_iter().flatten().map(show).collect::<Vec<_>>().join(", ")
}

fn pairs(map: &Json, show: impl Fn(&str, &Json) -> String) -> String {
    map.as_object()
        .into_iter()
        .flatten()
        .map(|(name, value)| show(name, value))
        .collect::<Vec<_>>()
        .join(", ")
}
