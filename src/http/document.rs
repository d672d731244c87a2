//! The document of the API: what poem-openapi writes, made exact. It tells the rules of single values
//! that the domain checks, so that whoever reads the document alone knows what is taken.

mod fields;

use fields::{rule, words};
use poem_openapi::{OpenApi, OpenApiService};
use serde_json::{Map, Value, json};

/// The largest whole number that JSON keeps exactly.
pub(super) const LARGEST: i64 = (1 << 53) - 1;
/// The document that describes the API; `recipes` are the templates of this installation.
pub(super) fn of<T: OpenApi>(service: &OpenApiService<T, ()>, recipes: &[&str]) -> Value {
    let mut document = serde_json::from_str(&service.spec()).expect("poem-openapi writes JSON");
    plain_media_types(&mut document);
    plain_references(&mut document);
    public_operations(&mut document);
    formats(&mut document);
    rules(&mut document, recipes);
    document
}

/// A media type in the document has no parameters.
fn plain_media_types(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::Object(content)) = fields.get_mut("content") {
                let plain = |kind: String| kind.split(';').next().unwrap_or_default().to_owned();
                let all = std::mem::take(content).into_iter();
                *content = all.map(|(kind, told)| (plain(kind), told)).collect();
            }
            fields.values_mut().for_each(plain_media_types);
        }
        Value::Array(items) => items.iter_mut().for_each(plain_media_types),
        _ => {}
    }
}

/// poem-openapi repeats a property's description as a schema of its own, which generators of clients
/// take for a second type.
fn plain_references(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::Array(parts)) = fields.get_mut("allOf") {
                parts.retain(|part| part.get("$ref").is_some());
            }
            fields.values_mut().for_each(plain_references);
        }
        Value::Array(items) => items.iter_mut().for_each(plain_references),
        _ => {}
    }
}

/// Formats by the names that the OpenAPI registry of formats has for them.
fn formats(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            match fields.get("format").and_then(Value::as_str) {
                Some("naive-date") => drop(fields.insert("format".into(), json!("date"))),
                Some("event-stream") => drop(fields.remove("format")),
                Some("uint8") => bounded(fields, u8::MAX.into()),
                Some("uint16") => bounded(fields, u16::MAX.into()),
                Some("uint32") => bounded(fields, u32::MAX),
                _ => {}
            }
            fields.values_mut().for_each(formats);
        }
        Value::Array(items) => items.iter_mut().for_each(formats),
        _ => {}
    }
}

/// What is no format of JSON Schema is nothing to a client: it hears the range.
fn bounded(fields: &mut Map<String, Value>, most: u32) {
    fields.entry("minimum").or_insert_with(|| json!(0));
    fields.entry("maximum").or_insert_with(|| json!(most));
}

/// An operation that asks for no sign-in says so.
fn public_operations(document: &mut Value) {
    let paths = document["paths"].as_object_mut().into_iter().flatten();
    for (_, operations) in paths {
        for (_, operation) in operations.as_object_mut().into_iter().flatten() {
            if let Some(operation) = operation.as_object_mut() {
                operation.entry("security").or_insert_with(|| json!([]));
            }
        }
    }
}

fn rules(document: &mut Value, recipes: &[&str]) {
    let schemas = document["components"]["schemas"].as_object_mut();
    for (schema, described) in schemas.into_iter().flatten() {
        let is_request = schema.ends_with("Request") || schema == "WorkerFigures";
        if is_request {
            add(described, json!({"additionalProperties": false}));
        }
        // A whole number among other things has no name.
        let kinds = described.get_mut("anyOf").and_then(Value::as_array_mut);
        for kind in kinds.into_iter().flatten() {
            if kind["format"] == "int64" {
                add(kind, json!({"minimum": -LARGEST, "maximum": LARGEST}));
            }
        }
        let properties = described.get_mut("properties");
        let properties = properties.and_then(Value::as_object_mut);
        for (name, property) in properties.into_iter().flatten() {
            let rule = match is_request {
                true => rule(schema, name, recipes),
                false => words(schema, name),
            };
            add(property, rule);
        }
    }
    let paths = document["paths"].as_object_mut().into_iter().flatten();
    for (_, operations) in paths {
        for (_, operation) in operations.as_object_mut().into_iter().flatten() {
            let parameters = operation.get_mut("parameters");
            let parameters = parameters.and_then(Value::as_array_mut);
            for parameter in parameters.into_iter().flatten() {
                let place = parameter["in"].as_str().unwrap_or_default();
                let name = parameter["name"].as_str().unwrap_or_default();
                let rule = fields::parameter(place, name);
                add(&mut parameter["schema"], rule);
            }
        }
    }
}

fn add(schema: &mut Value, rule: Value) {
    if let (Some(schema), Value::Object(rule)) = (schema.as_object_mut(), rule) {
        let rule: Map<String, Value> = rule;
        schema.extend(rule);
    }
}
