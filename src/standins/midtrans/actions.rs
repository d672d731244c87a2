//! The things a person or a program can make happen to a payment, for the pages and for `/standin`.

use serde::Deserialize;

use super::{gateway::Gateway, method::Method, payments::Refused, transaction::Transaction};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Action {
    Choose,
    Pay,
    PayAgain,
    Settle,
    Fail,
    Expire,
    Reverse,
    Chargeback,
    Refund,
}

/// What may be said along with an action.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Particulars {
    pub(super) payment_type: Option<String>,
    pub(super) amount: Option<i64>,
}

impl Gateway {
    /// `id` is an order, a page token or a transaction.
    pub(super) fn act(
        &self,
        action: Action,
        id: &str,
        particulars: &Particulars,
    ) -> Result<Transaction, Refused> {
        let named = particulars
            .payment_type
            .as_deref()
            .filter(|name| !name.is_empty());
        let method: Option<Method> = named.map(str::parse).transpose().map_err(
            |unknown: super::method::UnknownMethod| Refused::NotNow(unknown.to_string()),
        )?;
        let confirmation_due = self.refund_confirmation_due();
        self.with_book(|book, now| {
            let index = match action {
                Action::Choose => book.choose(id, method, now),
                Action::Pay => book.pay(id, method, now),
                Action::PayAgain => book.pay_again(id, method, now),
                Action::Settle => book.settle(id, now),
                Action::Fail => book.fail(id, method, now),
                Action::Expire => book.expire(id),
                Action::Reverse => book.reverse(id),
                Action::Chargeback => book.chargeback(id, particulars.amount, now),
                Action::Refund => {
                    book.refund_by_hand(id, particulars.amount, now, confirmation_due)
                }
            }?;
            Ok(book.transactions[index].clone())
        })
    }
}
