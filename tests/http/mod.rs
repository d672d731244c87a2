//! The product as its users meet it: over HTTP, with the outside beside it.

mod accounts;
mod app_mail;
mod crashing;
mod deadlines;
mod healing;
mod life;
mod logs;
mod mail;
mod orphans;
mod parameters;
mod passwords;
mod payments;
mod problems;
mod recipes;
mod refusals;
mod repeating;
mod resizing;
mod resting;
mod road;
mod routes;
mod sealed;
mod support;
mod sweeps;
mod undoing;
mod usage;
mod workers;
