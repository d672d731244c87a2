//! From the history to its readers: the relay copies events to JetStream in order, the feed brings
//! them to whoever follows, followers apply them with their checkpoint in one transaction.

mod committing;
mod feed;
mod follower;
mod message;
mod nats;
mod parked;
mod passing;
mod publisher;
mod rebuild;

pub use feed::{Entry, Feed, Unreadable};
pub use follower::{Applied, ApplyError, Follower, FollowerOptions, follow};
pub use nats::{Bus, BusError, Copied};
pub use parked::{ParkedError, ParkedStream, Released, list as parked_streams, release};
pub use passing::Checkpoints;
pub use publisher::{LEASE as RELAY_LEASE, Relay, RelayHealth, reset};
pub use rebuild::{Progress, RebuildError, Rebuilt, rebuild};

pub(crate) use follower::is_about_rows;
pub(crate) use parked::skipped;
