//! The database was restored to an earlier moment, and JetStream remembers what came after it.

use super::heard_all;
use crate::support::{Recording, Store, World, becomes, nats_url, store, tools};
use purser::{
    embedded::throwaway_nats,
    relay::{RelayHealth, reset},
};
use tokio::sync::watch;

/// Puts the database back to this position, as the restoring of a backup does.
async fn restored_to(store: &Store, position: i64) {
    store
        .tamper(&format!(
            "delete from events where position > {position};
             delete from commands where position > {position};
             delete from views.heard where position > {position};
             update views.checkpoints set position = least(position, {position}), holder = null"
        ))
        .await;
}

/// A world whose stream knows four more events than the database it is started on again.
async fn world_after_a_restore(nats: &str, write_on: bool) -> (World, i64) {
    let world = World::start(store().await, nats).await;
    Recording::new(&world.owner, "recording").await;
    world.published().await;
    world.customer(1_000).await;
    let backup = world.head().await;
    world.customer(2_000).await;
    world.stream_agrees().await;
    let known = world.head().await;
    let store = world.ended().await;
    restored_to(&store, backup).await;
    let store = store.opened_again();
    if write_on {
        store.customer(3_000).await;
        store.customer(4_000).await;
    }
    (World::start(store, nats).await, known)
}

async fn an_operator_resets(world: &World, known: i64) {
    let recording = Recording::new(&world.owner, "recording").await;
    world.follow(recording.clone());
    becomes(
        "the relay sees that the stream knows another history",
        async || *world.relay.borrow() == RelayHealth::Diverged { position: known },
    )
    .await;
    world.customer(5_000).await;
    world.settle().await;
    assert_eq!(
        *world.relay.borrow(),
        RelayHealth::Diverged { position: known }
    );
    let standby = world.another_relay();
    becomes("another process sees it as well", async || {
        *standby.borrow() == RelayHealth::Diverged { position: known }
    })
    .await;

    reset(
        &world.bus,
        &world.pool,
        "user:operator",
        "restored from the backup of noon",
    )
    .await
    .unwrap();
    becomes("the relay follows again", async || {
        matches!(*world.relay.borrow(), RelayHealth::Following { .. })
    })
    .await;
    world.customer(6_000).await;
    world.stream_agrees().await;
    heard_all(world, &recording).await;
    let recorded: Vec<(String, String, String)> =
        sqlx::query_as("select actor, command, reason from operator_commands")
            .fetch_all(&world.pool)
            .await
            .unwrap();
    let [(actor, command, reason)] = &recorded[..] else {
        panic!("one command: {recorded:?}")
    };
    assert_eq!(
        [actor, command, reason],
        [
            "user:operator",
            "relay.reset",
            "restored from the backup of noon"
        ]
    );
}

#[tokio::test]
async fn a_stream_beyond_the_head_is_an_alarm_until_an_operator_resets_it() {
    let (world, known) = world_after_a_restore(nats_url().await, false).await;
    an_operator_resets(&world, known).await;
}

#[tokio::test]
async fn a_stream_with_another_event_at_its_last_position_is_an_alarm_too() {
    let (world, known) = world_after_a_restore(nats_url().await, true).await;
    assert!(world.head().await > known);
    an_operator_resets(&world, known).await;
}

#[tokio::test]
async fn who_stands_by_takes_no_silence_for_agreement() {
    let mut nats = throwaway_nats(&tools()).await.unwrap();
    let url = nats.url().to_owned();
    let (world, known) = world_after_a_restore(&url, false).await;
    let sees_it = async |relay: &watch::Receiver<RelayHealth>| {
        becomes(
            "it sees that the stream knows another history",
            async || *relay.borrow() == RelayHealth::Diverged { position: known },
        )
        .await;
    };
    sees_it(&world.relay).await;
    let standby = world.another_relay();
    sees_it(&standby).await;

    nats.kill().await;
    for relay in [&world.relay, &standby] {
        becomes("it says that it cannot ask", async || {
            *relay.borrow() == RelayHealth::Away
        })
        .await;
    }
    nats.restart().await.unwrap();
    for relay in [&world.relay, &standby] {
        sees_it(relay).await;
    }
}

#[tokio::test]
async fn who_stands_by_without_an_answer_from_the_start_does_not_say_that_it_agrees() {
    let world = World::start(store().await, "nats://127.0.0.1:1").await;
    let standby = world.another_relay();
    for relay in [&world.relay, &standby] {
        becomes("it says that it cannot ask", async || {
            *relay.borrow() == RelayHealth::Away
        })
        .await;
    }
}

#[tokio::test]
async fn a_process_that_lives_through_the_restoring_brings_no_lost_event_back() {
    let world = World::start(store().await, nats_url().await).await;
    let recording = Recording::new(&world.owner, "recording").await;
    world.follow(recording.clone());
    world.published().await;
    world.customer(1_000).await;
    let backup = world.head().await;
    for _ in 0..3 {
        world.customer(2_000).await;
    }
    world.stream_agrees().await;
    world.settle().await;

    restored_to(&world, backup).await;
    world.customer(3_000).await;
    heard_all(&world, &recording).await;
}
