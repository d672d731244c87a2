//! Bringing the schema up to date, with the owner's rights, and giving the application its own.

use sqlx::{Connection as _, PgConnection, migrate::Migrator};

/// The schema could not be brought up to date.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    #[error("the database cannot be reached with the owner's URL")]
    Connect(#[source] sqlx::Error),
    #[error("it cannot be waited for whoever migrates at this moment")]
    Turn(#[source] sqlx::Error),
    #[error("a migration failed")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    #[error("the application's role {role} could not be given its rights")]
    Grant { role: String, source: sqlx::Error },
}

/// Runs what is missing, then gives `application_role` its rights: to read the history and call
/// `append()`, and to own nothing but read models, sagas and queues. Of several at once each waits for the one before: the
/// migrations have a lock of their own, but of two that grant at once Postgres refuses one.
///
/// # Errors
/// See [`MigrateError`].
pub async fn migrate(owner_url: &str, application_role: &str) -> Result<(), MigrateError> {
    let mut owner = PgConnection::connect(owner_url)
        .await
        .map_err(MigrateError::Connect)?;
    // Held until the connection ends, however that comes.
    sqlx::query("select pg_advisory_lock(4947805)")
        .execute(&mut owner)
        .await
        .map_err(MigrateError::Turn)?;
    migrations().run(&mut owner).await?;
    grant(&mut owner, application_role)
        .await
        .map_err(|source| MigrateError::Grant {
            role: application_role.to_owned(),
            source,
        })?;
    owner.close().await.map_err(MigrateError::Connect)
}

/// A release that is gone back to finds what a newer one added, which it neither knows nor needs to.
fn migrations() -> Migrator {
    let mut migrations = sqlx::migrate!("./migrations");
    migrations.set_ignore_missing(true);
    migrations
}

async fn grant(owner: &mut PgConnection, role: &str) -> sqlx::Result<()> {
    let role = format!("\"{}\"", role.replace('"', "\"\""));
    let statements = [
        format!("grant usage on schema public to {role}"),
        format!("revoke all on all tables in schema public from {role}"),
        format!("grant select on events, commands to {role}"),
        format!("grant execute on function append to {role}"),
        format!("grant usage on schema views, rebuild to {role}"),
        format!("grant usage on schema work to {role}"),
        format!("grant select, insert, update, delete on all tables in schema work to {role}"),
        format!("grant select, insert, update, delete on all tables in schema views to {role}"),
        format!(
            "alter default privileges in schema rebuild grant select, insert, update, delete on tables to {role}"
        ),
    ];
    let mut transaction = owner.begin().await?;
    for statement in statements {
        sqlx::query(&statement).execute(&mut *transaction).await?;
    }
    transaction.commit().await
}
