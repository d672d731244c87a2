//! Orders that waited for the cluster, and what comes down on it when it is back.

use crate::support::{app_with, becomes};
use purser::standins::kubernetes::Outage;

const AT_ONCE: usize = 4;
const CUSTOMERS: i64 = 3;
const EACH: i64 = 4;

#[tokio::test(flavor = "multi_thread")]
async fn what_waited_for_the_cluster_comes_no_more_at_once_than_is_set() {
    let app = app_with(|settings| settings.workers.workers = AT_ONCE).await;
    app.sells("ghost").await;
    let mut customers = Vec::new();
    for _ in 0..CUSTOMERS {
        let customer = app.customer().await.with_credit(EACH * 40_000).await;
        customers.push(customer);
    }
    app.settle().await;

    app.kubernetes.set_outage(Outage::Unavailable);
    let mut orders = Vec::new();
    for _ in 0..EACH {
        for customer in &customers {
            orders.push((customer, customer.buys("ghost").await));
        }
    }
    becomes("every order waits for the cluster", async || {
        let waiting = "select count(distinct instance) from effects
             where status = 'waiting' and saga = 'purchase'";
        app.number(waiting).await == CUSTOMERS * EACH
    })
    .await;

    app.kubernetes.count_traffic_anew();
    // So slow that what is asked at once is seen at once.
    app.kubernetes.set_outage(Outage::Slow { ms: 5 });
    for (customer, order) in &orders {
        customer.sees(order, "active").await;
    }
    let traffic = app.kubernetes.traffic();
    let most = traffic.most_in_flight;
    assert!(
        (1..=AT_ONCE as u64).contains(&most),
        "{most} at once: {traffic:?}"
    );
    app.finish().await;
}
