//! What operators change outside of the history: each command is written down, once, with who gave it and why.

use serde_json::Value;
use sqlx::PgConnection;
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
}
