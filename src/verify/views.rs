//! What is built from the history: every read model equal to its fold, and nothing left undone.

use super::{Check, VerifyError};
use crate::relay;
use purser_domain::Recorded;
use purser_projections::{Fold, ReadModel, checkpoint};
use sqlx::PgConnection;
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

/// A read model being folded beside its table, up to its checkpoint.
pub(super) struct FoldCheck {
    name: &'static str,
    checkpoint: i64,
    /// By stream: from which position on its events are parked.
    parked: HashMap<(String, String), i64>,
    /// What operators let it leave out.
    skipped: HashSet<i64>,
    fold: Box<dyn Fold>,
    failures: Vec<String>,
}

pub(super) async fn begin(
    cut: &mut PgConnection,
    models: &[Arc<dyn ReadModel>],
) -> Result<Vec<FoldCheck>, VerifyError> {
    let mut folds = Vec::with_capacity(models.len());
    for model in models {
        let name = model.name();
        let parked: Vec<(String, String, i64)> = sqlx::query_as(
            "select aggregate_type, aggregate_id, first_position from work.parked where reader = $1",
        )
        .bind(name)
        .fetch_all(&mut *cut)
        .await?;
        folds.push(FoldCheck {
            name,
            checkpoint: checkpoint::position(cut, name).await?,
            skipped: relay::skipped(cut, name).await?,
            parked: parked
                .into_iter()
                .map(|(kind, id, first)| ((kind, id), first))
                .collect(),
            fold: model.fold(),
            failures: Vec::new(),
        });
    }
    Ok(folds)
}

impl FoldCheck {
    pub(super) fn apply(&mut self, event: &Recorded) {
        let stream = (
            event.stream.kind.as_str().to_owned(),
            event.stream.id.clone(),
        );
        let parked = self
            .parked
            .get(&stream)
            .is_some_and(|first| event.position >= *first);
        let left_out = parked || self.skipped.contains(&event.position);
        if event.position > self.checkpoint || left_out {
            return;
        }
        if let Err(error) = self.fold.apply(event) {
            self.failures
                .push(format!("position {}: {error}", event.position));
        }
    }

    pub(super) async fn check(self, cut: &mut PgConnection) -> Result<Check, VerifyError> {
        let mut differences = self.failures;
        for difference in self.fold.compare(cut).await? {
            let [stored, folded] = [difference.stored, difference.folded]
                .map(|row| row.map_or("no row".to_owned(), |row| row.to_string()));
            differences.push(format!(
                "{}: the table has {stored}, the history says {folded}",
                difference.id
            ));
        }
        Ok(Check {
            name: format!("read model {} equals its fold", self.name),
            looked_at: format!("{} rows at position {}", self.fold.rows(), self.checkpoint),
            differences,
        })
    }
}

pub(super) async fn parked(cut: &mut PgConnection) -> Result<Check, VerifyError> {
    let parked: Vec<(String, String, String, i64, String)> = sqlx::query_as(
        "select reader, aggregate_type, aggregate_id, first_position, error from work.parked order by 1, 4",
    )
    .fetch_all(cut)
    .await?;
    Ok(Check {
        name: "no stream parked".into(),
        looked_at: format!("{} parked", parked.len()),
        differences: parked
            .into_iter()
            .map(|(reader, kind, id, first, error)| {
                format!("{reader} parked {kind}/{id} at {first}: {error}")
            })
            .collect(),
    })
}

pub(super) async fn effects(cut: &mut PgConnection) -> Result<Check, VerifyError> {
    let looked_at: i64 = sqlx::query_scalar("select count(*) from work.effects")
        .fetch_one(&mut *cut)
        .await?;
    let stuck: Vec<(String, String, String, Option<String>)> = sqlx::query_as(
        "select saga || '/' || instance, step, status, last_error from work.effects
         where status = 'dead' or (status in ('waiting', 'running') and deadline_at < clock_timestamp())
         order by created_at",
    )
    .fetch_all(cut)
    .await?;
    Ok(Check {
        name: "no effect dead or past its deadline".into(),
        looked_at: format!("{looked_at} effects"),
        differences: stuck
            .into_iter()
            .map(|(saga, step, status, error)| {
                format!("{saga} {step} is {status}: {}", error.unwrap_or_default())
            })
            .collect(),
    })
}

/// Nothing has come from what is not there: the end of the history was cut off under what was built from it.
pub(super) async fn beyond(cut: &mut PgConnection, head: i64) -> Result<Check, VerifyError> {
    let differences = sqlx::query_scalar(
        "select 'the reader ' || name || ' has come to position ' || position from views.checkpoints where position > $1
         union all
         select 'the command ' || command_id || ' was answered at position ' || position from public.commands
           where position > $1
         union all
         select 'the effect ' || effect_id || ' comes from position ' || cause_position from work.effects
           where cause_position > $1
         union all
         select 'the saga ' || saga || '/' || instance || ' has heard position ' || position from work.sagas
           where position > $1",
    )
    .bind(head)
    .fetch_all(cut)
    .await?;
    Ok(Check {
        name: "nothing stands beyond the head".into(),
        looked_at: format!("head at position {head}"),
        differences,
    })
}
