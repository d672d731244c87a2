use super::{Plan, PriceList};
use crate::{
    ids::{PlanId, ServiceId, UserId},
    text::{Description, Slug, Title},
};
use chrono::{DateTime, Utc};

/// What the licence of a service's app asks of whoever offers it, and whether somebody has said that he knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Licence {
    /// Nothing that has to be known.
    Free,
    /// There is a notice, and nobody has said that he knows it.
    Unread,
    Acknowledged {
        notice: Description,
        by: UserId,
    },
}

#[derive(Clone, Debug)]
pub enum ServiceCommand {
    Create {
        service_id: ServiceId,
        slug: Slug,
        title: Title,
        description: Description,
        recipe: Slug,
    },
    AddPlan {
        plan: Plan,
    },
    RepricePlan {
        plan_id: PlanId,
        price: PriceList,
        at: DateTime<Utc>,
    },
    WithdrawPlan {
        plan_id: PlanId,
    },
    Publish {
        licence: Licence,
    },
    Retire,
}
