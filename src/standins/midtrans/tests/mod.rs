//! Over real sockets: the stand-in as Purser and as Midtrans' own client libraries would meet it.

mod balance;
mod calls;
mod notifications;
mod pages;
mod snap;
mod support;
