use super::heard_all;
use crate::support::{Recording, World, becomes, credit, nats_url, store};
use purser::relay::RelayHealth;

async fn world_with_news() -> World {
    let world = World::start(store().await, nats_url().await).await;
    world.published().await;
    world.customer(1_000).await;
    world
}

#[tokio::test]
async fn the_sequence_in_the_stream_is_the_position_in_the_history() {
    let world = world_with_news().await;
    let offer = world.on_sale(5, 5).await;
    let budi = world.customer(100_000).await;
    world.given(crate::support::purchase(budi, offer)).await;
    world.stream_agrees().await;
}

#[tokio::test]
async fn a_relay_that_died_is_followed_by_another_from_where_it_was() {
    let world = world_with_news().await;
    let recording = Recording::new(&world.owner, "recording").await;
    world.follow(recording.clone());
    world.stream_agrees().await;
    world.end_relay();
    world.customer(2_000).await;

    world.expire_leases("relay").await;
    let second = world.another_relay();
    world.customer(3_000).await;
    world.stream_agrees().await;
    becomes("the second follows", async || {
        matches!(*second.borrow(), RelayHealth::Following { .. })
    })
    .await;
    heard_all(&world, &recording).await;
}

#[tokio::test]
async fn of_two_relays_one_stands_by() {
    let world = world_with_news().await;
    world.published().await;
    let second = world.another_relay();
    world.customer(2_000).await;
    world.stream_agrees().await;
    becomes("the second stands by", async || {
        *second.borrow() == RelayHealth::Standby
    })
    .await;
}

#[tokio::test]
async fn a_relay_that_does_not_know_yet_that_it_lost_the_lease_writes_nothing_twice() {
    let world = world_with_news().await;
    let budi = world.customer(0).await;
    world.published().await;
    world.expire_leases("relay").await;
    let second = world.another_relay();
    becomes("the second has taken over", async || {
        matches!(*second.borrow(), RelayHealth::Following { .. })
    })
    .await;
    // Both believe that it is theirs to publish this.
    for _ in 0..20 {
        world.given(credit(budi, 1)).await;
    }
    world.stream_agrees().await;
}
