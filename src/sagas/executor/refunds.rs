//! Sending money back through the gateway. Asking again under the same key asks for the same refund; what the gateway says
//! no to is undone at once, and what it took on is booked once its status shows the bank's word.

use super::{Effects, from_store, payments::from_gateway};
use crate::{
    payments::GatewayError,
    sagas::{Outcome, Task},
};
use purser_domain::{
    decisions::FailRefund,
    ids::{PayoutId, TopUpId},
    text::Reason,
    top_up::TopUp,
};

impl Effects {
    pub(super) async fn refund(&self, task: &Task, id: TopUpId, payout_id: PayoutId) -> Outcome {
        let top_up = match self.states.load::<TopUp>(&id).await {
            Ok(top_up) => top_up,
            Err(error) => return from_store(error),
        };
        // Its end is known already.
        let Some((transaction, amount)) = top_up.refund_under_way(payout_id) else {
            return Outcome::Done;
        };
        let Some(wallet_id) = top_up.wallet_id() else {
            return Outcome::Done;
        };
        let key = payout_id.to_string();
        let asked = self
            .gateway
            .refund(transaction, &key, amount, "refund of prepaid credit")
            .await;
        let refused = match asked {
            Ok(()) => return self.check_payment(task, id, false).await,
            Err(error @ GatewayError::Refused { .. }) => error,
            Err(error) => return from_gateway(&error),
        };
        // An earlier attempt may have been taken on without our hearing of it.
        match self.gateway.status(transaction).await {
            Ok(Some(report)) if report.knows_refund(&key) => Outcome::Done,
            Ok(_) => {
                let fail = FailRefund {
                    payout_id,
                    top_up_id: id,
                    wallet_id,
                    reason: Reason::quoted(&refused.to_string()),
                };
                self.decide_part(task, "payments", "failed", fail).await
            }
            Err(error) => from_gateway(&error),
        }
    }
}
