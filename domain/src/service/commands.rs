use super::{Plan, PriceList};
use crate::{
    ids::{PlanId, ServiceId},
    text::{Description, Slug, Title},
};

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
    },
    WithdrawPlan {
        plan_id: PlanId,
    },
    Publish,
    Retire,
}
