//! The lines of random rooms: actions of users and gateways, passing time and crashes.

use super::Sim;

/// `@u` is a user, `@a` an actor (a user or the service), `@g` a gateway, `@s` a session, `@n` a small number, `@t` a
/// token. A line occurs as often as it is likely.
pub const LINES: &[&str] = &[
    "JOIN @u GATEWAY @g",
    "JOIN @u GATEWAY @g",
    "JOIN @u GATEWAY @g SESSION @s",
    "JOIN @u GATEWAY @g SESSION @s",
    "JOIN @u GATEWAY @g PROFILE {\"name\":\"@n\"}",
    "JOIN @u",
    "JOIN @u GATEWAY @g CLIENT web/@n",
    "JOIN @u GATEWAY @g SESSION @s AGAIN",
    "LEAVE @u",
    "LEAVE @u SESSION @s",
    "LEAVE @u GATEWAY @g",
    "LEAVE @u LOST",
    "LEAVE @u GATEWAY @g LOST",
    "LEAVE @u SESSION @s LOST",
    "BEAT @g",
    "BEAT @g",
    "DROP @g",
    "DROP @g LOST",
    "RAISEHAND @u",
    "RAISEHAND @u",
    "RAISEHAND @u",
    "LOWERHAND @a",
    "LOWERHAND @a @u",
    "LOWERHAND @a *",
    "NEXT @a",
    "NEXT - TOKEN @t",
    "OFFER @a @u",
    "OFFER - @u FOR 5",
    "OFFER - @u",
    "ACCEPT @u",
    "ACCEPT @u",
    "DECLINE @u",
    "STEPDOWN @a",
    "STEPDOWN @a @u",
    "ROLE - @u host",
    "ROLE @a @u cohost",
    "ROLE - @u cohost",
    "ROLE - @u speaker",
    "ROLE @a @u speaker",
    "ROLE @a @u listener",
    "MUTE @a",
    "MUTE @a @u",
    "MUTE @a *",
    "MUTE @a @u HOLD",
    "MUTE - * HOLD",
    "UNMUTE @u",
    "UNMUTE @u",
    "ASKUNMUTE @a @u",
    "KICK @a @u",
    "KICK - @u REASON rude",
    "BLOCK @a @u",
    "BLOCK - @u FOR 3",
    "BLOCK - @u FOR 5 SHADOW",
    "BLOCK - @u CLEAR",
    "UNBLOCK - @u",
    "UNBLOCK @a @u",
    "COMMENT @a hello",
    "COMMENT @u hello",
    "COMMENT @u again REPLY @n",
    "COMMENT @u once TOKEN @t",
    "DELCOMMENT @a @n",
    "DELCOMMENT @u @n",
    "PIN @a @n",
    "PIN - @n",
    "UNPIN - @n",
    "REACT @u 👏",
    "REACT @u 🔥 COUNT 7",
    "POLLOPEN - q@n 3 a b c",
    "POLLOPEN - q@n 3 a b c MULTI 2 FOR 4",
    "POLLOPEN - q@n 2 a b SECRET TOKEN @t",
    "POLLOPEN @a q@n 2 a b HIDDEN FINAL",
    "POLLVOTE @u @n 0",
    "POLLVOTE @u @n 1 2",
    "POLLVOTE @u @n 1",
    "POLLCLOSE - @n",
    "CONFIG - seats @n",
    "CONFIG - capacity @n",
    "CONFIG - private on",
    "CONFIG - private off",
    "CONFIG - hostloss keep",
    "CONFIG - hostloss handover title t@n",
    "CONFIG - hands off slowmode 2",
    "CONFIG - hands on slowmode 0 emojis []",
    "INVITE - @u",
    "UNINVITE - @u",
    "UNINVITE @a @u",
    "RSVP @u YES",
    "RSVP @u NO",
    "START -",
    // Time, crashes and followers.
    "pass 10",
    "pass 60",
    "pass 1000",
    "pass 6000",
    "pass 16000",
    "pass 31000",
    "stall 700",
    "stall 16000",
    "stall 40000",
    "takeover",
    "restart",
    "follow",
    "recover",
    "late",
];

/// Fills the blanks of a line.
pub fn filled(line: &str, [a, b, c]: [u8; 3]) -> String {
    let user = ["h", "u1", "u2", "u3", "u4", "u5", "u6"][usize::from(a) % 7];
    let actor = ["-", "h", "u1", "u2", "u3", "h", "-"][usize::from(b) % 7];
    let number = |n: u8| (n % 6).to_string();
    line.replace("@u", user)
        .replace("@a", actor)
        .replace("@g", ["g", "g1", "g2"][usize::from(b) % 3])
        .replace("@s", &format!("s{}", c % 3))
        .replace("@t", &format!("t{}", c % 3))
        .replace("@n", &number(c))
}

/// Takes one step.
pub fn step(sim: &mut Sim, line: &str) {
    let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
    match word {
        "pass" => sim.pass(rest.parse().expect("ms")),
        "stall" => sim.stall(rest.parse().expect("ms")),
        // A takeover or a load restarts graces. A member whose grace STATE showed as over is then shown as lost again.
        // A follower that took such a STATE is right again when the grace is over. So due deadlines are settled first.
        "takeover" => {
            sim.tick();
            sim.take_over();
        }
        "restart" => {
            sim.tick();
            sim.restart();
        }
        "follow" if sim.pictures.len() < 6 => sim.follow(),
        "follow" => {}
        "recover" => {
            let mut pictures = sim.pictures.clone();
            for picture in &mut pictures {
                sim.recover(picture);
            }
        }
        // A follower that missed many frames.
        "late" => sim.pictures.truncate(3),
        _ => {
            sim.lowered |= line.contains("seats");
            drop(sim.run(line));
        }
    }
}

/// Plays a room from its creation. At the end, followers that missed a part recover.
pub fn play(create: &str, steps: &[String]) {
    let mut sim = Sim::bare(create);
    // Bulk work is settled in slices even in a small room.
    sim.slice = 2;
    sim.ok("JOIN h GATEWAY g");
    let mut missed = Vec::new();
    for (nth, now) in steps.iter().enumerate() {
        step(&mut sim, now);
        if nth % 16 == 5 {
            missed.extend(sim.pictures.last().cloned());
        }
    }
    sim.pass(0);
    sim.quiet();
    sim.compare();
    // A follower that missed everything since then recovers by EVENTS or by STATE.
    let (state, members) = (sim.peek("STATE -"), sim.members());
    for mut picture in missed {
        sim.recover(&mut picture);
        picture.assert_shows(&state, &members);
    }
}
