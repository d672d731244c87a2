//! What a customer may choose of an app, and what he chose. **Invariant:** a text that a customer typed stands in an
//! event only sealed under his key: it may be a password, or tell who he is.

mod host;
mod offered;
mod sender;
#[cfg(test)]
mod tests;

use crate::{sealed::Sealed, text::ParameterName};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

pub use host::PublicHost;
pub use offered::{Kind, Offered, ParameterError, Plain, choose};
pub use sender::Sender;

/// One choice, as it stands in an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Chosen {
    Number(i64),
    Flag(bool),
    /// Any text, secret or not.
    Sealed(Sealed),
}

/// A customer's choices by name. What he did not choose follows the recipe.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Parameters(BTreeMap<ParameterName, Chosen>);

impl Parameters {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a mail server is among them: every recipe that takes one has it under these names.
    pub fn send_mail(&self) -> bool {
        let mut names = self.0.keys();
        names.any(|name| name.as_str().starts_with("smtp_"))
    }

    pub fn iter(&self) -> impl Iterator<Item = (&ParameterName, &Chosen)> {
        self.0.iter()
    }
}

impl FromIterator<(ParameterName, Chosen)> for Parameters {
    fn from_iter<I: IntoIterator<Item = (ParameterName, Chosen)>>(chosen: I) -> Self {
        Self(chosen.into_iter().collect())
    }
}
