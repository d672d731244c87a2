//! What the customer, the bank and the dashboard do to a payment. The merchant's calls are in `merchant_calls`.

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    book::Book,
    gateway::{new_uuid, random},
    method::Method,
    transaction::{Fraud, Hold, Page, PageState, Refund, Status, Transaction},
};

#[derive(Debug, thiserror::Error)]
pub(super) enum Refused {
    #[error("there is no page or payment \"{0}\"")]
    NotFound(String),
    #[error("{0}")]
    NotNow(String),
}

fn not_now<T>(why: impl Into<String>) -> Result<T, Refused> {
    Err(Refused::NotNow(why.into()))
}

impl Book {
    /// Opens a page; the order's earlier pages die.
    pub(super) fn open(&mut self, page: Page) -> Result<(), &'static str> {
        match self.hold_on_order(&page.order_id) {
            Some(Hold::Paid) => {
                return Err(
                    "transaction_details.order_id has been paid and utilized, please use another order ID",
                );
            }
            Some(_) => return Err("transaction_details.order_id has already been taken"),
            None => {}
        }
        for earlier in self
            .pages
            .iter_mut()
            .filter(|earlier| earlier.order_id == page.order_id)
        {
            if earlier.state == PageState::Open {
                earlier.state = PageState::Replaced;
            }
        }
        self.pages.push(page);
        Ok(())
    }

    /// Why nobody can choose a method on this page any more, if so.
    pub(super) fn closed_because(&self, page: &Page, now: DateTime<Utc>) -> Option<&'static str> {
        match page.state {
            PageState::Replaced => return Some("a newer page was opened for this order"),
            PageState::Canceled => return Some("this page was cancelled"),
            PageState::Open => {}
        }
        let last = self
            .transactions
            .iter()
            .rev()
            .find(|transaction| transaction.token == page.token);
        match last.map(|transaction| {
            (
                transaction.hold(),
                transaction.method.is_card(),
                transaction.status,
            )
        }) {
            Some((Hold::Active, ..)) => Some("a payment is on its way"),
            Some((Hold::Paid, ..)) => Some("this order was paid"),
            // An abandoned 3DS check may be tried again; a payment code that ran out ends the order's page.
            Some((Hold::Over, is_card, status)) if !(is_card && status == Status::Expire) => {
                Some("this payment is over")
            }
            _ if now >= page.page_ends_at => Some("this page has expired"),
            _ => None,
        }
    }

    /// The customer chooses a method: the transaction begins, and Midtrans tells of it for the first time.
    pub(super) fn choose(
        &mut self,
        id: &str,
        method: Option<Method>,
        now: DateTime<Utc>,
    ) -> Result<usize, Refused> {
        let page = self
            .page(id)
            .ok_or_else(|| Refused::NotFound(id.to_owned()))?;
        if let Some(why) = self.closed_because(page, now) {
            return not_now(why);
        }
        self.begin(id, method, now)
    }

    /// The customer pays once more, on whatever still leads to this order: a code that was given out before, a second
    /// window.
    pub(super) fn pay_again(
        &mut self,
        id: &str,
        method: Option<Method>,
        now: DateTime<Utc>,
    ) -> Result<usize, Refused> {
        let index = self.begin(id, method, now)?;
        let transaction_id = self.transactions[index].transaction_id.clone();
        self.settle(&transaction_id, now)
    }

    fn begin(
        &mut self,
        id: &str,
        method: Option<Method>,
        now: DateTime<Utc>,
    ) -> Result<usize, Refused> {
        let page = self
            .page(id)
            .ok_or_else(|| Refused::NotFound(id.to_owned()))?;
        let Some(method) = method.or(page.methods.first().copied()) else {
            return not_now("the merchant enabled no method");
        };
        let (least, most) = method.limits;
        if !page.methods.contains(&method) {
            return not_now(format!("the merchant did not enable {}", method.name));
        }
        if page.gross_amount < least || page.gross_amount > most {
            return not_now(format!("{} takes {least} to {most} rupiah", method.title));
        }
        let own_end = now + TimeDelta::minutes(method.minutes);
        let transaction = Transaction {
            transaction_id: new_uuid(),
            order_id: page.order_id.clone(),
            token: page.token.clone(),
            method,
            gross_amount: page.gross_amount,
            status: Status::Pending,
            fraud: Fraud::Accept,
            transaction_time: now,
            expiry_time: if method.is_card() {
                own_end
            } else {
                page.codes_end_at.unwrap_or(own_end)
            },
            settlement_time: None,
            refunds: Vec::new(),
            number: random() % 10_000_000_000,
            custom_fields: page.custom_fields.clone(),
            hooks: page.hooks.clone(),
            withheld: None,
        };
        self.transactions.push(transaction);
        let index = self.transactions.len() - 1;
        self.announce(index);
        Ok(index)
    }

    /// The pending payment of a page or order; one is begun where there is none.
    fn begun(
        &mut self,
        id: &str,
        method: Option<Method>,
        now: DateTime<Utc>,
    ) -> Result<usize, Refused> {
        match self
            .find(id)
            .filter(|index| self.transactions[*index].status == Status::Pending)
        {
            Some(index)
                if method.is_none_or(|method| method == self.transactions[index].method) =>
            {
                Ok(index)
            }
            Some(index) => not_now(format!(
                "a payment by {} is on its way",
                self.transactions[index].method.title
            )),
            None => self.choose(id, method, now),
        }
    }

    /// The customer pays. A card is captured, or held by the fraud system; the rest is settled at once.
    pub(super) fn pay(
        &mut self,
        id: &str,
        method: Option<Method>,
        now: DateTime<Utc>,
    ) -> Result<usize, Refused> {
        let index = self.begun(id, method, now)?;
        let fraud = self
            .quirks_of(&self.transactions[index].order_id)
            .fraud
            .unwrap_or(Fraud::Accept);
        let transaction = &mut self.transactions[index];
        if !transaction.method.is_card() {
            return self.settle(id, now);
        }
        transaction.fraud = fraud;
        transaction.status = if fraud == Fraud::Deny {
            Status::Deny
        } else {
            Status::Capture
        };
        self.announce(index);
        if fraud == Fraud::Accept
            && self
                .quirks_of(&self.transactions[index].order_id)
                .chargeback
        {
            self.chargeback(id, None, now)?;
        }
        Ok(index)
    }

    /// The money arrives: a pending payment, or a card payment captured before.
    pub(super) fn settle(&mut self, id: &str, now: DateTime<Utc>) -> Result<usize, Refused> {
        let index = self
            .find(id)
            .ok_or_else(|| Refused::NotFound(id.to_owned()))?;
        let transaction = &mut self.transactions[index];
        match (transaction.status, transaction.fraud) {
            (Status::Pending, _) | (Status::Capture, Fraud::Accept) => {}
            (status, _) => return not_now(format!("the payment is {}", status.as_str())),
        }
        transaction.status = Status::Settlement;
        transaction.settlement_time = Some(now);
        let (id, order_id, reversible) = (
            transaction.transaction_id.clone(),
            transaction.order_id.clone(),
            transaction.method.reversible,
        );
        self.announce(index);
        let quirks = self.quirks_of(&order_id).clone();
        if quirks.reversal && reversible {
            self.reverse(&id)?;
        }
        if let Some(amount) = quirks.partial_refund {
            self.refund_by_hand(&id, Some(amount), now, Utc::now())?;
        }
        Ok(index)
    }

    /// The bank or the fraud system refuses; the customer may try again.
    pub(super) fn fail(
        &mut self,
        id: &str,
        method: Option<Method>,
        now: DateTime<Utc>,
    ) -> Result<usize, Refused> {
        let index = self.begun(id, method, now)?;
        Ok(self.turn(index, Status::Deny))
    }

    /// The payment code runs out.
    pub(super) fn expire(&mut self, id: &str) -> Result<usize, Refused> {
        let index = self.find_in(id, &[Status::Pending])?;
        Ok(self.turn(index, Status::Expire))
    }

    /// The bank takes a settled payment back.
    pub(super) fn reverse(&mut self, id: &str) -> Result<usize, Refused> {
        let index = self.find_in(id, &[Status::Settlement])?;
        let method = self.transactions[index].method;
        if !method.reversible {
            return not_now(format!("payments by {} are never reversed", method.title));
        }
        Ok(self.turn(index, Status::Deny))
    }

    /// The card's holder disputes the payment, or a part of it.
    pub(super) fn chargeback(
        &mut self,
        id: &str,
        amount: Option<i64>,
        now: DateTime<Utc>,
    ) -> Result<usize, Refused> {
        let index = self.find_in(
            id,
            &[
                Status::Capture,
                Status::Settlement,
                Status::PartialRefund,
                Status::PartialChargeback,
            ],
        )?;
        let transaction = &self.transactions[index];
        if !transaction.method.is_card() {
            return not_now("only card payments are charged back");
        }
        let left = transaction.gross_amount - transaction.refunded();
        let Some(amount) = amount.filter(|amount| *amount < left) else {
            return Ok(self.turn(index, Status::Chargeback));
        };
        self.last_refund += 1;
        let part = Refund {
            id: self.last_refund,
            amount,
            key: format!("chargeback-{}", self.last_refund),
            reason: String::new(),
            online: false,
            created_at: now,
            bank_confirmed_at: Some(now),
            confirmation_due: now,
        };
        self.transactions[index].refunds.push(part);
        Ok(self.turn(index, Status::PartialChargeback))
    }

    /// A refund from the dashboard, which knows every method.
    pub(super) fn refund_by_hand(
        &mut self,
        id: &str,
        amount: Option<i64>,
        now: DateTime<Utc>,
        confirmation_due: DateTime<Utc>,
    ) -> Result<usize, Refused> {
        let index = self.find_in(id, &[Status::Settlement, Status::PartialRefund])?;
        let left = self.transactions[index].gross_amount - self.transactions[index].refunded();
        let amount = amount.unwrap_or(left);
        if amount < 1 || amount > left {
            return not_now(format!("{left} rupiah can be refunded"));
        }
        let key = format!("dashboard-{}", new_uuid());
        self.book_refund(
            index,
            Refund {
                id: 0,
                amount,
                key,
                reason: String::new(),
                online: false,
                created_at: now,
                bank_confirmed_at: None,
                confirmation_due,
            },
        );
        Ok(index)
    }

    /// Adds the refund, numbers it, and tells of it.
    pub(super) fn book_refund(&mut self, index: usize, refund: Refund) {
        self.last_refund += 1;
        let transaction = &mut self.transactions[index];
        transaction.refunds.push(Refund {
            id: self.last_refund,
            ..refund
        });
        let whole = transaction.refunded() >= transaction.gross_amount;
        self.turn(
            index,
            if whole {
                Status::Refund
            } else {
                Status::PartialRefund
            },
        );
    }

    pub(super) fn turn(&mut self, index: usize, status: Status) -> usize {
        self.transactions[index].status = status;
        self.announce(index);
        index
    }

    fn find_in(&self, id: &str, states: &[Status]) -> Result<usize, Refused> {
        let index = self
            .find(id)
            .ok_or_else(|| Refused::NotFound(id.to_owned()))?;
        let status = self.transactions[index].status;
        if states.contains(&status) {
            Ok(index)
        } else {
            not_now(format!("the payment is {}", status.as_str()))
        }
    }
}
