//! Asking the gateway: its status answer is the fact that is booked, never a notification's words.

use super::{Effects, from_store};
use crate::{
    payments::{GatewayError, Order, bookings},
    sagas::{Outcome, Task},
};
use purser_domain::{ids::TopUpId, top_up::TopUp};

impl Effects {
    pub(super) async fn check_payment(&self, task: &Task, id: TopUpId, page_over: bool) -> Outcome {
        let top_up = match self.states.load::<TopUp>(&id).await {
            Ok(top_up) => top_up,
            Err(error) => return from_store(error),
        };
        let (Some(order_id), Some(payer)) = (top_up.order_id(), top_up.user_id()) else {
            return Outcome::Dead {
                error: format!("there is no top-up {id}"),
            };
        };
        let reports = self.gateway.reports(order_id, top_up.transactions()).await;
        let reports = match reports {
            Ok(reports) => reports,
            Err(error) => return from_gateway(&error),
        };
        let order = Order {
            top_up_id: id,
            top_up: &top_up,
            payer,
            expected: self.gateway.expected(order_id, top_up.amount()),
            wait_minutes: self.topup_wait_minutes,
            at: self.clock.now(),
        };
        let mut wanted = bookings(&order, &reports);
        if reports.is_empty() && page_over {
            wanted.push(order.unpaid());
        }
        for booking in wanted {
            let booked = self
                .decide_part(task, "payments", &booking.name, booking.decision)
                .await;
            if !matches!(booked, Outcome::Done) {
                return booked;
            }
        }
        Outcome::Done
    }
}

pub(super) fn from_gateway(error: &GatewayError) -> Outcome {
    let text = crate::chain_of(error);
    if error.is_retryable() {
        Outcome::Retry {
            error: text,
            after: None,
        }
    } else {
        Outcome::Dead { error: text }
    }
}
