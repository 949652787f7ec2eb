//! JSON values that take whatever is there: a field of an unexpected type reads as empty instead
//! of making its whole record unreadable. Strings are borrowed from the line where they can be.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// A string; empty when something else is there.
#[derive(Debug, Clone, Default)]
pub(super) struct Text<'a>(pub Cow<'a, str>);

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

/// A truth; false when something else is there.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Flag(pub bool);

/// A whole number; none when something else is there.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Number(pub Option<i64>);

impl Number {
    /// The number as a count: 0 where there is none, or a negative one.
    pub(super) fn count(self) -> u64 {
        self.0.and_then(|n| u64::try_from(n).ok()).unwrap_or(0)
    }
}

/// What a scalar can be.
enum Scalar<'a> {
    Text(Cow<'a, str>),
    Flag(bool),
    Number(i64),
    Other,
}

impl Scalar<'_> {
    fn whole(number: f64) -> Self {
        if number.is_finite() { Self::Number(number as i64) } else { Self::Other }
    }
}

struct Any;

impl<'de> Visitor<'de> for Any {
    type Value = Scalar<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Scalar::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Scalar::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Self::Value, E> {
        Ok(Scalar::Flag(flag))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Scalar::Number(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(i64::try_from(number).map_or(Scalar::Other, Scalar::Number))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Scalar::whole(number))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Scalar::Other)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Scalar::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        while items.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Scalar::Other)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Ok(match from.deserialize_any(Any)? {
            Scalar::Text(text) => Self(text),
            _ => Self::default(),
        })
    }
}

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Ok(Self(matches!(from.deserialize_any(Any)?, Scalar::Flag(true))))
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Ok(Self(match from.deserialize_any(Any)? {
            Scalar::Number(number) => Some(number),
            _ => None,
        }))
    }
}

/// Reads a value that was left unread; the default when it has another shape, or is absent.
pub(super) fn read<'a, T: Deserialize<'a> + Default>(raw: Option<&'a RawValue>) -> T {
    raw.and_then(|raw| serde_json::from_str(raw.get()).ok()).unwrap_or_default()
}

/// Lets a visitor read scalars that are no text as the default.
macro_rules! other_scalars_are_empty {
    () => {
        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(Self::Value::default())
        }

        fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
            Ok(Self::Value::default())
        }

        fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
            Ok(Self::Value::default())
        }

        fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
            Ok(Self::Value::default())
        }

        fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
            Ok(Self::Value::default())
        }
    };
}

/// What was said: a string, or a list of parts.
#[derive(Debug)]
pub(super) enum Content<'a, T> {
    Text(Cow<'a, str>),
    Parts(Vec<T>),
}

impl<T> Default for Content<'_, T> {
    fn default() -> Self {
        Self::Parts(Vec::new())
    }
}

struct ContentVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ContentVisitor<T> {
    type Value = Content<'de, T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string or a list")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Content::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Content::Text(Cow::Owned(text.to_owned())))
    }

    other_scalars_are_empty!();

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Self::Value, A::Error> {
        while fields.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Content::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut parts = Vec::new();
        while let Some(part) = items.next_element()? {
            parts.push(part);
        }
        Ok(Content::Parts(parts))
    }
}

impl<'de: 'a, 'a, T: Deserialize<'de>> Deserialize<'de> for Content<'a, T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(ContentVisitor(PhantomData))
    }
}

/// A piece of a message's content.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Part<'a> {
    #[serde(borrow, default)]
    pub text: Text<'a>,
}

/// The text of a value that is a string, or a list of parts with `text`, or an object whose
/// `content` is a string: the three ways in which providers write what a tool printed.
#[derive(Debug, Default)]
pub(super) struct Prose<'a>(pub Cow<'a, str>);

struct ProseVisitor;

impl<'de> Visitor<'de> for ProseVisitor {
    type Value = Prose<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string, a list or an object")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Prose(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Prose(Cow::Owned(text.to_owned())))
    }

    other_scalars_are_empty!();

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut joined = Cow::Borrowed("");
        while let Some(Part { text }) = items.next_element::<Part>()? {
            if joined.is_empty() {
                joined = text.0;
            } else if !text.is_empty() {
                joined = Cow::Owned(format!("{joined}\n{}", &*text));
            }
        }
        Ok(Prose(joined))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Self::Value, A::Error> {
        let mut content = Text::default();
        while let Some(key) = fields.next_key::<Text>()? {
            if &*key == "content" {
                content = fields.next_value()?;
            } else {
                fields.next_value::<IgnoredAny>()?;
            }
        }
        Ok(Prose(content.0))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Prose<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(ProseVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Default, Deserialize)]
    #[serde(default)]
    struct Sample<'a> {
        #[serde(borrow)]
        text: Text<'a>,
        flag: Flag,
        number: Number,
    }

    #[test]
    fn an_unexpected_type_empties_its_own_field_only() {
        let json = r#"{"text":{"a":[1,"x"]},"flag":"true","number":7}"#;
        let sample: Sample = serde_json::from_str(json).unwrap();
        assert!(sample.text.is_empty() && !sample.flag.0);
        assert_eq!(sample.number.0, Some(7));
        let json = r#"{"text":"plain","flag":true,"number":[18446744073709551615]}"#;
        let sample: Sample = serde_json::from_str(json).unwrap();
        assert!(matches!(sample.text.0, Cow::Borrowed("plain")) && sample.flag.0);
        assert_eq!(sample.number.count(), 0);
    }

    #[test]
    fn prose_is_found_in_all_three_shapes() {
        for (json, text) in [
            (r#""a\nb""#, "a\nb"),
            (r#"[{"type":"text","text":"a"},{"type":"image"},{"text":"b"}]"#, "a\nb"),
            (r#"{"content":"a\nb","success":true}"#, "a\nb"),
            ("null", ""),
            ("[]", ""),
            ("7.5", ""),
        ] {
            let prose: Prose = serde_json::from_str(json).unwrap();
            assert_eq!(prose.0, text, "{json}");
        }
    }
}
