//! A server without Redis. It has one key, a clock that the test moves, a replica that replays every effect, and
//! followers that see only frames.
//!
//! After every step the replica must equal the master, and the room must keep its invariants. When no event waits, the
//! picture of each follower must equal STATE.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failure is a panic, as in a test"
)]

pub mod check;
pub mod picture;
pub mod print;
mod reading;
pub mod saved;
pub mod script;
mod time;

use crate::command::{commands, Command, WriteCommand};
use crate::env::Env;
use crate::error::Error;
use crate::limits::SLICE;
use crate::outbox::{Outbox, Reply};
use crate::room::deadlines;
use crate::room::Room;
use crate::settings::Settings;
use crate::storage::codec;
use crate::turn;
use crate::turn::fast_path;
use picture::Picture;
use serde_json::Value;

/// When every test begins, Unix ms. A full minute begins then.
pub const T0: u64 = 1_732_413_240_000;
pub const KEY: &str = "room:42";
pub const SECOND: u64 = 1000;
pub const MINUTE: u64 = 60 * SECOND;
pub const HOUR: u64 = 60 * MINUTE;

pub struct Sim {
    pub room: Option<Box<Room>>,
    replica: Option<Box<Room>>,
    pub now: u64,
    pub settings: Settings,
    pub generation: u64,
    /// How far the wall clock was set, ms.
    set_ms: i64,
    /// How long the server did not serve, ms.
    idle_ms: u64,
    pub expires: Option<u64>,
    fresh: u64,
    pub slice: u32,
    /// Frames and direct frames of all turns since the last [`Sim::forget`].
    pub frames: Vec<Value>,
    pub notifications: Vec<&'static str>,
    /// How many commands took the fast path.
    pub verbatim: usize,
    /// The effect of the last turn.
    pub effect: Vec<u8>,
    pub pictures: Vec<Picture>,
    /// Whether to compare and check after every step. Tests with very many steps turn it off.
    pub thorough: bool,
    /// The number of seats was lowered, so more may be taken than there are.
    pub lowered: bool,
}

impl Sim {
    /// A server with an empty key.
    pub fn empty() -> Sim {
        Sim {
            room: None,
            replica: None,
            now: T0,
            settings: Settings::default(),
            generation: 1,
            set_ms: 0,
            idle_ms: 0,
            expires: None,
            fresh: 0xA000,
            slice: SLICE,
            frames: Vec::new(),
            notifications: Vec::new(),
            verbatim: 0,
            effect: Vec::new(),
            pictures: Vec::new(),
            thorough: true,
            lowered: false,
        }
    }

    /// A live room with one follower and without rates. Its host `h` is present through gateway `g`. `create` adds
    /// arguments to CREATE.
    pub fn with(create: &str) -> Sim {
        let mut sim = Sim::bare(create);
        sim.ok("JOIN h GATEWAY g");
        sim.quiet();
        sim.forget();
        sim
    }

    /// The same without the host's presence.
    pub fn bare(create: &str) -> Sim {
        let mut sim = Sim::empty();
        sim.settings.action_rate = 0;
        sim.settings.comment_rate = 0;
        sim.settings.react_rate = 0;
        sim.settings.comment_room_rate = 0;
        sim.ok(&format!("CREATE h {create}"));
        sim.follow();
        sim.forget();
        sim
    }

    pub fn live() -> Sim {
        Sim::with("")
    }

    pub fn env(&self) -> Env<'_> {
        Env {
            now: self.now,
            time: self.time(),
            settings: &self.settings,
            key: KEY,
            db: 0,
            shard: false,
            generation: self.generation,
            serving: true,
            expires: &self.expires,
            fresh: [self.fresh, self.fresh + 1],
            slice: self.slice,
        }
    }

    /// The room, which must exist.
    pub fn at(&self) -> &Room {
        self.room.as_deref().expect("no room")
    }

    /// Runs a command as a client sends it: its name without `ROOM.` and its arguments without the key.
    #[track_caller]
    pub fn run_args(&mut self, args: &[&str]) -> Result<Reply, Error> {
        let rest: Vec<&[u8]> = args[1..].iter().map(|arg| arg.as_bytes()).collect();
        self.run_bytes(args[0], &rest)
    }

    /// [`Sim::run_args`] for arguments of any bytes.
    #[track_caller]
    pub fn run_bytes(&mut self, verb: &str, args: &[&[u8]]) -> Result<Reply, Error> {
        let name = format!("ROOM.{verb}");
        let spec = commands().find(|spec| spec.name == name).unwrap_or_else(|| panic!("no {name}"));
        let line = || {
            format!("{verb} {:?}", args.iter().map(|arg| arg.escape_ascii().to_string()).collect::<Vec<_>>())
        };
        let reply = match spec.parse(args) {
            Err(error) => Err(error),
            // A list has no room. The server's registry answers it.
            Ok(Command::List(_)) => Err(Error::Invalid("ROOM.LIST takes no key")),
            Ok(Command::Read(command)) => {
                let before = self.print();
                let reply = turn::read(self.room.as_deref(), &command, &self.env());
                print::assert_same(&before, &self.print(), &format!("a read: {}", line()));
                reply
            }
            Ok(Command::Write(command)) => {
                let before = self.thorough.then(|| self.room.clone());
                let reply = self.turn(Some(&command), |slot, env, out| turn::run(slot, &command, env, out));
                if let (Err(_), Some(before)) = (&reply, before) {
                    self.unchanged(before, &line());
                }
                reply
            }
        };
        if let Err(error) = reply {
            let is_known = spec.errors.contains(&error.code());
            assert!(is_known, "{}: the table lacks {error}", line());
        }
        reply
    }

    /// Asserts that an error changed nothing. Due deadlines may be settled, as a tick settles them.
    #[track_caller]
    fn unchanged(&mut self, mut before: Option<Box<Room>>, line: &str) {
        let waits = |room: &Room| {
            let env = self.env().at(room);
            turn::next_due_ms(room, &env) <= env.now || deadlines::has_slices(room)
        };
        if !before.as_deref().is_some_and(waits) {
            return print::assert_same(&print::room(before.as_deref()), &self.print(), line);
        }
        // The error may have settled users before their slice. So all slices are settled before the rooms are compared.
        let mut after = self.room.clone();
        for room in [&mut before, &mut after] {
            self.fresh -= 2;
            turn::tick(room, &self.env(), &mut Outbox::default());
            self.fresh += 2;
            while room.as_deref().is_some_and(|room| deadlines::has_slices(room) && !room.state.is_over()) {
                turn::tick(room, &self.env(), &mut Outbox::default());
            }
        }
        let room = std::mem::replace(&mut self.room, before);
        let shown = |sim: &Sim| {
            let mut state = sim.peek("STATE -");
            // How the slices fell into turns decides how their events folded.
            ["seq", "ahead"].map(|field| state[field].take());
            (state, sim.members())
        };
        let expected = shown(self);
        self.room = after;
        assert_eq!(shown(self), expected, "an error changed: {line}");
        self.room = room;
    }

    /// [`Sim::run_args`] for words.
    #[track_caller]
    pub fn run(&mut self, line: &str) -> Result<Reply, Error> {
        self.run_args(&line.split_whitespace().collect::<Vec<_>>())
    }

    #[track_caller]
    pub fn ok(&mut self, line: &str) -> Reply {
        self.run(line).unwrap_or_else(|error| panic!("{line}: {error}"))
    }

    #[track_caller]
    pub fn int(&mut self, line: &str) -> i64 {
        match self.ok(line) {
            Reply::Int(n) => n,
            other => panic!("{line}: {other:?}"),
        }
    }

    #[track_caller]
    pub fn json(&mut self, line: &str) -> Value {
        json(&self.ok(line))
    }

    /// The error's code. For rates the wait follows: `RATELIMITED 200`.
    #[track_caller]
    pub fn err(&mut self, line: &str) -> String {
        match self.run(line) {
            Err(Error::SlowMode(ms)) => format!("SLOWMODE {ms}"),
            Err(Error::RateLimited(ms)) => format!("RATELIMITED {ms}"),
            Err(error) => error.code().to_owned(),
            Ok(reply) => panic!("{line}: {reply:?}"),
        }
    }

    /// Runs commands, one in each line. All must succeed.
    #[track_caller]
    pub fn all(&mut self, lines: &str) {
        for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
            self.ok(line);
        }
    }

    /// Runs one turn and delivers its outbox.
    #[track_caller]
    fn turn<T>(
        &mut self,
        command: Option<&WriteCommand<'_>>,
        turn: impl FnOnce(&mut Option<Box<Room>>, &Env<'_>, &mut Outbox) -> T,
    ) -> T {
        let mut room = self.room.take();
        let mut out = Outbox::default();
        let result = turn(&mut room, &self.env(), &mut out);
        self.room = room;
        if out.purged {
            // The server deletes the key on the master and on its replicas.
            (self.room, self.replica) = (None, None);
        }
        self.fresh += 2;
        if let Some(command) = command.filter(|_| out.verbatim) {
            assert!(out.effect.is_empty() && out.frames.is_empty() && out.expire.is_none());
            let mut replica = self.replica.take();
            fast_path::replay(&mut replica, Some(command), &self.env(), &mut Outbox::default())
                .expect("a room");
            self.replica = replica;
        }
        if !out.effect.is_empty() && !out.purged {
            let mut replica = self.replica.take();
            let mut quiet = Outbox::default();
            turn::replay(&mut replica, &out.effect, &self.env(), &mut quiet).expect("the replica knows it");
            assert_eq!(quiet.expire, out.expire, "the replica sets the same expiry");
            assert!(quiet.frames.is_empty(), "a replica publishes nothing of its own");
            self.replica = replica;
        }
        self.expires = out.expire.or(self.expires);
        self.verbatim += usize::from(out.verbatim);
        self.effect = out.effect;
        self.notifications.extend(out.notifications);
        let frames: Vec<Value> = out.frames.iter().map(|frame| parsed(frame)).collect();
        for (frame, text) in frames.iter().zip(&out.frames) {
            assert!(
                text.len() <= 32 * 1024 || frame["events"].as_array().is_some_and(|events| events.len() == 1),
                "a frame of {} bytes",
                text.len()
            );
            self.deliver(frame);
        }
        self.frames.extend(frames);
        self.check_next_due(out.next_due_ms, out.verbatim);
        if self.thorough {
            self.compare();
        }
        result
    }

    /// Asserts that the replica equals the room, that the room is sound, and that followers see its state.
    #[track_caller]
    pub fn compare(&self) {
        print::assert_same(&self.print(), &print::room(self.replica.as_deref()), "the replica");
        let (Some(room), Some(replica)) = (self.room.as_deref(), self.replica.as_deref()) else { return };
        assert_eq!(digest(room), digest(replica), "the replica's digest");
        check::sound(room, self.env().at(room).now, self.lowered);
        let state = self.peek("STATE -");
        if state["ahead"] == true {
            return;
        }
        let members = self.members();
        for picture in &self.pictures {
            let mut picture = picture.clone();
            // No frame announced the new epoch yet. A gateway learns of it by BEAT.
            if picture.epoch() != state["epoch"] {
                self.recover(&mut picture);
            }
            picture.assert_shows(&state, &members);
        }
    }

    pub fn print(&self) -> String {
        print::room(self.room.as_deref())
    }

    /// Adds a follower that begins with the present STATE, even if events wait.
    pub fn follow(&mut self) {
        let picture = Picture::new(&self.peek("STATE -"), &self.members());
        self.pictures.push(picture);
    }

    fn deliver(&mut self, frame: &Value) {
        if frame["events"].is_null() {
            return;
        }
        let mut pictures = std::mem::take(&mut self.pictures);
        for picture in &mut pictures {
            if picture.epoch() != frame["epoch"] || frame["from"].as_u64() > Some(picture.seq() + 1) {
                self.recover(picture);
            }
            if frame["to"].as_u64() > Some(picture.seq()) {
                picture.take(frame, || self.members());
            }
        }
        self.pictures = pictures;
    }

    /// Brings a picture up to date by EVENTS, or by STATE on RESYNC. If its STATE was ahead of the frames of another
    /// epoch, it takes STATE again. Returns whether EVENTS sufficed.
    #[track_caller]
    pub fn recover(&self, picture: &mut Picture) -> bool {
        match self.peek_reply(&format!("EVENTS - {} {}", picture.epoch(), picture.seq())) {
            Ok(reply) => {
                let frame = json(&reply);
                if picture.ahead && frame["epoch"] != picture.epoch() {
                    *picture = Picture::new(&self.peek("STATE -"), &self.members());
                    return false;
                }
                picture.take(&frame, || self.members());
                true
            }
            Err(Error::Resync) => {
                *picture = Picture::new(&self.peek("STATE -"), &self.members());
                false
            }
            Err(error) => panic!("EVENTS: {error}"),
        }
    }

    /// Asserts the next due time that a turn reports. A verbatim command may report an earlier one.
    #[track_caller]
    fn check_next_due(&self, reported: Option<u64>, verbatim: bool) {
        let (Some(reported), Some(room)) = (reported, self.room.as_deref()) else { return };
        let env = self.env().at(room);
        let due = env.wall_time_of(turn::next_due_ms(room, &env)).max(self.now + 1);
        assert!(reported <= due, "due at {due}, reported {reported}");
        assert!(verbatim || reported == due, "due at {due}, reported {reported}");
    }
}

fn digest(room: &Room) -> Vec<u8> {
    let mut bytes = Vec::new();
    codec::digest(room, &mut |part| bytes.extend_from_slice(part));
    bytes
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

pub fn json(reply: &Reply) -> Value {
    match reply {
        Reply::Bulk(text) => parsed(text),
        other => panic!("no JSON: {other:?}"),
    }
}
