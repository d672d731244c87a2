//! What commits together or not at all: each test is a story in one small world of streams.

mod add_plan;
mod books;
mod changing;
mod live;
mod orders;
mod purchase;
mod register;
mod renewing;
mod sessions;
mod top_ups;
mod workers;
mod world;
