//! Names that stand both in the code and in `deploy/` are the same.

use crate::support::deploy::{manifest, manifests};
use purser::{
    config::{Environment, Settings},
    kubernetes::{MANAGED_BY, RouteBy},
};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Settings as the Deployment hands them over: the ConfigMap, the Secrets of the README, and what it says of itself.
fn settings() -> Settings {
    let mut variables: BTreeMap<String, String> = data();
    let secrets = [
        ("DATABASE_URL", "postgres://purser@localhost/purser"),
        ("NATS_URL", "nats://localhost"),
        ("MASTER_KEY", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="),
        ("MIDTRANS_SERVER_KEY", "SB-Mid-server-deploy"),
    ];
    variables.extend(secrets.map(|(name, value)| (name.into(), value.into())));
    let deployment = manifest("Deployment", "purser");
    let pod = &deployment["spec"]["template"]["spec"];
    for variable in pod["containers"][0]["env"].as_array().unwrap() {
        let value = match variable["valueFrom"]["fieldRef"]["fieldPath"].as_str() {
            Some("spec.serviceAccountName") => &pod["serviceAccountName"],
            Some("metadata.namespace") => &deployment["metadata"]["namespace"],
            _ => &variable["value"],
        };
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        variables.insert(text(&variable["name"]), text(value));
    }
    Settings::read(Environment::new("", variables)).unwrap()
}

fn data() -> BTreeMap<String, String> {
    let settings = manifest("ConfigMap", "purser-settings");
    serde_json::from_value(settings["data"].clone()).unwrap()
}

#[test]
fn the_settings_are_complete_and_every_one_is_known() {
    let readme = include_str!("../../README.md");
    for name in data().keys() {
        assert!(readme.contains(&format!("`{name}`")), "{name}");
    }
    let settings = settings();
    assert_eq!(settings.listen.port(), 8_080);
    let deployment = manifest("Deployment", "purser");
    let container = &deployment["spec"]["template"]["spec"]["containers"][0];
    assert_eq!(
        container["ports"][0]["containerPort"],
        settings.listen.port()
    );
}

#[test]
fn a_pod_has_the_time_to_end_what_it_is_at() {
    let deployment = manifest("Deployment", "purser");
    let pod = &deployment["spec"]["template"]["spec"];
    let pause = &pod["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"];
    let [pause, grace] = [pause, &pod["terminationGracePeriodSeconds"]].map(Value::as_u64);
    let effect = settings().workers.attempt_ms.div_ceil(1_000);
    // Twice five seconds for leases and connections.
    assert!(grace.unwrap() > pause.unwrap() + effect + 10, "{pod}");
    assert!(pause.unwrap() > 0);
}

#[test]
fn no_route_leads_to_the_metrics() {
    let settings = settings();
    let metrics = settings.metrics_listen.unwrap();
    assert_ne!(metrics.port(), settings.listen.port());
    let deployment = manifest("Deployment", "purser");
    let ports = &deployment["spec"]["template"]["spec"]["containers"][0]["ports"];
    assert_eq!(
        ports[1],
        json!({"name": "metrics", "containerPort": metrics.port()})
    );
    let service = manifest("Service", "purser");
    assert_eq!(service["spec"]["ports"].as_array().unwrap().len(), 1);
    assert_eq!(service["spec"]["ports"][0]["targetPort"], "http");
    for route in ["ingress", "gateway"].into_iter().flat_map(manifests) {
        assert!(!route.to_string().contains("metrics"), "{route}");
    }
}

#[test]
fn purser_is_in_the_code_who_it_is_in_the_roles_and_the_policies() {
    let settings = settings().cluster_settings;
    let subject = json!([{
        "kind": "ServiceAccount",
        "name": settings.service_account,
        "namespace": settings.service_account_namespace,
    }]);
    for role in ["purser-provisioner", "purser-workers"] {
        let binding = manifest("ClusterRoleBinding", role);
        assert_eq!(binding["subjects"], subject);
        assert_eq!(binding["roleRef"]["name"], role);
    }
    let (account, namespace) = (settings.service_account, settings.service_account_namespace);
    let user =
        format!("request.userInfo.username == 'system:serviceaccount:{namespace}:{account}'");
    // Not `Deny`: that would deny everybody, and not Purser alone.
    let settings = json!({"name": "purser-settings", "namespace": namespace, "parameterNotFoundAction": "Allow"});
    let binds = |binding: &str, policy: &str, parameters: Option<&Value>| {
        let binding = manifest("ValidatingAdmissionPolicyBinding", binding);
        assert_eq!(binding["spec"]["policyName"], policy);
        assert_eq!(binding["spec"].get("paramRef"), parameters);
        assert_eq!(binding["spec"]["validationActions"], json!(["Deny"]));
    };
    for (policy, of_namespaces, has_parameters) in [
        ("purser-namespaces", true, true),
        ("purser-rolebindings", true, true),
        ("purser-evictions", true, true),
        ("purser-nodes", false, false),
        ("purser-services", false, false),
        ("purser-ingresses", false, false),
        ("purser-httproutes", false, false),
    ] {
        let stated = manifest("ValidatingAdmissionPolicy", policy);
        assert_eq!(stated["spec"]["failurePolicy"], "Fail");
        assert_eq!(stated["spec"]["matchConditions"][0]["expression"], user);
        let text = stated.to_string();
        let [label, value] = [MANAGED_BY.0, MANAGED_BY.1].map(|word| format!("'{word}'"));
        assert_eq!(
            text.contains(&label) && text.contains(&format!("== {value}")),
            of_namespaces,
            "{text}"
        );
        assert_eq!(stated["spec"]["paramKind"].is_object(), has_parameters);
        binds(policy, policy, has_parameters.then_some(&settings));
        if has_parameters {
            binds(&format!("{policy}-without-settings"), policy, None);
        }
    }
}

/// One that is bound to nothing judges nothing.
#[test]
fn every_policy_is_in_force() {
    let all = manifests("");
    let named = |kind: &str, pointer: &str| {
        let of_kind = all.iter().filter(|object| object["kind"] == kind);
        let names = of_kind.map(|object| object.pointer(pointer).unwrap().to_string());
        names.collect::<BTreeSet<_>>()
    };
    let policies = named("ValidatingAdmissionPolicy", "/metadata/name");
    assert_eq!(policies.len(), 7, "{policies:?}");
    let bound = named("ValidatingAdmissionPolicyBinding", "/spec/policyName");
    assert_eq!(policies, bound);
}

#[test]
fn purser_reads_the_same_prefix_and_version_as_the_policies() {
    let (settings, data) = (settings().cluster_settings, data());
    assert_eq!(settings.namespace_prefix, data["K8S_NAMESPACE_PREFIX"]);
    assert_eq!(
        settings.pod_security_version,
        data["K8S_POD_SECURITY_VERSION"]
    );
    for (policy, setting) in [
        ("purser-namespaces", "K8S_NAMESPACE_PREFIX"),
        ("purser-namespaces", "K8S_POD_SECURITY_VERSION"),
        ("purser-rolebindings", "K8S_NAMESPACE_PREFIX"),
        ("purser-evictions", "K8S_NAMESPACE_PREFIX"),
    ] {
        let stated = manifest("ValidatingAdmissionPolicy", policy).to_string();
        let reads = format!("params.data['{setting}']");
        assert!(stated.contains(&reads), "{policy}: {reads}");
    }
}

#[test]
fn hosts_without_a_route_of_their_own_come_to_purser() {
    let settings = settings();
    let (domain, url) = (
        &settings.cluster_settings.cluster_domain,
        settings.public_url.as_str(),
    );
    let hosts = json!([url.strip_prefix("https://").unwrap(), format!("*.{domain}")]);
    let service = manifest("Service", "purser");
    let [by_ingress, by_gateway] = ["ingress", "gateway"].map(manifests);
    let rules = by_ingress
        .iter()
        .map(|ingress| &ingress["spec"]["rules"][0]);
    assert_eq!(
        json!(rules.clone().map(|rule| &rule["host"]).collect::<Vec<_>>()),
        hosts
    );
    for rule in rules {
        let backend = &rule["http"]["paths"][0]["backend"]["service"];
        assert_eq!(backend["name"], service["metadata"]["name"]);
        assert_eq!(backend["port"]["name"], service["spec"]["ports"][0]["name"]);
    }
    assert_eq!(by_gateway[0]["spec"]["hostnames"], hosts);
    let backend = &by_gateway[0]["spec"]["rules"][0]["backendRefs"][0];
    assert_eq!(backend["name"], service["metadata"]["name"]);
    assert_eq!(backend["port"], service["spec"]["ports"][0]["port"]);
}

/// Where the shipped entrance runs, apps let it in: k3s has its Traefik in kube-system.
#[test]
fn the_shipped_entrance_may_reach_the_apps() {
    let settings = settings().cluster_settings;
    let class = "traefik".to_owned();
    let route = RouteBy::Ingress {
        class: class.clone(),
    };
    assert_eq!(settings.route, route);
    assert_eq!(settings.gateway_namespace, "kube-system");
    // Others run there as well.
    let labels = [("app.kubernetes.io/name".to_owned(), class)];
    assert_eq!(settings.gateway_pod_labels, labels.into());
    for ingress in manifests("ingress") {
        assert_eq!(ingress["spec"]["ingressClassName"], "traefik", "{ingress}");
        // And at no other entry point: a password is sent over TLS or not at all.
        let annotations = &ingress["metadata"]["annotations"];
        let entrance = &annotations["traefik.ingress.kubernetes.io/router.entrypoints"];
        assert_eq!(entrance, "websecure", "{ingress}");
    }
}

/// Every node is sent the token that Purser asks kubelets with.
#[test]
fn kubelets_are_asked_with_the_token_of_an_account_that_can_do_nothing_else() {
    let optional = manifests("optional");
    let of_kind = |kind: &str| {
        let mut all = optional.iter().filter(|object| object["kind"] == kind);
        let found = all.next().unwrap();
        assert!(all.next().is_none(), "{kind}");
        found
    };
    let account = &of_kind("ServiceAccount")["metadata"]["name"];
    let subject = json!([{"kind": "ServiceAccount", "name": account, "namespace": "purser"}]);
    assert_ne!(*account, settings().cluster_settings.service_account);
    assert_eq!(of_kind("ClusterRoleBinding")["subjects"], subject);
    let rules = json!([{"apiGroups": [""], "resources": ["nodes/stats"], "verbs": ["get"]}]);
    assert_eq!(of_kind("ClusterRole")["rules"], rules);
    let secret = of_kind("Secret");
    assert_eq!(secret["type"], "kubernetes.io/service-account-token");
    let annotations = &secret["metadata"]["annotations"];
    assert_eq!(annotations["kubernetes.io/service-account.name"], *account);

    let deployment = manifest("Deployment", "purser");
    let pod = &deployment["spec"]["template"]["spec"];
    let mounted = json!({"secretName": secret["metadata"]["name"], "optional": true});
    let mut volumes = pod["volumes"].as_array().unwrap().iter();
    let volume = volumes.find(|volume| volume["secret"] == mounted).unwrap();
    let container = &pod["containers"][0];
    let mut mounts = container["volumeMounts"].as_array().unwrap().iter();
    let mount = mounts.find(|mount| mount["name"] == volume["name"]);
    let folder = mount.unwrap()["mountPath"].as_str().unwrap();
    let named = json!({"name": "KUBELET_TOKEN_FILE", "value": format!("{folder}/token")});
    assert!(container["env"].as_array().unwrap().contains(&named));
}

/// Purser believes the entrance where a request comes from, so only the entrance may come to the port of the API.
#[test]
fn the_api_is_reached_from_the_entrance_alone_and_the_metrics_from_where_they_are_collected() {
    let settings = settings();
    let entrance = &settings.cluster_settings.gateway_namespace;
    let metrics = settings.metrics_listen.unwrap().port();
    let from =
        |label: &str, value: &str| json!([{"namespaceSelector": {"matchLabels": {label: value}}}]);
    let to = |port: u16| json!([{"protocol": "TCP", "port": port}]);
    let policy = manifest("NetworkPolicy", "purser");
    let deployment = manifest("Deployment", "purser");
    assert_eq!(
        policy["metadata"]["namespace"],
        deployment["metadata"]["namespace"]
    );
    let expected = json!({
        "podSelector": deployment["spec"]["selector"],
        "policyTypes": ["Ingress"],
        "ingress": [
            {"from": from("kubernetes.io/metadata.name", entrance), "ports": to(settings.listen.port())},
            {"from": from("metrics", "enabled"), "ports": to(metrics)},
        ],
    });
    assert_eq!(policy["spec"], expected);
}

#[test]
fn prometheus_reads_every_process_at_the_port_of_its_metrics() {
    let monitor = manifests("monitoring");
    let monitor = monitor.iter().find(|it| it["kind"] == "ServiceMonitor");
    let monitor = monitor.unwrap();
    let service = manifest("Service", "purser-metrics");
    assert_eq!(
        monitor["metadata"]["namespace"],
        service["metadata"]["namespace"]
    );
    let wanted = monitor["spec"]["selector"]["matchLabels"].as_object();
    let labels = service["metadata"]["labels"].as_object().unwrap();
    for (label, value) in wanted.unwrap() {
        assert_eq!(labels.get(label), Some(value), "{label}");
    }
    let endpoint = &monitor["spec"]["endpoints"][0];
    assert_eq!(endpoint["port"], service["spec"]["ports"][0]["name"]);
    assert_eq!(endpoint["path"], "/metrics");
}

/// By this label Purser knows what it made: what it runs as must not look like something to sweep away.
#[test]
fn nothing_that_is_installed_looks_like_an_instances() {
    let all = ["", "ingress", "gateway"].into_iter().flat_map(manifests);
    for object in all {
        let labels =
            [&object, &object["spec"]["template"]].map(|it| it["metadata"]["labels"].clone());
        for label in labels {
            assert_ne!(label[MANAGED_BY.0], MANAGED_BY.1, "{object}");
        }
    }
}

#[test]
fn the_image_is_built_without_stand_ins_for_the_user_that_runs_it() {
    let dockerfile = include_str!("../../deploy/Dockerfile");
    let deployment = manifest("Deployment", "purser");
    let pod = &deployment["spec"]["template"]["spec"];
    let user = &pod["securityContext"]["runAsUser"];
    assert!(
        dockerfile.contains(&format!("\nUSER {user}:{user}\n")),
        "{user}"
    );
    let left_out = include_str!("../../deploy/Dockerfile.dockerignore");
    for secret in [
        ".purser",
        "**/.env",
        "**/*.key",
        "**/*.pem",
        "**/kubeconfig",
    ] {
        assert!(left_out.lines().any(|line| line == secret), "{secret}");
    }
    let build = dockerfile.lines().find(|line| line.contains("cargo build"));
    assert!(build.unwrap().contains("--no-default-features"));
    for container in ["initContainers", "containers"] {
        let container = &pod[container][0];
        assert_eq!(container["securityContext"]["readOnlyRootFilesystem"], true);
        assert_eq!(container["image"], "purser:0.1.0");
    }
}
