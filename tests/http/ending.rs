//! An app that its customer ends at once, and what comes back.

use crate::support::{Answer, Order, Person, app};
use reqwest::Method;

async fn ends(dewi: &Person, order: &Order) -> Answer {
    let path = format!("/subscriptions/{}?when=now", order.id);
    dewi.ask(Method::DELETE, &path).await.is(200)
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_comes_back_once_for_a_service_and_then_what_was_not_used() {
    let app = app().await;
    for service in ["ghost", "wordpress"] {
        app.sells(service).await;
    }
    app.day_comes("2027-03-05");
    let dewi = app.customer().await.with_credit(130_000).await;
    for (service, refunded) in [
        ("ghost", 40_000),
        // One of 31 days was used.
        ("ghost", 40_000 - 40_000 / 31),
        ("wordpress", 40_000),
    ] {
        let before = dewi.balance().await;
        let order = dewi.buys(service).await;
        dewi.sees(&order, "active").await;
        let ended = ends(&dewi, &order).await;
        assert_eq!(ended["refunded"], refunded, "{service}: {}", ended.text);
        dewi.has(before - 40_000 + refunded).await;
    }
    app.settle().await;
    assert_eq!(
        app.number(
            "select count(*) from events where event_type = 'claim.taken'
            and payload::text like '%full_refund%'"
        )
        .await,
        2
    );
    app.finish().await;
}
