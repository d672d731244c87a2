//! Which object or collection a path names.

use super::super::kinds::{self, Kind};
use super::super::store::Key;

/// What a request is about. An empty name means the collection, no namespace means all of them.
#[derive(Debug)]
pub(in super::super) struct Target {
    pub(in super::super) kind: &'static Kind,
    pub(in super::super) namespace: Option<String>,
    pub(in super::super) name: String,
    pub(in super::super) subresource: String,
}

impl Target {
    pub(in super::super) fn parse(path: &str) -> Option<Self> {
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        let (group, version, rest) = match parts.as_slice() {
            ["api", version, rest @ ..] => ("", *version, rest),
            ["apis", group, version, rest @ ..] => (*group, *version, rest),
            _ => return None,
        };
        let target = |namespace: Option<&str>, plural: &str, name: &str, subresource: &str| {
            let kind = kinds::find(group, version, plural)?;
            let scoped = namespace.is_some();
            if scoped != kind.namespaced && !(kind.namespaced && name.is_empty()) {
                return None;
            }
            Some(Self {
                kind,
                namespace: namespace.map(str::to_owned),
                name: name.to_owned(),
                subresource: subresource.to_owned(),
            })
        };
        match *rest {
            ["namespaces", name, sub @ ("status" | "finalize")] => {
                target(None, "namespaces", name, sub)
            }
            ["namespaces", namespace, plural] => target(Some(namespace), plural, "", ""),
            ["namespaces", namespace, plural, name] => target(Some(namespace), plural, name, ""),
            ["namespaces", namespace, plural, name, sub] => {
                target(Some(namespace), plural, name, sub)
            }
            [plural] => target(None, plural, "", ""),
            [plural, name] => target(None, plural, name, ""),
            [plural, name, sub] => target(None, plural, name, sub),
            _ => None,
        }
    }

    pub(in super::super) fn key(&self) -> Key {
        Key::new(
            self.kind,
            self.namespace.as_deref().unwrap_or(""),
            &self.name,
        )
    }
}
