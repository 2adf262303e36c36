//! Files of version 1, as released. They must load for ever. The engine's own `rows-v1.txt` holds every row.
//!
//! `CODEC_GOLDEN=write cargo test -p room-engine` writes the files again, which is right only before a release of the
//! version.

use crate::effect::{Change, ConfigChange, PollOpened, RoomCreated, UserBlocked};
use crate::simulator::saved::parts::{join, split};
use crate::simulator::saved::server::{digest, load, save, Server};
use crate::storage::codec::effect;
use crate::terms::EndReason;
use crate::terms::{HostLoss, Role};
use std::collections::HashSet;
use std::path::PathBuf;

fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

/// The golden file; `made` in its place where it is to be written.
fn golden(name: &str, made: impl FnOnce() -> Vec<u8>) -> Vec<u8> {
    if std::env::var("CODEC_GOLDEN").is_ok_and(|how| how == "write") {
        std::fs::write(file(name), made()).expect("the file is written");
    }
    std::fs::read(file(name)).expect("the file is read")
}

/// FNV-1a of 128 bits.
fn hash(bytes: &[u8]) -> String {
    let mut hash = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58du128;
    for &byte in bytes {
        hash = (hash ^ u128::from(byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b);
    }
    format!("{hash:032x}")
}

/// The life of the golden room. WAIT lets time pass, so that frames go out. Only commands of `guest` may fail.
const LIFE: &[&str] = &[
    "CREATE|host|TITLE|A room 🎉|AT|1763600060000|SEATS|3|META|{\"topic\":[\"tea\",1.5]}",
    "RSVP|early|YES",
    "INVITE|host|early|never",
    "RAISEHAND|early",
    "ROLE|host|second|cohost",
    "JOIN|host|GATEWAY|g1|SESSION|phone|PROFILE|{\"name\":\"Host\"}",
    "START|host",
    "JOIN|host|GATEWAY|g2|SESSION|web",
    "JOIN|early|GATEWAY|g1",
    "JOIN|second|GATEWAY|g1|SESSION|s1",
    "JOIN|listener|GATEWAY|g2|PROFILE|{\"name\":\"L\"}",
    "JOIN|shady",
    "JOIN|noisy|GATEWAY|g3",
    "UNMUTE|host",
    "NEXT|host|TOKEN|t1",
    "UNMUTE|early",
    "MUTE|host|early",
    "ASKUNMUTE|host|early",
    "MUTE|host|second|HOLD",
    "RAISEHAND|listener",
    "LOWERHAND|listener",
    "OFFER|host|listener",
    "DECLINE|listener",
    "BLOCK|host|shady|FOR|3600|SHADOW",
    "COMMENT|early|hello|TOKEN|t2",
    "COMMENT|shady|psst",
    "COMMENT|-|news",
    "COMMENT|early|again\nand again|REPLY|1",
    "COMMENT|early|regretted",
    "DELCOMMENT|early|5",
    "PIN|host|3",
    "REACT|listener|👏|COUNT|7",
    "REACT|shady|🔥",
    "POLLOPEN|host|tea?|2|yes|no|TOKEN|t3",
    "POLLOPEN|host|who?|3|a|b|c|MULTI|2|SECRET|FOR|600",
    "POLLVOTE|listener|1|0",
    "POLLVOTE|early|2|0|2",
    "POLLCLOSE|host|1",
    "KICK|host|noisy|REASON|noise",
    "BLOCK|-|noisy|REASON|more noise",
    "CONFIG|host|slowmode|3|emojis|[\"👏\",\"🔥\"]|private|on",
    "WAIT",
    "STEPDOWN|early",
    "LEAVE|listener|LOST",
    "JOIN|guest|GATEWAY|g4",
    "JOIN|early|GATEWAY|g3|SESSION|s9",
    "DROP|g1|LOST",
    "RAISEHAND|early",
    "OFFER|second|listener|FOR|60",
    "REACT|early|👏",
    "COMMENT|-|last",
];

/// A room with a row in every section.
fn a_full_room() -> Server {
    let mut server = Server::unlimited();
    for &line in LIFE {
        server.now += 7;
        if line == "WAIT" {
            server.now += 5000;
            server.tick();
            continue;
        }
        let line: Vec<&str> = line.split('|').collect();
        let turn = server.run(&line);
        assert!(turn.reply.is_ok() || line.contains(&"guest"), "{line:?}: {:?}", turn.reply);
    }
    server
}

#[test]
fn a_room_of_version_1_loads() {
    let chunks = split(&golden("room-v1.bin", || join(&save(a_full_room().room()))));
    let sections: Vec<u8> = chunks.iter().map(|chunk| chunk[0]).collect();
    assert_eq!(sections, Vec::from_iter(0..=20), "a row in every section");
    let room = load(&chunks).expect("the golden room loads");
    assert_eq!(save(&room), chunks);
    assert_eq!(hash(&digest(&room)), "99a080877dacba80ff01c0ba2b9d8143");
    assert_eq!(room.config.title.as_ref(), "A room 🎉");
    assert_eq!(room.comments.all.len(), 5);
    assert_eq!(room.polls.len(), 2);
}

const BY: &str = "host";
const USER: &str = "Zoë 🎉";
const EXPIRE_MS: u64 = 1_763_600_000_000;

/// A sample of every change, in the order of the wire.
fn changes() -> Vec<Change<'static>> {
    [life_and_presence(), stage(), moderation_and_content()].concat()
}

fn settings() -> Vec<ConfigChange<'static>> {
    let expire_ms = EXPIRE_MS;
    vec![
        ConfigChange::Title("t"),
        ConfigChange::Private(false),
        ConfigChange::Seats(1),
        ConfigChange::Capacity(2),
        ConfigChange::Meta("{\"a\":1}"),
        ConfigChange::HostLoss(HostLoss::Keep),
        ConfigChange::HostLoss(HostLoss::Handover),
        ConfigChange::Comments(true),
        ConfigChange::Reactions(false),
        ConfigChange::Hands(true),
        ConfigChange::SlowMode(5),
        ConfigChange::Emojis(vec!["👍", "wow"]),
        ConfigChange::At(expire_ms),
    ]
}

fn life_and_presence() -> Vec<Change<'static>> {
    let (by, user, expire_ms) = (BY, USER, EXPIRE_MS);
    vec![
        Change::Create(RoomCreated {
            incarnation: u64::MAX,
            epoch: 2,
            by,
            title: "t",
            at_ms: 251,
            private: true,
            seats: 10,
            capacity: 70_000,
            meta: Some("{}"),
            host_loss: HostLoss::End,
            expire_ms,
        }),
        Change::Takeover { epoch: 1 << 40 },
        Change::Flush,
        Change::Extend { expire_ms },
        Change::Config { by, fields: settings(), expire_ms },
        Change::Start { by },
        Change::Cancel { by, expire_ms },
        Change::End { by, reason: EndReason::Host, expire_ms },
        Change::End { by: "-", reason: EndReason::Service, expire_ms },
        Change::End { by: "", reason: EndReason::HostLoss, expire_ms },
        Change::End { by: "", reason: EndReason::Empty, expire_ms: 0 },
        Change::End { by: "", reason: EndReason::Window, expire_ms: 0 },
        Change::Rsvp { user, yes: true },
        Change::Invite { by, users: vec![user, "b"] },
        Change::Uninvite { by, users: vec![user], remove: true },
        Change::InvitePresent { members: 512 },
        Change::Join { user, gateway: "g", session: "s", profile: Some("{}"), client: "ios/5.2" },
        Change::Leave { user, session: Some(""), gateway: None, lost: true },
        Change::Drop { gateway: "g", lost: false },
        Change::Release { sessions: 512 },
        Change::ReleaseOf { user },
        Change::GracesOver { before_ms: expire_ms, members: 3 },
        Change::GraceOver { user },
    ]
}

fn stage() -> Vec<Change<'static>> {
    let (by, user, expire_ms) = (BY, USER, EXPIRE_MS);
    vec![
        Change::RaiseHand { user },
        Change::LowerHand { by, user: "" },
        Change::RecordHands { hands: 512 },
        Change::Next { by, user, token: "t" },
        Change::Promote { by, user },
        Change::Offer { by, user, until_ms: expire_ms },
        Change::Accept { user },
        Change::Decline { user },
        Change::OfferOver { user },
        Change::Role { by, user, role: Role::Listener },
        Change::Role { by, user, role: Role::Speaker },
        Change::Role { by, user, role: Role::Cohost },
        Change::Role { by, user, role: Role::Host },
        Change::Handover { user },
        Change::Mute { by, user, hold: true },
        Change::Unmute { user },
        Change::AskUnmute { by, user },
    ]
}

fn moderation_and_content() -> Vec<Change<'static>> {
    let (by, user, expire_ms) = (BY, USER, EXPIRE_MS);
    vec![
        Change::Kick { by, user, reason: "r" },
        Change::Block(UserBlocked { by, user, until_ms: 0, shadow: true, clear: false, reason: "r" }),
        Change::Unblock { by, user },
        Change::Comment { by, text: "a\nb", reply: 3, token: "t" },
        Change::DelComment { by, id: 300 },
        Change::Pin { by, id: 1 },
        Change::Unpin { by, id: 1 },
        Change::React { user, kind: "👍", count: 100 },
        Change::PollOpen(PollOpened {
            by,
            question: "q",
            options: vec!["a", "b"],
            multi: 2,
            secret: true,
            is_final: false,
            hidden: true,
            closes_ms: expire_ms,
            token: "",
        }),
        Change::PollVote { user, poll: 1, options: 0b101 },
        Change::PollClose { poll: 1 },
        Change::StepDown { by, user },
    ]
}

const AT: u64 = 1_763_600_000_001;
/// Bytes before an effect's first change: the version, and a time of today with its mark.
const HEADER: usize = 10;

fn encode(change: &Change<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    effect::begin(&mut bytes, AT);
    effect::write(&mut bytes, change);
    bytes
}

#[test]
fn effects_of_version_1_are_read() {
    let changes = changes();
    let effects = split(&golden("effects-v1.bin", || join(&changes.iter().map(encode).collect::<Vec<_>>())));
    assert_eq!(effects.len(), changes.len());
    for (bytes, change) in effects.iter().zip(&changes) {
        let mut reader = effect::Reader::new(bytes).expect("an effect of version 1");
        assert_eq!(reader.at, AT);
        assert_eq!(reader.next_change().as_ref(), Ok(&Some(change.clone())));
        assert_eq!(reader.next_change(), Ok(None));
        assert_eq!(&encode(change), bytes, "written as ever");
    }
}

/// The numbers of all variants that an enum of the wire knows, found by reading each number. The enum stands `at` bytes
/// into the change. Zeros stand for the fields that follow.
fn known(change: &Change<'_>, at: usize) -> Vec<u8> {
    let before = encode(change);
    let is_read = |number: &u8| {
        let mut bytes = before[..HEADER + at].to_vec();
        bytes.push(*number);
        bytes.extend([0; 32]);
        effect::Reader::new(&bytes).and_then(|mut reader| reader.next_change()).is_ok()
    };
    (0..=250).filter(is_read).collect()
}

#[test]
fn every_variant_of_an_effect_has_a_sample() {
    let changes = changes();
    let (mut fields, mut roles, mut reasons, mut losses) = (vec![], vec![], vec![], vec![]);
    for change in &changes {
        match change {
            Change::Create(room) => losses.push(room.host_loss),
            Change::Role { role, .. } => roles.push(*role),
            Change::End { reason, .. } => reasons.push(*reason),
            Change::Config { fields: all, .. } => fields.extend(all.iter().cloned()),
            _ => {}
        }
    }
    losses.extend(fields.iter().filter_map(|field| match field {
        ConfigChange::HostLoss(loss) => Some(*loss),
        _ => None,
    }));
    let mut numbers: Vec<u8> = changes.iter().map(|change| encode(change)[HEADER]).collect();
    numbers.dedup();
    assert_eq!(numbers, known(&Change::Flush, 0), "every change, in order");

    let role = Change::Role { by: "", user: "", role: Role::Listener };
    assert_eq!(roles.len(), known(&role, 3).len(), "every role");
    let end = Change::End { by: "", reason: EndReason::Host, expire_ms: 0 };
    assert_eq!(reasons.len(), known(&end, 2).len(), "every reason");
    let field = ConfigChange::HostLoss(HostLoss::End);
    let config = Change::Config { by: "", fields: vec![field], expire_ms: 0 };
    assert_eq!(losses.len(), known(&config, 4).len(), "every host loss");
    let kinds: HashSet<_> = fields.iter().map(std::mem::discriminant).collect();
    assert_eq!(kinds.len(), known(&config, 3).len(), "every setting");
}
