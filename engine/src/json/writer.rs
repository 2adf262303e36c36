//! A JSON serializer for the few types that the shapes use. It writes into one buffer.
//!
//! serde_json reads JSON in this crate and could write it too. The shapes are small objects of short strings, thousands
//! of them per second. With serde_json, writing took more than a quarter of a JOIN, most of it to check each byte of
//! each key. This serializer does not check keys that are field names and checks strings 16 bytes at a time.

use serde::ser::{self, Impossible, Serialize, Serializer};
use std::fmt;

/// The initial capacity, bytes. It fits most shapes. Growing from less costs more than allocating too much.
const BYTES: usize = 512;

/// The JSON of a shape. It is empty if the shape holds a type that no shape uses: a float, bytes or a tuple.
pub fn write<T: Serialize + ?Sized>(shape: &T) -> String {
    write_sized(shape, BYTES)
}

/// Like [`write()`], with this initial capacity in bytes.
pub fn write_sized<T: Serialize + ?Sized>(shape: &T, bytes: usize) -> String {
    let mut json = String::with_capacity(bytes);
    match shape.serialize(Writer { json: &mut json, verbatim: false }) {
        Ok(()) => json,
        Err(fmt::Error) => String::new(),
    }
}

/// JSON that [`write()`] produced, as a part of other JSON. It is copied as it is.
#[derive(Clone, Copy, Debug)]
pub struct Written<'a>(pub &'a str);

/// The struct name by which the writer recognises a [`Written`].
const WRITTEN: &str = "room::Written";
/// The struct name by which the writer recognises serde_json's `RawValue`. Its only field has the same name.
const RAW_VALUE: &str = "$serde_json::private::RawValue";

impl Serialize for Written<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_newtype_struct(WRITTEN, self.0)
    }
}

/// Appends a string in quotes. Only characters that JSON requires to be escaped are escaped.
fn quote(json: &mut String, text: &str) {
    json.reserve(text.len() + 2);
    json.push('"');
    if has_special(text.as_bytes()) {
        text.chars().for_each(|char| escape(json, char));
    } else {
        json.push_str(text);
    }
    json.push('"');
}

fn is_special(byte: &u8) -> bool {
    *byte < b' ' || *byte == b'"' || *byte == b'\\'
}

/// Whether a byte must be escaped. Looks at 16 bytes at a time. If the length is no multiple of 16, the last 16 bytes
/// overlap the ones before.
fn has_special(text: &[u8]) -> bool {
    if let Some(last) = text.last_chunk::<16>() {
        let is_any = |sixteen: &[u8]| sixteen.try_into().is_ok_and(is_special_in_16);
        return text.chunks_exact(16).any(is_any) || is_special_in_16(last);
    }
    match (text.first_chunk(), text.last_chunk()) {
        (Some(first), Some(last)) => is_special_in_8(first) || is_special_in_8(last),
        _ => text.iter().any(is_special),
    }
}

/// Whether one of 16 bytes must be escaped. The loop has no early exit, so it compiles to vector instructions.
fn is_special_in_16(sixteen: &[u8; 16]) -> bool {
    sixteen.iter().fold(false, |found, byte| found | is_special(byte))
}

/// Whether one of 8 bytes must be escaped, by Mycroft's method to find a zero byte in a word.
fn is_special_in_8(eight: &[u8; 8]) -> bool {
    const ONES: u64 = u64::MAX / 255;
    let below = |word: u64, least: u8| word.wrapping_sub(ONES * u64::from(least)) & !word;
    let is = |word: u64, byte: u8| below(word ^ (ONES * u64::from(byte)), 1);
    let word = u64::from_le_bytes(*eight);
    (below(word, b' ') | is(word, b'"') | is(word, b'\\')) & (ONES * 0x80) != 0
}

#[cold]
fn escape(json: &mut String, char: char) {
    match char {
        '"' => json.push_str("\\\""),
        '\\' => json.push_str("\\\\"),
        '\n' => json.push_str("\\n"),
        '\r' => json.push_str("\\r"),
        '\t' => json.push_str("\\t"),
        '\u{8}' => json.push_str("\\b"),
        '\u{c}' => json.push_str("\\f"),
        '\0'..'\u{20}' => {
            json.push_str(if char < '\u{10}' { "\\u000" } else { "\\u001" });
            json.extend(char::from_digit(u32::from(char) & 15, 16));
        }
        plain => json.push(plain),
    }
}

struct Writer<'b> {
    json: &'b mut String,
    /// The next string is JSON. It is copied as it is.
    verbatim: bool,
}

impl<'b> Writer<'b> {
    fn push(self, text: &str) -> fmt::Result {
        self.json.push_str(text);
        Ok(())
    }

    /// Begins an object or an array. `close` ends it.
    fn open(self, open: char, close: char) -> Result<Parts<'b>, fmt::Error> {
        self.json.push(open);
        Ok(Parts { json: self.json, close: Some(close), is_first: true })
    }
}

macro_rules! integers {
    ($($method:ident: $type:ty),*) => {
        $(fn $method(self, value: $type) -> fmt::Result {
            self.push(itoa::Buffer::new().format(value))
        })*
    };
}

macro_rules! unsupported {
    ($($method:ident: ($($type:ty),*) -> $result:ty),* $(,)?) => {
        $(fn $method(self, $(_: $type),*) -> Result<$result, fmt::Error> {
            Err(fmt::Error)
        })*
    };
}

impl<'b> Serializer for Writer<'b> {
    type Ok = ();
    type Error = fmt::Error;
    type SerializeSeq = Parts<'b>;
    type SerializeTuple = Impossible<(), fmt::Error>;
    type SerializeTupleStruct = Impossible<(), fmt::Error>;
    type SerializeTupleVariant = Impossible<(), fmt::Error>;
    type SerializeMap = Parts<'b>;
    type SerializeStruct = Parts<'b>;
    type SerializeStructVariant = Impossible<(), fmt::Error>;

    integers!(
        serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64,
        serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64
    );

    unsupported!(
        serialize_f32: (f32) -> (),
        serialize_f64: (f64) -> (),
        serialize_bytes: (&[u8]) -> (),
        serialize_unit_struct: (&'static str) -> (),
        serialize_tuple: (usize) -> Self::SerializeTuple,
        serialize_tuple_struct: (&'static str, usize) -> Self::SerializeTupleStruct,
        serialize_tuple_variant: (&'static str, u32, &'static str, usize) -> Self::SerializeTupleVariant,
        serialize_struct_variant: (&'static str, u32, &'static str, usize) -> Self::SerializeStructVariant,
    );

    fn serialize_bool(self, value: bool) -> fmt::Result {
        self.push(if value { "true" } else { "false" })
    }

    fn serialize_char(self, value: char) -> fmt::Result {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, value: &str) -> fmt::Result {
        if self.verbatim {
            return self.push(value);
        }
        quote(self.json, value);
        Ok(())
    }

    fn serialize_none(self) -> fmt::Result {
        self.push("null")
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> fmt::Result {
        value.serialize(self)
    }

    fn serialize_unit(self) -> fmt::Result {
        self.push("null")
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> fmt::Result {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, name: &'static str, value: &T) -> fmt::Result {
        value.serialize(Writer { verbatim: name == WRITTEN, ..self })
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> fmt::Result {
        Err(fmt::Error)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Parts<'b>, fmt::Error> {
        self.open('[', ']')
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Parts<'b>, fmt::Error> {
        self.open('{', '}')
    }

    fn serialize_struct(self, name: &'static str, _: usize) -> Result<Parts<'b>, fmt::Error> {
        if name == RAW_VALUE {
            return Ok(Parts { json: self.json, close: None, is_first: true });
        }
        self.open('{', '}')
    }
}

/// The parts of an object or an array.
struct Parts<'b> {
    json: &'b mut String,
    /// The closing bracket; None: the struct is a `RawValue`, which is written without brackets.
    close: Option<char>,
    is_first: bool,
}

impl Parts<'_> {
    fn separate(&mut self) {
        if !std::mem::take(&mut self.is_first) {
            self.json.push(',');
        }
    }

    fn value<T: Serialize + ?Sized>(&mut self, value: &T, verbatim: bool) -> fmt::Result {
        value.serialize(Writer { json: self.json, verbatim })
    }

    fn finish(self) -> fmt::Result {
        self.json.extend(self.close);
        Ok(())
    }
}

impl ser::SerializeSeq for Parts<'_> {
    type Ok = ();
    type Error = fmt::Error;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> fmt::Result {
        self.separate();
        self.value(value, false)
    }

    fn end(self) -> fmt::Result {
        self.finish()
    }
}

impl ser::SerializeMap for Parts<'_> {
    type Ok = ();
    type Error = fmt::Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> fmt::Result {
        self.separate();
        self.value(key, false)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> fmt::Result {
        self.json.push(':');
        self.value(value, false)
    }

    fn end(self) -> fmt::Result {
        self.finish()
    }
}

impl ser::SerializeStruct for Parts<'_> {
    type Ok = ();
    type Error = fmt::Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> fmt::Result {
        if self.close.is_none() {
            return self.value(value, true);
        }
        self.separate();
        // A field name is an identifier, so it needs no escaping.
        self.json.push('"');
        self.json.push_str(name);
        self.json.push_str("\":");
        self.value(value, false)
    }

    fn end(self) -> fmt::Result {
        self.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::{write, Written};
    use serde_json::{json, value::RawValue};

    #[test]
    fn writes_the_same_json_as_serde_json() {
        let every_char: String = ('\0'..='\u{2ff}').chain("\u{2028}👏🏽\u{10ffff}".chars()).collect();
        let shapes = [
            json!({}),
            json!([]),
            json!([null, true, false, 0, -1, u64::MAX, i64::MIN, "", every_char]),
            json!({"a": {"b": [{}, [[]], {"c": "\"\\/"}]}, every_char: "d"}),
        ];
        for shape in shapes {
            assert_eq!(write(&shape), serde_json::to_string(&shape).unwrap());
        }
    }

    #[test]
    fn written_json_and_raw_values_are_copied() {
        #[derive(serde::Serialize)]
        struct Shape<'a> {
            written: Written<'a>,
            raw: &'a RawValue,
            none: Option<&'a RawValue>,
        }
        let raw: &RawValue = serde_json::from_str(r#"{"a": "b"}"#).unwrap();
        let shape = Shape { written: Written(r#"[1,"\n"]"#), raw, none: None };
        assert_eq!(write(&shape), r#"{"written":[1,"\n"],"raw":{"a": "b"},"none":null}"#);
    }

    #[test]
    fn an_unsupported_type_writes_nothing() {
        assert_eq!(write(&1.5), "");
        assert_eq!(write(&vec![1.5]), "");
    }
}
