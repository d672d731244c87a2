use super::{PlanSlotsCommand, PlanSlotsError, PlanSlotsEvent};
use crate::{
    aggregate::aggregate,
    ids::{PlanId, ServiceId, SubscriptionId, UserId},
};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PlanSlots {
    service_id: Option<ServiceId>,
    capacity: u32,
    max_per_customer: u32,
    taken: HashMap<SubscriptionId, UserId>,
    /// Room is there until it was seen to be gone: where no worker is known, nothing is held back.
    #[serde(default)]
    without_room: bool,
}

aggregate!(
    PlanSlots,
    PlanId,
    PlanSlotsCommand,
    PlanSlotsEvent,
    PlanSlotsError,
    "plan_slots"
);

impl PlanSlots {
    /// The service that the plan belongs to.
    pub fn service_id(&self) -> Option<ServiceId> {
        self.service_id
    }

    /// How many of the plan one customer may have.
    pub fn max_per_customer(&self) -> u32 {
        self.max_per_customer
    }

    /// Whether the workers were last seen to have room for one more.
    ///
    /// # Errors
    /// [`PlanSlotsError::NoRoom`].
    pub fn require_room(&self) -> Result<(), PlanSlotsError> {
        if self.without_room {
            Err(PlanSlotsError::NoRoom)
        } else {
            Ok(())
        }
    }

    /// Whether the last observation said so.
    pub fn has_room(&self) -> bool {
        !self.without_room
    }

    pub(super) fn decide(
        &self,
        command: PlanSlotsCommand,
    ) -> Result<Vec<PlanSlotsEvent>, PlanSlotsError> {
        use {PlanSlotsCommand as Do, PlanSlotsEvent as Did};
        match (command, self.service_id) {
            (
                Do::Open {
                    service_id,
                    capacity,
                    max_per_customer,
                },
                None,
            ) => Ok(vec![Did::Opened {
                service_id,
                capacity,
                max_per_customer,
            }]),
            (
                Do::Open {
                    service_id,
                    capacity,
                    max_per_customer,
                },
                Some(known),
            ) if service_id == known && self.is_sized(capacity, max_per_customer) => Ok(vec![]),
            (Do::Open { .. }, Some(_)) => Err(PlanSlotsError::AlreadyOpen),
            (_, None) => Err(PlanSlotsError::NotFound),
            (
                Do::Resize {
                    capacity,
                    max_per_customer,
                },
                Some(_),
            ) => Ok(if self.is_sized(capacity, max_per_customer) {
                vec![]
            } else {
                vec![Did::Resized {
                    capacity,
                    max_per_customer,
                }]
            }),
            (
                Do::Take {
                    subscription_id, ..
                },
                Some(_),
            ) if self.taken.contains_key(&subscription_id) => Ok(vec![]),
            (Do::ObserveRoom { room }, Some(_)) if room == self.has_room() => Ok(vec![]),
            (Do::ObserveRoom { room: true }, Some(_)) => Ok(vec![Did::RoomFound {}]),
            (Do::ObserveRoom { room: false }, Some(_)) => Ok(vec![Did::RoomLost {}]),
            (Do::Take { .. }, Some(_)) if self.without_room => Err(PlanSlotsError::NoRoom),
            (Do::Take { .. }, Some(_)) if self.taken.len() >= self.capacity as usize => {
                Err(PlanSlotsError::SoldOut {
                    capacity: self.capacity,
                })
            }
            (Do::Take { user_id, .. }, Some(_))
                if self.held_by(user_id) >= self.max_per_customer as usize =>
            {
                Err(PlanSlotsError::CustomerLimit {
                    max_per_customer: self.max_per_customer,
                })
            }
            (
                Do::Take {
                    subscription_id,
                    user_id,
                },
                Some(_),
            ) => Ok(vec![Did::Taken {
                subscription_id,
                user_id,
            }]),
            (Do::Return { subscription_id }, Some(_))
                if self.taken.contains_key(&subscription_id) =>
            {
                Ok(vec![Did::Returned { subscription_id }])
            }
            (Do::Return { .. }, Some(_)) => Ok(vec![]),
        }
    }

    fn is_sized(&self, capacity: u32, max_per_customer: u32) -> bool {
        capacity == self.capacity && max_per_customer == self.max_per_customer
    }

    fn held_by(&self, user_id: UserId) -> usize {
        self.taken
            .values()
            .filter(|holder| **holder == user_id)
            .count()
    }

    pub(super) fn fold(&mut self, event: PlanSlotsEvent) {
        use PlanSlotsEvent as Did;
        match event {
            Did::Opened {
                service_id,
                capacity,
                max_per_customer,
            } => {
                self.service_id = Some(service_id);
                self.capacity = capacity;
                self.max_per_customer = max_per_customer;
            }
            Did::Resized {
                capacity,
                max_per_customer,
            } => {
                self.capacity = capacity;
                self.max_per_customer = max_per_customer;
            }
            Did::Taken {
                subscription_id,
                user_id,
            } => {
                self.taken.insert(subscription_id, user_id);
            }
            Did::Returned { subscription_id } => {
                self.taken.remove(&subscription_id);
            }
            Did::RoomLost {} => self.without_room = true,
            Did::RoomFound {} => self.without_room = false,
        }
    }
}
