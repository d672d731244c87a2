use super::{
    Channel, Taking, TopUpCommand, TopUpError, TopUpEvent, order::Order, paid::Paid,
    refunds::RefundStage,
};
use crate::{
    Rupiah,
    aggregate::aggregate,
    ids::{PayoutId, TopUpId, UserId, WalletId},
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TopUp {
    order: Option<Order>,
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
pub const fn least() -> Rupiah {
    Rupiah::of::<10_000>()
}

/// The most that can be topped up at once: Rp 10.000.000, what QRIS takes.
pub const fn most() -> Rupiah {
    Rupiah::of::<10_000_000>()
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

    /// When the page on which it is paid is over.
    pub fn expires_at(&self) -> Option<DateTime<Utc>> {
        self.order.as_ref().map(|order| order.expires_at)
    }

    pub fn redirect_url(&self) -> Option<&str> {
        self.order
            .as_ref()
            .and_then(|order| order.redirect_url.as_deref())
    }

    pub fn is_settled(&self) -> bool {
        self.order
            .as_ref()
            .is_some_and(|order| !order.paid.is_empty())
    }

    /// The transactions under this order that can be asked about by name.
    pub fn transactions(&self) -> impl Iterator<Item = &str> {
        let heard = self.order.iter().flat_map(|order| &order.heard);
        heard.map(String::as_str)
    }

    /// Whether another transaction was credited before this one.
    pub fn is_later(&self, transaction: &str) -> bool {
        let first = self.order.as_ref().and_then(|order| order.paid.first());
        first.is_some_and(|first| first.transaction_id != transaction)
    }

    /// The refunds of a transaction that are on their way, and what each sends back.
    pub fn refunds_under_way(&self, transaction: &str) -> impl Iterator<Item = (PayoutId, Rupiah)> {
        let sent = self.paid(transaction).into_iter().flat_map(Paid::under_way);
        sent.map(|refund| (refund.payout_id, refund.amount))
    }

    /// The transaction that a refund under way sends back, and how much of it.
    pub fn refund_under_way(&self, payout: PayoutId) -> Option<(&str, Rupiah)> {
        let paid = self.order.iter().flat_map(|order| &order.paid);
        paid.flat_map(|paid| paid.under_way().map(move |refund| (paid, refund)))
            .find(|(_, refund)| refund.payout_id == payout)
            .map(|(paid, refund)| (paid.transaction_id.as_str(), refund.amount))
    }

    /// Whether this transaction was credited.
    pub fn is_credited(&self, transaction: &str) -> bool {
        self.paid(transaction).is_some()
    }

    /// What of a credited transaction did not go back.
    pub fn rest_of(&self, transaction: &str) -> Rupiah {
        self.paid(transaction).map_or(Rupiah::ZERO, Paid::rest)
    }

    /// What went back of a credited transaction.
    pub fn returned_of(&self, transaction: &str) -> Rupiah {
        self.paid(transaction)
            .map_or(Rupiah::ZERO, |paid| paid.returned)
    }

    /// What of that did not go back by chargebacks.
    pub fn refunded_of(&self, transaction: &str) -> Rupiah {
        self.paid(transaction).map_or(Rupiah::ZERO, Paid::refunded)
    }

    /// Whether staff took a refund of a transaction back, under the name of a case: which of the gateway's refunds that was,
    /// nobody can tell. A chargeback is known by its total, whoever took it.
    pub fn was_refunded_by_hand(&self, transaction: &str) -> bool {
        self.paid(transaction).is_some_and(|paid| paid.by_hand)
    }

    /// What this takes back of a transaction; nothing where it is known already.
    pub fn taken_by(&self, transaction: &str, taking: &Taking, given_back: Rupiah) -> Rupiah {
        self.paid(transaction)
            .map_or(Rupiah::ZERO, |paid| paid.taken_by(taking, given_back))
    }

    /// The chargebacks and reversals of a transaction so far: what the bank can give back.
    pub fn taken(&self, transaction: &str) -> impl Iterator<Item = Taking> {
        let paid = self.paid(transaction).into_iter();
        paid.flat_map(Paid::taken)
    }

    /// What this is known as from now on: a chargeback or a reversal of what was paid again is another one.
    pub fn known_as(&self, transaction: &str, taking: &Taking, given_back: Rupiah) -> Taking {
        match &self.order {
            Some(order) => order.known_as(transaction, taking, given_back),
            None => taking.clone(),
        }
    }

    /// What to say of a transaction that is reported as paid and of which something was taken back.
    pub fn paid_again(&self, transaction: &str) -> Option<String> {
        let order = self.order.as_ref();
        order.and_then(|order| order.paid_again(transaction))
    }

    fn paid(&self, transaction: &str) -> Option<&Paid> {
        self.order
            .as_ref()
            .and_then(|order| order.paid_by(transaction))
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
            Do::RecordNotification {
                digest,
                body,
                transaction_id,
            } => Ok(vec![Did::Notified {
                digest,
                body,
                transaction_id,
            }]),
            Do::Settle(payment) => order.settle(payment),
            Do::TakeBack {
                transaction_id,
                taking,
                given_back,
                case_id,
            } => order
                .paid_by(&transaction_id)
                .ok_or(TopUpError::NotCredited)?
                .take_back(taking, given_back, case_id),
            Do::RequestRefund {
                payout_id,
                amount,
                reason,
                at,
            } => order.request_refund(payout_id, amount, reason, at),
            Do::ConfirmRefund { payout_id } => order.confirm_refund(payout_id),
            Do::FailRefund { payout_id, reason } => order.fail_refund(payout_id, reason),
            Do::BookDisputed {
                transaction_id,
                amount,
                reason,
            } => order.book_disputed(transaction_id, amount, reason),
            Do::Close { .. } if order.closed.is_some() || !order.paid.is_empty() => Ok(vec![]),
            Do::Close { cause } => Ok(vec![Did::Closed { cause }]),
            Do::Dispute {
                transaction_id,
                finding,
            } => Ok(order.dispute(transaction_id, finding)),
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
                    expires_at,
                },
                _,
            ) => {
                let order = Order::new(user_id, wallet_id, amount, order_id, expires_at);
                self.order = Some(order);
            }
            (Did::PageOpened { redirect_url }, Some(order)) => {
                order.redirect_url = Some(redirect_url)
            }
            (
                Did::Notified {
                    digest,
                    transaction_id,
                    ..
                },
                Some(order),
            ) => {
                order.notifications.insert(digest);
                order.hear(transaction_id);
            }
            (
                Did::Settled {
                    transaction_id,
                    payment_type,
                    amount,
                    channel,
                    settled_at,
                    ..
                },
                Some(order),
            ) => {
                let channel = channel.unwrap_or_else(|| Channel::of(&payment_type, None));
                order.heard.insert(transaction_id.clone());
                let paid = Paid::new(transaction_id, channel, amount, settled_at);
                order.paid.push(paid);
            }
            (
                Did::Booked {
                    transaction_id,
                    amount,
                    ..
                },
                Some(order),
            ) => {
                order.heard.insert(transaction_id.clone());
                let paid = Paid::new(transaction_id, Channel::Unknown, amount, None);
                order.paid.push(paid);
            }
            (
                Did::Reversed {
                    transaction_id,
                    amount,
                },
                Some(order),
            ) => order.reversed(&transaction_id, amount),
            (
                Did::ChargedBack {
                    transaction_id,
                    amount,
                    total,
                    ..
                },
                Some(order),
            ) => order.charged_back(&transaction_id, amount, total),
            (
                Did::RefundedByGateway {
                    transaction_id,
                    refund_key,
                    amount,
                    case_id,
                    ..
                },
                Some(order),
            ) => {
                order.went_back(&transaction_id, amount, Some(refund_key));
                order.refunded_by_hand(&transaction_id, case_id);
            }
            (
                Did::RefundRequested {
                    payout_id,
                    transaction_id,
                    amount,
                    ..
                },
                Some(order),
            ) => order.send_back(&transaction_id, payout_id, amount),
            (
                Did::Refunded {
                    payout_id,
                    transaction_id,
                    amount,
                },
                Some(order),
            ) => order.end_refund(&transaction_id, payout_id, RefundStage::Arrived, amount),
            (
                Did::RefundFailed {
                    payout_id,
                    transaction_id,
                    ..
                },
                Some(order),
            ) => order.end_refund(
                &transaction_id,
                payout_id,
                RefundStage::Failed,
                Rupiah::ZERO,
            ),
            (Did::Closed { cause }, Some(order)) => order.closed = Some(cause),
            (
                Did::Disputed {
                    transaction_id,
                    finding,
                },
                Some(order),
            ) => {
                order.disputed.insert((transaction_id, finding));
            }
            (_, None) => {}
        }
    }
}
