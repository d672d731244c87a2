//! Who asks, and what they may do: bearer tokens, and roles with their bindings as requests are judged by them.

mod audit;
mod escalation;
mod rules;
mod tokens;
mod visible;

use serde_json::Value;

use super::paths::text;
use super::store::{Key, Store};

pub(super) use self::audit::Audit;
pub use self::audit::{Answers, Asked};
pub(super) use self::escalation::check_grant;
pub(super) use self::rules::{Ask, allows};
pub(super) use self::tokens::{authenticate, issue};
pub(super) use self::visible::Visible;

pub(super) const RBAC: &str = "rbac.authorization.k8s.io";
const MASTERS: &str = "system:masters";

/// Someone whose credentials were right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct User {
    pub(super) name: String,
    pub(super) groups: Vec<String>,
}

impl User {
    /// The one who may do everything.
    pub(super) fn admin() -> Self {
        Self {
            name: "kubernetes-admin".into(),
            groups: vec![MASTERS.into(), "system:authenticated".into()],
        }
    }

    /// Someone by name; the name of a ServiceAccount brings its groups.
    pub(super) fn named(name: &str) -> Self {
        let mut groups = Vec::new();
        if let Some((namespace, _)) = name
            .strip_prefix("system:serviceaccount:")
            .and_then(|account| account.split_once(':'))
        {
            groups.push("system:serviceaccounts".to_owned());
            groups.push(format!("system:serviceaccounts:{namespace}"));
        }
        groups.push("system:authenticated".into());
        Self {
            name: name.to_owned(),
            groups,
        }
    }

    pub(super) fn is_admin(&self) -> bool {
        self.groups.iter().any(|group| group == MASTERS)
    }
}

/// The UID of a ServiceAccount that is there.
fn account_uid(store: &Store, namespace: &str, name: &str) -> Option<String> {
    let account: &Value = store.get(&Key::of("serviceaccounts", namespace, name))?;
    Some(text(account, "/metadata/uid").to_owned())
}
