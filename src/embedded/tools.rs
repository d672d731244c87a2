//! Which PostgreSQL and which nats-server to run: the machine's own, else the pinned wheels.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::error::EmbeddedError;
use super::process::run;
use super::wheels::{self, Wheel};

/// Older ones lack what the schema uses.
const OLDEST_POSTGRES: u32 = 15;

const OLDEST_NATS: (u32, u32) = (2, 11);

/// Finds the programs. Cheap to clone and to share between services.
#[derive(Debug, Clone)]
pub struct Tools {
    folder: PathBuf,
    machine: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PostgresPrograms {
    pub bin: PathBuf,
    pub major: u32,
    /// The wheel's folder if that is where they come from: it can be copied elsewhere as a whole.
    pub wheel: Option<PathBuf>,
}

impl Tools {
    /// The machine's programs first; wheels are installed into `folder`, which many may share.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: absolute(folder.into()),
            machine: true,
        }
    }

    /// Only the pinned wheels, whatever the machine has.
    pub fn pinned(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: absolute(folder.into()),
            machine: false,
        }
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// For new data the first that is recent enough; for existing `data` the major version that made it.
    pub(super) async fn postgres(
        &self,
        made_by: Option<u32>,
        data: &Path,
    ) -> Result<PostgresPrograms, EmbeddedError> {
        let found = if self.machine {
            machine_postgres().await
        } else {
            Vec::new()
        };
        let fits = |major: u32| made_by.map_or(major >= OLDEST_POSTGRES, |wanted| major == wanted);
        if let Some(programs) = found.iter().find(|programs| fits(programs.major)) {
            return Ok(programs.clone());
        }
        if let Some(made_by) = made_by.filter(|_| !fits(wheels::POSTGRES_MAJOR)) {
            let mut majors: Vec<u32> = found.iter().map(|programs| programs.major).collect();
            majors.push(wheels::POSTGRES_MAJOR);
            let found = majors
                .iter()
                .map(u32::to_string)
                .collect::<Vec<_>>()
                .join(", ");
            return Err(EmbeddedError::WrongMajor {
                data: data.to_owned(),
                made_by,
                found,
            });
        }
        match self.wheel(&wheels::POSTGRES, "postgres").await {
            Ok(bin) => Ok(PostgresPrograms {
                bin,
                major: wheels::POSTGRES_MAJOR,
                wheel: Some(wheels::POSTGRES.folder(&self.folder)),
            }),
            Err(error) => Err(EmbeddedError::NoPostgres {
                reason: crate::chain_of(&error),
                target: wheels::POSTGRES.folder(&self.folder).display().to_string(),
                requirement: wheels::POSTGRES.requirement(),
            }),
        }
    }

    pub(super) async fn nats_server(&self) -> Result<PathBuf, EmbeddedError> {
        const PLACES: &str = "$PATH:/usr/local/bin:/usr/sbin:/usr/local/sbin:$HOME/go/bin:/opt/homebrew/bin:/snap/bin";
        if self.machine
            && let Some(program) = which("nats-server", PLACES).await
            && let Ok(said) = run(asked_its_version(&program)).await
            && nats_version_of(&said) >= Some(OLDEST_NATS)
        {
            return Ok(program);
        }
        match self.wheel(&wheels::NATS_SERVER, "nats-server").await {
            Ok(bin) => Ok(bin.join("nats-server")),
            Err(error) => Err(EmbeddedError::NoNatsServer {
                reason: crate::chain_of(&error),
                target: wheels::NATS_SERVER
                    .folder(&self.folder)
                    .display()
                    .to_string(),
                requirement: wheels::NATS_SERVER.requirement(),
            }),
        }
    }

    /// Installed, and seen to run: a wheel for another C library unpacks well and then does not start.
    async fn wheel(&self, wheel: &Wheel, program: &str) -> Result<PathBuf, EmbeddedError> {
        let bin = wheel.installed(&self.folder).await?;
        run(asked_its_version(&bin.join(program))).await?;
        Ok(bin)
    }
}

/// Every PostgreSQL of this machine: first the one on PATH, then the usual places, newest first.
async fn machine_postgres() -> Vec<PostgresPrograms> {
    let mut usual = Vec::new();
    let places = [
        ("/usr/lib/postgresql", "", "bin"),
        ("/usr", "pgsql-", "bin"),
        ("/opt/homebrew/opt", "postgresql", "bin"),
        ("/usr/local/opt", "postgresql", "bin"),
        ("/home/linuxbrew/.linuxbrew/opt", "postgresql", "bin"),
        ("/Applications/Postgres.app/Contents/Versions", "", "bin"),
    ];
    for (parent, prefix, bin) in places {
        for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
            if entry.file_name().to_string_lossy().starts_with(prefix)
                && let Some(programs) = postgres_in(&entry.path().join(bin)).await
            {
                usual.push(programs);
            }
        }
    }
    usual.sort_by_key(|programs| std::cmp::Reverse(programs.major));
    if let Some(initdb) = which("initdb", "$PATH").await
        && let Ok(initdb) = initdb.canonicalize()
        && let Some(bin) = initdb.parent()
        && let Some(programs) = postgres_in(bin).await
    {
        usual.insert(0, programs);
    }
    usual.dedup();
    usual
}

async fn postgres_in(bin: &Path) -> Option<PostgresPrograms> {
    if !bin.join("initdb").exists() {
        return None;
    }
    let said = run(asked_its_version(&bin.join("postgres"))).await.ok()?;
    Some(PostgresPrograms {
        bin: bin.to_owned(),
        major: major_of(&said)?,
        wheel: None,
    })
}

/// `postgres (PostgreSQL) 15.14 (Debian …)` is 15, `postgres (PostgreSQL) 19beta1` is 19.
fn major_of(version: &str) -> Option<u32> {
    let number = version.split_whitespace().nth(2)?;
    let digits = number
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(number.len());
    number[..digits].parse().ok()
}

/// `nats-server: v2.15.1` is 2.15.
fn nats_version_of(version: &str) -> Option<(u32, u32)> {
    let (major, rest) = version.rsplit_once('v')?.1.split_once('.')?;
    Some((major.parse().ok()?, rest.split('.').next()?.parse().ok()?))
}

fn asked_its_version(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.arg("--version");
    command
}

/// The shell looks along PATH, because only `main` reads the environment.
async fn which(program: &str, places: &str) -> Option<PathBuf> {
    let mut shell = Command::new("sh");
    shell
        .arg("-c")
        .arg(format!("PATH={places}; command -v {program}"));
    run(shell)
        .await
        .ok()
        .map(PathBuf::from)
        .filter(|found| found.is_absolute())
}

fn absolute(path: PathBuf) -> PathBuf {
    std::path::absolute(&path).unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_read_from_what_postgres_says() {
        assert_eq!(
            major_of("postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)"),
            Some(15)
        );
        assert_eq!(major_of("postgres (PostgreSQL) 19beta1"), Some(19));
        assert_eq!(major_of("no version"), None);
    }

    #[test]
    fn a_nats_server_that_is_too_old_is_told_by_its_version() {
        assert!(nats_version_of("nats-server: v2.15.1") >= Some(OLDEST_NATS));
        assert!(nats_version_of("nats-server: v2.9.10") < Some(OLDEST_NATS));
        assert!(nats_version_of("no version") < Some(OLDEST_NATS));
    }

    #[tokio::test]
    async fn data_of_an_unknown_major_is_refused_by_name() {
        let refusal = Tools::new("unused")
            .postgres(Some(9), Path::new("/data"))
            .await
            .unwrap_err()
            .to_string();
        assert!(refusal.contains("made by PostgreSQL 9"), "{refusal}");
        assert!(
            refusal.contains("apt-get install postgresql-9"),
            "{refusal}"
        );
    }
}
