//! Comments, pins and reactions.

use super::args::Args;
use super::spec::*;
use super::{values, Actor, Charge, Facts, Rate, ReadCommand, WriteCommand};
use crate::error::Error;
use crate::limits::{
    COMMENTS_PAGE, COMMENTS_PER_RESERVED, COMMENT_BYTES, DEFAULT_COMMENTS_PAGE, KIND_BYTES, PINS,
    REACTIONS_PER_CALL, REACTION_KINDS, USER_COMMENTS, USER_KINDS,
};
use const_format::formatcp;

/// A write of comments and reactions.
#[derive(Clone, Debug)]
pub enum CommentCommand<'a> {
    /// ROOM.COMMENT
    Comment {
        /// The actor.
        actor: Actor<'a>,
        /// The comment.
        text: &'a str,
        /// REPLY: the id of the comment it answers.
        reply: Option<u64>,
        /// TOKEN
        token: Option<&'a str>,
    },
    /// ROOM.DELCOMMENT
    Delete {
        /// The actor.
        actor: Actor<'a>,
        /// The comment's id.
        id: u64,
    },
    /// ROOM.PIN
    Pin {
        /// The actor.
        actor: Actor<'a>,
        /// The comment's id.
        id: u64,
    },
    /// ROOM.UNPIN
    Unpin {
        /// The actor.
        actor: Actor<'a>,
        /// The comment's id.
        id: u64,
    },
    /// ROOM.REACT
    React {
        /// The actor.
        user: &'a str,
        /// The kind of reaction.
        kind: &'a str,
        /// COUNT: how many reactions, from 1.
        count: u32,
    },
}

impl<'a> CommentCommand<'a> {
    pub(super) fn facts(&self) -> Facts<'a> {
        match *self {
            CommentCommand::Comment { actor, .. } => Facts {
                charge: actor.user().map(|user| Charge { user, rate: Rate::Comment }),
                refers_to: [actor.user().unwrap_or(""), ""],
            },
            CommentCommand::React { user, count, .. } => {
                Facts { charge: Some(Charge { user, rate: Rate::React(count) }), refers_to: [user, ""] }
            }
            CommentCommand::Delete { actor, .. }
            | CommentCommand::Pin { actor, .. }
            | CommentCommand::Unpin { actor, .. } => Facts::action(actor),
        }
    }
}

const FAMILY: Spec = Spec { group: "Comments and reactions", fast: true, arity: 4, ..BASE };

pub(super) const COMMANDS: &[Spec] = &[COMMENT, DELETE, PIN, UNPIN, COMMENT_LIST, REACT];

const ID: Arg = integer("id").about("of a comment");

const COMMENT: Spec = Spec {
    name: "ROOM.COMMENT",
    parser: Parser::Write(comment),
    summary: "Writes a comment",
    deny_oom: true,
    arity: -4,
    args: &[
        KEY,
        ACTOR,
        string("text").about(formatcp!("1 to {COMMENT_BYTES} bytes; may hold newline and tab")),
        opt("REPLY", integer("id")).about("the comment it answers"),
        TOKEN,
    ],
    reply: "Integer: the comment's id",
    errors: codes!(
        NOROOM WRONGTYPE NOTLIVE ENDED NOTMEMBER OFF SLOWMODE RATELIMITED NOCOMMENT TOOMANY BROKEN
        INVALID
    ),
    event: "`comment`; notification `room.comment`",
    notes: formatcp!(
        "Members who are present, and `-`. At most {USER_COMMENTS} comments of a user and `room.max-comments` in a room, \
         without deleted ones. One in {COMMENTS_PER_RESERVED} places of the room is reserved for staff and `-`."
    ),
    ..FAMILY
};

fn comment<'a>(args: &mut Args<'_, 'a>) -> Result<WriteCommand<'a>, Error> {
    let actor = values::actor(args.next()?)?;
    let text = values::comment(args.next()?)?;
    let (mut reply, mut token) = (None, None);
    args.options(&["REPLY", "TOKEN"], |name, args| {
        match name {
            "REPLY" => reply = Some(values::comment_id(args.value()?)?),
            _ => token = Some(values::token(args.value()?)?),
        }
        Ok(())
    })?;
    Ok(WriteCommand::Comments(CommentCommand::Comment { actor, text, reply, token }))
}

const DELETE: Spec = Spec {
    name: "ROOM.DELCOMMENT",
    parser: Parser::Write(delete),
    summary: "Deletes a comment: its text is gone from reads and history",
    args: &[KEY, ACTOR, ID],
    reply: "Integer: 1, or 0 when it was already deleted",
    errors: codes!(
        NOROOM WRONGTYPE NOTLIVE ENDED NOTMEMBER FORBIDDEN RATELIMITED NOCOMMENT BROKEN INVALID
    ),
    event: "`comment_deleted`; notification `room.delcomment`",
    notes: "The author; host and `-`; cohosts, but not against the host or another cohost. A pinned \
            comment is unpinned.",
    ..FAMILY
};

fn delete<'a>(args: &mut Args<'_, 'a>) -> Result<WriteCommand<'a>, Error> {
    let actor = values::actor(args.next()?)?;
    Ok(WriteCommand::Comments(CommentCommand::Delete { actor, id: values::comment_id(args.next()?)? }))
}

const PIN: Spec = Spec {
    name: "ROOM.PIN",
    parser: Parser::Write(pin),
    summary: "Pins a comment",
    deny_oom: true,
    args: &[KEY, ACTOR, ID],
    reply: "OK",
    errors: codes!(NOROOM WRONGTYPE NOTLIVE ENDED FORBIDDEN NOCOMMENT TOOMANY BROKEN INVALID),
    event: "`pinned`; notification `room.pin`",
    notes: formatcp!("Host, cohosts and `-`. At most {PINS} in a room."),
    ..FAMILY
};

fn pin<'a>(args: &mut Args<'_, 'a>) -> Result<WriteCommand<'a>, Error> {
    let actor = values::actor(args.next()?)?;
    Ok(WriteCommand::Comments(CommentCommand::Pin { actor, id: values::comment_id(args.next()?)? }))
}

const UNPIN: Spec = Spec {
    name: "ROOM.UNPIN",
    parser: Parser::Write(unpin),
    summary: "Unpins a comment",
    args: &[KEY, ACTOR, ID],
    reply: "Integer: 1, or 0 when it was not pinned",
    errors: codes!(NOROOM WRONGTYPE NOTLIVE ENDED FORBIDDEN NOCOMMENT BROKEN INVALID),
    event: "`unpinned`; notification `room.unpin`",
    notes: "Host, cohosts and `-`.",
    ..FAMILY
};

fn unpin<'a>(args: &mut Args<'_, 'a>) -> Result<WriteCommand<'a>, Error> {
    let actor = values::actor(args.next()?)?;
    Ok(WriteCommand::Comments(CommentCommand::Unpin { actor, id: values::comment_id(args.next()?)? }))
}

const COMMENT_LIST: Spec = Spec {
    name: "ROOM.COMMENTS",
    parser: Parser::Read(comments),
    summary: "Reads comments, newest first",
    complexity: "O(M) with M comments replied",
    fast: false,
    arity: -3,
    tips: &[JSON],
    args: &[
        KEY,
        ACTOR,
        opt("BEFORE", integer("id")).about("only comments older than this one"),
        opt("COUNT", integer("count"))
            .about(formatcp!("1 to {COMMENTS_PAGE}, {DEFAULT_COMMENTS_PAGE} without it")),
    ],
    reply: "JSON `{comments,profiles}`",
    errors: codes!(NOROOM WRONGTYPE NOTINVITED BLOCKED BROKEN INVALID),
    notes: READERS,
    ..FAMILY
};

fn comments<'a>(args: &mut Args<'_, 'a>) -> Result<ReadCommand<'a>, Error> {
    const REFUSAL: &str = formatcp!("count must be a whole number from 1 to {COMMENTS_PAGE}");
    let actor = values::actor(args.next()?)?;
    let (mut before, mut count) = (None, DEFAULT_COMMENTS_PAGE as usize);
    args.options(&["BEFORE", "COUNT"], |name, args| {
        match name {
            "BEFORE" => before = Some(values::comment_id(args.value()?)?),
            _ => count = values::count(args.value()?, COMMENTS_PAGE, REFUSAL)?,
        }
        Ok(())
    })?;
    Ok(ReadCommand::Comments { actor, before, count })
}

const REACT: Spec = Spec {
    name: "ROOM.REACT",
    parser: Parser::Write(react),
    summary: "Adds reactions of one kind",
    deny_oom: true,
    arity: -4,
    args: &[
        KEY,
        ACTOR,
        string("kind").about(formatcp!("1 to {KIND_BYTES} bytes, a kind that the room allows")),
        opt("COUNT", integer("count"))
            .about(formatcp!("1 to {REACTIONS_PER_CALL}, 1 without it: the taps since the last message")),
    ],
    reply: "Integer: total of that kind",
    errors: codes!(
        NOROOM WRONGTYPE NOTLIVE ENDED NOTMEMBER OFF RATELIMITED BADOPTION TOOMANY BROKEN INVALID
    ),
    event: "`reactions`; notification `room.tick`",
    notes: formatcp!(
        "Members who are present. At most {REACTION_KINDS} kinds in a room. Where any kind is allowed, a user may be the \
         first with {USER_KINDS} of them."
    ),
    ..FAMILY
};

fn react<'a>(args: &mut Args<'_, 'a>) -> Result<WriteCommand<'a>, Error> {
    const REFUSAL: &str = formatcp!("count must be a whole number from 1 to {REACTIONS_PER_CALL}");
    let user = values::user(args.next()?)?;
    let kind = values::kind(args.next()?)?;
    let mut count = 1;
    args.options(&["COUNT"], |_, args| {
        count = values::small(args.value()?, 1, REACTIONS_PER_CALL, REFUSAL)?;
        Ok(())
    })?;
    Ok(WriteCommand::Comments(CommentCommand::React { user, kind, count }))
}
