//! The rules in an application. It reads the room, decides, writes in a transaction and publishes the result.
//!
//! A reaction takes three round trips, so the application works on a whole pipeline of reactions at once. Another
//! client may change the room between the read and the write. Like most applications it accepts this. Otherwise it
//! would need WATCH, a connection per pending reaction, and retries.

use super::{Plain, TTL_MS};
use crate::wire::{Reply, Requests, Wire};
use std::time::{SystemTime, UNIX_EPOCH};

/// After this time the expiry of the key is moved later, ms.
const AFTER_MS: u64 = 3_600_000;
/// The burst of a full bucket, in seconds' worth of its rate.
const BURST_SECONDS: u64 = 2;
/// The limit of kinds per room.
const KINDS: i64 = 64;

/// A reaction as a user sends it.
#[derive(Clone, Copy)]
pub struct Reaction<'a> {
    /// The user.
    pub user: &'a str,
    /// The kind.
    pub kind: &'a str,
    /// The count as text, not yet checked.
    pub count: &'a str,
}

/// The total of the kind, or the error.
pub type Outcome = Result<u64, String>;

/// A reaction that was accepted and is not published yet.
struct Accepted<'a> {
    /// Its index in the batch.
    place: usize,
    kind: &'a str,
    count: u64,
    ms: u64,
    head: String,
    commands: usize,
}

/// The replies for which an application waits.
enum Waiting<'a> {
    Nothing,
    /// The reads of these reactions, which are well formed.
    Reads(Vec<WellFormed>),
    /// The transactions of these reactions.
    Writes(Vec<Accepted<'a>>),
    /// This many PUBLISH commands.
    Published(usize),
}

/// A reaction with a valid kind and count.
struct WellFormed {
    /// Its index in the batch.
    place: usize,
    count: u64,
}

/// One process of the application, with its connection.
pub struct Application<'a> {
    wire: Wire,
    plain: &'a Plain,
    rate: u64,
    reactions: Vec<Reaction<'a>>,
    outcomes: Vec<Outcome>,
    waiting: Waiting<'a>,
    /// The requests that are sent next.
    out: Requests,
}

impl<'a> Application<'a> {
    /// Starts a process on this connection. `rate`: reactions per second and user; 0: no limit.
    pub fn start(wire: Wire, plain: &'a Plain, rate: u64) -> Application<'a> {
        let (reactions, outcomes) = (Vec::new(), Vec::new());
        Application {
            wire,
            plain,
            rate,
            reactions,
            outcomes,
            waiting: Waiting::Nothing,
            out: Requests::new(),
        }
    }

    /// Processes a batch of reactions and returns the outcome of each.
    pub fn react(&mut self, reactions: &[Reaction<'a>]) -> Vec<Outcome> {
        self.begin(reactions);
        while self.advance().is_none() {}
        std::mem::take(&mut self.outcomes)
    }

    /// Begins a batch of reactions. [`Application::advance`] continues it.
    pub fn begin(&mut self, reactions: &[Reaction<'a>]) {
        self.reactions.clear();
        self.reactions.extend_from_slice(reactions);
        self.outcomes.clear();
        let mut well_formed = Vec::with_capacity(reactions.len());
        for (place, reaction) in reactions.iter().enumerate() {
            // The outcome until the reaction gets another one.
            self.outcomes.push(Err("INVALID".to_owned()));
            if let Some(count) = count(reaction) {
                well_formed.push(WellFormed { place, count });
                self.read(reaction);
            }
        }
        self.send();
        self.waiting = Waiting::Reads(well_formed);
    }

    /// Reads the replies for which the process waits and sends the next requests. Returns the outcomes once the batch
    /// is complete.
    pub fn advance(&mut self) -> Option<&[Outcome]> {
        match std::mem::replace(&mut self.waiting, Waiting::Nothing) {
            Waiting::Nothing => return Some(&self.outcomes),
            Waiting::Reads(well_formed) => {
                let now_us = now_us();
                let mut accepted = Vec::with_capacity(well_formed.len());
                for WellFormed { place, count } in well_formed {
                    let room = texts(self.wire.reply());
                    match self.decide(place, count, &room, now_us) {
                        Ok(reaction) => accepted.push(reaction),
                        Err(error) => self.outcomes[place] = Err(error),
                    }
                }
                self.send();
                self.waiting = Waiting::Writes(accepted);
            }
            Waiting::Writes(accepted) => {
                for reaction in &accepted {
                    // MULTI replies OK. Each command of the transaction replies QUEUED.
                    self.wire.expect(reaction.commands - 1);
                    self.publish(reaction);
                }
                self.send();
                self.waiting = Waiting::Published(accepted.len());
            }
            Waiting::Published(messages) => {
                self.wire.expect(messages);
                return Some(&self.outcomes);
            }
        }
        None
    }

    fn send(&mut self) {
        self.wire.send_all(&self.out);
        self.out.clear();
    }

    fn read(&mut self, Reaction { user, kind, .. }: &Reaction<'_>) {
        let (allowed, total, member) = (format!("k:{kind}"), format!("t:{kind}"), format!("m:{user}"));
        let key = &self.plain.key;
        let fields = ["state", "reactions", "any", &allowed, &total, "kinds", "expires", "head", &member];
        let mut command = vec!["HMGET", key];
        command.extend(fields);
        self.out.push(&command);
    }

    /// Decides on a reaction and writes it if it is accepted. `room`: the reply to the read.
    fn decide(
        &mut self,
        place: usize,
        count: u64,
        room: &[Option<String>],
        now_us: u64,
    ) -> Result<Accepted<'a>, String> {
        let Reaction { user, kind, .. } = self.reactions[place];
        let [state, reactions, any, allowed, total, kinds, expires, head, member] = room else {
            return Err("NOROOM".to_owned());
        };
        match state.as_deref() {
            Some("live") => {}
            None => return Err("NOROOM".to_owned()),
            Some("scheduled") => return Err("NOTLIVE".to_owned()),
            Some(_) => return Err("ENDED".to_owned()),
        }
        let full = member.as_deref().and_then(|member| member.strip_prefix('p'));
        let full: u64 = full.ok_or("NOTMEMBER")?.parse().map_err(|_| "NOTMEMBER")?;
        if reactions.as_deref() != Some("on") {
            return Err("OFF".to_owned());
        }
        if any.is_none() && allowed.is_none() {
            return Err("BADOPTION".to_owned());
        }
        let number = |text: &Option<String>| text.as_deref().and_then(|text| text.parse::<i64>().ok());
        if total.is_none() && number(kinds) >= Some(KINDS) {
            return Err("TOOMANY".to_owned());
        }
        let full = self.charge(full, count, now_us)?;

        let (key, ms) = (&self.plain.key, now_us / 1000);
        let (count_text, before) = (count.to_string(), self.out.len());
        self.out.push(&["MULTI"]);
        self.out.push(&["HINCRBY", key, &format!("t:{kind}"), &count_text]);
        self.out.push(&["HINCRBY", key, "seq", "1"]);
        self.out.push(&["HINCRBY", key, &format!("c:{user}\n{kind}"), &count_text]);
        if self.rate > 0 {
            self.out.push(&["HSET", key, &format!("m:{user}"), &format!("p{full}")]);
        }
        if total.is_none() {
            self.out.push(&["HINCRBY", key, "kinds", "1"]);
        }
        if number(expires).is_none_or(|at| ms as i64 >= at + (AFTER_MS as i64) - (TTL_MS as i64)) {
            let at = (ms + TTL_MS).to_string();
            self.out.push(&["HSET", key, "expires", &at]);
            self.out.push(&["PEXPIREAT", key, &at]);
        }
        self.out.push(&["EXEC"]);
        let (commands, head) = (self.out.len() - before, head.clone().unwrap_or_default());
        Ok(Accepted { place, kind, count, ms, head, commands })
    }

    /// Takes `count` from a bucket and returns when it is full again, microseconds of Unix time.
    ///
    /// # Errors
    /// `RATELIMITED` if the bucket does not hold enough.
    fn charge(&self, full: u64, count: u64, now_us: u64) -> Result<u64, String> {
        let rate = self.rate;
        if rate == 0 {
            return Ok(full);
        }
        let (from, burst) = (full.max(now_us), BURST_SECONDS * rate);
        let wait =
            (from + count.min(burst) * 1_000_000 / rate).saturating_sub(now_us + BURST_SECONDS * 1_000_000);
        if wait > 0 {
            return Err(format!("RATELIMITED {}", wait.div_ceil(1000)));
        }
        Ok(from + count * 1_000_000 / rate)
    }

    /// Reads the reply of a transaction and publishes the reaction.
    fn publish(&mut self, reaction: &Accepted<'a>) {
        let Reply::Array(written) = self.wire.reply() else { panic!("the transaction failed") };
        let [Reply::Int(total), Reply::Int(seq), ..] = written[..] else {
            panic!("the transaction replied {written:?}")
        };
        let Accepted { place, kind, count, ms, ref head, .. } = *reaction;
        self.outcomes[place] = Ok(total as u64);
        let kind = serde_json::Value::from(kind);
        let message = format!(
            r#"{head},"seq":{seq},"ms":{ms},"type":"reactions","delta":{{{kind}:{count}}},"total":{{{kind}:{total}}}}}"#
        );
        self.out.push(&["PUBLISH", &self.plain.channel, &message]);
    }
}

/// The count of a reaction. None: its kind or count is invalid.
fn count(reaction: &Reaction<'_>) -> Option<u64> {
    let Reaction { kind, count, .. } = reaction;
    let is_kind = (1..=32).contains(&kind.len()) && !kind.chars().any(char::is_control);
    let is_count = count.bytes().all(|byte| byte.is_ascii_digit()) && !count.starts_with('0');
    count.parse().ok().filter(|count| is_kind && is_count && (1..=100).contains(count))
}

/// The strings of a reply.
fn texts(reply: Reply) -> Vec<Option<String>> {
    match reply {
        Reply::Array(items) => items.into_iter().flat_map(texts).collect(),
        Reply::Text(text) => vec![Some(text)],
        Reply::Null => vec![None],
        other => panic!("an unexpected reply: {other:?}"),
    }
}

fn now_us() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_micros() as u64)
}
