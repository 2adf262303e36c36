//! Compares the room's export with the acknowledged commands.

use super::ledger::Given;
use super::script::PEOPLE;
use super::truth::{text, Truth};
use super::{KEY, POLL};
use crate::support::{Client, Json};
use std::collections::{BTreeMap, BTreeSet};

impl Truth {
    /// Every line of the export.
    #[track_caller]
    pub fn is_in_export(&self, client: &mut Client) {
        let mut lines: BTreeMap<String, Vec<Json>> = BTreeMap::new();
        let (mut ids, mut cursor) = (BTreeSet::new(), "0".to_owned());
        loop {
            let page = client.cmd(&["ROOM.EXPORT", KEY, &cursor, "COUNT", "2000"]).list();
            for line in page[1].list() {
                let line = line.json();
                assert!(ids.insert(text(&line["id"])), "an id twice: {line}");
                lines.entry(text(&line["kind"])).or_default().push(line);
            }
            cursor = page[0].text();
            if cursor == "0" {
                break;
            }
        }
        let of = |kind: &str| lines.get(kind).map_or(&[][..], Vec::as_slice);
        self.assert_figures(&of("room")[0]);
        self.assert_members(of("member"));
        self.assert_comments(of("comment"));
        self.assert_reactions(of("reaction"));
        self.assert_stage(of("stage"), of("hand"), of("offer"));
        self.assert_timeline(of("timeline"));
        let ledger = &self.ledger;
        let visits = by_user(of("visit"));
        for user in &ledger.joined {
            assert_eq!(visits.get(user).copied().unwrap_or(0), self.visits(user), "visits of {user}");
        }
        let votes: BTreeMap<(String, String), String> = of("vote")
            .iter()
            .map(|line| ((line["poll"].to_string(), text(&line["user"])), line["options"].to_string()))
            .collect();
        let own = ledger.votes.iter().filter(|((poll, _), _)| poll == POLL.id);
        assert_eq!(votes, own.map(|(vote, option)| (vote.clone(), format!("[{option}]"))).collect(), "votes");
        let mut actions: BTreeMap<String, u64> = BTreeMap::new();
        for line in of("moderation") {
            *actions.entry(text(&line["action"])).or_default() += 1;
        }
        let blocks = [("block", ledger.blocks), ("shadow_block", ledger.shadow_blocks)];
        let others = [("kick", ledger.kicks), ("mute", ledger.mutes)];
        let own = blocks.into_iter().chain(others).map(|(action, count)| (action.to_owned(), count));
        assert_eq!(actions, own.collect(), "moderation");
    }

    #[track_caller]
    fn assert_members(&self, lines: &[Json]) {
        let ledger = &self.ledger;
        let mut comments: BTreeMap<&str, u64> = BTreeMap::new();
        for written in ledger.comments.values() {
            *comments.entry(&written.user).or_default() += 1;
        }
        let mut reactions: BTreeMap<&str, u64> = BTreeMap::new();
        for ((_, user), count) in &ledger.reactions {
            *reactions.entry(user).or_default() += count;
        }
        let mut votes: BTreeMap<&str, u64> = BTreeMap::new();
        for (_, user) in ledger.votes.keys() {
            *votes.entry(user).or_default() += 1;
        }
        assert_eq!(by_user(lines).keys().cloned().collect::<BTreeSet<_>>(), ledger.joined, "members");
        assert_eq!(lines.len(), ledger.joined.len());
        for line in lines {
            let user = line["user"].as_str().expect("a user");
            let of = |counts: &BTreeMap<&str, u64>| counts.get(user).copied().unwrap_or(0);
            let hands = ledger.hands.get(user).copied().unwrap_or(0);
            assert_eq!(line["joins"], self.visits(user), "joins: {line}");
            assert_eq!(line["comments"], of(&comments), "comments: {line}");
            assert_eq!(line["reactions"], of(&reactions), "reactions: {line}");
            assert_eq!(line["votes"], of(&votes), "votes: {line}");
            assert_eq!(line["hands"], hands, "hands: {line}");
            let blocked = ledger.blocked.contains(user) || ledger.shadowed.contains(user);
            assert_eq!(line["blocked"], blocked, "blocked: {line}");
        }
    }

    #[track_caller]
    fn assert_comments(&self, lines: &[Json]) {
        let ledger = &self.ledger;
        assert_eq!(lines.len(), ledger.comments.len(), "comments");
        for line in lines {
            let id = line["comment_id"].as_i64().expect("an id");
            let written =
                ledger.comments.get(&id).unwrap_or_else(|| panic!("no acknowledged comment for {line}"));
            let deleted = ledger.is_deleted(id);
            assert_eq!(line["user"], *written.user, "{line}");
            assert_eq!(line["text"], if deleted { "" } else { &*written.text }, "{line}");
            assert_eq!(line["deleted"], deleted, "{line}");
            assert_eq!(line["shadow"], written.shadow, "{line}");
            assert_eq!(line["pinned"], ledger.pinned.contains(&id), "{line}");
        }
    }

    #[track_caller]
    fn assert_reactions(&self, lines: &[Json]) {
        let of = |shadow: bool| -> Given {
            let own = lines.iter().filter(|line| line["shadow"] == shadow);
            own.map(|line| ((text(&line["reaction"]), text(&line["user"])), line["count"].as_u64().unwrap()))
                .collect()
        };
        assert_eq!(of(false), self.ledger.reactions, "reactions");
        assert_eq!(of(true), self.ledger.shadow_reactions, "reactions of shadow-blocked users");
        let both = self.ledger.reactions.len() + self.ledger.shadow_reactions.len();
        assert_eq!(lines.len(), both);
    }

    #[track_caller]
    fn assert_stage(&self, stage_spans: &[Json], hands: &[Json], offers: &[Json]) {
        let ledger = &self.ledger;
        let mut own = ledger.stage_spans();
        own.extend(self.staff.iter().map(|user| (user.clone(), 1)));
        assert_eq!(by_user(stage_spans), own, "times on stage");
        let how = |lines: &[Json], how: &str| lines.iter().filter(|line| line["how"] == how).count() as u64;
        assert_eq!(by_user(hands), ledger.hands, "hands");
        assert_eq!(how(hands, "lowered"), ledger.lowered, "hands lowered");
        let seated = ledger.next.len() + ledger.promoted.len();
        assert_eq!(how(hands, "seated"), seated as u64, "hands seated");
        assert_eq!(self.before.state["counts"]["hands"], how(hands, "ended"), "hands that were up");
        for line in hands.iter().chain(offers).filter(|line| line["how"] == "ended") {
            assert!(
                self.here.contains(&text(&line["user"])),
                "a hand or offer ended with the room though its user had left: {line}"
            );
        }
        assert_eq!(offers.len() as u64, ledger.offered, "offers");
        assert!(ledger.offers_accepted().contains(&how(offers, "accepted")), "offers accepted");
        assert_eq!(how(offers, "declined"), ledger.declined, "offers declined");
    }

    #[track_caller]
    fn assert_timeline(&self, lines: &[Json]) {
        let ledger = &self.ledger;
        let sum = |field: &str| lines.iter().map(|line| line[field].as_u64().unwrap()).sum::<u64>();
        let departed = ledger.departed.values().sum::<u64>();
        assert_eq!(sum("leaves"), departed, "leaves by the minute");
        assert_eq!(sum("joins"), departed + self.here.len() as u64, "joins by the minute");
        assert_eq!(sum("comments"), ledger.public_comments() as u64, "comments by the minute");
        let mut reactions: BTreeMap<String, u64> = BTreeMap::new();
        for given in lines.iter().filter_map(|line| line["reactions"].as_array()).flatten() {
            *reactions.entry(text(&given["reaction"])).or_default() += given["count"].as_u64().unwrap();
        }
        assert_eq!(reactions, ledger.totals(), "reactions by the minute");
        let peak = lines.iter().filter_map(|line| line["peak_present"].as_u64()).max();
        assert_eq!(peak, Some(PEOPLE as u64), "most present in a minute");
    }
}

fn by_user(lines: &[Json]) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for line in lines {
        *counts.entry(text(&line["user"])).or_default() += 1;
    }
    counts
}
