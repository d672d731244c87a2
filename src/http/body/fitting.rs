//! Where a value does not fit the schema of its type, in words for people.

use super::{
    super::{
        dates::{Day, Moment},
        document::LARGEST,
        problem::FieldError,
    },
    escaped,
};
use poem_openapi::{
    registry::{MetaSchema, MetaSchemaRef, Registry},
    types::Type,
};
use serde_json::{Map, Number, Value};
use std::fmt;
use uuid::Uuid;

/// Nobody reads more mistakes than these, and whoever makes them on purpose gets no long answer.
const MOST: usize = 100;

/// Where the value does not fit the schema of `T`.
pub(super) fn mistakes<T: Type>(value: &Value) -> Vec<FieldError> {
    let mut registry = Registry::new();
    T::register(&mut registry);
    let mut look = Look {
        registry: &registry,
        pointer: String::new(),
        found: vec![],
    };
    look.at(&T::schema_ref(), value);
    look.found
}

/// A look at a value, from its outside to its inside.
struct Look<'r> {
    registry: &'r Registry,
    pointer: String,
    found: Vec<FieldError>,
}

impl Look<'_> {
    fn wrong(&mut self, detail: impl fmt::Display) {
        if self.found.len() < MOST {
            self.found.push(FieldError {
                pointer: self.pointer.clone(),
                detail: detail.to_string(),
            });
        }
    }

    /// Looks at what is under this name or number.
    fn under(&mut self, name: &str, look: impl FnOnce(&mut Self)) {
        let outer = self.pointer.len();
        self.pointer.push('/');
        self.pointer.push_str(&escaped(name));
        look(self);
        self.pointer.truncate(outer);
    }

    fn at(&mut self, schema: &MetaSchemaRef, value: &Value) {
        match schema {
            MetaSchemaRef::Reference(name) => {
                if let Some(schema) = self.registry.schemas.get(name) {
                    self.value(schema, value);
                }
            }
            // A reference with a description of its own.
            MetaSchemaRef::Inline(schema) => match schema.all_of.first() {
                Some(first) => self.at(first, value),
                None => self.value(schema, value),
            },
        }
    }

    fn value(&mut self, schema: &MetaSchema, value: &Value) {
        if !schema.any_of.is_empty() {
            return self.any(&schema.any_of, value);
        }
        match (schema.ty, value) {
            ("object", Value::Object(fields)) => self.object(schema, fields),
            ("object", _) => self.wrong("is not an object"),
            ("string", Value::String(text)) => self.text(schema, text),
            ("string", _) => self.wrong("is not a text"),
            ("integer", Value::Number(number)) => self.integer(schema, number),
            ("integer", _) => self.wrong("is not a whole number"),
            ("boolean", Value::Bool(_)) => {}
            ("boolean", _) => self.wrong("is not true or false"),
            ("array", Value::Array(elements)) => self.list(schema, elements),
            ("array", _) => self.wrong("is not a list"),
            _ => {}
        }
    }

    fn object(&mut self, schema: &MetaSchema, fields: &Map<String, Value>) {
        if let Some(named) = schema.additional_properties.as_deref() {
            for (name, value) in fields {
                self.under(name, |look| look.at(named, value));
            }
            return;
        }
        for (name, property) in &schema.properties {
            let value = fields.get(*name);
            let required = schema.required.contains(name);
            self.under(name, |look| match value {
                None | Some(Value::Null) if required => look.wrong("is required"),
                None => {}
                // No type in the document can be null.
                Some(Value::Null) => look.wrong("is null; leave it out instead"),
                Some(value) => look.at(property, value),
            });
        }
        let known = |name: &str| schema.properties.iter().any(|(known, _)| *known == name);
        for name in fields.keys().filter(|name| !known(name)) {
            self.under(name, |look| look.wrong("is not a field of this request"));
        }
    }

    /// A value that fits none of them. One of a type that there is hears what is wrong with it.
    fn any(&mut self, schemas: &[MetaSchemaRef], value: &Value) {
        let own = match value {
            Value::String(_) => "string",
            Value::Number(_) => "integer",
            Value::Bool(_) => "boolean",
            _ => "",
        };
        let ty = |schema: &MetaSchemaRef| match schema {
            MetaSchemaRef::Inline(schema) => schema.ty,
            MetaSchemaRef::Reference(_) => "",
        };
        match schemas.iter().find(|schema| ty(schema) == own) {
            Some(schema) => self.at(schema, value),
            None => self.wrong("is not a text, a whole number, true or false"),
        }
    }

    fn text(&mut self, schema: &MetaSchema, text: &str) {
        let length = text.chars().count();
        if let Some(most) = schema.max_length.filter(|most| length > *most) {
            return self.wrong(format_args!("is longer than {most} characters"));
        }
        if let Some(least) = schema.min_length.filter(|least| length < *least) {
            return self.wrong(format_args!("is shorter than {least} characters"));
        }
        // Neither the history nor the database can keep it.
        if text.contains('\0') {
            return self.wrong("has the character U+0000");
        }
        let known: Vec<&str> = schema.enum_items.iter().filter_map(Value::as_str).collect();
        if !known.is_empty() && !known.contains(&text) {
            return self.wrong(format_args!("is none of {}", known.join(", ")));
        }
        let mistake = match schema.format {
            Some("uuid") if Uuid::try_parse(text).is_err() => "is not an id: a UUID".to_owned(),
            Some("date") => match text.parse::<Day>() {
                Err(error) => error.to_string(),
                Ok(_) => return,
            },
            Some("date-time") => match text.parse::<Moment>() {
                Err(error) => error.to_string(),
                Ok(_) => return,
            },
            _ => return,
        };
        self.wrong(mistake);
    }

    fn integer(&mut self, schema: &MetaSchema, number: &Number) {
        let Some(number) = number.as_i64().filter(|number| is_exact(*number)) else {
            return self.wrong("is not a whole number, or too large");
        };
        let (least, most) = (schema.minimum, schema.maximum);
        let (least, most) = (
            least.map(|least| least as i64),
            most.map(|most| most as i64),
        );
        let range = match schema.format {
            Some("uint8") => 0..=u8::MAX.into(),
            Some("uint16") => 0..=u16::MAX.into(),
            Some("uint32") => 0..=u32::MAX.into(),
            Some("int32") => i32::MIN.into()..=i32::MAX.into(),
            _ => i64::MIN..=i64::MAX,
        };
        if let Some(least) = least.filter(|least| number < *least) {
            self.wrong(format_args!("is less than {least}"));
        } else if let Some(most) = most.filter(|most| number > *most) {
            self.wrong(format_args!("is more than {most}"));
        } else if !range.contains(&number) {
            let (least, most) = range.into_inner();
            self.wrong(format_args!("is not a whole number from {least} to {most}"));
        }
    }

    fn list(&mut self, schema: &MetaSchema, elements: &[Value]) {
        if let Some(least) = schema.min_items.filter(|least| elements.len() < *least) {
            return self.wrong(format_args!("has fewer than {least} elements"));
        }
        if let Some(most) = schema.max_items.filter(|most| elements.len() > *most) {
            return self.wrong(format_args!("has more than {most} elements"));
        }
        let before = self.found.len();
        if let Some(element) = schema.items.as_deref() {
            for (index, value) in elements.iter().enumerate() {
                self.under(&index.to_string(), |look| look.at(element, value));
            }
        }
        let mut all = elements.iter().enumerate();
        let mut twice = || all.any(|(index, value)| elements[..index].contains(value));
        // Those that fit are words of an enum, so a long list has one of them twice near its beginning.
        if schema.unique_items == Some(true) && self.found.len() == before && twice() {
            self.wrong("has an element twice");
        }
    }
}

/// Whether JSON keeps it exactly, whoever reads it.
const fn is_exact(number: i64) -> bool {
    number.unsigned_abs() <= LARGEST.unsigned_abs()
}
