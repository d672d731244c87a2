//! The panel, where its pages come from another origin than the API (CORS, as the Fetch standard has it). Pages of any other
//! origin get the same answers without these headers, so their browsers keep the answers from them; whoever is no browser
//! is not concerned.

use crate::config::WebUrl;
use poem::{
    IntoResponse as _, Request, Response,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
};

const METHODS: &str = "GET, POST, PUT, DELETE";
const SENT: &str =
    "authorization, content-type, idempotency-key, if-match, traceparent, x-request-id";
const SHOWN: &str = "allow, content-disposition, etag, idempotent-replayed, location, retry-after, \
     www-authenticate, x-position, x-request-id";
/// For how many seconds a browser need not ask again: the most that any of them keeps to.
const KEPT_SECONDS: u32 = 7_200;

/// Whose pages may read what the API answers.
#[derive(Clone, Debug, Default)]
pub struct Cors {
    panel: Option<HeaderValue>,
}

impl Cors {
    /// From the URLs of panel and API; nobody's, where they are of one origin.
    pub fn new(panel: &WebUrl, public: &WebUrl) -> Self {
        let apart = (panel.origin() != public.origin()).then(|| panel.origin());
        Self {
            panel: apart.and_then(|panel| HeaderValue::try_from(panel).ok()),
        }
    }

    /// Whether a page of the panel asks.
    pub(super) fn is_panel(&self, headers: &HeaderMap) -> bool {
        self.panel.is_some() && headers.get(header::ORIGIN) == self.panel.as_ref()
    }

    /// Says so in the answer.
    pub(super) fn finish(&self, headers: &mut HeaderMap, from_panel: bool) {
        let Some(panel) = &self.panel else {
            return;
        };
        // Whoever keeps answers keeps them for one origin.
        headers.append(header::VARY, HeaderValue::from_static("origin"));
        if from_panel {
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, panel.clone());
            let shown = HeaderValue::from_static(SHOWN);
            headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, shown);
        }
    }
}

/// Whether a browser asks what a page may ask.
pub(super) fn is_preflight(request: &Request) -> bool {
    let asks = header::ACCESS_CONTROL_REQUEST_METHOD;
    request.method() == Method::OPTIONS && request.headers().contains_key(asks)
}

/// What a page of the panel may ask.
pub(super) fn preflight() -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    let headers = response.headers_mut();
    let methods = HeaderValue::from_static(METHODS);
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, methods);
    let sent = HeaderValue::from_static(SENT);
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, sent);
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, KEPT_SECONDS.into());
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cors(panel: &str, public: &str) -> Cors {
        Cors::new(&panel.parse().unwrap(), &public.parse().unwrap())
    }

    fn is_panel(cors: &Cors, origin: &'static str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::ORIGIN, HeaderValue::from_static(origin));
        cors.is_panel(&headers)
    }

    #[test]
    fn only_the_panels_own_origin_is_let_in() {
        let cors = cors("https://Panel.example.id:443/app", "https://api.example.id");
        assert!(is_panel(&cors, "https://panel.example.id"));
        for other in [
            "http://panel.example.id",
            "https://panel.example.id.evil.example",
            "https://panel.example.id:8443",
            "https://api.example.id",
            "null",
            "*",
        ] {
            assert!(!is_panel(&cors, other), "{other}");
        }
        assert!(!cors.is_panel(&HeaderMap::new()));
    }

    #[test]
    fn a_panel_beside_the_api_needs_nothing() {
        for panel in ["https://example.id/panel", "https://EXAMPLE.id:443"] {
            let cors = cors(panel, "https://example.id");
            assert!(!is_panel(&cors, "https://example.id"), "{panel}");
            let mut headers = HeaderMap::new();
            cors.finish(&mut headers, false);
            assert!(headers.is_empty());
        }
    }
}
