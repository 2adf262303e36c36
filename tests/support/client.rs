//! A connection that can send any bytes and returns every reply unchanged.

use super::{schema, Json, Value};
use std::fmt;
use std::time::Duration;

/// A command with its arguments: a slice of bytes or strings, or one line split at spaces.
pub trait Args {
    /// The parts, command first.
    fn parts(&self) -> Vec<Vec<u8>>;
}

impl Args for str {
    fn parts(&self) -> Vec<Vec<u8>> {
        self.split_whitespace().map(|part| part.as_bytes().to_vec()).collect()
    }
}

impl Args for String {
    fn parts(&self) -> Vec<Vec<u8>> {
        self.as_str().parts()
    }
}

impl<A: AsRef<[u8]>> Args for [A] {
    fn parts(&self) -> Vec<Vec<u8>> {
        self.iter().map(|part| part.as_ref().to_vec()).collect()
    }
}

impl<A: AsRef<[u8]>, const N: usize> Args for [A; N] {
    fn parts(&self) -> Vec<Vec<u8>> {
        self.as_slice().parts()
    }
}

impl<A: AsRef<[u8]>> Args for Vec<A> {
    fn parts(&self) -> Vec<Vec<u8>> {
        self.as_slice().parts()
    }
}

/// One connection.
pub struct Client {
    connection: redis::Connection,
}

impl Client {
    /// Connects to a port of this machine.
    #[track_caller]
    pub fn connect(port: u16) -> Client {
        Client::try_connect(port).unwrap_or_else(|error| panic!("no connection to port {port}: {error}"))
    }

    /// Connects, or returns the error.
    pub fn try_connect(port: u16) -> Result<Client, redis::RedisError> {
        let client = redis::Client::open(format!("redis://127.0.0.1:{port}/"))?;
        let connection = client.get_connection_with_timeout(Duration::from_secs(5))?;
        // A missing reply fails the test instead of blocking it.
        connection.set_read_timeout(Some(Duration::from_secs(60)))?;
        Ok(Client { connection })
    }

    /// Sends a command and waits for its reply. Panics if the server closes the connection.
    #[track_caller]
    pub fn cmd<A: Args + ?Sized>(&mut self, args: &A) -> Reply {
        let parts = args.parts();
        let asked = shown(&parts);
        match self.try_cmd(&parts) {
            Ok(value) => Reply { asked, value },
            Err(error) => panic!("{asked}: the connection failed: {error}"),
        }
    }

    /// Sends a command and waits for its reply. `Err` only if the connection failed.
    #[track_caller]
    pub fn try_cmd<A: Args + ?Sized>(&mut self, args: &A) -> Result<Value, redis::RedisError> {
        let parts = args.parts();
        self.send(&parts)?;
        let reply = self.receive()?;
        schema::check_reply(&parts, &reply);
        Ok(reply)
    }

    /// Sends a command. [`Client::receive`] reads its reply.
    pub fn send<A: Args + ?Sized>(&mut self, args: &A) -> Result<(), redis::RedisError> {
        let mut packed = redis::Cmd::new();
        for part in args.parts() {
            packed.arg(part);
        }
        self.connection.send_packed_command(&packed.get_packed_command())
    }

    /// The next reply.
    pub fn receive(&mut self) -> Result<Value, redis::RedisError> {
        self.connection.recv_response()
    }

    /// Sends all commands, then reads all replies.
    #[track_caller]
    pub fn pipeline<A: Args>(&mut self, commands: &[A]) -> Vec<Reply> {
        let mut bytes = Vec::new();
        for command in commands {
            let mut packed = redis::Cmd::new();
            for part in command.parts() {
                packed.arg(part);
            }
            bytes.extend(packed.get_packed_command());
        }
        self.connection.send_packed_command(&bytes).expect("the pipeline is sent");
        commands
            .iter()
            .map(|command| {
                let parts = command.parts();
                let asked = shown(&parts);
                let value = self.receive().unwrap_or_else(|error| panic!("{asked}: {error}"));
                schema::check_reply(&parts, &value);
                Reply { asked, value }
            })
            .collect()
    }

    /// Expects `OK`.
    #[track_caller]
    pub fn ok<A: Args + ?Sized>(&mut self, args: &A) {
        self.cmd(args).ok();
    }

    /// Expects an integer.
    #[track_caller]
    pub fn int<A: Args + ?Sized>(&mut self, args: &A) -> i64 {
        self.cmd(args).int()
    }

    /// Expects a string of JSON.
    #[track_caller]
    pub fn json<A: Args + ?Sized>(&mut self, args: &A) -> Json {
        self.cmd(args).json()
    }

    /// Expects a string.
    #[track_caller]
    pub fn text<A: Args + ?Sized>(&mut self, args: &A) -> String {
        self.cmd(args).text()
    }

    /// Expects an error and returns its code.
    #[track_caller]
    pub fn err_code<A: Args + ?Sized>(&mut self, args: &A) -> String {
        self.cmd(args).err_code()
    }

    /// Expects the error of this code.
    #[track_caller]
    pub fn err<A: Args + ?Sized>(&mut self, args: &A, code: &str) {
        self.cmd(args).err(code);
    }

    /// The fields of `ROOM.INFO` as text. Null is empty.
    #[track_caller]
    pub fn room_info(&mut self, key: &str) -> std::collections::BTreeMap<String, String> {
        let serde_json::Value::Object(card) = self.json(&["ROOM.INFO", key]) else { panic!("no object") };
        let text = |value: serde_json::Value| match value {
            serde_json::Value::String(text) => text,
            serde_json::Value::Null => String::new(),
            other => other.to_string(),
        };
        card.into_iter().map(|(name, value)| (name, text(value))).collect()
    }

    /// Removes the read timeout, for subscribers.
    pub(super) fn wait_forever(&self) {
        self.connection.set_read_timeout(None).expect("a timeout can be lifted");
    }
}

/// The reply to a command.
#[derive(Clone, PartialEq)]
pub struct Reply {
    /// The command, for messages.
    pub asked: String,
    /// As the server sent it. An error is [`Value::ServerError`].
    pub value: Value,
}

impl Reply {
    /// The error's exact text (`CODE text`), or None.
    pub fn error(&self) -> Option<String> {
        error_text(&self.value)
    }

    /// Expects `OK`.
    #[track_caller]
    pub fn ok(&self) {
        if self.value != Value::Okay {
            self.unexpected("OK");
        }
    }

    /// Expects an integer.
    #[track_caller]
    pub fn int(&self) -> i64 {
        match &self.value {
            Value::Int(number) => *number,
            _ => self.unexpected("an integer"),
        }
    }

    /// Expects null.
    #[track_caller]
    pub fn null(&self) {
        if self.value != Value::Nil {
            self.unexpected("null");
        }
    }

    /// Expects a simple or bulk string.
    #[track_caller]
    pub fn text(&self) -> String {
        text_of(&self.value).unwrap_or_else(|| self.unexpected("a string"))
    }

    /// Expects a bulk string and returns its bytes.
    #[track_caller]
    pub fn bytes(&self) -> Vec<u8> {
        match &self.value {
            Value::BulkString(bytes) => bytes.clone(),
            _ => self.unexpected("a bulk string"),
        }
    }

    /// Expects one bulk string of JSON.
    #[track_caller]
    pub fn json(&self) -> Json {
        let Value::BulkString(bytes) = &self.value else { self.unexpected("a bulk string of JSON") };
        serde_json::from_slice(bytes)
            .unwrap_or_else(|error| panic!("{}: no JSON ({error}): {}", self.asked, self.text()))
    }

    /// Expects an array.
    #[track_caller]
    pub fn list(&self) -> Vec<Reply> {
        match &self.value {
            Value::Array(items) | Value::Set(items) => items
                .iter()
                .enumerate()
                .map(|(n, item)| Reply { asked: format!("{} [{n}]", self.asked), value: item.clone() })
                .collect(),
            _ => self.unexpected("an array"),
        }
    }

    /// Expects an array of strings.
    #[track_caller]
    pub fn texts(&self) -> Vec<String> {
        self.list().iter().map(Reply::text).collect()
    }

    /// Expects a map (a flat array in RESP2) of scalars and returns strings. Null is the empty string.
    #[track_caller]
    pub fn map(&self) -> std::collections::BTreeMap<String, String> {
        self.pairs().into_iter().map(|(name, value)| (name, scalar(&value.value))).collect()
    }

    /// Expects a map (a flat array in RESP2).
    #[track_caller]
    pub fn pairs(&self) -> Vec<(String, Reply)> {
        let named = |name: &Value, value: &Value| {
            let name = text_of(name).unwrap_or_else(|| self.unexpected("names that are strings"));
            let asked = format!("{} {name}", self.asked);
            (name, Reply { asked, value: value.clone() })
        };
        match &self.value {
            Value::Map(pairs) => pairs.iter().map(|(name, value)| named(name, value)).collect(),
            Value::Array(flat) if flat.len() % 2 == 0 => {
                flat.chunks(2).map(|pair| named(&pair[0], &pair[1])).collect()
            }
            _ => self.unexpected("a map"),
        }
    }

    /// Expects an error and returns its code, the first word.
    #[track_caller]
    pub fn err_code(&self) -> String {
        match self.error() {
            Some(text) => text.split(' ').next().unwrap_or_default().to_owned(),
            None => self.unexpected("an error"),
        }
    }

    /// Expects the error of this code and returns its whole text.
    #[track_caller]
    pub fn err(&self, code: &str) -> String {
        match self.error() {
            Some(text) if text.split(' ').next() == Some(code) => text,
            _ => self.unexpected(&format!("the error {code}")),
        }
    }

    #[track_caller]
    fn unexpected(&self, wanted: &str) -> ! {
        panic!("{}: expected {wanted}, got {self:?}", self.asked)
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.error(), text_of(&self.value)) {
            (Some(error), _) => write!(f, "(error) {error}"),
            (_, Some(text)) => write!(f, "{text:?}"),
            _ => write!(f, "{:?}", self.value),
        }
    }
}

/// The exact text of an error. The library splits off only the first word.
pub fn error_text(value: &Value) -> Option<String> {
    match value {
        Value::ServerError(error) => Some(match error.details() {
            Some(details) => format!("{} {details}", error.code()),
            None => error.code().to_owned(),
        }),
        _ => None,
    }
}

fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::BulkString(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
        Value::SimpleString(text) => Some(text.clone()),
        Value::VerbatimString { text, .. } => Some(text.clone()),
        Value::Okay => Some("OK".to_owned()),
        _ => None,
    }
}

fn scalar(value: &Value) -> String {
    match value {
        Value::Nil => String::new(),
        Value::Int(number) => number.to_string(),
        other => text_of(other).unwrap_or_else(|| format!("{other:?}")),
    }
}

/// A readable command for messages, cut if an argument is large.
fn shown(parts: &[Vec<u8>]) -> String {
    let mut line = parts.iter().map(|part| part.escape_ascii().to_string()).collect::<Vec<_>>().join(" ");
    if line.len() > 300 {
        line.truncate(300);
        line.push('…');
    }
    line
}
