//! Collecting who does what in a pod, and saying it in the words of the real checks.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{containers, name_of};

/// `"a", "b"`.
pub(super) fn quoted<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let all: Vec<String> = names
        .into_iter()
        .map(|name| format!("\"{name}\""))
        .collect();
    all.join(", ")
}

pub(super) fn plural<'a>(one: &'a str, many: &'a str, count: usize) -> &'a str {
    if count == 1 { one } else { many }
}

/// Those who set something bad, and the values that they set.
#[derive(Default)]
pub(super) struct Offences<'a> {
    pod: bool,
    containers: Vec<&'a str>,
    pub(super) values: BTreeSet<String>,
}

impl<'a> Offences<'a> {
    /// Looks at the security context of the pod and of each container; `bad` gives the values that may not be there.
    pub(super) fn in_contexts(spec: &'a Value, bad: impl Fn(&Value) -> Vec<String>) -> Self {
        let mut found = Self::default();
        let context = spec.get("securityContext").map(&bad).unwrap_or_default();
        found.pod = !context.is_empty();
        found.values.extend(context);
        found.look(spec, |container| {
            container
                .get("securityContext")
                .map(&bad)
                .unwrap_or_default()
        });
        found
    }

    /// Looks at each container.
    pub(super) fn in_containers(spec: &'a Value, bad: impl Fn(&Value) -> Vec<String>) -> Self {
        let mut found = Self::default();
        found.look(spec, bad);
        found
    }

    fn look(&mut self, spec: &'a Value, bad: impl Fn(&Value) -> Vec<String>) {
        for container in containers(spec) {
            let values = bad(container);
            if !values.is_empty() {
                self.containers.push(name_of(container));
                self.values.extend(values);
            }
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        !self.pod && self.containers.is_empty()
    }

    pub(super) fn many(&self) -> usize {
        self.containers.len()
    }

    /// `pod and containers "a", "b"`.
    pub(super) fn who(&self) -> String {
        let mut all = Vec::new();
        if self.pod {
            all.push("pod".to_owned());
        }
        if !self.containers.is_empty() {
            all.push(these(&self.containers));
        }
        all.join(" and ")
    }

    /// `"x", "y"`.
    pub(super) fn what(&self) -> String {
        quoted(self.values.iter().map(String::as_str))
    }
}

/// `container "a"` or `containers "a", "b"`.
pub(super) fn these(names: &[&str]) -> String {
    format!(
        "{} {}",
        plural("container", "containers", names.len()),
        quoted(names.iter().copied())
    )
}
