//! JSON in which no name stands twice in an object. RFC 8259 leaves open which of two values counts, so whoever looks at a
//! request before us may see another amount than we do.

use super::{super::problem::FieldError, escaped};
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use std::{cell::RefCell, fmt};

/// What these bytes say, or the one mistake that there is.
pub(super) fn read(bytes: &[u8]) -> Result<Value, FieldError> {
    let twice = RefCell::new(None);
    let whole = Place {
        step: &Step::Whole,
        twice: &twice,
    };
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let value = whole.deserialize(&mut json);
    let value = value.and_then(|value| json.end().map(|()| value));
    value.map_err(|error| match twice.take() {
        Some(pointer) => FieldError {
            pointer,
            detail: "stands here twice".to_owned(),
        },
        None => FieldError {
            pointer: String::new(),
            detail: format!("is not JSON: {error}"),
        },
    })
}

/// The way to a value. It becomes a text only where there is something to say of it.
enum Step<'p> {
    Whole,
    Field(&'p Step<'p>, &'p str),
    Element(&'p Step<'p>, usize),
}

impl Step<'_> {
    fn pointer(&self) -> String {
        match self {
            Self::Whole => String::new(),
            Self::Field(outer, name) => format!("{}/{}", outer.pointer(), escaped(name)),
            Self::Element(outer, index) => format!("{}/{index}", outer.pointer()),
        }
    }
}

/// Where a value is read, and where it is noted what stands twice.
struct Place<'p> {
    step: &'p Step<'p>,
    twice: &'p RefCell<Option<String>>,
}

impl<'de> DeserializeSeed<'de> for Place<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Value, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Place<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Value, E> {
        Ok(Value::Bool(flag))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(Value::from(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(Value::from(number))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(Number::from_f64(number).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::from(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        loop {
            let step = Step::Element(self.step, list.len());
            let place = Place {
                step: &step,
                twice: self.twice,
            };
            match elements.next_element_seed(place)? {
                Some(element) => list.push(element),
                None => return Ok(Value::Array(list)),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut fields = Map::new();
        while let Some(name) = entries.next_key::<String>()? {
            let step = Step::Field(self.step, &name);
            if fields.contains_key(&name) {
                self.twice.replace(Some(step.pointer()));
                return Err(A::Error::custom("a name stands twice"));
            }
            let place = Place {
                step: &step,
                twice: self.twice,
            };
            let value = entries.next_value_seed(place)?;
            fields.insert(name, value);
        }
        Ok(Value::Object(fields))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_read_is_what_serde_reads() {
        let text =
            r#" {"a":[1,-2,0.5,1e3,"\u00e9",null,true,{"a":1}],"b":{"a":18446744073709551615}} "#;
        let value: Value = serde_json::from_str(text).unwrap();
        assert_eq!(read(text.as_bytes()), Ok(value));
        assert_eq!(read(b"7"), Ok(json!(7)));
    }

    #[test]
    fn what_stands_twice_is_refused_where_it_stands() {
        for (text, pointer) in [
            (r#"{"amount":20000,"amount":9000000}"#, "/amount"),
            (r#"{"a":1,"\u0061":1}"#, "/a"),
            (r#"{"a":{"b":[0,{"c/d":1,"c/d":1}]}}"#, "/a/b/1/c~1d"),
        ] {
            assert_eq!(
                read(text.as_bytes()).unwrap_err().pointer,
                pointer,
                "{text}"
            );
        }
        assert!(read(br#"{"a":{"b":1},"b":{"b":1}}"#).is_ok());
    }

    #[test]
    fn what_is_no_json_is_told_so() {
        for text in ["", "{", "{} {}", r#"{"a":1,}"#, "nul"] {
            let mistake = read(text.as_bytes()).unwrap_err();
            assert!(mistake.detail.starts_with("is not JSON: "), "{text}");
        }
        let deep = "[".repeat(10_000);
        assert!(read(deep.as_bytes()).is_err());
    }
}
