//! The labels `pod-security.kubernetes.io/…` of a namespace.

use std::fmt;

use serde_json::Value;

use super::super::paths::{entries, text};
use super::super::refusal::FieldError;
use crate::pod_security::{Level, NEWEST, minor};

const PREFIX: &str = "pod-security.kubernetes.io/";
#[derive(Clone, Copy, Debug)]
pub(super) enum Mode {
    Enforce,
    Warn,
}

/// A level, and the minor version whose checks it means; none is the latest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Standard {
    pub(super) level: Level,
    pinned: Option<u32>,
    /// The minor version to check by.
    pub(super) version: u32,
}

impl fmt::Display for Standard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let level = self.level.name();
        match self.pinned {
            Some(minor) => write!(f, "{level}:v1.{minor}"),
            None => write!(f, "{level}:latest"),
        }
    }
}

impl Standard {
    pub(super) fn of(namespace: &Value, mode: Mode) -> Self {
        let mode = match mode {
            Mode::Enforce => "enforce",
            Mode::Warn => "warn",
        };
        let label = |name: &str| {
            text(
                namespace,
                &format!("/metadata/labels/{}", name.replace('/', "~1")),
            )
        };
        let given = label(&format!("{PREFIX}{mode}"));
        let level = match given {
            "" => Level::Privileged,
            // A label that does not parse is refused when it is written; what is there all the same is the strictest.
            other => Level::parse(other).unwrap_or(Level::Restricted),
        };
        let pinned = minor(label(&format!("{PREFIX}{mode}-version")));
        Self {
            level,
            pinned,
            version: pinned.unwrap_or(NEWEST).min(NEWEST),
        }
    }
}

/// Whether pods that were admitted before are also admitted now.
pub(in super::super) fn loosened_or_same(old: &Value, new: &Value) -> bool {
    let (old, new) = (
        Standard::of(old, Mode::Enforce),
        Standard::of(new, Mode::Enforce),
    );
    new.level == Level::Privileged || (new.pinned == old.pinned && new.level <= old.level)
}

/// What is wrong with the labels of a namespace.
pub(in super::super) fn label_errors(namespace: &Value) -> Vec<FieldError> {
    let mut errors = Vec::new();
    for (label, value) in entries(namespace, "/metadata/labels").into_iter().flatten() {
        let Some(name) = label.strip_prefix(PREFIX) else {
            continue;
        };
        let text = value.as_str().unwrap_or("");
        let why = match name {
            "enforce" | "audit" | "warn" if Level::parse(text).is_none() => {
                "must be one of privileged, baseline, restricted"
            }
            "enforce-version" | "audit-version" | "warn-version"
                if text != "latest" && minor(text).is_none() =>
            {
                "must be \"latest\" or \"v1.x\""
            }
            _ => continue,
        };
        errors.push(FieldError::invalid(
            format!("metadata.labels[{label}]"),
            value,
            why,
        ));
    }
    errors
}
