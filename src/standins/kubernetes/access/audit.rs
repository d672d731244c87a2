//! Who asked for what, and whether it was allowed: what a role grants can be held against it.

use std::collections::BTreeMap;

use super::{Ask, User};

/// A right that somebody needed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Asked {
    pub verb: String,
    pub group: String,
    /// With its subresource, as in `pods/log`.
    pub resource: String,
    /// Empty for the whole cluster and for what stands in no namespace.
    pub namespace: String,
}

/// How often it was allowed and refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Answers {
    pub allowed: u32,
    pub refused: u32,
}

/// Everybody's requests but the administrator's.
#[derive(Debug, Default)]
pub(in super::super) struct Audit(BTreeMap<String, BTreeMap<Asked, Answers>>);

impl Audit {
    pub(in super::super) fn note(&mut self, user: &User, ask: &Ask, allowed: bool) {
        // Paths that are no resources are open to everybody.
        if user.is_admin() || ask.resource.is_empty() {
            return;
        }
        let resource = match ask.subresource.as_str() {
            "" => ask.resource.clone(),
            sub => format!("{}/{sub}", ask.resource),
        };
        let cluster_wide = ask.group.is_empty() && ask.resource == "namespaces";
        let namespace = if cluster_wide { "" } else { &ask.namespace };
        let asked = Asked {
            verb: ask.verb.clone(),
            group: ask.group.clone(),
            resource,
            namespace: namespace.to_owned(),
        };
        let answers = self.0.entry(user.name.clone()).or_default();
        let answers = answers.entry(asked).or_default();
        match allowed {
            true => answers.allowed += 1,
            false => answers.refused += 1,
        }
    }

    pub(in super::super) fn of(&self, user: &str) -> BTreeMap<Asked, Answers> {
        self.0.get(user).cloned().unwrap_or_default()
    }
}
