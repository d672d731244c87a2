//! Volume claims: bound after a moment, grown on request, and kept while a pod uses them.

use serde_json::{Value, json};

use super::super::kinds;
use super::super::paths::{is_deleting, list, text};
use super::super::rules::quantity;
use super::super::store::{Key, Store, reference};
use super::super::writes::{self, Terms};
use super::{Controllers, events, garbage};

const MANAGER: &str = "kube-controller-manager";
const PROTECTION: &str = "kubernetes.io/pvc-protection";

/// The claims a pod mounts.
pub(super) fn claims_of(pod_key: &Key, pod: &Value) -> Vec<Key> {
    list(pod, "/spec/volumes")
        .iter()
        .map(|volume| text(volume, "/persistentVolumeClaim/claimName"))
        .filter(|claim| !claim.is_empty())
        .map(|claim| Key::of("persistentvolumeclaims", &pod_key.namespace, claim))
        .collect()
}

fn in_use(store: &Store, claim: &Key) -> bool {
    store.of("pods", &claim.namespace).any(|(key, pod)| {
        !matches!(text(pod, "/status/phase"), "Succeeded" | "Failed")
            && claims_of(key, pod).contains(claim)
    })
}

pub(super) fn reconcile(
    controllers: &mut Controllers,
    store: &mut Store,
    key: &Key,
    claim: &Value,
) {
    if is_deleting(claim) {
        if list(claim, "/metadata/finalizers").contains(&json!(PROTECTION)) && !in_use(store, key) {
            let volume = Key::of("persistentvolumes", "", text(claim, "/spec/volumeName"));
            garbage::release(store, key, PROTECTION);
            if store.get(key).is_none() && store.get(&volume).is_some() {
                store.remove(&volume);
            }
        }
        return;
    }
    if text(claim, "/status/phase") == "Bound" {
        grow(controllers, store, key, claim);
        return;
    }
    let class = Key::of("storageclasses", "", text(claim, "/spec/storageClassName"));
    if store.get(&class).is_none() {
        if controllers.has_been(key, "no class", controllers.start) {
            let message = format!("storageclass.storage.k8s.io {:?} not found", class.name);
            events::warning(store, key, &events::VOLUMES, "ProvisioningFailed", &message);
        }
        return;
    }
    if controllers.has_been(key, "binding", controllers.start / 10) {
        bind(store, key, claim, &class.name);
    }
}

fn bind(store: &mut Store, key: &Key, claim: &Value, class: &str) {
    let name = format!("pvc-{}", text(claim, "/metadata/uid"));
    let mut claim_reference = reference(key, claim);
    claim_reference["namespace"] = key.namespace.clone().into();
    let size = claim
        .pointer("/spec/resources/requests/storage")
        .cloned()
        .unwrap_or_else(|| json!("1Gi"));
    let volume = json!({
        "metadata": { "name": name },
        "spec": {
            "accessModes": claim["spec"]["accessModes"],
            "capacity": { "storage": size },
            "claimRef": claim_reference,
            "csi": { "driver": "standin.local/volumes", "volumeHandle": name },
            "persistentVolumeReclaimPolicy": "Delete",
            "storageClassName": class,
            "volumeMode": "Filesystem",
        },
    });
    let terms = Terms::internal(MANAGER, "");
    if writes::create(store, kinds::known("persistentvolumes"), "", volume, &terms).is_ok() {
        let volume = Key::of("persistentvolumes", "", &name);
        writes::set_status(store, &volume, json!({ "phase": "Bound" }), MANAGER);
    }
    let mut bound = claim.clone();
    bound["spec"]["volumeName"] = name.clone().into();
    if writes::update(store, key, bound, &terms).is_err() {
        return;
    }
    let status = json!({
        "phase": "Bound",
        "accessModes": claim["spec"]["accessModes"],
        "capacity": { "storage": size },
    });
    writes::set_status(store, key, status, MANAGER);
    let message = format!("Successfully provisioned volume {name}");
    events::normal(
        store,
        key,
        &events::VOLUMES,
        "ProvisioningSucceeded",
        &message,
    );
}

fn grow(controllers: &mut Controllers, store: &mut Store, key: &Key, claim: &Value) {
    let asked = text(claim, "/spec/resources/requests/storage");
    let has = text(claim, "/status/capacity/storage");
    if quantity::parse(asked) <= quantity::parse(has) || !store.settings.volumes_grow {
        return;
    }
    if controllers.has_been(key, &format!("growing to {asked}"), controllers.start / 10) {
        let mut status = claim["status"].clone();
        status["capacity"]["storage"] = asked.into();
        writes::set_status(store, key, status, MANAGER);
        let message = "MountVolume.NodeExpandVolume succeeded";
        events::normal(
            store,
            key,
            &events::VOLUMES,
            "FileSystemResizeSuccessful",
            message,
        );
    }
}
