//! Reading arguments from front to back, and the options at their end.

use std::slice;

use super::{values, Page};
use crate::error::Error;
use crate::limits::{DEFAULT_PAGE, PAGE};
use const_format::formatcp;

/// The arguments of a command that are not read yet.
pub struct Args<'s, 'a> {
    rest: slice::Iter<'s, &'a [u8]>,
}

/// Reads a command with its parser, which must read all arguments. The command borrows from the arguments.
///
/// # Errors
/// [`Error::Invalid`] when an argument is missing, left over or of the wrong form.
pub fn parse<'a, C>(
    parser: for<'s> fn(&mut Args<'s, 'a>) -> Result<C, Error>,
    args: &[&'a [u8]],
) -> Result<C, Error> {
    let mut args = Args { rest: args.iter() };
    let command = parser(&mut args);
    if command.is_ok() {
        args.end()?;
    }
    command
}

impl<'a> Args<'_, 'a> {
    /// The next argument. None: no argument is left.
    pub(super) fn pop(&mut self) -> Option<&'a [u8]> {
        self.rest.next().copied()
    }

    /// The next argument, which is required.
    pub(super) fn next(&mut self) -> Result<&'a [u8], Error> {
        self.pop().ok_or(Error::Invalid("an argument is missing"))
    }

    /// The value of an option.
    pub(super) fn value(&mut self) -> Result<&'a [u8], Error> {
        self.pop().ok_or(Error::Invalid("an option lacks its value"))
    }

    /// How many arguments are left.
    pub(super) fn len(&self) -> usize {
        self.rest.len()
    }

    /// Fails when an argument is left.
    fn end(&self) -> Result<(), Error> {
        match self.len() {
            0 => Ok(()),
            _ => Err(Error::Invalid("too many arguments")),
        }
    }

    /// Reads all arguments that are left as options. Each may stand once, in any order and case. `take` gets an
    /// option's name as `names` has it, and reads the option's value if it has one.
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

    /// The options of a read that replies in pages and has no other options.
    pub(super) fn page(&mut self) -> Result<Page<'a>, Error> {
        let mut page = Page::FIRST;
        self.options(&["CURSOR", "COUNT"], |name, args| page.take(name, args))?;
        Ok(page)
    }
}

impl<'a> Page<'a> {
    /// The page without CURSOR and COUNT.
    pub(super) const FIRST: Page<'static> = Page { cursor: "0", count: DEFAULT_PAGE as usize };

    /// Takes the value of the option `name`, which is CURSOR or COUNT.
    pub(super) fn take(&mut self, name: &str, args: &mut Args<'_, 'a>) -> Result<(), Error> {
        const REFUSAL: &str = formatcp!("count must be a whole number from 1 to {PAGE}");
        if name == "CURSOR" {
            self.cursor = values::cursor(args.value()?)?;
        } else {
            self.count = values::count(args.value()?, PAGE, REFUSAL)?;
        }
        Ok(())
    }
}
