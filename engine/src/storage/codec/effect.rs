//! Effects as bytes: a version, a time and changes. Replicas and the AOF receive them.
//!
//! | bytes | content |
//! |---|---|
//! | 1 | [`VERSION`] |
//! | 1 to 9 | when the effect takes place, Unix ms |
//! | the rest | changes, one after the other to the end |

use super::v1::change::{ChangeRead, ChangeWritten};
use crate::effect::Change;
use crate::error::Error;
use bincode::{BorrowDecode, Encode};

/// First byte of an effect.
pub const VERSION: u8 = 1;

/// The most memory that one change may claim while it is read, in bytes. INVITE with a thousand users needs a small
/// part of it.
const LIMIT: usize = 4 << 20;

/// The latest time of an effect, Unix ms. A room with a later clock could be saved but not loaded.
const LATEST: u64 = 1 << 52;

fn config() -> impl bincode::config::Config {
    bincode::config::standard().with_limit::<LIMIT>()
}

/// Begins an effect that takes place at `at`, Unix ms.
pub fn begin(effect: &mut Vec<u8>, at: u64) {
    effect.push(VERSION);
    append(effect, &at);
}

/// Adds a change to an effect.
pub fn write(effect: &mut Vec<u8>, change: &Change<'_>) {
    append(effect, &ChangeWritten::from(change));
}

fn append<T: Encode>(effect: &mut Vec<u8>, value: &T) {
    struct Out<'a>(&'a mut Vec<u8>);
    impl bincode::enc::write::Writer for Out<'_> {
        fn write(&mut self, bytes: &[u8]) -> Result<(), bincode::error::EncodeError> {
            self.0.extend_from_slice(bytes);
            Ok(())
        }
    }
    // Neither the writer nor a wire type can fail.
    let written = bincode::encode_into_writer(value, Out(effect), config());
    debug_assert!(written.is_ok());
}

/// Takes the next value off the front of `bytes`.
fn take<'a, T: BorrowDecode<'a, ()>>(bytes: &mut &'a [u8]) -> Result<T, Error> {
    let (value, read) = bincode::borrow_decode_from_slice(bytes, config()).map_err(|_| Error::Broken)?;
    *bytes = bytes.get(read..).unwrap_or(&[]);
    Ok(value)
}

/// Reads an effect change by change. The changes borrow their strings from the effect.
pub struct Reader<'a> {
    /// When the effect takes place, Unix ms.
    pub at: u64,
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Opens an effect.
    ///
    /// # Errors
    /// [`Error::Broken`] if this release does not know the effect's version, or its time cannot be read.
    pub fn new(effect: &'a [u8]) -> Result<Reader<'a>, Error> {
        let (&version, mut rest) = effect.split_first().ok_or(Error::Broken)?;
        if version != VERSION {
            return Err(Error::Broken);
        }
        let at = take(&mut rest)?;
        if at > LATEST {
            return Err(Error::Broken);
        }
        Ok(Reader { at, rest })
    }

    /// The next change, or None at the end.
    ///
    /// # Errors
    /// [`Error::Broken`] if this release does not know the change.
    pub fn next_change(&mut self) -> Result<Option<Change<'a>>, Error> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        take::<ChangeRead<'a>>(&mut self.rest).map(|change| Some(change.into()))
    }
}
