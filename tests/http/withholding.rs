//! Effects wait where nobody can tell whether the database was restored, and it is said.

use crate::support::{Answer, app_with, becomes, tools};
use purser::{config::Secret, embedded::throwaway_nats, relay::RelayHealth};

/// What is said of effects; null where they begin.
fn of_effects(ready: &Answer) -> serde_json::Value {
    let parts = ready["parts"].as_array().unwrap();
    let effects = parts.iter().find(|part| part["name"] == "effects");
    effects.unwrap()["trouble"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_never_could_ask_jetstream_says_that_its_effects_wait() {
    let mut nats = throwaway_nats(&tools()).await.unwrap();
    let url = nats.url().to_owned();
    nats.kill().await;
    let app = app_with(|settings| settings.nats_url = Secret::new(url)).await;
    let said = async || of_effects(&app.wire.get("/readyz").await.is(200));
    becomes("the relay says that it cannot ask", async || {
        *app.app().relay_health.borrow() == RelayHealth::Away
    })
    .await;
    let dewi = app.customer().await;
    becomes("a letter is to be sent", async || {
        app.number("select count(*) from effects where status = 'waiting'")
            .await
            > 0
    })
    .await;
    let words = said().await;
    assert!(
        words.as_str().is_some_and(|it| it.contains("effects wait")),
        "{words}"
    );
    let begun = "select count(*) from effects where attempt > 0";
    assert_eq!(app.number(begun).await, 0);

    nats.restart().await.unwrap();
    dewi.gets("Welcome to Purser").await;
    assert!(said().await.is_null());

    // What was known stands while nobody can be asked.
    nats.kill().await;
    let siti = app.customer().await;
    becomes("the relay says that it is away", async || {
        *app.app().relay_health.borrow() == RelayHealth::Away
    })
    .await;
    siti.gets("Welcome to Purser").await;
    assert!(said().await.is_null());
    nats.restart().await.unwrap();
    app.settle().await;
    becomes("the relay has published everything", async || {
        let published = app.head().await;
        *app.app().relay_health.borrow() == RelayHealth::Following { published }
    })
    .await;
    app.finish().await;
}
