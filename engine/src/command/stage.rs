//! The stage: hands, offers, seats, roles and microphones.

use super::args::Args;
use super::spec::*;
use super::{values, Actor, Facts, WriteCommand};
use crate::error::Error;
use crate::limits::{COHOSTS, DEFAULT_OFFER_S, OFFER_S};
use crate::terms::Role;
use const_format::formatcp;

/// A write about the stage.
#[derive(Clone, Debug)]
pub enum StageCommand<'a> {
    /// ROOM.RAISEHAND
    RaiseHand {
        /// The actor.
        user: &'a str,
    },
    /// ROOM.LOWERHAND
    LowerHand {
        /// The actor.
        actor: Actor<'a>,
        /// Whose hand is lowered.
        target: Target<'a>,
    },
    /// ROOM.NEXT
    Next {
        /// The actor.
        actor: Actor<'a>,
        /// TOKEN
        token: Option<&'a str>,
    },
    /// ROOM.OFFER
    Offer {
        /// The actor.
        actor: Actor<'a>,
        /// The user to come on stage.
        user: &'a str,
        /// FOR, milliseconds. None: `DEFAULT_OFFER_S`.
        for_ms: Option<u64>,
    },
    /// ROOM.ACCEPT
    Accept {
        /// The actor.
        user: &'a str,
    },
    /// ROOM.DECLINE
    Decline {
        /// The actor.
        user: &'a str,
    },
    /// ROOM.STEPDOWN
    StepDown {
        /// The actor.
        actor: Actor<'a>,
        /// The user to become a listener.
        user: &'a str,
    },
    /// ROOM.ROLE
    Role {
        /// The actor.
        actor: Actor<'a>,
        /// The user who gets the role.
        user: &'a str,
        /// The role.
        role: Role,
    },
    /// ROOM.MUTE
    Mute {
        /// The actor.
        actor: Actor<'a>,
        /// Whose microphone is closed.
        target: Target<'a>,
        /// HOLD
        hold: bool,
    },
    /// ROOM.UNMUTE
    Unmute {
        /// The actor.
        user: &'a str,
    },
    /// ROOM.ASKUNMUTE
    AskUnmute {
        /// The actor.
        actor: Actor<'a>,
        /// The user who is asked.
        user: &'a str,
    },
}

/// The target of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target<'a> {
    /// One user: the actor when none is named.
    User(&'a str),
    /// `*`: all users to whom the command can apply.
    All,
}

impl<'a> StageCommand<'a> {
    pub(super) fn facts(&self) -> Facts<'a> {
        match *self {
            StageCommand::RaiseHand { user }
            | StageCommand::Accept { user }
            | StageCommand::Decline { user }
            | StageCommand::Unmute { user } => Facts::own_action(Actor::User(user)),
            StageCommand::Next { actor, .. } => Facts::action(actor),
            StageCommand::Offer { actor, user, .. }
            | StageCommand::StepDown { actor, user }
            | StageCommand::Role { actor, user, .. }
            | StageCommand::AskUnmute { actor, user } => Facts::action_on(actor, user),
            StageCommand::LowerHand { actor, target } | StageCommand::Mute { actor, target, .. } => {
                match target {
                    Target::User(user) => Facts::action_on(actor, user),
                    Target::All => Facts::own_action(actor),
                }
            }
        }
    }
}

const FAMILY: Spec = Spec { group: "Stage", fast: true, deny_oom: true, arity: 3, ..BASE };

pub(super) const COMMANDS: &[Spec] =
    &[RAISE_HAND, LOWER_HAND, NEXT, OFFER, ACCEPT, DECLINE, STEP_DOWN, ROLE, MUTE, UNMUTE, ASK_UNMUTE];

const TARGET: &[Arg] = &[USER, word("all", "*")];

/// `[user]`: without it the actor, who must then be a user.
fn user_or_actor<'a>(actor: Actor<'a>, bytes: Option<&'a [u8]>) -> Result<&'a str, Error> {
    match bytes {
        Some(bytes) => values::user(bytes),
        None => actor.user().ok_or(Error::Invalid("the service must name a user")),
    }
}

/// `actor [user|*]`
fn actor_and_target<'a>(args: &mut Args<'_, 'a>) -> Result<(Actor<'a>, Target<'a>), Error> {
    let actor = values::actor(args.next()?)?;
    let target = match args.pop() {
        Some(b"*") => Target::All,
        bytes => Target::User(user_or_actor(actor, bytes)?),
    };
    Ok((actor, target))
}

const RAISE_HAND: Spec = Spec {
    name: "ROOM.RAISEHAND",
    parser: Parser::Write(raise_hand),
    summary: "Asks to come on stage",
    complexity: "O(N / 256) with N raised hands",
    args: &[KEY, ACTOR],
    reply: "Integer: place in the queue, from 1",
    errors: codes!(
        NOROOM WRONGTYPE ENDED NOTMEMBER NOTINVITED BLOCKED ONSTAGE OFF RATELIMITED BROKEN INVALID
    ),
    event: "`hands`; notification `room.tick`",
    notes: "Listeners who are present. While the room is scheduled: users who could join once it is live. Raising again \
            keeps the place.",
    ..FAMILY
};

fn raise_hand<'a>(args: &mut Args<'_, 'a>) -> Result<WriteCommand<'a>, Error> {
    Ok(WriteCommand::Stage(StageCommand::RaiseHand { user: values::user(args.next()?)? }))
}

const LOWER_HAND: Spec = Spec {
    name: "ROOM.LOWERHAND",
    parser: Parser::Write(lower_hand),
    summary: "Lowers the actor's hand, a user's hand, or all hands",
    complexity: "O(1); `*` records the hands in slices, one per tick",
    fast: false,
    deny_oom: false,
    arity: -3,
    args: &[KEY, ACTOR, optional(one_of("target", TARGET)).about("without it the actor")],
    reply: "Integer: hands lowered",
    errors: codes!(NOROOM WRONGTYPE ENDED FORBIDDEN RATELIMITED BROKEN INVALID),
    event: "`hands`, with `cleared` for `*`; `hand_lowered` to a user whose hand another user lowered; notification \
            `room.tick`",
    notes: "The own hand: every user. Other hands: host, cohosts and `-`.",
    ..FAMILY
};

fn lower_hand<'a>(args: &mut Args<'_, 'a>) -> Result<WriteCommand<'a>, Error> {
    let (actor, target) = actor_and_target(args)?;
    Ok(WriteCommand::Stage(StageCommand::LowerHand { actor, target }))
}

const NEXT: Spec = Spec {
    name: "ROOM.NEXT",
    parser: Parser::Write(next),
    summary: "Seats the first present user with a raised hand",
    complexity: "O(G + N / 256) with G gateways and N raised hands",
    arity: -3,
    args: &[KEY, ACTOR, TOKEN],
    reply: "Bulk string: the user seated, or null when no present user has a hand up",
    errors: codes!(NOROOM WRONGTYPE NOTLIVE ENDED FORBIDDEN NOSEAT BROKEN INVALID),
    event: "`stage`, `hands`, `audience`; notification `room.next`",
    notes: "Host, cohosts and `-`. Absent users keep their place. The user comes on stage muted.",
    ..FAMILY
};

fn next<'a>(args: &mut Args<'_, 'a>) -> Result<WriteCommand<'a>, Error> {
    let actor = values::actor(args.next()?)?;
    let mut token = None;
    args.options(&["TOKEN"], |_, args| {
        token = Some(values::token(args.value()?)?);
        Ok(())
    })?;
    Ok(WriteCommand::Stage(StageCommand::Next { actor, token }))
}

const OFFER: Spec = Spec {
    name: "ROOM.OFFER",
    parser: Parser::Write(offer),
    summary: "Takes a user with a raised hand on stage, or offers a seat to a user without one",
    complexity: "O(1)",
    arity: -4,
    args: &[
        KEY,
        ACTOR,
        USER,
        opt("FOR", integer("seconds"))
            .about(formatcp!("how long the offer stands, 1 to {OFFER_S}, {DEFAULT_OFFER_S} without it")),
    ],
    reply: "`promoted` or `offered`",
    errors: codes!(NOROOM WRONGTYPE NOTLIVE ENDED NOTMEMBER FORBIDDEN ONSTAGE NOSEAT BROKEN INVALID),
    event: "promoted: `stage`, `hands`, `audience`; offered: `offer` to the user and the actor; notification \
            `room.offer`",
    notes: "Host, cohosts and `-`, towards a present listener. A raised hand is consent. An offer holds a seat until it \
            is accepted, declined or expired.",
    ..FAMILY
};

fn offer<'a>(args: &mut Args<'_, 'a>) -> Result<WriteCommand<'a>, Error> {
    const FOR: &str = formatcp!("for must be 1 to {OFFER_S} whole seconds");
    let actor = values::actor(args.next()?)?;
    let user = values::user(args.next()?)?;
    let mut for_ms = None;
    args.options(&["FOR"], |_, args| {
        for_ms = Some(values::seconds(args.value()?, OFFER_S, FOR)?);
        Ok(())
    })?;
    Ok(WriteCommand::Stage(StageCommand::Offer { actor, user, for_ms }))
}

const ACCEPT: Spec = Spec {
    name: "ROOM.ACCEPT",
    parser: Parser::Write(accept),
    summary: "Accepts an offered seat",
    args: &[KEY, ACTOR],
    reply: "OK",
    errors: codes!(NOROOM WRONGTYPE NOTLIVE ENDED NOTMEMBER NOSEAT NOOFFER RATELIMITED BROKEN INVALID),
    event:
        "`stage`, `audience`; `offer` to the user and to the actor of the offer; notification `room.accept`",
    notes: "The user with the offer, who comes on stage muted.",
    ..FAMILY
};

fn accept<'a>(args: &mut Args<'_, 'a>) -> Result<WriteCommand<'a>, Error> {
    Ok(WriteCommand::Stage(StageCommand::Accept { user: values::user(args.next()?)? }))
}

const DECLINE: Spec = Spec {
    name: "ROOM.DECLINE",
    parser: Parser::Write(decline),
    summary: "Declines an offered seat",
    deny_oom: false,
    args: &[KEY, ACTOR],
    reply: "OK",
    errors: codes!(NOROOM WRONGTYPE NOTLIVE ENDED NOTMEMBER NOOFFER RATELIMITED BROKEN INVALID),
    event: "`offer` to the user and to the actor of the offer; notification `room.decline`",
    notes: "The user with the offer.",
    ..FAMILY
};

fn decline<'a>(args: &mut Args<'_, 'a>) -> Result<WriteCommand<'a>, Error> {
    Ok(WriteCommand::Stage(StageCommand::Decline { user: values::user(args.next()?)? }))
}

const STEP_DOWN: Spec = Spec {
    name: "ROOM.STEPDOWN",
    parser: Parser::Write(step_down),
    summary: "Makes the actor or a user a listener",
    deny_oom: false,
    arity: -3,
    args: &[KEY, ACTOR, optional(USER).about("without it the actor")],
    reply: "OK",
    errors: codes!(NOROOM WRONGTYPE NOTLIVE ENDED NOTMEMBER FORBIDDEN RATELIMITED BROKEN INVALID),
    event: "`stage`, `audience`; notification `room.stepdown`",
    notes: "The actor: speakers and cohosts; the host hands the room over first. A user: host and `-`; cohosts, but not \
            against the host or another cohost.",
    ..FAMILY
};

fn step_down<'a>(args: &mut Args<'_, 'a>) -> Result<WriteCommand<'a>, Error> {
    let actor = values::actor(args.next()?)?;
    Ok(WriteCommand::Stage(StageCommand::StepDown { actor, user: user_or_actor(actor, args.pop())? }))
}

const ROLE: Spec = Spec {
    name: "ROOM.ROLE",
    parser: Parser::Write(role),
    summary: "Gives a user a role",
    arity: 5,
    args: &[KEY, ACTOR, USER, one_of("role", ROLES)],
    reply: "OK",
    errors: codes!(
        NOROOM WRONGTYPE ENDED NOTMEMBER BLOCKED FORBIDDEN NOSEAT TOOMANY BROKEN INVALID
    ),
    event: "`stage`; `audience` when the user is present; notification `room.role`",
    notes: formatcp!(
        "The host and `-`, scheduled or live. `host` hands the room over. `host` and `cohost` can be given to users who \
         never came; `speaker` needs presence and a seat. At most {COHOSTS} cohosts."
    ),
    ..FAMILY
};

fn role<'a>(args: &mut Args<'_, 'a>) -> Result<WriteCommand<'a>, Error> {
    let actor = values::actor(args.next()?)?;
    let user = values::user(args.next()?)?;
    let role = values::role(args.next()?)?;
    Ok(WriteCommand::Stage(StageCommand::Role { actor, user, role }))
}

const MUTE: Spec = Spec {
    name: "ROOM.MUTE",
    parser: Parser::Write(mute),
    summary: "Mutes the actor, a user, or all on stage except the staff",
    complexity: "O(1); `*`: O(S) with S on stage",
    fast: false,
    deny_oom: false,
    arity: -3,
    args: &[
        KEY,
        ACTOR,
        optional(one_of("target", TARGET)).about("without it the actor"),
        flag("hold", "HOLD").about("the users cannot unmute until they are asked to; the target is then required"),
    ],
    reply: "Integer: newly muted or held",
    errors: codes!(NOROOM WRONGTYPE NOTLIVE ENDED NOTMEMBER FORBIDDEN RATELIMITED BROKEN INVALID),
    event: "`stage`; notification `room.mute`",
    notes: "The actor: users on stage. A user: host and `-`; cohosts, but not against the host or another cohost. `*`: \
            host, cohosts and `-`. HOLD is only for users on stage, and no actor can hold itself. A hold survives grace, \
            a later mute and the absence of host and cohosts. It ends with ASKUNMUTE, with a change of role and with the \
            loss of the role speaker.",
    ..FAMILY
};

fn mute<'a>(args: &mut Args<'_, 'a>) -> Result<WriteCommand<'a>, Error> {
    let (actor, target) = actor_and_target(args)?;
    let mut hold = false;
    args.options(&["HOLD"], |_, _| {
        hold = true;
        Ok(())
    })?;
    Ok(WriteCommand::Stage(StageCommand::Mute { actor, target, hold }))
}

const UNMUTE: Spec = Spec {
    name: "ROOM.UNMUTE",
    parser: Parser::Write(unmute),
    summary: "Opens the actor's microphone",
    args: &[KEY, ACTOR],
    reply: "Integer: 1, or 0 when it was open",
    errors: codes!(NOROOM WRONGTYPE NOTLIVE ENDED NOTMEMBER FORBIDDEN RATELIMITED HELD BROKEN INVALID),
    event: "`stage`; notification `room.unmute`",
    notes: "Users on stage. Nobody can open another user's microphone.",
    ..FAMILY
};

fn unmute<'a>(args: &mut Args<'_, 'a>) -> Result<WriteCommand<'a>, Error> {
    Ok(WriteCommand::Stage(StageCommand::Unmute { user: values::user(args.next()?)? }))
}

const ASK_UNMUTE: Spec = Spec {
    name: "ROOM.ASKUNMUTE",
    parser: Parser::Write(ask_unmute),
    summary: "Asks a user on stage to unmute",
    arity: 4,
    args: &[KEY, ACTOR, USER],
    reply: "OK",
    errors: codes!(NOROOM WRONGTYPE NOTLIVE ENDED NOTMEMBER FORBIDDEN BROKEN INVALID),
    event: "`unmute_request` to the user; `stage` when it lifts a hold; notification `room.askunmute`",
    notes: "Host and `-`; cohosts, but not against the host or another cohost. Lifts a hold.",
    ..FAMILY
};

fn ask_unmute<'a>(args: &mut Args<'_, 'a>) -> Result<WriteCommand<'a>, Error> {
    let actor = values::actor(args.next()?)?;
    Ok(WriteCommand::Stage(StageCommand::AskUnmute { actor, user: values::user(args.next()?)? }))
}
