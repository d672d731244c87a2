//! What a charge was, until it is invoiced.

use super::{Bill, BillCause, BillingCycle, Period, Rupiah, SubscriptionId, Title, VatPolicy};
use chrono::{DateTime, Utc};
use purser_domain::wallet::{GrantPart, promotional};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Charge {
    pub(super) subscription_id: SubscriptionId,
    paid: Rupiah,
    promotional: Rupiah,
    /// What came back of it before it was invoiced.
    pub(super) returned: Rupiah,
    /// What it pays for, from when that is known until it is invoiced.
    pub(super) bill: Option<Bill>,
    /// The period that it was invoiced for.
    pub(super) invoiced: Option<Period>,
}

/// What was agreed about a period before it is known when it begins.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Priced {
    cause: BillCause,
    price: Rupiah,
    #[serde(default, skip_serializing_if = "VatPolicy::is_none")]
    vat: VatPolicy,
}

/// What a charge pays for, from when it is known when that begins.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Begun {
    /// What the subscription had.
    pub(super) has: Option<(Title, BillingCycle)>,
    pub(super) priced: Priced,
    pub(super) period: Period,
    /// When it became known.
    pub(super) at: DateTime<Utc>,
}

impl Priced {
    pub(super) fn new(cause: BillCause, price: Rupiah, vat: VatPolicy) -> Self {
        Self { cause, price, vat }
    }
}

impl Charge {
    pub(super) fn new(
        subscription_id: SubscriptionId,
        amount: Rupiah,
        parts: &[GrantPart],
    ) -> Self {
        Self {
            subscription_id,
            paid: paid_part(amount, parts),
            promotional: promotional(parts),
            returned: Rupiah::ZERO,
            bill: None,
            invoiced: None,
        }
    }

    /// What there is to invoice.
    pub(super) fn kept(&self) -> Rupiah {
        self.paid.checked_sub(self.returned).unwrap_or_default()
    }

    pub(super) fn gives_back(&mut self, amount: Rupiah) {
        let returned = self.returned.checked_add(amount);
        self.returned = returned.unwrap_or(Rupiah::MAX);
    }

    pub(super) fn billed(&self, begun: Begun) -> Bill {
        let (plan, billing_cycle) = begun.has.unzip();
        let priced = begun.priced;
        let charged = self.paid.checked_add(self.promotional);
        let charged = charged.unwrap_or(Rupiah::MAX);
        let less = |from: Rupiah, what: Rupiah| from.checked_sub(what).unwrap_or_default();
        Bill {
            plan,
            billing_cycle,
            period: begun.period,
            cause: priced.cause,
            price: priced.price,
            discount: less(priced.price, charged),
            promotional: self.promotional,
            returned: self.returned,
            vat: priced.vat,
        }
    }
}

pub(super) fn paid_part(amount: Rupiah, parts: &[GrantPart]) -> Rupiah {
    let paid = amount.checked_sub(promotional(parts));
    paid.unwrap_or_default()
}
