//! The channel of a room, and the keys for which there is one.
//!
//! A channel shares its key's cluster slot, so that SPUBLISH reaches the node that holds the room. A cluster hashes
//! what stands between the first `{` and the first `}` after it, or the whole string when nothing stands there.

/// Slots of a cluster.
const SLOTS: u16 = 16384;

/// Whether a cluster hashes only a part of this key.
pub fn has_hash_tag(key: &str) -> bool {
    hash_tag(key.as_bytes()).is_some()
}

/// Whether [`channel`] shares the key's slot. In braces a key is hashed up to its first `}`: without a hash tag of its
/// own it must hold none, and must not be empty.
pub fn is_key(key: &str) -> bool {
    has_hash_tag(key) || (!key.is_empty() && !key.contains('}'))
}

/// The channel of a room: `__room@<db>__:{key}`, or without the braces when the key has a hash tag itself.
pub fn channel(db: u32, key: &str) -> String {
    let (open, close) = if has_hash_tag(key) { ("", "") } else { ("{", "}") };
    ["__room@", itoa::Buffer::new().format(db), "__:", open, key, close].concat()
}

/// A key's cluster slot, be it a room's or not.
pub fn slot(key: &[u8]) -> u16 {
    crc16(hash_tag(key).unwrap_or(key)) % SLOTS
}

fn hash_tag(key: &[u8]) -> Option<&[u8]> {
    let until = |bytes: &[u8], end: u8| bytes.iter().position(|byte| *byte == end);
    let rest = key.get(until(key, b'{')? + 1..)?;
    rest.get(..until(rest, b'}')?).filter(|tag| !tag.is_empty())
}

/// CRC16 as the cluster specification gives it (XMODEM).
fn crc16(bytes: &[u8]) -> u16 {
    let mut crc = 0u16;
    for byte in bytes {
        crc ^= u16::from(*byte) << 8;
        for _ in 0..8 {
            crc = if crc & 0x8000 == 0 { crc << 1 } else { (crc << 1) ^ 0x1021 };
        }
    }
    crc
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What a cluster hashes, written after the server's own function and not after the code above.
    fn hashed(key: &[u8]) -> &[u8] {
        let Some(open) = key.iter().position(|b| *b == b'{') else { return key };
        let Some(length) = key[open + 1..].iter().position(|b| *b == b'}') else { return key };
        if length == 0 {
            return key;
        }
        &key[open + 1..open + 1 + length]
    }

    #[test]
    fn slots_are_those_of_a_cluster() {
        assert_eq!(crc16(b"123456789"), 0x31C3);
        assert_eq!(slot(b"foo"), 12182);
        assert_eq!(slot(b"{foo}bar"), 12182);
    }

    #[test]
    fn a_channel_is_written_as_the_contract_says() {
        assert_eq!(channel(0, "room:42"), "__room@0__:{room:42}");
        assert_eq!(channel(3, "{eu}room"), "__room@3__:{eu}room");
        assert_eq!(channel(0, "a{b"), "__room@0__:{a{b}");
    }

    #[test]
    fn keys_without_a_channel_of_their_slot_are_refused() {
        for key in ["", "}", "a}", "a}b", "{}", "{}a", "a{}", "{}{a}", "}{", "a}b{"] {
            assert!(!is_key(key), "{key}");
        }
        for key in
            ["a", "{", "a{b", "{{", "{a}", "x{a}y", "{a}{}", "a}b{c}", "{{a}", "{{}", "{a}}", "🎉", "a\0b"]
        {
            assert!(is_key(key), "{key}");
            assert_eq!(slot(key.as_bytes()), slot(channel(0, key).as_bytes()), "{key}");
        }
    }

    #[test]
    fn what_is_refused_would_hash_elsewhere() {
        for key in ["a}b", "{}a", "a{}", "{}{a}"] {
            assert_ne!(hashed(key.as_bytes()), hashed(channel(0, key).as_bytes()), "{key}");
        }
    }

    proptest! {
        #[test]
        fn a_slot_is_that_of_what_a_cluster_hashes(key in "[{}a-c]{0,8}") {
            prop_assert_eq!(slot(key.as_bytes()), crc16(hashed(key.as_bytes())) % SLOTS);
        }

        #[test]
        fn a_channel_shares_the_slot_of_its_key(key in "[{}a-c]{0,8}", db in 0u32..20) {
            if is_key(&key) {
                let channel = channel(db, &key);
                prop_assert_eq!(hashed(key.as_bytes()), hashed(channel.as_bytes()));
            }
        }
    }
}
