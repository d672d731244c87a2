//! Rows that are listed, newest first: a customer's own, where somebody else's are not found, or everybody's by their
//! status, for staff.

use crate::{
    Row,
    columns::select,
    pages::{Cursor, Page},
};
use purser_domain::ids::UserId;
use sqlx::{Encode, PgConnection, Postgres, Type};
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
    let select = select::<R>(
        R::TABLE,
        "where user_id = $1 and (position, id) < ($2, $3)
         order by position desc, id desc limit $4",
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

/// Everybody's of this status, or all of them.
pub(crate) async fn page_of_status<R, S>(
    rows: &mut PgConnection,
    status: Option<S>,
    page: &Page,
) -> sqlx::Result<(Vec<R>, Option<String>)>
where
    R: Listed,
    S: for<'q> Encode<'q, Postgres> + Type<Postgres> + Send,
{
    let select = select::<R>(
        R::TABLE,
        "where ($1::text is null or status = $1) and (position, id) < ($2, $3)
         order by position desc, id desc limit $4",
    );
    let found = sqlx::query_as(&select)
        .bind(status)
        .bind(page.before_position())
        .bind(page.before_id())
        .bind(page.fetch())
        .fetch_all(rows)
        .await?;
    Ok(page.cut(found, R::cursor))
}

/// Whoever it belongs to.
pub(crate) async fn any<R: Listed>(rows: &mut PgConnection, id: Uuid) -> sqlx::Result<Option<R>> {
    let select = select::<R>(R::TABLE, "where id = $1");
    sqlx::query_as(&select).bind(id).fetch_optional(rows).await
}

pub(crate) async fn one<R: Listed>(
    rows: &mut PgConnection,
    user: UserId,
    id: Uuid,
) -> sqlx::Result<Option<R>> {
    let select = select::<R>(R::TABLE, "where id = $1 and user_id = $2");
    sqlx::query_as(&select)
        .bind(id)
        .bind(user.uuid())
        .fetch_optional(rows)
        .await
}
