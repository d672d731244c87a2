//! A database that is gone without having said so is told, and everything goes on when it is back.

use crate::support::{Way, app_with, becomes, command};
use purser::config::Secret;
use purser_domain::{
    decisions::One,
    ids::{UserId, WalletId},
    wallet::{Wallet, WalletCommand},
};
use serde_json::json;

/// What is so already: it is written down, and nothing comes of it.
fn opening(owner: UserId) -> One<Wallet> {
    One {
        id: WalletId::of(owner),
        command: WalletCommand::Open { owner },
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_vanishes_is_said_and_nothing_is_doubled_when_it_is_back() {
    let mut way = None;
    let app = app_with(|settings| {
        let made = Way::to(settings.database_url.expose());
        settings.database_url = Secret::new(made.url.clone());
        way = Some(made);
    })
    .await;
    let way = way.unwrap();
    let dewi = app.customer().await.with_credit(50_000).await;
    app.settle().await;
    way.closes();

    let asked = || {
        dewi.post("/top-ups", &json!({ "amount": 60_000 }))
            .key("once")
    };
    asked().await.refuses(503, "store.unavailable");
    let appender = app.app().appender.clone();
    let opening = command(opening(UserId::new(dewi.id)));
    let written = tokio::spawn(async move { appender.execute(opening).await });
    becomes("it says that the writer waits", async || {
        let ready = app.wire.get("/readyz").await;
        ready.status == 503 && ready.text.contains("\"writer\"")
    })
    .await;
    let error = written.await.unwrap().unwrap_err();
    assert!(error.to_string().contains("event store"), "{error}");

    way.opens();
    becomes("it is ready again", async || {
        app.wire.get("/readyz").await.status == 200
    })
    .await;
    becomes("the command is taken", async || asked().await.status == 201).await;
    asked().await.is(201);
    assert_eq!(app.times("top_up.requested").await, 2);
    app.finish().await;
}
