//! The caller's own key for a request that changes something: repeating it repeats the answer.

use super::{
    Parts,
    conversation::Talk,
    problem::{FieldError, Problem},
};
use crate::{
    auth::Keys,
    store::{Asking, Committed, Context, canonical},
};
use poem::{Request, RequestBody, http::HeaderMap};
use poem_openapi::{
    ApiExtractor, ApiExtractorType, ExtractParamOptions,
    registry::{MetaParamIn, MetaSchema, MetaSchemaRef, Registry},
    types::ToJSON,
};
use purser_domain::{Actor, Decision};
use serde_json::{Value, json};
use uuid::Uuid;

const HEADER: &str = "idempotency-key";

/// The body of a request that has none.
pub(super) const NO_BODY: Option<bool> = None;

/// The header `Idempotency-Key` with the conversation it belongs to.
pub(super) struct Ask<const REQUIRED: bool> {
    key: Option<String>,
    request_id: Uuid,
    correlation_id: Uuid,
}

/// A request that must carry a key.
pub(super) type Keyed = Ask<true>;
/// A request that may carry a key.
pub(super) type MaybeKeyed = Ask<false>;

impl<const REQUIRED: bool> Ask<REQUIRED> {
    /// What is asked: the ids in the path and the body as it was understood.
    pub(super) fn asking(
        &self,
        keys: &Keys,
        path: &[Uuid],
        body: &impl ToJSON,
    ) -> Result<Asking, Problem> {
        let asked = json!({ "path": path, "body": body.to_json().unwrap_or(Value::Null) });
        let canonical = canonical::to_string(&asked).map_err(|error| {
            Problem::invalid(vec![FieldError {
                pointer: String::new(),
                detail: error.to_string(),
            }])
        })?;
        Ok(Asking {
            key: self.key.clone(),
            body_hash: keys.body_hash(&canonical),
            request_id: self.request_id,
            correlation_id: self.correlation_id,
        })
    }

    /// The command of somebody signed in.
    pub(super) fn context(
        &self,
        keys: &Keys,
        actor: Actor,
        operation: &str,
        path: &[Uuid],
        body: &impl ToJSON,
    ) -> Result<Context, Problem> {
        Ok(self.asking(keys, path, body)?.by(actor, operation))
    }
}

impl Parts {
    /// Decides what is prepared, once: whoever repeats a request that was accepted hears the same answer, whatever preparing it
    /// would come to by now.
    pub(super) async fn once<D: Decision + 'static>(
        &self,
        context: &Context,
        prepared: impl Future<Output = Result<D, Problem>>,
    ) -> Result<Committed, Problem> {
        if let Some(committed) = self.states.answered(context).await? {
            return Ok(committed);
        }
        let command = context.command(prepared.await?);
        Ok(self.appender.execute(command).await?)
    }

    /// Whether it is not the repetition of a request that was accepted: only then is anybody else asked before it is decided.
    pub(super) async fn is_new(&self, context: &Context) -> Result<bool, Problem> {
        Ok(self.states.answered(context).await?.is_none())
    }
}

impl<'a, const REQUIRED: bool> ApiExtractor<'a> for Ask<REQUIRED> {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::Parameter];
    const PARAM_IS_REQUIRED: bool = REQUIRED;

    type ParamType = String;
    type ParamRawType = String;

    fn register(_registry: &mut Registry) {}

    fn param_in() -> Option<MetaParamIn> {
        Some(MetaParamIn::Header)
    }

    fn param_schema_ref() -> Option<MetaSchemaRef> {
        Some(MetaSchemaRef::Inline(Box::new(MetaSchema {
            min_length: Some(1),
            max_length: Some(257),
            pattern: Some(r#"^([!#-~]{1,255}|"[!#-~]{1,255}")$"#.to_owned()),
            ..MetaSchema::new("string")
        })))
    }

    async fn from_request(
        request: &'a Request,
        _body: &mut RequestBody,
        _options: ExtractParamOptions<String>,
    ) -> poem::Result<Self> {
        let key = key(request.headers())?;
        if REQUIRED && key.is_none() {
            let detail = "send a header Idempotency-Key that is new for every new request";
            return Err(Problem::new(
                poem::http::StatusCode::BAD_REQUEST,
                "idempotency_key.missing",
                detail,
            )
            .into());
        }
        let talk = request
            .data::<Talk>()
            .expect("every request has its conversation");
        Ok(Self {
            key,
            request_id: talk.request_id,
            correlation_id: talk.correlation_id,
        })
    }
}

/// The key, bare or as the quoted string of the IETF draft.
fn key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let mut values = headers.get_all(HEADER).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    let text = value.to_str().unwrap_or_default().trim();
    let quoted = text
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'));
    let key = quoted.unwrap_or(text);
    let visible = key.chars().all(|c| c.is_ascii_graphic() && c != '"');
    // Of two keys none can be the one that is meant.
    if visible && (1..=255).contains(&key.len()) && values.next().is_none() {
        Ok(Some(key.to_owned()))
    } else {
        let detail = "send one Idempotency-Key of 1 to 255 visible characters";
        Err(Problem::new(
            poem::http::StatusCode::BAD_REQUEST,
            "idempotency_key.invalid",
            detail,
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use poem::http::HeaderValue;

    fn read(value: &str) -> Result<Option<String>, String> {
        let mut headers = HeaderMap::new();
        headers.insert(HEADER, HeaderValue::from_str(value).unwrap());
        key(&headers).map_err(|problem| problem.code.clone())
    }

    #[test]
    fn a_key_is_the_same_bare_and_quoted() {
        assert_eq!(read("abc-1"), Ok(Some("abc-1".into())));
        assert_eq!(read("\"abc-1\""), Ok(Some("abc-1".into())));
    }

    #[test]
    fn a_key_has_1_to_255_visible_characters() {
        let invalid = Err("idempotency_key.invalid".to_owned());
        for text in ["", "\"\"", "a b", "a\"b", &"x".repeat(256)] {
            assert_eq!(read(text), invalid, "{text}");
        }
        assert!(read(&"x".repeat(255)).is_ok());
        assert_eq!(key(&HeaderMap::new()).unwrap(), None);
        let mut twice = HeaderMap::new();
        twice.append(HEADER, HeaderValue::from_static("a"));
        twice.append(HEADER, HeaderValue::from_static("b"));
        assert!(key(&twice).is_err());
    }
}
