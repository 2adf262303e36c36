//! Arguments are text: other bytes are refused in every place.

use crate::support::rooms::digest;
use crate::support::{Args, Watch};

/// Commands with all their options, by family.
const COMMANDS: [(&str, &[&str]); 4] = [
    (
        "lifecycle",
        &[
            r#"ROOM.CREATE new ada TITLE t AT 1 PRIVATE SEATS 1 CAPACITY 1 META {"a":1} HOSTLOSS END"#,
            r#"ROOM.CONFIG r ada title t private on seats 1 capacity 1 meta {} hostloss END slowmode 1 emojis []"#,
            "ROOM.START r ada",
            "ROOM.CANCEL r ada",
            "ROOM.END r ada",
            "ROOM.RSVP r lea YES",
            "ROOM.INVITE r ada lea kim",
            "ROOM.UNINVITE r ada lea kim",
            "ROOM.INVITED r ada CURSOR 0 COUNT 5",
            "ROOM.PURGE r INCARNATION i",
        ],
    ),
    (
        "presence",
        &[
            "ROOM.JOIN r lea GATEWAY g SESSION s PROFILE {}",
            "ROOM.LEAVE r lea SESSION s GATEWAY g LOST",
            "ROOM.BEAT r g",
            "ROOM.DROP r g LOST",
            "ROOM.SESSIONS r g CURSOR 0 COUNT 5",
        ],
    ),
    (
        "stage",
        &[
            "ROOM.RAISEHAND r lea",
            "ROOM.LOWERHAND r ada lea",
            "ROOM.NEXT r ada TOKEN t",
            "ROOM.OFFER r ada lea FOR 5",
            "ROOM.ACCEPT r lea",
            "ROOM.DECLINE r lea",
            "ROOM.STEPDOWN r ada lea",
            "ROOM.ROLE r ada lea cohost",
            "ROOM.MUTE r ada lea",
            "ROOM.UNMUTE r ada",
            "ROOM.ASKUNMUTE r ada lea",
        ],
    ),
    (
        "moderation",
        &[
            "ROOM.KICK r ada lea REASON why",
            "ROOM.BLOCK r ada lea FOR 5 CLEAR REASON why",
            "ROOM.UNBLOCK r ada lea",
            "ROOM.BLOCKED r ada CURSOR 0 COUNT 5",
        ],
    ),
];

#[test]
fn bytes_that_are_not_text_are_refused_in_every_argument() {
    let mut watch = Watch::live("", &["lea"]);
    let before = digest(&mut watch.client, "r");
    let megabyte = vec![b'a'; 1 << 20];
    let wrong: [&[u8]; 7] = [b"\0", b"a\0b", b"\x1f", b"\x7f", b"\xff", b"\xed\xa0\x80", &megabyte];
    for (family, commands) in COMMANDS {
        for command in commands {
            let parts = command.parts();
            for place in 2..parts.len() {
                for bytes in wrong {
                    let mut parts = parts.clone();
                    parts[place] = bytes.to_vec();
                    watch.client.err(&parts, "INVALID");
                }
            }
            let mut parts = parts.clone();
            parts[1] = b"\xff".to_vec();
            watch.client.err(&parts, "INVALID");
        }
        assert_eq!(digest(&mut watch.client, "r"), before, "{family}");
    }
    assert_eq!(watch.client.int("EXISTS new"), 0);
}
