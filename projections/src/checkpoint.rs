//! How far a reader of the history has come, and which process reads for it. Rows and checkpoint
//! commit together; an epoch keeps a process that lost its lease from writing on.

use sqlx::{PgConnection, PgPool};
use std::{io, pin::pin, time::Duration};
use uuid::Uuid;

/// How long a lease on work that one process does at a time holds without being renewed: for so long nobody works where its
/// holder was killed.
const WORK_MS: i64 = 60_000;
/// How often it is renewed, and how long the others wait between two looks whether it has ended.
pub const RENEW: Duration = Duration::from_secs(20);
/// A lease that is not renewed by then is another process', whatever the database would have said.
const ANSWERED: Duration = Duration::from_secs(10);

/// The right to advance a checkpoint, until another process takes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    pub epoch: i64,
    pub position: i64,
}

/// A checkpoint that is to be moved on past events of which nothing came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pass {
    pub name: String,
    pub from: Lease,
    pub to: i64,
}

/// Takes or keeps the lease for `ttl_ms` of the database's time. `None` while another holder has it.
///
/// # Errors
/// The database's error.
pub async fn lease(
    pool: &PgPool,
    name: &str,
    holder: Uuid,
    ttl_ms: i64,
) -> sqlx::Result<Option<Lease>> {
    let mut rows = pool.acquire().await?;
    let asked = take(&mut rows, name, holder, ttl_ms);
    let asked = tokio::time::timeout(ANSWERED, asked).await;
    asked.unwrap_or_else(|_| {
        rows.close_on_drop();
        Err(io::Error::from(io::ErrorKind::TimedOut).into())
    })
}

/// Works for as long as this holder has the lease, which is renewed meanwhile; ends at once where another has it, and drops
/// the work where it was lost.
///
/// # Errors
/// The database's error, by which the work is dropped as well.
pub async fn while_held(
    pool: &PgPool,
    name: &str,
    holder: Uuid,
    work: impl Future<Output = ()>,
) -> sqlx::Result<()> {
    let mut work = pin!(work);
    while lease(pool, name, holder, WORK_MS).await?.is_some() {
        if tokio::time::timeout(RENEW, work.as_mut()).await.is_ok() {
            break;
        }
    }
    Ok(())
}

/// Where another holder has it, this writes nothing: who stands by looks again and again.
async fn take(
    rows: &mut PgConnection,
    name: &str,
    holder: Uuid,
    ttl_ms: i64,
) -> sqlx::Result<Option<Lease>> {
    let lease: Option<(i64, i64)> = sqlx::query_as(
        "with made as (
           insert into checkpoints (name, epoch, holder, leased_until)
           select $1, 1, $2, clock_timestamp() + $3 * interval '1 millisecond'
            where not exists (select from checkpoints where name = $1)
           on conflict do nothing returning epoch, position),
         taken as (
           update checkpoints set
             epoch = case when holder = $2 then epoch else epoch + 1 end,
             holder = $2,
             leased_until = clock_timestamp() + $3 * interval '1 millisecond'
           where name = $1 and (holder = $2 or holder is null or leased_until < clock_timestamp())
           returning epoch, position)
         select epoch, position from taken union all select epoch, position from made",
    )
    .bind(name)
    .bind(holder)
    .bind(ttl_ms)
    .fetch_optional(rows)
    .await?;
    Ok(lease.map(|(epoch, position)| Lease { epoch, position }))
}

/// Gives one lease up, so that another process need not wait for its end.
///
/// # Errors
/// The database's error.
pub async fn give_up(pool: &PgPool, name: &str, holder: Uuid) -> sqlx::Result<()> {
    sqlx::query(
        "update checkpoints set holder = null, leased_until = null where name = $1 and holder = $2",
    )
    .bind(name)
    .bind(holder)
    .execute(pool)
    .await?;
    Ok(())
}

/// Gives every lease of a holder up, so that other processes need not wait for their ends.
///
/// # Errors
/// The database's error.
pub async fn release(pool: &PgPool, holder: Uuid) -> sqlx::Result<()> {
    sqlx::query("update checkpoints set holder = null, leased_until = null where holder = $1")
        .bind(holder)
        .execute(pool)
        .await?;
    Ok(())
}

/// Gives up every lease, whoever holds it: for a process that knows that no other one is left.
///
/// # Errors
/// The database's error.
pub async fn release_all(pool: &PgPool) -> sqlx::Result<()> {
    sqlx::query(
        "update checkpoints set holder = null, leased_until = null where holder is not null",
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// Moves the checkpoint on inside the caller's transaction. `false` where the epoch or the position
/// is not as expected: then nothing of the transaction may be committed.
///
/// # Errors
/// The database's error.
pub async fn advance(
    rows: &mut PgConnection,
    name: &str,
    from: Lease,
    to: i64,
) -> sqlx::Result<bool> {
    let moved = sqlx::query(
        "update checkpoints set position = $4 where name = $1 and epoch = $2 and position = $3",
    )
    .bind(name)
    .bind(from.epoch)
    .bind(from.position)
    .bind(to)
    .execute(rows)
    .await?;
    Ok(moved.rows_affected() == 1)
}

/// Moves checkpoints on past events of which nothing came, all in one statement. It does not wait for the disk: where the
/// server dies before, they are passed once more. For each of them `false` where the epoch or the position is not as expected,
/// as it is of one that somebody else is about to move: none of the others waits for that.
///
/// # Errors
/// The database's error.
pub async fn pass(rows: &mut PgConnection, passes: &[Pass]) -> sqlx::Result<Vec<bool>> {
    let numbers = |number: fn(&Pass) -> i64| passes.iter().map(number).collect::<Vec<i64>>();
    let names: Vec<&str> = passes.iter().map(|pass| &*pass.name).collect();
    let passed: Vec<i64> = sqlx::query_scalar(
        "with relaxed as (select set_config('synchronous_commit', 'off', true)),
         passed as (
           select checkpoints.name, asked.ahead, asked.ordinal
             from unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[])
                  with ordinality as asked (name, epoch, behind, ahead, ordinal)
             join checkpoints on checkpoints.name = asked.name
              and checkpoints.epoch = asked.epoch and checkpoints.position = asked.behind
              for update of checkpoints skip locked)
         update checkpoints set position = passed.ahead from relaxed, passed
          where checkpoints.name = passed.name returning passed.ordinal",
    )
    .bind(names)
    .bind(numbers(|pass| pass.from.epoch))
    .bind(numbers(|pass| pass.from.position))
    .bind(numbers(|pass| pass.to))
    .fetch_all(rows)
    .await?;
    let ordinals = (1..).take(passes.len());
    Ok(ordinals.map(|ordinal| passed.contains(&ordinal)).collect())
}

/// How far a reader has come; 0 where it has not begun.
///
/// # Errors
/// The database's error.
pub async fn position(rows: &mut PgConnection, name: &str) -> sqlx::Result<i64> {
    let position =
        sqlx::query_scalar("select position from checkpoints where name = $1").bind(name);
    Ok(position.fetch_optional(rows).await?.unwrap_or(0))
}
