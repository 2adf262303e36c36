//! Polls and votes.

use super::options::Args;
use super::values;
use crate::command::{Command, PollOpen};
use crate::error::Error;

pub(super) fn open<'a>(args: &mut Args<'_, 'a>) -> Result<Command<'a>, Error> {
    const NUMBER: &str = "numoptions must be a whole number from 2 to 20";
    const MULTI: &str = "multi must be a whole number from 1 to numoptions";
    const FOR: &str = "for must be 1 to 604800 whole seconds";
    let actor = values::actor(args.next()?)?;
    let question = values::question(args.next()?)?;
    let number = values::small(args.next()?, 2, 20, NUMBER)?;
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
            "FOR" => poll.for_ms = Some(values::seconds(args.value()?, values::WEEK_S, FOR)?),
            _ => poll.token = Some(values::token(args.value()?)?),
        }
        Ok(())
    })?;
    Ok(Command::PollOpen { actor, poll })
}

pub(super) fn vote<'a>(args: &mut Args<'_, 'a>) -> Result<Command<'a>, Error> {
    const OPTION: &str = "poll option must be a whole number from 0";
    let user = values::user(args.next()?)?;
    let poll = values::poll_id(args.next()?)?;
    let mut options = 0u64;
    let mut next = Some(args.next()?);
    while let Some(bytes) = next {
        match values::integer(bytes, 0, values::MAX_INTEGER, OPTION)? {
            place @ 0..=62 if options & (1 << place) != 0 => {
                return Err(Error::Invalid("a poll option is given twice"));
            }
            place @ 0..=62 => options |= 1 << place,
            // No poll has so many: that it lacks the option is for `decide` to say, behind the key and the state.
            _ => options |= 1 << 63,
        }
        next = args.pop();
    }
    Ok(Command::PollVote { user, poll, options })
}

pub(super) fn close<'a>(args: &mut Args<'_, 'a>) -> Result<Command<'a>, Error> {
    Ok(Command::PollClose { actor: values::actor(args.next()?)?, poll: values::poll_id(args.next()?)? })
}
