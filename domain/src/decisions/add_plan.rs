//! Adding a plan: the catalogue's entry and the plan's slots come into being together.

use super::answer;
use crate::{
    Decision, Refused, StreamId, Work,
    ids::ServiceId,
    plan_slots::{PlanSlots, PlanSlotsCommand},
    service::{Plan, Service, ServiceCommand},
};

#[derive(Clone, Debug)]
pub struct AddPlan {
    pub service_id: ServiceId,
    pub plan: Plan,
    pub capacity: u32,
    pub max_per_customer: u32,
}

impl Decision for AddPlan {
    fn streams(&self) -> Vec<StreamId> {
        vec![
            StreamId::of::<Service>(&self.service_id),
            StreamId::of::<PlanSlots>(&self.plan.plan_id),
        ]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<serde_json::Value, Refused> {
        let Self {
            service_id,
            plan,
            capacity,
            max_per_customer,
        } = self.clone();
        let plan_id = plan.plan_id;
        work.execute::<Service>(&service_id, ServiceCommand::AddPlan { plan })?;
        work.execute::<PlanSlots>(
            &plan_id,
            PlanSlotsCommand::Open {
                service_id,
                capacity,
                max_per_customer,
            },
        )?;
        Ok(answer(plan_id))
    }
}
