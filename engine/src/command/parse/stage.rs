//! Hands, offers, seats, roles, microphones.

use super::options::Args;
use super::values;
use crate::command::{Actor, Command, Target};
use crate::error::Error;

/// `[user]`: without it the actor, who must then be a user.
fn user_or_oneself<'a>(actor: Actor<'a>, bytes: Option<&'a [u8]>) -> Result<&'a str, Error> {
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
        bytes => Target::User(user_or_oneself(actor, bytes)?),
    };
    Ok((actor, target))
}

pub(super) fn lower_hand<'a>(args: &mut Args<'_, 'a>) -> Result<Command<'a>, Error> {
    let (actor, target) = actor_and_target(args)?;
    Ok(Command::LowerHand { actor, target })
}

pub(super) fn next<'a>(args: &mut Args<'_, 'a>) -> Result<Command<'a>, Error> {
    let actor = values::actor(args.next()?)?;
    let mut token = None;
    args.options(&["TOKEN"], |_, args| {
        token = Some(values::token(args.value()?)?);
        Ok(())
    })?;
    Ok(Command::Next { actor, token })
}

pub(super) fn offer<'a>(args: &mut Args<'_, 'a>) -> Result<Command<'a>, Error> {
    let actor = values::actor(args.next()?)?;
    let user = values::user(args.next()?)?;
    let mut for_ms = None;
    args.options(&["FOR"], |_, args| {
        for_ms = Some(values::seconds(args.value()?, values::HOUR_S, "for must be 1 to 3600 whole seconds")?);
        Ok(())
    })?;
    Ok(Command::Offer { actor, user, for_ms })
}

pub(super) fn step_down<'a>(args: &mut Args<'_, 'a>) -> Result<Command<'a>, Error> {
    let actor = values::actor(args.next()?)?;
    Ok(Command::StepDown { actor, user: user_or_oneself(actor, args.pop())? })
}

pub(super) fn role<'a>(args: &mut Args<'_, 'a>) -> Result<Command<'a>, Error> {
    let actor = values::actor(args.next()?)?;
    let user = values::user(args.next()?)?;
    let role = values::role(args.next()?)?;
    Ok(Command::Role { actor, user, role })
}

pub(super) fn mute<'a>(args: &mut Args<'_, 'a>) -> Result<Command<'a>, Error> {
    let (actor, target) = actor_and_target(args)?;
    Ok(Command::Mute { actor, target })
}

pub(super) fn ask_unmute<'a>(args: &mut Args<'_, 'a>) -> Result<Command<'a>, Error> {
    Ok(Command::AskUnmute { actor: values::actor(args.next()?)?, user: values::user(args.next()?)? })
}
