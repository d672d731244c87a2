//! Everything that Pod Security `restricted` refuses, in every pod of every recipe, and what we ask of pods besides.

use super::*;

/// A pod's own lines, as every recipe's workloads have them.
const POD: &str = "      enableServiceLinks: false\n";
const SAFE: &str = "securityContext: {{ container_security }}";

/// What each pod-wide line is refused for.
const PODS: [(&str, &str); 14] = [
    ("hostNetwork: true", "host namespaces (hostNetwork=true)"),
    ("hostPID: true", "host namespaces (hostPID=true)"),
    ("hostIPC: true", "host namespaces (hostIPC=true)"),
    (
        "volumes: [{name: x, hostPath: {path: /}}]",
        "uses restricted volume type \"hostPath\"",
    ),
    (
        "volumes: [{name: x, nfs: {server: a, path: /}}]",
        "uses restricted volume type \"nfs\"",
    ),
    (
        "volumes: [{name: x, iscsi: {targetPortal: a, iqn: b, lun: 0}}]",
        "uses restricted volume type \"iscsi\"",
    ),
    (
        "securityContext: {runAsNonRoot: false, seccompProfile: {type: RuntimeDefault}}",
        "runAsNonRoot != true",
    ),
    (
        "securityContext: {seccompProfile: {type: RuntimeDefault}}",
        "runAsNonRoot != true",
    ),
    (
        "securityContext: {runAsNonRoot: true, runAsUser: 0, seccompProfile: {type: RuntimeDefault}}",
        "runAsUser=0",
    ),
    ("securityContext: {runAsNonRoot: true}", "seccompProfile"),
    (
        "securityContext: {runAsNonRoot: true, seccompProfile: {type: Unconfined}}",
        "seccompProfile",
    ),
    (
        "securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}, sysctls: [{name: kernel.msgmax, value: \"1\"}]}",
        "forbidden sysctls (kernel.msgmax)",
    ),
    (
        "securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}, windowsOptions: {hostProcess: true}}",
        "hostProcess",
    ),
    (
        "securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}, seLinuxOptions: {user: x}}",
        "seLinuxOptions",
    ),
];

/// What each way to treat a container is refused for.
const CONTAINERS: [(&str, &str); 11] = [
    (
        "securityContext: {capabilities: {drop: [ALL]}}",
        "allowPrivilegeEscalation != false",
    ),
    (
        "securityContext: {allowPrivilegeEscalation: true, capabilities: {drop: [ALL]}}",
        "allowPrivilegeEscalation != false",
    ),
    (
        "securityContext: {allowPrivilegeEscalation: false}",
        "unrestricted capabilities",
    ),
    (
        "securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [NET_RAW]}}",
        "unrestricted capabilities",
    ),
    (
        "securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL], add: [SYS_TIME]}}",
        "must not include \"SYS_TIME\"",
    ),
    (
        "securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}, privileged: true}",
        "privileged",
    ),
    (
        "securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}, procMount: Unmasked}",
        "procMount",
    ),
    (
        "securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}, runAsUser: 0}",
        "runAsUser=0",
    ),
    (
        "securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}, appArmorProfile: {type: Unconfined}}",
        "forbidden AppArmor profile",
    ),
    (
        "securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}, seLinuxOptions: {type: spc_t}}",
        "seLinuxOptions",
    ),
    (
        "securityContext: {{ container_security }}\n        lifecycle: {preStop: {tcpSocket: {host: a.example, port: 80}}}",
        "probe or lifecycle host",
    ),
];

/// Every file of every recipe that holds a pod.
fn pod_files() -> Vec<String> {
    let texts = shipped().into_iter();
    texts
        .filter(|(_, text)| text.contains(POD))
        .map(|(path, _)| path)
        .collect()
}

fn is_refused(path: &str, from: &str, to: &str, said: &str) {
    let found = with_change(path, from, to);
    let refusals: Vec<&String> = found
        .iter()
        .filter(|flaw| flaw.contains("Pod Security restricted refuses it"))
        .collect();
    assert!(
        refusals.len() == 1 && refusals[0].starts_with(path) && refusals[0].contains(said),
        "{path}: {to}\n{found:#?}"
    );
}

#[test]
fn what_restricted_refuses_of_a_pod_is_found_in_every_pod_of_every_recipe() {
    let files = pod_files();
    assert_eq!(files.len(), 11, "{files:?}");
    for path in &files {
        for (line, said) in PODS {
            let key = line.split(':').next().unwrap();
            let text = &shipped()[path];
            // A key stands once: what the recipe says there gives way.
            let own = text
                .lines()
                .find(|own| own.starts_with(&format!("      {key}:")));
            match own {
                Some(own) if key == "securityContext" => {
                    is_refused(path, own, &format!("      {line}"), said);
                }
                Some(own) if own.ends_with(']') => {
                    let more = line
                        .strip_prefix("volumes: [")
                        .unwrap()
                        .strip_suffix(']')
                        .unwrap();
                    let longer = own.replacen('[', &format!("[{more}, "), 1);
                    is_refused(path, own, &longer, said);
                }
                Some(own) => {
                    let more = line
                        .strip_prefix("volumes: [")
                        .unwrap()
                        .strip_suffix(']')
                        .unwrap();
                    is_refused(path, own, &format!("{own}\n      - {more}"), said);
                }
                None => is_refused(path, POD, &format!("{POD}      {line}\n"), said),
            }
        }
    }
}

#[test]
fn what_restricted_refuses_of_a_container_is_found_in_every_container_of_every_recipe() {
    for path in pod_files() {
        let text = &shipped()[&path];
        // Init containers and sidecars among them.
        for (at, _) in text.match_indices(SAFE) {
            for (line, said) in CONTAINERS {
                let mut texts = shipped_of(&path);
                let changed = format!("{}{line}{}", &text[..at], &text[at + SAFE.len()..]);
                texts.insert(path.clone(), changed);
                let found = flaws(&texts);
                assert!(
                    found.len() == 1 && found[0].starts_with(&path) && found[0].contains(said),
                    "{path}: {line}\n{found:#?}"
                );
            }
        }
    }
}

#[test]
fn ports_and_probes_of_the_host_are_refused() {
    is_refused(
        "ghost/20-app.yaml.j2",
        "containerPort: {{ ports.web }} }",
        "containerPort: {{ ports.web }}, hostPort: 80}",
        "hostPort (container \"ghost\" uses hostPort 80)",
    );
    is_refused(
        "ghost/20-app.yaml.j2",
        "readinessProbe: {httpGet: {path:",
        "readinessProbe: {httpGet: {host: a.example, path:",
        "probe or lifecycle host",
    );
}

#[test]
fn containers_for_looking_into_a_pod_are_none_of_a_template() {
    let found = with_change(
        "ghost/20-app.yaml.j2",
        POD,
        "      enableServiceLinks: false\n      ephemeralContainers: [{name: look, image: {{ images.app }}, securityContext: {privileged: true}}]\n",
    );
    let of = |part: &str| found.iter().any(|flaw| flaw.contains(part));
    assert!(of("is for looking into a pod that runs"), "{found:#?}");
    assert!(of("privileged (container \"look\""), "{found:#?}");
}

#[test]
fn what_we_ask_of_pods_besides_is_asked() {
    each_is_said(
        "ghost/20-app.yaml.j2",
        &[
            (
                POD,
                "",
                "ghost/20-app.yaml.j2, Deployment web .spec.template.spec.enableServiceLinks: is false: an app would read a Service's address as a setting of its own",
            ),
            (
                "automountServiceAccountToken: false",
                "automountServiceAccountToken: true",
                "ghost/20-app.yaml.j2, Deployment web .spec.template.spec.automountServiceAccountToken: is false: no app talks to the cluster",
            ),
            (
                "{name: tmp, emptyDir: {sizeLimit: 256Mi}}",
                "{name: tmp, emptyDir: {}}",
                "ghost/20-app.yaml.j2, Deployment web .spec.template.spec.volumes, tmp: an emptyDir states its sizeLimit",
            ),
            (
                "image: {{ images.app }}",
                "image: {{ images.app ~ \"-alpine\" }}",
                "ghost/20-app.yaml.j2, Deployment web .spec.template.spec.containers, ghost: its image is one of {{ images.… }}: only those can be pinned and mirrored",
            ),
            (
                "secretKeyRef: {name: app, key: db-password}",
                "secretKeyRef: {name: app, key: db-pass}",
                "ghost/20-app.yaml.j2, Deployment web .spec.template.spec.containers, ghost: secrets of service.yaml has no db-pass, or app is not the Secret app",
            ),
            (
                "containerPort: {{ ports.web }} }",
                "containerPort: 80 }",
                "ghost/20-app.yaml.j2, Deployment web .spec.template.spec.containers: no container has the port {{ ports.web }}, the only one that requests are let through to",
            ),
        ],
    );
    for (side, other) in [("requests", "limits"), ("limits", "requests")] {
        let found = with_change(
            "n8n/20-app.yaml.j2",
            "resources: {{ sidecars.runner.resources }}",
            &format!("resources: {{{other}: {{{{ sidecars.runner.resources.{other} }}}} }}"),
        );
        assert_eq!(
            found,
            [format!(
                "n8n/20-app.yaml.j2, Deployment web .spec.template.spec.containers, runner: resources.{side} states cpu, memory, ephemeral-storage"
            )]
        );
    }
}
