//! A customer who does not want to pay any more: the page is closed at the gateway, and what the gateway then says of the
//! order is what is recorded.

use super::{
    GatewayError, PageCancellation, StatusReport, TopUpFailure, TopUps, Verdict,
    top_ups::{order_id, refused},
};
use crate::store::{Committed, Context};
use purser_domain::{
    decisions::One,
    ids::{TopUpId, UserId},
    top_up::{CloseCause, TopUp, TopUpCommand, TopUpError},
};

impl TopUps {
    /// Closes an order of this customer that is not paid.
    ///
    /// # Errors
    /// The refusal, or who is away: nothing is recorded then, and the same command goes on from there.
    pub async fn cancel(
        &self,
        context: &Context,
        user_id: UserId,
        top_up_id: TopUpId,
    ) -> Result<Committed, TopUpFailure> {
        // It may have been paid since.
        if let Some(committed) = self.states.answered(context).await? {
            return Ok(committed);
        }
        let _turn = self.turn(top_up_id).await?;
        let top_up = self.states.load::<TopUp>(&top_up_id).await?;
        if top_up.user_id() != Some(user_id) {
            return Err(refused(TopUpError::NotFound));
        }
        if top_up.is_settled() {
            return Err(refused(TopUpError::AlreadySettled));
        }
        if !top_up.is_closed() {
            self.cancel_at_the_gateway(&top_up, &order_id(top_up_id))
                .await?;
        }
        let close = One::<TopUp> {
            id: top_up_id,
            command: TopUpCommand::Close {
                cause: CloseCause::Cancelled,
            },
        };
        Ok(self.appender.execute(context.command(close)).await?)
    }

    async fn cancel_at_the_gateway(
        &self,
        top_up: &TopUp,
        order_id: &str,
    ) -> Result<(), TopUpFailure> {
        let token = top_up.redirect_url().and_then(token_of);
        if let Some(token) = token {
            let cancelled = self.gateway.cancel_page(token).await;
            if cancelled.map_err(cannot_cancel)? == PageCancellation::Cancelled {
                tracing::info!("the payment page of {order_id} is closed");
            }
        }
        for report in self.standing(top_up, order_id).await? {
            if self.verdict(top_up, order_id, &report) == Verdict::Pending {
                self.cancel_payment(&report.transaction_id).await?;
            }
        }
        // Whatever the calls above came to: what stands there now decides.
        for report in self.standing(top_up, order_id).await? {
            match self.verdict(top_up, order_id, &report) {
                Verdict::Denied | Verdict::Expired | Verdict::Cancelled | Verdict::Failed => {}
                // Before anybody heard of it: nothing of it is credited.
                gone if gone.went_back_whole() => {}
                Verdict::Paid(_) => return Err(refused(TopUpError::AlreadySettled)),
                _ => return Err(TopUpFailure::InPayment),
            }
        }
        Ok(())
    }

    /// One that is no longer pending is past cancelling: its status says what it is instead.
    async fn cancel_payment(&self, transaction: &str) -> Result<(), TopUpFailure> {
        match self.gateway.cancel(transaction).await {
            Ok(_) | Err(GatewayError::Refused { .. }) => Ok(()),
            Err(error) => Err(cannot_cancel(error)),
        }
    }

    async fn standing(
        &self,
        top_up: &TopUp,
        order_id: &str,
    ) -> Result<Vec<StatusReport>, TopUpFailure> {
        let reports = self.gateway.reports(order_id, top_up.transactions()).await;
        reports.map_err(cannot_cancel)
    }

    fn verdict(&self, top_up: &TopUp, order_id: &str, report: &StatusReport) -> Verdict {
        report.verdict(&self.gateway.expected(order_id, top_up.amount()))
    }
}

fn cannot_cancel(error: GatewayError) -> TopUpFailure {
    TopUpFailure::Gateway(error)
}

/// A page's token is the end of its address.
fn token_of(redirect_url: &str) -> Option<&str> {
    redirect_url.trim_end_matches('/').rsplit('/').next()
}
