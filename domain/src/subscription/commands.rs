use super::{EndCause, FailCause, PlanChange, RenewalCause, Terms};
use crate::{
    Rupiah,
    coupon::Discount,
    ids::{ChargeId, HoldId},
    resources::Resources,
    text::Reason,
    vat::VatPolicy,
};
use chrono::{DateTime, NaiveDate, Utc};

#[derive(Clone, Debug)]
pub enum SubscriptionCommand {
    Order {
        terms: Box<Terms>,
        at: DateTime<Utc>,
    },
    /// Readiness was observed at `at`.
    Activate {
        at: DateTime<Utc>,
    },
    Fail {
        cause: FailCause,
        at: DateTime<Utc>,
    },
    /// What happens once it is active.
    Live(LifeCommand),
}

impl From<LifeCommand> for SubscriptionCommand {
    fn from(command: LifeCommand) -> Self {
        Self::Live(command)
    }
}

/// What happens to a subscription once it is active. Money moves in the same commit, by the decision.
#[derive(Clone, Debug)]
pub enum LifeCommand {
    /// One more period was charged, at the price less the discount.
    Renew {
        price: Rupiah,
        discount: Option<Discount>,
        charge_id: Option<ChargeId>,
        cause: RenewalCause,
        vat: VatPolicy,
        at: DateTime<Utc>,
    },
    SwitchRenewal {
        automatic: bool,
        at: DateTime<Utc>,
    },
    /// The paid time is over and the credit did not reach for this price.
    FallDue {
        needed: Rupiah,
        grace_days: u32,
        at: DateTime<Utc>,
    },
    /// It is not to run any more; its data are kept for so many days.
    Suspend {
        keep_days: u32,
        at: DateTime<Utc>,
    },
    /// A new period was charged, and what its days of grace cost.
    OrderResume {
        price: Rupiah,
        discount: Option<Discount>,
        charge_id: Option<ChargeId>,
        grace_charge_id: Option<ChargeId>,
        vat: VatPolicy,
        at: DateTime<Utc>,
    },
    /// Readiness was observed again.
    ConfirmResume {
        at: DateTime<Utc>,
    },
    FailResume {
        at: DateTime<Utc>,
    },
    RequestCancellation {
        at: DateTime<Utc>,
    },
    UndoCancellation {
        at: DateTime<Utc>,
    },
    /// Another plan or cycle was asked for.
    RequestPlanChange {
        change: Box<PlanChange>,
        /// The figures of the app before it, where it gets others.
        had: Option<Resources>,
        hold_id: Option<HoldId>,
        at: DateTime<Utc>,
    },
    /// The app has the figures of the plan that was asked for; the rest of the paid time was charged anew.
    ChangePlan {
        given_back: Rupiah,
        charged: Rupiah,
        charge_id: Option<ChargeId>,
        at: DateTime<Utc>,
    },
    FailPlanChange {
        at: DateTime<Utc>,
    },
    /// A plan is bought for what was a trial and rests.
    ConvertTrial {
        change: Box<PlanChange>,
        at: DateTime<Utc>,
    },
    Extend {
        days: u32,
        reason: Reason,
        at: DateTime<Utc>,
    },
    CreditDay {
        day: NaiveDate,
        amount: Rupiah,
        at: DateTime<Utc>,
    },
    /// Something of a charge was given back by staff.
    ReturnCharge {
        charge_id: ChargeId,
        amount: Rupiah,
        reason: Reason,
        at: DateTime<Utc>,
    },
    End {
        cause: EndCause,
        /// Where staff ended it.
        reason: Option<Reason>,
        refunded: Rupiah,
        at: DateTime<Utc>,
    },
    /// Nothing of it was observed to be left.
    Terminate {
        at: DateTime<Utc>,
    },
}
