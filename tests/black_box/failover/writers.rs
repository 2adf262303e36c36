//! Users that change a room until its server is gone, and what was acknowledged to them.

use super::comments;
use crate::support::{Client, Json, Server, Value};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;
use std::thread::JoinHandle;

/// What a writer knows about the room `r`.
#[derive(Clone, Debug, Default)]
pub struct Acknowledged {
    user: String,
    /// Its comments by id.
    pub comments: BTreeMap<i64, String>,
    /// Its vote, and whether its hand is up: last acknowledged, and last requested.
    vote: [Option<i64>; 2],
    hand: [bool; 2],
    /// Its reactions: acknowledged, and requested.
    reactions: [i64; 2],
}

/// A user that changes the room `r` until its server is gone.
pub struct Writer {
    pub done: Arc<AtomicUsize>,
    thread: JoinHandle<Acknowledged>,
}

/// When a writer counts a change as safe.
#[derive(Clone, Copy, PartialEq)]
pub enum Safe {
    /// When it is acknowledged.
    Acknowledged,
    /// When WAIT reports that a replica has it.
    Replicated,
}

impl Writer {
    pub fn start(server: &Server, user: &str, safe: Safe) -> Writer {
        let done = Arc::new(AtomicUsize::new(0));
        let (mut client, counted, user) = (server.client(), Arc::clone(&done), user.to_owned());
        let thread = std::thread::spawn(move || {
            let mut known = Acknowledged { user, ..Acknowledged::default() };
            // Bounded, in case the server is not killed.
            for nth in 0..20_000 {
                if known.change(&mut client, nth, safe).is_err() {
                    break;
                }
                counted.fetch_add(1, Ordering::Relaxed);
            }
            known
        });
        Writer { done, thread }
    }

    pub fn end(self) -> Acknowledged {
        self.thread.join().expect("the writer gets sound replies")
    }
}

impl Acknowledged {
    /// The next change. An error means that the server is gone.
    fn change(&mut self, client: &mut Client, nth: i64, safe: Safe) -> Result<(), redis::RedisError> {
        let (user, text, option) = (self.user.clone(), format!("{} {nth}", self.user), nth % 3);
        let hand = !self.hand[0];
        let verb = if hand { "ROOM.RAISEHAND" } else { "ROOM.LOWERHAND" };
        let command: Vec<&str> = match nth % 4 {
            0 => vec!["ROOM.COMMENT", "r", &user, &text],
            1 => vec!["ROOM.REACT", "r", &user, &user, "COUNT", "3"],
            2 => vec![verb, "r", &user],
            _ => vec!["ROOM.POLLVOTE", "r", &user, "1", ["0", "1", "2"][option as usize]],
        };
        match nth % 4 {
            1 => self.reactions[1] += 3,
            2 => self.hand[1] = hand,
            3 => self.vote[1] = Some(option),
            _ => {}
        }
        let number = |reply: Value| match reply {
            Value::Int(number) => number,
            other => panic!("{command:?}: {other:?}"),
        };
        let id = number(client.try_cmd(&command)?);
        if safe == Safe::Replicated && number(client.try_cmd("WAIT 1 0")?) < 1 {
            return Ok(());
        }
        match nth % 4 {
            0 => drop(self.comments.insert(id, text)),
            1 => self.reactions[0] = self.reactions[1],
            2 => self.hand[0] = hand,
            _ => self.vote[0] = Some(option),
        }
        Ok(())
    }

    /// All acknowledged changes are in the room, and the events report them.
    #[track_caller]
    pub fn assert_there(&self, client: &mut Client, events: &[Json]) {
        let user = self.user.as_str();
        let comments = comments(client);
        for (id, text) in &self.comments {
            let kept = comments.get(id).unwrap_or_else(|| panic!("comment {id} of {user} is lost: {text}"));
            assert_eq!((&kept["user"], &kept["text"]), (&user.into(), &text.as_str().into()), "{id}");
            let received = events.iter().filter(|e| e["type"] == "comment" && e["comment"]["id"] == *id);
            let received: Vec<&Json> = received.map(|event| &event["comment"]["text"]).collect();
            assert_eq!(received, [text.as_str()], "the event of comment {id}");
        }
        let you = client.json(&["ROOM.WHOIS", "r", user, user]);
        let vote = you["votes"]["1"][0].as_i64();
        assert!(self.vote.contains(&vote), "{user} has voted {vote:?}: {:?}", self.vote);
        let hand = you["hand"].as_i64() > Some(0);
        assert!(self.hand.contains(&hand), "{user}'s hand is {hand}: {:?}", self.hand);
        let total = client.json("ROOM.STATE r -")["reactions"][user].as_i64().unwrap_or(0);
        assert!((self.reactions[0]..=self.reactions[1]).contains(&total), "{total}: {:?}", self.reactions);
        let received = events.iter().rfind(|e| e["type"] == "reactions").map(|e| e["total"][user].as_i64());
        assert!(received.flatten() >= Some(self.reactions[0]), "{received:?}: {:?}", self.reactions);
    }
}
