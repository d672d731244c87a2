use crate::{
    Rupiah,
    aggregate::event_names,
    ids::{PlanId, ServiceId, UserId},
    period::BillingCycle,
    resources::Resources,
    text::{Description, Slug, Title},
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ServiceEvent {
    /// `recipe` names the folder of manifests that provisions it.
    #[serde(rename = "service.created")]
    Created {
        service_id: ServiceId,
        slug: Slug,
        title: Title,
        description: Description,
        recipe: Slug,
    },
    #[serde(rename = "service.plan_added")]
    PlanAdded { plan: Plan },
    #[serde(rename = "service.plan_repriced")]
    PlanRepriced {
        plan_id: PlanId,
        price: PriceList,
        /// When it was announced: it reaches a running subscription's periods some days later.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<DateTime<Utc>>,
    },
    #[serde(rename = "service.plan_withdrawn")]
    PlanWithdrawn { plan_id: PlanId },
    /// Somebody answers for what the app's licence asks, as the notice stood then.
    #[serde(rename = "service.licence_acknowledged")]
    LicenceAcknowledged { notice: Description, by: UserId },
    #[serde(rename = "service.published")]
    Published {},
    #[serde(rename = "service.retired")]
    Retired {},
}

/// A plan as it is offered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    pub plan_id: PlanId,
    pub slug: Slug,
    pub title: Title,
    pub price: PriceList,
    pub resources: Resources,
    /// How it is meant where a price is zero; `None` of plans that were sold before that was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub free: Option<Free>,
}

/// What a price of zero means (billing rule 42).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Free {
    /// Once per person and service, for so many days.
    Trial { days: u32 },
    /// The operator says that it stays free.
    ForEver,
}

impl Plan {
    /// How many days it lasts, where it is a trial.
    pub const fn trial_days(&self) -> Option<u32> {
        match self.free {
            Some(Free::Trial { days }) => Some(days),
            Some(Free::ForEver) | None => None,
        }
    }
}

/// What a period costs, by how often it is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceList {
    pub monthly: Rupiah,
    pub yearly: Rupiah,
}

impl PriceList {
    /// Whether a period of any kind costs nothing.
    pub const fn is_free(&self) -> bool {
        self.monthly.is_zero() || self.yearly.is_zero()
    }

    /// What one period costs.
    pub const fn of(&self, cycle: BillingCycle) -> Rupiah {
        match cycle {
            BillingCycle::Monthly => self.monthly,
            BillingCycle::Yearly => self.yearly,
        }
    }
}

event_names!(ServiceEvent {
    Created => "service.created" v "1",
    PlanAdded => "service.plan_added" v "1",
    PlanRepriced => "service.plan_repriced" v "1",
    PlanWithdrawn => "service.plan_withdrawn" v "1",
    LicenceAcknowledged => "service.licence_acknowledged" v "1",
    Published => "service.published" v "1",
    Retired => "service.retired" v "1",
});
