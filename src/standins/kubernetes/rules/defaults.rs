//! The defaults a real server fills in, so that what is read back differs from what was written in the same places.

use base64::Engine;
use serde_json::{Map, Value, json};

use super::super::kinds::Kind;
use super::super::paths::{entries, fill, object_at, text};

pub(in super::super) fn fill_defaults(kind: &Kind, object: &mut Value) {
    match kind.plural {
        "namespaces" => namespace(object),
        "pods" => pod_spec(object_at(object, &["spec"])),
        "deployments" => deployment(object_at(object, &["spec"])),
        "replicasets" => {
            let spec = object_at(object, &["spec"]);
            fill(spec, "replicas", 1);
            pod_template(spec);
        }
        "statefulsets" => stateful_set(object_at(object, &["spec"])),
        "cronjobs" => cron_job(object_at(object, &["spec"])),
        "jobs" => job(object_at(object, &["spec"])),
        "services" => service(object_at(object, &["spec"])),
        "secrets" => secret(object),
        "persistentvolumeclaims" => fill(object_at(object, &["spec"]), "volumeMode", "Filesystem"),
        "networkpolicies" => network_policy(object_at(object, &["spec"])),
        "limitranges" => limit_range(object),
        "rolebindings" | "clusterrolebindings" => role_binding(object),
        "storageclasses" => {
            let class = object_at(object, &[]);
            fill(class, "reclaimPolicy", "Delete");
            fill(class, "volumeBindingMode", "Immediate");
        }
        _ => {}
    }
}

fn namespace(object: &mut Value) {
    let name = text(object, "/metadata/name").to_owned();
    object_at(object, &["metadata", "labels"])
        .insert("kubernetes.io/metadata.name".into(), name.into());
}

fn deployment(spec: &mut Map<String, Value>) {
    fill(spec, "replicas", 1);
    fill(spec, "revisionHistoryLimit", 10);
    fill(spec, "progressDeadlineSeconds", 600);
    fill(spec, "strategy", json!({}));
    if let Some(strategy) = spec.get_mut("strategy").and_then(Value::as_object_mut) {
        fill(strategy, "type", "RollingUpdate");
        if strategy.get("type").and_then(Value::as_str) == Some("RollingUpdate") {
            fill(strategy, "rollingUpdate", json!({}));
            if let Some(rolling) = strategy
                .get_mut("rollingUpdate")
                .and_then(Value::as_object_mut)
            {
                fill(rolling, "maxSurge", "25%");
                fill(rolling, "maxUnavailable", "25%");
            }
        }
    }
    pod_template(spec);
}

fn stateful_set(spec: &mut Map<String, Value>) {
    fill(spec, "replicas", 1);
    fill(spec, "podManagementPolicy", "OrderedReady");
    fill(spec, "revisionHistoryLimit", 10);
    fill(
        spec,
        "updateStrategy",
        json!({ "type": "RollingUpdate", "rollingUpdate": { "partition": 0 } }),
    );
    let retention = json!({ "whenDeleted": "Retain", "whenScaled": "Retain" });
    fill(spec, "persistentVolumeClaimRetentionPolicy", retention);
    pod_template(spec);
}

fn cron_job(spec: &mut Map<String, Value>) {
    fill(spec, "concurrencyPolicy", "Allow");
    fill(spec, "suspend", false);
    fill(spec, "successfulJobsHistoryLimit", 3);
    fill(spec, "failedJobsHistoryLimit", 1);
    let template = spec
        .get_mut("jobTemplate")
        .and_then(|template| template.get_mut("spec"))
        .and_then(Value::as_object_mut);
    if let Some(template) = template {
        pod_template(template);
    }
}

fn job(spec: &mut Map<String, Value>) {
    fill(spec, "completions", 1);
    fill(spec, "parallelism", 1);
    fill(spec, "backoffLimit", 6);
    fill(spec, "completionMode", "NonIndexed");
    fill(spec, "suspend", false);
    fill(spec, "manualSelector", false);
    fill(spec, "podReplacementPolicy", "TerminatingOrFailed");
    pod_template(spec);
}

fn pod_template(spec: &mut Map<String, Value>) {
    if let Some(template) = spec
        .get_mut("template")
        .filter(|template| template.is_object())
    {
        pod_spec(object_at(template, &["spec"]));
    }
}

fn pod_spec(spec: &mut Map<String, Value>) {
    fill(spec, "restartPolicy", "Always");
    fill(spec, "dnsPolicy", "ClusterFirst");
    fill(spec, "schedulerName", "default-scheduler");
    fill(spec, "terminationGracePeriodSeconds", 30);
    fill(spec, "securityContext", json!({}));
    if let Some(account) = spec.get("serviceAccountName").cloned() {
        fill(spec, "serviceAccount", account);
    }
    for field in ["initContainers", "containers"] {
        for container in spec
            .get_mut(field)
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
        {
            container_defaults(object_at(container, &[]));
        }
    }
    for volume in spec
        .get_mut("volumes")
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
    {
        for (source, mode) in [("secret", "defaultMode"), ("configMap", "defaultMode")] {
            if let Some(source) = volume.get_mut(source).and_then(Value::as_object_mut) {
                fill(source, mode, 0o644);
            }
        }
    }
}

fn container_defaults(container: &mut Map<String, Value>) {
    let image = container.get("image").and_then(Value::as_str).unwrap_or("");
    let name = image.rsplit('/').next().unwrap_or("");
    let floating = !image.contains('@') && (!name.contains(':') || name.ends_with(":latest"));
    fill(
        container,
        "imagePullPolicy",
        if floating { "Always" } else { "IfNotPresent" },
    );
    fill(container, "terminationMessagePath", "/dev/termination-log");
    fill(container, "terminationMessagePolicy", "File");
    fill(container, "resources", json!({}));
    if let Some(resources) = container
        .get_mut("resources")
        .and_then(Value::as_object_mut)
        && let Some(limits) = resources.get("limits").and_then(Value::as_object).cloned()
    {
        fill(resources, "requests", json!({}));
        if let Some(requests) = resources.get_mut("requests").and_then(Value::as_object_mut) {
            limits
                .into_iter()
                .for_each(|(resource, limit)| fill(requests, &resource, limit));
        }
    }
    for port in container
        .get_mut("ports")
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
    {
        fill(object_at(port, &[]), "protocol", "TCP");
    }
    for probe in ["livenessProbe", "readinessProbe", "startupProbe"] {
        let Some(probe) = container.get_mut(probe).and_then(Value::as_object_mut) else {
            continue;
        };
        fill(probe, "timeoutSeconds", 1);
        fill(probe, "periodSeconds", 10);
        fill(probe, "successThreshold", 1);
        fill(probe, "failureThreshold", 3);
        if let Some(get) = probe.get_mut("httpGet").and_then(Value::as_object_mut) {
            fill(get, "path", "/");
            fill(get, "scheme", "HTTP");
        }
    }
    for variable in container
        .get_mut("env")
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
    {
        if let Some(field) = variable
            .pointer_mut("/valueFrom/fieldRef")
            .and_then(Value::as_object_mut)
        {
            fill(field, "apiVersion", "v1");
        }
    }
}

fn service(spec: &mut Map<String, Value>) {
    fill(spec, "type", "ClusterIP");
    fill(spec, "sessionAffinity", "None");
    if spec.get("type").and_then(Value::as_str) != Some("ExternalName") {
        fill(spec, "internalTrafficPolicy", "Cluster");
        fill(spec, "ipFamilies", json!(["IPv4"]));
        fill(spec, "ipFamilyPolicy", "SingleStack");
    }
    for port in spec
        .get_mut("ports")
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
    {
        let port = object_at(port, &[]);
        fill(port, "protocol", "TCP");
        if let Some(number) = port.get("port").cloned() {
            fill(port, "targetPort", number);
        }
    }
}

/// `stringData` is write-only: it ends up in `data`.
fn secret(object: &mut Value) {
    fill(object_at(object, &[]), "type", "Opaque");
    let given = object_at(object, &[]).remove("stringData");
    if let Some(Value::Object(given)) = given {
        let data = object_at(object, &["data"]);
        for (key, value) in given {
            let bytes = value.as_str().unwrap_or("").as_bytes().to_vec();
            data.insert(
                key,
                base64::engine::general_purpose::STANDARD
                    .encode(bytes)
                    .into(),
            );
        }
    }
}

fn network_policy(spec: &mut Map<String, Value>) {
    if !spec.contains_key("policyTypes") {
        let mut types = vec!["Ingress"];
        if spec.contains_key("egress") {
            types.push("Egress");
        }
        spec.insert("policyTypes".into(), json!(types));
    }
    for direction in ["ingress", "egress"] {
        for rule in spec
            .get_mut(direction)
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
        {
            for port in rule
                .get_mut("ports")
                .and_then(Value::as_array_mut)
                .into_iter()
                .flatten()
            {
                fill(object_at(port, &[]), "protocol", "TCP");
            }
        }
    }
}

fn limit_range(object: &mut Value) {
    let limits = object
        .pointer_mut("/spec/limits")
        .and_then(Value::as_array_mut);
    for limit in limits.into_iter().flatten() {
        if text(limit, "/type") != "Container" {
            continue;
        }
        let max = entries(limit, "/max").cloned().unwrap_or_default();
        let min = entries(limit, "/min").cloned().unwrap_or_default();
        let limit = object_at(limit, &[]);
        for (field, from) in [("default", max), ("defaultRequest", min)] {
            if !from.is_empty() {
                fill(limit, field, json!({}));
            }
            if let Some(amounts) = limit.get_mut(field).and_then(Value::as_object_mut) {
                from.into_iter()
                    .for_each(|(resource, amount)| fill(amounts, &resource, amount));
            }
        }
        let default = limit
            .get("default")
            .and_then(Value::as_object)
            .cloned()
            .unwrap_or_default();
        if !default.is_empty() {
            fill(limit, "defaultRequest", json!({}));
        }
        if let Some(requests) = limit
            .get_mut("defaultRequest")
            .and_then(Value::as_object_mut)
        {
            default
                .into_iter()
                .for_each(|(resource, amount)| fill(requests, &resource, amount));
        }
    }
}

fn role_binding(object: &mut Value) {
    if let Some(role) = object.get_mut("roleRef").and_then(Value::as_object_mut) {
        fill(role, "apiGroup", "rbac.authorization.k8s.io");
    }
    for subject in object
        .get_mut("subjects")
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
    {
        let subject = object_at(subject, &[]);
        if subject.get("kind").and_then(Value::as_str) != Some("ServiceAccount") {
            fill(subject, "apiGroup", "rbac.authorization.k8s.io");
        }
    }
}
