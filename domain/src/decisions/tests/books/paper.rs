//! Invoices, whenever they come to be written: the VAT in them is owed, and what came back owes none.

use super::Books;
use crate::{
    Event,
    decisions::tests::paper::invoice,
    wallet::{WalletEvent, promotional},
};

impl Books {
    /// What was charged and can be invoiced.
    pub(super) fn charged(&mut self, event: &Event) {
        let Event::Wallet(
            WalletEvent::Charged {
                charge_id,
                amount,
                promotional: parts,
                ..
            }
            | WalletEvent::Captured {
                charge_id,
                amount,
                promotional: parts,
                ..
            },
        ) = event
        else {
            return;
        };
        let paid = amount.checked_sub(promotional(parts)).unwrap_or_default();
        self.uninvoiced.push((*charge_id, paid));
    }

    pub(super) fn invoices(&mut self) {
        let many = self.uninvoiced.len() as u64;
        if many > 0 {
            let one = self.random.below(many) as usize;
            let (charge_id, paid) = self.uninvoiced.swap_remove(one);
            self.tell(&invoice(charge_id, paid));
        }
    }
}
