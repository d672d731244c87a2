//! Five orders, and the program is killed in the middle of each, wherever that is.

use crate::support::{Order, Person, Place, Random, becomes};

#[tokio::test(flavor = "multi_thread")]
async fn five_orders_survive_five_kills() {
    let mut random = Random::seeded();
    let place = Place::new().await;
    let (database, _) = place.servers.as_ref().unwrap();
    let pool = purser::app::pool(&database.urls.app, 1).unwrap();
    let head = async || -> i64 {
        let head = sqlx::query_scalar("select coalesce(max(position), 0) from events");
        head.fetch_one(&pool).await.unwrap()
    };
    let mut dev = place.start(&[]).await;
    let mut dewi = Person::signs_up(&dev.wire).await.with_credit(200_000).await;
    let body = dewi.order_of("wordpress").await;
    place.settle().await;

    for number in 0..5 {
        let key = format!("order-{number}");
        let before = head().await;
        let ask = tokio::spawn(dewi.post("/subscriptions", &body).key(&key).answer());
        // An order is fourteen events: the kill strikes after so many of them, or while it is answered.
        let events = i64::try_from(random.below(15)).unwrap();
        becomes("it is time to kill", async || {
            head().await >= before + events
        })
        .await;
        dev.killed().await;
        let _ = ask.await.unwrap();
        dev = place.start(&[]).await;
        dewi.wire = dev.wire.clone();
        dewi.post("/subscriptions", &body).key(&key).await.is(201);
    }

    let subscriptions = dewi.get("/subscriptions").await.is(200);
    let orders = subscriptions["items"].as_array().unwrap();
    assert_eq!(orders.len(), 5);
    for order in orders {
        let text = |field: &str| order[field].as_str().unwrap().to_owned();
        let order = Order {
            id: text("id"),
            instance: text("instance_id"),
            position: 0,
        };
        dewi.sees(&order, "active").await;
    }
    place.settle().await;
    dewi.has(0).await;
    let charges = dewi
        .movements()
        .await
        .into_iter()
        .filter(|(kind, _)| kind == "charge");
    assert_eq!(charges.count(), 5);
    assert_eq!(dev.wire.namespaces().await.len(), 5);
    place.verify().await;
    pool.close().await;
    assert!(dev.stopped().await.success());
}
