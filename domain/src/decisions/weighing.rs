//! What an act of the staff comes to, and whether another one has to approve it whatever that is.

use crate::{
    Decided, Event, Rupiah, Work,
    approval::{Act, Deed},
    ids::WalletId,
    period::BillingCycle,
    subscription::Subscription,
    user::{Role, User},
    wallet::{AdjustmentSide, Wallet, WalletEvent},
};

/// Whether another person has to approve an act, and what it comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weight {
    /// Another one approves it in any case.
    Always(Option<Rupiah>),
    Amount(Rupiah),
    /// Nobody else is asked.
    Nothing,
}

impl Act {
    /// What it comes to, by what a rehearsal of it came to.
    pub(super) fn weight(&self, work: &mut Work<'_>, rehearsed: &Decided) -> Weight {
        match &self.deed {
            Deed::Adjust { amount, .. }
            | Deed::Grant { amount, .. }
            | Deed::Refund { amount, .. }
            | Deed::GiveBack { amount, .. }
            | Deed::PayOut { amount, .. } => Weight::Amount(*amount),
            Deed::BookFees {
                amount, replaces, ..
            } => Weight::Amount((*amount).max(replaces.unwrap_or_default())),
            Deed::ReturnReversal { amount, .. }
            | Deed::BookPayment { amount, .. }
            | Deed::TakeBack { amount, .. } => Weight::Always(Some(*amount)),
            Deed::CancelPayout { .. } => Weight::Amount(comes_back(rehearsed)),
            Deed::WriteOff { .. } => Weight::Always(Some(written_off(rehearsed))),
            Deed::Unfreeze { .. } => {
                let wallet = work.state::<Wallet>(&WalletId::of(self.user_id()));
                Weight::Amount(wallet.frozen())
            }
            Deed::Extend {
                subscription_id,
                days,
                next,
                ..
            } => match worth(work.state(subscription_id), *days, *next) {
                // A trial, or what is free, has no price to weigh it by.
                worth if worth.is_zero() => Weight::Always(None),
                worth => Weight::Amount(worth),
            },
            Deed::End { .. } => Weight::Amount(given_back(rehearsed)),
            Deed::CreateCoupon {
                gives,
                limits,
                dearest,
                ..
            } => match gives.at_most(limits, *dearest) {
                Some(most) => Weight::Amount(most),
                None => Weight::Always(None),
            },
            // One of two who approved it is an administrator afterwards, so the last one is never shut out.
            Deed::Deactivate { .. } => match work.state::<User>(&self.user_id()).roles() {
                roles if roles.contains(&Role::Admin) => Weight::Always(None),
                _ => Weight::Nothing,
            },
            Deed::ResetSecondFactor { .. }
            | Deed::ChangeRoles { .. }
            | Deed::SetApprovalLimit { .. } => Weight::Always(None),
        }
    }

    /// Whether somebody has more credit by it: who was erased can neither spend it nor be paid out.
    pub(super) fn gives_credit(&self) -> bool {
        matches!(
            self.deed,
            Deed::Adjust {
                side: AdjustmentSide::Credit,
                ..
            } | Deed::Grant { .. }
                | Deed::GiveBack { .. }
                | Deed::ReturnReversal { .. }
                | Deed::BookPayment { .. }
        )
    }
}

/// So many days at the price of the plan or of its next period, whichever is more, rounded up.
fn worth(subscription: &Subscription, days: u32, next: Option<Rupiah>) -> Rupiah {
    let Some(terms) = subscription.terms() else {
        return Rupiah::ZERO;
    };
    let whole: i64 = match terms.billing_cycle {
        BillingCycle::Monthly => 28,
        BillingCycle::Yearly => 365,
    };
    let price = terms.price.max(next.unwrap_or(Rupiah::ZERO));
    let worth = price.get().checked_mul(days.into());
    let worth = worth.map(|worth| worth.div_euclid(whole) + i64::from(worth % whole != 0));
    worth
        .and_then(|worth| Rupiah::try_from(worth).ok())
        .unwrap_or(Rupiah::MAX)
}

fn given_back(rehearsed: &Decided) -> Rupiah {
    sum(rehearsed, |fact| match fact {
        WalletEvent::Refunded { amount, .. } => Some(*amount),
        _ => None,
    })
}

fn comes_back(rehearsed: &Decided) -> Rupiah {
    sum(rehearsed, |fact| match fact {
        WalletEvent::PayoutCancelled { amount, .. } => Some(*amount),
        _ => None,
    })
}

fn written_off(rehearsed: &Decided) -> Rupiah {
    sum(rehearsed, |fact| match fact {
        WalletEvent::ReceivableWrittenOff { amount, .. } => Some(*amount),
        _ => None,
    })
}

fn sum(rehearsed: &Decided, amount: impl Fn(&WalletEvent) -> Option<Rupiah>) -> Rupiah {
    let events = rehearsed
        .events
        .iter()
        .filter_map(|(_, event)| match event {
            Event::Wallet(fact) => amount(fact),
            _ => None,
        });
    events.fold(Rupiah::ZERO, |sum, amount| {
        sum.checked_add(amount).unwrap_or(Rupiah::MAX)
    })
}
