//! What is asked of `wallet_transactions`.

use super::{Moved, Transaction, WalletTransactionRow};
use crate::{
    columns::list,
    pages::{Cursor, Page},
};
use chrono::{DateTime, Utc};
use purser_domain::ids::{TopUpId, WalletId};
use sqlx::PgConnection;

/// The balance of a wallet before a moment, and its movements from then until before another one, the oldest first.
///
/// # Errors
/// The database's error.
pub async fn between(
    rows: &mut PgConnection,
    wallet: WalletId,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> sqlx::Result<(i64, Vec<Transaction>)> {
    let opening: i64 = sqlx::query_scalar(
        "select coalesce(sum(amount), 0)::bigint from wallet_transactions
         where wallet_id = $1 and at < $2",
    )
    .bind(wallet.uuid())
    .bind(from)
    .fetch_one(&mut *rows)
    .await?;
    let select = format!(
        "select {}, $4 + (sum(amount) over (order by position, id))::bigint as balance_after
         from wallet_transactions where wallet_id = $1 and at >= $2 and at < $3
         order by position, id",
        list::<WalletTransactionRow>()
    );
    let movements = sqlx::query_as(&select)
        .bind(wallet.uuid())
        .bind(from)
        .bind(to)
        .bind(opening)
        .fetch_all(rows)
        .await?;
    Ok((opening, movements))
}

/// What moved in a wallet because of an order of credit.
///
/// # Errors
/// The database's error.
pub async fn of_order(
    rows: &mut PgConnection,
    wallet: WalletId,
    order: TopUpId,
) -> sqlx::Result<Moved> {
    sqlx::query_as(
        "select coalesce(sum(amount) filter (where kind = 'top_up'), 0)::bigint as credited,
             coalesce(-sum(amount) filter (where kind in ('reversal', 'payout')), 0)::bigint as gone
         from wallet_transactions where wallet_id = $1 and top_up_id = $2",
    )
    .bind(wallet.uuid())
    .bind(order.uuid())
    .fetch_one(rows)
    .await
}

/// The movements of a wallet, newest first, and where the next page begins. What comes before a
/// cursor is all that the balances of its page depend on.
///
/// # Errors
/// The database's error.
pub async fn page_of_wallet(
    rows: &mut PgConnection,
    wallet: WalletId,
    page: &Page,
) -> sqlx::Result<(Vec<Transaction>, Option<String>)> {
    let select = format!(
        "select {}, (sum(amount) over (order by position, id))::bigint as balance_after
         from wallet_transactions where wallet_id = $1 and (position, id) < ($2, $3)
         order by position desc, id desc limit $4",
        list::<WalletTransactionRow>()
    );
    let found = sqlx::query_as(&select)
        .bind(wallet.uuid())
        .bind(page.before_position())
        .bind(page.before_id())
        .bind(page.fetch())
        .fetch_all(rows)
        .await?;
    Ok(page.cut(found, |transaction: &Transaction| Cursor {
        position: transaction.movement.position,
        id: transaction.movement.id,
    }))
}
