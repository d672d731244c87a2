use super::{WalletCommand, WalletError, WalletEvent};
use crate::{
    Rupiah,
    aggregate::aggregate,
    ids::{ChargeId, CreditId, SubscriptionId, UserId, WalletId},
};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Wallet {
    owner: Option<UserId>,
    balance: Rupiah,
    credits: HashMap<CreditId, Rupiah>,
    charges: HashMap<ChargeId, Charge>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Charge {
    amount: Rupiah,
    /// What was not given back.
    kept: Rupiah,
    subscription_id: SubscriptionId,
}

aggregate!(
    Wallet,
    WalletId,
    WalletCommand,
    WalletEvent,
    WalletError,
    "wallet"
);

impl Wallet {
    pub fn owner(&self) -> Option<UserId> {
        self.owner
    }

    pub fn balance(&self) -> Rupiah {
        self.balance
    }

    pub(super) fn decide(&self, command: WalletCommand) -> Result<Vec<WalletEvent>, WalletError> {
        use {WalletCommand as Do, WalletEvent as Did};
        match (command, self.owner) {
            (Do::Open { owner }, None) => Ok(vec![Did::Opened { owner }]),
            (Do::Open { owner }, Some(known)) if owner == known => Ok(vec![]),
            (Do::Open { .. }, Some(_)) => Err(WalletError::AlreadyOpen),
            (_, None) => Err(WalletError::NotFound),
            (
                Do::Credit {
                    credit_id,
                    amount,
                    top_up_id,
                },
                Some(_),
            ) => {
                if !self.is_new_credit(credit_id, amount)? {
                    return Ok(vec![]);
                }
                Ok(vec![Did::Credited {
                    credit_id,
                    amount,
                    top_up_id,
                }])
            }
            (
                Do::Charge {
                    charge_id, amount, ..
                },
                Some(_),
            ) if self.charges.contains_key(&charge_id) => {
                if self.charges[&charge_id].amount == amount {
                    Ok(vec![])
                } else {
                    Err(WalletError::IdReused)
                }
            }
            (Do::Charge { amount, .. }, Some(_)) if amount.is_zero() => Err(WalletError::NoAmount),
            (
                Do::Charge {
                    charge_id,
                    amount,
                    subscription_id,
                },
                Some(_),
            ) if amount <= self.balance => Ok(vec![Did::Charged {
                charge_id,
                amount,
                subscription_id,
            }]),
            (Do::Charge { amount, .. }, Some(_)) => Err(WalletError::InsufficientFunds {
                needed: amount,
                available: self.balance,
            }),
            (Do::Refund { credit_id, .. }, Some(_)) if self.credits.contains_key(&credit_id) => {
                Ok(vec![])
            }
            (
                Do::Refund {
                    credit_id,
                    charge_id,
                },
                Some(_),
            ) => self.refund(credit_id, charge_id),
        }
    }

    fn is_new_credit(&self, credit_id: CreditId, amount: Rupiah) -> Result<bool, WalletError> {
        match self.credits.get(&credit_id) {
            Some(known) if *known == amount => Ok(false),
            Some(_) => Err(WalletError::IdReused),
            None if amount.is_zero() => Err(WalletError::NoAmount),
            None if self.balance.checked_add(amount).is_none() => Err(WalletError::BalanceTooLarge),
            None => Ok(true),
        }
    }

    fn refund(
        &self,
        credit_id: CreditId,
        charge_id: ChargeId,
    ) -> Result<Vec<WalletEvent>, WalletError> {
        let charge = self
            .charges
            .get(&charge_id)
            .ok_or(WalletError::UnknownCharge(charge_id))?;
        if charge.kept.is_zero() {
            return Ok(vec![]);
        }
        self.balance
            .checked_add(charge.kept)
            .ok_or(WalletError::BalanceTooLarge)?;
        let Charge {
            kept: amount,
            subscription_id,
            ..
        } = *charge;
        Ok(vec![WalletEvent::Refunded {
            credit_id,
            charge_id,
            amount,
            subscription_id,
        }])
    }

    pub(super) fn fold(&mut self, event: WalletEvent) {
        use WalletEvent as Did;
        match event {
            Did::Opened { owner } => self.owner = Some(owner),
            Did::Credited {
                credit_id, amount, ..
            } => self.add(credit_id, amount),
            Did::Charged {
                charge_id,
                amount,
                subscription_id,
            } => {
                self.charges.insert(
                    charge_id,
                    Charge {
                        amount,
                        kept: amount,
                        subscription_id,
                    },
                );
                self.balance = self.balance.checked_sub(amount).unwrap_or(Rupiah::ZERO);
            }
            Did::Refunded {
                credit_id,
                charge_id,
                amount,
                ..
            } => {
                if let Some(charge) = self.charges.get_mut(&charge_id) {
                    charge.kept = charge.kept.checked_sub(amount).unwrap_or(Rupiah::ZERO);
                }
                self.add(credit_id, amount);
            }
        }
    }

    fn add(&mut self, credit_id: CreditId, amount: Rupiah) {
        self.credits.insert(credit_id, amount);
        self.balance = self.balance.checked_add(amount).unwrap_or(Rupiah::MAX);
    }
}
