//! The double-entry view: every booking balances, every date does, and what the books owe customers is what their wallets
//! hold.

use super::Check;
use chrono::NaiveDate;
use purser_domain::{
    Recorded, Rupiah,
    ledger::{Account, Ledger},
    period::jakarta_date,
    wallet::Wallet,
};
use std::collections::BTreeSet;

#[derive(Default)]
pub(super) struct BooksCheck {
    ledger: Ledger,
    bookings: u64,
    dates: BTreeSet<NaiveDate>,
    wrong: Vec<String>,
}

impl BooksCheck {
    pub(super) fn book(&mut self, event: &Recorded) {
        let lines = self.ledger.book(&event.stream, &event.event, event.at);
        if lines.is_empty() {
            return;
        }
        self.bookings += 1;
        self.dates.insert(jakarta_date(event.at));
        let sum: i128 = lines.iter().map(|line| i128::from(line.amount)).sum();
        if sum != 0 {
            self.wrong.push(format!(
                "the booking of position {} is out of balance by {sum}",
                event.position
            ));
        }
    }

    pub(super) fn check<'a>(&self, wallets: impl Iterator<Item = &'a Wallet> + Clone) -> Check {
        let mut differences = self.wrong.clone();
        for date in &self.dates {
            let sum = self.ledger.at(*date).sum();
            if sum != 0 {
                differences.push(format!("the books of {date} are out of balance by {sum}"));
            }
        }
        if let Some(last) = self.dates.last() {
            let balance = self.ledger.at(*last);
            let held = |part: fn(&Wallet) -> Rupiah| -> i128 {
                let parts = wallets.clone().map(part);
                parts.map(|amount| i128::from(amount.get())).sum()
            };
            let aside = -held(Wallet::set_aside);
            let pairs = [
                (Account::CustomerPaid, -held(Wallet::paid)),
                (Account::CustomerPromotional, -held(Wallet::promotional)),
                (Account::Receivables, held(Wallet::owed)),
            ];
            let booked_aside = balance.of(Account::Held) + balance.of(Account::PayoutsPending);
            let pairs =
                pairs.map(|(account, expected)| (account.as_str(), balance.of(account), expected));
            let aside = ("held and payouts_pending", booked_aside, aside);
            for (name, booked, expected) in pairs.into_iter().chain([aside]) {
                if booked != expected {
                    differences.push(format!(
                        "{name} stands at {booked}, the wallets sum to {expected}"
                    ));
                }
            }
            let deferred = balance.of(Account::DeferredRevenue);
            if deferred > 0 {
                differences.push(format!("{deferred} more is earned than was charged"));
            }
        }
        Check {
            name: "the books balance and agree with the wallets".into(),
            looked_at: format!("{} bookings, {} dates", self.bookings, self.dates.len()),
            differences,
        }
    }
}
