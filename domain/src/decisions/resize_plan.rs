//! Another number of a plan that can be sold at the same time. How many one customer may have stays.

use super::answer;
use crate::{
    Decision, Refused, StreamId, Work,
    ids::{PlanId, ServiceId},
    plan_slots::{PlanSlots, PlanSlotsCommand, PlanSlotsError},
    service::Service,
};

/// Makes room for so many of a plan, fewer than are sold included: then no more are sold until enough came back.
#[derive(Clone, Debug)]
pub struct ResizePlan {
    /// The service that the plan belongs to, which is what the answer is about.
    pub service_id: ServiceId,
    pub plan_id: PlanId,
    pub capacity: u32,
}

impl Decision for ResizePlan {
    fn streams(&self) -> Vec<StreamId> {
        vec![
            StreamId::of::<Service>(&self.service_id),
            StreamId::of::<PlanSlots>(&self.plan_id),
        ]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<serde_json::Value, Refused> {
        let slots = work.state::<PlanSlots>(&self.plan_id);
        if slots.service_id() != Some(self.service_id) {
            return Err(PlanSlotsError::NotFound.into());
        }
        let resize = PlanSlotsCommand::Resize {
            capacity: self.capacity,
            max_per_customer: slots.max_per_customer(),
        };
        work.execute::<PlanSlots>(&self.plan_id, resize)?;
        Ok(answer(self.plan_id))
    }
}
