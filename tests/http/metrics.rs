//! Where metrics are read.

use crate::support::{app, app_with};

#[tokio::test(flavor = "multi_thread")]
async fn metrics_with_an_address_of_their_own_are_not_beside_the_api() {
    let app = app_with(|settings| settings.metrics_listen = Some(([127, 0, 0, 1], 0).into())).await;
    let address = app.app().metrics_address.unwrap();
    let metrics = app.wire.get(&format!("http://{address}/metrics")).await;
    assert!(metrics.is(200).text.contains("purser_history_head"));
    let beside = app.wire.get("/metrics").await;
    beside.refuses(404, "route.not_found");
    for path in ["healthz", "api/v1/services", ""] {
        let other = app.wire.get(&format!("http://{address}/{path}")).await;
        assert_eq!(other.status, 404, "{path}");
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_one_they_are_beside_it() {
    let app = app().await;
    assert_eq!(app.app().metrics_address, None);
    let metrics = app.wire.get("/metrics").await.is(200);
    assert!(metrics.text.contains("purser_history_head"));
    app.finish().await;
}
