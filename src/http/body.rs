//! A request's body. poem-openapi says that a value does not fit, not where; the API's own schema does.

use super::problem::{FieldError, Problem};
use poem::{Request, RequestBody};
use poem_openapi::{
    ApiExtractor, ApiExtractorType, ExtractParamOptions,
    error::ContentTypeError,
    payload::{Json, Payload as _},
    registry::{MetaMediaType, MetaRequest, MetaSchema, MetaSchemaRef, Registry},
    types::{ParseFromJSON, Type},
};
use serde_json::Value;
use uuid::Uuid;

/// A JSON body of this type.
pub(super) struct Body<T>(pub(super) T);

/// A JSON body of this type, or none at all where there is nothing to say.
pub(super) struct MaybeBody<T>(pub(super) T);

/// A notification of the payment gateway as its bytes came.
pub(super) struct RawBody(pub(super) Vec<u8>);

fn described(schema: MetaSchemaRef) -> MetaRequest {
    MetaRequest {
        description: None,
        content: vec![MetaMediaType {
            content_type: "application/json",
            schema,
        }],
        required: true,
    }
}

impl<'a, T: ParseFromJSON> ApiExtractor<'a> for Body<T> {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];

    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        T::register(registry);
    }

    fn request_meta() -> Option<MetaRequest> {
        Some(described(T::schema_ref()))
    }

    async fn from_request(
        request: &'a Request,
        body: &mut RequestBody,
        _options: ExtractParamOptions<()>,
    ) -> poem::Result<Self> {
        let content_type = request
            .content_type()
            .ok_or(ContentTypeError::ExpectContentType)?;
        if !Json::<T>::check_content_type(content_type) {
            let content_type = content_type.to_owned();
            return Err(ContentTypeError::NotSupported { content_type }.into());
        }
        let bytes = body.take()?.into_vec().await?;
        Ok(Self(parse(&bytes)?))
    }
}

impl<'a, T: ParseFromJSON + Default> ApiExtractor<'a> for MaybeBody<T> {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];

    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        T::register(registry);
    }

    fn request_meta() -> Option<MetaRequest> {
        Some(MetaRequest {
            required: false,
            ..described(T::schema_ref())
        })
    }

    async fn from_request(
        request: &'a Request,
        body: &mut RequestBody,
        options: ExtractParamOptions<()>,
    ) -> poem::Result<Self> {
        if request.content_type().is_none() {
            let bytes = body.take()?.into_vec().await?;
            return match bytes.is_empty() {
                true => Ok(Self(T::default())),
                false => Err(ContentTypeError::ExpectContentType.into()),
            };
        }
        Ok(Self(Body::from_request(request, body, options).await?.0))
    }
}

impl<'a> ApiExtractor<'a> for RawBody {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];

    type ParamType = ();
    type ParamRawType = ();

    fn request_meta() -> Option<MetaRequest> {
        let text = || MetaSchemaRef::Inline(Box::new(MetaSchema::new("string")));
        let signed = ["order_id", "status_code", "gross_amount", "signature_key"];
        let notification = MetaSchema {
            properties: signed.into_iter().map(|name| (name, text())).collect(),
            required: signed.to_vec(),
            ..MetaSchema::new("object")
        };
        Some(described(MetaSchemaRef::Inline(Box::new(notification))))
    }

    async fn from_request(
        _request: &'a Request,
        body: &mut RequestBody,
        _options: ExtractParamOptions<()>,
    ) -> poem::Result<Self> {
        Ok(Self(body.take()?.into_vec().await?))
    }
}

fn parse<T: ParseFromJSON>(bytes: &[u8]) -> Result<T, Problem> {
    let value: Value = serde_json::from_slice(bytes)
        .map_err(|error| Problem::invalid(vec![at("", format!("is not JSON: {error}"))]))?;
    // The parser takes a number for a text; the schema does not.
    let mistakes = mistakes::<T>(&value);
    if !mistakes.is_empty() {
        return Err(Problem::invalid(mistakes));
    }
    T::parse_from_json(Some(value))
        .map_err(|error| Problem::invalid(vec![at("", error.into_message())]))
}

/// Where the value does not fit the schema.
fn mistakes<T: Type>(value: &Value) -> Vec<FieldError> {
    let mut registry = Registry::new();
    T::register(&mut registry);
    let reference = T::schema_ref();
    let (Some(schema), Value::Object(fields)) = (resolve(&reference, &registry), value) else {
        return vec![at("", "is not an object".to_owned())];
    };
    let mut found = Vec::new();
    for (name, property) in &schema.properties {
        match fields.get(*name) {
            None | Some(Value::Null) => {
                let required = schema.required.contains(name);
                found.extend(required.then(|| at(name, "is required".to_owned())));
            }
            Some(value) => {
                if let Some(schema) = resolve(property, &registry) {
                    found.extend(misfits(name, schema, value, &registry));
                }
            }
        }
    }
    let known = |name: &str| {
        schema
            .properties
            .iter()
            .any(|(property, _)| *property == name)
    };
    let unknown = fields.keys().filter(|name| !known(name));
    found.extend(unknown.map(|name| at(name, "is not a field of this request".to_owned())));
    found
}

fn at(name: &str, detail: String) -> FieldError {
    let pointer = match name {
        "" => String::new(),
        name => format!("/{}", escaped(name)),
    };
    FieldError { pointer, detail }
}

fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// Where the value of a field does not fit: itself, or each of the names that it holds.
fn misfits(
    field: &str,
    schema: &MetaSchema,
    value: &Value,
    registry: &Registry,
) -> Vec<FieldError> {
    let named = schema.additional_properties.as_deref();
    let named = named.and_then(|named| resolve(named, registry));
    let (Some(named), Value::Object(values)) = (named, value) else {
        let misfit = misfit(schema, value, registry);
        return misfit.map(|detail| at(field, detail)).into_iter().collect();
    };
    let mistakes = values.iter().filter_map(|(name, value)| {
        let pointer = format!("/{}/{}", escaped(field), escaped(name));
        misfit(named, value, registry).map(|detail| FieldError { pointer, detail })
    });
    mistakes.collect()
}

fn resolve<'r>(schema: &'r MetaSchemaRef, registry: &'r Registry) -> Option<&'r MetaSchema> {
    match schema {
        MetaSchemaRef::Reference(name) => registry.schemas.get(name),
        // A reference with a description of its own.
        MetaSchemaRef::Inline(schema) => match schema.all_of.first() {
            Some(first) => resolve(first, registry),
            None => Some(schema),
        },
    }
}

fn misfit(schema: &MetaSchema, value: &Value, registry: &Registry) -> Option<String> {
    if !schema.any_of.is_empty() {
        return misfit_all(&schema.any_of, value, registry);
    }
    match (schema.ty, value) {
        ("object", value) => (!value.is_object()).then(|| "is not an object".to_owned()),
        ("string", Value::String(text)) => misfit_text(schema, text),
        ("string", _) => Some("is not a text".to_owned()),
        ("integer", value) => misfit_integer(schema, value),
        ("boolean", value) => (!value.is_boolean()).then(|| "is not true or false".to_owned()),
        ("array", Value::Array(items)) => misfit_list(schema, items, registry),
        ("array", _) => Some("is not a list".to_owned()),
        _ => None,
    }
}

/// A value that fits none of them. One of a type that there is hears what is wrong with it.
fn misfit_all(schemas: &[MetaSchemaRef], value: &Value, registry: &Registry) -> Option<String> {
    let schemas = schemas
        .iter()
        .filter_map(|schema| resolve(schema, registry));
    let misfits: Vec<_> = schemas
        .map(|schema| (schema.ty, misfit(schema, value, registry)))
        .collect();
    if misfits.iter().any(|(_, misfit)| misfit.is_none()) {
        return None;
    }
    let own = match value {
        Value::String(_) => "string",
        Value::Number(_) => "integer",
        _ => return Some("is not a text, a whole number, true or false".to_owned()),
    };
    let mut misfits = misfits.into_iter();
    misfits.find(|(ty, _)| *ty == own)?.1
}

fn misfit_text(schema: &MetaSchema, text: &str) -> Option<String> {
    let length = text.chars().count();
    if let Some(most) = schema.max_length.filter(|most| length > *most) {
        return Some(format!("is longer than {most} characters"));
    }
    if let Some(least) = schema.min_length.filter(|least| length < *least) {
        return Some(format!("is shorter than {least} characters"));
    }
    if schema.format == Some("uuid") && Uuid::try_parse(text).is_err() {
        return Some("is not an id: a UUID".to_owned());
    }
    let known: Vec<&str> = schema.enum_items.iter().filter_map(Value::as_str).collect();
    let unknown = !known.is_empty() && !known.contains(&text);
    unknown.then(|| format!("is none of {}", known.join(", ")))
}

fn misfit_integer(schema: &MetaSchema, value: &Value) -> Option<String> {
    let Some(number) = value.as_i64() else {
        return Some("is not a whole number, or too large".to_owned());
    };
    let unsigned = schema.format == Some("uint32") && u32::try_from(number).is_err();
    unsigned.then(|| "is not a whole number from 0 to 4294967295".to_owned())
}

fn misfit_list(schema: &MetaSchema, items: &[Value], registry: &Registry) -> Option<String> {
    if let Some(least) = schema.min_items.filter(|least| items.len() < *least) {
        return Some(format!("has fewer than {least} elements"));
    }
    if let Some(most) = schema.max_items.filter(|most| items.len() > *most) {
        return Some(format!("has more than {most} elements"));
    }
    let item = resolve(schema.items.as_deref()?, registry)?;
    let mut misfits = items
        .iter()
        .filter_map(|value| misfit(item, value, registry));
    if let Some(detail) = misfits.next() {
        return Some(format!("has an element that {detail}"));
    }
    let repeated = items
        .iter()
        .enumerate()
        .any(|(index, value)| items[..index].contains(value));
    (schema.unique_items == Some(true) && repeated).then(|| "has an element twice".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::parameters::Typed;
    use poem_openapi::{Enum, Object};

    #[derive(Debug, Enum)]
    #[oai(rename_all = "lowercase")]
    enum Colour {
        Red,
        Blue,
    }

    #[derive(Object)]
    #[oai(deny_unknown_fields)]
    struct Request {
        id: Uuid,
        #[oai(validator(min_length = 2))]
        name: String,
        amount: u32,
        /// What it looks like.
        colour: Option<Colour>,
        #[oai(validator(min_items = 1, max_items = 2))]
        colours: Vec<Colour>,
        chosen: Option<Typed>,
    }

    fn wrong(text: &str) -> Vec<(String, String)> {
        let mut problem = parse::<Request>(text.as_bytes()).err().unwrap();
        let errors = std::mem::take(&mut problem.errors).into_iter();
        errors.map(|error| (error.pointer, error.detail)).collect()
    }

    #[test]
    fn every_field_that_does_not_fit_is_named() {
        let body =
            r#"{"id":"x","name":"a","amount":-1,"colour":"green","colours":["red",7],"a/b":1}"#;
        let expected = [
            ("/id", "is not an id: a UUID"),
            ("/name", "is shorter than 2 characters"),
            ("/amount", "is not a whole number from 0 to 4294967295"),
            ("/colour", "is none of red, blue"),
            ("/colours", "has an element that is not a text"),
            ("/a~1b", "is not a field of this request"),
        ];
        let expected: Vec<(String, String)> = expected
            .iter()
            .map(|(pointer, detail)| ((*pointer).to_owned(), (*detail).to_owned()))
            .collect();
        assert_eq!(wrong(body), expected);
    }

    #[test]
    fn a_list_has_neither_too_few_nor_too_many_elements() {
        let id = Uuid::nil();
        for (colours, detail) in [
            ("[]", "has fewer than 1 elements"),
            (r#"["red","blue","red"]"#, "has more than 2 elements"),
        ] {
            let body = format!(r#"{{"id":"{id}","name":"ab","amount":1,"colours":{colours}}}"#);
            assert_eq!(wrong(&body), [("/colours".to_owned(), detail.to_owned())]);
        }
    }

    #[test]
    fn what_is_missing_is_named() {
        let pointers: Vec<String> = wrong(r#"{"colour":null}"#)
            .into_iter()
            .map(|(pointer, _)| pointer)
            .collect();
        assert_eq!(pointers, ["/id", "/name", "/amount", "/colours"]);
    }

    #[test]
    fn what_does_not_fit_under_a_name_of_the_callers_choice_is_named() {
        let chosen =
            r#"{"list":[],"half":0.5,"empty":"","a/b":null,"text":"x","number":7,"flag":true}"#;
        let id = Uuid::nil();
        let body = |chosen: &str| {
            format!(r#"{{"id":"{id}","name":"ab","amount":1,"colours":["red"],"chosen":{chosen}}}"#)
        };
        let expected = [
            (
                "/chosen/a~1b",
                "is not a text, a whole number, true or false",
            ),
            ("/chosen/empty", "is shorter than 1 characters"),
            ("/chosen/half", "is not a whole number, or too large"),
            (
                "/chosen/list",
                "is not a text, a whole number, true or false",
            ),
        ];
        let expected = expected.map(|(pointer, detail)| (pointer.to_owned(), detail.to_owned()));
        assert_eq!(wrong(&body(chosen)), expected);
        let no_object = ("/chosen".to_owned(), "is not an object".to_owned());
        assert_eq!(wrong(&body("7")), [no_object]);
    }

    #[test]
    fn a_body_that_is_no_object_is_wrong_as_a_whole() {
        for text in ["", "{", "[]", "7", "null"] {
            assert_eq!(wrong(text)[0].0, "", "{text}");
        }
    }
}
