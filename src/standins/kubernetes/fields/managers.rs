//! `metadata.managedFields`: kept by every write, and the source of conflicts for server-side apply.

use serde_json::{Value, json};

use super::super::paths::{list, now, object_at, text};
use super::super::refusal::Refusal;
use super::apply::{merge_applied, prune};
use super::set::{FieldSet, compare};

/// Who writes, through which door.
#[derive(Clone, Debug)]
pub(in super::super) struct Writer {
    pub(in super::super) manager: String,
    pub(in super::super) subresource: &'static str,
}

impl Writer {
    pub(in super::super) fn new(manager: &str, subresource: &'static str) -> Self {
        Self {
            manager: manager.to_owned(),
            subresource,
        }
    }
}

#[derive(Clone, Debug)]
struct Entry {
    manager: String,
    operation: String,
    api_version: String,
    subresource: String,
    time: String,
    fields: FieldSet,
}

impl Entry {
    fn read(value: &Value) -> Self {
        Self {
            manager: text(value, "/manager").into(),
            operation: text(value, "/operation").into(),
            api_version: text(value, "/apiVersion").into(),
            subresource: text(value, "/subresource").into(),
            time: text(value, "/time").into(),
            fields: value
                .get("fieldsV1")
                .map(FieldSet::from_json)
                .unwrap_or_default(),
        }
    }

    fn write(&self) -> Value {
        let mut value = json!({
            "manager": self.manager,
            "operation": self.operation,
            "apiVersion": self.api_version,
            "time": self.time,
            "fieldsType": "FieldsV1",
            "fieldsV1": self.fields.to_json(),
        });
        if !self.subresource.is_empty() {
            value["subresource"] = self.subresource.clone().into();
        }
        value
    }

    fn is(&self, writer: &Writer, operation: &str) -> bool {
        self.manager == writer.manager
            && self.operation == operation
            && self.subresource == writer.subresource
    }

    /// The manager as conflicts name it.
    fn printed(&self) -> String {
        let mut name = format!("{:?}", self.manager);
        if !self.subresource.is_empty() {
            name.push_str(&format!(" with subresource {:?}", self.subresource));
        }
        if self.operation == "Update" {
            name.push_str(&format!(" using {} at {}", self.api_version, self.time));
        }
        name
    }
}

fn read(object: &Value) -> Vec<Entry> {
    list(object, "/metadata/managedFields")
        .iter()
        .map(Entry::read)
        .collect()
}

fn write(object: &mut Value, mut entries: Vec<Entry>) {
    entries.retain(|entry| !entry.fields.is_empty());
    entries.sort_by(|a, b| {
        (&a.operation, &a.time, &a.manager).cmp(&(&b.operation, &b.time, &b.manager))
    });
    let metadata = object_at(object, &["metadata"]);
    if entries.is_empty() {
        metadata.remove("managedFields");
    } else {
        metadata.insert(
            "managedFields".into(),
            entries.iter().map(Entry::write).collect(),
        );
    }
}

/// The part of an object that can be owned.
fn ownable(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(map) = object.as_object_mut() {
        map.remove("apiVersion");
        map.remove("kind");
    }
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        for field in [
            "name",
            "namespace",
            "uid",
            "resourceVersion",
            "generation",
            "creationTimestamp",
            "deletionTimestamp",
            "deletionGracePeriodSeconds",
            "managedFields",
            "selfLink",
        ] {
            metadata.remove(field);
        }
        if metadata.is_empty()
            && let Some(map) = object.as_object_mut()
        {
            map.remove("metadata");
        }
    }
    object
}

/// Notes an ordinary write: the writer owns what it changed, and the others lose it. What it says itself of who owns what
/// counts, as on the real server, unless it says nothing.
pub(in super::super) fn after_write(old: Option<&Value>, new: &mut Value, writer: &Writer) {
    let mut entries = match writer.subresource {
        "" => read(new),
        _ => Vec::new(),
    };
    if entries.is_empty() {
        entries = old.map(read).unwrap_or_default();
    }
    let before = old.map_or_else(|| json!({}), ownable);
    let after = ownable(new);
    let difference = if before.as_object().is_some_and(serde_json::Map::is_empty) {
        super::set::Difference {
            changed: FieldSet::of(&after, &mut Vec::new()),
            ..Default::default()
        }
    } else {
        compare(&before, &after, &mut Vec::new())
    };
    for entry in entries
        .iter_mut()
        .filter(|entry| !entry.is(writer, "Update"))
    {
        entry.fields.subtract(&difference.changed);
        entry.fields.subtract(&difference.removed);
    }
    let place = match entries.iter().position(|entry| entry.is(writer, "Update")) {
        Some(place) => place,
        None => {
            entries.push(Entry {
                manager: writer.manager.clone(),
                operation: "Update".into(),
                api_version: text(new, "/apiVersion").into(),
                subresource: writer.subresource.into(),
                time: now(),
                fields: FieldSet::default(),
            });
            entries.len() - 1
        }
    };
    let own = &mut entries[place];
    let earlier = own.fields.clone();
    own.fields.union(&difference.changed);
    own.fields.subtract(&difference.removed);
    if own.fields != earlier || !difference.changed.is_empty() || !difference.removed.is_empty() {
        own.time = now();
    }
    write(new, entries);
}

/// Merges an applied configuration into the live object and notes who owns what afterwards.
pub(in super::super) fn after_apply(
    live: Option<&Value>,
    applied: &Value,
    writer: &Writer,
    force: bool,
) -> Result<Value, Refusal> {
    let mut entries = live.map(read).unwrap_or_default();
    let owned = ownable(applied);
    let mut set = FieldSet::of(&owned, &mut Vec::new());
    set.here = false;
    let place = entries.iter().position(|entry| entry.is(writer, "Apply"));
    let earlier = place.map(|place| entries.remove(place));
    let mut merged = live.map_or_else(|| applied.clone(), |live| merge_applied(live, applied));
    if let Some(earlier) = &earlier {
        let mut dropped = earlier.fields.clone();
        dropped.subtract(&set);
        let mut kept = set.clone();
        entries.iter().for_each(|entry| kept.union(&entry.fields));
        prune(&mut merged, &dropped, &kept, &mut Vec::new());
    }
    if let Some(live) = live {
        let (before, after) = (ownable(live), ownable(&merged));
        let difference = compare(&before, &after, &mut Vec::new());
        refuse_conflicts(&entries, &difference.changed, force)?;
        for entry in &mut entries {
            entry.fields.subtract(&difference.changed);
            entry.fields.subtract(&difference.removed);
        }
    }
    let time = match &earlier {
        Some(earlier) if earlier.fields == set => earlier.time.clone(),
        _ => now(),
    };
    entries.push(Entry {
        manager: writer.manager.clone(),
        operation: "Apply".into(),
        api_version: text(applied, "/apiVersion").into(),
        subresource: writer.subresource.into(),
        time,
        fields: set,
    });
    write(&mut merged, entries);
    Ok(merged)
}

fn refuse_conflicts(entries: &[Entry], changed: &FieldSet, force: bool) -> Result<(), Refusal> {
    let conflicts: Vec<(String, Vec<String>)> = entries
        .iter()
        .map(|entry| (entry.printed(), entry.fields.intersection(changed).paths()))
        .filter(|(_, paths)| !paths.is_empty())
        .collect();
    let count: usize = conflicts.iter().map(|(_, paths)| paths.len()).sum();
    if force || count == 0 {
        return Ok(());
    }
    let lines: Vec<String> = conflicts
        .iter()
        .map(|(manager, paths)| match paths.as_slice() {
            [path] => format!("conflict with {manager}: {path}"),
            _ => format!("conflicts with {manager}:\n- {}", paths.join("\n- ")),
        })
        .collect();
    let plural = if count == 1 { "" } else { "s" };
    let message = format!(
        "Apply failed with {count} conflict{plural}: {}",
        lines.join("\n")
    );
    let causes: Vec<(String, String)> = conflicts
        .into_iter()
        .flat_map(|(manager, paths)| paths.into_iter().map(move |path| (manager.clone(), path)))
        .collect();
    Err(Refusal::apply_conflict(message, &causes))
}
