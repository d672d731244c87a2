//! Rows that belong to a customer: a page of his own, or one of them. Somebody else's are not found.

use crate::{
    Row,
    pages::{Cursor, Page},
};
use purser_domain::ids::UserId;
use sqlx::PgConnection;
use uuid::Uuid;

/// A row of a list that is read newest first: its table, and where it stands in the history.
pub(crate) trait Listed: Row {
    const TABLE: &'static str;

    /// The position of its first event.
    fn position(&self) -> i64;

    fn cursor(&self) -> Cursor {
        Cursor {
            position: self.position(),
            id: self.id(),
        }
    }
}

pub(crate) async fn page<R: Listed>(
    rows: &mut PgConnection,
    user: UserId,
    page: &Page,
) -> sqlx::Result<(Vec<R>, Option<String>)> {
    let select = format!(
        "select * from {} where user_id = $1 and (position, id) < ($2, $3)
         order by position desc, id desc limit $4",
        R::TABLE
    );
    let found = sqlx::query_as(&select)
        .bind(user.uuid())
        .bind(page.before_position())
        .bind(page.before_id())
        .bind(page.fetch())
        .fetch_all(rows)
        .await?;
    Ok(page.cut(found, R::cursor))
}

pub(crate) async fn one<R: Listed>(
    rows: &mut PgConnection,
    user: UserId,
    id: Uuid,
) -> sqlx::Result<Option<R>> {
    let select = format!("select * from {} where id = $1 and user_id = $2", R::TABLE);
    sqlx::query_as(&select)
        .bind(id)
        .bind(user.uuid())
        .fetch_optional(rows)
        .await
}
