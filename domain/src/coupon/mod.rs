//! What takes something off a price, or gives credit or days, to whoever knows its code (billing rules 8 and 22).
//! **Invariants:** never used more often than its limits allow, and a use comes back at most once.

mod aggregate;
mod code;
mod commands;
mod cost;
mod error;
mod events;
mod next_charge;
mod off;
#[cfg(test)]
mod tests;

pub use aggregate::{Coupon, Use};
pub use code::{CouponCode, NotACode};
pub use commands::{CouponCommand, Redeeming};
pub use cost::MOST_OFF;
pub use error::CouponError;
pub use events::{CouponEvent, Gives, Limits};
pub use next_charge::next_charge_on;
pub use off::{Discount, NotAPercentage, Off, Percent, Promise, Promised, charged, discount};
