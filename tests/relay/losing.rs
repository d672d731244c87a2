//! JetStream loses things. The history does not.

use super::heard_all;
use crate::support::{Recording, World, becomes, credit, nats_url, store, tools};
use purser::{embedded::throwaway_nats, relay::RelayHealth};
use std::{
    fs,
    sync::atomic::{AtomicBool, Ordering},
};

#[tokio::test]
async fn a_stream_that_is_deleted_is_made_anew_and_followers_go_on() {
    let world = World::start(store().await, nats_url().await).await;
    let recording = Recording::new(&world.owner, "recording").await;
    world.follow(recording.clone());
    world.customer(1_000).await;
    world.stream_agrees().await;

    for _ in 0..2 {
        world.delete_stream(nats_url().await).await;
        world.customer(2_000).await;
        world.settle().await;
        world.customer(3_000).await;
        world.stream_agrees().await;
    }
    heard_all(&world, &recording).await;
}

#[tokio::test]
async fn a_nats_server_that_is_killed_and_loses_its_files_heals_without_a_restart_of_ours() {
    let mut nats = throwaway_nats(&tools()).await.unwrap();
    let url = nats.url().to_owned();
    let world = World::start(store().await, &url).await;
    let recording = Recording::new(&world.owner, "recording").await;
    world.follow(recording.clone());
    world.customer(1_000).await;
    world.stream_agrees().await;

    nats.kill().await;
    world.customer(2_000).await;
    world.settle().await;
    fs::remove_dir_all(nats.store_dir()).unwrap();
    nats.restart().await.unwrap();
    world.customer(3_000).await;
    world.stream_agrees().await;
    world.customer(4_000).await;
    world.stream_agrees().await;
    let newest = world.head().await;
    let copied = world.bus.copied().await.unwrap();
    assert_eq!(copied.hashes.last().map(|(last, _)| *last), Some(newest));
    heard_all(&world, &recording).await;
}

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

#[tokio::test]
async fn followers_without_nats_go_on_while_their_own_process_commits_all_the_time() {
    let world = World::start(store().await, "nats://127.0.0.1:1").await;
    let recording = Recording::new(&world.owner, "recording").await;
    let budi = world.customer(0).await;
    world.follow(recording.clone());
    world.settle().await;
    let now = world.head().await;
    let heard = AtomicBool::new(false);
    let committing = async {
        while !heard.load(Ordering::SeqCst) {
            world.given(credit(budi, 1)).await;
        }
    };
    let hearing = async {
        becomes("what is committed meanwhile is heard of", async || {
            world.position("recording").await > now
        })
        .await;
        heard.store(true, Ordering::SeqCst);
    };
    tokio::join!(committing, hearing);
    heard_all(&world, &recording).await;
}
