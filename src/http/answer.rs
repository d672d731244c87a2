//! What an accepted command and a list answer with.

use crate::store::Committed;
use poem::{
    IntoResponse, Response,
    http::{HeaderName, HeaderValue, StatusCode, header},
};
use poem_openapi::{
    ApiResponse, Object,
    payload::Json,
    registry::{MetaHeader, MetaMediaType, MetaResponse, MetaResponses, Registry},
    types::{ParseFromJSON, ToJSON, Type},
};

const POSITION: HeaderName = HeaderName::from_static("x-position");
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// The answer to an accepted command, with the commit it stands on.
pub(super) struct Done<T, const STATUS: u16> {
    body: T,
    position: i64,
    version: i64,
    repeated: bool,
    location: Option<String>,
}

/// Something was changed.
pub(super) type Accepted<T> = Done<T, 200>;
/// Something new is there.
pub(super) type Created<T> = Done<T, 201>;

impl<T, const STATUS: u16> Done<T, STATUS> {
    pub(super) fn new(committed: &Committed, body: T) -> Self {
        Self {
            body,
            position: committed.position,
            version: committed.version,
            repeated: committed.repeated,
            location: None,
        }
    }

    /// Where it can be read.
    pub(super) fn at(self, location: String) -> Self {
        Self {
            location: Some(location),
            ..self
        }
    }
}

impl<T: ToJSON, const STATUS: u16> IntoResponse for Done<T, STATUS> {
    fn into_response(self) -> Response {
        let mut response = Json(self.body).into_response();
        response.set_status(StatusCode::from_u16(STATUS).unwrap_or_default());
        let headers = response.headers_mut();
        headers.insert(POSITION, self.position.into());
        if let Ok(tag) = HeaderValue::try_from(format!("\"v{}\"", self.version)) {
            headers.insert(header::ETAG, tag);
        }
        if let Some(location) = self
            .location
            .and_then(|location| HeaderValue::try_from(location).ok())
        {
            headers.insert(header::LOCATION, location);
        }
        if self.repeated {
            headers.insert(REPLAYED, HeaderValue::from_static("true"));
        }
        response
    }
}

impl<T: ToJSON, const STATUS: u16> ApiResponse for Done<T, STATUS> {
    fn meta() -> MetaResponses {
        let header = |name: &str, description: &str, schema, required| MetaHeader {
            name: name.to_owned(),
            description: Some(description.to_owned()),
            required,
            deprecated: false,
            schema,
        };
        let mut headers = vec![
            header(
                "ETag",
                "The version of what was changed: `\"v42\"`; no operation takes it as `If-Match`",
                String::schema_ref(),
                true,
            ),
            header(
                "X-Position",
                "The position of the commit; give it as `min_position` to read what was written",
                i64::schema_ref(),
                true,
            ),
            header(
                "Idempotent-Replayed",
                "`true` where this request had been accepted before: it is the same answer again",
                bool::schema_ref(),
                false,
            ),
        ];
        if STATUS > 200 {
            headers.push(header(
                "Location",
                "Where it can be read",
                String::schema_ref(),
                false,
            ));
        }
        MetaResponses {
            responses: vec![MetaResponse {
                description: match STATUS {
                    201 => "Made",
                    202 => "Held until somebody else of the staff approves it",
                    _ => "Done",
                },
                status: Some(STATUS),
                status_range: None,
                content: vec![MetaMediaType {
                    content_type: "application/json",
                    schema: T::schema_ref(),
                }],
                headers,
            }],
        }
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }
}

/// One page of a list.
#[derive(Object)]
pub(super) struct Listed<T: ParseFromJSON + ToJSON + Type> {
    /// The items, newest first.
    pub items: Vec<T>,
    /// Give it as `after` to get the next page; absent on the last one.
    #[oai(skip_serializing_if_is_none)]
    pub next: Option<String>,
}

impl<T: ParseFromJSON + ToJSON + Type> From<(Vec<T>, Option<String>)> for Listed<T> {
    fn from((items, next): (Vec<T>, Option<String>)) -> Self {
        Self { items, next }
    }
}
