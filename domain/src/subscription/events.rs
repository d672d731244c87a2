use super::PaidAnew;
use crate::{
    Rupiah,
    aggregate::event_names,
    claim::ClaimId,
    coupon::{CouponCode, Discount, Promise, charged, next_charge_on},
    ids::{ChargeId, HoldId, InstanceId, PlanId, ServiceId, UserId, WalletId},
    period::{BillingCycle, Period},
    resources::Resources,
    text::{Reason, Subdomain, Title},
    vat::VatPolicy,
};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum SubscriptionEvent {
    #[serde(rename = "subscription.ordered")]
    Ordered {
        terms: Box<Terms>,
        at: DateTime<Utc>,
    },
    /// Readiness was observed: the paid period begins.
    #[serde(rename = "subscription.activated")]
    Activated { period: Period, at: DateTime<Utc> },
    /// It never became ready; what was charged is given back in the same commit.
    #[serde(rename = "subscription.failed")]
    Failed {
        cause: FailCause,
        refunded: Rupiah,
        at: DateTime<Utc>,
    },
    /// One more period is paid; it begins where the paid time ended. What was charged is the price less the discount.
    #[serde(rename = "subscription.renewed")]
    Renewed {
        period: Period,
        /// What a period costs, before any discount.
        price: Rupiah,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        discount: Option<Discount>,
        charge_id: Option<ChargeId>,
        cause: RenewalCause,
        wallet_id: WalletId,
        /// What VAT is in the price.
        #[serde(default, skip_serializing_if = "VatPolicy::is_none")]
        vat: VatPolicy,
        at: DateTime<Utc>,
    },
    /// Whether it renews by itself at the end of the paid time.
    #[serde(rename = "subscription.renewal_switched")]
    RenewalSwitched { automatic: bool, at: DateTime<Utc> },
    /// The paid time is over and the credit did not reach for more. It runs on until `grace_until`.
    #[serde(rename = "subscription.became_past_due")]
    BecamePastDue {
        due_on: NaiveDate,
        /// The first day on which it does not run any more.
        grace_until: NaiveDate,
        needed: Rupiah,
        wallet_id: WalletId,
        at: DateTime<Utc>,
    },
    /// It does not run any more; its data are kept until `delete_on`.
    #[serde(rename = "subscription.suspended")]
    Suspended {
        on: NaiveDate,
        delete_on: NaiveDate,
        /// The days since the end of the paid time on which it ran unpaid, and what they cost.
        grace_days: i64,
        grace_value: Rupiah,
        wallet_id: WalletId,
        at: DateTime<Utc>,
    },
    /// A new period was paid; it begins when readiness is observed. What was charged is the price less the discount.
    #[serde(rename = "subscription.resume_ordered")]
    ResumeOrdered {
        /// What a period costs, before any discount.
        price: Rupiah,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        discount: Option<Discount>,
        charge_id: Option<ChargeId>,
        /// What was charged for the days of grace before the suspension.
        grace: Rupiah,
        grace_charge_id: Option<ChargeId>,
        wallet_id: WalletId,
        /// What VAT is in the price.
        #[serde(default, skip_serializing_if = "VatPolicy::is_none")]
        vat: VatPolicy,
        at: DateTime<Utc>,
    },
    #[serde(rename = "subscription.resumed")]
    Resumed {
        period: Period,
        wallet_id: WalletId,
        at: DateTime<Utc>,
    },
    /// It did not become ready again; the price of the new period is given back in the same commit.
    #[serde(rename = "subscription.resume_failed")]
    ResumeFailed {
        refunded: Rupiah,
        /// Until when its data are kept now: nobody loses them because we could not start it.
        delete_on: NaiveDate,
        wallet_id: WalletId,
        at: DateTime<Utc>,
    },
    /// The customer wants it to end with the paid time.
    #[serde(rename = "subscription.cancellation_requested")]
    CancellationRequested { on: NaiveDate, at: DateTime<Utc> },
    #[serde(rename = "subscription.cancellation_undone")]
    CancellationUndone { at: DateTime<Utc> },
    /// It is to have another plan or cycle; it changes when the app is seen to have the new figures.
    #[serde(rename = "subscription.plan_change_requested")]
    PlanChangeRequested {
        /// Changes are numbered.
        number: u32,
        change: Box<PlanChange>,
        /// The figures of the app before it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        had: Option<Resources>,
        /// What is set aside for it, where it costs more than is left of what was paid.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        hold_id: Option<HoldId>,
        at: DateTime<Utc>,
    },
    /// It has another plan or cycle. What was left of what had been paid was given back, and the rest of the paid time was
    /// charged anew, in the same commit.
    #[serde(rename = "subscription.plan_changed")]
    PlanChanged {
        number: u32,
        change: Box<PlanChange>,
        given_back: Rupiah,
        charged: Rupiah,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        charge_id: Option<ChargeId>,
        /// What the charge pays for.
        period: Period,
        /// What it comes to for which of those days.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        anew: Vec<PaidAnew>,
        at: DateTime<Utc>,
    },
    /// It keeps what it had; what was set aside is released in the same commit.
    #[serde(rename = "subscription.plan_change_failed")]
    PlanChangeFailed { number: u32, at: DateTime<Utc> },
    /// What was a trial and rests has these terms from now on; a period of them is paid in the same commit.
    #[serde(rename = "subscription.trial_converted")]
    TrialConverted {
        change: Box<PlanChange>,
        at: DateTime<Utc>,
    },
    /// Its paid time was moved by staff or by a coupon, at no price.
    #[serde(rename = "subscription.extended")]
    Extended {
        period: Period,
        reason: Reason,
        at: DateTime<Utc>,
    },
    /// The value of a day on which it was down for a cause on our side was given back.
    #[serde(rename = "subscription.day_credited")]
    DayCredited {
        day: NaiveDate,
        amount: Rupiah,
        at: DateTime<Utc>,
    },
    /// Staff gave back something of what was used of a charge (billing rule 21).
    #[serde(rename = "subscription.charge_returned")]
    ChargeReturned {
        charge_id: ChargeId,
        amount: Rupiah,
        reason: Reason,
        at: DateTime<Utc>,
    },
    /// It is over; what runs for it is being removed.
    #[serde(rename = "subscription.ended")]
    Ended {
        cause: EndCause,
        /// Where staff ended it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Reason>,
        refunded: Rupiah,
        wallet_id: WalletId,
        at: DateTime<Utc>,
    },
    /// Nothing of it was observed to be left.
    #[serde(rename = "subscription.terminated")]
    Terminated { at: DateTime<Utc> },
}

/// What was agreed at the order. Later changes of the catalogue do not reach it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Terms {
    pub user_id: UserId,
    pub wallet_id: WalletId,
    pub service_id: ServiceId,
    pub service: Title,
    pub plan_id: PlanId,
    pub plan: Title,
    pub billing_cycle: BillingCycle,
    /// What a period costs before any discount, with VAT where that comes on top.
    pub price: Rupiah,
    /// What VAT is in it: later changes of the setting do not reach what was agreed.
    #[serde(default, skip_serializing_if = "VatPolicy::is_none")]
    pub vat: VatPolicy,
    /// What a coupon took off the first period.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discount: Option<Discount>,
    /// What a coupon gives beyond the first period.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promise: Option<Promise>,
    /// The claim that keeps the same person from another use of the coupon.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coupon_claim: Option<ClaimId>,
    /// Where it is a trial.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trial: Option<Trial>,
    /// `None` where nothing was charged.
    pub charge_id: Option<ChargeId>,
    pub instance_id: InstanceId,
    pub subdomain: Subdomain,
}

impl Terms {
    /// The coupon that was redeemed with the order.
    pub fn coupon(&self) -> Option<&CouponCode> {
        let discount = self.discount.as_ref().map(|discount| &discount.coupon);
        discount.or(self.promise.as_ref().map(|promise| &promise.coupon))
    }

    /// The first date after the first period on which something is charged, where that begins on this date; `None` where
    /// nothing ever is.
    pub fn next_charge_on(&self, begins: NaiveDate) -> Option<NaiveDate> {
        let (price, cycle) = (self.price, self.billing_cycle);
        next_charge_on(price, self.vat, cycle, self.promise.as_ref(), begins)
            .filter(|_| self.trial.is_none())
    }

    /// The first date on which something may be charged, where the first period costs nothing or free days follow on it, or
    /// where it stops by itself, as a trial does; `None` where nothing is free, or everything for ever.
    pub fn free_until(&self, first: Period) -> Option<NaiveDate> {
        if self.trial.is_some() {
            return Some(first.end);
        }
        let next = self.next_charge_on(first.start)?;
        (next > first.end || self.charged().is_zero()).then_some(next)
    }

    /// What was charged for the first period.
    pub fn charged(&self) -> Rupiah {
        charged(self.price, self.discount.as_ref())
    }
}

/// A plan that may be had once by a person, at no price, for some days (billing rule 42).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trial {
    /// Whole Jakarta dates, the day of readiness among them.
    pub days: u32,
    /// The claims that keep the same person from another one.
    pub claims: Vec<ClaimId>,
}

/// What a subscription changes to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlanChange {
    pub plan_id: PlanId,
    pub plan: Title,
    pub billing_cycle: BillingCycle,
    /// What a period costs, as the catalogue had it when it was asked for, with VAT where that comes on top.
    pub price: Rupiah,
    /// What VAT is in it.
    #[serde(default, skip_serializing_if = "VatPolicy::is_none")]
    pub vat: VatPolicy,
}

/// Why a subscription never became active.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailCause {
    /// Readiness was not observed in the time the recipe gives while the cluster answered.
    NotReadyInTime,
    /// The cluster refused for good.
    Refused,
    /// The customer cancelled before readiness.
    Cancelled,
}

/// Who renewed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RenewalCause {
    /// The end of the paid time, or a payment after it.
    Automatic,
    /// The customer, ahead of time.
    Manual,
}

/// Why a subscription that was active is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndCause {
    /// The customer wanted it to end with the paid time.
    Cancelled,
    /// The customer wanted it to end at once.
    CancelledNow,
    /// Nobody paid while its data were kept.
    Unpaid,
    /// Staff ended it.
    Staff,
}

event_names!(SubscriptionEvent {
    Ordered => "subscription.ordered" v "1",
    Activated => "subscription.activated" v "1",
    Failed => "subscription.failed" v "1",
    Renewed => "subscription.renewed" v "1",
    RenewalSwitched => "subscription.renewal_switched" v "1",
    BecamePastDue => "subscription.became_past_due" v "1",
    Suspended => "subscription.suspended" v "1",
    ResumeOrdered => "subscription.resume_ordered" v "1",
    Resumed => "subscription.resumed" v "1",
    ResumeFailed => "subscription.resume_failed" v "1",
    CancellationRequested => "subscription.cancellation_requested" v "1",
    CancellationUndone => "subscription.cancellation_undone" v "1",
    PlanChangeRequested => "subscription.plan_change_requested" v "1",
    PlanChanged => "subscription.plan_changed" v "1",
    PlanChangeFailed => "subscription.plan_change_failed" v "1",
    TrialConverted => "subscription.trial_converted" v "1",
    Extended => "subscription.extended" v "1",
    DayCredited => "subscription.day_credited" v "1",
    ChargeReturned => "subscription.charge_returned" v "1",
    Ended => "subscription.ended" v "1",
    Terminated => "subscription.terminated" v "1",
});
