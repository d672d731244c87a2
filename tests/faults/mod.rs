//! The program dies at every point where it could, and goes on from there: nothing is lost, nothing
//! is done twice.

mod passwords;
mod points;
mod random;
mod renewals;
mod usage;
