use crate::{
    aggregate::event_names,
    ids::{ServiceId, SubscriptionId, UserId},
};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum PlanSlotsEvent {
    #[serde(rename = "plan_slots.opened")]
    Opened {
        service_id: ServiceId,
        capacity: u32,
        max_per_customer: u32,
    },
    #[serde(rename = "plan_slots.resized")]
    Resized {
        capacity: u32,
        max_per_customer: u32,
    },
    #[serde(rename = "plan_slots.taken")]
    Taken {
        subscription_id: SubscriptionId,
        user_id: UserId,
    },
    #[serde(rename = "plan_slots.returned")]
    Returned { subscription_id: SubscriptionId },
    /// The workers cannot take one more of this plan.
    #[serde(rename = "plan_slots.room_lost")]
    RoomLost {},
    /// The workers can take one more of this plan again.
    #[serde(rename = "plan_slots.room_found")]
    RoomFound {},
}

event_names!(PlanSlotsEvent {
    Opened => "plan_slots.opened" v "1",
    Resized => "plan_slots.resized" v "1",
    Taken => "plan_slots.taken" v "1",
    Returned => "plan_slots.returned" v "1",
    RoomLost => "plan_slots.room_lost" v "1",
    RoomFound => "plan_slots.room_found" v "1",
});
