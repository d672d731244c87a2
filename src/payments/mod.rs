//! Midtrans: payment pages, the state of a payment, refunds, and what its notifications are worth.
//!
//! The adapter asks and translates, nothing more: it books nothing, keeps nothing and decides nothing about an
//! order. A notification is only a hint, because its signature leaves out the status; what may be booked
//! is the [`Verdict`] on a [`StatusReport`] that was asked for.
//!
//! No `Idempotency-Key` is sent: Midtrans keeps it five minutes and shares it between endpoints. A call is
//! repeated under its own name instead: the order id of a page, the key of a refund.

mod answer;
mod balance;
mod booking;
mod cancelling;
mod catching_up;
mod client;
mod error;
mod notification;
mod notifications;
mod page;
mod refunds;
mod report;
#[cfg(test)]
mod tests;
mod top_ups;
mod verdict;
mod wire;

pub use balance::{Balance, Sen};
pub use booking::{Booking, Order, bookings, since_booked};
pub use client::{Midtrans, MidtransConfig, PageCancellation};
pub use error::{GatewayError, MidtransConfigError};
pub use notification::{Notification, UnreadableNotification};
pub use notifications::{NotificationError, Notifications, Received};
pub use page::{Customer, Page};
pub use report::{RefundReport, StatusReport};
pub use top_ups::{OpenTopUp, PageSettings, TopUpFailure, TopUps};
pub use verdict::{Expected, Finding, Returned, Reversal, Verdict};
