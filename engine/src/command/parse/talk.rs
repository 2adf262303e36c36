//! Comments and reactions.

use super::options::Args;
use super::values;
use crate::command::Command;
use crate::error::Error;

pub(super) fn comment<'a>(args: &mut Args<'_, 'a>) -> Result<Command<'a>, Error> {
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
    Ok(Command::Comment { actor, text, reply, token })
}

pub(super) fn del_comment<'a>(args: &mut Args<'_, 'a>) -> Result<Command<'a>, Error> {
    Ok(Command::DelComment { actor: values::actor(args.next()?)?, id: values::comment_id(args.next()?)? })
}

pub(super) fn pin<'a>(args: &mut Args<'_, 'a>) -> Result<Command<'a>, Error> {
    Ok(Command::Pin { actor: values::actor(args.next()?)?, id: values::comment_id(args.next()?)? })
}

pub(super) fn unpin<'a>(args: &mut Args<'_, 'a>) -> Result<Command<'a>, Error> {
    Ok(Command::Unpin { actor: values::actor(args.next()?)?, id: values::comment_id(args.next()?)? })
}

pub(super) fn comments<'a>(args: &mut Args<'_, 'a>) -> Result<Command<'a>, Error> {
    const COUNT: &str = "count must be a whole number from 1 to 500";
    let actor = values::actor(args.next()?)?;
    let (mut before, mut count) = (None, 50);
    args.options(&["BEFORE", "COUNT"], |name, args| {
        match name {
            "BEFORE" => before = Some(values::comment_id(args.value()?)?),
            _ => count = values::count(args.value()?, 500, COUNT)?,
        }
        Ok(())
    })?;
    Ok(Command::Comments { actor, before, count })
}

pub(super) fn react<'a>(args: &mut Args<'_, 'a>) -> Result<Command<'a>, Error> {
    let user = values::user(args.next()?)?;
    let kind = values::kind(args.next()?)?;
    let mut count = 1;
    args.options(&["COUNT"], |_, args| {
        count = values::small(args.value()?, 1, 100, "count must be a whole number from 1 to 100")?;
        Ok(())
    })?;
    Ok(Command::React { user, kind, count })
}
