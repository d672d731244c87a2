//! What the merchant may do to a payment through the Core API, and with which inner code Midtrans answers.

use chrono::{DateTime, FixedOffset, NaiveTime, TimeDelta, Utc};
use serde_json::Value;

use super::{
    body,
    book::Book,
    gateway::new_uuid,
    method::RefundRule,
    transaction::{Fraud, Refund, Status, Transaction},
};

/// An answer with an inner `status_code` of its own.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) code: u16,
    pub(super) message: String,
}

pub(super) fn refuse<T>(code: u16, message: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal {
        code,
        message: message.into(),
    })
}

/// Nobody types what the gateway says: a separator of lines may stand in it.
const NO_FUNDS: &str = "Insufficient merchant funds for this refund\u{2028}";
const UNCHANGEABLE: &str = "Merchant cannot modify the status of the transaction";
/// How long a refund may be asked for again under the same key.
const REFUND_RETRY: TimeDelta = TimeDelta::days(7);

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Call {
    Cancel,
    Expire,
    Approve,
    Deny,
}

impl Book {
    fn for_merchant(&self, id: &str) -> Result<usize, Refusal> {
        self.find_for_merchant(id)
            .map_or_else(|| refuse(404, "Transaction doesn't exist."), Ok)
    }

    pub(super) fn status(&self, id: &str) -> Result<Value, Refusal> {
        let transaction = &self.transactions[self.for_merchant(id)?];
        Ok(self.found(transaction))
    }

    /// Every try of an order, the earliest first.
    pub(super) fn all_statuses(&self, id: &str) -> Result<Vec<Value>, Refusal> {
        let order_id = self.transactions[self.for_merchant(id)?].order_id.clone();
        if self.quirks_of(&order_id).no_lists {
            return refuse(402, "Payment channel is not activated");
        }
        let tries = self
            .transactions
            .iter()
            .filter(|transaction| transaction.order_id == order_id);
        Ok(tries.map(|transaction| self.found(transaction)).collect())
    }

    fn found(&self, transaction: &Transaction) -> Value {
        let expired = transaction.status == Status::Expire;
        let code = if expired {
            "407"
        } else {
            body::status_code(transaction)
        };
        self.describe(transaction, code, "Success, transaction is found")
    }

    pub(super) fn call(&mut self, call: Call, id: &str) -> Result<Value, Refusal> {
        let index = self.for_merchant(id)?;
        let transaction = &mut self.transactions[index];
        let held = transaction.status == Status::Capture && transaction.fraud == Fraud::Challenge;
        let (status, code, message) = match (call, transaction.status) {
            (Call::Cancel, Status::Pending | Status::Capture) => {
                (Status::Cancel, "200", "Success, transaction is canceled")
            }
            (Call::Expire, Status::Pending) => {
                (Status::Expire, "407", "Success, transaction has expired")
            }
            (Call::Approve, _) if held => {
                (Status::Capture, "200", "Success, transaction is approved")
            }
            (Call::Deny, _) if held => (Status::Deny, "200", "Success, transaction is denied"),
            _ => return refuse(412, UNCHANGEABLE),
        };
        match call {
            Call::Approve => transaction.fraud = Fraud::Accept,
            Call::Deny => transaction.fraud = Fraud::Deny,
            Call::Cancel | Call::Expire => {}
        }
        self.turn(index, status);
        Ok(self.describe(&self.transactions[index], code, message))
    }

    /// `direct` is the older endpoint that asks the payment provider while the caller waits.
    pub(super) fn refund(
        &mut self,
        id: &str,
        wish: &RefundWish,
        direct: bool,
        now: DateTime<Utc>,
        confirmation_due: DateTime<Utc>,
    ) -> Result<Value, Refusal> {
        let index = self.for_merchant(id)?;
        let transaction = &self.transactions[index];
        let left = transaction.gross_amount - transaction.refunded();
        let quirks = self.quirks_of(&transaction.order_id);
        if let Some(earlier) = transaction
            .refunds
            .iter()
            .find(|refund| Some(&refund.key) == wish.key.as_ref())
        {
            let same = wish.amount.is_none_or(|amount| amount == earlier.amount)
                && now - earlier.created_at <= REFUND_RETRY;
            return if same {
                Ok(self.refunded(index, earlier))
            } else {
                refuse(406, "Duplicate refund ID")
            };
        }
        let amount = wish.amount.unwrap_or(left);
        refundable(transaction, amount, left, now)?;
        if quirks.no_refund_funds {
            return refuse(414, NO_FUNDS);
        }
        if direct
            && (quirks.deny_direct_refunds
                || (transaction.method.name == "shopeepay" && shopeepay_sleeps(now)))
        {
            return Ok(self.describe(transaction, "202", "Refund denied by the bank"));
        }
        let key = wish.key.clone().unwrap_or_else(new_uuid);
        let refund = Refund {
            id: 0,
            amount,
            key: key.clone(),
            reason: wish.reason.clone(),
            online: true,
            created_at: now,
            bank_confirmed_at: None,
            confirmation_due,
        };
        self.book_refund(index, refund.clone());
        Ok(self.refunded(index, &refund))
    }

    fn refunded(&self, index: usize, refund: &Refund) -> Value {
        let mut told = self.describe(
            &self.transactions[index],
            "200",
            "Success, refund request is approved",
        );
        told["refund_amount"] = Value::from(format!("{}.00", refund.amount));
        told["refund_key"] = Value::from(refund.key.as_str());
        told
    }
}

fn refundable(
    transaction: &Transaction,
    amount: i64,
    left: i64,
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    let RefundRule::Within { days, part } = transaction.method.refund else {
        return refuse(412, "Payment type doesn't support refund");
    };
    let settled = transaction.settlement_time.filter(|_| {
        matches!(
            transaction.status,
            Status::Settlement | Status::PartialRefund
        )
    });
    let Some(settled) = settled else {
        return refuse(412, UNCHANGEABLE);
    };
    if now - settled > TimeDelta::days(days) {
        return refuse(
            412,
            "Payment Provider doesn't allow refund within this time",
        );
    }
    if amount < 1 || amount > left {
        return refuse(414, "Refund amount is invalid");
    }
    if !part && amount != transaction.gross_amount {
        return refuse(412, "Payment Provider doesn't allow partial refund");
    }
    Ok(())
}

/// From 23:55 to 06:00 in Jakarta.
fn shopeepay_sleeps(now: DateTime<Utc>) -> bool {
    let zone = FixedOffset::east_opt(7 * 3600).expect("seven hours are an offset");
    let time = now.with_timezone(&zone).time();
    let (evening, morning) = (
        NaiveTime::from_hms_opt(23, 55, 0),
        NaiveTime::from_hms_opt(6, 0, 0),
    );
    evening.is_some_and(|evening| time >= evening) || morning.is_some_and(|morning| time < morning)
}

/// The body of a refund call.
#[derive(Debug, Default)]
pub(super) struct RefundWish {
    key: Option<String>,
    amount: Option<i64>,
    reason: String,
}

impl RefundWish {
    pub(super) fn read(body: &Value) -> Result<Self, Refusal> {
        let key = body["refund_key"].as_str().map(str::to_owned);
        let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if key
            .as_deref()
            .is_some_and(|key| key.is_empty() || !key.chars().all(allowed))
        {
            return refuse(400, "refund_key may only contain letters, digits, - and _");
        }
        let reason = body["reason"].as_str().unwrap_or_default().to_owned();
        if reason.chars().count() > 255 {
            return refuse(400, "reason must have at most 255 characters");
        }
        let amount = match &body["amount"] {
            Value::Null => None,
            value => match value.as_i64() {
                Some(amount) => Some(amount),
                None => return refuse(400, "amount is not a whole number"),
            },
        };
        Ok(Self {
            key,
            amount,
            reason,
        })
    }
}
