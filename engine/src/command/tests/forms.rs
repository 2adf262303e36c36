//! Every command in its forms.

use super::*;

#[test]
fn lifecycle() {
    let plain = "Create { creator: h, create: Create { title: \"\", at: None, private: false, seats: None, \
                 capacity: None, meta: None, host_loss: Handover } }";
    assert_eq!(shown("CREATE", &["h"]), plain);
    assert_eq!(shown("CREATE", &["-"]), plain.replace("creator: h", "creator: Service"));
    let args = [
        "h",
        "hostloss",
        "Keep",
        "META",
        "{ \"a\": 1 }",
        "Capacity",
        "0",
        "SEATS",
        "100",
        "private",
        "AT",
        "17",
        "TITLE",
        "Hi there",
    ];
    let full = shown("CREATE", &args);
    let expected = "title: \"Hi there\", at: Some(17), private: true, seats: Some(100), capacity: Some(0), \
                    meta: Some(RawValue({\"a\":1})), host_loss: Keep";
    assert!(full.contains(expected), "{full}");

    for (verb, name) in [("START", "Start"), ("CANCEL", "Cancel"), ("END", "End")] {
        assert_eq!(shown(verb, &["h"]), format!("{name} {{ actor: h }}"));
        assert_eq!(shown(verb, &["-"]), format!("{name} {{ actor: Service }}"));
        assert!(is_invalid(verb, &["*"]) && is_invalid(verb, &[]) && is_invalid(verb, &["h", "x"]));
    }
    assert_eq!(shown("RSVP", &["u", "YES"]), "Rsvp { user: \"u\", yes: true }");
    assert_eq!(shown("RSVP", &["u", "no"]), "Rsvp { user: \"u\", yes: false }");
    assert!(is_invalid("RSVP", &["u", "maybe"]) && is_invalid("RSVP", &["u"]));
    assert_eq!(shown("INVITE", &["h", "a", "b", "a"]), "Invite { actor: h, users: [\"a\", \"b\", \"a\"] }");
    assert_eq!(shown("UNINVITE", &["-", "a"]), "Uninvite { actor: Service, users: [\"a\"] }");
    for verb in ["INVITE", "UNINVITE"] {
        assert!(
            is_invalid(verb, &["h"]) && is_invalid(verb, &["h", "a", "-"]) && is_invalid(verb, &["h", "*"])
        );
    }
    assert_eq!(shown("PURGE", &[]), "Purge { incarnation: None, ended_ms: None }");
    assert_eq!(shown("PURGE", &["incarnation", "i7"]), "Purge { incarnation: Some(\"i7\"), ended_ms: None }");
    let version = ["ended", "0", "INCARNATION", "i7"];
    assert_eq!(shown("PURGE", &version), "Purge { incarnation: Some(\"i7\"), ended_ms: Some(0) }");
    assert!(is_invalid("PURGE", &["ENDED", "soon"]) && is_invalid("PURGE", &["ENDED", "1", "ENDED", "1"]));
    assert!(is_invalid("PURGE", &["i7"]) && is_invalid("PURGE", &["INCARNATION", ""]));
}

#[test]
fn config() {
    let args = [
        "h",
        "TITLE",
        "",
        "at",
        "1",
        "private",
        "ON",
        "seats",
        "0",
        "capacity",
        "7",
        "meta",
        "{}",
        "hostloss",
        "end",
        "comments",
        "off",
        "reactions",
        "on",
        "hands",
        "Off",
        "slowmode",
        "5",
        "emojis",
        "[\"a\"]",
    ];
    assert_eq!(
        shown("CONFIG", &args),
        "Config { actor: h, fields: [Title(\"\"), At(1), Private(true), Seats(0), Capacity(7), \
            Meta(RawValue({})), \
         HostLoss(End), Comments(false), Reactions(true), Hands(false), SlowMode(5), Emojis([\"a\"])] }"
    );
    for args in [
        &["h"][..],
        &["h", "title"],
        &["h", "title", "a", "Title", "b"],
        &["h", "colour", "red"],
        &["h", "private", "yes"],
        &["h", "private", "1"],
        &["h", "at", "0"],
        &["h", "title", "a", "seats"],
        &["*", "title", "a"],
    ] {
        assert!(is_invalid("CONFIG", args), "{args:?}");
    }
}

#[test]
fn presence() {
    assert_eq!(
        shown("JOIN", &["u"]),
        "Join(Join { member: \"u\", gateway: None, session: None, profile: None, client: None, again: false })"
    );
    assert_eq!(
        shown("JOIN", &["u", "PROFILE", "{}", "again", "session", "-", "CLIENT", "ios/5.2", "GATEWAY", "*"]),
        "Join(Join { member: \"u\", gateway: Some(\"*\"), session: Some(\"-\"), profile: Some(RawValue({})), \
         client: Some(\"ios/5.2\"), again: true })"
    );
    assert!(is_invalid("JOIN", &["u", "CLIENT", ""]));
    assert!(is_invalid("JOIN", &["u", "CLIENT"]));
    assert_eq!(
        shown("LEAVE", &["u", "lost", "gateway", "g", "session", "s"]),
        "Leave { member: \"u\", session: Some(\"s\"), gateway: Some(\"g\"), lost: true }"
    );
    assert_eq!(shown("LEAVE", &["u"]), "Leave { member: \"u\", session: None, gateway: None, lost: false }");
    assert_eq!(shown("BEAT", &["g"]), "Beat { gateway: \"g\" }");
    assert_eq!(shown("DROP", &["g"]), "Drop { gateway: \"g\", lost: false }");
    assert_eq!(shown("DROP", &["g", "Lost"]), "Drop { gateway: \"g\", lost: true }");
    assert_eq!(
        shown("SESSIONS", &["g", "COUNT", "9"]),
        "Sessions { gateway: \"g\", page: Page { cursor: \"0\", count: 9 } }"
    );
    for verb in ["JOIN", "LEAVE"] {
        for args in [&["-"][..], &["*"], &[], &["u", "SESSION"], &["u", "SESSION", ""], &["u", "x"]] {
            assert!(is_invalid(verb, args), "{verb:?} {args:?}");
        }
    }
    assert!(is_invalid("DROP", &["g", "LOST", "LOST"]));
}

#[test]
fn stage() {
    for (verb, name) in
        [("RAISEHAND", "RaiseHand"), ("ACCEPT", "Accept"), ("DECLINE", "Decline"), ("UNMUTE", "Unmute")]
    {
        assert_eq!(shown(verb, &["u"]), format!("{name} {{ user: \"u\" }}"));
        for args in [&["-"][..], &["*"], &[], &["u", "v"]] {
            assert!(is_invalid(verb, args), "{verb:?} {args:?}");
        }
    }
    assert_eq!(shown("LOWERHAND", &["h"]), "LowerHand { actor: h, target: h }");
    assert_eq!(shown("MUTE", &["h", "u"]), "Mute { actor: h, target: User(\"u\"), hold: false }");
    assert_eq!(shown("MUTE", &["h", "u", "hold"]), "Mute { actor: h, target: User(\"u\"), hold: true }");
    assert_eq!(shown("MUTE", &["h", "HOLD"]), "Mute { actor: h, target: User(\"HOLD\"), hold: false }");
    assert_eq!(shown("STEPDOWN", &["h"]), "StepDown { actor: h, user: \"h\" }");
    for verb in ["LOWERHAND", "MUTE", "STEPDOWN"] {
        assert_eq!(shown(verb, &["h"]), shown(verb, &["h", "h"]));
        assert!(is_invalid(verb, &["-"]), "the service must name a user");
        assert!(is_invalid(verb, &["h", "-"]) && is_invalid(verb, &["h", "u", "v"]));
        assert!(is_invalid(verb, &["h", ""]));
    }
    assert_eq!(shown("LOWERHAND", &["h", "*"]), "LowerHand { actor: h, target: All }");
    assert_eq!(shown("MUTE", &["-", "*"]), "Mute { actor: Service, target: All, hold: false }");
    assert_eq!(shown("MUTE", &["-", "*", "HOLD"]), "Mute { actor: Service, target: All, hold: true }");
    assert!(is_invalid("STEPDOWN", &["h", "*"]));
    assert_eq!(shown("NEXT", &["h"]), "Next { actor: h, token: None }");
    assert_eq!(shown("NEXT", &["h", "TOKEN", "t"]), "Next { actor: h, token: Some(\"t\") }");
    assert_eq!(shown("OFFER", &["h", "u"]), "Offer { actor: h, user: \"u\", for_ms: None }");
    assert_eq!(
        shown("OFFER", &["h", "u", "for", "60"]),
        "Offer { actor: h, user: \"u\", for_ms: Some(60000) }"
    );
    for role in ["host", "COHOST", "Speaker", "listener"] {
        let command = shown("ROLE", &["h", "u", role]);
        assert!(command.to_lowercase().ends_with(&format!("role: {} }}", role.to_lowercase())), "{command}");
    }
    assert!(is_invalid("ROLE", &["h", "u", "guest"]) && is_invalid("ROLE", &["h", "*", "host"]));
    assert_eq!(shown("ASKUNMUTE", &["h", "u"]), "AskUnmute { actor: h, user: \"u\" }");
    assert!(is_invalid("ASKUNMUTE", &["h", "*"]));
}

#[test]
fn moderation() {
    assert_eq!(shown("KICK", &["h", "u"]), "Kick { actor: h, user: \"u\", reason: \"\" }");
    assert_eq!(
        shown("KICK", &["h", "u", "REASON", "a b"]),
        "Kick { actor: h, user: \"u\", reason: \"a b\" }"
    );
    assert_eq!(
        shown("BLOCK", &["h", "u"]),
        "Block { actor: h, user: \"u\", for_ms: None, shadow: false, clear: false, reason: \"\" }"
    );
    assert_eq!(
        shown("BLOCK", &["h", "u", "reason", "for", "shadow", "FOR", "1"]),
        "Block { actor: h, user: \"u\", for_ms: Some(1000), shadow: true, clear: false, reason: \"for\" }"
    );
    assert!(shown("BLOCK", &["h", "u", "CLEAR"]).contains("clear: true"));
    assert!(is_invalid("BLOCK", &["h", "u", "SHADOW", "CLEAR"]));
    assert_eq!(shown("UNBLOCK", &["h", "u"]), "Unblock { actor: h, user: \"u\" }");
    assert_eq!(
        shown("BLOCKED", &["h", "cursor", "c"]),
        "Blocked { actor: h, page: Page { cursor: \"c\", count: 100 } }"
    );
    for verb in ["KICK", "BLOCK", "UNBLOCK"] {
        assert!(is_invalid(verb, &["h"]) && is_invalid(verb, &["h", "-"]) && is_invalid(verb, &["h", "*"]));
        assert!(is_invalid(verb, &["h", "u", "v"]) && is_invalid(verb, &["h", "u", "REASON"]));
    }
}

#[test]
fn talk() {
    assert_eq!(
        shown("COMMENT", &["h", "a\n\tb"]),
        "Comment { actor: h, text: \"a\\n\\tb\", reply: None, token: None }"
    );
    assert_eq!(
        shown("COMMENT", &["-", "REPLY", "TOKEN", "t", "REPLY", "3"]),
        "Comment { actor: Service, text: \"REPLY\", reply: Some(3), token: Some(\"t\") }"
    );
    for (verb, name) in [("DELCOMMENT", "Delete"), ("PIN", "Pin"), ("UNPIN", "Unpin")] {
        assert_eq!(shown(verb, &["h", "17"]), format!("{name} {{ actor: h, id: 17 }}"));
        for id in ["0", "", "-1", "+1", "01", " 1", "1 ", "1.0", "x", "9007199254740993"] {
            assert!(is_invalid(verb, &["h", id]), "{verb:?} {id}");
        }
    }
    assert_eq!(shown("COMMENTS", &["h"]), "Comments { actor: h, before: None, count: 50 }");
    assert_eq!(
        shown("COMMENTS", &["h", "COUNT", "500", "BEFORE", "1"]),
        "Comments { actor: h, before: Some(1), count: 500 }"
    );
    assert_eq!(shown("REACT", &["u", "👏"]), "React { user: \"u\", kind: \"👏\", count: 1 }");
    assert_eq!(
        shown("REACT", &["u", "👏", "count", "100"]),
        "React { user: \"u\", kind: \"👏\", count: 100 }"
    );
    assert!(is_invalid("REACT", &["-", "👏"]) && is_invalid("REACT", &["u"]));
}

#[test]
fn polls() {
    let open = |args: &[&str]| shown("POLLOPEN", &[&["h", "Lunch?"], args].concat());
    assert_eq!(
        open(&["2", "MULTI", "FINAL"]),
        "Open { actor: h, poll: PollOpen { question: \"Lunch?\", options: [\"MULTI\", \"FINAL\"], \
            multi: 1, \
         secret: false, is_final: false, hidden: false, for_ms: None, token: None } }"
    );
    let all = open(&["2", "a", "b", "token", "t", "for", "5", "hidden", "final", "multi", "2"]);
    assert!(
        all.contains("multi: 2, secret: false, is_final: true, hidden: true, for_ms: Some(5000)"),
        "{all}"
    );
    let secret = open(&["2", "a", "b", "SECRET"]);
    assert!(secret.contains("secret: true, is_final: true, hidden: true"), "{secret}");
    for args in [
        &[][..],
        &["2"],
        &["2", "a"],
        &["3", "a", "b"],
        &["2", "a", "b", "c"],
        &["1", "a"],
        &["21", "a"],
        &["two", "a", "b"],
        &["2", "a", "a"],
        &["2", "a", ""],
        &["2", "a", "b", "MULTI", "3"],
        &["2", "a", "b", "MULTI", "0"],
        &["2", "a", "b", "SECRET", "SECRET"],
    ] {
        assert!(open(args).starts_with("INVALID "), "{args:?}");
    }
    assert_eq!(shown("POLLVOTE", &["u", "3", "0"]), "Vote { user: \"u\", poll: 3, options: 1 }");
    assert_eq!(shown("POLLVOTE", &["u", "3", "5", "0"]), "Vote { user: \"u\", poll: 3, options: 33 }");
    assert_eq!(
        shown("POLLVOTE", &["u", "3", "63"]),
        format!("Vote {{ user: \"u\", poll: 3, options: {} }}", 1u64 << 63)
    );
    for beyond in ["64", "9007199254740992"] {
        assert!(shown("POLLVOTE", &["u", "3", "0", beyond]).contains(&format!("options: {}", 1u64 << 63 | 1)));
    }
    for options in [&[][..], &["a"], &["0", "0"], &["62", "62"], &["-1"], &["00"], &["64", "x"], &[""]] {
        assert!(is_invalid("POLLVOTE", &[&["u", "3"], options].concat()), "{options:?}");
    }
    assert!(is_invalid("POLLVOTE", &["-", "3", "0"]) && is_invalid("POLLVOTE", &["u", "0", "0"]));
    assert_eq!(shown("POLLCLOSE", &["h", "1"]), "Close { actor: h, poll: 1 }");
    assert_eq!(shown("POLLS", &["-"]), "Polls { actor: Service }");
}

#[test]
fn reads() {
    assert_eq!(shown("STATE", &["h"]), "State { actor: h }");
    assert_eq!(shown("SUMMARY", &["-"]), "Summary { actor: Service }");
    assert_eq!(
        shown("MEMBERS", &["h", "count", "1000", "ROLE", "Listener", "CURSOR", "m:5"]),
        "Members { actor: h, role: Some(Listener), page: Page { cursor: \"m:5\", count: 1000 } }"
    );
    assert_eq!(shown("WHOIS", &["h", "u"]), "Whois { actor: h, user: \"u\" }");
    for (verb, name) in [("HANDS", "Hands"), ("INVITED", "Invited"), ("BLOCKED", "Blocked")] {
        assert_eq!(
            shown(verb, &["h"]),
            format!("{name} {{ actor: h, page: Page {{ cursor: \"0\", count: 100 }} }}")
        );
    }
    assert_eq!(shown("EVENTS", &["-", "e1", "0"]), "Events { actor: Service, epoch: \"e1\", since: 0 }");
    assert!(is_invalid("EVENTS", &["-", "", "0"]) && is_invalid("EVENTS", &["-", "e", "-1"]));
    assert!(is_invalid("WHOIS", &["h", "-"]) && is_invalid("MEMBERS", &["h", "ROLE", "staff"]));
    assert_eq!(shown("INFO", &[]), "Info");
    assert!(is_invalid("INFO", &["x"]));
    assert_eq!(shown("EXPORT", &["0"]), "Export { cursor: \"0\", count: 1000 }");
    assert_eq!(shown("EXPORT", &["c", "COUNT", "10000"]), "Export { cursor: \"c\", count: 10000 }");
    assert!(is_invalid("EXPORT", &[]));
}

#[test]
fn list() {
    assert_eq!(
        shown("LIST", &[]),
        "ListCommand { state: None, public: false, cards: false, page: Page { cursor: \"0\", count: 100 } }"
    );
    assert_eq!(
        shown("LIST", &["count", "1", "CARDS", "state", "ENDED", "cursor", "c", "public"]),
        "ListCommand { state: Some(Ended), public: true, cards: true, page: Page { cursor: \"c\", count: 1 } }"
    );
    for args in [&["x"][..], &["STATE"], &["STATE", "open"], &["CARDS", "cards"], &["COUNT", "1001"]] {
        assert!(is_invalid("LIST", args), "{args:?}");
    }
}
