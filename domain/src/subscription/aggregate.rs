use super::{SubscriptionCommand, SubscriptionError, SubscriptionEvent, Terms};
use crate::{
    aggregate::aggregate,
    ids::SubscriptionId,
    period::{Period, jakarta_date},
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Subscription {
    order: Option<Ordered>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Ordered {
    terms: Box<Terms>,
    stage: Stage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Stage {
    Provisioning,
    Active,
    Failed,
}

aggregate!(
    Subscription,
    SubscriptionId,
    SubscriptionCommand,
    SubscriptionEvent,
    SubscriptionError,
    "subscription"
);

impl Subscription {
    pub fn terms(&self) -> Option<&Terms> {
        self.order.as_ref().map(|order| &*order.terms)
    }

    pub fn is_active(&self) -> bool {
        self.stage() == Some(Stage::Active)
    }

    pub fn is_failed(&self) -> bool {
        self.stage() == Some(Stage::Failed)
    }

    fn stage(&self) -> Option<Stage> {
        self.order.as_ref().map(|order| order.stage)
    }

    pub(super) fn decide(
        &self,
        command: SubscriptionCommand,
    ) -> Result<Vec<SubscriptionEvent>, SubscriptionError> {
        use {SubscriptionCommand as Do, SubscriptionEvent as Did};
        let Some(order) = &self.order else {
            return match command {
                Do::Order { terms, at } => Ok(vec![Did::Ordered { terms, at }]),
                Do::Activate { .. } | Do::Fail { .. } => Err(SubscriptionError::NotFound),
            };
        };
        match (command, order.stage) {
            (Do::Order { .. }, _) => Err(SubscriptionError::AlreadyOrdered),
            (Do::Activate { at }, Stage::Provisioning) => order.activate(at),
            (Do::Activate { .. }, Stage::Active) | (Do::Fail { .. }, Stage::Failed) => Ok(vec![]),
            (Do::Activate { .. }, Stage::Failed) => Err(SubscriptionError::AlreadyFailed),
            (Do::Fail { cause, at }, Stage::Provisioning) => Ok(vec![Did::Failed {
                cause,
                refunded: order.terms.price,
                at,
            }]),
            (Do::Fail { .. }, Stage::Active) => Err(SubscriptionError::AlreadyActive),
        }
    }

    pub(super) fn fold(&mut self, event: SubscriptionEvent) {
        use SubscriptionEvent as Did;
        match (event, &mut self.order) {
            (Did::Ordered { terms, .. }, _) => {
                self.order = Some(Ordered {
                    terms,
                    stage: Stage::Provisioning,
                })
            }
            (Did::Activated { .. }, Some(order)) => order.stage = Stage::Active,
            (Did::Failed { .. }, Some(order)) => order.stage = Stage::Failed,
            (Did::Activated { .. } | Did::Failed { .. }, None) => {}
        }
    }
}

impl Ordered {
    fn activate(&self, at: DateTime<Utc>) -> Result<Vec<SubscriptionEvent>, SubscriptionError> {
        let period = Period::nth(jakarta_date(at), self.terms.billing_cycle, 0)
            .map_err(|_| SubscriptionError::BeyondCalendar)?;
        Ok(vec![SubscriptionEvent::Activated { period, at }])
    }
}
