//! What reads show of a room, and the cause of a change.

use crate::outbox::Reply;
use crate::simulator::Sim;
use serde_json::Value;
use std::collections::BTreeMap;

/// The users of a random room.
const USERS: [&str; 7] = ["h", "u1", "u2", "u3", "u4", "u5", "u6"];

/// What reads show of a user.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    pub present: bool,
    pub lost: bool,
    pub role: String,
    pub stage: u64,
    pub muted: bool,
    pub held: bool,
    pub hand: bool,
    pub joined_ms: u64,
    pub sessions: u64,
    pub offer_until_ms: u64,
    pub invited: bool,
    pub interested: bool,
}

/// What reads show of a room.
#[derive(Clone, Debug, Default)]
pub struct Look {
    pub users: BTreeMap<&'static str, Seen>,
    pub present: u64,
}

impl Look {
    pub fn of(sim: &Sim) -> Look {
        let invited: BTreeMap<String, Value> = sim
            .pages("INVITED -", "users", 1000)
            .into_iter()
            .map(|line| (line["user"].as_str().unwrap().to_owned(), line))
            .collect();
        let users = USERS.into_iter().map(|user| {
            let member = sim.peek(&format!("WHOIS - {user}"));
            // A user who may not read has neither a session nor an offer.
            let you = match sim.peek_reply(&format!("WHOIS {user} {user}")) {
                Ok(reply) => crate::simulator::json(&reply),
                Err(_) => Value::Null,
            };
            let number = |value: &Value| value.as_u64().unwrap_or(0);
            let is = |value: &Value| value.as_bool().unwrap_or(false);
            let of = if you.is_null() { &member } else { &you };
            let listed = invited.get(user).unwrap_or(&Value::Null);
            let seen = Seen {
                present: is(&of["present"]),
                lost: is(&of["lost"]),
                role: of["role"].as_str().unwrap_or("listener").to_owned(),
                stage: number(&of["stage"]),
                muted: of["muted"].as_bool().unwrap_or(true),
                held: is(&of["held"]),
                hand: number(&of["hand"]) > 0,
                joined_ms: number(&of["joined_ms"]),
                sessions: number(&you["sessions"]),
                offer_until_ms: number(&you["offer_until_ms"]),
                invited: is(&listed["invited"]),
                interested: is(&listed["interested"]),
            };
            (user, seen)
        });
        Look { users: users.collect(), present: sim.peek("STATE -")["counts"]["present"].as_u64().unwrap() }
    }
}

/// Why something changed: a command, or a deadline.
#[derive(Clone, Debug)]
pub struct Cause {
    /// The command; empty: a deadline.
    pub verb: String,
    pub args: Vec<String>,
    /// None: a deadline, or an error.
    pub reply: Option<Reply>,
}

impl Cause {
    pub const DEADLINE: Cause = Cause { verb: String::new(), args: Vec::new(), reply: None };

    pub fn of(line: &str) -> Cause {
        let mut words = line.split_whitespace().map(str::to_owned);
        Cause { verb: words.next().unwrap_or_default(), args: words.collect(), reply: None }
    }

    pub fn arg(&self, nth: usize) -> &str {
        self.args.get(nth).map_or("", String::as_str)
    }

    /// The actor; empty: a deadline.
    pub fn actor(&self) -> &str {
        match &*self.verb {
            "DROP" => "",
            _ => self.arg(0),
        }
    }

    pub fn has(&self, word: &str) -> bool {
        self.args.iter().any(|arg| arg == word)
    }

    /// The value of an option.
    pub fn option(&self, name: &str) -> Option<&str> {
        let at = self.args.iter().position(|arg| arg == name)?;
        self.args.get(at + 1).map(String::as_str)
    }

    pub fn int(&self) -> u64 {
        match self.reply {
            Some(Reply::Int(n)) => n as u64,
            _ => 0,
        }
    }

    pub fn is_lost(&self) -> bool {
        self.verb.is_empty() || self.has("LOST")
    }

    /// How a visit ends by this.
    pub fn of_visit(&self) -> &'static str {
        match &*self.verb {
            "" => "lost",
            "LEAVE" | "DROP" => "left",
            "KICK" => "kick",
            "BLOCK" => "block",
            "UNINVITE" => "uninvite",
            other => panic!("{other} ends no visit"),
        }
    }

    /// How a hand comes down by this.
    pub fn of_hand(&self) -> &'static str {
        match &*self.verb {
            "" | "LEAVE" | "DROP" | "KICK" | "BLOCK" | "UNINVITE" => "left",
            "LOWERHAND" => "lowered",
            "NEXT" | "OFFER" | "ACCEPT" | "ROLE" => "seated",
            other => panic!("{other} lowers no hand"),
        }
    }

    /// How an offer that stood until `until_ms` ends by this at `now`.
    pub fn of_offer(&self, until_ms: u64, now: u64) -> &'static str {
        match &*self.verb {
            "" if until_ms <= now => "expired",
            "" | "LEAVE" | "DROP" | "KICK" | "BLOCK" | "UNINVITE" => "left",
            "NEXT" | "OFFER" | "ACCEPT" | "ROLE" => "accepted",
            "DECLINE" => "declined",
            other => panic!("{other} ends no offer"),
        }
    }
}
