use super::{CloseCause, TopUpCommand, TopUpError, TopUpEvent};
use crate::{
    Rupiah,
    aggregate::aggregate,
    ids::{TopUpId, UserId, WalletId},
};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TopUp {
    order: Option<Order>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Order {
    user_id: UserId,
    wallet_id: WalletId,
    amount: Rupiah,
    order_id: String,
    redirect_url: Option<String>,
    notifications: HashSet<String>,
    settled: HashSet<String>,
    disputed: HashSet<String>,
    closed: Option<CloseCause>,
}

aggregate!(
    TopUp,
    TopUpId,
    TopUpCommand,
    TopUpEvent,
    TopUpError,
    "top_up"
);

/// The least that can be topped up at once: Rp 10.000.
pub fn least() -> Rupiah {
    Rupiah::try_from(10_000).unwrap_or(Rupiah::ZERO)
}

/// The most that can be topped up at once: Rp 10.000.000, what QRIS takes.
pub fn most() -> Rupiah {
    Rupiah::try_from(10_000_000).unwrap_or(Rupiah::ZERO)
}

impl TopUp {
    pub fn user_id(&self) -> Option<UserId> {
        self.order.as_ref().map(|order| order.user_id)
    }

    pub fn wallet_id(&self) -> Option<WalletId> {
        self.order.as_ref().map(|order| order.wallet_id)
    }

    pub fn amount(&self) -> Rupiah {
        self.order
            .as_ref()
            .map_or(Rupiah::ZERO, |order| order.amount)
    }

    /// What the gateway knows it by.
    pub fn order_id(&self) -> Option<&str> {
        self.order.as_ref().map(|order| order.order_id.as_str())
    }

    pub fn redirect_url(&self) -> Option<&str> {
        self.order
            .as_ref()
            .and_then(|order| order.redirect_url.as_deref())
    }

    pub fn is_settled(&self) -> bool {
        self.order
            .as_ref()
            .is_some_and(|order| !order.settled.is_empty())
    }

    pub fn is_closed(&self) -> bool {
        self.order
            .as_ref()
            .is_some_and(|order| order.closed.is_some())
    }

    pub(super) fn decide(&self, command: TopUpCommand) -> Result<Vec<TopUpEvent>, TopUpError> {
        use {TopUpCommand as Do, TopUpEvent as Did};
        let Some(order) = &self.order else {
            return match command {
                Do::Request { amount, .. } if amount < least() || amount > most() => {
                    Err(TopUpError::AmountOutOfRange {
                        amount,
                        least: least(),
                        most: most(),
                    })
                }
                Do::Request {
                    user_id,
                    wallet_id,
                    amount,
                    order_id,
                    expires_at,
                } => Ok(vec![Did::Requested {
                    user_id,
                    wallet_id,
                    amount,
                    order_id,
                    expires_at,
                }]),
                _ => Err(TopUpError::NotFound),
            };
        };
        match command {
            Do::Request { .. } => Err(TopUpError::AlreadyRequested),
            Do::OpenPage { redirect_url } => order.open_page(redirect_url),
            Do::RecordNotification { digest, .. } if order.notifications.contains(&digest) => {
                Ok(vec![])
            }
            Do::RecordNotification { digest, body } => Ok(vec![Did::Notified { digest, body }]),
            Do::Settle { transaction_id, .. } if order.settled.contains(&transaction_id) => {
                Ok(vec![])
            }
            Do::Settle { amount, .. } if amount != order.amount => Err(TopUpError::WrongAmount {
                paid: amount,
                asked: order.amount,
            }),
            Do::Settle {
                transaction_id,
                payment_type,
                amount,
            } => Ok(vec![Did::Settled {
                transaction_id,
                payment_type,
                amount,
                late: order.closed.is_some(),
            }]),
            Do::Close { .. } if order.closed.is_some() || !order.settled.is_empty() => Ok(vec![]),
            Do::Close { cause } => Ok(vec![Did::Closed { cause }]),
            Do::Dispute { transaction_id, .. } if order.disputed.contains(&transaction_id) => {
                Ok(vec![])
            }
            Do::Dispute {
                transaction_id,
                finding,
            } => Ok(vec![Did::Disputed {
                transaction_id,
                finding,
            }]),
        }
    }

    pub(super) fn fold(&mut self, event: TopUpEvent) {
        use TopUpEvent as Did;
        match (event, &mut self.order) {
            (
                Did::Requested {
                    user_id,
                    wallet_id,
                    amount,
                    order_id,
                    ..
                },
                _,
            ) => {
                self.order = Some(Order::new(user_id, wallet_id, amount, order_id));
            }
            (Did::PageOpened { redirect_url }, Some(order)) => {
                order.redirect_url = Some(redirect_url)
            }
            (Did::Notified { digest, .. }, Some(order)) => {
                order.notifications.insert(digest);
            }
            (Did::Settled { transaction_id, .. }, Some(order)) => {
                order.settled.insert(transaction_id);
            }
            (Did::Closed { cause }, Some(order)) => order.closed = Some(cause),
            (Did::Disputed { transaction_id, .. }, Some(order)) => {
                order.disputed.insert(transaction_id);
            }
            (_, None) => {}
        }
    }
}

impl Order {
    fn new(user_id: UserId, wallet_id: WalletId, amount: Rupiah, order_id: String) -> Self {
        Self {
            user_id,
            wallet_id,
            amount,
            order_id,
            redirect_url: None,
            notifications: HashSet::new(),
            settled: HashSet::new(),
            disputed: HashSet::new(),
            closed: None,
        }
    }

    fn open_page(&self, redirect_url: String) -> Result<Vec<TopUpEvent>, TopUpError> {
        if self.redirect_url.as_ref() == Some(&redirect_url) {
            return Ok(vec![]);
        }
        if !self.settled.is_empty() {
            return Err(TopUpError::AlreadySettled);
        }
        if self.closed.is_some() {
            return Err(TopUpError::AlreadyClosed);
        }
        Ok(vec![TopUpEvent::PageOpened { redirect_url }])
    }
}
