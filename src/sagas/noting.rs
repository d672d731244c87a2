//! What an attempt came to, noted where the claim on its effect still holds.

use super::{
    claim::{self, Claimed},
    saga::Heard,
    storage::{self, Cause, ReactError},
    worker::{Outcome, Workers},
};
use crate::store::{answer, answered};
use sqlx::{Connection as _, PgConnection};
use std::time::Duration;

/// How long an effect that this build cannot read waits: in an update it is soon a newer process that claims it.
const UNREADABLE: Duration = Duration::from_secs(10);
/// After how many attempts that may have done it an operator has to look: so many copies of a letter there are at most.
const MOST_UNANSWERED: i32 = 3;

/// What an attempt counts as that is made again.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Again {
    /// As none: nothing went wrong.
    NotYet,
    Failed,
    /// As one that may have done it.
    Unanswered,
}

impl Workers {
    /// Leaves an effect that this build cannot read to a newer one. Past its deadline nobody came who can, and an operator
    /// has to look.
    pub(super) async fn leave(
        &self,
        claimed: &Claimed,
        error: &serde_json::Error,
    ) -> Result<(), ReactError> {
        let Claimed { saga, step, .. } = claimed;
        let error = format!("this build cannot read the effect: {error}");
        if claimed.overdue {
            return self.note(claimed, Outcome::Dead { error }).await;
        }
        tracing::warn!(
            saga.name = saga,
            saga.step = step,
            error,
            "{saga} leaves {step} to a newer build"
        );
        Ok(self
            .postpone(claimed, UNREADABLE, Some(&error), Again::NotYet)
            .await?)
    }

    pub(super) async fn note(&self, claimed: &Claimed, outcome: Outcome) -> Result<(), ReactError> {
        let (saga, step) = (&claimed.saga, &claimed.step);
        match outcome {
            Outcome::Done => {
                tracing::info!(saga.name = saga, saga.step = step, effect.id = %claimed.effect_id, "{saga} did {step}");
                self.finish(claimed, "done", None).await
            }
            Outcome::Wait(pause) => Ok(self.postpone(claimed, pause, None, Again::NotYet).await?),
            Outcome::Retry { error, after } => {
                tracing::warn!(
                    saga.name = saga,
                    saga.step = step,
                    attempt = claimed.attempt,
                    error,
                    "{saga} tries {step} again"
                );
                let pause = after.unwrap_or_else(|| self.backoff(claimed));
                Ok(self
                    .postpone(claimed, pause, Some(&error), Again::Failed)
                    .await?)
            }
            Outcome::Unanswered { error } if claimed.unanswered + 1 < MOST_UNANSWERED => {
                tracing::warn!(
                    saga.name = saga,
                    saga.step = step,
                    attempt = claimed.attempt,
                    error,
                    "{saga} may have done {step} and tries it again much later"
                );
                let pause = Duration::from_millis(self.options.unanswered_ms);
                Ok(self
                    .postpone(claimed, pause, Some(&error), Again::Unanswered)
                    .await?)
            }
            Outcome::Dead { error } | Outcome::Unanswered { error } => {
                tracing::error!(
                    saga.name = saga,
                    saga.step = step,
                    error,
                    "{saga} cannot do {step}, an operator has to look"
                );
                self.finish(claimed, "dead", Some(&error)).await
            }
        }
    }

    /// Doubles with every attempt, with a jitter of up to a quarter that follows from the effect's id.
    fn backoff(&self, claimed: &Claimed) -> Duration {
        let doublings = u32::try_from(claimed.attempt - 1).unwrap_or(0).min(16);
        let pause = self
            .options
            .backoff_ms
            .saturating_mul(1 << doublings)
            .min(self.options.backoff_max_ms);
        let [jitter, ..] = *claimed.effect_id.as_bytes();
        Duration::from_millis(pause + pause * u64::from(jitter) / 1024)
    }

    async fn postpone(
        &self,
        claimed: &Claimed,
        pause: Duration,
        error: Option<&str>,
        again: Again,
    ) -> sqlx::Result<()> {
        let mut connection = self.pool.acquire().await?;
        let postponed = answer(postpone(&mut connection, claimed, pause, error, again)).await;
        answered(&mut connection, postponed)
    }

    /// Ends the effect. What is dead the saga hears of, in the same transaction; where it has an undo
    /// for it, nobody else has to look.
    async fn finish(
        &self,
        claimed: &Claimed,
        status: &str,
        error: Option<&str>,
    ) -> Result<(), ReactError> {
        let mut connection = self.pool.acquire().await?;
        let ended = answer(self.end(&mut connection, claimed, status, error)).await;
        answered(&mut connection, ended)?;
        if error.is_some() {
            self.wake.notify_one();
        }
        Ok(())
    }

    async fn end(
        &self,
        rows: &mut PgConnection,
        claimed: &Claimed,
        status: &str,
        error: Option<&str>,
    ) -> Result<(), ReactError> {
        let mut transaction = rows.begin().await?;
        if error.is_some() {
            storage::lock(&mut transaction, &claimed.saga, claimed.instance).await?;
        }
        let noted = sqlx::query(
            "update work.effects set status = $3, last_error = $4, leased_until = null, finished_at = clock_timestamp()
             where effect_id = $1 and epoch = $2",
        )
        .bind(claimed.effect_id)
        .bind(claimed.epoch)
        .bind(status)
        .bind(error)
        .execute(&mut *transaction)
        .await?;
        if noted.rows_affected() == 0 {
            claim::release(&mut transaction, claimed).await?;
        } else if error.is_some() {
            match self.tell_saga(&mut transaction, claimed).await {
                // It is over all the same: a saga that cannot hear of it keeps nobody from seeing that it is dead.
                Err(error @ (ReactError::State { .. } | ReactError::Panicked { .. })) => {
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        effect.id = %claimed.effect_id,
                        "the saga {} was not told that {} is dead",
                        claimed.saga,
                        claimed.step
                    );
                }
                told => told?,
            }
        }
        Ok(transaction.commit().await?)
    }

    async fn tell_saga(
        &self,
        rows: &mut PgConnection,
        claimed: &Claimed,
    ) -> Result<(), ReactError> {
        let Some(saga) = self.sagas.iter().find(|saga| saga.name() == claimed.saga) else {
            return Ok(());
        };
        let cause = Cause {
            position: claimed.cause_position,
            correlation_id: claimed.correlation_id,
            customer: None,
        };
        let heard = Heard::Failed {
            step: &claimed.step,
            at: self.clock.now(),
        };
        if storage::react(rows, &**saga, claimed.instance, heard, cause).await? {
            sqlx::query("update work.effects set status = 'undone' where effect_id = $1")
                .bind(claimed.effect_id)
                .execute(rows)
                .await?;
        }
        Ok(())
    }
}

/// What was no failure does not count as an attempt.
async fn postpone(
    rows: &mut PgConnection,
    claimed: &Claimed,
    pause: Duration,
    error: Option<&str>,
    again: Again,
) -> sqlx::Result<()> {
    let postponed = sqlx::query(
        "update work.effects set status = 'waiting', leased_until = null,
           attempt = case when $5 then attempt else attempt - 1 end, unanswered = unanswered + $6, last_error = $4,
           due_at = clock_timestamp() + $3 * interval '1 millisecond'
         where effect_id = $1 and epoch = $2",
    )
    .bind(claimed.effect_id)
    .bind(claimed.epoch)
    .bind(i64::try_from(pause.as_millis()).unwrap_or(i64::MAX))
    .bind(error)
    .bind(again != Again::NotYet)
    .bind(i32::from(again == Again::Unanswered))
    .execute(&mut *rows)
    .await?;
    if postponed.rows_affected() == 0 {
        claim::release(rows, claimed).await?;
    }
    Ok(())
}
