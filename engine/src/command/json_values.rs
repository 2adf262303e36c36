//! JSON values of clients: checked, and stored in one compact form.

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::{to_raw_value, RawValue};
use serde_json::{Map, Number, Value};
use std::collections::BTreeSet;
use std::fmt;

use super::values;
use crate::error::Error;
use crate::limits::{EMOJIS, EMOJIS_BYTES, JSON_DEPTH, KIND_BYTES, META_BYTES, PROFILE_BYTES};
use const_format::formatcp;

pub(super) fn profile(bytes: &[u8]) -> Result<Box<RawValue>, Error> {
    const REFUSAL: &str = formatcp!(
        "profile must be a JSON object of at most {PROFILE_BYTES} bytes, depth at most {JSON_DEPTH}, finite numbers"
    );
    object(bytes, PROFILE_BYTES, REFUSAL)
}

pub(super) fn meta(bytes: &[u8]) -> Result<Box<RawValue>, Error> {
    const REFUSAL: &str = formatcp!(
        "meta must be a JSON object of at most {META_BYTES} bytes, depth at most {JSON_DEPTH}, finite numbers"
    );
    object(bytes, META_BYTES, REFUSAL)
}

/// The kinds of reaction that a room allows. Empty: every kind.
pub(super) fn emojis(bytes: &[u8]) -> Result<Vec<String>, Error> {
    const TOO_LONG: &str = formatcp!("emojis must be a JSON array of at most {EMOJIS_BYTES} bytes");
    const REFUSAL: Error = Error::Invalid(formatcp!(
        "emojis must be a JSON array of at most {EMOJIS} distinct kinds of 1 to {KIND_BYTES} bytes"
    ));
    let text = values::bounded(bytes, 2, EMOJIS_BYTES, TOO_LONG)?;
    let kinds: Vec<String> = serde_json::from_str(text).map_err(|_| REFUSAL)?;
    let distinct: BTreeSet<&str> = kinds.iter().map(String::as_str).collect();
    let all_valid = kinds.iter().all(|kind| values::kind(kind.as_bytes()).is_ok());
    if kinds.len() > EMOJIS || distinct.len() < kinds.len() || !all_valid {
        return Err(REFUSAL);
    }
    Ok(kinds)
}

fn object(bytes: &[u8], max: usize, refusal: &'static str) -> Result<Box<RawValue>, Error> {
    let text = values::bounded(bytes, 2, max, refusal)?;
    let value = parse(text).map_err(|_| Error::Invalid(refusal))?;
    let raw = to_raw_value(&value).map_err(|_| Error::Invalid(refusal))?;
    // The stored form may be longer: 1e9 becomes 1000000000.0.
    if !value.is_object() || raw.get().len() > max {
        return Err(Error::Invalid(refusal));
    }
    Ok(raw)
}

fn parse(text: &str) -> serde_json::Result<Value> {
    let mut source = serde_json::Deserializer::from_str(text);
    let value = Bounded { depth: 1 }.deserialize(&mut source)?;
    source.end()?;
    Ok(value)
}

/// Reads a value whose objects and arrays nest no deeper than [`JSON_DEPTH`].
///
/// serde_json's own reader of `Value` cannot be used. It takes an object with a private key of that crate for raw JSON,
/// so it would store another value than the client sent.
#[derive(Clone, Copy)]
struct Bounded {
    depth: usize,
}

impl Bounded {
    fn inner<E: serde::de::Error>(self) -> Result<Bounded, E> {
        if self.depth > JSON_DEPTH {
            return Err(E::custom("too deep"));
        }
        Ok(Bounded { depth: self.depth + 1 })
    }
}

impl<'de> DeserializeSeed<'de> for Bounded {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<Value, D::Error> {
        source.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Bounded {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("not finite"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let inner = self.inner::<A::Error>()?;
        let mut array = Vec::new();
        while let Some(item) = items.next_element_seed(inner)? {
            array.push(item);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let inner = self.inner::<A::Error>()?;
        let mut object = Map::new();
        while let Some(name) = fields.next_key::<String>()? {
            object.insert(name, fields.next_value_seed(inner)?);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(text: &str) -> Option<String> {
        profile(text.as_bytes()).ok().map(|raw| raw.get().to_owned())
    }

    #[test]
    fn an_object_is_written_compactly() {
        assert_eq!(stored("{}").as_deref(), Some("{}"));
        assert_eq!(
            stored(" { \"a\" : [ 1 , -2 , 0.5 , null , true ] } ").as_deref(),
            Some(r#"{"a":[1,-2,0.5,null,true]}"#)
        );
        assert_eq!(
            stored(r#"{"name":"\u00e9\ud83c\udf89\u0000"}"#).as_deref(),
            Some(r#"{"name":"é🎉\u0000"}"#)
        );
        assert_eq!(stored(r#"{"a":1,"a":2}"#).as_deref(), Some(r#"{"a":2}"#));
        assert_eq!(stored(r#"{"n":18446744073709551615}"#).as_deref(), Some(r#"{"n":18446744073709551615}"#));
        assert_eq!(stored(r#"{"n":0.1}"#).as_deref(), Some(r#"{"n":0.1}"#));
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "[]",
            "1",
            "null",
            "\"a\"",
            "{",
            "{}x",
            "{}{}",
            "{a:1}",
            r#"{"a":NaN}"#,
            r#"{"a":1e400}"#,
            r#"{"a":-1e400}"#,
            r#"{"a":"\ud83c"}"#,
            r#"{"a":"\udf89"}"#,
            r#"{"\ud83c":1}"#,
            r#"{"a":"\ud83cx"}"#,
            "{\"a\":\"\n\"}",
            r#"{"a":01}"#,
            r#"{"a":1,}"#,
        ] {
            assert_eq!(stored(text), None, "{text}");
        }
        assert!(profile(b"{\"a\":\"\xff\"}").is_err());
    }

    #[test]
    fn depth_ends_at_eight() {
        let nested = |depth: usize| format!("{}1{}", "{\"a\":".repeat(depth), "}".repeat(depth));
        assert!(stored(&nested(8)).is_some());
        assert!(stored(&nested(9)).is_none());
        assert!(stored(&nested(80)).is_none());
        assert!(stored(r#"{"a":[[[[[[[1]]]]]]]}"#).is_some());
        assert!(stored(r#"{"a":[[[[[[[[]]]]]]]]}"#).is_none());
        assert!(stored(&format!("{{\"a\":{}", "[".repeat(500))).is_none());
    }

    #[test]
    fn length_is_bounded_before_and_after() {
        let of = |len: usize| format!("{{\"a\":\"{}\"}}", "x".repeat(len - 8));
        assert!(stored(&of(512)).is_some());
        assert!(stored(&of(513)).is_none());
        assert!(meta(of(2048).as_bytes()).is_ok());
        assert!(meta(of(2049).as_bytes()).is_err());
        let grows = format!("{{\"a\":[{}1e9]}}", "1e9,".repeat(100));
        assert!(grows.len() <= 512 && stored(&grows).is_none());
    }

    #[test]
    fn a_private_key_of_the_json_crate_is_an_ordinary_key() {
        for key in ["$serde_json::private::RawValue", "$serde_json::private::Number"] {
            let text = format!("{{\"{key}\":\"[1]\"}}");
            assert_eq!(stored(&text), Some(text));
        }
    }

    #[test]
    fn emojis_are_distinct_kinds() {
        assert_eq!(emojis(b"[]").unwrap(), Vec::<String>::new());
        assert_eq!(emojis("[\"👍\", \"wow\"]".as_bytes()).unwrap(), ["👍", "wow"]);
        let many =
            |n: usize| format!("[{}]", (0..n).map(|i| format!("\"{i}\"")).collect::<Vec<_>>().join(","));
        assert!(emojis(many(64).as_bytes()).is_ok());
        assert!(emojis(many(65).as_bytes()).is_err());
        for text in [
            "",
            "{}",
            "\"a\"",
            "[1]",
            "[\"\"]",
            "[\"a\",\"a\"]",
            "[\"a\",\"\\u0061\"]",
            "[\"\\n\"]",
            "[\"a\"]x",
        ] {
            assert!(emojis(text.as_bytes()).is_err(), "{text}");
        }
        assert!(emojis(format!("[\"{}\"]", "x".repeat(32)).as_bytes()).is_ok());
        assert!(emojis(format!("[\"{}\"]", "x".repeat(33)).as_bytes()).is_err());
        assert!(emojis(format!("[{}]", " ".repeat(4094)).as_bytes()).is_ok());
        assert!(emojis(format!("[{}]", " ".repeat(4095)).as_bytes()).is_err());
    }
}
