//! Every fixed bound, once: the check, the error text and the documentation use the same constant.
//!
//! A name ends in its unit (`_BYTES`, `_KIB`, `_MS`, `_S`, `_MINUTES`). A name without a unit is a number of things. A
//! bound is the largest value that is allowed, unless its name begins with `MIN` or `DEFAULT`.
//! Bounds of `room.*` settings are in [`crate::settings::SETTINGS`].

// ---- Texts and JSON ----

/// Ids of users, gateways and sessions; tokens; epochs and incarnations.
pub const ID_BYTES: usize = 128;
/// A cursor. Longer than an id, because a cursor may hold an id and more.
pub const CURSOR_BYTES: usize = 1024;
/// The title of a room.
pub const TITLE_BYTES: usize = 256;
/// The reason of a kick or block.
pub const REASON_BYTES: usize = 256;
/// A kind of reaction.
pub const KIND_BYTES: usize = 32;
/// The question of a poll.
pub const QUESTION_BYTES: usize = 512;
/// An option of a poll.
pub const POLL_OPTION_BYTES: usize = 128;
/// A comment.
pub const COMMENT_BYTES: usize = 2000;
/// The most bytes of the name of a client program, as JOIN gives it.
pub const CLIENT_BYTES: usize = 32;
/// A member's profile, as sent and as stored.
pub const PROFILE_BYTES: usize = 512;
/// A room's `meta`, as sent and as stored.
pub const META_BYTES: usize = 2048;
/// Levels of a profile or `meta`. An object is at level 1, its values at level 2.
pub const JSON_DEPTH: usize = 8;
/// The JSON array of the kinds of reaction that a room allows.
pub const EMOJIS_BYTES: usize = 4096;

// ---- Numbers in arguments ----

/// log2 of [`MAX_INTEGER`].
pub const MAX_INTEGER_BITS: u32 = 53;
/// The largest number. Beyond it a double no longer holds every integer, and JSON readers would round.
pub const MAX_INTEGER: u64 = 1 << MAX_INTEGER_BITS;
/// Seats on stage for speakers.
pub const SEATS: u32 = 100;
/// The capacity of a room. 0 means no limit.
pub const CAPACITY: u32 = 1_000_000;
/// Slow mode: seconds between two comments of a user. 0 means off.
pub const SLOW_MODE_S: u32 = 86_400;
/// The kinds of reaction that a room allows.
pub const EMOJIS: usize = 64;
/// How far ahead the start of a room may lie: a year, leap years included.
pub const START_AHEAD_MS: u64 = 366 * 86_400_000;
/// Users of one ROOM.INVITE or ROOM.UNINVITE.
pub const USERS_PER_CALL: usize = 1000;
/// Reactions of one ROOM.REACT.
pub const REACTIONS_PER_CALL: u32 = 100;
/// How long an offer may hold its seat.
pub const OFFER_S: u64 = 3600;
/// How long an offer holds its seat without FOR.
pub const DEFAULT_OFFER_S: u64 = 60;
/// How long a block with FOR may last: a year.
pub const BLOCK_S: u64 = 365 * 86_400;
/// How long a poll with FOR may stay open: a week.
pub const POLL_S: u64 = 7 * 86_400;
/// The smallest number of options of a poll.
pub const MIN_POLL_OPTIONS: u32 = 2;
/// The largest number of options of a poll.
pub const POLL_OPTIONS: u32 = 20;

// ---- Pages ----

/// COUNT of most reads, at most.
pub const PAGE: u32 = 1000;
/// COUNT of most reads without the option.
pub const DEFAULT_PAGE: u32 = 100;
/// COUNT of ROOM.COMMENTS, at most.
pub const COMMENTS_PAGE: u32 = 500;
/// COUNT of ROOM.COMMENTS without the option.
pub const DEFAULT_COMMENTS_PAGE: u32 = 50;
/// COUNT of ROOM.EXPORT, at most.
pub const EXPORT_PAGE: u32 = 10_000;
/// COUNT of ROOM.EXPORT without the option.
pub const DEFAULT_EXPORT_PAGE: u32 = 1000;
/// A page of ROOM.EXPORT ends after this many KiB, even if COUNT allows more lines.
pub const EXPORT_PAGE_KIB: usize = 64;

// ---- Content of a room ----

/// Users invited to a room.
pub const INVITED: usize = 100_000;
/// Sessions of a member.
pub const SESSIONS: usize = 16;
/// Cohosts of a room.
pub const COHOSTS: usize = 50;
/// Blocks in force at once.
pub const BLOCKS: usize = 100_000;
/// Comments of a user in a room that are not deleted.
pub const USER_COMMENTS: u32 = 2000;
/// Hands, and offers, that the record of a room keeps of each user.
pub const USER_REQUESTS: u32 = 100;
/// Visits, and times on stage, that the record of a room keeps of each user.
pub const USER_SPANS: u32 = 1000;
/// Deleted comments that a room keeps. The oldest are dropped.
pub const DELETED_COMMENTS: usize = 10_000;
/// Comments under shadow blocks that a room keeps. The oldest are dropped.
pub const SHADOW_COMMENTS: usize = 2000;
/// Of this many places for comments, one is reserved for staff and the service.
pub const COMMENTS_PER_RESERVED: u64 = 100;
/// Own comments that `you` shows.
pub const YOUR_COMMENTS: usize = 20;
/// Tokens that a room keeps. The oldest are dropped.
pub const TOKENS: usize = 10_000;
/// Tokens of shadow-blocked users that a room keeps. The oldest are dropped.
pub const SHADOW_TOKENS: usize = 2000;
/// Pinned comments of a room.
pub const PINS: usize = 5;
/// Kinds of reaction that a room counts.
pub const REACTION_KINDS: usize = 64;
/// Kinds that a user may be the first to use, where any kind is allowed.
pub const USER_KINDS: u8 = 8;
/// Polls open at once.
pub const OPEN_POLLS: usize = 5;
/// Polls of a room.
pub const POLLS: usize = 100;
/// Speakers that the summary names.
pub const NAMED_SPEAKERS: usize = 100;

// ---- Time and work ----

/// How long a token makes a retry safe.
pub const TOKEN_MINUTES: u64 = 10;
/// How long `you` shows an own comment.
pub const YOUR_COMMENTS_MINUTES: u64 = 10;
/// Members, sessions or invitations in one slice of bulk work. A slice takes well under a millisecond.
pub const SLICE: u32 = 512;
