//! Sets of field paths in the notation of `FieldsV1`: `f:` a member, `k:` a keyed list item, `v:` a set item.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::shape::{ListShape, is_atomic_object, item_key, list_shape};

/// A set of paths below one place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct FieldSet {
    /// Whether the place itself is in the set.
    pub(super) here: bool,
    pub(super) below: BTreeMap<String, FieldSet>,
}

impl FieldSet {
    pub(super) fn is_empty(&self) -> bool {
        !self.here && self.below.values().all(Self::is_empty)
    }

    /// Every leaf of `value`, and every item of its keyed lists.
    pub(super) fn of<'a>(value: &'a Value, path: &mut Vec<&'a str>) -> Self {
        let mut set = Self::default();
        match value {
            Value::Object(map) if !map.is_empty() && !is_atomic_object(path) => {
                for (field, child) in map {
                    path.push(field);
                    set.below
                        .insert(format!("f:{field}"), Self::of(child, path));
                    path.pop();
                }
            }
            Value::Array(items) if !items.is_empty() => match list_shape(path) {
                ListShape::Atomic => set.here = true,
                ListShape::Set => {
                    for item in items {
                        set.below.insert(
                            format!("v:{item}"),
                            Self {
                                here: true,
                                ..Self::default()
                            },
                        );
                    }
                }
                ListShape::Keyed(keys) => {
                    for item in items {
                        let Some(key) = item_key(item, keys) else {
                            continue;
                        };
                        let mut below = Self::of(item, path);
                        below.here = true;
                        set.below.insert(format!("k:{key}"), below);
                    }
                }
            },
            _ => set.here = true,
        }
        set
    }

    pub(super) fn union(&mut self, other: &Self) {
        self.here |= other.here;
        for (element, set) in &other.below {
            self.below.entry(element.clone()).or_default().union(set);
        }
    }

    pub(super) fn subtract(&mut self, other: &Self) {
        self.here &= !other.here;
        for (element, set) in &other.below {
            if let Some(own) = self.below.get_mut(element) {
                own.subtract(set);
            }
        }
        self.below.retain(|_, set| !set.is_empty());
    }

    pub(super) fn intersection(&self, other: &Self) -> Self {
        let below = self
            .below
            .iter()
            .filter_map(|(element, set)| {
                let common = set.intersection(other.below.get(element)?);
                (!common.is_empty()).then(|| (element.clone(), common))
            })
            .collect();
        Self {
            here: self.here && other.here,
            below,
        }
    }

    /// The paths as people read them: `.spec.template.spec.containers[name="web"].image`.
    pub(super) fn paths(&self) -> Vec<String> {
        let mut paths = Vec::new();
        self.collect_paths("", &mut paths);
        paths
    }

    fn collect_paths(&self, prefix: &str, paths: &mut Vec<String>) {
        if self.here {
            paths.push(prefix.to_owned());
        }
        for (element, set) in &self.below {
            let step = match element.split_once(':') {
                Some(("f", field)) => format!(".{field}"),
                Some(("k", key)) => {
                    let fields: Map<String, Value> = serde_json::from_str(key).unwrap_or_default();
                    let fields: Vec<String> = fields
                        .iter()
                        .map(|(field, value)| format!("{field}={value}"))
                        .collect();
                    format!("[{}]", fields.join(","))
                }
                Some((_, value)) => format!("[={value}]"),
                None => String::new(),
            };
            set.collect_paths(&format!("{prefix}{step}"), paths);
        }
    }

    pub(super) fn to_json(&self) -> Value {
        let mut map = Map::new();
        if self.here && !self.below.is_empty() {
            map.insert(".".into(), Value::Object(Map::new()));
        }
        for (element, set) in &self.below {
            map.insert(element.clone(), set.to_json());
        }
        Value::Object(map)
    }

    pub(super) fn from_json(value: &Value) -> Self {
        let mut set = Self::read(value);
        set.here = false;
        set
    }

    fn read(value: &Value) -> Self {
        let Some(map) = value.as_object() else {
            return Self {
                here: true,
                ..Self::default()
            };
        };
        let below = map
            .iter()
            .filter(|(element, _)| *element != ".")
            .map(|(element, child)| (element.clone(), Self::read(child)))
            .collect();
        Self {
            here: map.is_empty() || map.contains_key("."),
            below,
        }
    }
}

/// What differs between two states of one object.
#[derive(Debug, Default)]
pub(super) struct Difference {
    /// Fields that are new or have another value.
    pub(super) changed: FieldSet,
    pub(super) removed: FieldSet,
}

pub(super) fn compare<'a>(old: &'a Value, new: &'a Value, path: &mut Vec<&'a str>) -> Difference {
    let mut difference = Difference::default();
    match (old, new) {
        (Value::Object(before), Value::Object(after))
            if !(is_atomic_object(path) || before.is_empty() || after.is_empty()) =>
        {
            for (field, child) in after {
                path.push(field);
                let step = format!("f:{field}");
                match before.get(field) {
                    Some(previous) => difference.nest(step, compare(previous, child, path)),
                    None => difference.changed.add(step, FieldSet::of(child, path)),
                }
                path.pop();
            }
            for (field, child) in before
                .iter()
                .filter(|(field, _)| !after.contains_key(*field))
            {
                path.push(field);
                difference
                    .removed
                    .add(format!("f:{field}"), FieldSet::of(child, path));
                path.pop();
            }
        }
        (Value::Array(before), Value::Array(after)) if list_shape(path) != ListShape::Atomic => {
            compare_items(before, after, path, &mut difference);
        }
        _ if old == new => {}
        _ => {
            difference.changed = FieldSet::of(new, path);
            difference.removed = FieldSet::of(old, path);
            let changed = difference.changed.clone();
            difference.removed.subtract(&changed);
        }
    }
    difference
}

fn compare_items<'a>(
    before: &'a [Value],
    after: &'a [Value],
    path: &mut Vec<&'a str>,
    difference: &mut Difference,
) {
    let keys = match list_shape(path) {
        ListShape::Keyed(keys) => Some(keys),
        _ => None,
    };
    let element = |item: &Value| match keys {
        Some(keys) => item_key(item, keys).map(|key| format!("k:{key}")),
        None => Some(format!("v:{item}")),
    };
    let whole = |item: &'a Value, path: &mut Vec<&'a str>| {
        let mut set = if keys.is_some() {
            FieldSet::of(item, path)
        } else {
            FieldSet::default()
        };
        set.here = true;
        set
    };
    for item in after {
        let Some(step) = element(item) else { continue };
        match before
            .iter()
            .find(|other| element(other).as_ref() == Some(&step))
        {
            Some(previous) => difference.nest(step, compare(previous, item, path)),
            None => difference.changed.add(step, whole(item, path)),
        }
    }
    for item in before {
        let Some(step) = element(item) else { continue };
        if !after
            .iter()
            .any(|other| element(other).as_ref() == Some(&step))
        {
            difference.removed.add(step, whole(item, path));
        }
    }
}

impl FieldSet {
    fn add(&mut self, step: String, set: Self) {
        if !set.is_empty() {
            self.below.insert(step, set);
        }
    }
}

impl Difference {
    fn nest(&mut self, step: String, inner: Self) {
        self.changed.add(step.clone(), inner.changed);
        self.removed.add(step, inner.removed);
    }
}
