//! What the tests stand on: servers, a history in a database of its own, the cast of the stories, and
//! everything that follows the history. Nothing here sleeps for a fixed time: it waits for the fact.

mod actors;
mod app;
mod death;
pub(crate) mod deploy;
mod dev;
mod followers;
mod person;
mod random;
mod servers;
mod store;
mod way;
mod wire;
mod world;

pub(crate) use actors::{Offer, charge, credit, purchase, registration, rp};
pub(crate) use app::{Folder, SERVER_KEY, TestApp, app, app_as_installed, app_with};
pub(crate) use dev::{Dev, Place, processes_in, program};
pub(crate) use followers::{Recording, ViewFollower};
pub(crate) use person::{Authenticator, Letter, Order, PASSWORD, Person};
pub(crate) use random::Random;
pub(crate) use servers::{Database, database, nats_url, tools};
pub(crate) use store::{Store, command, store, write_raw};
pub(crate) use way::Way;
pub(crate) use wire::{Answer, Ask, Wire};
pub(crate) use world::{World, world};

use purser::clock::Clock;
use purser_domain::period::jakarta_date;
use std::time::{Duration, Instant};

/// How much of the first date is left at least.
const LEFT: Duration = Duration::from_secs(30 * 60);

/// Business time that begins on a date which goes on for longer than a test, whenever that runs.
pub(crate) fn clock() -> Clock {
    let clock = Clock::default();
    let now = clock.now();
    if jakarta_date(now) != jakarta_date(now + LEFT) {
        clock.advance(LEFT);
    }
    clock
}

/// Looks until there is something to see.
pub(crate) async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(45);
    loop {
        if let Some(seen) = look().await {
            return seen;
        }
        assert!(Instant::now() < deadline, "waited in vain until {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Looks until it is so.
pub(crate) async fn becomes(what: &str, mut look: impl AsyncFnMut() -> bool) {
    until(what, async || look().await.then_some(())).await;
}
