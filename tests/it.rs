//! Purser on the real PostgreSQL and the real nats-server. Every test has a database of its own.
#![allow(clippy::unwrap_used)]

mod deploy;
mod dev;
mod faults;
mod http;
mod layering;
mod paper;
mod read_models;
mod relay;
mod sagas;
mod simulation;
mod store;
mod support;
mod verify;
