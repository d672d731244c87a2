//! What changed since a state was last written whole: a line a change, written before the change is answered. So a
//! stand-in whose process is killed forgets nothing that it has acknowledged, no more than the real thing would.

use std::{
    fs::{self, File},
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use serde::Serialize;
use serde_json::Value;

/// From then on the state is better written whole.
const LONG: u64 = 16 << 20;

pub(super) struct Journal {
    file: File,
    bytes: u64,
}

/// Beside the state's own file.
fn place(state: &Path) -> PathBuf {
    state.with_extension("changes")
}

/// The changes noted after the state was written, oldest first. A line cut short was never answered for.
pub(super) fn read(state: &Path) -> io::Result<Vec<Value>> {
    let bytes = match fs::read(place(state)) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(error),
    };
    let lines = bytes.split(|byte| *byte == b'\n');
    Ok(lines
        .map_while(|line| serde_json::from_slice(line).ok())
        .collect())
}

impl Journal {
    /// An empty one, for a state that was just written whole.
    pub(super) fn begin(state: &Path) -> io::Result<Self> {
        // It may hold what the state holds: Secrets and mail.
        let mut options = File::options();
        options.create(true).write(true).truncate(true).mode(0o600);
        let file = options.open(place(state))?;
        Ok(Self { file, bytes: 0 })
    }

    pub(super) fn note(&mut self, change: &impl Serialize) -> io::Result<()> {
        let mut line = serde_json::to_vec(change)?;
        line.push(b'\n');
        self.bytes += line.len() as u64;
        self.file.write_all(&line)
    }

    pub(super) fn is_long(&self) -> bool {
        self.bytes > LONG
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_noted_is_read_and_a_torn_line_is_not() {
        let folder = std::env::temp_dir().join(format!("purser-journal-{}", uuid::Uuid::now_v7()));
        fs::create_dir_all(&folder).unwrap();
        let state = folder.join("state.json");
        assert_eq!(read(&state).unwrap(), Vec::<Value>::new());
        let mut journal = Journal::begin(&state).unwrap();
        journal.note(&1).unwrap();
        journal.note(&"two").unwrap();
        journal.file.write_all(b"{\"th").unwrap();
        assert_eq!(read(&state).unwrap(), [1.into(), Value::from("two")]);
        Journal::begin(&state).unwrap();
        assert_eq!(read(&state).unwrap(), Vec::<Value>::new());
        fs::remove_dir_all(folder).unwrap();
    }
}
