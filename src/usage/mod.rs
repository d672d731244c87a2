//! What instances use of what their plans give them: measured on the cluster at intervals, kept with its age in mind, and
//! summed up by hour and day.
//!
//! A measurement is an observation and no fact of the history: no event tells of it, so it cannot be built again from
//! events, and a rebuild of read models never touches it. What is decided because of it is a fact: a warning is an event.
//!
//! **What counts:** a plan's CPU and memory are those of the app's own containers, so the sum over the containers of
//! component `web` that are no sidecars of the recipe. Sidecars, database and jobs are the recipe's overhead and are kept
//! apart. Storage is the app's own volume: its capacity is what the cluster made of it. How full it is only the kubelets
//! know; they are asked where the settings say so. A volume of a recipe's own size, such as a database's, is measured
//! against that size: no customer can make it larger, so operators are told when it fills.
//!
//! Rounds are made in real time; samples bear business time, as everything does that is shown.

mod readings;
mod sampler;
mod sum;
mod warner;

pub use readings::{Reading, Readings, Sustained, VolumeReading};
pub use sampler::Sampler;

/// How often is measured, and what is kept for how long.
#[derive(Clone, Debug)]
pub struct UsageOptions {
    /// From one measurement to the next, in milliseconds.
    pub interval_ms: u64,
    /// For how long so much has to be used on average before it is worth a word, in milliseconds.
    pub warn_over_ms: u64,
    pub samples_kept_hours: u32,
    pub hours_kept_days: u32,
    pub days_kept_days: u32,
}
