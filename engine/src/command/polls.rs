//! Polls and votes.

use super::args::Args;
use super::spec::*;
use super::{values, Actor, Facts, ReadCommand, WriteCommand};
use crate::error::Error;
use crate::limits::{
    MAX_INTEGER, MIN_POLL_OPTIONS, OPEN_POLLS, POLLS, POLL_OPTIONS, POLL_OPTION_BYTES, POLL_S, QUESTION_BYTES,
};
use const_format::formatcp;

/// A write of polls.
#[derive(Clone, Debug)]
pub enum PollCommand<'a> {
    /// ROOM.POLLOPEN
    Open {
        /// The actor.
        actor: Actor<'a>,
        /// The poll.
        poll: PollOpen<'a>,
    },
    /// ROOM.POLLVOTE
    Vote {
        /// The actor.
        user: &'a str,
        /// The poll's id.
        poll: u64,
        /// A bit set: bit 0 is option 0. Bit 63 stands for every option that no poll can have.
        options: u64,
    },
    /// ROOM.POLLCLOSE
    Close {
        /// The actor.
        actor: Actor<'a>,
        /// The poll's id.
        poll: u64,
    },
}

/// The poll of ROOM.POLLOPEN.
#[derive(Clone, Debug, Default)]
pub struct PollOpen<'a> {
    /// The question.
    pub question: &'a str,
    /// The options, all distinct.
    pub options: Vec<&'a str>,
    /// MULTI: how many options a vote may name. 1 without it.
    pub multi: u8,
    /// SECRET. Implies `is_final` and `hidden`.
    pub secret: bool,
    /// FINAL
    pub is_final: bool,
    /// HIDDEN
    pub hidden: bool,
    /// FOR, milliseconds. None: the poll stays open until it is closed.
    pub for_ms: Option<u64>,
    /// TOKEN
    pub token: Option<&'a str>,
}

impl<'a> PollCommand<'a> {
    pub(super) fn facts(&self) -> Facts<'a> {
        match *self {
            PollCommand::Open { actor, .. } | PollCommand::Close { actor, .. } => Facts::action(actor),
            PollCommand::Vote { user, .. } => Facts::own_action(Actor::User(user)),
        }
    }
}

const FAMILY: Spec = Spec { group: "Polls", arity: 4, ..BASE };

pub(super) const COMMANDS: &[Spec] = &[OPEN, VOTE, CLOSE, POLL_LIST];

const POLL: Arg = integer("poll").about("the poll's id");

const OPEN: Spec = Spec {
    name: "ROOM.POLLOPEN",
    parser: Parser::Write(open),
    summary: "Opens a poll",
    fast: true,
    deny_oom: true,
    arity: -7,
    args: &[
        KEY,
        ACTOR,
        string("question").about(formatcp!("1 to {QUESTION_BYTES} bytes")),
        integer("numoptions").about(formatcp!("{MIN_POLL_OPTIONS} to {POLL_OPTIONS}")),
        multiple(string("option")).about(formatcp!("1 to {POLL_OPTION_BYTES} bytes, all distinct")),
        opt("MULTI", integer("n")).about("how many options a vote may name, 1 without it"),
        flag("secret", "SECRET").about("who chose what is kept nowhere; implies FINAL and HIDDEN"),
        flag("final", "FINAL").about("a vote cannot be changed"),
        flag("hidden", "HIDDEN").about("tallies show only after the poll is closed"),
        opt("FOR", integer("seconds")).about(formatcp!("the poll closes by itself, after 1 to {POLL_S}")),
        TOKEN,
    ],
    reply: "Integer: the poll's id",
    errors: codes!(NOROOM WRONGTYPE NOTLIVE ENDED FORBIDDEN TOOMANY BROKEN INVALID),
    event: "`poll`; notification `room.pollopen`",
    notes: formatcp!(
        "Host, cohosts and `-`. At most {OPEN_POLLS} open at once and {POLLS} in a room. The votes of a SECRET poll still \
         pass through the AOF until it is rewritten, the replication stream and command logs."
    ),
    ..FAMILY
};

fn open<'a>(args: &mut Args<'_, 'a>) -> Result<WriteCommand<'a>, Error> {
    const NUMBER: &str =
        formatcp!("numoptions must be a whole number from {MIN_POLL_OPTIONS} to {POLL_OPTIONS}");
    const MULTI: &str = "multi must be a whole number from 1 to numoptions";
    const FOR: &str = formatcp!("for must be 1 to {POLL_S} whole seconds");
    let actor = values::actor(args.next()?)?;
    let question = values::question(args.next()?)?;
    let number = values::small(args.next()?, MIN_POLL_OPTIONS, POLL_OPTIONS, NUMBER)?;
    let mut poll = PollOpen { question, multi: 1, ..PollOpen::default() };
    for _ in 0..number {
        let option = values::poll_option(args.next()?)?;
        if poll.options.contains(&option) {
            return Err(Error::Invalid("poll options must be distinct"));
        }
        poll.options.push(option);
    }
    args.options(&["MULTI", "SECRET", "FINAL", "HIDDEN", "FOR", "TOKEN"], |name, args| {
        match name {
            "MULTI" => {
                let multi = values::small(args.value()?, 1, number, MULTI)?;
                poll.multi = u8::try_from(multi).map_err(|_| Error::Invalid(MULTI))?;
            }
            "SECRET" => (poll.secret, poll.is_final, poll.hidden) = (true, true, true),
            "FINAL" => poll.is_final = true,
            "HIDDEN" => poll.hidden = true,
            "FOR" => poll.for_ms = Some(values::seconds(args.value()?, POLL_S, FOR)?),
            _ => poll.token = Some(values::token(args.value()?)?),
        }
        Ok(())
    })?;
    Ok(WriteCommand::Polls(PollCommand::Open { actor, poll }))
}

const VOTE: Spec = Spec {
    name: "ROOM.POLLVOTE",
    parser: Parser::Write(vote),
    summary: "Votes in a poll",
    complexity: "O(log N) with N voters",
    fast: true,
    deny_oom: true,
    arity: -5,
    args: &[KEY, ACTOR, POLL, multiple(integer("option")).about("from 0")],
    reply: "Integer: voters so far",
    errors: codes!(
        NOROOM WRONGTYPE NOTLIVE ENDED NOTMEMBER RATELIMITED NOPOLL POLLCLOSED BADOPTION ALREADYVOTED
        BROKEN INVALID
    ),
    event: "`poll`; notification `room.tick`",
    notes: "Members who are present. A user has one vote, with any number of sessions. Voting again replaces it, unless \
            the poll is FINAL. A vote stands after the user leaves.",
    ..FAMILY
};

fn vote<'a>(args: &mut Args<'_, 'a>) -> Result<WriteCommand<'a>, Error> {
    const OPTION: &str = "poll option must be a whole number from 0";
    let user = values::user(args.next()?)?;
    let poll = values::poll_id(args.next()?)?;
    let mut options = 0u64;
    let mut next = Some(args.next()?);
    while let Some(bytes) = next {
        match values::integer(bytes, 0, MAX_INTEGER, OPTION)? {
            place @ 0..=62 if options & (1 << place) != 0 => {
                return Err(Error::Invalid("a poll option is given twice"));
            }
            place @ 0..=62 => options |= 1 << place,
            // No poll has so many options. `decide` refuses it, because key and state are checked before.
            _ => options |= 1 << 63,
        }
        next = args.pop();
    }
    Ok(WriteCommand::Polls(PollCommand::Vote { user, poll, options }))
}

const CLOSE: Spec = Spec {
    name: "ROOM.POLLCLOSE",
    parser: Parser::Write(close),
    summary: "Closes a poll",
    fast: true,
    tips: &[JSON],
    args: &[KEY, ACTOR, POLL],
    reply: "JSON poll",
    errors: codes!(NOROOM WRONGTYPE NOTLIVE ENDED FORBIDDEN NOPOLL BROKEN INVALID),
    event: "`poll`; notification `room.pollclose`",
    notes: "Host, cohosts and `-`. Closing a closed poll replies the same.",
    ..FAMILY
};

fn close<'a>(args: &mut Args<'_, 'a>) -> Result<WriteCommand<'a>, Error> {
    let actor = values::actor(args.next()?)?;
    Ok(WriteCommand::Polls(PollCommand::Close { actor, poll: values::poll_id(args.next()?)? }))
}

const POLL_LIST: Spec = Spec {
    name: "ROOM.POLLS",
    parser: Parser::Read(polls),
    summary: "Reads all polls of a room",
    complexity: "O(P) with P polls",
    arity: 3,
    tips: &[JSON, NONDETERMINISTIC],
    args: &[KEY, ACTOR],
    reply: "JSON array of polls",
    errors: codes!(NOROOM WRONGTYPE NOTINVITED BLOCKED BROKEN INVALID),
    notes: READERS,
    ..FAMILY
};

fn polls<'a>(args: &mut Args<'_, 'a>) -> Result<ReadCommand<'a>, Error> {
    Ok(ReadCommand::Polls { actor: values::actor(args.next()?)? })
}
