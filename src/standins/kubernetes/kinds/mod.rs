//! The resource kinds the stand-in serves, and what each of them can do. It holds no objects.

mod table;

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};

use serde_json::Value;

pub(super) use self::table::KINDS;

/// Decodes a value through the typed API and gives back what the types understood of it.
type Decode = fn(&Value) -> Result<Value, String>;

/// One resource kind of the API.
pub(super) struct Kind {
    pub(super) group: &'static str,
    pub(super) version: &'static str,
    pub(super) kind: &'static str,
    pub(super) plural: &'static str,
    pub(super) short: &'static [&'static str],
    pub(super) in_all: bool,
    pub(super) namespaced: bool,
    pub(super) has_status: bool,
    pub(super) has_scale: bool,
    /// Whether `metadata.generation` counts the changes of the spec.
    pub(super) has_generation: bool,
    decode: Decode,
}

impl PartialEq for Kind {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}
impl Eq for Kind {}
impl PartialOrd for Kind {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Kind {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.group, self.plural).cmp(&(other.group, other.plural))
    }
}
impl Hash for Kind {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.group, self.plural).hash(state);
    }
}
impl std::fmt::Debug for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.qualified())
    }
}

impl Kind {
    pub(super) fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.to_owned()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }

    /// `deployments.apps`, the way messages and quotas name a resource.
    pub(super) fn qualified(&self) -> String {
        if self.group.is_empty() {
            self.plural.to_owned()
        } else {
            format!("{}.{}", self.plural, self.group)
        }
    }

    /// `Deployment.apps`, the way validation messages name a kind.
    pub(super) fn qualified_kind(&self) -> String {
        if self.group.is_empty() {
            self.kind.to_owned()
        } else {
            format!("{}.{}", self.kind, self.group)
        }
    }

    pub(super) fn singular(&self) -> String {
        self.kind.to_lowercase()
    }

    pub(super) fn is(&self, plural: &str) -> bool {
        self.plural == plural
    }

    /// What the typed API understands of `value`; an error names the first field of the wrong type.
    pub(super) fn decode(&self, value: &Value) -> Result<Value, String> {
        (self.decode)(value)
    }
}

/// The kind behind a request path.
pub(super) fn find(group: &str, version: &str, plural: &str) -> Option<&'static Kind> {
    KINDS
        .iter()
        .find(|kind| kind.group == group && kind.version == version && kind.plural == plural)
}

/// The kind an object names itself by.
pub(super) fn of_object(api_version: &str, name: &str) -> Option<&'static Kind> {
    KINDS
        .iter()
        .find(|kind| kind.kind == name && kind.api_version() == api_version)
}

/// A kind the stand-in itself relies on.
pub(super) fn known(plural: &str) -> &'static Kind {
    KINDS
        .iter()
        .find(|kind| kind.plural == plural)
        .expect("a kind named in this module's table")
}
