//! Misbehaviour on demand: what Midtrans, its banks and the network are known to do now and then.

use serde::{Deserialize, Serialize};

use super::transaction::Fraud;

/// All off by default. Set for everything or for one order; an order's own set replaces the general one whole.
/// `slow_ms` and `outage` of an order's own set apply to Core API calls about it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Quirks {
    /// How many times more each notification is sent.
    pub duplicates: u32,
    /// The `pending` notification is held back until the next one is out: settlement comes first.
    pub disorder: bool,
    /// Notifications are recorded as dropped and never sent.
    pub drop_notifications: bool,
    /// A payment is taken back (`deny` after `settlement`) as soon as it is settled, where the method knows reversals.
    pub reversal: bool,
    /// A card payment is charged back as soon as it is paid.
    pub chargeback: bool,
    /// So much is refunded from the dashboard as soon as the payment is settled.
    pub partial_refund: Option<i64>,
    /// Notifications and statuses tell this amount instead of the one that was asked for, rightly signed.
    pub wrong_amount: Option<i64>,
    /// What the fraud system says of a card payment.
    pub fraud: Option<Fraud>,
    /// Every API answer waits so long first.
    pub slow_ms: u64,
    /// The API does not answer as it should.
    pub outage: Option<Outage>,
    /// `refund/online/direct` answers 202 "Refund denied by the bank".
    pub deny_direct_refunds: bool,
    /// Refunds answer 414: the merchant's balance at Midtrans is too small.
    pub no_refund_funds: bool,
    /// No bank confirms a refund before this is off again.
    pub slow_banks: bool,
    /// The payments of an order are not listed: `status/b2b` answers 402.
    pub no_lists: bool,
    /// `balance/mutation` answers with this code and tells nothing: 402 to a merchant who has none, 503 in trouble.
    pub no_balance: Option<u16>,
    /// Core API answers carry the inner `status_code` as HTTP status too, instead of HTTP 200.
    pub mirror_status: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outage {
    /// Requests are answered with 503 and change nothing.
    Unavailable,
    /// The connection closes without an answer, and nothing changed.
    Refuse,
    /// The request takes effect, and then the connection closes without an answer.
    LoseAnswers,
    /// The request takes effect, and the answer is a page for people.
    Garble,
}
