//! The form of each value. Every check names its argument in a fixed text, never what was sent.

use crate::command::Actor;
use crate::error::Error;
use crate::terms::{HostLoss, Role, RoomState};

/// Integers end where a double no longer tells neighbours apart, so that every JSON reader keeps them whole.
pub(super) const MAX_INTEGER: u64 = 1 << 53;

pub(super) const HOUR_S: u64 = 3600;
pub(super) const WEEK_S: u64 = 7 * 24 * HOUR_S;
pub(super) const YEAR_S: u64 = 365 * 24 * HOUR_S;

/// Error texts for ids differ by the argument only.
macro_rules! id_text {
    ($name:literal) => {
        concat!($name, " must be 1 to 128 bytes of UTF-8 without control characters")
    };
}

/// UTF-8 of a bounded length without control characters.
fn line<'a>(bytes: &'a [u8], min: usize, max: usize, refusal: &'static str) -> Result<&'a str, Error> {
    let text = bounded(bytes, min, max, refusal)?;
    // Nearly every id is ASCII, and its characters need not be put together.
    let is_control =
        bytes.iter().any(u8::is_ascii_control) || !bytes.is_ascii() && text.chars().any(char::is_control);
    if is_control {
        return Err(Error::Invalid(refusal));
    }
    Ok(text)
}

/// UTF-8 of a bounded length. The length comes first: a megabyte is refused unread.
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
    let user = line(bytes, 1, 128, id_text!("user id"))?;
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
    line(bytes, 1, 128, id_text!("gateway id"))
}

pub(super) fn session(bytes: &[u8]) -> Result<&str, Error> {
    line(bytes, 1, 128, id_text!("session id"))
}

pub(super) fn token(bytes: &[u8]) -> Result<&str, Error> {
    line(bytes, 1, 128, id_text!("token"))
}

pub(super) fn epoch(bytes: &[u8]) -> Result<&str, Error> {
    line(bytes, 1, 128, id_text!("epoch"))
}

pub(super) fn incarnation(bytes: &[u8]) -> Result<&str, Error> {
    line(bytes, 1, 128, id_text!("incarnation"))
}

/// Longer than an id, since a cursor may hold one and more.
pub(super) fn cursor(bytes: &[u8]) -> Result<&str, Error> {
    line(bytes, 1, 1024, "cursor must be 0 or one that was given")
}

pub(super) fn title(bytes: &[u8]) -> Result<&str, Error> {
    line(bytes, 0, 256, "title must be at most 256 bytes of UTF-8 without control characters")
}

pub(super) fn reason(bytes: &[u8]) -> Result<&str, Error> {
    line(bytes, 0, 256, "reason must be at most 256 bytes of UTF-8 without control characters")
}

pub(super) fn kind(bytes: &[u8]) -> Result<&str, Error> {
    line(bytes, 1, 32, "kind must be 1 to 32 bytes of UTF-8 without control characters")
}

pub(super) fn question(bytes: &[u8]) -> Result<&str, Error> {
    line(bytes, 1, 512, "question must be 1 to 512 bytes of UTF-8 without control characters")
}

pub(super) fn poll_option(bytes: &[u8]) -> Result<&str, Error> {
    line(bytes, 1, 128, "poll option must be 1 to 128 bytes of UTF-8 without control characters")
}

pub(super) fn comment(bytes: &[u8]) -> Result<&str, Error> {
    const REFUSAL: &str =
        "comment must be 1 to 2000 bytes of UTF-8 without control characters but newline and tab";
    let text = bounded(bytes, 1, 2000, REFUSAL)?;
    if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t')) {
        return Err(Error::Invalid(REFUSAL));
    }
    Ok(text)
}

/// A decimal as a program writes it: one form a number, so that equal arguments are equal bytes.
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

/// Seconds, as milliseconds.
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

pub(super) fn seats(bytes: &[u8]) -> Result<u32, Error> {
    small(bytes, 0, 100, "seats must be a whole number from 0 to 100")
}

pub(super) fn capacity(bytes: &[u8]) -> Result<u32, Error> {
    small(bytes, 0, 1_000_000, "capacity must be a whole number from 0 to 1000000")
}

/// Seconds between two comments of a user; 0: off.
pub(super) fn slow_mode(bytes: &[u8]) -> Result<u32, Error> {
    small(bytes, 0, 86_400, "slowmode must be 0 to 86400 whole seconds")
}

/// One of a few words, in any case.
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
