//! What a fresh cluster holds before anyone writes to it.

use anyhow::{Result, anyhow};
use serde_json::{Value, json};

use super::controllers::conditions;
use super::kinds;
use super::paths::now;
use super::refusal::Refusal;
use super::store::{Key, Store};
use super::writes::{self, Terms};

const NODES: usize = 3;

/// A random bearer token.
pub(super) fn token() -> Result<String> {
    let mut bytes = [0_u8; 24];
    getrandom::fill(&mut bytes).map_err(|error| anyhow!("no randomness for a token: {error}"))?;
    Ok(hex::encode(bytes))
}

/// Namespaces, nodes, a storage class and the roles everyone expects.
pub(super) fn store() -> Result<Store> {
    let mut store = Store::default();
    fill(&mut store)
        .map_err(|refusal| anyhow!("the first objects were refused: {}", refusal.message))?;
    Ok(store)
}

fn fill(store: &mut Store) -> Result<(), Refusal> {
    let mut make = |plural: &str, namespace: &str, object: Value| {
        let terms = Terms::internal("kube-apiserver", "");
        writes::create(store, kinds::known(plural), namespace, object, &terms).map(drop)
    };
    for name in ["default", "kube-system", "kube-public", "kube-node-lease"] {
        make("namespaces", "", json!({ "metadata": { "name": name } }))?;
    }
    let service = json!({
        "metadata": { "name": "kubernetes", "labels": { "component": "apiserver", "provider": "kubernetes" } },
        "spec": { "clusterIP": "10.96.0.1", "ports": [{ "name": "https", "port": 443, "targetPort": 6443 }] },
    });
    make("services", "default", service)?;
    let default = json!({ "storageclass.kubernetes.io/is-default-class": "true" });
    let class = json!({
        "metadata": { "name": "standard", "annotations": default },
        "provisioner": "standin.local/volumes",
        "allowVolumeExpansion": true,
    });
    make("storageclasses", "", class)?;
    let ingress_class = json!({ "metadata": { "name": "traefik" }, "spec": { "controller": "traefik.io/ingress-controller" } });
    make("ingressclasses", "", ingress_class)?;
    let everything = json!([{ "apiGroups": ["*"], "resources": ["*"], "verbs": ["*"] }]);
    for name in ["cluster-admin", "admin", "edit"] {
        make(
            "clusterroles",
            "",
            json!({ "metadata": { "name": name }, "rules": everything }),
        )?;
    }
    let masters = json!({
        "metadata": { "name": "cluster-admin" },
        "roleRef": { "kind": "ClusterRole", "name": "cluster-admin" },
        "subjects": [{ "kind": "Group", "name": "system:masters" }],
    });
    make("clusterrolebindings", "", masters)?;
    let reading =
        json!([{ "apiGroups": ["*"], "resources": ["*"], "verbs": ["get", "list", "watch"] }]);
    make(
        "clusterroles",
        "",
        json!({ "metadata": { "name": "view" }, "rules": reading }),
    )?;
    for number in 0..NODES {
        node(store, number)?;
    }
    Ok(())
}

fn node(store: &mut Store, number: usize) -> Result<(), Refusal> {
    let name = format!("node-{number}");
    let labels = json!({
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        "node-role.kubernetes.io/worker": "",
    });
    let spec = json!({ "podCIDR": format!("10.244.{number}.0/24"), "providerID": format!("standin://{name}") });
    let body = json!({ "metadata": { "name": name, "labels": labels }, "spec": spec });
    writes::create(
        store,
        kinds::known("nodes"),
        "",
        body,
        &Terms::internal("kubelet", ""),
    )?;
    let amounts =
        json!({ "cpu": "32", "memory": "128Gi", "ephemeral-storage": "500Gi", "pods": "500" });
    let mut list = Vec::new();
    for (kind, status, reason, message) in [
        (
            "MemoryPressure",
            "False",
            "KubeletHasSufficientMemory",
            "kubelet has sufficient memory available",
        ),
        (
            "DiskPressure",
            "False",
            "KubeletHasNoDiskPressure",
            "kubelet has no disk pressure",
        ),
        (
            "PIDPressure",
            "False",
            "KubeletHasSufficientPID",
            "kubelet has sufficient PID available",
        ),
        (
            "Ready",
            "True",
            "KubeletReady",
            "kubelet is posting ready status",
        ),
    ] {
        conditions::set(&mut list, kind, status, reason, message);
    }
    list.iter_mut()
        .for_each(|condition| condition["lastHeartbeatTime"] = now().into());
    let status = json!({
        "capacity": amounts,
        "allocatable": amounts,
        "addresses": [
            { "type": "InternalIP", "address": format!("10.0.0.{}", number + 10) },
            { "type": "Hostname", "address": name },
        ],
        "conditions": list,
        "nodeInfo": {
            "architecture": "amd64",
            "bootID": "",
            "containerRuntimeVersion": "standin://1.0",
            "kernelVersion": "6.12.0",
            "kubeProxyVersion": "",
            "kubeletVersion": "v1.34.0+standin",
            "machineID": name,
            "operatingSystem": "linux",
            "osImage": "Simulated Linux",
            "systemUUID": name,
        },
    });
    writes::set_status(store, &Key::of("nodes", "", &name), status, "kubelet");
    Ok(())
}
