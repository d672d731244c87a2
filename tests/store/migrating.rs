use crate::support::database;
use futures_util::future::join_all;
use purser::store::migrate;
use sqlx::{Connection as _, PgConnection};

#[tokio::test]
async fn a_release_that_is_gone_back_to_leaves_what_a_newer_one_added() {
    let database = database().await;
    let mut owner = PgConnection::connect(&database.urls.owner).await.unwrap();
    let newer =
        "insert into _sqlx_migrations (version, description, success, checksum, execution_time)
        values (29990101000000, 'of a newer release', true, '', 0)";
    sqlx::raw_sql(newer).execute(&mut owner).await.unwrap();
    migrate(&database.urls.owner, "purser_app").await.unwrap();
}

#[tokio::test]
async fn several_that_migrate_at_once_wait_for_one_another() {
    let database = database().await;
    let at_once = [(); 6].map(|()| migrate(&database.urls.owner, "purser_app"));
    for migrated in join_all(at_once).await {
        migrated.unwrap();
    }
}
