//! Random commands, in the proportions of real rooms.
//!
//! A seed repeats its commands. They ignore the rooms' state: most succeed and some are refused, as with users who act
//! at the same time.

const USERS: u32 = 40;
const GATEWAYS: u32 = 3;
const KINDS: [&str; 4] = ["👏", "🔥", "❤️", "😂"];
const TEXTS: [&str; 4] = ["hello 👋", "two\nlines", "\"quoted\" and \\", "ελληνικά"];

/// Runs commands and ignores their errors.
const EACH: &str = "for _, command in ipairs(cjson.decode(ARGV[1])) do redis.pcall(unpack(command)) end";

/// COPY to the same key is an error. RENAME is left out, because some servers do not notify the module of it in a
/// script.
const MOVABLE: &str = "KEYS[1] ~= KEYS[2] and redis.call('EXISTS', KEYS[1]) == 1";

/// Other operations on a key with a room.
const MOVES: [&str; 5] = [
    "redis.call('COPY', KEYS[1], KEYS[2], 'REPLACE')",
    "redis.call('RESTORE', KEYS[2], 86400000, redis.call('DUMP', KEYS[1]), 'REPLACE')",
    "redis.call('EXPIRE', KEYS[1], 86400)",
    "redis.call('PERSIST', KEYS[1])",
    "redis.call('UNLINK', KEYS[1])",
];

/// Arguments for the next command, of which it uses some.
struct Drawn {
    key: String,
    user: String,
    actor: String,
    gateway: String,
    session: String,
    text: String,
    kind: String,
    few: String,
    comment: String,
    poll: String,
}

/// Commands for some rooms.
pub struct Traffic {
    random: fastrand::Rng,
    keys: Vec<String>,
    /// Whether rooms also end, are purged and created again.
    ending: bool,
    /// Whether users also change their profiles.
    profiles: bool,
    /// The user of the last offer.
    offered: String,
}

impl Traffic {
    /// Commands for these rooms, which [`Traffic::opening`] creates. The rooms neither end nor leave their keys.
    pub fn new(seed: u64, keys: &[impl AsRef<str>]) -> Traffic {
        let keys = keys.iter().map(|key| key.as_ref().to_owned()).collect();
        Traffic {
            random: fastrand::Rng::with_seed(seed),
            keys,
            ending: false,
            profiles: true,
            offered: "u2".to_owned(),
        }
    }

    /// Rooms also end, are purged, and are created again under the same key.
    pub fn ending(mut self) -> Traffic {
        self.ending = true;
        self
    }

    /// Users never send a profile. No event reports a new profile of a listener.
    pub fn plain(mut self) -> Traffic {
        self.profiles = false;
        self
    }

    /// Commands that create the rooms and add their first users.
    pub fn opening(&self) -> Vec<Vec<String>> {
        self.keys.iter().flat_map(|key| opening(key)).collect()
    }

    fn user(&mut self) -> String {
        format!("u{}", self.random.u32(0..USERS))
    }

    /// Mostly the staff, so that most commands are allowed.
    fn actor(&mut self) -> String {
        match self.random.u32(0..6) {
            0 => "-".to_owned(),
            1 => "u1".to_owned(),
            2 => self.user(),
            _ => "u0".to_owned(),
        }
    }

    fn pick(&mut self, from: &[&str]) -> String {
        from[self.random.usize(0..from.len())].to_owned()
    }

    fn number(&mut self, up_to: u32) -> String {
        self.random.u32(1..=up_to).to_string()
    }

    /// The next command that may change its room.
    pub fn write(&mut self) -> Vec<String> {
        let drawn = Drawn {
            key: self.key(),
            user: self.user(),
            actor: self.actor(),
            gateway: format!("g{}", self.random.u32(0..GATEWAYS)),
            session: format!("s{}", self.random.u32(0..USERS * 2)),
            text: self.pick(&TEXTS),
            kind: self.pick(&KINDS),
            few: self.number(5),
            comment: self.number(60),
            poll: self.number(6),
        };
        match self.random.u32(0..110) {
            which @ (0..=23 | 100..=109) => self.presence(which, &drawn),
            which @ 24..=56 => self.stage(which, &drawn),
            which => self.messages(which, &drawn),
        }
    }

    /// Joining and leaving.
    fn presence(&mut self, which: u32, drawn: &Drawn) -> Vec<String> {
        let Drawn { key, user, gateway, session, kind, few, .. } = drawn;
        match which {
            0..=11 | 100..=109 => owned(&["ROOM.JOIN", key, user, "GATEWAY", gateway, "SESSION", session]),
            12..=13 if self.profiles => {
                let profile = format!(r#"{{"name":"{user}","n":{few}}}"#);
                owned(&["ROOM.JOIN", key, user, "GATEWAY", gateway, "PROFILE", &profile])
            }
            14..=17 => owned(&["ROOM.LEAVE", key, user, "GATEWAY", gateway]),
            18..=20 => owned(&["ROOM.LEAVE", key, user, "LOST"]),
            21..=22 => owned(&["ROOM.BEAT", key, gateway]),
            23 if self.random.bool() => owned(&["ROOM.DROP", key, gateway, "LOST"]),
            23 => owned(&["ROOM.DROP", key, gateway]),
            _ => owned(&["ROOM.REACT", key, user, kind]),
        }
    }

    /// Hands, seats, microphones and moderation.
    fn stage(&mut self, which: u32, drawn: &Drawn) -> Vec<String> {
        let Drawn { key, user, actor, text, few, .. } = drawn;
        match which {
            24..=30 => owned(&["ROOM.RAISEHAND", key, user]),
            31..=32 => owned(&["ROOM.LOWERHAND", key, user]),
            33 if self.random.u32(0..8) == 0 => owned(&["ROOM.LOWERHAND", key, actor, "*"]),
            33..=34 => owned(&["ROOM.NEXT", key, actor, "TOKEN", &format!("t{few}")]),
            35..=36 => owned(&["ROOM.NEXT", key, actor]),
            37..=39 => {
                user.clone_into(&mut self.offered);
                owned(&["ROOM.OFFER", key, actor, user, "FOR", few])
            }
            40..=41 => owned(&["ROOM.ACCEPT", key, &self.offered]),
            42 => owned(&["ROOM.DECLINE", key, &self.offered]),
            43..=44 => owned(&["ROOM.STEPDOWN", key, actor, user]),
            45..=47 => {
                let role = self.pick(&["cohost", "speaker", "speaker", "listener"]);
                owned(&["ROOM.ROLE", key, actor, user, &role])
            }
            48..=50 => owned(&["ROOM.UNMUTE", key, user]),
            51 => owned(&["ROOM.MUTE", key, actor, user]),
            52 => owned(&["ROOM.ASKUNMUTE", key, actor, user]),
            53 => owned(&["ROOM.KICK", key, actor, user, "REASON", &text.replace('\n', " ")]),
            54 => owned(&["ROOM.BLOCK", key, actor, user, "FOR", few]),
            55 if self.random.bool() => owned(&["ROOM.BLOCK", key, actor, user, "SHADOW", "FOR", few]),
            55 => owned(&["ROOM.BLOCK", key, actor, user, "FOR", few, "CLEAR"]),
            _ => owned(&["ROOM.UNBLOCK", key, actor, user]),
        }
    }

    /// Comments, reactions, polls, and the room itself.
    fn messages(&mut self, which: u32, drawn: &Drawn) -> Vec<String> {
        let Drawn { key, user, actor, text, kind, few, comment, poll, .. } = drawn;
        match which {
            57..=64 => owned(&["ROOM.COMMENT", key, user, text]),
            65..=67 => {
                owned(&["ROOM.COMMENT", key, user, text, "REPLY", comment, "TOKEN", &format!("t{few}")])
            }
            68 => owned(&["ROOM.COMMENT", key, "-", text]),
            69..=70 => owned(&["ROOM.DELCOMMENT", key, actor, comment]),
            71..=72 => owned(&["ROOM.PIN", key, actor, comment]),
            73 => owned(&["ROOM.UNPIN", key, actor, comment]),
            74..=82 => owned(&["ROOM.REACT", key, user, kind, "COUNT", few]),
            83 => {
                let flag = self.pick(&["SECRET", "FINAL", "HIDDEN"]);
                owned(&["ROOM.POLLOPEN", key, actor, "Now?", "2", "yes", "no", &flag, "FOR", few])
            }
            84..=91 => owned(&["ROOM.POLLVOTE", key, user, poll, &self.random.u32(0..3).to_string()]),
            92 => owned(&["ROOM.POLLCLOSE", key, actor, poll]),
            93..=94 => owned(&["ROOM.INVITE", key, actor, user]),
            95 => owned(&["ROOM.UNINVITE", key, actor, user]),
            96 => owned(&["ROOM.CONFIG", key, actor, "title", &text.replace('\n', " "), "seats", few]),
            97 if !self.ending => owned(&["ROOM.RSVP", key, user, "YES"]),
            98 if self.ending && self.random.u32(0..6) == 0 => owned(&["ROOM.END", key, "-"]),
            97..=98 if self.ending => owned(&["ROOM.CREATE", key, "u0", "SEATS", few, "HOSTLOSS", "KEEP"]),
            99 if self.ending => owned(&["ROOM.PURGE", key]),
            _ => owned(&["ROOM.REACT", key, user, kind]),
        }
    }

    /// The next `count` commands.
    pub fn writes(&mut self, count: usize) -> Vec<Vec<String>> {
        (0..count).map(|_| self.write()).collect()
    }

    /// The next step, sent at once: mostly one command, sometimes a transaction or script of several, a script that
    /// copies, restores or expires keys, or two keys that are exchanged.
    pub fn step(&mut self) -> Vec<Vec<String>> {
        let count = self.random.usize(2..6);
        match self.random.u32(0..60) {
            0..=2 => {
                let mut commands = vec![owned(&["MULTI"])];
                commands.extend(self.writes(count));
                commands.push(owned(&["EXEC"]));
                commands
            }
            3..=5 => {
                let commands = serde_json::to_string(&self.writes(count)).expect("strings");
                vec![owned(&["EVAL", EACH, "0", &commands])]
            }
            6 if self.random.u32(0..6) == 0 => {
                let (key, other) = (self.key(), self.key());
                let mut commands = vec![owned(&["RENAME", &key, "other"]), owned(&["RENAME", &other, &key])];
                commands.push(owned(&["RENAME", "other", &other]));
                commands
            }
            6 => {
                let (key, other) = (self.key(), self.key());
                let script = format!("if {MOVABLE} then {} end", self.pick(&MOVES));
                vec![owned(&["EVAL", &script, "2", &key, &other])]
            }
            // A room that is over or gone is soon replaced, because nothing happens to it.
            7..=8 if self.ending => {
                let key = self.key();
                let mut commands = vec![owned(&["ROOM.PURGE", &key])];
                commands.extend(opening(&key));
                commands
            }
            _ => vec![self.write()],
        }
    }

    fn key(&mut self) -> String {
        self.keys[self.random.usize(0..self.keys.len())].clone()
    }
}

fn opening(key: &str) -> Vec<Vec<String>> {
    let mut commands = vec![owned(&["ROOM.CREATE", key, "u0", "SEATS", "5", "HOSTLOSS", "KEEP"])];
    for nth in 0..USERS / 2 {
        let (user, gateway, session) = (format!("u{nth}"), format!("g{}", nth % GATEWAYS), format!("s{nth}"));
        commands.push(owned(&["ROOM.JOIN", key, &user, "GATEWAY", &gateway, "SESSION", &session]));
    }
    commands.push(owned(&["ROOM.ROLE", key, "u0", "u1", "cohost"]));
    commands.push(owned(&["ROOM.POLLOPEN", key, "u0", "Which?", "3", "a", "b", "c", "MULTI", "2"]));
    commands
}

fn owned(parts: &[&str]) -> Vec<String> {
    parts.iter().map(|part| (*part).to_owned()).collect()
}
