//! From creation to purge.

use super::json;
use super::options::Args;
use super::values;
use crate::command::{Command, ConfigField, Create};
use crate::error::Error;

/// Users one ROOM.INVITE or ROOM.UNINVITE takes.
pub(crate) const MAX_USERS: usize = 1000;

pub(super) fn create<'a>(args: &mut Args<'_, 'a>) -> Result<Command<'a>, Error> {
    let actor = values::actor(args.next()?)?;
    let mut create = Create::default();
    args.options(&["TITLE", "AT", "PRIVATE", "SEATS", "CAPACITY", "META", "HOSTLOSS"], |name, args| {
        match name {
            "TITLE" => create.title = values::title(args.value()?)?,
            "AT" => create.at = Some(values::at(args.value()?)?),
            "SEATS" => create.seats = Some(values::seats(args.value()?)?),
            "CAPACITY" => create.capacity = Some(values::capacity(args.value()?)?),
            "META" => create.meta = Some(json::meta(args.value()?)?),
            "HOSTLOSS" => create.host_loss = values::host_loss(args.value()?)?,
            _ => create.private = true,
        }
        Ok(())
    })?;
    Ok(Command::Create { actor, create })
}

const FIELDS: [&str; 12] = [
    "title",
    "at",
    "private",
    "seats",
    "capacity",
    "meta",
    "hostloss",
    "comments",
    "reactions",
    "hands",
    "slowmode",
    "emojis",
];

pub(super) fn config<'a>(args: &mut Args<'_, 'a>) -> Result<Command<'a>, Error> {
    let actor = values::actor(args.next()?)?;
    let mut fields = Vec::new();
    args.options(&FIELDS, |name, args| {
        let value = args.value()?;
        fields.push(match name {
            "title" => ConfigField::Title(values::title(value)?),
            "at" => ConfigField::At(values::at(value)?),
            "private" => ConfigField::Private(values::switch(value)?),
            "seats" => ConfigField::Seats(values::seats(value)?),
            "capacity" => ConfigField::Capacity(values::capacity(value)?),
            "meta" => ConfigField::Meta(json::meta(value)?),
            "hostloss" => ConfigField::HostLoss(values::host_loss(value)?),
            "comments" => ConfigField::Comments(values::switch(value)?),
            "reactions" => ConfigField::Reactions(values::switch(value)?),
            "hands" => ConfigField::Hands(values::switch(value)?),
            "slowmode" => ConfigField::SlowMode(values::slow_mode(value)?),
            _ => ConfigField::Emojis(json::emojis(value)?),
        });
        Ok(())
    })?;
    if fields.is_empty() {
        return Err(Error::Invalid("a field and its value are missing"));
    }
    Ok(Command::Config { actor, fields })
}

pub(super) fn rsvp<'a>(args: &mut Args<'_, 'a>) -> Result<Command<'a>, Error> {
    let user = values::user(args.next()?)?;
    let yes = values::yes_or_no(args.next()?)?;
    Ok(Command::Rsvp { user, yes })
}

pub(super) fn invite<'a>(args: &mut Args<'_, 'a>) -> Result<Command<'a>, Error> {
    Ok(Command::Invite { actor: values::actor(args.next()?)?, users: users(args)? })
}

pub(super) fn uninvite<'a>(args: &mut Args<'_, 'a>) -> Result<Command<'a>, Error> {
    Ok(Command::Uninvite { actor: values::actor(args.next()?)?, users: users(args)? })
}

/// All are checked; no more are kept than tell that there are too many, which is for `decide` to say, since the key,
/// the state and who may come before it.
fn users<'a>(args: &mut Args<'_, 'a>) -> Result<Vec<&'a str>, Error> {
    let mut users = Vec::with_capacity(args.len().min(MAX_USERS + 1));
    let mut next = args.next()?;
    loop {
        let user = values::user(next)?;
        if users.len() <= MAX_USERS {
            users.push(user);
        }
        match args.pop() {
            Some(activity) => next = activity,
            None => break,
        }
    }
    Ok(users)
}

pub(super) fn invited<'a>(args: &mut Args<'_, 'a>) -> Result<Command<'a>, Error> {
    Ok(Command::Invited { actor: values::actor(args.next()?)?, page: args.page()? })
}

pub(super) fn purge<'a>(args: &mut Args<'_, 'a>) -> Result<Command<'a>, Error> {
    let mut incarnation = None;
    args.options(&["INCARNATION"], |_, args| {
        incarnation = Some(values::incarnation(args.value()?)?);
        Ok(())
    })?;
    Ok(Command::Purge { incarnation })
}
