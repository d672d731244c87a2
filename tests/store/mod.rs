//! The history: what is decided is written whole, once, in order, and can be proven.

mod appending;
mod books;
mod clocks;
mod coupons;
mod crashes;
mod guilty;
mod hot;
mod leases;
mod migrating;
mod proof;
mod repeating;
mod restoring;
mod rights;
mod tails;
mod turns;
mod vanishing;
