//! The yardstick: the same row, one insert a commit, with nothing decided, guarded or chained. By
//! pgbench, or by prepared statements of our own where pgbench is not installed.

use crate::{
    load::{Load, Window, drive},
    ours::Row,
    servers::{Servers, Store, pool},
};
use anyhow::Context as _;
use sqlx::Executor as _;
use std::{
    fs,
    path::{Path, PathBuf},
};
use tokio::process::Command;

pub(crate) struct Raw {
    pgbench: Option<PathBuf>,
    owner: String,
    insert: String,
    script: PathBuf,
}

impl Raw {
    /// A copy of the events' table: same columns, indexes and checks. Stream ids are as long as
    /// Purser's and grow as its do, so that the indexes fill alike.
    pub(crate) async fn prepare(
        servers: &Servers,
        store: &Store,
        row: Row,
    ) -> anyhow::Result<Self> {
        store
            .owner
            .execute(
                "create table raw_events (like events including all);
                 create sequence raw_position",
            )
            .await?;
        // pgbench takes a word after a colon for a variable of its own, even inside a text.
        let text = |json: &str| format!("U&'{}'", json.replace(':', "\\003A"));
        let (payload, metadata) = (text(&row.payload), text(&row.metadata));
        let insert = format!(
            "insert into raw_events (aggregate_type, aggregate_id, sequence, event_type, event_version, \
             payload, metadata, position, at, leaf, hash) \
             select 'session', '01990000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'), 1, 'session.started', '1', \
             {payload}::json, {metadata}::json, n, now(), sha256('leaf'), sha256('hash') \
             from nextval('raw_position') as n"
        );
        let script = Path::new(env!("CARGO_TARGET_TMPDIR")).join("raw.sql");
        fs::write(&script, format!("{insert};\n"))?;
        Ok(Self {
            pgbench: pgbench(servers),
            owner: store.urls.owner.clone(),
            insert,
            script,
        })
    }

    pub(crate) fn name(&self) -> &'static str {
        match self.pgbench {
            Some(_) => "raw pgbench",
            None => "raw sqlx inserts (pgbench not found)",
        }
    }

    pub(crate) async fn run(&self, callers: usize, window: Window) -> anyhow::Result<Load> {
        match &self.pgbench {
            Some(pgbench) => self.with_pgbench(pgbench, callers, window).await,
            None => self.with_sqlx(callers, window).await,
        }
    }

    async fn with_pgbench(
        &self,
        pgbench: &Path,
        callers: usize,
        window: Window,
    ) -> anyhow::Result<Load> {
        let cores = std::thread::available_parallelism()?.get();
        let (count, threads) = (callers.to_string(), callers.min(cores).to_string());
        let seconds = window.length.as_secs().to_string();
        let output = Command::new(pgbench)
            .args(["-n", "-M", "prepared", "-c", &count, "-j", &threads])
            .args(["-T", &seconds, "-f"])
            .arg(&self.script)
            // Not an argument: everybody can read those, and it holds a password.
            .env("PGDATABASE", &self.owner)
            .output()
            .await?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
        let number = |before: &str| {
            let (_, rest) = said.split_once(before)?;
            rest.split_whitespace().next()?.parse::<f64>().ok()
        };
        Ok(Load {
            per_second: number("tps = ").with_context(|| format!("pgbench: {complaint}"))?,
            latency: None,
            retries: 0.0,
        })
    }

    async fn with_sqlx(&self, callers: usize, window: Window) -> anyhow::Result<Load> {
        let options = pool(u32::try_from(callers)?).test_before_acquire(false);
        let pool = options.connect(&self.owner).await?;
        let (inserting, insert) = (pool.clone(), self.insert.clone());
        let call = move || {
            let (pool, insert) = (inserting.clone(), insert.clone());
            async move {
                sqlx::query(&insert).execute(&pool).await?;
                Ok(0)
            }
        };
        let load = drive(callers, window, call).await?;
        pool.close().await;
        Ok(load)
    }
}

/// The one that came with the server that runs, or the one on PATH.
fn pgbench(servers: &Servers) -> Option<PathBuf> {
    let server = fs::read_link(format!("/proc/{}/exe", servers.postgres.pid())).ok();
    let beside = server.and_then(|server| Some(server.parent()?.join("pgbench")));
    let debian = format!(
        "/usr/lib/postgresql/{}/bin/pgbench",
        servers.postgres.major()
    );
    beside
        .into_iter()
        .chain([PathBuf::from(debian), PathBuf::from("/usr/bin/pgbench")])
        .find(|program| program.exists())
}
