//! Pod Security admission: the levels that the labels of a namespace ask for, checked on pods and on pod templates
//! where a real server checks them.

mod policy;

use serde_json::Value;

use self::policy::{Mode, Standard};
pub(super) use self::policy::{label_errors, loosened_or_same};
use super::kinds;
use super::store::Store;
use crate::pod_security::{self, Violation, describe};

/// What a namespace has to say about an object.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Verdict {
    /// Why the object is refused.
    pub(super) refusal: Option<String>,
    pub(super) warnings: Vec<String>,
}

/// The pod inside an object of this kind: itself, or what its template describes.
fn pod_of<'a>(plural: &str, object: &'a Value) -> Option<&'a Value> {
    match plural {
        "pods" => Some(object),
        "deployments" | "replicasets" | "statefulsets" | "jobs" => object.pointer("/spec/template"),
        "cronjobs" => object.pointer("/spec/jobTemplate/spec/template"),
        _ => None,
    }
}

/// Judges a pod, or the quiet way an object with a pod template: that is never refused.
pub(super) fn judge(namespace: &Value, plural: &str, object: &Value) -> Verdict {
    let Some(pod) = pod_of(plural, object) else {
        return Verdict::default();
    };
    if plural == "pods" {
        let standard = Standard::of(namespace, Mode::Enforce);
        let why = describe(&violations(&standard, pod));
        if !why.is_empty() {
            return Verdict {
                refusal: Some(format!("violates PodSecurity \"{standard}\": {why}")),
                warnings: Vec::new(),
            };
        }
    }
    let standard = Standard::of(namespace, Mode::Warn);
    let why = describe(&violations(&standard, pod));
    let warning =
        (!why.is_empty()).then(|| format!("would violate PodSecurity \"{standard}\": {why}"));
    Verdict {
        refusal: None,
        warnings: warning.into_iter().collect(),
    }
}

/// What is said when a namespace becomes stricter than the pods that run in it.
pub(super) fn left_behind(store: &Store, name: &str, namespace: &Value) -> Vec<String> {
    let standard = Standard::of(namespace, Mode::Enforce);
    let mut found: Vec<(String, Vec<String>)> = Vec::new();
    for (key, pod) in store.list(kinds::known("pods"), Some(name)) {
        let reasons: Vec<String> = violations(&standard, pod)
            .into_iter()
            .map(|violation| violation.reason)
            .collect();
        if reasons.is_empty() {
            continue;
        }
        let why = reasons.join(", ");
        match found.iter_mut().find(|(same, _)| *same == why) {
            Some((_, pods)) => pods.push(key.name.clone()),
            None => found.push((why, vec![key.name.clone()])),
        }
    }
    if found.is_empty() {
        return Vec::new();
    }
    let mut warnings = vec![format!(
        "existing pods in namespace \"{name}\" violate the new PodSecurity enforce level \"{standard}\""
    )];
    warnings.extend(found.into_iter().map(|(why, pods)| match pods.as_slice() {
        [one] => format!("{one}: {why}"),
        [one, _] => format!("{one} (and 1 other pod): {why}"),
        all => format!("{} (and {} other pods): {why}", all[0], all.len() - 1),
    }));
    warnings
}

fn violations(standard: &Standard, pod: &Value) -> Vec<Violation> {
    pod_security::violations(standard.level, standard.version, pod)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn namespace(level: &str, version: &str) -> Value {
        json!({ "metadata": { "labels": {
            "pod-security.kubernetes.io/enforce": level,
            "pod-security.kubernetes.io/enforce-version": version,
            "pod-security.kubernetes.io/warn": level,
        }}})
    }

    fn good() -> Value {
        json!({ "spec": {
            "securityContext": { "runAsNonRoot": true, "seccompProfile": { "type": "RuntimeDefault" } },
            "containers": [{
                "name": "main",
                "securityContext": { "allowPrivilegeEscalation": false, "capabilities": { "drop": ["ALL"] } },
            }],
        }})
    }

    fn refusal(level: &str, version: &str, pod: &Value) -> String {
        judge(&namespace(level, version), "pods", pod)
            .refusal
            .unwrap_or_default()
    }

    #[test]
    fn a_careful_pod_passes_every_level() {
        for level in ["privileged", "baseline", "restricted"] {
            assert_eq!(
                judge(&namespace(level, "latest"), "pods", &good()),
                Verdict::default()
            );
        }
    }

    #[test]
    fn each_offence_of_the_baseline_is_named() {
        let offences = [
            (
                "/spec/hostNetwork",
                json!(true),
                "host namespaces (hostNetwork=true)",
            ),
            (
                "/spec/containers/0/securityContext/privileged",
                json!(true),
                "privileged (container \"main\" must not set securityContext.privileged=true)",
            ),
            (
                "/spec/containers/0/ports",
                json!([{ "containerPort": 80, "hostPort": 80 }]),
                "hostPort (container \"main\" uses hostPort 80)",
            ),
            (
                "/spec/containers/0/securityContext/procMount",
                json!("Unmasked"),
                "procMount (container \"main\" must not set securityContext.procMount to \"Unmasked\")",
            ),
            (
                "/spec/securityContext/sysctls",
                json!([{ "name": "kernel.msgmax", "value": "1" }]),
                "forbidden sysctls (kernel.msgmax)",
            ),
            (
                "/spec/securityContext/seLinuxOptions",
                json!({ "user": "x" }),
                "seLinuxOptions (pod set forbidden securityContext.seLinuxOptions: user may not be set)",
            ),
            (
                "/spec/volumes",
                json!([{ "name": "host", "hostPath": { "path": "/" } }]),
                "hostPath volumes (volume \"host\")",
            ),
            (
                "/spec/containers/0/securityContext/capabilities",
                json!({ "add": ["NET_ADMIN"] }),
                "non-default capabilities (container \"main\" must not include \"NET_ADMIN\" in securityContext.capabilities.add)",
            ),
            (
                "/spec/containers/0/livenessProbe",
                json!({ "httpGet": { "host": "a.example", "port": 80 } }),
                "probe or lifecycle host (container \"main\" uses probe or lifecycle host \"a.example\")",
            ),
        ];
        for (place, value, said) in offences {
            let mut pod = good();
            let (parent, field) = place.rsplit_once('/').unwrap();
            pod.pointer_mut(parent).unwrap()[field] = value;
            let why = refusal("baseline", "v1.34", &pod);
            assert_eq!(
                why,
                format!("violates PodSecurity \"baseline:v1.34\": {said}")
            );
        }
    }

    #[test]
    fn an_older_pin_knows_less() {
        let mut pod = good();
        pod["spec"]["containers"][0]["readinessProbe"] =
            json!({ "httpGet": { "host": "a.example", "port": 80 } });
        assert_eq!(refusal("restricted", "v1.33", &pod), "");
        assert!(refusal("restricted", "v1.34", &pod).contains("probe or lifecycle host"));
        assert!(
            refusal("restricted", "latest", &pod)
                .starts_with("violates PodSecurity \"restricted:latest\"")
        );
    }

    #[test]
    fn the_restricted_level_asks_for_four_things() {
        let pod = json!({ "spec": { "containers": [{ "name": "a" }], "initContainers": [{ "name": "b" }] } });
        assert_eq!(
            refusal("restricted", "v1.34", &pod),
            "violates PodSecurity \"restricted:v1.34\": allowPrivilegeEscalation != false (containers \"b\", \"a\" must \
             set securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (containers \"b\", \"a\" must \
             set securityContext.capabilities.drop=[\"ALL\"]), runAsNonRoot != true (pod or containers \"b\", \"a\" must \
             set securityContext.runAsNonRoot=true), seccompProfile (pod or containers \"b\", \"a\" must set \
             securityContext.seccompProfile.type to \"RuntimeDefault\" or \"Localhost\")"
        );
    }
}
