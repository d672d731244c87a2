//! What a pod's containers cannot start without: the Secrets and ConfigMaps they name.

use serde_json::Value;

use super::super::super::paths::{list, text, truth};
use super::super::super::store::{Key, Store};

/// Something a pod refers to is not there.
pub(super) enum Missing {
    /// A volume cannot be mounted: the pod stays where it is.
    Volume(String),
    /// An environment variable has no source.
    Reference(String),
}

pub(super) fn missing(store: &Store, key: &Key, pod: &Value) -> Option<Missing> {
    for volume in list(pod, "/spec/volumes") {
        for (source, plural, what, field) in [
            ("secret", "secrets", "secret", "secretName"),
            ("configMap", "configmaps", "configmap", "name"),
        ] {
            let name = text(volume, &format!("/{source}/{field}"));
            let optional = truth(volume, &format!("/{source}/optional"));
            if !name.is_empty()
                && !optional
                && store.get(&Key::of(plural, &key.namespace, name)).is_none()
            {
                let why = format!(
                    "MountVolume.SetUp failed for volume {:?} : {what} {name:?} not found",
                    text(volume, "/name")
                );
                return Some(Missing::Volume(why));
            }
        }
    }
    ["/spec/initContainers", "/spec/containers"]
        .iter()
        .flat_map(|field| list(pod, field))
        .find_map(|container| missing_source(store, key, container))
        .map(Missing::Reference)
}

fn missing_source(store: &Store, key: &Key, container: &Value) -> Option<String> {
    let kinds = [
        ("secret", "secrets", "Secret"),
        ("configMap", "configmaps", "ConfigMap"),
    ];
    for (short, plural, kind) in kinds {
        let not_found = |name: &str| format!("{} {name:?} not found", kind.to_lowercase());
        for source in list(container, "/envFrom") {
            let name = text(source, &format!("/{short}Ref/name"));
            let optional = truth(source, &format!("/{short}Ref/optional"));
            if !name.is_empty()
                && !optional
                && store.get(&Key::of(plural, &key.namespace, name)).is_none()
            {
                return Some(not_found(name));
            }
        }
        for variable in list(container, "/env") {
            let Some(source) = variable.pointer(&format!("/valueFrom/{short}KeyRef")) else {
                continue;
            };
            let (name, entry) = (text(source, "/name"), text(source, "/key"));
            if truth(source, "/optional") {
                continue;
            }
            match store.get(&Key::of(plural, &key.namespace, name)) {
                None => return Some(not_found(name)),
                Some(object) if object["data"].get(entry).is_none() => {
                    return Some(format!(
                        "couldn't find key {entry} in {kind} {}/{name}",
                        key.namespace
                    ));
                }
                Some(_) => {}
            }
        }
    }
    None
}
