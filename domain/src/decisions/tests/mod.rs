//! What commits together or not at all: each test is a story in one small world of streams.

mod acting;
mod add_plan;
mod approval_limit;
mod approving;
mod books;
mod cases;
mod changing;
mod coupons;
mod live;
mod orders;
mod paper;
mod purchase;
mod refunds;
mod register;
mod renewing;
mod second_factors;
mod sessions;
mod shutting;
mod taking_back;
mod top_ups;
mod trials;
mod vat;
mod welcome;
mod workers;
mod world;
