//! What is large and the same for everybody.

use super::*;

#[tokio::test]
async fn the_documentation_needs_nothing_from_elsewhere() {
    let page = text(&app(), "/docs").await;
    assert!(page.contains("create_subscription"));
    for tag in ["<script src", "<link", "@import"] {
        assert!(!page.contains(tag), "{tag}");
    }
}

#[tokio::test]
async fn whoever_asks_for_what_is_large_shares_one_copy_of_it() {
    let app = app();
    for (path, kind) in [
        ("/docs", "text/html; charset=utf-8"),
        ("/openapi.json", "application/json"),
    ] {
        let asks = async || app.call(request("GET", path).finish()).await.unwrap();
        let (first, second) = (asks().await, asks().await);
        assert_eq!(first.content_type(), Some(kind), "{path}");
        let first = first.into_body().into_bytes().await.unwrap();
        let second = second.into_body().into_bytes().await.unwrap();
        assert!(first.len() > 100_000, "{path}");
        assert_eq!(first.as_ptr(), second.as_ptr(), "{path}");
    }
}
