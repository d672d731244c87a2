//! PostgreSQL on loopback, its data in the data folder, with the two roles the product uses.

mod cluster;
mod home;
mod launch;
mod leftover;
mod roles;

use std::fmt;

use rustix::process::Signal;
use serde::{Deserialize, Serialize};

use super::child::Child;
use super::data_dir::{DataDir, random_hex, read_state, remove};
use super::error::EmbeddedError;
use super::identity::{AsRoot, Identity};
use super::{Durability, Tools};
use launch::Launch;

pub(super) use home::wipe;

#[derive(Debug, Clone)]
pub struct PostgresOptions {
    pub tools: Tools,
    pub durability: Durability,
    pub as_root: AsRoot,
}

impl PostgresOptions {
    pub fn new(tools: Tools, durability: Durability) -> Self {
        Self {
            tools,
            durability,
            as_root: AsRoot::default(),
        }
    }
}

/// One database as its two roles see it.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrls {
    /// `purser_app`: may connect, and whatever the migrations grant it.
    pub app: String,
    /// `purser_owner`: owns the database and migrates it.
    pub owner: String,
}

/// A running PostgreSQL. Dropping it asks the server to stop; [`Postgres::stop`] also waits.
pub struct Postgres {
    child: Child,
    launch: Launch,
    major: u32,
    state: State,
    urls: DatabaseUrls,
    superuser_url: String,
}

/// Kept in `postgres.json`.
#[derive(Clone, Serialize, Deserialize)]
struct State {
    superuser_password: String,
    owner_password: String,
    app_password: String,
    port: u16,
    /// Where the data is, if the user PostgreSQL runs as cannot reach the data folder.
    home: Option<std::path::PathBuf>,
}

/// The one database of an installation.
const DATABASE: &str = "purser";

impl Postgres {
    pub async fn start(dir: &DataDir, options: &PostgresOptions) -> Result<Self, EmbeddedError> {
        let mut state = State::of(dir)?;
        let mut home = home::Home::known(dir, &state)?;
        leftover::stop(&launch::kind(dir), &home.data()).await?;

        cluster::remove_drafts(home.path());
        let made_by = cluster::made_by(&home.data())?;
        let programs = options.tools.postgres(made_by, &home.data()).await?;
        let postgres = programs.bin.join("postgres");
        let identity =
            Identity::choose(options.as_root, home.owner(), &postgres, dir.path()).await?;
        home.prepare(dir, &mut state, identity).await?;
        let bin = home.reachable_programs(&programs, identity).await?;
        if made_by.is_none() {
            let maker = cluster::Maker {
                home: &home,
                bin: &bin,
                identity,
                options,
            };
            maker.make(dir, &mut state).await?;
        }

        let mut launch = Launch {
            dir: dir.clone(),
            home,
            bin,
            identity,
            durability: options.durability,
        };
        let child = launch.start(&mut state).await?;
        roles::ensure(&state).await?;
        roles::ensure_database(&state, DATABASE).await?;
        let superuser_url = state.url("postgres", &state.superuser_password, "postgres");
        Ok(Self {
            child,
            launch,
            major: programs.major,
            urls: state.urls(DATABASE),
            superuser_url,
            state,
        })
    }

    /// The product's database as the application role.
    pub fn database_url(&self) -> &str {
        &self.urls.app
    }

    /// The product's database as its owner, for migrations.
    pub fn owner_url(&self) -> &str {
        &self.urls.owner
    }

    pub fn superuser_url(&self) -> &str {
        &self.superuser_url
    }

    /// Another database with the same owner and rights, for a test of its own.
    pub async fn create_database(&self, name: &str) -> Result<DatabaseUrls, EmbeddedError> {
        roles::ensure_database(&self.state, name).await?;
        Ok(self.state.urls(name))
    }

    pub fn major(&self) -> u32 {
        self.major
    }

    pub fn port(&self) -> u16 {
        self.state.port
    }

    pub fn pid(&self) -> i32 {
        self.child.pid()
    }

    /// Comes true when the server has ended, whoever ended it; the error holds its last words.
    pub fn ended(&self) -> impl Future<Output = EmbeddedError> + Send + 'static {
        self.child.ended()
    }

    /// The end a crash would bring.
    pub async fn kill(&mut self) {
        self.child.kill().await;
    }

    /// Runs it again on the same port and data; ends it first if it still runs.
    pub async fn restart(&mut self) -> Result<(), EmbeddedError> {
        self.child.stop().await;
        self.child = self.launch.start_on_its_port(self.state.port).await?;
        Ok(())
    }

    /// Ends sessions, writes a checkpoint, and waits for both.
    pub async fn stop(self) {
        self.child.stop().await;
    }

    /// Its folder may lie outside the data folder, so it goes here.
    pub(super) fn end_and_delete(&self) {
        self.child.stop_blocking(Signal::QUIT);
        if let Err(error) = remove(self.launch.home.path()) {
            tracing::warn!("{error}");
        }
    }
}

impl fmt::Debug for Postgres {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("Postgres");
        shown
            .field("major", &self.major)
            .field("port", &self.port())
            .field("pid", &self.pid())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for DatabaseUrls {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("DatabaseUrls([secret])")
    }
}

impl State {
    fn of(dir: &DataDir) -> Result<Self, EmbeddedError> {
        let file = home::state_file(dir);
        match read_state(&file)? {
            Some(state) => Ok(state),
            None if home::inside(dir).join("data").exists() => Err(EmbeddedError::Damaged {
                path: file,
                what: "the passwords of this PostgreSQL are gone",
            }),
            None => Ok(Self {
                superuser_password: random_hex(24),
                owner_password: random_hex(24),
                app_password: random_hex(24),
                port: 0,
                home: None,
            }),
        }
    }

    fn url(&self, role: &str, password: &str, database: &str) -> String {
        format!(
            "postgres://{role}:{password}@127.0.0.1:{}/{database}?sslmode=disable",
            self.port
        )
    }

    fn urls(&self, database: &str) -> DatabaseUrls {
        DatabaseUrls {
            app: self.url(roles::APP, &self.app_password, database),
            owner: self.url(roles::OWNER, &self.owner_password, database),
        }
    }
}
