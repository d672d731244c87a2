//! JetStream loses things. The history does not.

use super::heard_all;
use crate::support::{Recording, World, becomes, store, tools};
use purser::{embedded::throwaway_nats, relay::RelayHealth};

#[tokio::test]
async fn a_nats_server_that_is_killed_and_keeps_its_files_goes_on_where_it_was() {
    let mut nats = throwaway_nats(&tools()).await.unwrap();
    let url = nats.url().to_owned();
    let world = World::start(store().await, &url).await;
    let recording = Recording::new(&world.owner, "recording").await;
    world.follow(recording.clone());
    world.published().await;
    world.customer(1_000).await;
    world.stream_agrees().await;
    nats.kill().await;
    world.customer(2_000).await;
    nats.restart().await.unwrap();
    world.stream_agrees().await;
    heard_all(&world, &recording).await;
}

#[tokio::test]
async fn followers_need_no_nats_at_all() {
    let nobody = "nats://127.0.0.1:1";
    let world = World::start(store().await, nobody).await;
    let recording = Recording::new(&world.owner, "recording").await;
    world.follow(recording.clone());
    world.customer(1_000).await;
    heard_all(&world, &recording).await;
    becomes("the relay says that NATS is away", async || {
        *world.relay.borrow() == RelayHealth::Away
    })
    .await;
}
