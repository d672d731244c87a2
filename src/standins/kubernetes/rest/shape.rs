//! The representation a client asks for: whole objects, their metadata, or a table.

use serde_json::{Value, json};

use super::super::kinds::Kind;
use super::super::tables;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Shape {
    Whole,
    Metadata,
    Table { whole_rows: bool },
}

impl Shape {
    /// The first media type of the `Accept` header that the stand-in can make.
    pub(super) fn of(accept: &str, include_object: &str) -> Self {
        for wanted in accept.split(',') {
            if wanted.contains("as=Table") {
                return Self::Table {
                    whole_rows: include_object == "Object",
                };
            }
            if wanted.contains("as=PartialObjectMetadata") {
                return Self::Metadata;
            }
            if wanted.trim() == "application/json" {
                break;
            }
        }
        Self::Whole
    }

    /// One object as the answer to a request.
    pub(super) fn object(self, kind: &Kind, object: &Value) -> Value {
        match self {
            Self::Whole => object.clone(),
            Self::Metadata => metadata(object),
            Self::Table { whole_rows } => {
                let version = object["metadata"]["resourceVersion"].clone();
                tables::table(
                    kind,
                    &[object],
                    json!({ "resourceVersion": version }),
                    true,
                    whole_rows,
                )
            }
        }
    }

    /// One object inside a watch event; only the first table brings its columns.
    pub(in super::super) fn event_object(self, kind: &Kind, object: &Value, first: bool) -> Value {
        match self {
            Self::Table { whole_rows } => {
                let version = object["metadata"]["resourceVersion"].clone();
                tables::table(
                    kind,
                    &[object],
                    json!({ "resourceVersion": version }),
                    first,
                    whole_rows,
                )
            }
            _ => self.object(kind, object),
        }
    }

    pub(super) fn list(self, kind: &Kind, objects: &[&Value], metadata_of_list: Value) -> Value {
        match self {
            Self::Whole => {
                let items: Vec<Value> = objects.iter().map(|object| untyped(object)).collect();
                json!({
                    "kind": format!("{}List", kind.kind),
                    "apiVersion": kind.api_version(),
                    "metadata": metadata_of_list,
                    "items": items,
                })
            }
            Self::Metadata => {
                let items: Vec<Value> = objects.iter().map(|object| metadata(object)).collect();
                json!({
                    "kind": "PartialObjectMetadataList",
                    "apiVersion": "meta.k8s.io/v1",
                    "metadata": metadata_of_list,
                    "items": items,
                })
            }
            Self::Table { whole_rows } => {
                tables::table(kind, objects, metadata_of_list, true, whole_rows)
            }
        }
    }
}

fn metadata(object: &Value) -> Value {
    json!({
        "kind": "PartialObjectMetadata",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": object["metadata"],
    })
}

/// Items of a typed list do not repeat their type.
fn untyped(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(map) = object.as_object_mut() {
        map.remove("kind");
        map.remove("apiVersion");
    }
    object
}
