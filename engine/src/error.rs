//! Everything that can go wrong: one list that gives the error, its code, its text and its place.

use std::fmt;

/// Turns the list into [`Error`], its methods and [`codes`].
///
/// An entry is `Name CODE "text"`. A text may show one value as `{0}`: `Name(type = example)`, where the documentation
/// shows the example.
macro_rules! errors {
    ($(
        $(#[$doc:meta])*
        $name:ident $(($value:ty = $example:expr))? $code:ident $text:literal;
    )*) => {
        /// Why a command is refused.
        ///
        /// `Display` gives the reply, `CODE text`. The text is fixed English and never repeats a user's text.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Error {
            $($(#[$doc])* $name $(($value))?,)*
        }

        /// The codes as constants, so that a misspelled code does not compile.
        pub mod codes {
            $(#[doc = concat!("`", $text, "`")] pub const $code: &str = stringify!($code);)*
        }

        /// The place of each code in the list.
        #[allow(clippy::upper_case_acronyms, reason = "these are the codes as clients read them")]
        enum Place {
            $($code,)*
        }

        impl Error {
            /// Every code, in the order of `docs/commands.md`. INFO counts errors by it.
            pub const CODES: [&'static str; [$(codes::$code),*].len()] = [$(codes::$code),*];

            /// Every error once, in the same order. Errors that show a value show an example.
            pub const EXAMPLES: [Error; Self::CODES.len()] = [$(Error::$name $(($example))?),*];

            /// The error's place in [`Error::CODES`].
            pub fn index(self) -> usize {
                match self {
                    $(errors!(@pattern $name $($value)?) => Place::$code as usize,)*
                }
            }

            /// The code, the first word of the reply.
            pub fn code(self) -> &'static str {
                match self {
                    $(errors!(@pattern $name $($value)?) => codes::$code,)*
                }
            }
        }

        impl fmt::Display for Error {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $(errors!(@bind $name value $($value)?) => {
                        errors!(@write f $code $text, value $($value)?)
                    })*
                }
            }
        }
    };
    (@pattern $name:ident) => { Error::$name };
    (@pattern $name:ident $value:ty) => { Error::$name(_) };
    (@bind $name:ident $bound:ident) => { Error::$name };
    (@bind $name:ident $bound:ident $value:ty) => { Error::$name($bound) };
    (@write $f:ident $code:ident $text:literal, $bound:ident) => {
        $f.write_str(concat!(stringify!($code), " ", $text))
    };
    (@write $f:ident $code:ident $text:literal, $bound:ident $value:ty) => {
        write!($f, concat!(stringify!($code), " ", $text), $bound)
    };
}

errors! {
    /// The key holds no room.
    NoRoom NOROOM "no room under this key";
    /// `ROOM.CREATE` on a key that holds a room.
    RoomExists ROOMEXISTS "the key holds a room already";
    /// The key holds another type.
    WrongType WRONGTYPE "the key holds another kind of value";
    /// Only a scheduled room takes this command.
    NotScheduled NOTSCHEDULED "the room is not scheduled";
    /// A scheduled room does not take this command before its start.
    NotLive NOTLIVE "the room has not started";
    /// The room has ended or was cancelled.
    Ended ENDED "the room has ended";
    /// `ROOM.PURGE` on a room that has not ended.
    NotEnded NOTENDED "the room has not ended";
    /// The user is not present.
    NotMember NOTMEMBER "the user is not present";
    /// The room is private and the user is neither staff nor invited.
    NotInvited NOTINVITED "the room is private and the user is not invited";
    /// The user is blocked.
    Blocked BLOCKED "the user is blocked";
    /// As many members are present as the room's capacity allows.
    Full FULL "the room is at capacity";
    /// The actor's role does not hold this power.
    Forbidden FORBIDDEN "the actor's role does not allow it";
    /// The user is on stage.
    OnStage ONSTAGE "the user is on stage";
    /// No seat on stage is free.
    NoSeat NOSEAT "no seat on stage is free";
    /// The user has no open offer.
    NoOffer NOOFFER "the user has no open offer";
    /// A setting of the room forbids it.
    Off OFF "a setting of the room forbids it";
    /// Slow mode. The value is the milliseconds to wait, from 1.
    SlowMode(u64 = 1500) SLOWMODE "the room is in slow mode, wait ms {0}";
    /// A rate limit. The value is the milliseconds to wait, from 1.
    RateLimited(u64 = 1500) RATELIMITED "too fast, wait ms {0}";
    /// No such comment, or none that the actor may see.
    NoComment NOCOMMENT "no such comment";
    /// No such poll.
    NoPoll NOPOLL "no such poll";
    /// The poll is closed.
    PollClosed POLLCLOSED "the poll is closed";
    /// The poll has no such option, or the room does not allow this kind of reaction.
    BadOption BADOPTION "no such option or kind of reaction";
    /// The poll is FINAL and the user has voted.
    AlreadyVoted ALREADYVOTED "the user has voted and the vote is final";
    /// The staff hold the user's microphone closed.
    Held HELD "the microphone is held closed until the user is asked to unmute";
    /// A limit of number is reached.
    TooMany TOOMANY "a limit of number is reached";
    /// The events asked for are no longer held, or belong to another epoch.
    Resync RESYNC "these events are no longer held, take the state";
    /// The room met an effect that this version does not know. A resync replaces the room.
    Broken BROKEN "the room met a change this server does not know";
    /// Wrong syntax or value. The value is the text, which names the argument and its form.
    Invalid(&'static str = "names the argument and its form") INVALID "{0}";
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_codes_and_texts_agree() {
        for (place, error) in Error::EXAMPLES.into_iter().enumerate() {
            assert_eq!(error.index(), place);
            assert_eq!(error.code(), Error::CODES[place]);
            assert!(error.to_string().starts_with(&format!("{} ", error.code())), "{error}");
        }
        assert_eq!(Error::SlowMode(7).to_string(), "SLOWMODE the room is in slow mode, wait ms 7");
        assert_eq!(Error::Invalid("a text").to_string(), "INVALID a text");
    }
}
