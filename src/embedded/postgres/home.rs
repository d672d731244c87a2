//! Where PostgreSQL's files lie: in the data folder, or outside when its user cannot get in there.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::super::data_dir::{
    DataDir, hold, private_folder, random_hex, read_state, remove, write_state,
};
use super::super::error::{EmbeddedError, io_error};
use super::super::identity::Identity;
use super::super::process::run;
use super::super::tools::PostgresPrograms;
use super::{State, launch, leftover};

/// The folder around `data/`. One outside is locked as well: a copied data folder names the same one.
pub(super) struct Home {
    path: PathBuf,
    _lock: Option<File>,
}

impl Home {
    pub(super) fn known(dir: &DataDir, state: &State) -> Result<Self, EmbeddedError> {
        match &state.home {
            None => Ok(Self {
                path: inside(dir),
                _lock: None,
            }),
            Some(path) if path.exists() => Ok(Self {
                path: path.clone(),
                _lock: Some(hold(path)?),
            }),
            Some(path) => {
                let what =
                    "the PostgreSQL data of this data folder was kept in a place that is gone";
                Err(EmbeddedError::Damaged {
                    path: path.clone(),
                    what,
                })
            }
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn data(&self) -> PathBuf {
        self.path.join("data")
    }

    /// Whose the data is, once there is some.
    pub(super) fn owner(&self) -> Option<(u32, u32)> {
        fs::metadata(self.data())
            .ok()
            .map(|found| (found.uid(), found.gid()))
    }

    /// Makes the folder, in a place this identity can reach, and its own.
    pub(super) async fn prepare(
        &mut self,
        dir: &DataDir,
        state: &mut State,
        identity: Identity,
    ) -> Result<(), EmbeddedError> {
        if let Identity::User { .. } = identity
            && state.home.is_none()
            && !open_up(dir, identity).await?
        {
            if self.data().exists() {
                let reason = format!(
                    "{} lies where another user cannot reach it",
                    self.data().display()
                );
                return Err(EmbeddedError::CannotLeaveRoot { reason });
            }
            *self = outside()?;
            tracing::warn!(
                "PostgreSQL's user cannot reach {}, so its data is kept in {}",
                dir.path().display(),
                self.path.display()
            );
            state.home = Some(self.path.clone());
            write_state(&state_file(dir), state)?;
        }
        private_folder(&self.path)?;
        if let Identity::User { uid, .. } = identity
            && [&self.path, &self.data()]
                .into_iter()
                .any(|path| fs::metadata(path).is_ok_and(|at| at.uid() != uid))
        {
            give(&self.path, identity).await?;
        }
        Ok(())
    }

    /// The programs as this identity can run them: a wheel under a closed folder is copied.
    pub(super) async fn reachable_programs(
        &self,
        programs: &PostgresPrograms,
        identity: Identity,
    ) -> Result<PathBuf, EmbeddedError> {
        if identity.can_run(&programs.bin.join("postgres")).await {
            return Ok(programs.bin.clone());
        }
        let Some(wheel) = &programs.wheel else {
            let reason = format!(
                "the user to switch to cannot run {}",
                programs.bin.join("postgres").display()
            );
            return Err(EmbeddedError::CannotLeaveRoot { reason });
        };
        let name = wheel.file_name().unwrap_or(wheel.as_os_str());
        let copy = self.path.join(name);
        if !copy.exists() {
            let draft = self.path.join(format!("copy-{}", random_hex(4)));
            copy_tree(wheel, &draft).await?;
            give(&draft, identity).await?;
            fs::rename(&draft, &copy).map_err(io_error("put in place", &copy))?;
        }
        let bin = programs
            .bin
            .strip_prefix(wheel)
            .map(|rest| copy.join(rest))
            .unwrap_or(copy);
        Ok(bin)
    }
}

/// Lets that user pass through the data folder, if the folders above let it come that far.
async fn open_up(dir: &DataDir, identity: Identity) -> Result<bool, EmbeddedError> {
    let before = fs::metadata(dir.path())
        .map_err(io_error("read", dir.path()))?
        .permissions();
    let set = |permissions| {
        fs::set_permissions(dir.path(), permissions).map_err(io_error("open up", dir.path()))
    };
    set(Permissions::from_mode(before.mode() | 0o111))?;
    let reached = identity.can_enter(dir.path()).await;
    if !reached {
        set(before)?;
    }
    Ok(reached)
}

/// A new folder where every user may pass; those that survive a reboot first.
fn outside() -> Result<Home, EmbeddedError> {
    let name = format!("purser-postgres-{}", random_hex(6));
    let places = ["/var/lib", "/var/tmp", "/tmp"];
    let mut refusal = None;
    for path in places.map(|place| Path::new(place).join(&name)) {
        match fs::create_dir(&path) {
            Ok(()) => {
                let lock = hold(&path)?;
                return Ok(Home {
                    path,
                    _lock: Some(lock),
                });
            }
            Err(error) => refusal = Some(io_error("create", &path)(error)),
        }
    }
    let nowhere = || EmbeddedError::CannotLeaveRoot {
        reason: "no folder for its data".to_owned(),
    };
    Err(refusal.unwrap_or_else(nowhere))
}

/// Makes a tree the property of the user PostgreSQL runs as, and nobody else's business.
pub(super) async fn give(tree: &Path, identity: Identity) -> Result<(), EmbeddedError> {
    let Identity::User { uid, gid } = identity else {
        return Ok(());
    };
    let mut chown = Command::new("chown");
    chown.arg("-R").arg(format!("{uid}:{gid}")).arg(tree);
    run(chown).await?;
    fs::set_permissions(tree, Permissions::from_mode(0o700)).map_err(io_error("close", tree))
}

pub(super) async fn copy_tree(from: &Path, to: &Path) -> Result<(), EmbeddedError> {
    let mut copy = Command::new("cp");
    copy.arg("-R").arg(from).arg(to);
    run(copy).await.map(drop)
}

pub(super) fn inside(dir: &DataDir) -> PathBuf {
    dir.join("postgres")
}

pub(super) fn state_file(dir: &DataDir) -> PathBuf {
    dir.join("postgres.json")
}

/// Stops a leftover server and deletes the data, wherever it is.
pub(crate) async fn wipe(dir: &DataDir) -> Result<(), EmbeddedError> {
    let home = match read_state::<State>(&state_file(dir)) {
        Ok(Some(state)) => Home::known(dir, &state),
        Ok(None) => Ok(Home {
            path: inside(dir),
            _lock: None,
        }),
        Err(error) => Err(error),
    };
    match home {
        Ok(home) => {
            leftover::stop(&launch::kind(dir), &home.data()).await?;
            remove(&home.path)
        }
        // what cannot be read or is already gone is no reason to keep the rest
        Err(EmbeddedError::Damaged { .. }) => Ok(()),
        Err(error) => Err(error),
    }
}
