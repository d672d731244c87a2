//! Once a business day, in one process: the day before is compared, and days a week to half a year before that once more, for
//! what was taken back in between. What differs becomes a case. A day is done once, and days that were missed are made up for.

use super::{Difference, ReconcileError, Reconciler, compare::REFUND_DAYS, total::PATIENCE};
use crate::{
    clock::Clock,
    payments::{Order, bookings},
    rounds::Rounds,
    store::{Appender, Command, CommandError},
};
use chrono::{DateTime, Days, NaiveDate, Utc};
use purser_domain::{
    Actor, Decision, Rupiah,
    case::{Case, CaseCommand, CaseKind, Matter},
    decisions::One,
    ids::{CaseId, PayoutId, TopUpId, WalletId, derived},
    period::jakarta_date,
    top_up::TopUp,
};
use purser_projections::{payouts, wallets};
use sqlx::PgPool;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

const LEASE: &str = "reconciliation";
/// How often is looked whether a day is over; a clock that is moved is looked at at once.
const LOOK: Duration = Duration::from_secs(30);
/// How often, and how long apart, is looked whether payments are being asked about.
const REST_LOOKS: usize = 40;
const REST_LOOK: Duration = Duration::from_millis(250);
/// How many days a process that was away makes up for.
const MADE_UP: u64 = 31;
/// A day is looked at once it is over, and again so many days later: for months a card's holder can dispute what he paid,
/// and wallets can be refunded at the gateway, and word of it may have been lost.
const LOOKS: [u64; 6] = [0, 7, 30, 60, 90, 180];

/// Compares day by day until told to stop.
pub struct Daily {
    pub reconciler: Reconciler,
    pub appender: Appender,
    pub pool: PgPool,
    pub clock: Clock,
    /// From how much unspent paid credit on the operators are told.
    pub float_alert: Rupiah,
    /// For how many minutes credit of a channel that takes payments back buys nothing new.
    pub wait_minutes: u32,
}

/// The last Jakarta date that was compared; `None` before the first.
///
/// # Errors
/// The database's error.
pub async fn last_compared(pool: &PgPool) -> sqlx::Result<Option<NaiveDate>> {
    sqlx::query_scalar("select max(day) from work.reconciliations")
        .fetch_one(pool)
        .await
}

impl Daily {
    pub async fn run(self, holder: Uuid, stop: CancellationToken) {
        let rounds = Rounds {
            pool: &self.pool,
            lease: LEASE,
            clock: &self.clock,
            every: LOOK,
        };
        rounds
            .run(holder, stop, || Box::pin(self.look()), warn)
            .await;
    }

    async fn look(&self) -> Result<(), ReconcileError> {
        let today = jakarta_date(self.clock.now());
        let Some(yesterday) = today.pred_opt() else {
            return Ok(());
        };
        for day in missed(last_compared(&self.pool).await?, yesterday) {
            self.day(day).await?;
        }
        self.look_at_balances().await
    }

    async fn day(&self, day: NaiveDate) -> Result<(), ReconcileError> {
        let at = self.clock.now();
        // No gateway is asked about these, and one that tells nothing does not keep them from being seen.
        self.look_at_float(at).await?;
        self.look_at_payouts(at).await?;
        let (mut orders, mut differences) = (0_i64, 0_i64);
        for compared in LOOKS.map(|later| day - Days::new(later)) {
            for line in self.reconciler.days(compared, compared, at).await? {
                orders += 1;
                for difference in line.differences {
                    differences += 1;
                    let (kind, top_up) = (difference.matter.kind, difference.matter.top_up_id);
                    self.open(difference).await?;
                    // What the gateway says is booked; the case stays for whoever asks why it had to be found.
                    if let (
                        CaseKind::NotCredited | CaseKind::NotPaid | CaseKind::Amount,
                        Some(top_up),
                    ) = (kind, top_up)
                    {
                        self.book(top_up, day).await?;
                    }
                }
            }
        }
        sqlx::query(
            "insert into work.reconciliations (day, lines, differences) values ($1, $2, $3)
             on conflict (day) do nothing",
        )
        .bind(day)
        .bind(orders)
        .bind(differences)
        .execute(&self.pool)
        .await?;
        tracing::info!(
            "the books of {day} are compared: {orders} lines, {differences} differences"
        );
        Ok(())
    }

    /// The totals of the dates that are old enough (billing rule 45), apart from the orders: a gateway that is in trouble with its
    /// balance alone does not keep those from being compared.
    async fn look_at_balances(&self) -> Result<(), ReconcileError> {
        let at = self.clock.now();
        let last: Option<NaiveDate> =
            sqlx::query_scalar("select max(day) from work.gateway_balances")
                .fetch_one(&self.pool)
                .await?;
        let mut days = missed(last, jakarta_date(at) - PATIENCE).peekable();
        if days.peek().is_none() || !self.payments_rest().await? {
            return Ok(());
        }
        for day in days {
            self.look_at_balance(day, at).await?;
        }
        Ok(())
    }

    /// Waits a moment until no payment is being asked about any more: what a process that was away has not booked yet would be
    /// taken for money that nobody knows. Where it lasts longer, the next look asks again.
    async fn payments_rest(&self) -> sqlx::Result<bool> {
        for _ in 0..REST_LOOKS {
            let busy = sqlx::query_scalar(
                "select exists (select from work.effects
                   where saga = 'payment' and status in ('waiting', 'running') and due_at <= now())
                   or exists (select from work.timers where saga = 'payment' and due_at <= $1)",
            );
            let busy: bool = busy.bind(self.clock.now()).fetch_one(&self.pool).await?;
            if !busy {
                return Ok(true);
            }
            tokio::time::sleep(REST_LOOK).await;
        }
        Ok(false)
    }

    async fn look_at_balance(
        &self,
        day: NaiveDate,
        at: DateTime<Utc>,
    ) -> Result<(), ReconcileError> {
        let total = self.reconciler.total(day, at).await?;
        tracing::info!("the gateway's balance of {day}: {}", total.words());
        if let Some(difference) = total.difference() {
            self.open(difference).await?;
        }
        // A day that stands here is not looked at again: what was found of it has its case by now.
        let (compared, note) = (total.compared.as_ref().ok(), total.note());
        sqlx::query(
            "insert into work.gateway_balances (day, opening, closing, known, not_explained, note)
             values ($1, $2::text::numeric, $3::text::numeric, $4::text::numeric, $5::text::numeric, $6)
             on conflict (day) do update set at = clock_timestamp(), opening = excluded.opening,
                 closing = excluded.closing, known = excluded.known,
                 not_explained = excluded.not_explained, note = excluded.note",
        )
        .bind(day)
        .bind(compared.map(|it| it.opening.to_string()))
        .bind(compared.map(|it| it.closing.to_string()))
        .bind(compared.map(|it| it.known.to_string()))
        .bind(compared.map(|it| it.not_explained().to_string()))
        .bind(&note)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// A case a month, of the month in which it is seen, while customers hold more than the alert (billing rule 38).
    async fn look_at_float(&self, at: DateTime<Utc>) -> Result<(), ReconcileError> {
        let unspent = wallets::unspent_paid(&mut *self.pool.acquire().await?).await?;
        if unspent < self.float_alert.get() {
            return Ok(());
        }
        let held = Rupiah::try_from(unspent).unwrap_or(Rupiah::MAX);
        let finding = format!(
            "customers hold {held} of unspent paid credit; from Rp 1.000.000.000 on that needs a licence of Bank Indonesia"
        );
        let month = jakarta_date(at).format("%Y-%m").to_string();
        self.open(Difference {
            case_id: CaseId::of(&["float", &month]),
            matter: Matter {
                kind: CaseKind::Float,
                finding,
                order_id: None,
                transaction_id: None,
                top_up_id: None,
                wallet_id: None,
                payout_id: None,
            },
        })
        .await
    }

    /// What staff is to pay by bank has nobody else who would say that it did not go out: a case each, once.
    async fn look_at_payouts(&self, at: DateTime<Utc>) -> Result<(), ReconcileError> {
        let before = at - chrono::Duration::days(REFUND_DAYS);
        let unfinished =
            payouts::unfinished_by_bank(&mut *self.pool.acquire().await?, before).await?;
        for payout in unfinished {
            let (id, asked_on) = (payout.id, jakarta_date(payout.requested_at));
            let amount = Rupiah::try_from(payout.amount).unwrap_or(Rupiah::MAX);
            let finding = format!(
                "{amount} is to be paid out by bank since {asked_on}, and nobody said that it was paid or cancelled it"
            );
            self.open(Difference {
                case_id: CaseId::of(&["payout-by-bank", &id.to_string()]),
                matter: Matter {
                    kind: CaseKind::UnfinishedPayout,
                    finding,
                    order_id: None,
                    transaction_id: None,
                    top_up_id: None,
                    wallet_id: Some(WalletId::new(payout.wallet_id)),
                    payout_id: Some(PayoutId::new(id)),
                },
            })
            .await?;
        }
        Ok(())
    }

    async fn book(&self, id: TopUpId, day: NaiveDate) -> Result<(), ReconcileError> {
        let top_up = self.reconciler.states.load::<TopUp>(&id).await?;
        let (Some(order_id), Some(payer)) = (top_up.order_id(), top_up.user_id()) else {
            return Ok(());
        };
        let reports = self.reconciler.reports(&top_up, order_id).await?;
        let order = Order {
            top_up_id: id,
            top_up: &top_up,
            payer,
            expected: self.reconciler.gateway.expected(order_id, top_up.amount()),
            wait_minutes: self.wait_minutes,
            at: self.clock.now(),
        };
        for booking in bookings(&order, &reports) {
            // The same words another day may be about something new.
            let id = derived(&["reconciliation", order_id, &booking.name, &day.to_string()]);
            self.command(id, booking.decision).await?;
        }
        Ok(())
    }

    async fn open(&self, difference: Difference) -> Result<(), ReconcileError> {
        let Difference { case_id, matter } = difference;
        tracing::error!(case.id = %case_id, "a case: {}", matter.finding);
        let open = One::<Case> {
            id: case_id,
            command: CaseCommand::Open {
                matter: Box::new(matter),
            },
        };
        let id = derived(&["open-case", &case_id.to_string()]);
        self.command(id, open).await
    }

    async fn command(
        &self,
        id: Uuid,
        decision: impl Decision + 'static,
    ) -> Result<(), ReconcileError> {
        let command = Command::of_effect(id, id, Actor::System("reconciliation"), decision);
        match self.appender.execute(command).await {
            Ok(_) => Ok(()),
            Err(CommandError::Store(error)) => Err(error.into()),
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "what the comparison of the books led to was refused"
                );
                Ok(())
            }
        }
    }
}

/// The days up to this one that are still to be looked at after the last that was.
fn missed(last: Option<NaiveDate>, until: NaiveDate) -> impl Iterator<Item = NaiveDate> {
    let earliest = until - Days::new(MADE_UP - 1);
    let first = last.map_or(until, |last| (last + Days::new(1)).max(earliest));
    first.iter_days().take_while(move |day| *day <= until)
}

fn warn(error: &ReconcileError) {
    tracing::warn!(
        error = error as &dyn std::error::Error,
        "the books could not be compared; it is tried again"
    );
}
