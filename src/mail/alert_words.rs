//! What an operator is alerted of, in an app's letter.

use super::one_line::one_line;
use minijinja::Value;
use purser_domain::instance::Unready;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What an operator is alerted of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertWords {
    /// An app is not ready and does not come to it by itself.
    Unhealthy(Unready),
    /// Somebody keeps editing this object of ours.
    Contested(String),
    /// A volume that its customer cannot make larger is so full, in percent.
    VolumeFills { claim: String, percent: u32 },
}

impl AlertWords {
    /// For a line of the log.
    pub fn in_short(&self) -> String {
        match self {
            Self::Unhealthy(unready) => format!("it is not ready ({})", unready.as_str()),
            Self::Contested(object) => format!("somebody keeps editing {object}"),
            Self::VolumeFills { claim, percent } => {
                format!("its volume {claim} is {percent} % full, which no plan makes larger")
            }
        }
    }

    /// What the letter is filled with; nothing where it is about something else.
    pub(super) fn values(&self) -> BTreeMap<&'static str, Value> {
        let nothing = || Value::from(());
        let mut values = BTreeMap::from([
            ("unready", nothing()),
            ("object", nothing()),
            ("claim", nothing()),
            ("percent", nothing()),
        ]);
        match self {
            Self::Unhealthy(unready) => {
                values.insert("unready", Value::from(unready.as_str()));
            }
            Self::Contested(object) => {
                values.insert("object", Value::from(one_line(object)));
            }
            Self::VolumeFills { claim, percent } => {
                values.insert("claim", Value::from(one_line(claim)));
                values.insert("percent", Value::from(*percent));
            }
        }
        values
    }
}
