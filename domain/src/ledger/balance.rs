use super::Account;
use crate::Rupiah;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One side of a booking, in rupiah: positive is a debit, negative a credit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    pub account: Account,
    pub amount: i64,
}

impl Line {
    pub(super) fn debit(account: Account, amount: Rupiah) -> Self {
        Self {
            account,
            amount: amount.get(),
        }
    }

    pub(super) fn credit(account: Account, amount: Rupiah) -> Self {
        Self {
            account,
            amount: -amount.get(),
        }
    }
}

/// Every account at the end of a date.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrialBalance {
    /// The Jakarta date.
    pub date: NaiveDate,
    /// In rupiah: positive is a debit, negative a credit. Every account of the chart is there.
    pub accounts: BTreeMap<Account, i128>,
}

impl TrialBalance {
    pub(super) fn new(date: NaiveDate) -> Self {
        let accounts = Account::ALL.iter().map(|account| (*account, 0)).collect();
        Self { date, accounts }
    }

    pub(super) fn add(&mut self, account: Account, amount: i128) {
        *self.accounts.entry(account).or_default() += amount;
    }

    /// Zero, where everything adds up.
    pub fn sum(&self) -> i128 {
        self.accounts.values().sum()
    }

    /// In rupiah: positive is a debit, negative a credit.
    pub fn of(&self, account: Account) -> i128 {
        self.accounts.get(&account).copied().unwrap_or_default()
    }
}
