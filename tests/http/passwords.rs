//! A customer gets another password for his app, and nobody else learns it.

use crate::support::{Order, Person, TestApp, app, app_with, becomes};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use purser::standins::kubernetes::{Behaviour, Fault, Scope};
use reqwest::Method;
use serde_json::Value;
use std::collections::BTreeSet;

/// Dewi, with an app that is ready.
async fn running(app: &TestApp, service: &str) -> (Person, Order) {
    app.sells(service).await;
    let dewi = app.customer().await.with_credit(50_000).await;
    let order = dewi.buys(service).await;
    dewi.sees(&order, "active").await;
    (dewi, order)
}

fn path(order: &Order, what: &str) -> String {
    format!("/pods/{}/{what}", order.instance)
}

async fn shows(dewi: &Person, order: &Order, status: &str) {
    becomes(&format!("the pod is {status}"), async || {
        let pod = dewi.get(&format!("/pods/{}", order.instance)).await;
        pod["status"] == status
    })
    .await;
}

async fn resets(app: &TestApp, dewi: &Person, order: &Order) {
    let before = app.times("instance.password_reset").await;
    let ask = dewi.ask(Method::POST, &path(order, "reset-password"));
    assert_eq!(ask.await.is(200)["status"], "resetting_password");
    becomes("the password is reset", async || {
        app.times("instance.password_reset").await == before + 1
    })
    .await;
}

async fn shown(dewi: &Person, order: &Order, key: &str) -> String {
    let ask = dewi.ask(Method::POST, &path(order, "credentials")).key(key);
    ask.await.is(200).text_of("password")
}

/// Objects of this kind in the app's namespace.
async fn objects(app: &TestApp, order: &Order, kind: &str) -> Vec<Value> {
    let space = format!("namespaces/customer-{}/{kind}", order.instance);
    let group = if kind == "jobs" {
        "apis/batch/v1"
    } else {
        "api/v1"
    };
    let url = format!("{}/{group}/{space}", app.wire.kubernetes);
    let list = app.wire.get(&url).await.is(200);
    list["items"].as_array().cloned().unwrap()
}

/// The values of the app's Secret.
async fn secret(app: &TestApp, order: &Order) -> Vec<(String, String)> {
    let secrets = objects(app, order, "secrets").await;
    let data = secrets[0]["data"].as_object().unwrap().clone();
    let open = |value: Value| BASE64_STANDARD.decode(value.as_str().unwrap()).unwrap();
    data.into_iter()
        .map(|(key, value)| (key, String::from_utf8(open(value)).unwrap()))
        .collect()
}

async fn jobs(app: &TestApp, order: &Order) -> BTreeSet<String> {
    let jobs = objects(app, order, "jobs").await.into_iter();
    let names = jobs.map(|job| job["metadata"]["name"].as_str().unwrap().to_owned());
    names.filter(|name| name.starts_with("reset-")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_gets_another_password_as_often_as_he_asks() {
    let app = app().await;
    let (dewi, order) = running(&app, "ghost").await;
    let first = shown(&dewi, &order, "one").await;
    let refused = dewi.ask(Method::POST, &path(&order, "credentials")).await;
    refused.refuses(409, "instance.credentials_already_revealed");

    resets(&app, &dewi, &order).await;
    shows(&dewi, &order, "ready").await;
    let job = jobs(&app, &order).await;
    let second = shown(&dewi, &order, "two").await;
    assert_eq!(shown(&dewi, &order, "two").await, second);
    let old = dewi
        .ask(Method::POST, &path(&order, "credentials"))
        .key("one");
    old.await.refuses(409, "pod.password_was_reset");

    resets(&app, &dewi, &order).await;
    let third = shown(&dewi, &order, "three").await;
    let passwords = BTreeSet::from([&first, &second, &third]);
    assert_eq!(passwords.len(), 3, "each is another");
    let newer = jobs(&app, &order).await;
    assert!(newer.len() == 1 && newer.is_disjoint(&job), "{newer:?}");
    let secret = secret(&app, &order).await;
    assert!(secret.contains(&("admin-password".to_owned(), third.clone())));
    assert!(secret.iter().all(|(key, _)| !key.contains("next")));
    for password in [&first, &second, &third] {
        let sql = format!("select count(*) from events where payload::text like '%{password}%'");
        assert_eq!(app.number(&sql).await, 0, "no event has it");
    }
    assert_eq!(app.times("instance.credentials_revealed").await, 3);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_app_can_be_given_another_password() {
    let app = app().await;
    for service in ["wordpress", "n8n"] {
        let (dewi, order) = running(&app, service).await;
        resets(&app, &dewi, &order).await;
        shows(&dewi, &order, "ready").await;
        let password = shown(&dewi, &order, "after").await;
        let secret = secret(&app, &order).await;
        assert!(secret.contains(&("admin-password".to_owned(), password.clone())));
        let hash = secret
            .iter()
            .find(|(key, _)| key == "admin-password-bcrypt");
        if let Some((_, hash)) = hash {
            assert!(bcrypt::verify(&password, hash).unwrap(), "{service}");
        }
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_that_fails_is_told_and_may_be_asked_for_again() {
    let app = app_with(|settings| settings.readiness_deadline_ms = Some(60_000)).await;
    let (dewi, order) = running(&app, "ghost").await;
    app.kubernetes.set_behaviour(Behaviour {
        scope: Scope::default(),
        fault: Fault::JobFails,
    });
    let reset = dewi.ask(Method::POST, &path(&order, "reset-password"));
    reset.await.is(200);
    let uncertain = dewi.ask(Method::POST, &path(&order, "credentials")).await;
    uncertain.refuses(409, "instance.password_uncertain");
    shows(&dewi, &order, "degraded").await;
    let pod = dewi.get(&format!("/pods/{}", order.instance)).await;
    let trouble = pod.text_of("trouble");
    assert!(
        trouble.contains("the job that sets the password failed"),
        "{trouble}"
    );
    let uncertain = dewi.ask(Method::POST, &path(&order, "credentials")).await;
    uncertain.refuses(409, "instance.password_uncertain");

    app.kubernetes.clear_behaviours();
    let ani = app.admin().await;
    let retry = format!("/admin{}", path(&order, "retry"));
    let again = ani.ask(Method::POST, &retry).await.is(200);
    assert_eq!(again["status"], "resetting_password");
    shows(&dewi, &order, "ready").await;
    assert_eq!(shown(&dewi, &order, "at-last").await.len(), 24);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_resets_the_password_of_somebody_elses_app_or_of_one_at_rest() {
    let app = app().await;
    let (dewi, order) = running(&app, "ghost").await;
    let other = app.customer().await;
    let ask = other.ask(Method::POST, &path(&order, "reset-password"));
    ask.await.refuses(404, "instance.not_found");
    dewi.ask(Method::POST, &path(&order, "stop")).await.is(200);
    shows(&dewi, &order, "stopped").await;
    let ask = dewi.ask(Method::POST, &path(&order, "reset-password"));
    ask.await.refuses(409, "instance.not_running");
    app.finish().await;
}
