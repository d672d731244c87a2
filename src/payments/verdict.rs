//! What a status report means for an order. Pure: the whole table of statuses stands here.

use super::{report::StatusReport, wire::rupiah};
use chrono::{DateTime, Utc};
use purser_domain::{Rupiah, top_up::Payment};

/// What we asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    pub order_id: String,
    pub amount: Rupiah,
    pub merchant_id: String,
}

/// What may be done about an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Credit it, once a transaction.
    Paid(Payment),
    /// A code is issued, a card check runs, or a card is only reserved.
    Pending,
    /// Held by the fraud system: neither credit nor close.
    Challenged,
    /// Refused; the customer may try again on the same order. For a transaction that was credited it is
    /// a [`Verdict::Reversed`], which only the top-up can tell when the settlement time is missing.
    Denied,
    Expired,
    Cancelled,
    Failed,
    /// Taken back after it had been settled (Permata, Mandiri bill, Indomaret): not paid.
    Reversed,
    Refunded(Returned),
    PartiallyRefunded(Returned),
    ChargedBack(Returned),
    PartiallyChargedBack(Returned),
    /// Not to be booked: a person has to look.
    Mismatch(Finding),
}

impl Verdict {
    /// Whether all that was paid went back: of a payment that was never credited nothing is left to book.
    pub fn went_back_whole(&self) -> bool {
        match self {
            Self::Reversed => true,
            Self::Refunded(returned)
            | Self::PartiallyRefunded(returned)
            | Self::ChargedBack(returned)
            | Self::PartiallyChargedBack(returned) => returned.total >= returned.payment.amount,
            _ => false,
        }
    }
}

/// Money that went back to the payer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Returned {
    pub payment: Payment,
    /// All that was returned of this transaction so far; more than it was where the bank gave something back in between.
    pub total: Rupiah,
    pub reversals: Vec<Reversal>,
}

/// One refund or chargeback. It is told twice; it is final once the bank has confirmed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reversal {
    pub key: Option<String>,
    pub amount: Rupiah,
    pub confirmed_at: Option<DateTime<Utc>>,
}

/// What a report says that must not be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Finding {
    #[error("the report is about another order")]
    Order,
    #[error("{reported} is reported where {expected} was asked for")]
    Amount { reported: String, expected: Rupiah },
    #[error("the currency is {0:?}")]
    Currency(Option<String>),
    #[error("the merchant is {0:?}")]
    Merchant(Option<String>),
    #[error("the code is {code} where the status is {status}")]
    Code { code: String, status: String },
    #[error("the status {0} is unknown")]
    Status(String),
    #[error("the fraud status {0} is unknown")]
    FraudStatus(String),
    #[error("the amount of a refund cannot be read")]
    RefundAmount,
}

impl StatusReport {
    /// What the report means where `expected` was asked for. Anything that does not fit is a
    /// [`Verdict::Mismatch`], never a guess.
    pub fn verdict(&self, expected: &Expected) -> Verdict {
        self.read(expected).unwrap_or_else(Verdict::Mismatch)
    }

    fn read(&self, expected: &Expected) -> Result<Verdict, Finding> {
        let amount = self.identify(expected)?;
        let fraud = self.fraud_status.as_deref().unwrap_or("accept");
        Ok(match self.transaction_status.as_str() {
            "pending" | "authorize" | "capture" | "settlement" if fraud == "deny" => {
                Verdict::Denied
            }
            "pending" | "authorize" => Verdict::Pending,
            "capture" | "settlement" if fraud == "challenge" => Verdict::Challenged,
            "capture" | "settlement" if fraud != "accept" => {
                return Err(Finding::FraudStatus(fraud.to_owned()));
            }
            "capture" | "settlement" => self.paid(amount, expected)?,
            "deny" if self.settlement_time.is_some() => Verdict::Reversed,
            "deny" => Verdict::Denied,
            "expire" => Verdict::Expired,
            "cancel" => Verdict::Cancelled,
            "failure" => Verdict::Failed,
            "refund" => Verdict::Refunded(self.returned(amount, true)?),
            "partial_refund" => Verdict::PartiallyRefunded(self.returned(amount, false)?),
            "chargeback" => Verdict::ChargedBack(self.returned(amount, true)?),
            "partial_chargeback" => Verdict::PartiallyChargedBack(self.returned(amount, false)?),
            unknown => return Err(Finding::Status(unknown.to_owned())),
        })
    }

    /// Old channels leave out currency and merchant; what they do say must fit.
    fn identify(&self, expected: &Expected) -> Result<Rupiah, Finding> {
        if self.order_id != expected.order_id {
            return Err(Finding::Order);
        }
        let amount = rupiah(&self.gross_amount).filter(|amount| *amount == expected.amount);
        let amount = amount.ok_or_else(|| Finding::Amount {
            reported: self.gross_amount.clone(),
            expected: expected.amount,
        })?;
        if self
            .currency
            .as_deref()
            .is_some_and(|currency| currency != "IDR")
        {
            return Err(Finding::Currency(self.currency.clone()));
        }
        if self
            .merchant_id
            .as_deref()
            .is_some_and(|merchant| merchant != expected.merchant_id)
        {
            return Err(Finding::Merchant(self.merchant_id.clone()));
        }
        Ok(amount)
    }

    /// Money is believed only where nothing is left out.
    fn paid(&self, amount: Rupiah, expected: &Expected) -> Result<Verdict, Finding> {
        if self.status_code != "200" {
            return Err(Finding::Code {
                code: self.status_code.clone(),
                status: self.transaction_status.clone(),
            });
        }
        if self.currency.as_deref() != Some("IDR") {
            return Err(Finding::Currency(self.currency.clone()));
        }
        if self.merchant_id.as_deref() != Some(expected.merchant_id.as_str()) {
            return Err(Finding::Merchant(self.merchant_id.clone()));
        }
        Ok(Verdict::Paid(self.payment(amount)))
    }

    fn payment(&self, amount: Rupiah) -> Payment {
        Payment {
            transaction_id: self.transaction_id.clone(),
            payment_type: self.payment_type.clone(),
            channel: self.channel,
            amount,
            settled_at: self.settlement_time,
        }
    }

    /// `whole` where the status says that all of it went back, whatever the list adds up to.
    fn returned(&self, amount: Rupiah, whole: bool) -> Result<Returned, Finding> {
        let mut reversals = Vec::with_capacity(self.refunds.len());
        let mut sum = Some(Rupiah::ZERO);
        for refund in &self.refunds {
            let amount = refund
                .amount
                .as_deref()
                .and_then(rupiah)
                .ok_or(Finding::RefundAmount)?;
            sum = sum.and_then(|sum| sum.checked_add(amount));
            reversals.push(Reversal {
                key: refund.key.clone(),
                amount,
                confirmed_at: refund.bank_confirmed_at,
            });
        }
        let told = match self.refund_amount.as_deref() {
            Some(text) => rupiah(text),
            None if whole && reversals.is_empty() => Some(amount),
            None => sum,
        };
        let told = told.filter(|told| whole || !told.is_zero());
        let told = told.ok_or(Finding::RefundAmount)?;
        Ok(Returned {
            payment: self.payment(amount),
            // Where the bank gave one back in between, all of them come to more than was paid.
            total: if whole { amount.max(told) } else { told },
            reversals,
        })
    }
}
