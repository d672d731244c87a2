//! The ports of the last start, so that a link from yesterday still works where its port is free.

use std::{collections::BTreeMap, fs, io, path::Path};

const FILE: &str = "ports.json";

/// Ports by what listens on them.
#[derive(Debug, Default)]
pub(super) struct Ports(BTreeMap<String, u16>);

impl Ports {
    pub(super) fn load(root: &Path) -> Self {
        let text = fs::read_to_string(root.join(FILE)).unwrap_or_default();
        Self(serde_json::from_str(&text).unwrap_or_default())
    }

    pub(super) fn save(&self, root: &Path) -> io::Result<()> {
        fs::write(root.join(FILE), serde_json::to_vec(&self.0)?)
    }

    /// The port of the last start, or 0 for a free one.
    pub(super) fn remembered(&self, name: &str) -> u16 {
        self.0.get(name).copied().unwrap_or(0)
    }

    pub(super) fn remember(&mut self, name: &str, port: u16) {
        self.0.insert(name.to_owned(), port);
    }
}
