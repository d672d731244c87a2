//! Whatever comes to the address of the gateway's notifications is kept before anything is made of it.

use super::payments::{NOTIFICATIONS, notification, told};
use crate::support::{PASSWORD, Person, app, becomes, until};
use purser::{auth::Vault, inbox::UNSIGNED_AN_HOUR};
use serde_json::{Value, json};

async fn kept(admin: &Person, outcome: &str) -> Vec<Value> {
    let path = format!("/admin/notifications?limit=100&outcome={outcome}");
    let list = admin.get(&path).await.is(200);
    list["items"].as_array().unwrap().clone()
}

/// The one of which this came, as it came.
async fn body(admin: &Person, outcome: &str) -> Value {
    let one = until(&format!("one is {outcome}"), async || {
        kept(admin, outcome).await.pop()
    })
    .await;
    let path = format!("/admin/notifications/{}", one["id"]);
    let found = admin.get(&path).await.is(200);
    assert_eq!(found["notification"], one);
    let text = found["body"].as_str().unwrap();
    serde_json::from_str(text).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_body_is_kept_with_what_came_of_it() {
    let app = app().await;
    let admin = app.admin().await;
    let dewi = app.customer().await;
    let order = dewi.orders_credit(50_000).await;
    let mut forged = notification(&order, "settlement", 50_000);
    forged["gross_amount"] = "90000.00".into();
    let nonsense = json!(["nobody's"]);
    for (bad, code) in [
        (&forged, "notification.bad_signature"),
        (&nonsense, "notification.unreadable"),
    ] {
        let answer = app.wire.post(NOTIFICATIONS, bad).without_key().await;
        answer.refuses(400, code);
    }
    let unknown = notification("topup-1", "settlement", 50_000);
    told(&app, &unknown).await;
    let pending = notification(&order, "pending", 50_000);
    told(&app, &pending).await;
    told(&app, &pending).await;

    assert_eq!(body(&admin, "bad_signature").await, forged);
    assert_eq!(body(&admin, "unreadable").await, nonsense);
    assert_eq!(body(&admin, "unknown_order").await, unknown);
    assert_eq!(body(&admin, "recorded").await, pending);
    let recorded = kept(&admin, "recorded").await.remove(0);
    assert_eq!(recorded["order_id"], order);
    assert_eq!(recorded["times"], 2);
    assert_eq!(kept(&admin, "received").await, Vec::<Value>::new());
    // In the clear it is nowhere once the history has it.
    let clear =
        "select count(*) from work.notifications where outcome = 'recorded' and body is not null";
    assert_eq!(app.number(clear).await, 0);
    let refused = dewi.get("/admin/notifications").await;
    refused.refuses(403, "role.missing");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn word_of_who_was_erased_is_taken_and_not_kept_in_the_clear() {
    let mut app = app().await;
    let admin = app.admin().await;
    let dewi = app.customer().await;
    let order = dewi.orders_credit(50_000).await;
    app.settle().await;
    app.stops().await;
    let pool = purser::app::pool(&app.database.urls.app, 1).unwrap();
    let vault = Vault::new(pool.clone(), app.settings.keys.clone());
    vault.erase(dewi.id).await.unwrap();
    pool.close().await;
    app.starts().await;
    told(&app, &notification(&order, "pending", 50_000)).await;
    let one = kept(&admin, "recorded").await.remove(0);
    let path = format!("/admin/notifications/{}", one["id"]);
    let found = admin.get(&path).await.is(200);
    assert!(found["body"].is_null(), "{}", found.text);
    let clear = "select count(*) from work.notifications where body is not null";
    assert_eq!(app.number(clear).await, 0);
    becomes("the gateway was asked", async || {
        let asked =
            "select count(*) from effects where step like 'check-notified-%' and status = 'done'";
        app.number(asked).await == 1
    })
    .await;
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_cannot_fill_the_disk() {
    let app = app().await;
    let admin = app.admin().await;
    let strange = async |from: i64| {
        for number in from..from + UNSIGNED_AN_HOUR + 5 {
            let body = json!({ "number": number });
            let answer = app.wire.post(NOTIFICATIONS, &body).without_key().await;
            answer.refuses(400, "notification.unreadable");
        }
    };
    let most = usize::try_from(UNSIGNED_AN_HOUR).unwrap();
    strange(0).await;
    assert_eq!(kept(&admin, "unreadable").await.len(), most);
    // What somebody signed is kept all the same.
    told(&app, &notification("topup-1", "settlement", 50_000)).await;
    assert_eq!(kept(&admin, "unknown_order").await.len(), 1);
    // A week later those are gone, and those of the season are not.
    app.minutes_pass(8 * 24 * 60);
    let admin = Person::signs_in(&app.wire, &admin.email, PASSWORD).await;
    strange(1_000).await;
    assert_eq!(kept(&admin, "unreadable").await.len(), most);
    assert_eq!(kept(&admin, "unknown_order").await.len(), 1);
    app.finish().await;
}
