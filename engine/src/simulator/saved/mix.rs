//! Random commands.

use super::server::{Server, Turn};
use super::spoil::Dice;

/// One step: the action, the actor, the target, a choice within the action, and the time that passes before.
pub type Step = (u8, u8, u8, u8, u16);

const USERS: [&str; 10] = ["u0", "u1", "u2", "u3", "u4", "u5", "u6", "Zoë", "user 8", "u9"];
const GATEWAYS: [&str; 3] = ["g0", "g1", "g2"];
const SESSIONS: [&str; 4] = ["s0", "s1", "s2", "s3"];
const TOKENS: [&str; 2] = ["t0", "t1"];

/// Creates a live or scheduled room with or without a host.
pub fn create(server: &mut Server, how: u8) -> Turn {
    let at = (server.now + 600_000).to_string();
    match how % 4 {
        0 => server.run(&["CREATE", "u0", "TITLE", "Tea", "META", "{\"a\":[1,2]}"]),
        1 => server.run(&["CREATE", "u0", "AT", &at, "PRIVATE", "SEATS", "2"]),
        2 => server.run(&["CREATE", "-", "CAPACITY", "6", "HOSTLOSS", "KEEP"]),
        _ => server.run(&["CREATE", "u1", "HOSTLOSS", "HANDOVER", "SEATS", "1"]),
    }
}

/// Takes one step.
pub fn step(server: &mut Server, step: Step) -> Turn {
    let (what, by, to, choice, wait) = step;
    server.now += match wait % 32 {
        0..=19 => u64::from(wait % 50),
        20..=30 => u64::from(wait % 3000),
        // Rarely long enough to end a lease, a grace or a token.
        _ => u64::from(wait) * 12,
    };
    let cast = Cast::new(server, by, to, choice);
    match what % 48 {
        what @ 0..=11 => cast.presence(server, what),
        what @ 12..=27 => cast.stage(server, what),
        what @ 28..=41 => cast.content(server, what),
        what => cast.room(server, what),
    }
}

fn pick(list: &[&'static str], at: u8) -> &'static str {
    list[usize::from(at) % list.len()]
}

/// The users and values of a step.
struct Cast {
    by: u8,
    choice: u8,
    me: &'static str,
    someone: &'static str,
    /// A user who may act: the service, the host or anyone.
    actor: String,
    /// Mostly a present member.
    user: String,
    /// Mostly a user with an open offer.
    offered: String,
    gateway: &'static str,
    token: &'static str,
    number: String,
    poll: String,
    flag: bool,
}

impl Cast {
    fn new(server: &Server, by: u8, to: u8, choice: u8) -> Cast {
        let (mut present, mut offered, mut host) = (Vec::new(), Vec::new(), None);
        if let Some(room) = server.slot.as_deref() {
            let name = |ix: u32| room.users.at(ix).name.to_string();
            present = room.arrivals.iter().map(|(_, ix)| name(ix)).collect();
            offered = room.offers.iter().map(|offer| name(offer.user)).collect();
            host = room.host.map(name);
        }
        let (me, someone) = (pick(&USERS, by), pick(&USERS, to));
        let of = |names: &[String]| match names.len() {
            0 => someone.to_owned(),
            n => names[usize::from(to) % n].clone(),
        };
        Cast {
            by,
            choice,
            me,
            someone,
            // Staff act more often than others.
            actor: match by % 3 {
                0 => "-".to_owned(),
                1 => host.unwrap_or_else(|| "u0".to_owned()),
                _ => me.to_owned(),
            },
            user: if to % 4 == 0 { someone.to_owned() } else { of(&present) },
            offered: of(&offered),
            gateway: pick(&GATEWAYS, choice),
            token: pick(&TOKENS, choice / 2),
            number: (choice % 5 + 1).to_string(),
            poll: (by % 3 + 1).to_string(),
            flag: choice % 2 == 0,
        }
    }

    fn presence(&self, server: &mut Server, what: u8) -> Turn {
        let Cast { by, choice, someone, user, gateway, poll, .. } = self;
        let (by, choice) = (*by, *choice);
        let session = pick(&SESSIONS, by);
        match what {
            0..=5 => match choice % 5 {
                0 => server.run(&["JOIN", someone]),
                1 => server.run(&["JOIN", someone, "GATEWAY", gateway]),
                2 => {
                    let profile = format!("{{\"name\":\"{someone}\",\"n\":{by}}}");
                    server.run(&["JOIN", someone, "GATEWAY", gateway, "PROFILE", &profile])
                }
                _ => server.run(&["JOIN", someone, "GATEWAY", gateway, "SESSION", session]),
            },
            6 => server.run(&["LEAVE", user, "GATEWAY", gateway, "LOST"]),
            7 => server.run(&["LEAVE", user, "SESSION", session]),
            8 if by % 4 == 0 => server.run(&["LEAVE", user]),
            8 => server.run(&["POLLVOTE", user, poll, "0"]),
            9 => server.run(&["LEAVE", user, "LOST"]),
            10 if by % 4 == 0 => server.run(&["DROP", gateway]),
            10 if by % 4 == 1 => server.run(&["DROP", gateway, "LOST"]),
            _ => server.run(&["BEAT", gateway]),
        }
    }

    fn stage(&self, server: &mut Server, what: u8) -> Turn {
        let Cast { choice, actor, user, offered, token, number, flag, .. } = self;
        let (choice, flag) = (*choice, *flag);
        match what {
            12..=14 => server.run(&["RAISEHAND", user]),
            15 if flag => server.run(&["LOWERHAND", actor, "*"]),
            15 => server.run(&["LOWERHAND", user]),
            16 if flag => server.run(&["NEXT", actor]),
            16 => server.run(&["NEXT", actor, "TOKEN", token]),
            17..=18 => server.run(&["OFFER", actor, user, "FOR", number]),
            19 => server.run(&["ACCEPT", offered]),
            20 => server.run(&["DECLINE", offered]),
            21 => server.run(&["STEPDOWN", actor, user]),
            22..=23 => {
                server.run(&["ROLE", actor, user, pick(&["cohost", "speaker", "listener", "host"], choice)])
            }
            24 => server.run(&["UNMUTE", user]),
            25 if flag => server.run(&["MUTE", actor, "*"]),
            25 if choice % 2 == 0 => server.run(&["MUTE", actor, user, "HOLD"]),
            25 => server.run(&["MUTE", actor, user]),
            26 => server.run(&["ASKUNMUTE", actor, user]),
            _ => server.run(&["KICK", actor, user, "REASON", "noise"]),
        }
    }

    fn content(&self, server: &mut Server, what: u8) -> Turn {
        let Cast { choice, actor, user, token, number, poll, .. } = self;
        let choice = *choice;
        match what {
            28 => match choice % 4 {
                0 => server.run(&["BLOCK", actor, user, "FOR", number]),
                1 => server.run(&["BLOCK", actor, user, "SHADOW"]),
                2 => server.run(&["BLOCK", actor, user, "CLEAR"]),
                _ => server.run(&["BLOCK", actor, user, "FOR", "3600", "SHADOW"]),
            },
            29 => server.run(&["UNBLOCK", actor, user]),
            30..=33 => match choice % 4 {
                0 => server.run(&["COMMENT", user, "hello 👋", "TOKEN", token]),
                1 => server.run(&["COMMENT", user, "yes\nor no?", "REPLY", number]),
                2 => server.run(&["COMMENT", "-", "\"notice\""]),
                _ => server.run(&["COMMENT", user, "a comment"]),
            },
            34 => server.run(&["DELCOMMENT", actor, number]),
            35 => server.run(&["PIN", actor, number]),
            36 => server.run(&["UNPIN", actor, number]),
            37..=38 => server.run(&["REACT", user, pick(&["👍", "👏", "🔥"], choice), "COUNT", number]),
            39 => match choice % 4 {
                0 => server.run(&["POLLOPEN", actor, "which?", "3", "a", "b", "c", "MULTI", "2"]),
                1 => server.run(&["POLLOPEN", actor, "who?", "2", "x", "y", "SECRET"]),
                2 => server.run(&["POLLOPEN", actor, "when?", "2", "x", "y", "FOR", "5", "TOKEN", token]),
                _ => server.run(&["POLLOPEN", actor, "why?", "2", "x", "y", "HIDDEN"]),
            },
            40..=41 if choice % 4 == 0 => server.run(&["POLLVOTE", user, poll, "0", "1"]),
            _ => server.run(&["POLLVOTE", user, poll, pick(&["0", "1", "2"], choice)]),
        }
    }

    fn room(&self, server: &mut Server, what: u8) -> Turn {
        let Cast { by, choice, me, actor, user, gateway, poll, flag, .. } = self;
        let (by, choice, flag) = (*by, *choice, *flag);
        match what {
            42 if by % 8 == 0 => server.run(&["POLLCLOSE", "-", poll]),
            42 => server.run(&["RSVP", user, if flag { "YES" } else { "NO" }]),
            43 => match choice % 6 {
                0 => server.run(&["CONFIG", "-", "private", "on"]),
                1 => server.run(&["CONFIG", "-", "private", "off", "seats", "3"]),
                2 => server.run(&["CONFIG", actor, "slowmode", if flag { "0" } else { "2" }, "hands", "on"]),
                3 => server.run(&["CONFIG", "-", "emojis", "[\"👍\",\"👏\"]", "hostloss", "handover"]),
                4 => server.run(&["CONFIG", "-", "title", "Coffee", "meta", "{}", "capacity", "0"]),
                _ => server.run(&["CONFIG", actor, "comments", "on", "reactions", "on"]),
            },
            44 if flag => server.run(&["UNINVITE", actor, user, me]),
            44 => server.run(&["INVITE", actor, user, me]),
            45 => server.run(&["START", if flag { "-" } else { actor }]),
            46 if choice < 8 && by < 16 => server.run(&["END", "-"]),
            46 if choice < 16 && by < 16 => server.run(&["CANCEL", "-"]),
            46 => server.run(&["JOIN", "u0", "GATEWAY", gateway]),
            _ => server.tick(),
        }
    }
}

/// Runs commands that a loaded room must survive.
pub fn burst(server: &mut Server, dice: &mut Dice) {
    server.answers();
    server.tick();
    for _ in 0..12 {
        let mut byte = || dice.roll(256) as u8;
        let next: Step = (byte(), byte(), byte(), byte(), u16::from(byte()) << 8);
        step(server, next);
    }
    for line in [
        &["JOIN", "u1", "GATEWAY", "g0", "SESSION", "new"][..],
        &["DROP", "g0", "LOST"],
        &["NEXT", "-"],
        &["BLOCK", "-", "u1", "CLEAR"],
        &["LOWERHAND", "-", "*"],
        &["CONFIG", "-", "private", "on"],
    ] {
        server.run(line);
    }
    server.now += 86_400_000;
    server.tick();
    server.tick();
    server.run(&["END", "-"]);
    server.tick();
    server.run(&["STATE", "u1"]).reply.ok();
    server.run(&["EXPORT", "0", "COUNT", "9999"]).reply.ok();
}
