//! Microphones: mute, hold, ask to unmute.

use crate::simulator::*;
use serde_json::{json, Value};

/// A room with a host `h`, cohosts `c` and `d`, speakers `s` and `t`, and a listener `u`, all present and muted.
fn stage() -> Sim {
    let mut sim = Sim::with("");
    for user in ["c", "d", "s", "t", "u"] {
        sim.ok(&format!("JOIN {user} GATEWAY g"));
    }
    sim.all("ROLE h c cohost\nROLE h d cohost\nROLE h s speaker\nROLE h t speaker");
    sim.quiet();
    sim.forget();
    sim
}

fn held(sim: &Sim, user: &str) -> bool {
    sim.member(user)["held"].as_bool().expect("a flag")
}

fn asked(sim: &Sim, user: &str) -> bool {
    sim.peek(&format!("STATE {user}"))["you"]["unmute_asked"].as_bool().expect("a flag")
}

#[test]
fn a_held_user_cannot_unmute_until_it_is_asked() {
    let mut sim = stage();
    sim.ok("UNMUTE s");
    sim.quiet();
    sim.forget();
    assert_eq!(sim.int("MUTE c s HOLD"), 1);
    assert!(held(&sim, "s"));
    assert_eq!(sim.member("s")["muted"], true);
    assert_eq!(sim.peek("STATE s")["you"]["held"], true);
    assert!(
        sim.frames.iter().any(|frame| frame.to_string().contains(r#""held":true"#)),
        "a stage event shows it"
    );
    assert_eq!(sim.err("UNMUTE s"), "HELD");
    assert_eq!(sim.int("MUTE c s HOLD"), 0, "held already");
    assert_eq!(sim.int("MUTE c s"), 0);
    assert!(held(&sim, "s"), "a plain mute keeps the hold");
    sim.quiet();
    sim.forget();
    sim.ok("ASKUNMUTE h s");
    assert!(!held(&sim, "s"));
    assert!(
        sim.frames.iter().any(|frame| frame.to_string().contains(r#""held":false"#)),
        "a stage event shows it"
    );
    assert_eq!(sim.int("UNMUTE s"), 1);
}

#[test]
fn a_hold_counts_a_muted_user_and_is_a_moderation_action() {
    let mut sim = stage();
    sim.ok("UNMUTE t");
    assert_eq!(sim.int("MUTE h s HOLD"), 1, "s was muted, and is held now");
    assert_eq!(sim.int("MUTE h * HOLD"), 1, "s is held, t is muted and held, the staff are left alone");
    assert!(held(&sim, "t") && !held(&sim, "c") && !held(&sim, "h"));
    assert_eq!(sim.peek("SUMMARY -")["mutes"], 2, "a hold is a mute");
    sim.ok("ASKUNMUTE h t");
    sim.ok("UNMUTE t");
    assert_eq!(sim.int("MUTE h *"), 1);
    sim.ok("END h");
    let lines: Vec<Value> = sim.export(100).iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    let actions = lines.iter().filter(|line| line["kind"] == "moderation");
    let shown: Vec<_> = actions.map(|line| (line["action"].clone(), line["target"].clone())).collect();
    let expected = [("hold", "s"), ("hold", "t"), ("mute", "t")];
    assert_eq!(shown, expected.map(|(action, target)| (json!(action), json!(target))));
}

#[test]
fn who_may_hold_whom() {
    let mut sim = stage();
    for line in
        ["MUTE h h HOLD", "MUTE s s HOLD", "MUTE s t HOLD", "MUTE u s HOLD", "MUTE c d HOLD", "MUTE c h HOLD"]
    {
        assert_eq!(sim.err(line), "FORBIDDEN", "{line}");
    }
    assert_eq!(sim.err("MUTE s * HOLD"), "FORBIDDEN");
    assert_eq!(sim.int("MUTE h u HOLD"), 0, "not on stage");
    assert_eq!(sim.int("MUTE h x HOLD"), 0, "unknown");
    assert!(!held(&sim, "u"));
    assert_eq!(sim.int("MUTE h d HOLD"), 1);
    assert_eq!(sim.int("MUTE - h HOLD"), 1);
    assert_eq!(sim.err("UNMUTE h"), "HELD");
    assert_eq!(sim.err("MUTE h s HOLD HOLD"), "INVALID");
    assert_eq!(sim.err("MUTE h s STAY"), "INVALID");
    sim.ok("JOIN HOLD GATEWAY g");
    assert_eq!(sim.int("MUTE h HOLD"), 0, "the first word is a user, who is not on stage");
}

#[test]
fn a_hold_survives_grace_and_a_cohosts_absence() {
    let mut sim = stage();
    sim.all("MUTE h s HOLD\nMUTE h d HOLD");
    sim.all("LEAVE s LOST\nJOIN s GATEWAY g");
    assert!(held(&sim, "s"), "grace");
    sim.ok("LEAVE d");
    assert!(held(&sim, "d"), "absent");
    sim.ok("JOIN d GATEWAY g");
    assert_eq!(sim.err("UNMUTE d"), "HELD");
    sim.all("KICK h d\nJOIN d GATEWAY g");
    assert_eq!(sim.err("UNMUTE d"), "HELD");
}

#[test]
fn a_hold_ends_with_the_role() {
    let mut sim = stage();
    // STEPDOWN and ROLE change the role.
    sim.all("MUTE h s HOLD\nSTEPDOWN s\nROLE h s speaker");
    assert!(!held(&sim, "s"));
    sim.all("MUTE h s HOLD\nROLE h s cohost");
    assert!(!held(&sim, "s"));
    assert_eq!(sim.int("UNMUTE s"), 1);
    // The role speaker is lost with the visit, by LEAVE, KICK, BLOCK, or when grace is over.
    sim.all("MUTE h t HOLD\nLEAVE t\nJOIN t GATEWAY g\nROLE h t speaker");
    assert!(!held(&sim, "t"));
    sim.all("MUTE h t HOLD\nLEAVE t LOST");
    sim.stall(sim.settings.grace_ms);
    assert!(!held(&sim, "t"), "a read shows the deadline settled");
    sim.all("JOIN t GATEWAY g\nROLE h t speaker");
    assert!(!held(&sim, "t"));
    // A block takes the role cohost, a handover takes the role host.
    sim.all("MUTE h d HOLD\nBLOCK h d\nUNBLOCK h d\nJOIN d GATEWAY g\nROLE h d cohost");
    assert!(!held(&sim, "d"));
    sim.all("MUTE - h HOLD\nROLE h d host");
    assert!(!held(&sim, "h"));
}

#[test]
fn a_request_to_unmute_lasts_until_the_user_unmutes_is_muted_or_leaves_the_stage() {
    let mut sim = stage();
    assert!(!asked(&sim, "s") && !asked(&sim, "u") && !asked(&sim, "x"));
    sim.ok("ASKUNMUTE c s");
    assert!(asked(&sim, "s"));
    sim.ok("UNMUTE s");
    assert!(!asked(&sim, "s"));
    sim.ok("ASKUNMUTE c s");
    assert!(!asked(&sim, "s"), "the microphone is open");
    sim.ok("MUTE c s");
    sim.ok("ASKUNMUTE c s");
    assert!(asked(&sim, "s"));
    assert_eq!(sim.int("MUTE c s"), 0, "muted before");
    assert!(!asked(&sim, "s"));
    sim.all("ASKUNMUTE c s\nMUTE c s HOLD");
    assert!(!asked(&sim, "s"));
    sim.all("ASKUNMUTE c s\nMUTE c *");
    assert!(!asked(&sim, "s"));
    sim.all("ASKUNMUTE c s\nLEAVE s LOST");
    assert!(asked(&sim, "s"), "the user is still on stage");
    sim.stall(sim.settings.grace_ms);
    assert!(!asked(&sim, "s"), "a read shows the deadline settled");
    sim.all("JOIN s GATEWAY g\nROLE h s speaker");
    assert!(!asked(&sim, "s"));
    sim.all("ASKUNMUTE c s\nSTEPDOWN s");
    assert!(!asked(&sim, "s"));
    sim.all("ASKUNMUTE h d\nLEAVE d\nJOIN d GATEWAY g");
    assert!(!asked(&sim, "d"));
    let whois = sim.peek("WHOIS c t");
    assert!(
        whois.get("held").is_some() && whois.get("unmute_asked").is_none(),
        "the request is the user's own"
    );
}
