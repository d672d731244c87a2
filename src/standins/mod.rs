//! Stand-ins for the outside world: real servers on loopback that speak the real protocols, for `purser dev`
//! and the tests. The product's own code never knows which of the two it talks to, and never imports this.

pub mod kubernetes;
pub mod mailbox;
pub mod midtrans;
pub mod recognise;

mod journal;
mod pages;
mod served;
mod state_file;
