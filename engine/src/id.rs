//! The ids of incarnations and epochs.

use serde::{Serialize, Serializer};
use std::fmt;

/// An incarnation or an epoch. It is written as 16 lowercase hexadecimal digits.
#[derive(Clone, Copy, Debug)]
pub struct Id(pub u64);

impl Id {
    fn digits(self) -> [u8; 16] {
        let digit = |nibble: u64| b"0123456789abcdef".get(nibble as usize & 15).copied().unwrap_or_default();
        std::array::from_fn(|place| digit(self.0 >> (60 - 4 * place)))
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(std::str::from_utf8(&self.digits()).unwrap_or_default())
    }
}

impl Serialize for Id {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(std::str::from_utf8(&self.digits()).unwrap_or_default())
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Id {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Id".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string" })
    }
}
