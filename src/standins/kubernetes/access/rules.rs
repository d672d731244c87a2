//! Whether the rules that a user has allow a request.

use serde_json::Value;

use super::super::paths::{list, text};
use super::super::store::Key;
use super::{User, Visible};

/// What someone wants to do. Without a namespace it is about the whole cluster.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Ask {
    pub(in super::super) verb: String,
    pub(in super::super) group: String,
    pub(in super::super) resource: String,
    pub(in super::super) subresource: String,
    pub(in super::super) namespace: String,
    pub(in super::super) name: String,
    /// A path that is no resource.
    pub(in super::super) path: String,
}

pub(super) fn has(rule: &Value, field: &str, wanted: &str) -> bool {
    list(rule, field)
        .iter()
        .any(|one| one == "*" || one == wanted)
}

fn rule_allows(rule: &Value, ask: &Ask) -> bool {
    if !has(rule, "/verbs", &ask.verb) {
        return false;
    }
    if !ask.path.is_empty() {
        return list(rule, "/nonResourceURLs")
            .iter()
            .filter_map(Value::as_str)
            .any(|one| match one.strip_suffix('*') {
                Some(start) => ask.path.starts_with(start),
                None => ask.path == one,
            });
    }
    let resource = if ask.subresource.is_empty() {
        ask.resource.clone()
    } else {
        format!("{}/{}", ask.resource, ask.subresource)
    };
    let any = format!("*/{}", ask.subresource);
    let names = list(rule, "/resourceNames");
    has(rule, "/apiGroups", &ask.group)
        && (has(rule, "/resources", &resource)
            || (!ask.subresource.is_empty() && has(rule, "/resources", &any)))
        && (names.is_empty() || names.iter().any(|name| *name == ask.name.as_str()))
}

fn is_bound(binding: &Value, user: &User) -> bool {
    list(binding, "/subjects").iter().any(|subject| {
        let name = text(subject, "/name");
        match text(subject, "/kind") {
            "User" => name == user.name,
            "Group" => user.groups.iter().any(|group| group == name),
            "ServiceAccount" => {
                let namespace = match text(subject, "/namespace") {
                    "" => text(binding, "/metadata/namespace"),
                    given => given,
                };
                user.name == format!("system:serviceaccount:{namespace}:{name}")
            }
            _ => false,
        }
    })
}

/// The role a binding refers to.
pub(super) fn role_key(binding: &Value) -> Key {
    let (kind, name) = (
        text(binding, "/roleRef/kind"),
        text(binding, "/roleRef/name"),
    );
    if kind == "ClusterRole" {
        Key::of("clusterroles", "", name)
    } else {
        Key::of("roles", text(binding, "/metadata/namespace"), name)
    }
}

/// The rules that a user has in a namespace, the cluster-wide ones among them.
pub(super) fn rules_of<'a>(
    visible: &'a Visible,
    user: &User,
    namespace: &'a str,
) -> Vec<&'a Value> {
    let cluster = visible.of_kind("clusterrolebindings", "");
    let local = visible
        .of_kind("rolebindings", namespace)
        .filter(|_| !namespace.is_empty());
    cluster
        .chain(local)
        .filter(|binding| is_bound(binding, user))
        .filter_map(|binding| visible.get(&role_key(binding)))
        .flat_map(|role| list(role, "/rules"))
        .collect()
}

/// What everyone may do whose credentials were right: look around and ask about themselves.
fn is_everyones(ask: &Ask) -> bool {
    const OPEN: [&str; 6] = [
        "/api", "/apis", "/version", "/healthz", "/openapi", "/livez",
    ];
    let open = OPEN
        .iter()
        .chain(&["/readyz"])
        .any(|start| ask.path == *start || ask.path.starts_with(&format!("{start}/")));
    (open && ask.verb == "get")
        || (ask.group == "authorization.k8s.io"
            && ask.resource == "selfsubjectaccessreviews"
            && ask.verb == "create")
}

/// Whether `user` may do what is asked.
pub(in super::super) fn allows(visible: &Visible, user: &User, ask: &Ask) -> bool {
    user.is_admin()
        || is_everyones(ask)
        || rules_of(visible, user, &ask.namespace)
            .iter()
            .any(|rule| rule_allows(rule, ask))
}
