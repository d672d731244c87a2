//! The command line: developing, serving and the walk of the demo.

mod choosing;
mod parked;
mod serving;
mod staff;
mod starting;
mod templates;
