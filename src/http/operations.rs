//! What operators' tools ask: is it alive, is it ready, how is it, what can it do.

use super::{
    Measures, Metrics, Parts,
    problem::{FieldError, Problem},
};
use poem::{
    Endpoint, IntoResponse, Response, get, handler,
    http::StatusCode,
    web::{Data, Html, Json},
};
use poem_openapi::{OpenApi, OpenApiService};
use serde_json::{Value, json};
use std::sync::Arc;

pub(super) fn healthz() -> impl Endpoint {
    #[handler]
    fn healthz() -> &'static str {
        "ok"
    }
    get(healthz)
}

pub(super) fn readyz() -> impl Endpoint {
    #[handler]
    async fn readyz(parts: Data<&Arc<Parts>>) -> poem::Result<Json<Value>> {
        let all = parts.readiness.parts().await;
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
            let problem = Problem::unavailable("not_ready", detail, 1);
            return Err(problem.in_parts(away).into());
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
    get(readyz)
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

pub(super) fn document(document: &Value) -> impl Endpoint + use<> {
    let text = document.to_string();
    get(poem::endpoint::make_sync(move |_| {
        Response::builder()
            .status(StatusCode::OK)
            .content_type("application/json")
            .body(text.clone())
    }))
}

/// Swagger UI with everything it needs in the page itself.
pub(super) fn docs<T: OpenApi + 'static>(
    service: &OpenApiService<T, ()>,
    document: &Value,
) -> impl Endpoint + use<T> {
    let page = service
        .swagger_ui_html()
        .replace(&service.spec(), &document.to_string());
    get(poem::endpoint::make_sync(move |_| Html(page.clone())))
}
