use crate::ids::{ServiceId, SubscriptionId, UserId};

#[derive(Clone, Debug)]
pub enum PlanSlotsCommand {
    Open {
        service_id: ServiceId,
        capacity: u32,
        max_per_customer: u32,
    },
    /// Fewer than are taken is allowed: no more are sold until enough came back.
    Resize {
        capacity: u32,
        max_per_customer: u32,
    },
    Take {
        subscription_id: SubscriptionId,
        user_id: UserId,
    },
    Return {
        subscription_id: SubscriptionId,
    },
    /// Whether the workers were seen to have room for one more.
    ObserveRoom {
        room: bool,
    },
}
