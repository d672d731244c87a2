//! What operators' tools ask: is it alive, is it ready, how is it, what can it do.

use super::{
    Measures, Metrics, PartHealth, Readiness,
    problem::{FieldError, Problem},
};
use bytes::Bytes;
use poem::{
    Endpoint, IntoResponse, Response, get, handler,
    http::{StatusCode, header},
    web::Json,
};
use poem_openapi::{OpenApi, OpenApiService};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::sync::Arc;

pub(super) fn healthz() -> impl Endpoint {
    #[handler]
    fn healthz() -> &'static str {
        "ok"
    }
    get(healthz)
}

/// How every part is. What is wrong with one is told in words only where metrics are read: the words name namespaces and
/// policies, and are nothing for the net outside.
pub(super) fn readyz(readiness: &Arc<dyn Readiness>, in_words: bool) -> impl Endpoint + use<> {
    let readiness = readiness.clone();
    get(poem::endpoint::make(move |_| {
        let readiness = readiness.clone();
        async move {
            let mut all = readiness.parts().await;
            if !in_words {
                let troubles = all.iter_mut().filter_map(|part| part.trouble.as_mut());
                troubles.for_each(|trouble| "is not well".clone_into(trouble));
            }
            Ok::<_, poem::Error>(answer(all)?.into_response())
        }
    }))
}

fn answer(all: Vec<PartHealth>) -> Result<Json<Value>, Problem> {
    let away: Vec<FieldError> = all
        .iter()
        .filter(|part| part.needed)
        .filter_map(|part| {
            let detail = part.trouble.clone()?;
            Some(FieldError {
                pointer: part.name.to_owned(),
                detail,
            })
        })
        .collect();
    if !away.is_empty() {
        let detail = "a part that is needed is away";
        return Err(Problem::unavailable("not_ready", detail, 1).in_parts(away));
    }
    let parts: Vec<Value> = all
        .into_iter()
        .map(|part| match &part.trouble {
            Some(trouble) => {
                json!({"name": part.name, "needed": part.needed, "trouble": trouble})
            }
            None => json!({"name": part.name, "needed": part.needed}),
        })
        .collect();
    Ok(Json(json!({"status": "ready", "parts": parts})))
}

pub(super) fn metrics(
    metrics: &Arc<Metrics>,
    measures: &Arc<dyn Measures>,
) -> impl Endpoint + use<> {
    let (metrics, measures) = (metrics.clone(), measures.clone());
    get(poem::endpoint::make(move |_| {
        let (metrics, measures) = (metrics.clone(), measures.clone());
        async move {
            let text = metrics.scrape(&*measures).await;
            let text = text.map_err(|error| Problem::internal(&error))?;
            let content_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
            Ok::<_, poem::Error>(text.with_content_type(content_type).into_response())
        }
    }))
}

/// The document changes with the program, so whoever has it asks whether it is still the same. All answers share one copy: who
/// asks and does not read would hold one of his own until his connection is given up.
pub(super) fn document(document: &Value) -> impl Endpoint + use<> {
    let text = Bytes::from(document.to_string());
    let tag = format!("\"{}\"", hex::encode(&Sha256::digest(&text)[..16]));
    get(poem::endpoint::make_sync(move |request: poem::Request| {
        let known = request.header(header::IF_NONE_MATCH).unwrap_or_default();
        let mut known = known
            .split(',')
            .map(|tag| tag.trim().trim_start_matches("W/"));
        let same = known.any(|known| known == tag || known == "*");
        let response = Response::builder()
            .header(header::ETAG, &tag)
            .header(header::CACHE_CONTROL, "no-cache");
        match same {
            true => response.status(StatusCode::NOT_MODIFIED).finish(),
            false => response.content_type("application/json").body(text.clone()),
        }
    }))
}

/// Everything is in the page, and it asks nobody but the API.
const DOCS_POLICY: &str = "default-src 'none'; script-src 'unsafe-inline'; \
     style-src 'unsafe-inline'; img-src data:; font-src data:; connect-src 'self'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Swagger UI with everything it needs in the page itself; all answers share one copy, as of the document.
pub(super) fn docs<T: OpenApi + 'static>(
    service: &OpenApiService<T, ()>,
    document: &Value,
) -> impl Endpoint + use<T> {
    let page = service
        .swagger_ui_html()
        .replace(&service.spec(), &document.to_string());
    // Without it a browser shows the page as pages were before there was a standard.
    let page = Bytes::from(format!("<!doctype html>\n{page}"));
    get(poem::endpoint::make_sync(move |_| {
        Response::builder()
            .content_type("text/html; charset=utf-8")
            .header(header::CONTENT_SECURITY_POLICY, DOCS_POLICY)
            .body(page.clone())
    }))
}
