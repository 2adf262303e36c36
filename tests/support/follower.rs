//! A gateway that obeys the list in `docs/events.md#recovery` and nothing else.

use super::picture::Picture;
use super::subscriber::{is_direct, is_gone};
use super::{deadline, Client, Json, Reply, Server, Subscriber};
use std::time::{Duration, Instant};

/// A frame with several events is split before it exceeds this.
const FRAME_LIMIT: usize = 32 * 1024;

/// Where a follower sends its questions, and where it listens.
pub trait Source: Send {
    /// Asks for the room's events or state. None: no answer.
    fn ask(&mut self, command: &[&str]) -> Option<Reply>;

    /// Reads the state for the comparison with the picture.
    fn look(&mut self, command: &[&str]) -> Option<Reply> {
        self.ask(command)
    }

    /// Subscribes again after a subscription has ended. None: the follower waits for [`Follower::subscribe_again`].
    fn listen_again(&mut self, _key: &str) -> Option<Subscriber> {
        None
    }
}

impl Source for Client {
    fn ask(&mut self, command: &[&str]) -> Option<Reply> {
        let value = self.try_cmd(command).ok()?;
        Some(Reply { asked: command.join(" "), value })
    }
}

/// Follows one room.
pub struct Follower {
    source: Box<dyn Source>,
    subscriber: Subscriber,
    db: u32,
    key: String,
    epoch: String,
    last: i64,
    picture: Option<Picture>,
    /// Numbered frames of its subscriptions, also those it skipped.
    pub frames: usize,
    /// Events taken from frames and from EVENTS, in order.
    pub events: Vec<Json>,
    /// Direct frames, in order.
    pub direct: Vec<Json>,
    /// Number of EVENTS commands.
    pub asked_events: usize,
    /// Number of STATE replies taken, after RESYNC or `gone`.
    pub took_state: usize,
    /// Number of subscriptions that its source gave it later.
    pub subscribed_again: usize,
    /// The last frame said that the room left its key.
    pub gone: bool,
    /// The last STATE showed changes that waited for their frame, and no frame of its epoch came since.
    ahead: bool,
    /// Its server did not answer. Further frames are ignored until it subscribes again.
    lost: bool,
}

impl Follower {
    /// Subscribes to the room's channel, even if there is no room yet, and takes the current picture.
    #[track_caller]
    pub fn new(server: &Server, key: &str) -> Follower {
        Follower::in_db(server, 0, key)
    }

    /// The same in another database.
    #[track_caller]
    pub fn in_db(server: &Server, db: u32, key: &str) -> Follower {
        Follower::of(Box::new(server.client_in(db)), Subscriber::room_in(server, db, key), db, key)
    }

    /// The same with a given source and a first subscription.
    #[track_caller]
    pub fn of(source: Box<dyn Source>, subscriber: Subscriber, db: u32, key: &str) -> Follower {
        let mut follower = Follower {
            source,
            subscriber,
            db,
            key: key.to_owned(),
            // This is no room's epoch, so the first answer is RESYNC and STATE follows.
            epoch: "none".to_owned(),
            last: 0,
            picture: None,
            frames: 0,
            events: Vec::new(),
            direct: Vec::new(),
            asked_events: 0,
            took_state: 0,
            subscribed_again: 0,
            gone: false,
            ahead: false,
            lost: false,
        };
        follower.ask_events();
        follower.pump();
        follower
    }

    /// The seq of the last event taken.
    pub fn seq(&self) -> i64 {
        self.last
    }

    /// The epoch of that event.
    pub fn epoch(&self) -> &str {
        &self.epoch
    }

    /// The room as the follower knows it.
    pub fn picture(&self) -> Option<&Picture> {
        self.picture.as_ref()
    }

    /// Handles all messages that have arrived.
    #[track_caller]
    pub fn pump(&mut self) {
        // Checked before the messages are taken: none can follow the end.
        let over = self.subscriber.is_closed();
        for message in self.subscriber.take() {
            let frame = message.json();
            // A mark of [`Subscriber::settled`] and no frame.
            if self.lost || frame["mark"].is_u64() {
                continue;
            }
            assert_eq!(frame["room"], self.key.as_str(), "a frame of another room: {frame}");
            if is_gone(&frame) {
                self.gone = true;
                self.take_state();
            } else if is_direct(&frame) {
                assert!(frame["event"]["type"].is_string(), "a direct frame's event has a type: {frame}");
                self.direct.push(frame);
            } else {
                assert_eq!(frame["kind"], "events", "{frame}");
                self.frames += 1;
                well_formed(&frame, message.payload.len());
                self.take_frame(&frame);
            }
        }
        if over {
            if let Some(subscriber) = self.source.listen_again(&self.key) {
                self.subscriber = subscriber;
                self.subscribed_again += 1;
                self.ask_events();
            }
        }
    }

    /// Loses the subscription, as on a broken connection. The follower misses messages published meanwhile.
    #[track_caller]
    pub fn lose_subscription(&mut self) {
        self.pump();
        self.subscriber.cut();
        self.subscriber.wait_closed();
        self.pump();
    }

    /// Subscribes at this server, which may be another one (a promoted replica), and catches up.
    #[track_caller]
    pub fn subscribe_again(&mut self, server: &Server) {
        self.source = Box::new(server.client_in(self.db));
        self.subscriber = Subscriber::room_in(server, self.db, &self.key);
        self.lost = false;
        self.ask_events();
        self.pump();
    }

    /// Sends BEAT as this gateway and obeys the reply.
    #[track_caller]
    pub fn beat(&mut self, gateway: &str) {
        self.pump();
        let reply = self.source.ask(&["ROOM.BEAT", &self.key, gateway]).expect("the server answers").list();
        let (epoch, seq) = (reply[1].text(), reply[2].int());
        if epoch != self.epoch || seq != self.last {
            self.ask_events();
        }
    }

    /// Handles messages until `reached` holds.
    #[track_caller]
    pub fn wait_until(&mut self, what: &str, reached: impl Fn(&Follower) -> bool) {
        let until = Instant::now() + deadline();
        self.pump();
        while !reached(self) {
            assert!(Instant::now() < until, "waited {:?} for: {what}; {}", deadline(), self.story());
            self.subscriber.wait_any(until);
            self.pump();
        }
    }

    /// Waits for an event of this type that satisfies `wanted`, and returns it.
    #[track_caller]
    pub fn wait_event(&mut self, kind: &str, wanted: impl Fn(&Json) -> bool) -> Json {
        let fits = |event: &Json| event["type"] == kind && wanted(event);
        self.wait_until(&format!("an event {kind}"), |follower| follower.events.iter().any(fits));
        self.events.iter().find(|event| fits(event)).cloned().expect("it was there")
    }

    /// Waits until all waiting changes arrived as frames, then compares the picture with STATE, field by field. Frames
    /// alone must suffice: the follower neither beats nor asks on its own.
    #[track_caller]
    pub fn assert_matches_state(&mut self) {
        let until = Instant::now() + deadline();
        loop {
            self.pump();
            let reply = self.source.look(&["ROOM.STATE", &self.key, "-"]).expect("the server answers");
            // Messages from before the reply may arrive only now.
            self.pump();
            let problem = match (&self.picture, reply.error()) {
                (None, Some(error)) if no_room(&error) => return,
                (Some(_), Some(error)) => format!("STATE: {error}"),
                (None, _) => format!("STATE answers {reply:?}, the follower has no picture"),
                (Some(picture), None) => {
                    let state = reply.json();
                    assert!(state["you"].is_null(), "the service is not a member: {state}");
                    let (seq, epoch) = (state["seq"].as_i64(), state["epoch"].as_str());
                    if seq != Some(self.last) || epoch != Some(&self.epoch) {
                        format!("STATE is at {epoch:?} {seq:?}, the follower at {} {}", self.epoch, self.last)
                    } else if state["ahead"] == true {
                        format!("STATE is ahead at {seq:?}")
                    } else {
                        let differences = picture.differences(&state).join("\n  ");
                        let seq = self.last;
                        assert!(
                            differences.is_empty(),
                            "the picture at {seq}:\n  {differences}\n{}",
                            self.story()
                        );
                        return;
                    }
                }
            };
            let now = Instant::now();
            assert!(now < until, "{problem}\n{}", self.story());
            self.subscriber.wait_any(now + Duration::from_millis(20));
        }
    }

    /// Handles a numbered frame.
    #[track_caller]
    fn take_frame(&mut self, frame: &Json) {
        let (from, to) = (whole(&frame["from"]), whole(&frame["to"]));
        let foreign = frame["epoch"] != self.epoch.as_str();
        let gap = to > self.last && from > self.last + 1;
        if foreign || gap {
            self.ask_events();
        }
        // The answer may have gone beyond this frame, or ended before it.
        if !self.lost && frame["epoch"] == self.epoch.as_str() && to > self.last {
            assert!(from <= self.last + 1, "a gap remains after EVENTS: at {}, {frame}", self.last);
            self.relay(frame);
        }
    }

    /// Takes the events of the next frame.
    #[track_caller]
    fn relay(&mut self, frame: &Json) {
        let picture = self.picture.as_mut().expect("a follower in an epoch has a picture");
        picture.take(frame);
        self.events.extend(frame["events"].as_array().expect("a frame has events").iter().cloned());
        self.ahead &= self.last == whole(&frame["to"]);
        self.last = whole(&frame["to"]);
    }

    /// Asks for the events after the last one taken.
    #[track_caller]
    fn ask_events(&mut self) {
        self.asked_events += 1;
        let since = self.last.to_string();
        let key = self.key.clone();
        let Some(reply) = self.ask(&["ROOM.EVENTS", &key, "-", &self.epoch.clone(), &since]) else { return };
        match reply.error() {
            None => {
                let frame = reply.json();
                let (from, to) = (whole(&frame["from"]), whole(&frame["to"]));
                assert_eq!(from, self.last + 1, "EVENTS begins after `since`: {frame}");
                assert!(to >= self.last, "EVENTS ends no earlier: {frame}");
                let events = frame["events"].as_array().expect("a frame has events");
                ascending(events, from, to, &frame);
                let epoch = frame["epoch"].as_str().expect("a frame has an epoch").to_owned();
                if epoch != self.epoch && self.ahead {
                    // The new master may never have had what that STATE showed.
                    return self.take_state();
                }
                if epoch != self.epoch {
                    self.picture.as_mut().expect("a picture of that epoch").set_epoch(&epoch);
                    self.epoch = epoch;
                }
                self.relay(&frame);
            }
            Some(error) if error.starts_with("RESYNC ") => self.take_state(),
            Some(error) if no_room(&error) => self.forget(),
            Some(error) => panic!("{}: {error}", reply.asked),
        }
    }

    /// Takes a new picture.
    #[track_caller]
    fn take_state(&mut self) {
        let key = self.key.clone();
        let Some(reply) = self.ask(&["ROOM.STATE", &key, "-"]) else { return };
        match reply.error() {
            None => {
                let state = reply.json();
                self.took_state += 1;
                self.ahead = state["ahead"] == true;
                self.epoch = state["epoch"].as_str().expect("STATE has an epoch").to_owned();
                self.last = whole(&state["seq"]);
                self.picture = Some(Picture::new(&state));
            }
            Some(error) if no_room(&error) => self.forget(),
            Some(error) => panic!("{}: {error}", reply.asked),
        }
    }

    /// None: the server is gone.
    fn ask(&mut self, command: &[&str]) -> Option<Reply> {
        let reply = self.source.ask(command);
        self.lost = reply.is_none();
        reply
    }

    fn forget(&mut self) {
        self.picture = None;
        self.epoch = "none".to_owned();
        self.last = 0;
    }

    /// The follower's history, for messages.
    fn story(&self) -> String {
        let mut story = format!(
            "follower of {} at {} {}: asked EVENTS {}, took STATE {}; its last events:",
            self.key, self.epoch, self.last, self.asked_events, self.took_state
        );
        for event in &self.events[self.events.len().saturating_sub(15)..] {
            story.push_str(&format!("\n  {event}"));
        }
        story
    }
}

/// A published frame numbers its events without holes and respects the size limit.
#[track_caller]
fn well_formed(frame: &Json, size: usize) {
    let (from, to) = (whole(&frame["from"]), whole(&frame["to"]));
    let events = frame["events"].as_array().unwrap_or_else(|| panic!("a frame has events: {frame}"));
    assert!(!events.is_empty(), "an empty frame was published: {frame}");
    ascending(events, from, to, frame);
    assert_eq!(events.len() as i64, to - from + 1, "a hole in the numbers of a frame: {frame}");
    assert!(frame["ms"].is_u64(), "a frame tells the time: {frame}");
    assert!(size <= FRAME_LIMIT || events.len() == 1, "a frame of {size} bytes was not split");
}

#[track_caller]
fn ascending(events: &[Json], from: i64, to: i64, frame: &Json) {
    let mut before = from - 1;
    for event in events {
        let seq = whole(&event["seq"]);
        assert!(seq > before && seq <= to, "events out of order or beyond the frame: {frame}");
        before = seq;
    }
}

#[track_caller]
fn whole(value: &Json) -> i64 {
    value.as_i64().unwrap_or_else(|| panic!("expected a whole number: {value}"))
}

/// The key holds no room, or a value of another type.
fn no_room(error: &str) -> bool {
    error.starts_with("NOROOM ") || error.starts_with("WRONGTYPE ")
}
