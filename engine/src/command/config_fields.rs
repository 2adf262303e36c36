//! The fields of ROOM.CONFIG: for each the documentation and the parser.

use super::args::Args;
use super::spec::{integer, one_of, string, unix_ms, word, Arg};
use super::{json_values, values};
use crate::error::Error;
use crate::limits::{CAPACITY, EMOJIS, META_BYTES, SEATS, SLOW_MODE_S, TITLE_BYTES};
use crate::terms::HostLoss;
use const_format::formatcp;
use serde_json::value::RawValue;

/// A field of ROOM.CONFIG with its new value.
#[derive(Clone, Debug)]
pub enum ConfigField<'a> {
    /// `title`
    Title(&'a str),
    /// `private`
    Private(bool),
    /// `seats`
    Seats(u32),
    /// `capacity`. 0: no limit.
    Capacity(u32),
    /// `meta`, in its compact form.
    Meta(Box<RawValue>),
    /// `hostloss`
    HostLoss(HostLoss),
    /// `comments`
    Comments(bool),
    /// `reactions`
    Reactions(bool),
    /// `hands`
    Hands(bool),
    /// `slowmode`, seconds. 0: off.
    SlowMode(u32),
    /// `emojis`. Empty: every kind.
    Emojis(Vec<String>),
    /// `at`, Unix ms. Not yet compared with the clock.
    At(u64),
}

pub(super) const HOST_LOSS: &[Arg] =
    &[word("end", "END"), word("handover", "HANDOVER"), word("keep", "KEEP")];
const SWITCH: &[Arg] = &[word("on", "on"), word("off", "off")];

const fn field(name: &'static str, value: Arg) -> Arg {
    Arg { token: Some(name), ..value }
}

/// The fields as the documentation shows them.
pub(super) const FIELDS: &[Arg] = &[
    field("title", string("title")).about(formatcp!("at most {TITLE_BYTES} bytes")),
    field("at", unix_ms()).about("at most a year ahead; only while the room is scheduled"),
    field("private", one_of("private", SWITCH)).about("on: invites all who are present"),
    field("seats", integer("seats")).about(formatcp!("0 to {SEATS}; lowering removes nobody")),
    field("capacity", integer("capacity"))
        .about(formatcp!("0 to {CAPACITY}, 0: any number; lowering removes nobody")),
    field("meta", string("json")).about(formatcp!("a JSON object of at most {META_BYTES} bytes")),
    field("hostloss", one_of("hostloss", HOST_LOSS)).about("what happens when the host is gone"),
    field("comments", one_of("comments", SWITCH)).about("whether members may comment"),
    field("reactions", one_of("reactions", SWITCH)).about("whether members may react"),
    field("hands", one_of("hands", SWITCH)).about("whether hands may be raised"),
    field("slowmode", integer("seconds"))
        .about(formatcp!("between two comments of a user, 0 to {SLOW_MODE_S}, 0: off")),
    field("emojis", string("json"))
        .about(formatcp!("a JSON array of at most {EMOJIS} kinds of reaction; `[]`: every kind")),
];

/// The names of [`FIELDS`], for the parser. A test compares the two.
pub(super) const NAMES: [&str; 12] = [
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

/// Reads all arguments that are left as fields with their values.
pub(super) fn parse<'a>(args: &mut Args<'_, 'a>) -> Result<Vec<ConfigField<'a>>, Error> {
    let mut fields = Vec::new();
    args.options(&NAMES, |name, args| {
        let value = args.value()?;
        fields.push(match name {
            "title" => ConfigField::Title(values::title(value)?),
            "at" => ConfigField::At(values::at(value)?),
            "private" => ConfigField::Private(values::switch(value)?),
            "seats" => ConfigField::Seats(values::seats(value)?),
            "capacity" => ConfigField::Capacity(values::capacity(value)?),
            "meta" => ConfigField::Meta(json_values::meta(value)?),
            "hostloss" => ConfigField::HostLoss(values::host_loss(value)?),
            "comments" => ConfigField::Comments(values::switch(value)?),
            "reactions" => ConfigField::Reactions(values::switch(value)?),
            "hands" => ConfigField::Hands(values::switch(value)?),
            "slowmode" => ConfigField::SlowMode(values::slow_mode(value)?),
            _ => ConfigField::Emojis(json_values::emojis(value)?),
        });
        Ok(())
    })?;
    if fields.is_empty() {
        return Err(Error::Invalid("a field and its value are missing"));
    }
    Ok(fields)
}
