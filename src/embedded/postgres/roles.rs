//! The two roles of the product and its database, made once and found again at every start.

use sqlx::postgres::{PgConnectOptions, PgSslMode};
use sqlx::{ConnectOptions, Connection, Executor, PgConnection};

use super::super::error::{EmbeddedError, sql_error};
use super::State;

/// Owns the databases and migrates them.
pub(super) const OWNER: &str = "purser_owner";
/// What the running product connects as. Only the migrations give it rights.
pub(super) const APP: &str = "purser_app";

pub(super) async fn ensure(state: &State) -> Result<(), EmbeddedError> {
    let mut connection = connect(state).await?;
    for (role, password) in [(OWNER, &state.owner_password), (APP, &state.app_password)] {
        if !exists(
            &mut connection,
            "select exists (select from pg_roles where rolname = $1)",
            role,
        )
        .await?
        {
            let create = format!("create role {role} login password '{password}'");
            connection
                .execute(&*create)
                .await
                .map_err(sql_error("create a role"))?;
        }
    }
    let close = "revoke all on database postgres, template1 from public";
    connection
        .execute(close)
        .await
        .map_err(sql_error("close the server's own databases"))?;
    connection.close().await.map_err(sql_error("say goodbye"))
}

pub(super) async fn ensure_database(state: &State, name: &str) -> Result<(), EmbeddedError> {
    let mut connection = connect(state).await?;
    let quoted = format!("\"{}\"", name.replace('"', "\"\""));
    if !exists(
        &mut connection,
        "select exists (select from pg_database where datname = $1)",
        name,
    )
    .await?
    {
        let create = format!("create database {quoted} owner {OWNER}");
        connection
            .execute(&*create)
            .await
            .map_err(sql_error("create a database"))?;
    }
    let rights = format!(
        "revoke all on database {quoted} from public; grant connect on database {quoted} to {APP}"
    );
    connection
        .execute(&*rights)
        .await
        .map_err(sql_error("grant rights on a database"))?;
    connection.close().await.map_err(sql_error("say goodbye"))
}

async fn connect(state: &State) -> Result<PgConnection, EmbeddedError> {
    PgConnectOptions::new_without_pgpass()
        .host("127.0.0.1")
        .port(state.port)
        .username("postgres")
        .password(&state.superuser_password)
        .database("postgres")
        .ssl_mode(PgSslMode::Disable)
        // a statement here may hold a password
        .disable_statement_logging()
        .connect()
        .await
        .map_err(sql_error("connect as the superuser"))
}

async fn exists(
    connection: &mut PgConnection,
    question: &str,
    name: &str,
) -> Result<bool, EmbeddedError> {
    sqlx::query_scalar(question)
        .bind(name)
        .fetch_one(connection)
        .await
        .map_err(sql_error("look around"))
}
