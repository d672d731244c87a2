//! Asking the gateway: its status answer is the fact that is booked, never a notification's words.

use super::{Effects, from_store};
use crate::{
    payments::{Expected, Verdict},
    sagas::{Outcome, Task},
};
use purser_domain::{
    decisions::{One, SettleTopUp},
    ids::TopUpId,
    top_up::{CloseCause, TopUp, TopUpCommand},
};

impl Effects {
    pub(super) async fn check_payment(&self, task: &Task, id: TopUpId, page_over: bool) -> Outcome {
        let top_up = match self.states.load::<TopUp>(&id).await {
            Ok(top_up) => top_up,
            Err(error) => return from_store(error),
        };
        let (Some(order_id), Some(wallet_id)) = (top_up.order_id(), top_up.wallet_id()) else {
            return Outcome::Dead {
                error: format!("there is no top-up {id}"),
            };
        };
        let report = match self.gateway.status(order_id).await {
            Ok(Some(report)) => report,
            // No method was chosen on the page, and now none can be.
            Ok(None) if page_over => {
                let cause = CloseCause::Expired;
                let close = One::<TopUp> {
                    id,
                    command: TopUpCommand::Close { cause },
                };
                return self.decide(task, "payments", close).await;
            }
            // No method was chosen on the page so far.
            Ok(None) => return Outcome::Done,
            Err(error) if error.is_retryable() => {
                return Outcome::Retry {
                    error: crate::chain_of(&error),
                    after: None,
                };
            }
            Err(error) => {
                return Outcome::Dead {
                    error: crate::chain_of(&error),
                };
            }
        };
        let expected = Expected {
            order_id: order_id.to_owned(),
            amount: top_up.amount(),
            merchant_id: self.gateway.merchant_id().to_owned(),
        };
        let command = match report.verdict(&expected) {
            Verdict::Paid {
                transaction_id,
                payment_type,
                amount,
            } => {
                let settle = SettleTopUp {
                    top_up_id: id,
                    wallet_id,
                    transaction_id,
                    payment_type,
                    amount,
                };
                return self.decide(task, "payments", settle).await;
            }
            Verdict::Expired => TopUpCommand::Close {
                cause: CloseCause::Expired,
            },
            Verdict::Cancelled => TopUpCommand::Close {
                cause: CloseCause::Cancelled,
            },
            Verdict::Failed => TopUpCommand::Close {
                cause: CloseCause::Failed,
            },
            // The customer may go on on the same page, or the money is still on its way.
            Verdict::Pending | Verdict::Challenged => return Outcome::Done,
            Verdict::Denied if !top_up.is_settled() => return Outcome::Done,
            verdict => TopUpCommand::Dispute {
                transaction_id: report.transaction_id.clone(),
                finding: finding(&verdict),
            },
        };
        self.decide(task, "payments", One::<TopUp> { id, command })
            .await
    }
}

/// What a person has to look at, in words.
fn finding(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Mismatch(finding) => finding.to_string(),
        Verdict::Denied | Verdict::Reversed => {
            "the payment was taken back after it had settled".into()
        }
        Verdict::Refunded(_) | Verdict::PartiallyRefunded(_) => {
            "the gateway refunded the payment".into()
        }
        Verdict::ChargedBack(_) | Verdict::PartiallyChargedBack(_) => {
            "the payment was charged back".into()
        }
        Verdict::Paid { .. }
        | Verdict::Pending
        | Verdict::Challenged
        | Verdict::Expired
        | Verdict::Cancelled
        | Verdict::Failed => "the gateway reports what it should not".into(),
    }
}
