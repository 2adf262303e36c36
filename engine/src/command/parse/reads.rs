//! What users and services look at.

use super::options::{turn_page, Args, FIRST_PAGE};
use super::values;
use crate::command::{Command, List};
use crate::error::Error;

pub(super) fn members<'a>(args: &mut Args<'_, 'a>) -> Result<Command<'a>, Error> {
    let actor = values::actor(args.next()?)?;
    let (mut role, mut page) = (None, FIRST_PAGE);
    args.options(&["ROLE", "CURSOR", "COUNT"], |name, args| {
        match name {
            "ROLE" => role = Some(values::role(args.value()?)?),
            _ => turn_page(&mut page, name, args)?,
        }
        Ok(())
    })?;
    Ok(Command::Members { actor, role, page })
}

pub(super) fn whois<'a>(args: &mut Args<'_, 'a>) -> Result<Command<'a>, Error> {
    Ok(Command::Whois { actor: values::actor(args.next()?)?, user: values::user(args.next()?)? })
}

pub(super) fn hands<'a>(args: &mut Args<'_, 'a>) -> Result<Command<'a>, Error> {
    Ok(Command::Hands { actor: values::actor(args.next()?)?, page: args.page()? })
}

pub(super) fn events<'a>(args: &mut Args<'_, 'a>) -> Result<Command<'a>, Error> {
    const SINCE: &str = "since must be a whole number from 0";
    let actor = values::actor(args.next()?)?;
    let epoch = values::epoch(args.next()?)?;
    let since = values::integer(args.next()?, 0, values::MAX_INTEGER, SINCE)?;
    Ok(Command::Events { actor, epoch, since })
}

pub(super) fn export<'a>(args: &mut Args<'_, 'a>) -> Result<Command<'a>, Error> {
    const COUNT: &str = "count must be a whole number from 1 to 10000";
    let cursor = values::cursor(args.next()?)?;
    let mut count = 1000;
    args.options(&["COUNT"], |_, args| {
        count = values::count(args.value()?, 10_000, COUNT)?;
        Ok(())
    })?;
    Ok(Command::Export { cursor, count })
}

pub(super) fn list<'a>(args: &mut Args<'_, 'a>) -> Result<List<'a>, Error> {
    let mut list = List { state: None, public: false, cards: false, page: FIRST_PAGE };
    args.options(&["STATE", "PUBLIC", "CARDS", "CURSOR", "COUNT"], |name, args| {
        match name {
            "STATE" => list.state = Some(values::state(args.value()?)?),
            "PUBLIC" => list.public = true,
            "CARDS" => list.cards = true,
            _ => turn_page(&mut list.page, name, args)?,
        }
        Ok(())
    })?;
    Ok(list)
}
