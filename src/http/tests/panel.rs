//! Pages of the panel, and of anybody else.

use super::*;

const PANEL: &str = "https://panel.example.id";
const SERVICES: &str = "/api/v1/services";

async fn headers(request: Request) -> (u16, poem::http::HeaderMap) {
    let response = app().call(request).await.unwrap();
    (response.status().as_u16(), response.headers().clone())
}

fn preflight(origin: &str) -> Request {
    request("OPTIONS", SERVICES)
        .header("origin", origin)
        .header("access-control-request-method", "PUT")
        .header("access-control-request-headers", "authorization")
        .finish()
}

#[tokio::test]
async fn the_panel_may_ask_and_read() {
    let (status, allowed) = headers(preflight(PANEL)).await;
    assert_eq!(status, 204);
    assert_eq!(allowed["access-control-allow-origin"], PANEL);
    let methods = allowed["access-control-allow-methods"].to_str().unwrap();
    assert!(methods.contains("PUT"), "{methods}");
    let sent = allowed["access-control-allow-headers"].to_str().unwrap();
    for name in ["authorization", "content-type", "idempotency-key"] {
        assert!(sent.contains(name), "{sent}");
    }
    // A failure is read as well.
    let asked = request("GET", SERVICES).header("origin", PANEL).finish();
    let (status, shown) = headers(asked).await;
    assert_eq!(status, 503);
    assert_eq!(shown["access-control-allow-origin"], PANEL);
    assert_eq!(shown["vary"], "origin");
    let shown = shown["access-control-expose-headers"].to_str().unwrap();
    for name in ["location", "etag", "x-position", "retry-after"] {
        assert!(shown.contains(name), "{shown}");
    }
}

#[tokio::test]
async fn the_pages_of_others_are_told_nothing() {
    for origin in ["https://evil.example", "https://api.example.id", "null"] {
        let (status, told) = headers(preflight(origin)).await;
        assert_eq!(status, 405, "{origin}");
        let asked = request("GET", SERVICES).header("origin", origin).finish();
        let (answered, read) = headers(asked).await;
        assert_eq!(answered, 503, "{origin}");
        for headers in [told, read] {
            let names = headers.keys().map(|name| name.as_str());
            assert!(
                names
                    .into_iter()
                    .all(|it| !it.starts_with("access-control"))
            );
            assert_eq!(headers["vary"], "origin");
        }
    }
}
