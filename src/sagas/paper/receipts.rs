//! A receipt for what was paid in.

use super::{BY_STAFF, Desk, Paper};
use chrono::{DateTime, Utc};
use purser_domain::{
    Recorded, Rupiah,
    document::ToppedUp,
    ids::{CreditId, TopUpId, UserId},
    top_up::TopUpEvent,
};

impl Desk {
    pub(super) fn hear_top_up(&mut self, event: &Recorded, fact: &TopUpEvent) {
        let (at, id) = (event.at, event.stream.id.parse());
        match (fact, id, self.state.top_up.clone()) {
            (
                TopUpEvent::Requested {
                    user_id, order_id, ..
                },
                ..,
            ) => self.state.top_up = Some((*user_id, order_id.clone())),
            (
                TopUpEvent::Settled {
                    transaction_id,
                    payment_type,
                    amount,
                    ..
                },
                Ok(top_up_id),
                Some(of),
            ) => self.receipt(top_up_id, of, transaction_id, payment_type, *amount, at),
            (
                TopUpEvent::Booked {
                    transaction_id,
                    amount,
                    ..
                },
                Ok(top_up_id),
                Some(of),
            ) => self.receipt(top_up_id, of, transaction_id, BY_STAFF, *amount, at),
            _ => {}
        }
    }

    fn receipt(
        &mut self,
        top_up_id: TopUpId,
        (to, order_id): (UserId, String),
        transaction_id: &str,
        payment_type: &str,
        amount: Rupiah,
        at: DateTime<Utc>,
    ) {
        let credit_id = CreditId::of_transaction(top_up_id, transaction_id);
        let topped_up = ToppedUp {
            top_up_id,
            credit_id,
            order_id,
            payment_type: payment_type.to_owned(),
        };
        let receipt = Paper::Receipt {
            to,
            topped_up,
            amount,
            at,
        };
        self.issue(format!("receipt-{credit_id}"), receipt);
    }
}
