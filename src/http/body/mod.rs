//! A request's body. poem-openapi says that a value does not fit, not where; the API's own schema does.

mod fitting;
mod reading;
#[cfg(test)]
mod tests;

use super::{
    error::plain,
    problem::{FieldError, Problem},
};
use poem::{
    Request, RequestBody,
    http::{StatusCode, header},
};
use poem_openapi::{
    ApiExtractor, ApiExtractorType, ExtractParamOptions,
    error::ContentTypeError,
    payload::{Json, Payload as _},
    registry::{MetaMediaType, MetaRequest, MetaSchema, MetaSchemaRef, Registry},
    types::ParseFromJSON,
};

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
        if let Some(coding) = request.header(header::CONTENT_ENCODING) {
            require_identity(coding)?;
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

/// A body is read as it comes: what is compressed would be told to be no JSON.
fn require_identity(coding: &str) -> Result<(), Problem> {
    match coding.trim().eq_ignore_ascii_case("identity") {
        true => Ok(()),
        false => Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "content_encoding.unsupported",
            "send the body as it is, without a Content-Encoding",
        )),
    }
}

fn parse<T: ParseFromJSON>(bytes: &[u8]) -> Result<T, Problem> {
    let value = reading::read(bytes).map_err(|mistake| Problem::invalid(vec![mistake]))?;
    // The parser takes a number for a text; the schema does not.
    let mistakes = fitting::mistakes::<T>(&value);
    if !mistakes.is_empty() {
        return Err(Problem::invalid(mistakes));
    }
    T::parse_from_json(Some(value)).map_err(|error| {
        Problem::invalid(vec![FieldError {
            pointer: String::new(),
            detail: plain(&error.into_message()),
        }])
    })
}

/// A name as it stands in a JSON pointer (RFC 6901).
fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}
