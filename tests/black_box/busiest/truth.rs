//! Compares the room with the acknowledged commands.

use super::gateway::Gateway;
use super::ledger::Ledger;
use super::people::Received;
use super::script::{ANXIOUS, PEOPLE, RESTARTED, STAFFED};
use super::{KEY, POLL, SECRET_POLL};
use crate::support::subscriber::{is_direct, Message};
use crate::support::{json, Client, Json, Server};
use std::collections::{BTreeMap, BTreeSet};

/// A frame over 32 KiB is split. One of two frames in a row is then larger than this, because name sizes are estimated
/// generously.
const PART_OF_A_FRAME: usize = 12 * 1024;
/// Frames by the tick of 50 ms, and urgent frames.
const FRAMES_A_SECOND: usize = 1000 / 50 + 20;

/// The room before its end.
pub struct Before {
    pub state: Json,
    members: BTreeSet<String>,
}

impl Before {
    #[track_caller]
    pub fn of(client: &mut Client) -> Before {
        let state = client.json(&["ROOM.STATE", KEY, "-"]);
        let (mut members, mut cursor) = (BTreeSet::new(), "0".to_owned());
        loop {
            let page = client.json(&["ROOM.MEMBERS", KEY, "-", "CURSOR", &cursor, "COUNT", "1000"]);
            for member in page["members"].as_array().expect("members") {
                let user = text(&member["user"]);
                assert!(members.insert(user.clone()), "{user} is read twice");
            }
            cursor = text(&page["cursor"]);
            if cursor == "0" {
                return Before { state, members };
            }
        }
    }
}

/// Followers that never lost their subscription have identical pictures, including profiles.
#[track_caller]
pub fn same_pictures(gateways: &[Gateway<'_>]) {
    let steady: Vec<&Gateway<'_>> = gateways.iter().filter(|gateway| is_steady(gateway.nth)).collect();
    for gateway in &steady {
        assert!(gateway.follower.picture() == steady[0].follower.picture(), "the picture of {}", gateway.id);
    }
}

fn is_steady(nth: usize) -> bool {
    !ANXIOUS.contains(&nth) && !RESTARTED.contains(&nth)
}

/// All ledgers together, and what gateways received.
pub struct Truth {
    pub ledger: Ledger,
    pub here: BTreeSet<String>,
    pub staff: Vec<String>,
    pub before: Before,
    /// Of steady followers: the number of frames and their content.
    received: Vec<(usize, Received)>,
}

impl Truth {
    #[track_caller]
    pub fn of(gateways: Vec<Gateway<'_>>, before: Before) -> Truth {
        let mut truth = Truth {
            ledger: Ledger::default(),
            here: BTreeSet::new(),
            staff: gateways[STAFFED].iter().map(|gateway| gateway.people[0].name.clone()).collect(),
            before,
            received: Vec::new(),
        };
        for gateway in gateways {
            let here = gateway.people.iter().filter(|person| person.is_here());
            truth.here.extend(here.map(|person| person.name.clone()));
            truth.ledger.add(gateway.ledger);
            if is_steady(gateway.nth) {
                let follower = &gateway.follower;
                // One EVENTS at the subscription, when there was no room, and one at the first frame.
                let asked = (follower.asked_events, follower.took_state);
                assert_eq!(asked, (2, 1), "{} missed nothing", gateway.id);
                truth.received.push((follower.frames, gateway.received));
            }
        }
        let ledger = &truth.ledger;
        assert_eq!(ledger.joined.len(), PEOPLE);
        assert_eq!(ledger.most_present, PEOPLE as i64);
        assert!(ledger.taps >= 50_000, "{} reactions", ledger.taps);
        assert!(ledger.public_comments() >= 10_000, "{} comments", ledger.public_comments());
        assert_eq!(ledger.votes_by_option(POLL.id, 4).iter().sum::<u64>(), PEOPLE as u64, "all people voted");
        // If one of these is zero, the play no longer covers what it should.
        for (what, count) in [
            ("NEXT", ledger.next.len()),
            ("OFFER to a raised hand", ledger.promoted.len()),
            ("ACCEPT", ledger.accepted.len()),
            ("DECLINE", ledger.declined as usize),
            ("MUTE", ledger.mutes as usize),
            ("KICK", ledger.kicks as usize),
            ("BLOCK", ledger.blocks as usize),
            ("CLEAR", ledger.cleared.len()),
            ("DELCOMMENT", ledger.deleted.len()),
            ("PIN", ledger.pinned.len()),
            ("LOWERHAND", ledger.lowered as usize),
            ("ASKUNMUTE", ledger.asked as usize),
            ("a shadow's comment", ledger.comments.len() - ledger.public_comments()),
            ("ENDED", ledger.refused.get("ENDED").map_or(0, |count| *count as usize)),
        ] {
            assert!(count > 0, "no acknowledged {what}");
        }
        truth
    }

    /// In frames, in every read, in the export and in INFO.
    #[track_caller]
    pub fn is_everywhere(&self, server: &Server, messages: &[Message]) {
        let mut client = server.client();
        self.is_what_all_received();
        self.is_in_state(&mut client);
        self.is_in_summary(&mut client);
        self.is_in_export(&mut client);
        self.is_counted(server, messages);
    }

    /// Steady followers received everything once, and all of them the same.
    #[track_caller]
    fn is_what_all_received(&self) {
        let ledger = &self.ledger;
        let (_, received) = &self.received[0];
        for (_, other) in &self.received {
            let differ: Vec<&i64> = received.comments.symmetric_difference(&other.comments).collect();
            assert!(differ.is_empty(), "comments that only one follower received: {differ:?}");
            assert_eq!(other.figures(), received.figures(), "two followers received different figures");
        }
        let public = ledger.comments.iter().filter(|(_, written)| !written.shadow);
        assert_eq!(received.comments, public.map(|(id, _)| *id).collect(), "comments in frames");
        assert!(received.repeated.is_empty(), "comments that came twice: {:?}", received.repeated);
        assert_eq!(received.deltas, ledger.totals(), "reactions in frames");
        assert_eq!(
            received.joined - received.left,
            self.here.len() as i64,
            "members joined minus members left, in frames"
        );
        assert_eq!(received.removed, ledger.removed, "removed, in frames");
        let direct = |kind: &str| received.direct.get(kind).copied().unwrap_or(0);
        // A direct frame that waits for the tick is replaced by one of its type, subject and receivers.
        for (kind, most) in [
            ("offer made", ledger.offered),
            ("offer accepted", *ledger.offers_accepted().end()),
            ("offer declined", ledger.declined),
            ("unmute_request", ledger.asked),
        ] {
            assert!((most / 2..=most).contains(&direct(kind)), "{} of {most} {kind}", direct(kind));
        }
        // One to the user, one to the staff.
        let notices = 2 * ledger.removed..=2 * (ledger.kicks + ledger.blocks);
        assert!(notices.contains(&direct("removed_notice")), "{notices:?}");
    }

    /// The state before the end, and after it.
    #[track_caller]
    fn is_in_state(&self, client: &mut Client) {
        let (ledger, before) = (&self.ledger, &self.before);
        assert_eq!(before.members, self.here, "present members");
        assert_eq!(before.state["counts"]["present"], self.here.len(), "members present");
        assert_eq!(before.state["polls"][0]["voters"], PEOPLE, "votes before the end");
        let state = client.json(&["ROOM.STATE", KEY, "-"]);
        assert_eq!(state["state"], "ended");
        assert_eq!(state["title"], "last words ✨");
        assert_eq!(state["counts"]["comments"], ledger.public_comments());
        assert_eq!(state["reactions"], json!(ledger.totals()));
        let pins = state["pins"].as_array().expect("pins").iter().map(|pin| pin["id"].as_i64().unwrap());
        let left = ledger.pins.iter().copied().filter(|id| !ledger.is_deleted(*id));
        assert_eq!(pins.collect::<BTreeSet<_>>(), left.collect(), "pins");
        let polls = client.json(&["ROOM.POLLS", KEY, "-"]);
        for (nth, poll) in [POLL, SECRET_POLL].iter().enumerate() {
            let options = polls[nth]["options"].as_array().expect("options");
            let counts: Vec<u64> = options.iter().map(|option| option["votes"].as_u64().unwrap()).collect();
            assert_eq!(
                counts,
                ledger.votes_by_option(poll.id, poll.options as usize),
                "votes of poll {}",
                poll.id
            );
            assert_eq!(polls[nth]["voters"], counts.iter().sum::<u64>());
            assert_eq!(polls[nth]["state"], "closed");
        }
    }

    /// The summary in the reply of END, in the event `ended` and in ROOM.SUMMARY.
    #[track_caller]
    fn is_in_summary(&self, client: &mut Client) {
        let ledger = &self.ledger;
        let summary = client.json(&["ROOM.SUMMARY", KEY, "-"]);
        assert_eq!(ledger.ended.as_ref(), Some(&summary), "the reply of END");
        let received = self.received[0].1.ended.as_ref().expect("an event ended");
        for (name, value) in received.as_object().expect("a summary") {
            assert_eq!(summary[name], *value, "{name} in the event ended");
        }
        self.assert_figures(&summary);
        assert_eq!(summary["reactions"], json!(ledger.totals()));
        let mut spoke: BTreeSet<&str> = self.staff.iter().map(String::as_str).collect();
        let stage_spans = ledger.stage_spans();
        spoke.extend(stage_spans.keys().map(String::as_str));
        assert_eq!(summary["speakers_total"], spoke.len(), "users who were on stage");
        let named = summary["speakers"].as_array().expect("speakers");
        assert_eq!(named.len(), spoke.len().min(100));
        assert!(named.iter().all(|name| spoke.contains(name.as_str().unwrap())));
    }

    /// The figures that both the summary and the export's room line show.
    #[track_caller]
    pub fn assert_figures(&self, figures: &Json) {
        let ledger = &self.ledger;
        for (name, count) in [
            ("unique_members", PEOPLE as u64),
            ("peak_present", PEOPLE as u64),
            ("comments", ledger.public_comments() as u64),
            ("reactions_total", ledger.reactions.values().sum()),
            ("hands_raised", ledger.hands.values().sum()),
            ("kicks", ledger.kicks),
            ("blocks", ledger.blocks + ledger.shadow_blocks),
            ("mutes", ledger.mutes),
        ] {
            assert_eq!(figures[name], count, "{name}");
        }
    }

    /// Visits that a user began.
    pub fn visits(&self, user: &str) -> u64 {
        self.ledger.departed.get(user).copied().unwrap_or(0) + u64::from(self.here.contains(user))
    }

    /// INFO counts what happened. The number of frames stays small while many act.
    #[track_caller]
    fn is_counted(&self, server: &Server, messages: &[Message]) {
        let ledger = &self.ledger;
        let info = server.room_info();
        let count = |name: &str| info.get(name).copied().unwrap_or(0) as u64;
        assert_eq!(count("comments"), ledger.public_comments() as u64);
        assert_eq!(count("reactions"), ledger.reactions.values().sum::<u64>());
        for (code, refused) in &ledger.refused {
            assert_eq!(count(&format!("errors_{}", code.to_lowercase())), *refused, "refused as {code}");
        }
        for (frames, _) in &self.received {
            assert_eq!(*frames as u64, count("frames"), "frames that a follower received");
        }
        let refused: u64 = ledger.refused.values().sum();
        let acted = ledger.sent - refused;
        assert!(count("frames") <= acted, "{} frames for {acted} commands", count("frames"));

        // Frames per second by the server's clock, so that this machine's speed does not matter.
        let mut seconds: BTreeMap<u64, [usize; 3]> = BTreeMap::new();
        let (mut frames, mut last) = (0, 0);
        for message in messages {
            let frame = message.json();
            if is_direct(&frame) {
                continue;
            }
            frames += 1;
            assert_eq!(frame["from"], last + 1, "a gap before {frame}");
            last = frame["to"].as_u64().expect("a number");
            let second = seconds.entry(frame["ms"].as_u64().expect("a number") / 1000).or_default();
            let events = frame["events"].as_array().expect("events");
            // When a removed user joins again, its removal is published at once.
            let removed = events.iter().filter(|event| event["type"] == "removed").count();
            for (sum, more) in second.iter_mut().zip([1, removed, message.payload.len()]) {
                *sum += more;
            }
        }
        assert_eq!((frames, last), (count("frames"), count("events")));
        for [frames, removed, bytes] in seconds.values() {
            let most = FRAMES_A_SECOND + removed + bytes / PART_OF_A_FRAME;
            assert!(*frames <= most, "{frames} frames in a second, {removed} removed, {bytes} bytes");
        }
    }
}

#[track_caller]
pub fn text(value: &Json) -> String {
    value.as_str().map(str::to_owned).unwrap_or_else(|| panic!("no string: {value}"))
}
