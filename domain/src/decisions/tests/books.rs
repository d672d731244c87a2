//! Random histories of several customers: whatever they do and whatever happens to them, the books balance at every position
//! and date, and nobody's credit is anything but what the books owe him.

mod offers;
mod paper;
mod random;
mod staff;
mod wallets;

use super::world::{World, purchase};
use crate::{
    Decision, Rupiah,
    decisions::{
        ActivateOrder, Advance, Asker, ConfirmResume, CreditLostDay, EndNow, Extend, FailOrder,
        FailResume, GiveBack, One, Paying, Policy, Renew, SwitchRenewal, Wish, WishAbout,
    },
    ids::{
        ChargeId, CreditId, HoldId, PayoutId, ReversalId, SubscriptionId, TopUpId, UserId, WalletId,
    },
    ledger::{Account, Ledger},
    period::jakarta_date,
    story::{at, budi, ghost, order, sari, text},
    subscription::{FailCause, Subscription},
    wallet::{Wallet, WalletCommand},
};
use chrono::{DateTime, Duration, Utc};
use random::Random;

struct Books {
    world: World,
    ledger: Ledger,
    random: Random,
    now: DateTime<Utc>,
    orders: u64,
    holds: Vec<(UserId, HoldId)>,
    payouts: Vec<(UserId, PayoutId)>,
    uninvoiced: Vec<(ChargeId, Rupiah)>,
    reversals: Vec<(UserId, ReversalId)>,
    events: usize,
}

const PEOPLE: u64 = 2;

impl Books {
    fn open(seed: u64) -> Self {
        Self {
            world: offers::world(),
            ledger: Ledger::default(),
            random: Random(seed),
            now: at("2027-01-31T05:00:00Z"),
            orders: 0,
            holds: vec![],
            payouts: vec![],
            uninvoiced: vec![],
            reversals: vec![],
            events: 0,
        }
    }

    /// Whoever asks may be refused; what is accepted is booked.
    fn tell(&mut self, decision: &dyn Decision) {
        for (stream, event) in self.world.tries(decision) {
            self.ledger.book(&stream, &event, self.now);
            self.events += 1;
            self.charged(&event);
            let balance = self.ledger.at(jakarta_date(self.now));
            assert_eq!(balance.sum(), 0, "after {event:?}");
        }
        self.agree();
    }

    fn wallet(&mut self, of: UserId, command: WalletCommand) {
        self.tell(&One::<Wallet> {
            id: WalletId::of(of),
            command,
        });
    }

    /// What the books say is what the wallets hold, and no account stands on the wrong side.
    fn agree(&self) {
        let balance = self.ledger.at(jakarta_date(self.now));
        let wallets = [budi(), sari()].map(|of| self.world.state::<Wallet>(&WalletId::of(of)));
        let sum = |part: fn(&Wallet) -> Rupiah| -> i128 {
            wallets
                .iter()
                .map(|wallet| i128::from(part(wallet).get()))
                .sum()
        };
        assert_eq!(-balance.of(Account::CustomerPaid), sum(Wallet::paid));
        assert_eq!(
            -balance.of(Account::CustomerPromotional),
            sum(Wallet::promotional)
        );
        assert_eq!(balance.of(Account::Receivables), sum(Wallet::owed));
        for account in [
            Account::DeferredRevenue,
            Account::EarnedRevenue,
            Account::Held,
            Account::PayoutsPending,
            Account::VatPayable,
        ] {
            assert!(balance.of(account) <= 0, "{account:?} {balance:?}");
        }
    }

    fn step(&mut self) {
        let person = [budi(), sari()][self.random.below(PEOPLE) as usize];
        let subscription_id = self.one_of_them();
        let at = self.now;
        match self.random.below(34) {
            0..=3 => self.now += Duration::hours(1 + self.random.below(24 * 9) as i64),
            4..=6 => self.credit(person),
            7 => self.order(person),
            8 => self.tell(&ActivateOrder {
                subscription_id,
                at,
            }),
            9..=12 => self.advance(subscription_id),
            13 if self.random.below(4) == 0 => self.ends(subscription_id),
            14 | 24 | 25 | 32 | 33 => self.resumes(subscription_id),
            15 if self.random.below(3) == 0 => self.reverses(person),
            16 => self.grants(person),
            17 => self.holds(person),
            18 => self.pays_out(person),
            19 if self.random.below(2) == 0 => self.is_slow(subscription_id),
            19 => self.loses_a_day(subscription_id),
            20 => self.adjusts(person),
            21 => self.wishes(subscription_id, person),
            22 => self.extends(subscription_id),
            26 | 27 => self.invoices(),
            28 if self.random.below(2) == 0 => self.pays_fees(),
            28 => self.returns(),
            29 => self.redeems(person),
            30 => self.converts(subscription_id, person),
            31 if self.random.below(3) == 0 => self.tries(person),
            _ => self.wallet(person, WalletCommand::ExpireGrants { at }),
        }
    }

    /// Mostly one that is not over.
    fn one_of_them(&mut self) -> SubscriptionId {
        let all = (0..self.orders.max(1)).map(|number| order(u128::from(number)));
        let goes_on = |id: &SubscriptionId| {
            let subscription = self.world.state::<Subscription>(id);
            !subscription.is_over() && !subscription.is_failed()
        };
        let (going_on, all): (Vec<_>, Vec<_>) =
            (all.clone().filter(goes_on).collect(), all.collect());
        let from = match going_on.is_empty() || self.random.below(8) == 0 {
            true => all,
            false => going_on,
        };
        from[self.random.below(from.len() as u64) as usize]
    }

    fn credit(&mut self, person: UserId) {
        let amount = self.random.amount();
        let command = WalletCommand::Credit {
            credit_id: CreditId::new(self.random.uuid()),
            amount,
            top_up_id: TopUpId::new(self.random.uuid()),
            orders_from: (self.random.below(3) == 0).then(|| self.now + Duration::minutes(10)),
        };
        self.wallet(person, command);
    }

    fn order(&mut self, person: UserId) {
        let mut purchase = purchase(person, u128::from(self.orders));
        purchase.at = self.now;
        purchase.coupon = self.coupon();
        let before = self.events;
        self.tell(&purchase);
        self.orders += u64::from(self.events > before);
    }

    fn paying(&self, subscription_id: SubscriptionId) -> Paying {
        let subscription = self.world.state::<Subscription>(&subscription_id);
        let terms = subscription.terms();
        Paying {
            subscription_id,
            wallet_id: terms.map_or(WalletId::of(budi()), |terms| terms.wallet_id),
            service_id: ghost(),
        }
    }

    fn advance(&mut self, subscription_id: SubscriptionId) {
        let advance = Advance {
            paying: self.paying(subscription_id),
            policy: Policy::default(),
            at: self.now,
        };
        self.tell(&advance);
    }

    fn ends(&mut self, subscription_id: SubscriptionId) {
        let (wallet_id, at) = (self.paying(subscription_id).wallet_id, self.now);
        match self.random.below(2) {
            0 => self.tell(&FailOrder {
                subscription_id,
                wallet_id,
                cause: FailCause::NotReadyInTime,
                on_behalf_of: None,
                used: self.used(subscription_id),
                at,
            }),
            _ => self.tell(&EndNow {
                subscription_id,
                wallet_id,
                asked_by: Asker::Staff(text("by order of a court")),
                full_refund: None,
                policy: Policy::default(),
                at,
            }),
        }
    }

    /// One that is being resumed, where there is any.
    fn resumes(&mut self, subscription_id: SubscriptionId) {
        let mut all = (0..self.orders).map(|number| order(u128::from(number)));
        let now = self.now;
        let resuming =
            |id: &SubscriptionId| self.world.state::<Subscription>(id).resumes_since(now);
        let subscription_id = all.find(resuming).unwrap_or(subscription_id);
        let (wallet_id, at) = (self.paying(subscription_id).wallet_id, self.now);
        match self.random.below(2) {
            0 => self.tell(&ConfirmResume {
                subscription_id,
                at,
            }),
            _ => self.tell(&FailResume {
                subscription_id,
                wallet_id,
                at,
            }),
        }
    }

    fn extends(&mut self, subscription_id: SubscriptionId) {
        let extend = Extend {
            subscription_id,
            days: 1 + self.random.below(5) as u32,
            reason: text("it was slow"),
            at: self.now,
        };
        self.tell(&extend);
    }

    fn loses_a_day(&mut self, subscription_id: SubscriptionId) {
        let days = self.random.below(40) as i64;
        let lost = CreditLostDay {
            subscription_id,
            wallet_id: self.paying(subscription_id).wallet_id,
            day: jakarta_date(self.now - Duration::days(days)),
            at: self.now,
        };
        self.tell(&lost);
    }

    fn is_slow(&mut self, subscription_id: SubscriptionId) {
        let amount = self.random.below(5_000) as i64 + 1;
        let give_back = GiveBack {
            credit_id: CreditId::new(self.random.uuid()),
            subscription_id,
            wallet_id: self.paying(subscription_id).wallet_id,
            amount: Rupiah::try_from(amount).unwrap(),
            reason: text("it was slow"),
            at: self.now,
        };
        self.tell(&give_back);
    }

    fn wishes(&mut self, subscription_id: SubscriptionId, asked_by: UserId) {
        let at = self.now;
        let wish = match self.random.below(4) {
            0 => Wish::CancelAtEnd,
            1 => Wish::UndoCancellation,
            2 => {
                let automatic = self.random.below(2) == 0;
                return self.tell(&SwitchRenewal {
                    paying: self.paying(subscription_id),
                    policy: Policy::default(),
                    asked_by,
                    automatic,
                    at,
                });
            }
            _ => {
                return self.tell(&Renew {
                    paying: self.paying(subscription_id),
                    policy: Policy::default(),
                    asked_by,
                    at,
                });
            }
        };
        self.tell(&WishAbout {
            subscription_id,
            asked_by,
            wish,
            at,
        });
    }
}

#[test]
fn the_books_balance_at_every_position_and_date_whatever_happens() {
    let mut told = std::collections::BTreeSet::new();
    for seed in 0..120 {
        let mut books = Books::open(seed);
        for _ in 0..400 {
            books.step();
        }
        told.extend(books.world.told());
        // In hindsight and far ahead.
        for days in [-400, -30, 30, 800] {
            let balance = books
                .ledger
                .at(jakarta_date(books.now + Duration::days(days)));
            assert_eq!(balance.sum(), 0, "seed {seed}");
            assert!(
                balance.of(Account::DeferredRevenue) <= 0,
                "seed {seed}, {days}"
            );
        }
        assert!(books.events > 100, "seed {seed} tells too little");
    }
    let wanted = [
        "wallet.captured",
        "wallet.receivable_paid",
        "wallet.reversal_returned",
        "fee_statement.booked",
        "wallet.paid_out",
        "wallet.promotion_expired",
        "subscription.renewed",
        "subscription.became_past_due",
        "subscription.suspended",
        "subscription.resumed",
        "subscription.resume_failed",
        "subscription.day_credited",
        "subscription.charge_returned",
        "subscription.ended",
        "subscription.extended",
        "document.issued",
        "subscription.trial_converted",
        "subscription.plan_changed",
        "coupon.redeemed",
        "coupon.returned",
    ];
    for event in wanted {
        assert!(told.contains(event), "no story has {event}: {told:?}");
    }
}
