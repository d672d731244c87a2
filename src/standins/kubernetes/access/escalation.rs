//! Nobody grants what they do not have, unless `bind` or `escalate` lets them.

use serde_json::Value;

use super::super::kinds;
use super::super::paths::{list, text};
use super::super::refusal::Refusal;
use super::super::store::{Key, Store};
use super::rules::{has, role_key, rules_of};
use super::{Ask, RBAC, User, allows};

/// Called before a role or a binding is stored.
pub(in super::super) fn check_grant(
    store: &Store,
    user: &User,
    key: &Key,
    new: &Value,
    old: Option<&Value>,
) -> Result<(), Refusal> {
    if key.kind.group != RBAC || user.is_admin() {
        return Ok(());
    }
    let may = |verb: &str, role: &Key| {
        let ask = Ask {
            verb: verb.into(),
            group: RBAC.into(),
            resource: role.kind.plural.into(),
            namespace: key.namespace.clone(),
            name: role.name.clone(),
            ..Ask::default()
        };
        allows(&store.rights, user, &ask)
    };
    let role: Value = match key.kind.plural {
        "roles" | "clusterroles" => {
            let same = old.is_some_and(|old| old.get("rules") == new.get("rules"));
            if same || may("escalate", key) {
                return Ok(());
            }
            new.clone()
        }
        _ => {
            let same = old.is_some_and(|old| {
                old.get("roleRef") == new.get("roleRef")
                    && old.get("subjects") == new.get("subjects")
            });
            let role = role_key(new);
            if same || may("bind", &role) {
                return Ok(());
            }
            let found = store.get(&role).map(|role| Value::clone(role));
            found.ok_or_else(|| Refusal::not_found(role.kind, &role.name))?
        }
    };
    let held = rules_of(&store.rights, user, &key.namespace);
    let missing: Vec<String> = list(&role, "/rules")
        .iter()
        .filter(|rule| !covered(rule, &held))
        .map(describe)
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let why = format!(
        "user \"{}\" (groups={}) is attempting to grant RBAC permissions not currently held:\n{}",
        user.name,
        quoted(user.groups.iter().map(String::as_str)),
        missing.join("\n")
    );
    Err(Refusal::forbidden(
        kinds::known(key.kind.plural),
        &key.name,
        &why,
    ))
}

/// Whether every single thing that a rule allows is allowed by one of `held`.
fn covered(rule: &Value, held: &[&Value]) -> bool {
    let all =
        |field: &str| -> Vec<&str> { list(rule, field).iter().filter_map(Value::as_str).collect() };
    let names = all("/resourceNames");
    let fits = |one: &&Value, verb: &str, group: &str, resource: &str| {
        let own = list(one, "/resourceNames");
        has(one, "/verbs", verb)
            && has(one, "/apiGroups", group)
            && has(one, "/resources", resource)
            && (own.is_empty()
                || (!names.is_empty() && names.iter().all(|name| own.iter().any(|o| o == name))))
    };
    let paths = all("/nonResourceURLs");
    let resources_covered = all("/apiGroups").iter().all(|group| {
        all("/resources").iter().all(|resource| {
            all("/verbs")
                .iter()
                .all(|verb| held.iter().any(|one| fits(one, verb, group, resource)))
        })
    });
    let paths_covered = paths.iter().all(|path| {
        all("/verbs").iter().all(|verb| {
            held.iter()
                .any(|one| has(one, "/verbs", verb) && has(one, "/nonResourceURLs", path))
        })
    });
    resources_covered && paths_covered
}

fn quoted<'a>(all: impl Iterator<Item = &'a str>) -> String {
    let all: Vec<String> = all.map(|one| format!("\"{one}\"")).collect();
    format!("[{}]", all.join(" "))
}

fn describe(rule: &Value) -> String {
    let fields = [
        ("APIGroups", "/apiGroups"),
        ("Resources", "/resources"),
        ("ResourceNames", "/resourceNames"),
        ("NonResourceURLs", "/nonResourceURLs"),
        ("Verbs", "/verbs"),
    ];
    let parts: Vec<String> = fields
        .iter()
        .filter(|(_, place)| !list(rule, place).is_empty())
        .map(|(name, place)| {
            let values = list(rule, place).iter().map(|value| text(value, ""));
            format!("{name}:{}", quoted(values))
        })
        .collect();
    format!("{{{}}}", parts.join(", "))
}
