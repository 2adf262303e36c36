//! The form of each value. An error text is fixed: it names the argument and its form, and repeats no input.

use super::Actor;
use crate::channel;
use crate::error::Error;
use crate::limits::*;
use crate::terms::{HostLoss, Role, RoomState};
use const_format::formatcp;

/// A room's key.
///
/// # Errors
/// [`Error::Invalid`] when the key cannot carry a room's channel: see [`channel::is_key`].
pub fn parse_key(bytes: &[u8]) -> Result<&str, Error> {
    std::str::from_utf8(bytes)
        .ok()
        .filter(|key| channel::is_key(key))
        .ok_or(Error::Invalid("key must be UTF-8, not empty, and without } unless it has a hash tag"))
}

/// A line of 0 or 1 to `$max` bytes. Only the argument's name and the bounds differ in the error texts.
macro_rules! parse_line {
    ($bytes:expr, $name:literal, 0, $max:ident) => {{
        const FORM: &str = formatcp!("at most {} bytes of UTF-8 without control characters", $max);
        line($bytes, 0, $max, formatcp!("{} must be {FORM}", $name))
    }};
    ($bytes:expr, $name:literal, 1, $max:ident) => {{
        const FORM: &str = formatcp!("1 to {} bytes of UTF-8 without control characters", $max);
        line($bytes, 1, $max, formatcp!("{} must be {FORM}", $name))
    }};
}

/// UTF-8 of a bounded length without control characters.
fn line<'a>(bytes: &'a [u8], min: usize, max: usize, refusal: &'static str) -> Result<&'a str, Error> {
    let text = bounded(bytes, min, max, refusal)?;
    // Nearly every text is ASCII. Its bytes are its characters, so decoding is skipped.
    let is_control =
        bytes.iter().any(u8::is_ascii_control) || !bytes.is_ascii() && text.chars().any(char::is_control);
    if is_control {
        return Err(Error::Invalid(refusal));
    }
    Ok(text)
}

/// UTF-8 of a bounded length. The length is checked first, so that a value that is too long is refused unread.
pub(super) fn bounded<'a>(
    bytes: &'a [u8],
    min: usize,
    max: usize,
    refusal: &'static str,
) -> Result<&'a str, Error> {
    if bytes.len() < min || bytes.len() > max {
        return Err(Error::Invalid(refusal));
    }
    std::str::from_utf8(bytes).map_err(|_| Error::Invalid(refusal))
}

pub(super) fn user(bytes: &[u8]) -> Result<&str, Error> {
    let user = parse_line!(bytes, "user id", 1, ID_BYTES)?;
    if matches!(user, "-" | "*") {
        return Err(Error::Invalid("user id must not be - or *"));
    }
    Ok(user)
}

pub(super) fn actor(bytes: &[u8]) -> Result<Actor<'_>, Error> {
    match bytes {
        b"-" => Ok(Actor::Service),
        _ => user(bytes).map(Actor::User),
    }
}

pub(super) fn gateway(bytes: &[u8]) -> Result<&str, Error> {
    parse_line!(bytes, "gateway id", 1, ID_BYTES)
}

pub(super) fn session(bytes: &[u8]) -> Result<&str, Error> {
    parse_line!(bytes, "session id", 1, ID_BYTES)
}

pub(super) fn client(bytes: &[u8]) -> Result<&str, Error> {
    parse_line!(bytes, "client", 1, CLIENT_BYTES)
}

pub(super) fn token(bytes: &[u8]) -> Result<&str, Error> {
    parse_line!(bytes, "token", 1, ID_BYTES)
}

pub(super) fn epoch(bytes: &[u8]) -> Result<&str, Error> {
    parse_line!(bytes, "epoch", 1, ID_BYTES)
}

pub(super) fn incarnation(bytes: &[u8]) -> Result<&str, Error> {
    parse_line!(bytes, "incarnation", 1, ID_BYTES)
}

pub(super) fn cursor(bytes: &[u8]) -> Result<&str, Error> {
    line(bytes, 1, CURSOR_BYTES, "cursor must be 0 or one that was given")
}

pub(super) fn title(bytes: &[u8]) -> Result<&str, Error> {
    parse_line!(bytes, "title", 0, TITLE_BYTES)
}

pub(super) fn reason(bytes: &[u8]) -> Result<&str, Error> {
    parse_line!(bytes, "reason", 0, REASON_BYTES)
}

pub(super) fn kind(bytes: &[u8]) -> Result<&str, Error> {
    parse_line!(bytes, "kind", 1, KIND_BYTES)
}

pub(super) fn question(bytes: &[u8]) -> Result<&str, Error> {
    parse_line!(bytes, "question", 1, QUESTION_BYTES)
}

pub(super) fn poll_option(bytes: &[u8]) -> Result<&str, Error> {
    parse_line!(bytes, "poll option", 1, POLL_OPTION_BYTES)
}

pub(super) fn comment(bytes: &[u8]) -> Result<&str, Error> {
    const REFUSAL: &str = formatcp!(
        "comment must be 1 to {COMMENT_BYTES} bytes of UTF-8 without control characters but newline and tab"
    );
    let text = bounded(bytes, 1, COMMENT_BYTES, REFUSAL)?;
    if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t')) {
        return Err(Error::Invalid(REFUSAL));
    }
    Ok(text)
}

/// A decimal number without sign or leading zeros. Each number has one form, so equal numbers are equal bytes.
pub(super) fn integer(bytes: &[u8], min: u64, max: u64, refusal: &'static str) -> Result<u64, Error> {
    let canonical = match bytes {
        b"0" => true,
        [b'1'..=b'9', rest @ ..] => rest.len() < 20 && rest.iter().all(u8::is_ascii_digit),
        _ => false,
    };
    if !canonical {
        return Err(Error::Invalid(refusal));
    }
    let value = bytes.iter().try_fold(0u64, |value, digit| {
        value.checked_mul(10)?.checked_add(u64::from(digit.wrapping_sub(b'0')))
    });
    value.filter(|value| (min..=max).contains(value)).ok_or(Error::Invalid(refusal))
}

pub(super) fn small(bytes: &[u8], min: u32, max: u32, refusal: &'static str) -> Result<u32, Error> {
    let value = integer(bytes, min.into(), max.into(), refusal)?;
    u32::try_from(value).map_err(|_| Error::Invalid(refusal))
}

pub(super) fn count(bytes: &[u8], max: u32, refusal: &'static str) -> Result<usize, Error> {
    let value = small(bytes, 1, max, refusal)?;
    usize::try_from(value).map_err(|_| Error::Invalid(refusal))
}

/// From 1 to `max` seconds, returned as milliseconds.
pub(super) fn seconds(bytes: &[u8], max: u64, refusal: &'static str) -> Result<u64, Error> {
    Ok(integer(bytes, 1, max, refusal)? * 1000)
}

pub(super) fn comment_id(bytes: &[u8]) -> Result<u64, Error> {
    integer(bytes, 1, MAX_INTEGER, "comment id must be a whole number from 1")
}

pub(super) fn poll_id(bytes: &[u8]) -> Result<u64, Error> {
    integer(bytes, 1, MAX_INTEGER, "poll id must be a whole number from 1")
}

pub(super) fn at(bytes: &[u8]) -> Result<u64, Error> {
    integer(bytes, 1, MAX_INTEGER, "at must be a time in Unix milliseconds")
}

pub(super) fn ended(bytes: &[u8]) -> Result<u64, Error> {
    integer(bytes, 0, MAX_INTEGER, "ended must be a time in Unix milliseconds")
}

pub(super) fn seats(bytes: &[u8]) -> Result<u32, Error> {
    small(bytes, 0, SEATS, formatcp!("seats must be a whole number from 0 to {SEATS}"))
}

pub(super) fn capacity(bytes: &[u8]) -> Result<u32, Error> {
    small(bytes, 0, CAPACITY, formatcp!("capacity must be a whole number from 0 to {CAPACITY}"))
}

pub(super) fn slow_mode(bytes: &[u8]) -> Result<u32, Error> {
    small(bytes, 0, SLOW_MODE_S, formatcp!("slowmode must be 0 to {SLOW_MODE_S} whole seconds"))
}

/// One of a few words, in upper or lower case.
fn word<T: Copy>(bytes: &[u8], words: &[(&str, T)], refusal: &'static str) -> Result<T, Error> {
    words
        .iter()
        .find(|(word, _)| bytes.eq_ignore_ascii_case(word.as_bytes()))
        .map(|(_, value)| *value)
        .ok_or(Error::Invalid(refusal))
}

pub(super) fn switch(bytes: &[u8]) -> Result<bool, Error> {
    word(bytes, &[("on", true), ("off", false)], "value must be on or off")
}

pub(super) fn yes_or_no(bytes: &[u8]) -> Result<bool, Error> {
    word(bytes, &[("yes", true), ("no", false)], "answer must be YES or NO")
}

pub(super) fn host_loss(bytes: &[u8]) -> Result<HostLoss, Error> {
    const WORDS: [(&str, HostLoss); 3] =
        [("end", HostLoss::End), ("handover", HostLoss::Handover), ("keep", HostLoss::Keep)];
    word(bytes, &WORDS, "hostloss must be end, handover or keep")
}

pub(super) fn role(bytes: &[u8]) -> Result<Role, Error> {
    const ROLES: [Role; 4] = [Role::Host, Role::Cohost, Role::Speaker, Role::Listener];
    word(bytes, &ROLES.map(|role| (role.name(), role)), "role must be host, cohost, speaker or listener")
}

pub(super) fn state(bytes: &[u8]) -> Result<RoomState, Error> {
    const STATES: [RoomState; 4] =
        [RoomState::Scheduled, RoomState::Live, RoomState::Ended, RoomState::Cancelled];
    word(
        bytes,
        &STATES.map(|state| (state.name(), state)),
        "state must be scheduled, live, ended or cancelled",
    )
}
