//! What of the gateway's clearing account belongs to which order of credit.

use super::{Account, Ledger, Line};
use crate::{ids::TopUpId, wallet::WalletEvent};
use chrono::{DateTime, Utc};

/// What the books have of one order at the gateway, in whole rupiah.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cleared {
    pub paid: i64,
    pub returned: i64,
    /// What the bank gave back of what was returned.
    pub given_back: i64,
}

impl Ledger {
    /// What was booked of an order so far.
    pub fn cleared(&self, order: TopUpId) -> Cleared {
        self.cleared.get(&order).copied().unwrap_or_default()
    }

    /// Notes what of these lines is an order's.
    pub(super) fn clear(&mut self, fact: &WalletEvent, lines: &[Line], at: DateTime<Utc>) {
        let Some(order) = self.order_of(fact) else {
            return;
        };
        let clearing = lines
            .iter()
            .filter(|line| line.account == Account::GatewayClearing);
        let amount: i64 = clearing.map(|line| line.amount).sum();
        let cleared = self.cleared.entry(order).or_default();
        match fact {
            WalletEvent::ReversalReturned {
                amount: returned, ..
            } => {
                cleared.given_back += amount;
                self.gateway.came_in(order, *returned, at);
            }
            _ if amount > 0 => cleared.paid += amount,
            _ => cleared.returned -= amount,
        }
    }

    fn order_of(&self, fact: &WalletEvent) -> Option<TopUpId> {
        match fact {
            WalletEvent::Credited { top_up_id, .. } | WalletEvent::Reversed { top_up_id, .. } => {
                Some(*top_up_id)
            }
            WalletEvent::PaidOut { payout_id, .. } => *self.payouts.get(payout_id)?,
            WalletEvent::ReversalReturned { reversal_id, .. } => {
                self.reversals.get(reversal_id).map(|(_, order)| *order)
            }
            _ => None,
        }
    }
}
