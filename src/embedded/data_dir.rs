//! The folder that holds everything of one installation's embedded services, held by one purser at a time.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde::{Serialize, de::DeserializeOwned};

use super::error::{EmbeddedError, io_error};
use super::{nats, postgres};

/// A data folder this process holds alone, for as long as any clone lives.
///
/// The hold is a lock of the operating system on `<folder>/lock`, so it ends with the process however that
/// ends; the pid in the file is only there to be named to the next one.
#[derive(Debug, Clone)]
pub struct DataDir {
    path: PathBuf,
    _lock: Arc<File>,
}

impl DataDir {
    /// Makes the folder (for its owner only) if it is missing, and takes it.
    pub fn open(path: &Path) -> Result<Self, EmbeddedError> {
        private_folder(path)?;
        let path = path.canonicalize().map_err(io_error("find", path))?;
        let lock = hold(&path)?;
        Ok(Self {
            path,
            _lock: Arc::new(lock),
        })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where programs installed with pip go unless the caller shares another folder.
    pub fn default_tools(&self) -> PathBuf {
        self.path.join("tools")
    }

    /// Ends what an earlier purser left running and deletes everything but the lock and `tools/`,
    /// folders outside included.
    pub async fn wipe(&self) -> Result<(), EmbeddedError> {
        postgres::wipe(self).await?;
        nats::stop_leftover(self).await?;
        for entry in fs::read_dir(&self.path).map_err(io_error("read", &self.path))? {
            let entry = entry.map_err(io_error("read", &self.path))?;
            if !matches!(entry.file_name().to_str(), Some("lock" | "tools")) {
                remove(&entry.path())?;
            }
        }
        Ok(())
    }

    pub(super) fn join(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }
}

/// Takes the lock file in `folder`; released by dropping the file, or by dying.
pub(super) fn hold(folder: &Path) -> Result<File, EmbeddedError> {
    let path = folder.join("lock");
    loop {
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .mode(0o600)
            .open(&path)
            .map_err(io_error("open", &path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut pid = String::new();
                let _ = file.read_to_string(&mut pid);
                let holder = if pid.is_empty() {
                    "starting".to_owned()
                } else {
                    format!("pid {}", pid.trim())
                };
                return Err(EmbeddedError::InUse {
                    path: folder.to_owned(),
                    holder,
                });
            }
            Err(TryLockError::Error(error)) => return Err(io_error("lock", &path)(error)),
        }
        // the holder before may have deleted the folder, and this lock with it
        let same =
            |found: fs::Metadata| file.metadata().is_ok_and(|held| held.ino() == found.ino());
        if !fs::metadata(&path).is_ok_and(same) {
            continue;
        }
        let note = |file: &mut File| -> io::Result<()> {
            file.rewind()?;
            file.set_len(0)?;
            writeln!(file, "{}", std::process::id())
        };
        note(&mut file).map_err(io_error("write", &path))?;
        return Ok(file);
    }
}

/// Waits for the lock in `path`, for work that one process does and the others then find done.
/// The operating system gives it on if its holder dies.
pub(super) async fn turn(path: &Path, must_wait: impl FnOnce()) -> Result<File, EmbeddedError> {
    let lock = File::create(path).map_err(io_error("create", path))?;
    let mut must_wait = Some(must_wait);
    loop {
        match lock.try_lock() {
            Ok(()) => return Ok(lock),
            Err(TryLockError::Error(error)) => return Err(io_error("lock", path)(error)),
            Err(TryLockError::WouldBlock) => {
                if let Some(tell) = must_wait.take() {
                    tell();
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

/// A folder only its owner may enter.
pub(super) fn private_folder(path: &Path) -> Result<(), EmbeddedError> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(io_error("create", path))
}

/// Replaces a file that only its owner may read, so that a crash leaves the old or the new one.
pub(super) fn write_private(path: &Path, content: &[u8]) -> Result<(), EmbeddedError> {
    let draft = path.with_extension("new");
    let write = || -> io::Result<()> {
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(true)
            .write(true)
            .mode(0o600)
            .open(&draft)?;
        file.set_permissions(Permissions::from_mode(0o600))?;
        file.write_all(content)?;
        file.sync_all()?;
        fs::rename(&draft, path)
    };
    write().map_err(io_error("write", path))
}

pub(super) fn read_state<S: DeserializeOwned>(path: &Path) -> Result<Option<S>, EmbeddedError> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(io_error("read", path)(error)),
    };
    let damaged = |_| EmbeddedError::Damaged {
        path: path.to_owned(),
        what: "the notes about this service are unreadable",
    };
    serde_json::from_slice(&bytes).map(Some).map_err(damaged)
}

pub(super) fn write_state<S: Serialize>(path: &Path, state: &S) -> Result<(), EmbeddedError> {
    let json =
        serde_json::to_vec_pretty(state).expect("a struct of strings and numbers is always JSON");
    write_private(path, &json)
}

/// Deletes a file or a whole folder; nothing there is fine.
pub(super) fn remove(path: &Path) -> Result<(), EmbeddedError> {
    let is_folder = fs::symlink_metadata(path).is_ok_and(|found| found.is_dir());
    let removed = if is_folder {
        fs::remove_dir_all(path)
    } else {
        fs::remove_file(path)
    };
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(io_error("delete", path)(error))
        }
        _ => Ok(()),
    }
}

/// A random name or password that needs no quoting anywhere.
pub(super) fn random_hex(bytes: usize) -> String {
    let mut random = vec![0; bytes];
    getrandom::fill(&mut random).expect("the operating system gives random bytes");
    hex::encode(random)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join(".purser/tests")
            .join(random_hex(8))
    }

    #[tokio::test]
    async fn a_folder_is_held_once_and_the_second_hears_who_has_it() {
        let path = folder();
        let first = DataDir::open(&path).unwrap();
        let refusal = DataDir::open(&path).unwrap_err().to_string();
        assert!(
            refusal.contains(&format!("pid {}", std::process::id())),
            "{refusal}"
        );
        drop(first);
        DataDir::open(&path).unwrap();
        remove(&path).unwrap();
    }

    #[tokio::test]
    async fn wiping_leaves_the_lock_and_the_tools() {
        let path = folder();
        let held = DataDir::open(&path).unwrap();
        private_folder(&held.default_tools()).unwrap();
        fs::write(held.join("postgres.log"), "old").unwrap();
        held.wipe().await.unwrap();
        let mut left: Vec<_> = fs::read_dir(&path)
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        left.sort();
        assert_eq!(left, ["lock", "tools"]);
        remove(&path).unwrap();
    }

    #[test]
    fn private_files_are_for_their_owner_only() {
        let path = folder();
        private_folder(&path).unwrap();
        let file = path.join("secret.json");
        write_private(&file, b"1").unwrap();
        assert_eq!(fs::metadata(&file).unwrap().mode() & 0o777, 0o600);
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o700);
        remove(&path).unwrap();
    }
}
