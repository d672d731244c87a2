//! What a pod comes close to the limits of, as its row shows it.

use super::PodRow;
use crate::facts::moment;
use chrono::{DateTime, Utc};
use poem_openapi::Object;
use purser_domain::instance::Resource;
use serde::{Deserialize, Serialize};

/// What a pod comes close to the plan's limit of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Object)]
#[oai(rename = "UsageWarning")]
pub struct WarningRow {
    /// `cpu`, `memory` or `storage`.
    pub resource: String,
    /// The mark that was passed, 80 or 90 percent; it stands until well less was used for some time.
    pub mark: i64,
    /// How much was used then, in whole percent of the plan.
    pub percent: i64,
    /// When it was passed.
    pub since: DateTime<Utc>,
}

/// Of each resource the last mark is shown.
pub(super) fn warn(
    row: &mut PodRow,
    resource: Resource,
    mark: u32,
    percent: u32,
    at: DateTime<Utc>,
) {
    ease(row, resource);
    row.warnings.push(WarningRow {
        resource: resource.as_str().into(),
        mark: mark.into(),
        percent: percent.into(),
        since: moment(at),
    });
}

pub(super) fn ease(row: &mut PodRow, resource: Resource) {
    let word = resource.as_str();
    row.warnings.retain(|warning| warning.resource != word);
}

/// What does not run uses its volume and nothing else.
pub(super) fn rest(row: &mut PodRow) {
    let storage = Resource::Storage.as_str();
    row.warnings.retain(|warning| warning.resource == storage);
}
