//! What is set aside in the books' histories.

use super::Books;
use crate::{
    ids::{ChargeId, HoldId, PayoutId, TopUpId, UserId},
    story::{order, text},
    wallet::{Purpose, WalletCommand},
};
use uuid::Uuid;

impl Books {
    pub(super) fn holds(&mut self, person: UserId) {
        let at = self.now;
        let open = self.holds.pop();
        match open {
            Some((owner, hold_id)) if self.random.below(2) == 0 => {
                self.wallet(owner, WalletCommand::Release { hold_id, at });
            }
            Some((owner, hold_id)) => {
                let charge_id = ChargeId::new(self.random.uuid());
                self.wallet(owner, WalletCommand::Capture { hold_id, charge_id });
            }
            None => {
                let hold_id = HoldId::new(self.random.uuid());
                let amount = self.random.amount();
                self.holds.push((person, hold_id));
                let command = WalletCommand::Hold {
                    hold_id,
                    amount,
                    subscription_id: order(0),
                    purpose: Purpose::Running,
                    at,
                };
                self.wallet(person, command);
            }
        }
    }

    pub(super) fn pays_out(&mut self, person: UserId) {
        match self.payouts.pop() {
            Some((owner, payout_id)) if self.random.below(2) == 0 => {
                let reason = text("the bank refused");
                self.wallet(owner, WalletCommand::CancelPayout { payout_id, reason });
            }
            Some((owner, payout_id)) => {
                let command = WalletCommand::ConfirmPayout {
                    payout_id,
                    proof: text("refund 7"),
                    at: self.now,
                };
                self.wallet(owner, command);
            }
            None => {
                let payout_id = PayoutId::new(self.random.uuid());
                self.payouts.push((person, payout_id));
                let command = WalletCommand::RequestPayout {
                    payout_id,
                    amount: self.random.amount(),
                    top_up_id: (self.random.below(2) == 0).then(|| TopUpId::new(Uuid::nil())),
                    reason: None,
                };
                self.wallet(person, command);
            }
        }
    }
}
