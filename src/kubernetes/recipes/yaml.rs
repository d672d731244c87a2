//! YAML as JSON values, keys that stand twice included: most readers quietly take the last one.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{self, DeserializeSeed, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Value};

/// The documents of a text, each with the places of the keys that stand twice in it.
///
/// # Errors
/// What keeps the text from being YAML, with line and column.
pub(super) fn documents(text: &str) -> Result<Vec<(Value, Vec<String>)>, serde_yaml_ng::Error> {
    serde_yaml_ng::Deserializer::from_str(text)
        .map(|document| {
            let mut twice = Vec::new();
            let place = Place {
                at: String::new(),
                twice: &mut twice,
            };
            let value = place.deserialize(document)?;
            Ok((value, twice))
        })
        .collect()
}

/// A key below a place: `.` between, and nothing before the first.
pub(super) fn below(at: &str, key: &str) -> String {
    match at {
        "" => key.to_owned(),
        at => format!("{at}.{key}"),
    }
}

struct Place<'a> {
    at: String,
    twice: &'a mut Vec<String>,
}

impl<'de> DeserializeSeed<'de> for Place<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, input: D) -> Result<Value, D::Error> {
        input.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Place<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("something that JSON can say too")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, input: D) -> Result<Value, D::Error> {
        self.deserialize(input)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        loop {
            let item = Place {
                at: format!("{}[{}]", self.at, values.len()),
                twice: &mut *self.twice,
            };
            match items.next_element_seed(item)? {
                Some(value) => values.push(value),
                None => return Ok(Value::Array(values)),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(key) = entries.next_key::<Key>()? {
            let at = below(&self.at, &key.0);
            let value = entries.next_value_seed(Place {
                at: at.clone(),
                twice: &mut *self.twice,
            })?;
            if map.insert(key.0, value).is_some() {
                self.twice.push(at);
            }
        }
        Ok(Value::Object(map))
    }
}

/// A key that may look like a number or a truth.
struct Key(String);

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        match Value::deserialize(input)? {
            Value::String(text) => Ok(Self(text)),
            key @ (Value::Bool(_) | Value::Number(_)) => Ok(Self(key.to_string())),
            key => Err(de::Error::custom(format!("{key} is no key"))),
        }
    }
}
