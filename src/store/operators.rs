//! What operators change outside of the history: each command is written down, once, with who gave it and why.

use serde::de::DeserializeOwned;
use serde_json::Value;
use sqlx::{PgConnection, types::Json};
use uuid::Uuid;

/// A command by which somebody changed the course of things.
#[derive(Clone, Debug)]
pub(crate) struct OperatorCommand<'a> {
    /// Repeated under the same id it is written down once.
    pub(crate) id: Uuid,
    pub(crate) actor: &'a str,
    /// For example `parked.skip`.
    pub(crate) command: &'static str,
    pub(crate) detail: Value,
    pub(crate) reason: &'a str,
}

impl OperatorCommand<'_> {
    /// Writes it down.
    pub(crate) async fn record(self, rows: &mut PgConnection) -> sqlx::Result<()> {
        sqlx::query(
            "insert into work.operator_commands (id, actor, command, detail, reason)
             values ($1, $2, $3, $4, $5) on conflict (id) do nothing",
        )
        .bind(self.id)
        .bind(self.actor)
        .bind(self.command)
        .bind(self.detail)
        .bind(self.reason)
        .execute(rows)
        .await?;
        Ok(())
    }

    /// The detail and the reason that are written down under this id.
    pub(crate) async fn recorded<D: DeserializeOwned + Send + Unpin + 'static>(
        rows: &mut PgConnection,
        id: Uuid,
    ) -> sqlx::Result<Option<(D, String)>> {
        let select = "select detail, reason from work.operator_commands where id = $1";
        let found: Option<(Json<D>, String)> =
            sqlx::query_as(select).bind(id).fetch_optional(rows).await?;
        Ok(found.map(|(Json(detail), reason)| (detail, reason)))
    }
}
