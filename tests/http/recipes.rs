//! An operator's own app: a folder, and no code.

use crate::support::{app_with, becomes};
use reqwest::Method;
use std::path::{Path, PathBuf};

/// A folder with one recipe, which has neither database nor accounts.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recipes")
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_of_an_operators_own_is_sold_by_adding_a_folder() {
    let app = app_with(|settings| settings.templates_dir = Some(folder())).await;
    let template = app.wire.get("/api/v1/templates/pages").await.is(200);
    assert_eq!(template["title"], "Pages");
    app.sells("pages").await;
    let dewi = app.customer().await.with_credit(50_000).await;
    let order = dewi.buys("pages").await;
    dewi.sees(&order, "active").await;

    let path = format!("/pods/{}", order.instance);
    let pod = dewi.get(&path).await.is(200);
    assert_eq!(pod["status"], "ready");
    assert_eq!(pod["steps"].as_array().unwrap().len(), 5, "{}", pod.text);
    let shown = dewi.ask(Method::POST, &format!("{path}/credentials")).await;
    shown.refuses(409, "pod.no_sign_in");

    for (operation, status) in [("stop", "stopped"), ("start", "ready")] {
        let asked = dewi.ask(Method::POST, &format!("{path}/{operation}"));
        asked.await.is(200);
        becomes(&format!("the pod is {status}"), async || {
            dewi.get(&path).await["status"] == status
        })
        .await;
    }
    app.finish().await;
}
