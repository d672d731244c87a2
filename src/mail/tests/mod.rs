mod letters;
#[cfg(feature = "standins")]
mod mailbox;
mod sending;
mod server;
