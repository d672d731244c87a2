//! Which keys a `service.yaml` has and what each takes, units included. Unlike decoding it goes on after what is wrong.

use serde_json::Value;

use super::{flaw::Notes, yaml::below};

/// What stands at a key.
#[derive(Clone, Copy)]
pub(super) enum Shape {
    /// Text that says something.
    Text,
    /// A whole number from the first to the second.
    Whole(u64, u64),
    OneOf(&'static [&'static str]),
    /// True or false.
    Flag,
    Anything,
    Object(&'static [Key]),
    /// Names of the recipe's own choice, all with the same shape.
    Named(&'static Shape),
    List(&'static Shape),
}

pub(super) struct Key {
    name: &'static str,
    shape: Shape,
    required: bool,
}

const fn must(name: &'static str, shape: Shape) -> Key {
    Key {
        name,
        shape,
        required: true,
    }
}

const fn may(name: &'static str, shape: Shape) -> Key {
    Key {
        name,
        shape,
        required: false,
    }
}

const MIB: Shape = Shape::Whole(1, 16_777_216);
const PORT: Shape = Shape::Whole(1, 65_535);

const WORDS: Shape = Shape::Object(&[must("en", Shape::Text), must("id", Shape::Text)]);

const AMOUNTS: Shape = Shape::Object(&[
    must("cpu_millicores", Shape::Whole(1, 64_000)),
    must("memory_mib", MIB),
    must("ephemeral_mib", MIB),
]);

const NEED: Shape = Shape::Object(&[must("requests", AMOUNTS), must("limits", AMOUNTS)]);

const VOLUME: Shape = Shape::Object(&[
    must("claim", Shape::Text),
    must("mount_path", Shape::Text),
    may("size_mib", MIB),
]);

/// bcrypt reads no more than 72 bytes, and no key of ours has a reason to be longer.
const SECRET: Shape = Shape::Object(&[
    must("key", Shape::Text),
    may("length", Shape::Whole(16, 72)),
    may("bcrypt_of", Shape::Text),
]);

const PARAMETER: Shape = Shape::Object(&[
    must("name", Shape::Text),
    must(
        "type",
        Shape::OneOf(&[
            "text", "integer", "boolean", "ports", "secret", "host", "sender",
        ]),
    ),
    may("default", Shape::Anything),
    must("description", WORDS),
    may("customer", Shape::Flag),
    may("one_of", Shape::List(&Shape::Anything)),
    may("max_length", Shape::Whole(1, 1_000)),
    may("minimum", Shape::Whole(0, 9_007_199_254_740_991)),
    may("maximum", Shape::Whole(0, 9_007_199_254_740_991)),
]);

/// A `service.yaml`.
pub(super) const SERVICE: Shape = Shape::Object(&[
    must("name", Shape::Text),
    must("version", Shape::Whole(1, 4_294_967_295)),
    must("title", Shape::Text),
    must("description", WORDS),
    may("licence_notice", Shape::Text),
    must(
        "owner",
        Shape::OneOf(&["before_app", "after_app", "by_env", "none"]),
    ),
    may("admin_username", Shape::Text),
    must("admin_path", Shape::Text),
    must("deadline_seconds", Shape::Whole(1, 86_400)),
    must("images", Shape::Named(&Shape::Text)),
    must(
        "ports",
        Shape::Object(&[must("web", PORT), may("database", PORT)]),
    ),
    must("volumes", Shape::List(&VOLUME)),
    must(
        "app",
        Shape::Object(&[
            must("ephemeral_request_mib", MIB),
            must("ephemeral_limit_mib", MIB),
        ]),
    ),
    may(
        "overhead",
        Shape::Object(&[
            may("database", NEED),
            may("sidecars", Shape::Named(&NEED)),
            may("job", NEED),
        ]),
    ),
    may("secrets", Shape::List(&SECRET)),
    may("parameters", Shape::List(&PARAMETER)),
    may("customer_smtp", Shape::Flag),
]);

impl Shape {
    /// Notes everything in which `value` is not of this shape.
    pub(super) fn check(&self, file: &str, at: &str, value: &Value, notes: &mut Notes) {
        match (self, value) {
            (Self::Anything, _) => {}
            (Self::Text, Value::String(text)) if !text.trim().is_empty() => {}
            (Self::Text, _) => notes.note(file, at, format!("is text, and not {}", shown(value))),
            (Self::Flag, Value::Bool(_)) => {}
            (Self::Flag, _) => {
                notes.note(
                    file,
                    at,
                    format!("is true or false, and not {}", shown(value)),
                );
            }
            (Self::Whole(least, most), value) => {
                let fits = value
                    .as_u64()
                    .is_some_and(|number| (*least..=*most).contains(&number));
                if !fits {
                    notes.note(file, at, not_whole(at, *least, *most, value));
                }
            }
            (Self::OneOf(words), value) => {
                let known = value.as_str().is_some_and(|word| words.contains(&word));
                if !known {
                    let words = words.join(", ");
                    notes.note(
                        file,
                        at,
                        format!("is one of {words}, and not {}", shown(value)),
                    );
                }
            }
            (Self::Object(keys), Value::Object(map)) => {
                for key in *keys {
                    match map.get(key.name).filter(|value| !value.is_null()) {
                        Some(value) => key.shape.check(file, &below(at, key.name), value, notes),
                        None if key.required => notes.note(file, below(at, key.name), "is missing"),
                        None => {}
                    }
                }
                for (name, value) in map {
                    if !keys.iter().any(|key| key.name == name) {
                        notes.note(file, below(at, name), unknown(keys, name, value));
                    }
                }
            }
            (Self::Named(shape), Value::Object(map)) => {
                for (name, value) in map {
                    shape.check(file, &below(at, name), value, notes);
                }
            }
            (Self::List(shape), Value::Array(items)) => {
                for (index, value) in items.iter().enumerate() {
                    shape.check(file, &format!("{at}[{index}]"), value, notes);
                }
            }
            (Self::Object(_) | Self::Named(_), _) => {
                let says = format!("holds keys of its own, and not {}", shown(value));
                notes.note(file, at, says);
            }
            (Self::List(_), _) => {
                notes.note(file, at, format!("is a list, and not {}", shown(value)))
            }
        }
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "nothing".into(),
        Value::String(text) if text.trim().is_empty() => "an empty text".into(),
        Value::String(text) => text.clone(),
        Value::Object(_) => "keys of its own".into(),
        Value::Array(_) => "a list".into(),
        value => value.to_string(),
    }
}

fn not_whole(at: &str, least: u64, most: u64, value: &Value) -> String {
    let shown = shown(value);
    let range = format!("a whole number from {least} to {most}");
    let Some(unit) = Unit::of(at) else {
        return format!("is {range}, and not {shown}");
    };
    match unit.count(value) {
        Some(count) => format!(
            "is {range}, counted in {}: write {count} instead of {shown}",
            unit.name()
        ),
        None => format!("is {range}, counted in {}, and not {shown}", unit.name()),
    }
}

fn unknown(keys: &[Key], name: &str, value: &Value) -> String {
    let with_unit = keys.iter().find_map(|key| {
        let unit = Unit::of(key.name)?;
        (key.name.strip_suffix(unit.suffix())? == name).then_some((key.name, unit))
    });
    match with_unit {
        Some((right, unit)) => {
            let count = unit.count(value).map(|count| format!(": {count}"));
            format!(
                "is not known: it is counted in {} under {right}{}, not {name}: {}",
                unit.name(),
                count.unwrap_or_default(),
                shown(value)
            )
        }
        None => {
            let known: Vec<&str> = keys.iter().map(|key| key.name).collect();
            format!("is not known; what may stand here is {}", known.join(", "))
        }
    }
}

/// The units in which a recipe counts; each key names its own.
#[derive(Clone, Copy)]
enum Unit {
    Millicores,
    Mib,
    Seconds,
}

impl Unit {
    fn of(key: &str) -> Option<Self> {
        [Self::Millicores, Self::Mib, Self::Seconds]
            .into_iter()
            .find(|unit| key.ends_with(unit.suffix()))
    }

    fn suffix(self) -> &'static str {
        match self {
            Self::Millicores => "_millicores",
            Self::Mib => "_mib",
            Self::Seconds => "_seconds",
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Millicores => "millicores (1000 are one core)",
            Self::Mib => "MiB",
            Self::Seconds => "seconds",
        }
    }

    /// What was written the way Kubernetes or people write it, in this unit.
    fn count(self, value: &Value) -> Option<u64> {
        let text = match value {
            Value::String(text) => text.trim().to_owned(),
            Value::Number(number) => number.to_string(),
            _ => return None,
        };
        let digits = text.find(|letter: char| !letter.is_ascii_digit());
        let (number, word) = text.split_at(digits.unwrap_or(text.len()));
        let number: u64 = number.parse().ok()?;
        match (self, word) {
            (Self::Millicores, "m") | (Self::Mib, "Mi" | "MiB") | (Self::Seconds, "" | "s") => {
                Some(number)
            }
            (Self::Millicores, "") => number.checked_mul(1_000),
            (Self::Mib, "Gi" | "GiB") => number.checked_mul(1_024),
            (Self::Seconds, "m") => number.checked_mul(60),
            (Self::Seconds, "h") => number.checked_mul(3_600),
            _ => None,
        }
    }
}
