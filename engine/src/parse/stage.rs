//! Hands, offers, seats, roles, microphones.

use super::options::Args;
use super::values;
use crate::command::{Command, Target};
use crate::error::Error;

/// `[user|*]`
fn target<'a>(args: &mut Args<'_, 'a>) -> Result<Target<'a>, Error> {
    match args.pop() {
        None => Ok(Target::Oneself),
        Some(b"*") => Ok(Target::All),
        Some(bytes) => values::user(bytes).map(Target::User),
    }
}

pub(super) fn lower_hand<'a>(args: &mut Args<'_, 'a>) -> Result<Command<'a>, Error> {
    Ok(Command::LowerHand { actor: values::actor(args.next()?)?, target: target(args)? })
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
    let target = match args.pop() {
        None => Target::Oneself,
        Some(bytes) => Target::User(values::user(bytes)?),
    };
    Ok(Command::StepDown { actor, target })
}

pub(super) fn role<'a>(args: &mut Args<'_, 'a>) -> Result<Command<'a>, Error> {
    let actor = values::actor(args.next()?)?;
    let user = values::user(args.next()?)?;
    let role = values::role(args.next()?)?;
    Ok(Command::Role { actor, user, role })
}

pub(super) fn mute<'a>(args: &mut Args<'_, 'a>) -> Result<Command<'a>, Error> {
    Ok(Command::Mute { actor: values::actor(args.next()?)?, target: target(args)? })
}

pub(super) fn ask_unmute<'a>(args: &mut Args<'_, 'a>) -> Result<Command<'a>, Error> {
    Ok(Command::AskUnmute { actor: values::actor(args.next()?)?, user: values::user(args.next()?)? })
}
