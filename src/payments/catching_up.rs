//! The gateway's latest word of a payment, before staff decides about it.

use super::{GatewayError, Order, TopUpFailure, TopUps, bookings};
use crate::store::Context;
use purser_domain::{Actor, ids::TopUpId, top_up::TopUp};

impl TopUps {
    /// Asks the gateway how a credited payment stands, and books what it says as if it had told of it: word of what went back
    /// may be lost or on its way, and must not be taken by hand as well.
    ///
    /// # Errors
    /// The gateway's, as long as nobody can tell; the store's.
    pub async fn catch_up(
        &self,
        context: &Context,
        id: TopUpId,
        transaction: &str,
    ) -> Result<(), TopUpFailure> {
        let top_up = self.states.load::<TopUp>(&id).await?;
        let (Some(order_id), Some(payer)) = (top_up.order_id(), top_up.user_id()) else {
            return Ok(());
        };
        if !top_up.is_credited(transaction) {
            return Ok(());
        }
        let report = match self.gateway.status(transaction).await {
            // What the gateway does not show by this name it cannot take back either.
            Err(GatewayError::Refused { .. } | GatewayError::ImpossibleId) => None,
            report => report.map_err(TopUpFailure::Gateway)?,
        };
        let Some(report) = report.filter(|report| report.order_id == order_id) else {
            return Ok(());
        };
        let order = Order {
            top_up_id: id,
            top_up: &top_up,
            payer,
            expected: self.gateway.expected(order_id, top_up.amount()),
            // It is credited already.
            wait_minutes: 0,
            at: self.clock.now(),
        };
        for booking in bookings(&order, &[report]) {
            let step = Context {
                actor: Actor::System("payments"),
                ..context.step(&["catch_up", &booking.name])
            };
            self.appender
                .execute(step.command(booking.decision))
                .await?;
        }
        Ok(())
    }
}
