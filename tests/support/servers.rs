//! One PostgreSQL and one nats-server for the whole binary, and a database of its own for each test.

use purser::embedded::{DatabaseUrls, Nats, Postgres, Throwaway, Tools, throwaway};
use sqlx::{Connection as _, PgConnection};
use std::{
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
};
use tokio::sync::OnceCell;

static SERVERS: OnceCell<(Throwaway<Postgres>, Throwaway<Nats>)> = OnceCell::const_new();
static TEMPLATE: OnceCell<&str> = OnceCell::const_new();
static DATABASES: AtomicU32 = AtomicU32::new(0);

/// Programs that the machine lacks are installed once, beside what cargo builds.
pub(crate) fn tools() -> Tools {
    let scratch = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let folder = scratch
        .parent()
        .map_or(PathBuf::from(scratch), PathBuf::from);
    Tools::new(folder.join("tools"))
}

async fn servers() -> &'static (Throwaway<Postgres>, Throwaway<Nats>) {
    let start = async || throwaway(&tools()).await.unwrap();
    SERVERS.get_or_init(start).await
}

pub(crate) async fn nats_url() -> &'static str {
    servers().await.1.url()
}

/// A database as its roles see it, the server's superuser included.
#[derive(Clone)]
pub(crate) struct Database {
    pub(crate) urls: DatabaseUrls,
    pub(crate) superuser: String,
}

/// A migrated database of an installation of its own.
pub(crate) async fn database() -> Database {
    let (postgres, _) = servers().await;
    let template = TEMPLATE.get_or_init(async || migrated(postgres).await);
    let template = template.await;
    let name = format!("t{}", DATABASES.fetch_add(1, Ordering::Relaxed));
    let mut server = PgConnection::connect(postgres.superuser_url())
        .await
        .unwrap();
    let copy = format!("create database {name} owner purser_owner template {template}");
    sqlx::raw_sql(&copy).execute(&mut server).await.unwrap();
    let database = Database {
        urls: postgres.create_database(&name).await.unwrap(),
        superuser: at(postgres.superuser_url(), &name),
    };
    let mut owner = PgConnection::connect(&database.urls.owner).await.unwrap();
    sqlx::raw_sql("update work.installation set id = gen_random_uuid()")
        .execute(&mut owner)
        .await
        .unwrap();
    database
}

/// Every test's database is a copy of this one: copying is quicker than migrating.
async fn migrated(postgres: &Postgres) -> &'static str {
    let urls = postgres.create_database("template_of_tests").await.unwrap();
    purser::store::migrate(&urls.owner, "purser_app")
        .await
        .unwrap();
    "template_of_tests"
}

fn at(url: &str, database: &str) -> String {
    url.replace("/postgres?", &format!("/{database}?"))
}
