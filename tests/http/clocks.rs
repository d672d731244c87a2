//! A server whose clock is wrong says so, and does nothing by it.

use crate::support::app;
use chrono::Duration;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_server_whose_clock_jumps_rests_until_it_is_right_again() {
    let app = app().await;
    app.sells("wordpress").await;
    let dewi = app.customer().await.with_credit(50_000).await;
    let order = dewi.buys("wordpress").await;
    dewi.sees(&order, "active").await;
    app.settle().await;

    // A renewal would be due, and the end of what was not paid for.
    app.clock.set_machine(Duration::days(80));
    let ready = app.wire.get("/readyz").await.is(503);
    let said = ready.text.contains("ahead of that of the database");
    assert!(said, "{}", ready.text);
    let credit = || dewi.post("/top-ups", &json!({ "amount": 60_000 }));
    let refused = credit().await.refuses(503, "store.unavailable");
    assert!(refused.text.contains("clock"), "{}", refused.text);
    let of_then = "select count(*) from events where at > clock_timestamp() + interval '1 day'";
    assert_eq!(app.number(of_then).await, 0);

    app.clock.set_machine(Duration::zero());
    app.wire.get("/readyz").await.is(200);
    credit().await.is(201);
    dewi.sees(&order, "active").await;
    dewi.has(10_000).await;
    app.finish().await;
}
