mod letters;
mod sending;
mod server;
