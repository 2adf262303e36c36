//! The members of the rooms and the commands that they send.

use crate::wire::Requests;
use fastrand::Rng;

/// The id of the user with this number.
pub fn user(nth: usize) -> String {
    format!("user-{nth:07}")
}

/// The session of the user with this number.
pub fn session(nth: usize) -> String {
    format!("{:016x}", (nth as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

/// The gateway of the user with this number.
pub fn gateway(nth: usize) -> String {
    format!("gateway-{}", nth % 4)
}

/// The kinds of reaction that a room allows by default.
pub const KINDS: [&str; 12] = ["👍", "❤️", "😂", "😮", "😢", "👏", "🔥", "🎉", "💯", "🙏", "👎", "🤔"];

/// These commands, in order.
pub fn requests<A: AsRef<[u8]>, const N: usize>(commands: impl IntoIterator<Item = [A; N]>) -> Requests {
    let mut requests = Requests::new();
    commands.into_iter().for_each(|command| requests.push(&command));
    requests
}

/// Creates a room. Deletes the room that the key may hold.
pub fn create(key: &str) -> Requests {
    let mut requests = requests([["UNLINK", key]]);
    requests.push(&["ROOM.CREATE", key, "-", "TITLE", "Evening talk", "HOSTLOSS", "KEEP"]);
    requests
}

/// JOIN of the user with this number.
pub fn join(key: &str, nth: usize) -> [String; 7] {
    ["ROOM.JOIN", key, &user(nth), "GATEWAY", &gateway(nth), "SESSION", &session(nth)].map(str::to_owned)
}

/// JOIN of the users with these numbers.
pub fn joins(key: &str, users: impl IntoIterator<Item = usize>) -> Requests {
    requests(users.into_iter().map(|nth| join(key, nth)))
}

/// The numbers from 0 to `count - 1` in a random order.
pub fn shuffled(count: usize, random: &mut Rng) -> Vec<usize> {
    let mut numbers: Vec<usize> = (0..count).collect();
    random.shuffle(&mut numbers);
    numbers
}

/// A random text of this length in bytes.
pub fn text(bytes: usize, random: &mut Rng) -> String {
    const LETTERS: &[u8] = b"aaabcdeeeefghiiijklmnnoooprssttuuvwyz      ";
    (0..bytes).map(|_| char::from(LETTERS[random.usize(0..LETTERS.len())])).collect()
}
