//! What gateways say about their sockets.

use super::json;
use super::options::Args;
use super::values;
use crate::command::Command;
use crate::error::Error;

pub(super) fn join<'a>(args: &mut Args<'_, 'a>) -> Result<Command<'a>, Error> {
    let member = values::user(args.next()?)?;
    let (mut gateway, mut session, mut profile) = (None, None, None);
    args.options(&["GATEWAY", "SESSION", "PROFILE"], |name, args| {
        match name {
            "GATEWAY" => gateway = Some(values::gateway(args.value()?)?),
            "SESSION" => session = Some(values::session(args.value()?)?),
            _ => profile = Some(json::profile(args.value()?)?),
        }
        Ok(())
    })?;
    Ok(Command::Join { member, gateway, session, profile })
}

pub(super) fn leave<'a>(args: &mut Args<'_, 'a>) -> Result<Command<'a>, Error> {
    let member = values::user(args.next()?)?;
    let (mut session, mut gateway, mut lost) = (None, None, false);
    args.options(&["SESSION", "GATEWAY", "LOST"], |name, args| {
        match name {
            "SESSION" => session = Some(values::session(args.value()?)?),
            "GATEWAY" => gateway = Some(values::gateway(args.value()?)?),
            _ => lost = true,
        }
        Ok(())
    })?;
    Ok(Command::Leave { member, session, gateway, lost })
}

pub(super) fn drop<'a>(args: &mut Args<'_, 'a>) -> Result<Command<'a>, Error> {
    let gateway = values::gateway(args.next()?)?;
    let mut lost = false;
    args.options(&["LOST"], |_, _| {
        lost = true;
        Ok(())
    })?;
    Ok(Command::Drop { gateway, lost })
}

pub(super) fn sessions<'a>(args: &mut Args<'_, 'a>) -> Result<Command<'a>, Error> {
    Ok(Command::Sessions { gateway: values::gateway(args.next()?)?, page: args.page()? })
}
