use crate::{
    Rupiah,
    aggregate::event_names,
    ids::{ChargeId, InstanceId, PlanId, ServiceId, UserId, WalletId},
    period::{BillingCycle, Period},
    text::{Subdomain, Title},
};
use chrono::{DateTime, Utc};
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
    pub price: Rupiah,
    /// `None` where the price is zero.
    pub charge_id: Option<ChargeId>,
    pub instance_id: InstanceId,
    pub subdomain: Subdomain,
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

event_names!(SubscriptionEvent {
    Ordered => "subscription.ordered" v "1",
    Activated => "subscription.activated" v "1",
    Failed => "subscription.failed" v "1",
});
