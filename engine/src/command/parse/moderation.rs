//! Kicks and blocks.

use super::options::Args;
use super::values;
use crate::command::Command;
use crate::error::Error;

pub(super) fn kick<'a>(args: &mut Args<'_, 'a>) -> Result<Command<'a>, Error> {
    let actor = values::actor(args.next()?)?;
    let user = values::user(args.next()?)?;
    let mut reason = "";
    args.options(&["REASON"], |_, args| {
        reason = values::reason(args.value()?)?;
        Ok(())
    })?;
    Ok(Command::Kick { actor, user, reason })
}

pub(super) fn block<'a>(args: &mut Args<'_, 'a>) -> Result<Command<'a>, Error> {
    const FOR: &str = "for must be 1 to 31536000 whole seconds";
    let actor = values::actor(args.next()?)?;
    let user = values::user(args.next()?)?;
    let (mut for_ms, mut shadow, mut clear, mut reason) = (None, false, false, "");
    args.options(&["FOR", "SHADOW", "CLEAR", "REASON"], |name, args| {
        match name {
            "FOR" => for_ms = Some(values::seconds(args.value()?, values::YEAR_S, FOR)?),
            "SHADOW" => shadow = true,
            "CLEAR" => clear = true,
            _ => reason = values::reason(args.value()?)?,
        }
        Ok(())
    })?;
    // A shadow block is not to be noticed; comments that vanish are.
    if shadow && clear {
        return Err(Error::Invalid("SHADOW and CLEAR exclude each other"));
    }
    Ok(Command::Block { actor, user, for_ms, shadow, clear, reason })
}

pub(super) fn unblock<'a>(args: &mut Args<'_, 'a>) -> Result<Command<'a>, Error> {
    Ok(Command::Unblock { actor: values::actor(args.next()?)?, user: values::user(args.next()?)? })
}

pub(super) fn blocked<'a>(args: &mut Args<'_, 'a>) -> Result<Command<'a>, Error> {
    Ok(Command::Blocked { actor: values::actor(args.next()?)?, page: args.page()? })
}
