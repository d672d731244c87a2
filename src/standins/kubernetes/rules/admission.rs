//! Admission: the one place every write of an object passes with the whole cluster in view. It may change the new
//! object or refuse it; it writes nothing itself.

use serde_json::{Value, json};

use super::super::access::{self, User};
use super::super::kinds;
use super::super::paths::{entries, fill, is_deleting, object_at, text, truth};
use super::super::refusal::Refusal;
use super::super::security;
use super::super::store::{Key, Store};
use super::super::writes::Terms;
use super::policies::{self, Wish};
use super::{limits, quantity, quota};

/// Called before an object is created (`old` is none) or changed.
pub(in super::super) fn admit(
    store: &mut Store,
    key: &Key,
    new: &mut Value,
    old: Option<&Value>,
) -> Result<(), Refusal> {
    if old.is_none() && key.kind.namespaced {
        namespace_takes_objects(store, key)?;
    }
    match (key.kind.plural, old.is_some()) {
        ("pods", false) => pod(store, key, new)?,
        ("persistentvolumeclaims", false) => default_class(store, new),
        ("persistentvolumeclaims", true) => class_allows_growth(store, key, new, old)?,
        ("services", _) => service_address(store, new),
        _ => {}
    }
    if key.kind.namespaced && !key.kind.is("events") && old.is_none() {
        limits::limit(store, key, new)?;
    }
    Ok(())
}

/// Called with a valid object, before it is stored; gives the warnings that go with it.
pub(in super::super) fn check(
    store: &mut Store,
    key: &Key,
    new: &Value,
    old: Option<&Value>,
    terms: &Terms,
) -> Result<Vec<String>, Refusal> {
    if let Some(user) = &terms.user {
        let wish = Wish {
            user,
            operation: if old.is_some() { "UPDATE" } else { "CREATE" },
            key,
            subresource: terms.writer.subresource,
            new: Some(new),
            old,
            dry_run: terms.dry_run,
        };
        access::check_grant(store, user, key, new, old)?;
        policies::judge(store, &wish)?;
    }
    let warnings = pod_security(store, key, new, old, terms.writer.subresource)?;
    if key.kind.namespaced && !key.kind.is("events") {
        quota::charge(store, key, new, old, terms.dry_run)?;
    }
    Ok(warnings)
}

fn pod_security(
    store: &Store,
    key: &Key,
    new: &Value,
    old: Option<&Value>,
    subresource: &str,
) -> Result<Vec<String>, Refusal> {
    if !subresource.is_empty() {
        return Ok(Vec::new());
    }
    if key.kind.is("namespaces") {
        let errors = security::label_errors(new);
        if !errors.is_empty() {
            return Err(Refusal::invalid(key.kind, &key.name, &errors));
        }
        return Ok(match old {
            Some(old) if !security::loosened_or_same(old, new) => {
                security::left_behind(store, &key.name, new)
            }
            _ => Vec::new(),
        });
    }
    let same_pod = key.kind.is("pods") && old.is_some_and(|old| old["spec"] == new["spec"]);
    let namespace = store.get(&Key::of("namespaces", "", &key.namespace));
    let Some(namespace) = namespace.filter(|_| key.kind.namespaced && !same_pod) else {
        return Ok(Vec::new());
    };
    let verdict = security::judge(namespace, key.kind.plural, new);
    match verdict.refusal {
        Some(why) => Err(Refusal::forbidden(key.kind, &key.name, &why)),
        None => Ok(verdict.warnings),
    }
}

/// Called before an object is deleted; nobody deletes for the server itself.
pub(in super::super) fn admit_delete(
    store: &Store,
    key: &Key,
    old: &Value,
    user: Option<&User>,
    dry_run: bool,
) -> Result<(), Refusal> {
    if let Some(user) = user {
        let wish = Wish {
            user,
            operation: "DELETE",
            key,
            subresource: "",
            new: None,
            old: Some(old),
            dry_run,
        };
        policies::judge(store, &wish)?;
    }
    let kept = ["default", "kube-system", "kube-public", "kube-node-lease"];
    if key.kind.is("namespaces") && kept.contains(&key.name.as_str()) {
        return Err(Refusal::forbidden(
            key.kind,
            &key.name,
            "this namespace may not be deleted",
        ));
    }
    Ok(())
}

/// Called before a pod is evicted; the deletion that follows is not judged again.
pub(in super::super) fn admit_eviction(
    store: &Store,
    pod: &Key,
    eviction: &Value,
    user: &User,
    dry_run: bool,
) -> Result<(), Refusal> {
    let wish = Wish {
        user,
        operation: "CREATE",
        key: pod,
        subresource: "eviction",
        new: Some(eviction),
        old: None,
        dry_run,
    };
    policies::judge(store, &wish)
}

fn namespace_takes_objects(store: &Store, key: &Key) -> Result<(), Refusal> {
    match store.get(&Key::of("namespaces", "", &key.namespace)) {
        None => Err(Refusal::not_found(
            kinds::known("namespaces"),
            &key.namespace,
        )),
        Some(namespace) if is_deleting(namespace) => Err(Refusal::namespace_terminating(
            key.kind,
            &key.name,
            &key.namespace,
        )),
        Some(_) => Ok(()),
    }
}

fn pod(store: &Store, key: &Key, pod: &mut Value) -> Result<(), Refusal> {
    let spec = object_at(pod, &["spec"]);
    fill(spec, "serviceAccountName", "default");
    fill(spec, "serviceAccount", spec["serviceAccountName"].clone());
    fill(spec, "enableServiceLinks", true);
    fill(spec, "preemptionPolicy", "PreemptLowerPriority");
    fill(spec, "priority", 0);
    let tolerate = |taint: &str| json!({ "key": taint, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300 });
    let taints = [
        "node.kubernetes.io/not-ready",
        "node.kubernetes.io/unreachable",
    ];
    fill(spec, "tolerations", taints.map(tolerate).to_vec());
    let account = text(pod, "/spec/serviceAccountName");
    let account_key = Key::of("serviceaccounts", &key.namespace, account);
    if store.get(&account_key).is_none() {
        let why = format!(
            "error looking up service account {}/{account}: serviceaccount \"{account}\" not found",
            key.namespace
        );
        return Err(Refusal::forbidden(key.kind, &key.name, &why));
    }
    Ok(())
}

fn default_class(store: &Store, claim: &mut Value) {
    let spec = object_at(claim, &["spec"]);
    if spec.contains_key("storageClassName") {
        return;
    }
    let marked = "/metadata/annotations/storageclass.kubernetes.io~1is-default-class";
    let class = store
        .list(kinds::known("storageclasses"), None)
        .find(|(_, class)| text(class, marked) == "true")
        .map(|(key, _)| key.name.clone());
    if let Some(class) = class {
        spec.insert("storageClassName".into(), class.into());
    }
}

fn class_allows_growth(
    store: &Store,
    key: &Key,
    new: &Value,
    old: Option<&Value>,
) -> Result<(), Refusal> {
    let asked = |claim: Option<&Value>| {
        claim.and_then(|claim| quantity::parse(text(claim, "/spec/resources/requests/storage")))
    };
    if asked(Some(new)) <= asked(old) {
        return Ok(());
    }
    let class = Key::of("storageclasses", "", text(new, "/spec/storageClassName"));
    if store
        .get(&class)
        .is_some_and(|class| truth(class, "/allowVolumeExpansion"))
    {
        return Ok(());
    }
    let why = "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must \
               support resize";
    Err(Refusal::forbidden(key.kind, &key.name, why))
}

/// Gives a service its address and node ports.
fn service_address(store: &mut Store, service: &mut Value) {
    let kind = text(service, "/spec/type").to_owned();
    if kind == "ExternalName" {
        return;
    }
    if text(service, "/spec/clusterIP").is_empty() {
        let address = store.service_address();
        object_at(service, &["spec"]).insert("clusterIP".into(), address.into());
    }
    let address = text(service, "/spec/clusterIP").to_owned();
    fill(
        object_at(service, &["spec"]),
        "clusterIPs",
        json!([address]),
    );
    if !matches!(kind.as_str(), "NodePort" | "LoadBalancer") {
        return;
    }
    let mut taken: Vec<i64> = store
        .list(kinds::known("services"), None)
        .flat_map(|(_, other)| {
            other
                .pointer("/spec/ports")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
        })
        .filter_map(|port| port.get("nodePort").and_then(Value::as_i64))
        .collect();
    let ports = service
        .pointer_mut("/spec/ports")
        .and_then(Value::as_array_mut);
    for port in ports.into_iter().flatten() {
        if entries(port, "").is_some_and(|port| port.contains_key("nodePort")) {
            continue;
        }
        if let Some(free) = (30_000..32_768).find(|number| !taken.contains(number)) {
            taken.push(free);
            fill(object_at(port, &[]), "nodePort", free);
        }
    }
}
