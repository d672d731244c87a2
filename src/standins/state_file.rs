//! What a stand-in remembers across restarts: one JSON file, replaced whole. Never a half-written one.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use anyhow::Context;
use serde::de::DeserializeOwned;

/// Reads the state back; a file that is not there yet is the empty state.
pub(super) fn load<T: DeserializeOwned + Default>(path: &Path) -> anyhow::Result<T> {
    match fs::read(path) {
        Ok(bytes) => serde_json::from_slice(&bytes)
            .with_context(|| format!("{} is not a state file", path.display())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(T::default()),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}

/// Writes beside the file and renames over it, so that a reader or a crash meets the old state or the new one.
pub(super) fn store(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let beside = PathBuf::from(beside);
    fs::write(&beside, bytes)?;
    fs::rename(&beside, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_is_loaded_and_nothing_is_left_beside_it() {
        let folder = std::env::temp_dir().join(format!("purser-state-{}", uuid::Uuid::now_v7()));
        let path = folder.join("state.json");
        assert_eq!(load::<Vec<u32>>(&path).unwrap(), Vec::<u32>::new());
        store(&path, b"[1,2]").unwrap();
        store(&path, b"[1,2,3]").unwrap();
        assert_eq!(load::<Vec<u32>>(&path).unwrap(), vec![1, 2, 3]);
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
        fs::remove_dir_all(folder).unwrap();
    }
}
