//! Processes of their own for what is measured and for what it is measured against: this program once more, in a part.

use anyhow::{Context as _, ensure};
use serde_json::Value;
use std::{fs::File, process::Stdio};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, ChildStdin, Command},
};

const PART: &str = "PURSER_BENCH_PART";
const GIVEN: &str = "PURSER_BENCH_GIVEN";

/// The part that this process was started for, and what it was given.
pub(crate) fn of_this_process() -> Option<(String, Value)> {
    let part = std::env::var(PART).ok()?;
    let given = std::env::var(GIVEN).ok()?;
    Some((part, serde_json::from_str(&given).ok()?))
}

/// Tells the process that started this one that everything is there.
pub(crate) fn say(what: &Value) {
    println!("{what}");
}

/// Returns once the process that started this one wants it to end, or has ended itself.
pub(crate) async fn until_told() {
    let ended =
        tokio::task::spawn_blocking(|| std::io::copy(&mut std::io::stdin(), &mut std::io::sink()));
    // Whatever comes of it, nobody is there any more.
    let _ = ended.await;
}

/// A process that plays a part. It ends with its owner.
pub(crate) struct Role {
    child: Child,
    stdin: ChildStdin,
    /// What it said once it was there.
    pub(crate) said: Value,
}

impl Role {
    /// Its log goes to `log`.
    pub(crate) async fn start(part: &str, given: &Value, log: File) -> anyhow::Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .env(PART, part)
            .env(GIVEN, given.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()?;
        let stdin = child.stdin.take().context("it has no standard input")?;
        let stdout = child.stdout.take().context("it has no standard output")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line).await?;
        ensure!(!line.is_empty(), "{part} ended before it was there");
        Ok(Self {
            child,
            stdin,
            said: serde_json::from_str(&line)?,
        })
    }

    pub(crate) fn pid(&self) -> anyhow::Result<u32> {
        self.child.id().context("it has ended")
    }

    pub(crate) fn text(&self, name: &str) -> anyhow::Result<&str> {
        let text = self.said[name].as_str();
        text.with_context(|| format!("{name} was not said"))
    }

    pub(crate) async fn stop(mut self) -> anyhow::Result<()> {
        drop(self.stdin);
        self.child.wait().await?;
        Ok(())
    }
}
