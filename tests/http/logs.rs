//! What an app prints, read whole and followed.

use crate::support::{PASSWORD, Person, TestApp, app, app_with, becomes};
use reqwest::{Client, Method, Response};
use serde_json::json;
use std::time::Duration;

async fn with_a_running_app(app: &TestApp) -> (Person, String) {
    app.sells("wordpress").await;
    let dewi = app.customer().await.with_credit(100_000).await;
    let order = dewi.buys("wordpress").await;
    dewi.sees(&order, "active").await;
    (dewi, format!("/pods/{}/logs", order.instance))
}

/// Opens a stream and keeps it open for as long as the answer lives.
async fn follows(person: &Person, path: &str) -> Response {
    let client = Client::builder().no_proxy().build().unwrap();
    let url = format!("{}/api/v1{path}", person.wire.api);
    let asked = client.get(url).bearer_auth(&person.token).send().await;
    asked.unwrap()
}

async fn reads_until(stream: &mut Response, part: &str) -> String {
    let mut text = String::new();
    while !text.contains(part) {
        let chunk = tokio::time::timeout(Duration::from_secs(30), stream.chunk()).await;
        let chunk = chunk.expect("the stream goes on in time").unwrap();
        let Some(chunk) = chunk else {
            panic!("the stream ended without {part:?}: {text}")
        };
        text.push_str(&String::from_utf8_lossy(&chunk));
    }
    text
}

/// Reads on until nothing follows.
async fn ends(stream: &mut Response) {
    let ended = async { while stream.chunk().await.unwrap().is_some() {} };
    let ended = tokio::time::timeout(Duration::from_secs(60), ended).await;
    ended.expect("the stream ends in time");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_is_read_by_container_component_and_age() {
    let app = app().await;
    let (dewi, logs) = with_a_running_app(&app).await;
    let own = dewi.get(&format!("{logs}?tail=1")).await.is(200);
    assert_eq!(own.text.lines().count(), 1, "{}", own.text);
    let both = dewi.get(&format!("{logs}?container=*")).await.is(200);
    for name in ["[wordpress] wordpress:", "[cron] cron:"] {
        assert!(both.text.contains(name), "{}", both.text);
    }
    let cron = dewi.get(&format!("{logs}?container=cron")).await.is(200);
    assert!(cron.text.starts_with("cron:"), "{}", cron.text);
    let database = dewi.get(&format!("{logs}?component=database")).await;
    assert!(!database.is(200).text.is_empty());
    dewi.get(&format!("{logs}?since=3600")).await.is(200);
    let missing = dewi.get(&format!("{logs}?container=mysql")).await;
    missing.refuses(404, "logs.container_not_found");
    let previous = dewi.get(&format!("{logs}?previous=true")).await;
    previous.refuses(409, "logs.not_there");
    for wrong in ["container=A", "component=kernel", "since=0", "tail=5001"] {
        let asked = dewi.get(&format!("{logs}?{wrong}")).await;
        asked.refuses(400, "request.invalid");
    }
    let sari = app.customer().await;
    sari.get(&logs).await.refuses(404, "pod.not_found");
    let stream = format!("{logs}/stream");
    sari.get(&stream).await.refuses(404, "pod.not_found");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_is_followed_until_the_pod_ends() {
    let app = app().await;
    let (dewi, logs) = with_a_running_app(&app).await;
    let mut stream = follows(&dewi, &format!("{logs}/stream?container=*")).await;
    assert_eq!(stream.status(), 200);
    let kind = stream.headers()["content-type"].to_str().unwrap();
    assert_eq!(kind, "text/event-stream");
    let told = reads_until(&mut stream, r#""container":"cron""#).await;
    assert!(told.starts_with("data: {"), "{told}");
    for namespace in app.wire.namespaces().await {
        let address = format!("{}/api/v1/namespaces/{namespace}/pods", app.wire.kubernetes);
        let pods = app.wire.get(&address).await.is(200);
        for pod in pods["items"].as_array().unwrap() {
            let name = pod["metadata"]["name"].as_str().unwrap();
            let pod = format!("{address}/{name}");
            app.wire.ask(reqwest::Method::DELETE, &pod).await;
        }
    }
    let end = reads_until(&mut stream, "event: end\n").await;
    assert!(end.contains("event: end\n"), "{end}");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_follows_so_many_logs_at_once_and_no_more() {
    let app = app_with(|settings| settings.log_streams_per_customer = 1).await;
    let (dewi, logs) = with_a_running_app(&app).await;
    let path = format!("{logs}/stream");
    let mut first = follows(&dewi, &path).await;
    reads_until(&mut first, "data: ").await;
    let second = dewi.get(&path).await;
    second.refuses(429, "logs.too_many_streams");
    dewi.get(&logs).await.refuses(429, "logs.too_many_streams");
    drop(first);
    becomes("the ended stream no longer counts", async || {
        follows(&dewi, &path).await.status() == 200
    })
    .await;
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_is_followed_no_longer_than_its_session_stands() {
    let app = app().await;
    let (dewi, logs) = with_a_running_app(&app).await;
    let path = format!("{logs}/stream");
    let elsewhere = Person::signs_in(&app.wire, &dewi.email, PASSWORD).await;
    let mut there = follows(&elsewhere, &path).await;
    let mut here = follows(&dewi, &path).await;
    for stream in [&mut there, &mut here] {
        reads_until(stream, "data: ").await;
    }
    elsewhere.ask(Method::POST, "/auth/logout").await.is(200);
    ends(&mut there).await;

    dewi.get("/auth/me").await.is(200);
    let chosen = json!({ "current_password": PASSWORD, "new_password": "battery staple correct" });
    let chosen = dewi.ask(Method::PUT, "/auth/password").json(&chosen);
    chosen.await.is(200);
    ends(&mut here).await;
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn stopping_does_not_wait_for_who_follows() {
    let app = app().await;
    let (dewi, logs) = with_a_running_app(&app).await;
    let mut stream = follows(&dewi, &format!("{logs}/stream")).await;
    reads_until(&mut stream, "data: ").await;
    let reading = tokio::spawn(async move { reads_until(&mut stream, "event: end\n").await });
    app.finish().await;
    reading.await.unwrap();
}
