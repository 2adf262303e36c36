//! The channel of a room, and which keys can have one.
//!
//! A channel has the same cluster slot as its key, so that SPUBLISH reaches the node that holds the room. A cluster
//! hashes the hash tag of a key: the text between the first `{` and the first `}` after it. If that text is empty or
//! missing, it hashes the whole key.

use crc::{Crc, CRC_16_XMODEM};

/// How many slots a cluster has.
const SLOTS: u16 = 16384;
/// The hash that the cluster specification prescribes.
const CRC16: Crc<u16> = Crc::<u16>::new(&CRC_16_XMODEM);

/// Whether the key has a hash tag.
fn has_hash_tag(key: &str) -> bool {
    hash_tag(key.as_bytes()).is_some()
}

/// Whether [`channel`] has the same slot as the key, so that a room may be stored under it. A key without a hash tag
/// becomes the hash tag of its channel. It must not be empty and must not contain `}`.
pub fn is_key(key: &str) -> bool {
    has_hash_tag(key) || (!key.is_empty() && !key.contains('}'))
}

/// The channel of a room: `__room@<db>__:{key}`, or without the braces when the key has a hash tag itself.
pub fn channel(db: u32, key: &str) -> String {
    let (open, close) = if has_hash_tag(key) { ("", "") } else { ("{", "}") };
    ["__room@", itoa::Buffer::new().format(db), "__:", open, key, close].concat()
}

/// The cluster slot of any key.
pub fn slot(key: &[u8]) -> u16 {
    CRC16.checksum(hash_tag(key).unwrap_or(key)) % SLOTS
}

fn hash_tag(key: &[u8]) -> Option<&[u8]> {
    let until = |bytes: &[u8], end: u8| bytes.iter().position(|byte| *byte == end);
    let rest = key.get(until(key, b'{')? + 1..)?;
    rest.get(..until(rest, b'}')?).filter(|tag| !tag.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The bytes that a cluster hashes. This is a port of the server's function, independent of the code above.
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
        assert_eq!(CRC16.checksum(b"123456789"), 0x31C3);
        assert_eq!(slot(b"foo"), 12182);
        assert_eq!(slot(b"{foo}bar"), 12182);
    }

    #[test]
    fn a_channel_has_the_documented_form() {
        assert_eq!(channel(0, "room:42"), "__room@0__:{room:42}");
        assert_eq!(channel(3, "{eu}room"), "__room@3__:{eu}room");
        assert_eq!(channel(0, "a{b"), "__room@0__:{a{b}");
    }

    #[test]
    fn a_key_is_refused_if_its_channel_would_have_another_slot() {
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
    fn the_channel_of_a_refused_key_hashes_differently() {
        for key in ["a}b", "{}a", "a{}", "{}{a}"] {
            assert_ne!(hashed(key.as_bytes()), hashed(channel(0, key).as_bytes()), "{key}");
        }
    }

    proptest! {
        #[test]
        fn a_slot_comes_from_the_bytes_that_a_cluster_hashes(key in "[{}a-c]{0,8}") {
            prop_assert_eq!(slot(key.as_bytes()), CRC16.checksum(hashed(key.as_bytes())) % SLOTS);
        }

        #[test]
        fn a_channel_has_the_slot_of_its_key(key in "[{}a-c]{0,8}", db in 0u32..20) {
            if is_key(&key) {
                let channel = channel(db, &key);
                prop_assert_eq!(hashed(key.as_bytes()), hashed(channel.as_bytes()));
            }
        }
    }
}
