//! Who is in the rooms, and what they say.

use crate::wire::Requests;
use fastrand::Rng;

/// Users by number.
pub fn user(nth: usize) -> String {
    format!("user-{nth:07}")
}

/// A session of a user.
pub fn session(nth: usize) -> String {
    format!("{:016x}", (nth as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

/// The gateway that holds a user's session.
pub fn gateway(nth: usize) -> String {
    format!("gateway-{}", nth % 4)
}

/// Kinds of reaction that every room allows.
pub const KINDS: [&str; 12] = ["👍", "❤️", "😂", "😮", "😢", "👏", "🔥", "🎉", "💯", "🙏", "👎", "🤔"];

/// Commands made one after another.
pub fn requests<A: AsRef<[u8]>, const N: usize>(commands: impl IntoIterator<Item = [A; N]>) -> Requests {
    let mut requests = Requests::new();
    commands.into_iter().for_each(|command| requests.push(&command));
    requests
}

/// An empty room under a key that may hold another.
pub fn create(key: &str) -> Requests {
    let mut requests = requests([["UNLINK", key]]);
    requests.push(&["ROOM.CREATE", key, "-", "TITLE", "Evening talk", "HOSTLOSS", "KEEP"]);
    requests
}

/// A user comes.
pub fn join(key: &str, nth: usize) -> [String; 7] {
    ["ROOM.JOIN", key, &user(nth), "GATEWAY", &gateway(nth), "SESSION", &session(nth)].map(str::to_owned)
}

/// These users come.
pub fn joins(key: &str, users: impl IntoIterator<Item = usize>) -> Requests {
    requests(users.into_iter().map(|nth| join(key, nth)))
}

/// Numbers from 0 in a random order.
pub fn shuffled(count: usize, random: &mut Rng) -> Vec<usize> {
    let mut numbers: Vec<usize> = (0..count).collect();
    random.shuffle(&mut numbers);
    numbers
}

/// Something to say, of so many bytes.
pub fn text(bytes: usize, random: &mut Rng) -> String {
    const LETTERS: &[u8] = b"aaabcdeeeefghiiijklmnnoooprssttuuvwyz      ";
    (0..bytes).map(|_| char::from(LETTERS[random.usize(0..LETTERS.len())])).collect()
}
