//! The arguments of one command, taken from front to back, and the options that end them.

use std::slice;

use super::values;
use crate::command::Page;
use crate::error::Error;

/// What is left of a command's arguments.
pub(super) struct Args<'s, 'a> {
    rest: slice::Iter<'s, &'a [u8]>,
}

impl<'s, 'a> Args<'s, 'a> {
    pub(super) fn new(args: &'s [&'a [u8]]) -> Self {
        Args { rest: args.iter() }
    }

    /// The next argument, if there is one.
    pub(super) fn pop(&mut self) -> Option<&'a [u8]> {
        self.rest.next().copied()
    }

    /// The next argument, which must be there.
    pub(super) fn next(&mut self) -> Result<&'a [u8], Error> {
        self.pop().ok_or(Error::Invalid("an argument is missing"))
    }

    /// The value of an option.
    pub(super) fn value(&mut self) -> Result<&'a [u8], Error> {
        self.pop().ok_or(Error::Invalid("an option lacks its value"))
    }

    /// How many are left.
    pub(super) fn len(&self) -> usize {
        self.rest.len()
    }

    /// Nothing may be left.
    pub(super) fn end(&self) -> Result<(), Error> {
        match self.len() {
            0 => Ok(()),
            _ => Err(Error::Invalid("too many arguments")),
        }
    }

    /// Takes all that is left as options: each at most once, in any order and case. `take` gets an option's name as
    /// it stands in `names` and takes its value, if it has one.
    pub(super) fn options(
        &mut self,
        names: &[&'static str],
        mut take: impl FnMut(&'static str, &mut Self) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut seen = 0u32;
        while let Some(word) = self.pop() {
            let known = names.iter().zip(0u32..).find(|(name, _)| word.eq_ignore_ascii_case(name.as_bytes()));
            let Some((name, place)) = known else {
                return Err(Error::Invalid("an option is unknown, or a text with spaces is not quoted"));
            };
            if seen & (1 << place) != 0 {
                return Err(Error::Invalid("an option is given twice"));
            }
            seen |= 1 << place;
            take(name, self)?;
        }
        Ok(())
    }

    /// The options of a read that replies in pages, when it has no others.
    pub(super) fn page(&mut self) -> Result<Page<'a>, Error> {
        let mut page = FIRST_PAGE;
        self.options(&["CURSOR", "COUNT"], |name, args| turn_page(&mut page, name, args))?;
        Ok(page)
    }
}

/// What is read without CURSOR and COUNT.
pub(super) const FIRST_PAGE: Page<'static> = Page { cursor: "0", count: 100 };

/// Takes CURSOR or COUNT, whichever `name` is.
pub(super) fn turn_page<'a>(page: &mut Page<'a>, name: &str, args: &mut Args<'_, 'a>) -> Result<(), Error> {
    if name == "CURSOR" {
        page.cursor = values::cursor(args.value()?)?;
    } else {
        page.count = values::count(args.value()?, 1000, "count must be a whole number from 1 to 1000")?;
    }
    Ok(())
}
