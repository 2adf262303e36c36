//! Moderation: kicks and blocks.

use super::args::Args;
use super::spec::*;
use super::{values, Actor, Facts, ReadCommand, WriteCommand};
use crate::error::Error;
use crate::limits::{BLOCK_S, REASON_BYTES};
use const_format::formatcp;

/// A write of moderation.
#[derive(Clone, Debug)]
pub enum ModerationCommand<'a> {
    /// ROOM.KICK
    Kick {
        /// The actor.
        actor: Actor<'a>,
        /// The user to kick.
        user: &'a str,
        /// REASON. Empty: none.
        reason: &'a str,
    },
    /// ROOM.BLOCK
    Block {
        /// The actor.
        actor: Actor<'a>,
        /// The user to block.
        user: &'a str,
        /// FOR, milliseconds. None: for good.
        for_ms: Option<u64>,
        /// SHADOW. Excludes `clear`.
        shadow: bool,
        /// CLEAR
        clear: bool,
        /// REASON. Empty: none.
        reason: &'a str,
    },
    /// ROOM.UNBLOCK
    Unblock {
        /// The actor.
        actor: Actor<'a>,
        /// The user whose block is lifted.
        user: &'a str,
    },
}

impl<'a> ModerationCommand<'a> {
    pub(super) fn facts(&self) -> Facts<'a> {
        match *self {
            ModerationCommand::Kick { actor, user, .. } | ModerationCommand::Block { actor, user, .. } => {
                Facts::action_on(actor, user)
            }
            ModerationCommand::Unblock { actor, .. } => Facts::action(actor),
        }
    }
}

const FAMILY: Spec = Spec { group: "Moderation", ..BASE };

pub(super) const COMMANDS: &[Spec] = &[KICK, BLOCK, UNBLOCK, BLOCKED];

const REASON: Arg = opt("REASON", string("text"))
    .about(formatcp!("at most {REASON_BYTES} bytes; for the user, the staff and the export"));

const KICK: Spec = Spec {
    name: "ROOM.KICK",
    parser: Parser::Write(kick),
    summary: "Ends a user's sessions; the user may join again",
    complexity: "O(log N) with N members",
    fast: true,
    arity: -4,
    args: &[KEY, ACTOR, USER, REASON],
    reply: "Integer: sessions ended",
    errors: codes!(NOROOM WRONGTYPE ENDED FORBIDDEN BROKEN INVALID),
    event: "`removed`, `audience`, off stage `stage`; `removed_notice` to the user and the staff; \
            notification `room.kick`",
    notes: "Host and `-`; cohosts, but not against the host or another cohost; scheduled or live. A kick of an \
            absent member publishes `removed`, once after each JOIN. On a user who never came it does nothing.",
    ..FAMILY
};

fn kick<'a>(args: &mut Args<'_, 'a>) -> Result<WriteCommand<'a>, Error> {
    let actor = values::actor(args.next()?)?;
    let user = values::user(args.next()?)?;
    let mut reason = "";
    args.options(&["REASON"], |_, args| {
        reason = values::reason(args.value()?)?;
        Ok(())
    })?;
    Ok(WriteCommand::Moderation(ModerationCommand::Kick { actor, user, reason }))
}

const BLOCK: Spec = Spec {
    name: "ROOM.BLOCK",
    parser: Parser::Write(block),
    summary: "Keeps a user out, or hides what the user writes from all others",
    complexity: "O(log N) with N members; CLEAR: O(C) with C comments of the user",
    deny_oom: true,
    arity: -4,
    args: &[
        KEY,
        ACTOR,
        USER,
        opt("FOR", integer("seconds")).about(formatcp!("1 to {BLOCK_S}; without it for good")),
        flag("shadow", "SHADOW")
            .about("does nothing else and nothing shows: only the user still sees what the user writes"),
        flag("clear", "CLEAR").about("deletes the user's comments"),
        REASON,
    ],
    reply: "OK",
    errors: codes!(NOROOM WRONGTYPE ENDED FORBIDDEN TOOMANY BROKEN INVALID),
    event: "`removed`, `audience`, off stage `stage`; CLEAR: `comments_cleared`; `removed_notice` to \
            the user and the staff; notification `room.block`. SHADOW: nothing at all",
    notes: "Host and `-`; cohosts, but not against the host or another cohost; scheduled or live. Ends \
            sessions, hand, offer, seat and role. Works on users who are absent or never came.",
    ..FAMILY
};

fn block<'a>(args: &mut Args<'_, 'a>) -> Result<WriteCommand<'a>, Error> {
    const FOR: &str = formatcp!("for must be 1 to {BLOCK_S} whole seconds");
    let actor = values::actor(args.next()?)?;
    let user = values::user(args.next()?)?;
    let (mut for_ms, mut shadow, mut clear, mut reason) = (None, false, false, "");
    args.options(&["FOR", "SHADOW", "CLEAR", "REASON"], |name, args| {
        match name {
            "FOR" => for_ms = Some(values::seconds(args.value()?, BLOCK_S, FOR)?),
            "SHADOW" => shadow = true,
            "CLEAR" => clear = true,
            _ => reason = values::reason(args.value()?)?,
        }
        Ok(())
    })?;
    // The user must not notice a shadow block. Comments that vanish would show it.
    if shadow && clear {
        return Err(Error::Invalid("SHADOW and CLEAR exclude each other"));
    }
    Ok(WriteCommand::Moderation(ModerationCommand::Block { actor, user, for_ms, shadow, clear, reason }))
}

const UNBLOCK: Spec = Spec {
    name: "ROOM.UNBLOCK",
    parser: Parser::Write(unblock),
    summary: "Lifts a block",
    complexity: "O(log N) with N members",
    fast: true,
    arity: 4,
    args: &[KEY, ACTOR, USER],
    reply: "Integer: 1, or 0 when the user was not blocked",
    errors: codes!(NOROOM WRONGTYPE ENDED FORBIDDEN BROKEN INVALID),
    event: "notification `room.unblock`",
    notes: "Host, cohosts and `-`, scheduled or live.",
    ..FAMILY
};

fn unblock<'a>(args: &mut Args<'_, 'a>) -> Result<WriteCommand<'a>, Error> {
    let actor = values::actor(args.next()?)?;
    Ok(WriteCommand::Moderation(ModerationCommand::Unblock { actor, user: values::user(args.next()?)? }))
}

const BLOCKED: Spec = Spec {
    name: "ROOM.BLOCKED",
    parser: Parser::Read(blocked),
    summary: "Lists who is blocked",
    complexity: "O(M) with M users in the page",
    arity: -3,
    tips: &[JSON, NONDETERMINISTIC],
    args: &[KEY, ACTOR, CURSOR, COUNT],
    reply: "JSON `{cursor,blocked:[{user,until_ms,shadow,by,reason}]}`",
    errors: codes!(NOROOM WRONGTYPE FORBIDDEN BROKEN INVALID),
    notes: "Host, cohosts and `-`, in any state.",
    ..FAMILY
};

fn blocked<'a>(args: &mut Args<'_, 'a>) -> Result<ReadCommand<'a>, Error> {
    Ok(ReadCommand::Blocked { actor: values::actor(args.next()?)?, page: args.page()? })
}
