//! What is wrong with recipes: all of it at once, so that an operator corrects a folder in one go.

use std::{collections::BTreeSet, fmt};

/// One thing that is wrong, in the words of whoever wrote the file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Flaw {
    /// Below the recipes' folder, for example `ghost/service.yaml`.
    pub file: String,
    /// The place in the file, where it is known: `overhead.database`, `Deployment web .spec.template`.
    pub field: Option<String>,
    /// What is wrong, and where it helps what belongs there.
    pub says: String,
}

impl fmt::Display for Flaw {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.field {
            Some(field) => write!(formatter, "{}, {field}: {}", self.file, self.says),
            None => write!(formatter, "{}: {}", self.file, self.says),
        }
    }
}

/// Every flaw once, by file; never none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Flaws(BTreeSet<Flaw>);

impl Flaws {
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Flaw> {
        self.0.iter()
    }
}

impl fmt::Display for Flaws {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "the recipes cannot be used:")?;
        self.0
            .iter()
            .try_for_each(|flaw| write!(formatter, "\n  - {flaw}"))
    }
}

/// Where flaws are noted while recipes are read and tried.
#[derive(Debug, Default)]
pub(super) struct Notes(BTreeSet<Flaw>);

impl Notes {
    pub(super) fn note(&mut self, file: &str, field: impl Into<String>, says: impl Into<String>) {
        let field = field.into();
        self.0.insert(Flaw {
            file: file.to_owned(),
            field: (!field.is_empty()).then_some(field),
            says: says.into(),
        });
    }

    pub(super) fn note_file(&mut self, file: &str, says: impl Into<String>) {
        self.note(file, "", says);
    }

    /// Whether something is wrong with this file.
    pub(super) fn against(&self, file: &str) -> bool {
        self.0.iter().any(|flaw| flaw.file == file)
    }

    pub(super) fn finish(self) -> Result<(), Flaws> {
        match self.0.is_empty() {
            true => Ok(()),
            false => Err(Flaws(self.0)),
        }
    }
}
