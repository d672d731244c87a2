use crate::{
    aggregate::event_names,
    ids::{PayoutId, TopUpId, UserId, WalletId},
    text::Reason,
};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum CaseEvent {
    /// It was found. Until it is somebody's, the administrators own it together.
    #[serde(rename = "case.opened")]
    Opened { matter: Box<Matter> },
    /// From now on this member of the staff owns it.
    #[serde(rename = "case.assigned")]
    Assigned { owner: UserId },
    #[serde(rename = "case.closed")]
    Closed { resolution: Reason },
}

/// What a case is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Matter {
    pub kind: CaseKind,
    /// What was found, in words.
    pub finding: String,
    /// What the gateway knows the order by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_id: Option<String>,
    /// The gateway's transaction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transaction_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub top_up_id: Option<TopUpId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wallet_id: Option<WalletId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payout_id: Option<PayoutId>,
}

/// What kind of trouble it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaseKind {
    /// The gateway reports what must not be booked: another amount, currency or merchant.
    WrongPayment,
    /// One order was paid more than once.
    SecondPayment,
    /// Credited to somebody who was erased before: it has to be paid back.
    ErasedPayer,
    /// The gateway sent genuine word of an order that is not ours.
    UnknownOrder,
    /// Paid at the gateway and not credited here.
    NotCredited,
    /// Credited here and not paid at the gateway.
    NotPaid,
    /// The amounts differ between the gateway, the top-up, the ledger, the wallet and its statement.
    Amount,
    /// A refund that no bank has confirmed for days.
    UnconfirmedRefund,
    /// A refund that we asked for and of which the end is not known.
    UnfinishedPayout,
    /// The gateway says nothing of an order that can be read.
    Unreadable,
    /// Customers hold so much unspent credit that a licence is near (billing rule 38).
    Float,
    /// The gateway's balance grew by more on a day than the history knows of (billing rule 45).
    UnknownMoney,
}

event_names!(CaseEvent {
    Opened => "case.opened" v "1",
    Assigned => "case.assigned" v "1",
    Closed => "case.closed" v "1",
});
