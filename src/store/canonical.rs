//! JSON in the one form of RFC 8785, narrowed to what events may hold: integers below 2^53, no floats,
//! no U+0000. The text that is hashed is the text that is stored.

use serde_json::Value;

/// Why a value has no canonical form here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CanonicalError {
    #[error("{0} is not an integer below 2^53")]
    Number(String),
    #[error("a text holds the character U+0000")]
    Null,
}

/// The canonical text of a value.
///
/// # Errors
/// A number that is no integer below 2^53, a text with U+0000.
pub fn to_string(value: &Value) -> Result<String, CanonicalError> {
    let mut text = String::new();
    write(&mut text, value)?;
    Ok(text)
}

fn write(text: &mut String, value: &Value) -> Result<(), CanonicalError> {
    match value {
        Value::Null => text.push_str("null"),
        Value::Bool(flag) => text.push_str(if *flag { "true" } else { "false" }),
        Value::Number(number) => {
            let safe = number
                .as_i64()
                .filter(|integer| integer.unsigned_abs() < 1 << 53);
            let integer = safe.ok_or_else(|| CanonicalError::Number(number.to_string()))?;
            text.push_str(&integer.to_string());
        }
        Value::String(string) => write_string(text, string)?,
        Value::Array(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                write(text, item)?;
            }
            text.push(']');
        }
        Value::Object(fields) => {
            // RFC 8785 orders names by their UTF-16 code units.
            let mut names: Vec<&String> = fields.keys().collect();
            names.sort_by(|one, other| one.encode_utf16().cmp(other.encode_utf16()));
            text.push('{');
            for (index, name) in names.into_iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                write_string(text, name)?;
                text.push(':');
                write(text, &fields[name])?;
            }
            text.push('}');
        }
    }
    Ok(())
}

fn write_string(text: &mut String, string: &str) -> Result<(), CanonicalError> {
    if string.contains('\0') {
        return Err(CanonicalError::Null);
    }
    text.push('"');
    for character in string.chars() {
        match character {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\u{8}' => text.push_str("\\b"),
            '\t' => text.push_str("\\t"),
            '\n' => text.push_str("\\n"),
            '\u{c}' => text.push_str("\\f"),
            '\r' => text.push_str("\\r"),
            control if control < ' ' => text.push_str(&format!("\\u{:04x}", u32::from(control))),
            other => text.push(other),
        }
    }
    text.push('"');
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn names_are_ordered_by_utf16_code_units() {
        // U+FB33 sorts after U+1F600 in UTF-16, before it in UTF-8 (RFC 8785, 3.2.3).
        let value = json!({"\u{fb33}": 1, "\u{1f600}": 2, "a": 3, "1": 4});
        assert_eq!(
            to_string(&value).unwrap(),
            "{\"1\":4,\"a\":3,\"\u{1f600}\":2,\"\u{fb33}\":1}"
        );
    }

    #[test]
    fn texts_are_escaped_as_little_as_possible() {
        let value = json!("\u{20ac}$\u{f}\nA'B\"\\/");
        assert_eq!(
            to_string(&value).unwrap(),
            "\"\u{20ac}$\\u000f\\nA'B\\\"\\\\/\""
        );
    }

    #[test]
    fn floats_large_numbers_and_null_characters_are_refused() {
        assert_eq!(
            to_string(&json!(1.5)),
            Err(CanonicalError::Number("1.5".into()))
        );
        assert!(to_string(&json!(9_007_199_254_740_992_i64)).is_err());
        assert!(to_string(&json!(9_007_199_254_740_991_i64)).is_ok());
        assert_eq!(to_string(&json!(["a\u{0}b"])), Err(CanonicalError::Null));
    }
}
