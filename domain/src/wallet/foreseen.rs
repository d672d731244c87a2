//! What credit will come to, as far as its charges are foreseen.

use super::{
    Purpose, Wallet,
    purse::{less, more},
};
use crate::Rupiah;
use chrono::{DateTime, Utc};

/// A charge for what runs that is to come, or of nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Coming {
    pub amount: Rupiah,
    pub at: DateTime<Utc>,
}

impl Wallet {
    /// What the credit lacks for the last of these charges, in rupiah: they are paid in this order, each whole or not at all,
    /// and one that cannot be paid keeps none from being paid (billing rule 15). With what is owed and what those before it
    /// lack, because a payment goes to them first. Zero where it is paid.
    pub fn lacks_for(&self, coming: &[Coming]) -> Rupiah {
        let owed = self.owed();
        let mut purse = self.purse.clone();
        let (mut unpaid, mut lacking) = (Rupiah::ZERO, Rupiah::ZERO);
        for Coming { amount, at } in coming {
            let parts = purse.split(*amount, Purpose::Running, *at);
            lacking = match parts.filter(|_| owed.is_zero()) {
                Some(parts) => {
                    purse.take(*amount, &parts);
                    Rupiah::ZERO
                }
                None => {
                    unpaid = more(unpaid, *amount);
                    let there = purse.spendable(Purpose::Running, *at);
                    more(owed, less(unpaid, there))
                }
            };
        }
        lacking
    }
}
