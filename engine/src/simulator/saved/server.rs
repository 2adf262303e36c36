//! A server with one room. It runs commands as a client sends them and replays effects as a replica does.

use crate::command::{commands, Command};
use crate::env::Env;
use crate::error::Error;
use crate::limits::SLICE;
use crate::outbox::{Outbox, Reply};
use crate::room::Room;
use crate::server_clock::ServerTime;
use crate::settings::Settings;
use crate::storage::codec::{self, Corrupt};
use crate::turn::{self};

pub const KEY: &str = "room:1";
/// 20 November 2025.
pub const START: u64 = 1_763_600_000_000;

#[derive(Clone)]
pub struct Server {
    pub slot: Option<Box<Room>>,
    pub now: u64,
    pub settings: Settings,
    pub generation: u64,
    pub serving: bool,
    pub fresh: u64,
    pub expires: Option<u64>,
    pub slice: u32,
}

/// The outcome of a command or a tick.
#[derive(Debug)]
pub struct Turn {
    pub reply: Result<Reply, Error>,
    pub effect: Vec<u8>,
    pub frames: Vec<String>,
    pub notifications: Vec<&'static str>,
    pub expire: Option<u64>,
}

impl Server {
    pub fn new(settings: Settings) -> Server {
        let expires = Some(START + settings.ttl_ms);
        Server {
            slot: None,
            now: START,
            settings,
            generation: 1,
            serving: true,
            fresh: 7,
            expires,
            slice: SLICE,
        }
    }

    /// A server without rates. Rates are not saved, so a loaded room would reply differently.
    pub fn unlimited() -> Server {
        let rates = Settings {
            comment_rate: 0,
            react_rate: 0,
            action_rate: 0,
            comment_room_rate: 0,
            ..Settings::default()
        };
        Server::new(rates)
    }

    pub fn room(&self) -> &Room {
        self.slot.as_deref().expect("a room")
    }

    fn env(&self) -> Env<'_> {
        Env {
            now: self.now,
            time: ServerTime::unbroken(self.now),
            settings: &self.settings,
            key: KEY,
            db: 0,
            shard: false,
            generation: self.generation,
            serving: self.serving,
            expires: &self.expires,
            fresh: [self.fresh * 31, self.fresh * 1_000_003],
            slice: self.slice,
        }
    }

    /// Runs a command, a write or a read.
    pub fn run(&mut self, line: &[&str]) -> Turn {
        self.fresh += 1;
        let (verb, args) = line.split_first().expect("a command");
        let name = format!("ROOM.{verb}");
        let spec = commands().find(|spec| spec.name == name).expect("a known command");
        let args: Vec<&[u8]> = args.iter().map(|arg| arg.as_bytes()).collect();
        let mut slot = self.slot.take();
        // Every change comes as an effect here, so that it can be replayed: no command takes the fast path.
        if let Some(room) = &mut slot {
            room.local.next_due_ms = 0;
        }
        let mut out = Outbox::default();
        let reply = spec.parse(&args).and_then(|command| match command {
            Command::Read(command) => turn::read(slot.as_deref(), &command, &self.env()),
            Command::Write(command) => turn::run(&mut slot, &command, &self.env(), &mut out),
            Command::List(_) => panic!("a list has no room"),
        });
        self.slot = slot;
        Turn {
            reply,
            effect: out.effect,
            frames: out.frames,
            notifications: out.notifications,
            expire: out.expire,
        }
    }

    pub fn tick(&mut self) -> Turn {
        self.fresh += 1;
        let mut slot = self.slot.take();
        let mut out = Outbox::default();
        turn::tick(&mut slot, &self.env(), &mut out);
        self.slot = slot;
        Turn {
            reply: Ok(Reply::Ok),
            effect: out.effect,
            frames: out.frames,
            notifications: out.notifications,
            expire: out.expire,
        }
    }

    pub fn replay(&mut self, effect: &[u8]) {
        self.replays(effect).expect("a known effect");
    }

    pub fn replays(&mut self, effect: &[u8]) -> Result<(), Error> {
        let mut slot = self.slot.take();
        let replayed = turn::replay(&mut slot, effect, &self.env(), &mut Outbox::default());
        self.slot = slot;
        replayed
    }

    /// Acts as another process that serves from now on, as after a restart or a promotion.
    pub fn restart(&mut self) {
        self.generation += 1;
        self.serving = true;
    }

    /// The replies to all reads by the service and by some users.
    pub fn answers(&mut self) -> Vec<String> {
        let mut answers = Vec::new();
        let (epoch, seq) = match self.slot.as_deref() {
            Some(room) => (crate::id::Id(room.epoch).to_string(), room.seq),
            None => return answers,
        };
        let mut read = |server: &mut Server, line: &[&str]| {
            let turn = server.run(line);
            answers.push(format!("{line:?} {:?}", turn.reply));
            turn.reply
        };
        for actor in ["-", "u0", "u3", "nobody"] {
            for verb in ["STATE", "POLLS", "SUMMARY", "INVITED", "BLOCKED", "COMMENTS", "HANDS"] {
                drop(read(self, &[verb, actor]));
            }
            for user in ["u0", "u1", "Zoë"] {
                drop(read(self, &["WHOIS", actor, user]));
            }
        }
        drop(read(self, &["INFO"]));
        for since in [0, 1, seq / 2, seq.saturating_sub(3), seq] {
            drop(read(self, &["EVENTS", "-", &epoch, &since.to_string()]));
        }
        for pages in [&["MEMBERS", "-"][..], &["SESSIONS", "g0"], &["SESSIONS", "g1"], &["EXPORT"]] {
            let mut cursor = "0".to_owned();
            loop {
                let mut line = pages.to_vec();
                match pages {
                    ["EXPORT"] => line.push(&cursor),
                    _ => line.extend(["CURSOR", &cursor]),
                }
                line.extend(["COUNT", "7"]);
                cursor = match read(self, &line) {
                    Ok(Reply::Array(page)) => match page.first() {
                        Some(Reply::Bulk(next)) => next.clone(),
                        _ => break,
                    },
                    Ok(Reply::Bulk(page)) => {
                        let page: serde_json::Value = serde_json::from_str(&page).expect("JSON");
                        page["cursor"].as_str().expect("a cursor").to_owned()
                    }
                    _ => break,
                };
                if cursor == "0" {
                    break;
                }
            }
        }
        answers
    }
}

pub fn save(room: &Room) -> Vec<Vec<u8>> {
    let mut chunks = Vec::new();
    codec::save(room, &mut |chunk| chunks.push(chunk.to_vec()));
    chunks
}

pub fn load(chunks: &[Vec<u8>]) -> Result<Room, Corrupt> {
    let mut chunks = chunks.iter().cloned();
    codec::load(codec::VERSION, &mut || chunks.next())
}

pub fn digest(room: &Room) -> Vec<u8> {
    let mut digest = Vec::new();
    codec::digest(room, &mut |bytes| digest.extend_from_slice(bytes));
    digest
}

pub fn digest_of(server: &Server) -> Option<Vec<u8>> {
    server.slot.as_deref().map(digest)
}
