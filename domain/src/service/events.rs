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
}

/// What a period costs, by how often it is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceList {
    pub monthly: Rupiah,
    pub yearly: Rupiah,
}

impl PriceList {
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
