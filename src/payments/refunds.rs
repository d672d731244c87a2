//! What the gateway says of a refund of ours.

use super::{TopUpFailure, TopUps};
use purser_domain::{
    ids::{PayoutId, TopUpId},
    top_up::TopUp,
};

impl TopUps {
    /// Whether the gateway has taken on a refund that is under way here, whatever the bank makes of it. Of one that is over
    /// nobody is asked.
    ///
    /// # Errors
    /// The gateway's, as long as nobody can tell; the store's.
    pub async fn knows_refund(
        &self,
        id: TopUpId,
        payout_id: PayoutId,
    ) -> Result<bool, TopUpFailure> {
        let top_up = self.states.load::<TopUp>(&id).await?;
        let Some((transaction, _)) = top_up.refund_under_way(payout_id) else {
            return Ok(false);
        };
        let report = self.gateway.status(transaction).await;
        let report = report.map_err(TopUpFailure::Gateway)?;
        let key = payout_id.to_string();
        Ok(report.is_some_and(|report| report.knows_refund(&key)))
    }
}
