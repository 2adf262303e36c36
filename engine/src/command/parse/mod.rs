//! Arguments as a client sends them, into [`Command`]s: every value checked for its form, borrowed where it can be.
//!
//! # Layout
//!
//! - `values`: the form of ids, texts, numbers and words; `json`: profile, meta, emojis
//! - `options`: positional arguments and options
//! - `lifecycle`, `presence`, `stage`, `moderation`, `talk`, `polls`, `reads`: a function a verb

mod json;
mod lifecycle;
mod moderation;
mod options;
mod polls;
mod presence;
mod reads;
mod stage;
mod talk;
mod values;

pub(crate) use lifecycle::MAX_USERS;

use crate::channel;
use crate::command::table::Verb;
use crate::command::{Command, List};
use crate::error::Error;
pub use crate::terms::DEFAULT_EMOJIS;
use options::Args;
/// A room's key.
pub fn key(bytes: &[u8]) -> Result<&str, Error> {
    std::str::from_utf8(bytes)
        .ok()
        .filter(|key| channel::is_key(key))
        .ok_or(Error::Invalid("key must be UTF-8, not empty, and without } unless it has a hash tag"))
}

/// A command but ROOM.LIST, from what follows its key.
pub fn parse<'a>(verb: Verb, args: &[&'a [u8]]) -> Result<Command<'a>, Error> {
    let mut args = Args::new(args);
    let command = match verb {
        Verb::Create => lifecycle::create(&mut args),
        Verb::Config => lifecycle::config(&mut args),
        Verb::Start => Ok(Command::Start { actor: values::actor(args.next()?)? }),
        Verb::Cancel => Ok(Command::Cancel { actor: values::actor(args.next()?)? }),
        Verb::End => Ok(Command::End { actor: values::actor(args.next()?)? }),
        Verb::Rsvp => lifecycle::rsvp(&mut args),
        Verb::Invite => lifecycle::invite(&mut args),
        Verb::Uninvite => lifecycle::uninvite(&mut args),
        Verb::Invited => lifecycle::invited(&mut args),
        Verb::Join => presence::join(&mut args),
        Verb::Leave => presence::leave(&mut args),
        Verb::Beat => Ok(Command::Beat { gateway: values::gateway(args.next()?)? }),
        Verb::Drop => presence::drop(&mut args),
        Verb::Sessions => presence::sessions(&mut args),
        Verb::RaiseHand => Ok(Command::RaiseHand { user: values::user(args.next()?)? }),
        Verb::LowerHand => stage::lower_hand(&mut args),
        Verb::Next => stage::next(&mut args),
        Verb::Offer => stage::offer(&mut args),
        Verb::Accept => Ok(Command::Accept { user: values::user(args.next()?)? }),
        Verb::Decline => Ok(Command::Decline { user: values::user(args.next()?)? }),
        Verb::StepDown => stage::step_down(&mut args),
        Verb::Role => stage::role(&mut args),
        Verb::Mute => stage::mute(&mut args),
        Verb::Unmute => Ok(Command::Unmute { user: values::user(args.next()?)? }),
        Verb::AskUnmute => stage::ask_unmute(&mut args),
        Verb::Kick => moderation::kick(&mut args),
        Verb::Block => moderation::block(&mut args),
        Verb::Unblock => moderation::unblock(&mut args),
        Verb::Blocked => moderation::blocked(&mut args),
        Verb::Comment => talk::comment(&mut args),
        Verb::DelComment => talk::del_comment(&mut args),
        Verb::Pin => talk::pin(&mut args),
        Verb::Unpin => talk::unpin(&mut args),
        Verb::Comments => talk::comments(&mut args),
        Verb::React => talk::react(&mut args),
        Verb::PollOpen => polls::open(&mut args),
        Verb::PollVote => polls::vote(&mut args),
        Verb::PollClose => polls::close(&mut args),
        Verb::Polls => Ok(Command::Polls { actor: values::actor(args.next()?)? }),
        Verb::State => Ok(Command::State { actor: values::actor(args.next()?)? }),
        Verb::Members => reads::members(&mut args),
        Verb::Whois => reads::whois(&mut args),
        Verb::Hands => reads::hands(&mut args),
        Verb::Events => reads::events(&mut args),
        Verb::Summary => Ok(Command::Summary { actor: values::actor(args.next()?)? }),
        Verb::Info => Ok(Command::Info),
        Verb::List => Err(Error::Invalid("ROOM.LIST takes no key")),
        Verb::Export => reads::export(&mut args),
        Verb::Purge => lifecycle::purge(&mut args),
    };
    if command.is_ok() {
        args.end()?;
    }
    command
}

/// ROOM.LIST, from what follows its name.
pub fn parse_list<'a>(args: &[&'a [u8]]) -> Result<List<'a>, Error> {
    reads::list(&mut Args::new(args))
}

#[cfg(test)]
mod tests;
