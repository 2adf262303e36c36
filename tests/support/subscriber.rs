//! Collects the messages of a channel, on a connection of its own.

use super::{deadline, schema, Client, Json, Server, Value};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Instant;

/// One message.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// Its channel.
    pub channel: String,
    /// Its payload.
    pub payload: String,
}

impl Message {
    /// The payload as JSON. All messages of a room are JSON.
    #[track_caller]
    pub fn json(&self) -> Json {
        serde_json::from_str(&self.payload)
            .unwrap_or_else(|error| panic!("on {}: no JSON ({error}): {}", self.channel, self.payload))
    }
}

/// Makes every mark unique: see [`Subscriber::settled`].
static MARKS: AtomicU64 = AtomicU64::new(1);

#[derive(Default)]
struct Inbox {
    messages: Vec<Message>,
    /// Confirmed by the server.
    subscribed: bool,
    /// Why the subscription ended: the connection closed, or the channel's slot left the server.
    closed: Option<String>,
    /// Why a message is not a documented frame.
    violation: Option<String>,
}

/// How to subscribe.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// SUBSCRIBE
    Channel,
    /// SSUBSCRIBE
    Shard,
    /// PSUBSCRIBE
    Pattern,
}

/// A subscription.
pub struct Subscriber {
    port: u16,
    connection_id: i64,
    channel: String,
    inbox: Arc<(Mutex<Inbox>, Condvar)>,
}

impl Subscriber {
    /// Subscribes to the frames of a room in database 0, in the way of the server's mode.
    #[track_caller]
    pub fn room(server: &Server, key: &str) -> Subscriber {
        Subscriber::room_in(server, 0, key)
    }

    /// The same in another database.
    #[track_caller]
    pub fn room_in(server: &Server, db: u32, key: &str) -> Subscriber {
        let kind = if server.is_cluster() { Kind::Shard } else { Kind::Channel };
        Subscriber::start(server.port(), kind, &super::channel(db, key))
    }

    /// Subscribes to a channel.
    #[track_caller]
    pub fn channel(server: &Server, channel: &str) -> Subscriber {
        Subscriber::start(server.port(), Kind::Channel, channel)
    }

    /// Subscribes to every channel of a pattern.
    #[track_caller]
    pub fn pattern(server: &Server, pattern: &str) -> Subscriber {
        Subscriber::start(server.port(), Kind::Pattern, pattern)
    }

    /// Subscribes to the module's keyspace events of database 0 (`__keyevent@0__:room.*`). The server's
    /// `notify-keyspace-events` must contain `E` and `d`.
    #[track_caller]
    pub fn keyevents(server: &Server) -> Subscriber {
        Subscriber::pattern(server, "__keyevent@0__:room.*")
    }

    /// Subscribes, and waits for the server's confirmation. All later messages are collected.
    #[track_caller]
    pub fn start(port: u16, kind: Kind, channel: &str) -> Subscriber {
        Subscriber::try_start(port, kind, channel).unwrap_or_else(|why| panic!("{channel}: {why}"))
    }

    /// The same, or an error: there is no server, or another node owns the slot of a shard channel.
    pub fn try_start(port: u16, kind: Kind, channel: &str) -> Result<Subscriber, String> {
        let mut client = Client::try_connect(port).map_err(|error| error.to_string())?;
        let connection_id = client.try_cmd("CLIENT ID").map_err(|error| error.to_string())?;
        let Value::Int(connection_id) = connection_id else { return Err(format!("{connection_id:?}")) };
        let verb = match kind {
            Kind::Channel => "SUBSCRIBE",
            Kind::Shard => "SSUBSCRIBE",
            Kind::Pattern => "PSUBSCRIBE",
        };
        client.wait_forever();
        client.send(&[verb, channel]).map_err(|error| error.to_string())?;
        let inbox = Arc::new((Mutex::new(Inbox::default()), Condvar::new()));
        let filled = Arc::clone(&inbox);
        // The thread ends with its connection: when the subscriber is dropped or the server stops.
        std::thread::spawn(move || collect(client, &filled));
        let subscriber = Subscriber { port, connection_id, channel: channel.to_owned(), inbox };
        subscriber.wait_even_closed("the subscription is confirmed or refused", |inbox| {
            (inbox.subscribed || inbox.closed.is_some()).then_some(())
        });
        let refused = {
            let inbox = subscriber.inbox.0.lock().unwrap();
            inbox.closed.clone().filter(|_| !inbox.subscribed)
        };
        refused.map_or(Ok(subscriber), Err)
    }

    /// The channel or pattern asked for.
    pub fn name(&self) -> &str {
        &self.channel
    }

    /// Every message so far.
    pub fn messages(&self) -> Vec<Message> {
        self.checked().messages.clone()
    }

    /// Every message so far as JSON.
    #[track_caller]
    pub fn frames(&self) -> Vec<Json> {
        self.messages().iter().map(Message::json).collect()
    }

    /// Every event of the frames so far, in order.
    #[track_caller]
    pub fn events(&self) -> Vec<Json> {
        events(&self.frames())
    }

    /// The direct frames so far.
    #[track_caller]
    pub fn direct(&self) -> Vec<Json> {
        self.frames().into_iter().filter(is_direct).collect()
    }

    /// The inbox. Every frame in it is as documented.
    #[track_caller]
    fn checked(&self) -> MutexGuard<'_, Inbox> {
        let inbox = self.inbox.0.lock().unwrap();
        assert_eq!(inbox.violation, None, "{}: a frame is not as documented", self.channel);
        inbox
    }

    /// Takes the messages so far. They are not returned again.
    pub fn take(&self) -> Vec<Message> {
        std::mem::take(&mut self.checked().messages)
    }

    /// The subscription has ended: its connection closed, or its slot left the server.
    pub fn is_closed(&self) -> bool {
        self.inbox.0.lock().unwrap().closed.is_some()
    }

    /// Waits until `reached` holds for the frames, and returns them.
    #[track_caller]
    pub fn wait_until(&self, what: &str, reached: impl Fn(&[Json]) -> bool) -> Vec<Json> {
        self.wait(what, |inbox| {
            let frames: Vec<Json> = inbox.messages.iter().map(Message::json).collect();
            reached(&frames).then_some(frames)
        })
    }

    /// Waits for the first event of this type that satisfies `wanted`, and returns it.
    #[track_caller]
    pub fn wait_event(&self, kind: &str, wanted: impl Fn(&Json) -> bool) -> Json {
        self.wait(&format!("an event {kind}"), |inbox| {
            let frames: Vec<Json> = inbox.messages.iter().map(Message::json).collect();
            events(&frames).into_iter().find(|event| event["type"] == kind && wanted(event))
        })
    }

    /// Waits for the first direct frame with an event of this type that satisfies `wanted`, and returns the frame.
    #[track_caller]
    pub fn wait_direct(&self, kind: &str, wanted: impl Fn(&Json) -> bool) -> Json {
        self.wait(&format!("a direct frame {kind}"), |inbox| {
            let frames = inbox.messages.iter().map(Message::json);
            frames.into_iter().find(|f| is_direct(f) && f["event"]["type"] == kind && wanted(f))
        })
    }

    /// Publishes a mark and waits for it. All earlier messages have then arrived, so a frame that is missing was not
    /// published. Not for patterns.
    #[track_caller]
    pub fn settled(&self, client: &mut Client, kind: Kind) -> Vec<Json> {
        self.settled_messages(client, kind).iter().map(Message::json).collect()
    }

    /// The same for messages that may not be JSON, and for a pattern that matches itself, such as one with a final `*`.
    #[track_caller]
    pub fn settled_messages(&self, client: &mut Client, kind: Kind) -> Vec<Message> {
        let mark = self.mark(client, kind, &self.channel);
        self.wait("the mark", |inbox| {
            let place = inbox.messages.iter().position(|message| message.payload == mark)?;
            inbox.messages.remove(place);
            Some(inbox.messages.clone())
        })
    }

    /// Takes all messages before a new mark. Later messages are returned by the next call.
    #[track_caller]
    pub fn taken(&self, client: &mut Client, kind: Kind) -> Vec<Message> {
        let mark = self.mark(client, kind, &self.channel);
        self.take_before(&mark)
    }

    fn mark(&self, client: &mut Client, kind: Kind, channel: &str) -> String {
        let verb = if kind == Kind::Shard { "SPUBLISH" } else { "PUBLISH" };
        let mark = format!("{{\"mark\":{}}}", MARKS.fetch_add(1, Ordering::Relaxed));
        client.int(&[verb, channel, &mark]);
        mark
    }

    #[track_caller]
    fn take_before(&self, mark: &str) -> Vec<Message> {
        self.wait("the mark", |inbox| {
            let place = inbox.messages.iter().position(|message| message.payload == mark)?;
            let mut before: Vec<Message> = inbox.messages.drain(..=place).collect();
            before.pop();
            Some(before)
        })
    }

    /// Takes the keyspace events before a new mark, as `event key`. Only for [`Subscriber::keyevents`].
    #[track_caller]
    pub fn drain(&self, client: &mut Client) -> Vec<String> {
        let mark = self.mark(client, Kind::Channel, "__keyevent@0__:room.mark");
        let note = |message: &Message| {
            let event = message.channel.trim_start_matches("__keyevent@0__:");
            format!("{event} {}", message.payload)
        };
        self.take_before(&mark).iter().map(note).collect()
    }

    /// The server closes this connection, as a broken network would. After a restart its id may belong to another
    /// connection, so an ended one is left alone.
    pub fn cut(&self) {
        if self.inbox.0.lock().is_ok_and(|inbox| inbox.closed.is_some()) {
            return;
        }
        if let Ok(mut client) = Client::try_connect(self.port) {
            let _ = client.try_cmd(&format!("CLIENT KILL ID {}", self.connection_id));
        }
    }

    /// Waits for the connection to end.
    #[track_caller]
    pub fn wait_closed(&self) {
        self.wait_even_closed("the connection ends", |inbox| inbox.closed.as_ref().map(|_| ()));
    }

    /// Waits for a message until a moment in time. Returns whether there is one.
    pub fn wait_any(&self, until: Instant) -> bool {
        let (inbox, arrived) = &*self.inbox;
        let mut inbox = inbox.lock().unwrap();
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if !inbox.messages.is_empty() || left.is_zero() || inbox.closed.is_some() {
                return !inbox.messages.is_empty();
            }
            inbox = arrived.wait_timeout(inbox, left).unwrap().0;
        }
    }

    #[track_caller]
    fn wait<T>(&self, what: &str, mut answer: impl FnMut(&mut Inbox) -> Option<T>) -> T {
        self.wait_even_closed(what, |inbox| {
            let found = answer(inbox);
            if found.is_none() {
                if let Some(why) = &inbox.closed {
                    panic!("{}: the connection ended ({why}) before {what}", self.channel);
                }
            }
            found
        })
    }

    #[track_caller]
    fn wait_even_closed<T>(&self, what: &str, mut answer: impl FnMut(&mut Inbox) -> Option<T>) -> T {
        let until = Instant::now() + deadline();
        let (inbox, arrived) = &*self.inbox;
        // A panic in `answer` poisons the lock of a test that has already failed.
        let mut inbox = inbox.lock().unwrap();
        loop {
            assert_eq!(inbox.violation, None, "{}: a frame is not as documented", self.channel);
            if let Some(found) = answer(&mut inbox) {
                return found;
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                let had: String =
                    inbox.messages.iter().map(|m| format!("\n  {} {}", m.channel, m.payload)).collect();
                drop(inbox);
                panic!("{}: waited {:?} for: {what}; had:{had}", self.channel, deadline());
            }
            inbox = arrived.wait_timeout(inbox, left).unwrap().0;
        }
    }
}

impl Drop for Subscriber {
    fn drop(&mut self) {
        self.cut();
    }
}

/// The events of frames, in order.
pub fn events(frames: &[Json]) -> Vec<Json> {
    frames.iter().filter_map(|frame| frame["events"].as_array()).flatten().cloned().collect()
}

/// A frame for some users only.
pub fn is_direct(frame: &Json) -> bool {
    frame["kind"] == "direct"
}

/// The message that the room has left its key.
pub fn is_gone(frame: &Json) -> bool {
    frame["kind"] == "gone"
}

fn collect(mut client: Client, inbox: &(Mutex<Inbox>, Condvar)) {
    loop {
        let received = client.receive();
        let Ok(mut guard) = inbox.0.lock() else { return };
        match received.as_ref().map(parts) {
            Ok(Some(parts)) => match parts.iter().map(String::as_str).collect::<Vec<_>>()[..] {
                ["message" | "smessage", channel, payload] | ["pmessage", _, channel, payload] => {
                    if channel.starts_with("__room@") && !payload.starts_with("{\"mark\":") {
                        guard.violation = guard.violation.take().or_else(|| schema::frame_error(payload));
                    }
                    guard.messages.push(Message { channel: channel.to_owned(), payload: payload.to_owned() });
                }
                ["subscribe" | "ssubscribe" | "psubscribe", ..] => guard.subscribed = true,
                // Nobody unsubscribes here: the slot has another owner.
                ["sunsubscribe", ..] => guard.closed = Some("the slot left the server".to_owned()),
                _ => {}
            },
            Ok(None) => guard.closed = Some(format!("unexpected {received:?}")),
            Err(error) => guard.closed = Some(error.to_string()),
        }
        let over = guard.closed.is_some();
        drop(guard);
        inbox.1.notify_all();
        if over {
            return;
        }
    }
}

/// The parts of a pushed message as text.
fn parts(value: &Value) -> Option<Vec<String>> {
    let Value::Array(items) = value else { return None };
    items
        .iter()
        .map(|item| match item {
            Value::BulkString(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
            Value::SimpleString(text) => Some(text.clone()),
            Value::Int(number) => Some(number.to_string()),
            _ => None,
        })
        .collect()
}
