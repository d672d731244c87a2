use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use sqlx::{Connection, Executor, PgConnection};

use super::data_dir::{random_hex, remove};
use super::*;

fn ours() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(".purser")
}

fn tools() -> Tools {
    Tools::new(ours().join("tools"))
}

/// A data folder under the checkout, deleted at the end of the test.
struct Scratch(DataDir);

impl Scratch {
    fn new() -> Self {
        Self(DataDir::open(&ours().join("tests").join(random_hex(8))).unwrap())
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        remove(self.0.path()).unwrap();
    }
}

fn quick(tools: Tools) -> PostgresOptions {
    PostgresOptions::new(tools, Durability::Throwaway)
}

async fn connected(url: &str) -> PgConnection {
    PgConnection::connect(url).await.unwrap()
}

/// async-nats knows the user of a URL but does not use it.
async fn nats_at(url: &str) -> Result<async_nats::Client, async_nats::ConnectError> {
    let server: async_nats::ServerAddr = url.parse().unwrap();
    let [user, password] =
        [server.username(), server.password()].map(|part| part.unwrap_or_default().to_owned());
    async_nats::ConnectOptions::with_user_and_password(user, password)
        .connect(server)
        .await
}

async fn number(url: &str, question: &str) -> i64 {
    sqlx::query_scalar(question)
        .fetch_one(&mut connected(url).await)
        .await
        .unwrap()
}

#[tokio::test]
async fn the_owner_makes_tables_and_the_application_needs_rights_for_them() {
    let postgres = throwaway_postgres(&tools()).await.unwrap();
    connected(postgres.owner_url())
        .await
        .execute("create table things as select 7::bigint as n")
        .await
        .unwrap();
    let mut app = connected(postgres.database_url()).await;
    assert!(app.execute("select n from things").await.is_err());
    assert!(app.execute("create table mine ()").await.is_err());
    assert!(app.execute("create temporary table mine ()").await.is_err());
    connected(postgres.owner_url())
        .await
        .execute("grant select on things to purser_app")
        .await
        .unwrap();
    assert_eq!(
        number(postgres.database_url(), "select n from things").await,
        7
    );
    assert!(
        PgConnection::connect(&postgres.database_url().replace("/purser?", "/postgres?"))
            .await
            .is_err()
    );
}

#[tokio::test]
async fn every_test_may_have_a_database_of_its_own() {
    let postgres = throwaway_postgres(&tools()).await.unwrap();
    let urls = postgres.create_database("one \"of\" many").await.unwrap();
    connected(&urls.owner)
        .await
        .execute("create table things ()")
        .await
        .unwrap();
    assert!(
        connected(&urls.app)
            .await
            .execute("create table mine ()")
            .await
            .is_err()
    );
    assert_eq!(
        number(postgres.superuser_url(), "select count(*) from pg_database").await,
        5
    );
}

#[tokio::test]
async fn a_killed_postgres_says_so_and_comes_back_with_its_data() {
    let scratch = Scratch::new();
    let options = PostgresOptions::new(tools(), Durability::Durable);
    let mut postgres = Postgres::start(&scratch.0, &options).await.unwrap();
    connected(postgres.owner_url())
        .await
        .execute("create table things as select 7::bigint as n")
        .await
        .unwrap();
    let ended = postgres.ended();
    postgres.kill().await;
    assert!(
        ended
            .await
            .to_string()
            .contains("PostgreSQL ended by itself (signal: 9")
    );
    postgres.restart().await.unwrap();
    assert_eq!(
        number(postgres.owner_url(), "select n from things").await,
        7
    );
    postgres.stop().await;
}

#[tokio::test]
async fn the_second_start_finds_data_and_roles_again() {
    let scratch = Scratch::new();
    let first = Postgres::start(&scratch.0, &quick(tools())).await.unwrap();
    connected(first.owner_url())
        .await
        .execute("create table things as select 7::bigint as n")
        .await
        .unwrap();
    first.stop().await;
    let second = Postgres::start(&scratch.0, &quick(tools())).await.unwrap();
    assert_eq!(number(second.owner_url(), "select n from things").await, 7);
    second.stop().await;
}

#[tokio::test]
async fn a_pid_file_that_names_a_stranger_does_not_stop_postgres() {
    let scratch = Scratch::new();
    let mut first = Postgres::start(&scratch.0, &quick(tools())).await.unwrap();
    first.kill().await;
    drop(first);
    let mut stranger = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
    let file = scratch.0.path().join("postgres/data/postmaster.pid");
    let text = fs::read_to_string(&file).unwrap();
    let (_, rest) = text.split_once('\n').unwrap();
    fs::write(&file, format!("{}\n{rest}", stranger.id())).unwrap();

    let second = Postgres::start(&scratch.0, &quick(tools())).await.unwrap();
    assert!(
        stranger.try_wait().unwrap().is_none(),
        "the stranger was left alone"
    );
    second.stop().await;
    stranger.kill().unwrap();
    stranger.wait().unwrap();
}

#[tokio::test]
async fn the_pinned_wheels_work_too() {
    let tools = Tools::pinned(ours().join("tools"));
    let (postgres, nats) = throwaway(&tools).await.unwrap();
    assert_eq!(postgres.major(), 18);
    assert_eq!(
        number(
            postgres.superuser_url(),
            "select current_setting('server_version_num')::bigint / 10000"
        )
        .await,
        18
    );
    nats_at(nats.url()).await.unwrap();
}

/// Another user than root is tried only by root; for everyone else there is nothing to try.
#[tokio::test]
async fn root_can_run_both_builds_as_another_user() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    for tools in [tools(), Tools::pinned(ours().join("tools"))] {
        let scratch = Scratch::new();
        let options = PostgresOptions {
            as_root: AsRoot::OtherUser,
            ..quick(tools)
        };
        let first = Postgres::start(&scratch.0, &options).await.unwrap();
        let noted = fs::metadata(format!("/proc/{}", first.pid())).unwrap();
        assert_ne!(noted.uid(), 0);
        first.stop().await;
        // the data's owner decides the second time, so the namespace is not tried
        let second = Postgres::start(
            &scratch.0,
            &PostgresOptions {
                as_root: AsRoot::default(),
                ..options
            },
        )
        .await
        .unwrap();
        assert_eq!(number(second.owner_url(), "select 7::bigint").await, 7);
        second.stop().await;
        let outside = data_of_another_place(&scratch.0);
        scratch.0.wipe().await.unwrap();
        assert!(outside.is_none_or(|folder| !folder.exists()));
    }
}

fn data_of_another_place(dir: &DataDir) -> Option<PathBuf> {
    let notes: serde_json::Value =
        serde_json::from_slice(&fs::read(dir.path().join("postgres.json")).unwrap()).unwrap();
    notes["home"].as_str().map(PathBuf::from)
}

#[tokio::test]
async fn data_without_its_passwords_is_refused() {
    let scratch = Scratch::new();
    fs::create_dir_all(scratch.0.path().join("postgres/data")).unwrap();
    let refusal = Postgres::start(&scratch.0, &quick(tools()))
        .await
        .unwrap_err()
        .to_string();
    assert!(
        refusal.contains("passwords") && refusal.contains("--fresh"),
        "{refusal}"
    );
}

#[tokio::test]
async fn nats_keeps_its_messages_over_a_crash_on_the_same_port() {
    let scratch = Scratch::new();
    let mut nats = Nats::start(&scratch.0, &tools()).await.unwrap();
    let (url, port) = (nats.url().to_owned(), nats.port());
    let stream = || async_nats::jetstream::stream::Config {
        name: "things".into(),
        subjects: vec!["things.>".into()],
        ..Default::default()
    };
    let jetstream = async_nats::jetstream::new(nats_at(&url).await.unwrap());
    jetstream.create_stream(stream()).await.unwrap();
    jetstream
        .publish("things.one", "1".into())
        .await
        .unwrap()
        .await
        .unwrap();

    let ended = nats.ended();
    nats.kill().await;
    assert!(
        ended
            .await
            .to_string()
            .contains("nats-server ended by itself")
    );
    nats.restart().await.unwrap();
    assert_eq!(nats.port(), port);
    let jetstream = async_nats::jetstream::new(nats_at(&url).await.unwrap());
    let info = jetstream
        .get_stream("things")
        .await
        .unwrap()
        .get_info()
        .await
        .unwrap();
    assert_eq!(info.state.messages, 1);
    assert!(nats.store_dir().join("jetstream").is_dir());
    let stranger = url.replace("purser:", "someone:");
    assert!(nats_at(&stranger).await.is_err());
    nats.stop().await;
}

#[test]
fn a_server_outlives_the_runtime_and_the_thread_that_asked_for_it() {
    let start = || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(throwaway(&tools())).unwrap()
    };
    let (postgres, nats) = std::thread::spawn(start).join().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        assert_eq!(number(postgres.database_url(), "select 7::bigint").await, 7);
        nats_at(nats.url()).await.unwrap();
    });
}

#[tokio::test]
async fn data_of_a_major_that_is_not_here_is_refused() {
    let scratch = Scratch::new();
    Postgres::start(&scratch.0, &quick(tools()))
        .await
        .unwrap()
        .stop()
        .await;
    fs::write(scratch.0.path().join("postgres/data/PG_VERSION"), "9\n").unwrap();
    let refusal = Postgres::start(&scratch.0, &quick(tools()))
        .await
        .unwrap_err()
        .to_string();
    assert!(refusal.contains("made by PostgreSQL 9"), "{refusal}");
}

#[tokio::test]
async fn a_throwaway_takes_its_folder_with_it() {
    let (postgres, nats) = throwaway(&tools()).await.unwrap();
    let folders = [
        postgres.dir().path().to_owned(),
        nats.dir().path().to_owned(),
    ];
    let pids = [postgres.pid(), nats.pid()];
    drop((postgres, nats));
    assert!(folders.iter().all(|folder| !folder.exists()));
    assert!(pids.iter().all(|&pid| process::Noted::of(pid).is_none()));
}
