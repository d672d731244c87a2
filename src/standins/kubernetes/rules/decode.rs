//! Decoding through the typed API: a malformed object is refused, and fields the types do not know are dropped, the
//! way a real server prunes them.

use serde_json::Value;

use super::super::kinds::Kind;
use super::super::paths::drop_nulls;
use super::super::refusal::Refusal;

/// Maps whose values are quantities, which may be written as bare numbers.
const QUANTITIES: [&str; 8] = [
    "limits",
    "requests",
    "hard",
    "default",
    "defaultRequest",
    "max",
    "min",
    "capacity",
];

/// The object without nulls and unknown fields, and the paths of the fields that were dropped.
pub(in super::super) fn understood(
    kind: &Kind,
    mut object: Value,
) -> Result<(Value, Vec<String>), Refusal> {
    object["apiVersion"] = kind.api_version().into();
    object["kind"] = kind.kind.into();
    drop_nulls(&mut object);
    spell_quantities(&mut object);
    let decoded = kind.decode(&object).map_err(|error| {
        Refusal::bad_request(format!(
            "{} in version \"{}\" cannot be handled as a {}: json: {error}",
            kind.kind, kind.version, kind.kind
        ))
    })?;
    let mut unknown = Vec::new();
    prune(&mut object, &decoded, "", &mut unknown);
    Ok((object, unknown))
}

fn prune(given: &mut Value, decoded: &Value, path: &str, unknown: &mut Vec<String>) {
    match (given, decoded) {
        (Value::Object(given), Value::Object(decoded)) => {
            given.retain(|field, value| {
                let path = if path.is_empty() {
                    field.clone()
                } else {
                    format!("{path}.{field}")
                };
                match decoded.get(field) {
                    Some(decoded) => {
                        prune(value, decoded, &path, unknown);
                        true
                    }
                    None => {
                        unknown.push(path);
                        false
                    }
                }
            });
        }
        (Value::Array(given), Value::Array(decoded)) => {
            for (index, (value, decoded)) in given.iter_mut().zip(decoded).enumerate() {
                prune(value, decoded, &format!("{path}[{index}]"), unknown);
            }
        }
        _ => {}
    }
}

fn spell_quantities(value: &mut Value) {
    match value {
        Value::Object(map) => {
            for (field, child) in map {
                if QUANTITIES.contains(&field.as_str())
                    && let Some(amounts) = child.as_object_mut()
                {
                    amounts
                        .values_mut()
                        .filter(|amount| amount.is_number())
                        .for_each(|amount| {
                            *amount = amount.to_string().into();
                        });
                }
                spell_quantities(child);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(spell_quantities),
        _ => {}
    }
}
