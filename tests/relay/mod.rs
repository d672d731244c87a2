//! From the history to whoever follows it, whatever happens to JetStream.

mod diverging;
mod following;
mod losing;
mod parking;
mod publishing;
mod rebuilding;

use crate::support::{Recording, World};

/// Each event was heard once and in order.
async fn heard_all(world: &World, recording: &Recording) {
    world.settle().await;
    let heard = recording.heard(&world.pool).await;
    let events = world.reader.after(0, 100_000).await.unwrap();
    let told: Vec<_> = events
        .iter()
        .map(|event| (event.position, event.decode().unwrap().metadata.event_id))
        .collect();
    assert_eq!(heard, told);
}
