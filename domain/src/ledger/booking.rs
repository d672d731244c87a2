//! What each event books.

use super::{
    Account, Cleared, Line, TrialBalance,
    billed::Billed,
    deferral::{Deferral, Share},
    gateway::AtGateway,
};
use crate::{
    Event, Rupiah, StreamId,
    document::{Content, DocumentEvent, Matter},
    fee_statement::{FeeStatementEvent, month_of},
    ids::{ChargeId, PayoutId, ReversalId, SubscriptionId, TopUpId},
    period::jakarta_date,
    subscription::SubscriptionEvent,
    wallet::{AdjustmentSide, GrantPart, ReversalCause, WalletEvent, promotional},
};
use chrono::{DateTime, NaiveDate, Utc};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// All that was booked so far. Events are told in the order of the history.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    /// By date and account: what that date added.
    days: BTreeMap<NaiveDate, HashMap<Account, i128>>,
    deferrals: HashMap<ChargeId, Deferral>,
    subscriptions: HashMap<SubscriptionId, Billed>,
    /// The payouts, and of which order one is that goes through the gateway.
    pub(super) payouts: HashMap<PayoutId, Option<TopUpId>>,
    pub(super) reversals: HashMap<ReversalId, (ReversalCause, TopUpId)>,
    pub(super) cleared: HashMap<TopUpId, Cleared>,
    pub(super) gateway: AtGateway,
    /// The first days of the months in which customers paid, and of those whose fees are booked.
    paid_months: BTreeSet<NaiveDate>,
    fee_months: BTreeSet<NaiveDate>,
}

impl Ledger {
    /// Books an event and says how. Most events book nothing.
    pub fn book(&mut self, stream: &StreamId, event: &Event, at: DateTime<Utc>) -> Vec<Line> {
        let on = jakarta_date(at);
        self.gateway.goes_on(at);
        let mut lines = match event {
            Event::Wallet(fact) => {
                if matches!(fact, WalletEvent::Credited { .. }) {
                    self.paid_months.insert(month_of(on));
                }
                let lines = self.book_wallet(fact, on);
                self.clear(fact, &lines, at);
                lines
            }
            Event::TopUp(fact) => {
                if let Ok(order) = stream.id.parse() {
                    self.gateway.note(order, fact, at);
                }
                vec![]
            }
            Event::FeeStatement(FeeStatementEvent::Booked { month, amount, .. }) => {
                self.fee_months.insert(*month);
                vec![
                    Line::debit(Account::GatewayFees, *amount),
                    Line::credit(Account::GatewayClearing, *amount),
                ]
            }
            Event::FeeStatement(FeeStatementEvent::Corrected { before, amount, .. }) => vec![
                Line::debit(Account::GatewayFees, *amount),
                Line::credit(Account::GatewayFees, *before),
                Line::debit(Account::GatewayClearing, *before),
                Line::credit(Account::GatewayClearing, *amount),
            ],
            Event::Subscription(fact) => {
                if let Ok(id) = stream.id.parse() {
                    self.note(id, fact);
                }
                vec![]
            }
            Event::Document(DocumentEvent::Issued { content, .. }) => self.invoice(content, on),
            _ => vec![],
        };
        lines.retain(|line| line.amount != 0);
        let day = self.days.entry(on).or_default();
        for line in &lines {
            *day.entry(line.account).or_default() += i128::from(line.amount);
        }
        lines
    }

    /// The first days of the months before this date's in which customers paid, and whose fees are not booked.
    pub fn months_without_fees(&self, date: NaiveDate) -> impl Iterator<Item = NaiveDate> {
        let over = self.paid_months.range(..month_of(date));
        over.filter(|month| !self.fee_months.contains(month))
            .copied()
    }

    /// Every account at the end of this date, in Jakarta.
    pub fn at(&self, date: NaiveDate) -> TrialBalance {
        let mut balance = TrialBalance::new(date);
        for (_, day) in self.days.range(..=date) {
            for (account, amount) in day {
                balance.add(*account, *amount);
            }
        }
        let earned = self.earned(date);
        balance.add(Account::DeferredRevenue, earned);
        balance.add(Account::EarnedRevenue, -earned);
        balance
    }

    /// What was charged for days that are over at the end of this date.
    fn earned(&self, date: NaiveDate) -> i128 {
        self.deferrals
            .values()
            .map(|deferral| deferral.earned(date))
            .sum()
    }

    fn book_wallet(&mut self, fact: &WalletEvent, on: NaiveDate) -> Vec<Line> {
        use {Account as A, WalletEvent as Did};
        let move_from = |from: A, to: A, amount: Rupiah| {
            vec![Line::debit(from, amount), Line::credit(to, amount)]
        };
        match fact {
            Did::Opened { .. } | Did::PromotionUnfrozen { .. } => vec![],
            Did::Credited { amount, .. } => move_from(A::GatewayClearing, A::CustomerPaid, *amount),
            Did::Charged {
                charge_id,
                amount,
                promotional,
                ..
            } => {
                let paid = paid_part(*amount, promotional);
                self.deferrals.insert(*charge_id, Deferral::new(paid, on));
                spend(
                    A::CustomerPaid,
                    A::CustomerPromotional,
                    *amount,
                    promotional,
                )
            }
            Did::Refunded {
                charge_id,
                amount,
                promotional,
                ..
            } => {
                let paid = paid_part(*amount, promotional);
                let deferral = self.deferrals.get_mut(charge_id);
                let vat = deferral.map(|deferral| deferral.give_back(on, paid));
                let spent = spend(
                    A::CustomerPaid,
                    A::CustomerPromotional,
                    *amount,
                    promotional,
                );
                // Its credit note follows, with the same VAT.
                let vat = move_from(A::VatPayable, A::DeferredRevenue, vat.unwrap_or_default());
                spent.into_iter().map(back).chain(vat).collect()
            }
            Did::Held {
                amount,
                promotional,
                ..
            } => set_aside(*amount, promotional),
            Did::Released {
                amount,
                promotional,
                ..
            } => set_aside(*amount, promotional)
                .into_iter()
                .map(back)
                .collect(),
            Did::Captured {
                charge_id,
                amount,
                promotional,
                ..
            } => {
                let paid = paid_part(*amount, promotional);
                self.deferrals.insert(*charge_id, Deferral::new(paid, on));
                spend(A::Held, A::Held, *amount, promotional)
            }
            Did::PromotionGranted { amount, .. } => {
                move_from(A::PromotionalExpense, A::CustomerPromotional, *amount)
            }
            Did::PromotionExpired { amount, .. } => {
                move_from(A::CustomerPromotional, A::PromotionalExpense, *amount)
            }
            Did::Reversed {
                reversal_id,
                top_up_id,
                amount,
                taken,
                cause,
            } => {
                self.reversals.insert(*reversal_id, (*cause, *top_up_id));
                let owed = amount.checked_sub(*taken).unwrap_or(Rupiah::ZERO);
                vec![
                    Line::debit(A::CustomerPaid, *taken),
                    Line::debit(A::Receivables, owed),
                    Line::credit(A::GatewayClearing, *amount),
                ]
            }
            Did::ReceivablePaid { amount, .. } => {
                move_from(A::CustomerPaid, A::Receivables, *amount)
            }
            Did::ReceivableWrittenOff {
                reversal_id,
                amount,
                ..
            } => move_from(self.loss_of(*reversal_id), A::Receivables, *amount),
            Did::ReversalReturned {
                reversal_id,
                amount,
                recovered,
                ..
            } => {
                let credit = amount.checked_sub(*recovered).unwrap_or(Rupiah::ZERO);
                vec![
                    Line::debit(A::GatewayClearing, *amount),
                    Line::credit(A::CustomerPaid, credit),
                    Line::credit(self.loss_of(*reversal_id), *recovered),
                ]
            }
            Did::Adjusted { side, amount, .. } => match side {
                AdjustmentSide::Credit => move_from(A::Adjustments, A::CustomerPaid, *amount),
                AdjustmentSide::Debit => move_from(A::CustomerPaid, A::Adjustments, *amount),
            },
            Did::PayoutRequested {
                payout_id,
                amount,
                top_up_id,
                ..
            } => {
                self.payouts.insert(*payout_id, *top_up_id);
                move_from(A::CustomerPaid, A::PayoutsPending, *amount)
            }
            Did::PaidOut {
                payout_id, amount, ..
            } => {
                let from = match self.payouts.get(payout_id) {
                    Some(Some(_)) => A::GatewayClearing,
                    _ => A::Bank,
                };
                move_from(A::PayoutsPending, from, *amount)
            }
            Did::PayoutCancelled { amount, .. } => {
                move_from(A::PayoutsPending, A::CustomerPaid, *amount)
            }
        }
    }

    /// VAT is owed from the invoice on, and what is earned is without it (billing rule 26).
    fn invoice(&mut self, content: &Content, on: NaiveDate) -> Vec<Line> {
        let (Matter::Period(billed), Some(vat)) = (&content.matter, &content.vat) else {
            return vec![];
        };
        let deferral = self.deferrals.get_mut(&billed.charge_id);
        let owed = deferral.map(|deferral| deferral.invoice(on, content.total, vat.rate));
        let owed = owed.unwrap_or_default();
        vec![
            Line::debit(Account::DeferredRevenue, owed),
            Line::credit(Account::VatPayable, owed),
        ]
    }

    /// What is lost where what this reversal took is given up.
    fn loss_of(&self, reversal: ReversalId) -> Account {
        match self.reversals.get(&reversal) {
            Some((ReversalCause::Chargeback, _)) => Account::ChargebackLoss,
            _ => Account::WriteOffs,
        }
    }

    /// Which days a charge buys.
    fn note(&mut self, id: SubscriptionId, fact: &SubscriptionEvent) {
        use SubscriptionEvent as Did;
        let billed = self.subscriptions.entry(id).or_default();
        match fact {
            Did::Ordered { terms, .. } => billed.pending = terms.charge_id,
            Did::Activated { period, .. } | Did::Resumed { period, .. } => {
                if let Some(charge_id) = billed.pending.take() {
                    billed.begin(&mut self.deferrals, charge_id, *period);
                }
            }
            Did::Renewed {
                period,
                charge_id: Some(charge_id),
                ..
            } => billed.begin(&mut self.deferrals, *charge_id, *period),
            Did::PlanChanged {
                charge_id: Some(charge_id),
                period,
                anew,
                ..
            } => match anew.is_empty() {
                true => billed.begin(&mut self.deferrals, *charge_id, *period),
                false => {
                    let shares = anew.iter().map(|paid| Share {
                        period: paid.period,
                        amount: paid.net,
                    });
                    // What was given costs nothing: nothing is earned on its days.
                    let shares = shares.filter(|share| !share.amount.is_zero());
                    billed.begin_shared(&mut self.deferrals, *charge_id, shares.collect());
                }
            },
            Did::BecamePastDue { due_on, .. } => billed.due_on = Some(*due_on),
            Did::Suspended { grace_days, .. } => billed.grace_days = *grace_days,
            Did::ResumeOrdered {
                charge_id,
                grace_charge_id,
                ..
            } => {
                billed.pending = *charge_id;
                let grace = billed.grace();
                if let (Some(charge_id), Some(period)) = (grace_charge_id, grace) {
                    billed.begin(&mut self.deferrals, *charge_id, period);
                }
            }
            Did::ResumeFailed { .. } => billed.pending = None,
            Did::DayCredited { day, .. } => {
                let mut charges = billed.charges.iter().rev();
                let charge = charges.find(|charge| {
                    let deferral = self.deferrals.get(charge);
                    deferral.is_some_and(|deferral| deferral.covers(*day))
                });
                if let Some(deferral) = charge.and_then(|charge| self.deferrals.get_mut(charge)) {
                    deferral.lose();
                }
            }
            Did::ChargeReturned { charge_id, .. } => {
                if let Some(deferral) = self.deferrals.get_mut(charge_id) {
                    deferral.lose();
                }
            }
            Did::Renewed {
                charge_id: None, ..
            }
            | Did::Failed { .. }
            | Did::RenewalSwitched { .. }
            | Did::CancellationRequested { .. }
            | Did::CancellationUndone { .. }
            | Did::PlanChangeRequested { .. }
            | Did::PlanChanged { .. }
            | Did::PlanChangeFailed { .. }
            | Did::Extended { .. }
            | Did::TrialConverted { .. }
            | Did::Ended { .. }
            | Did::Terminated { .. } => {}
        }
    }
}

fn paid_part(amount: Rupiah, parts: &[GrantPart]) -> Rupiah {
    amount
        .checked_sub(promotional(parts))
        .unwrap_or(Rupiah::ZERO)
}

/// What was paid becomes deferred revenue; what is promotional becomes a discount, which is no revenue at all (billing
/// rule 21).
fn spend(paid: Account, granted: Account, amount: Rupiah, parts: &[GrantPart]) -> Vec<Line> {
    let (paid_part, promotional) = (paid_part(amount, parts), promotional(parts));
    vec![
        Line::debit(paid, paid_part),
        Line::credit(Account::DeferredRevenue, paid_part),
        Line::debit(granted, promotional),
        Line::credit(Account::PromotionalExpense, promotional),
    ]
}

fn set_aside(amount: Rupiah, parts: &[GrantPart]) -> Vec<Line> {
    vec![
        Line::debit(Account::CustomerPaid, paid_part(amount, parts)),
        Line::debit(Account::CustomerPromotional, promotional(parts)),
        Line::credit(Account::Held, amount),
    ]
}

fn back(line: Line) -> Line {
    Line {
        amount: -line.amount,
        ..line
    }
}
