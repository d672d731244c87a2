//! Each thing that can be wrong with an object of a recipe, and all of it at once.

use super::*;

#[test]
fn everything_that_is_wrong_anywhere_is_said_at_once() {
    let mut texts = shipped();
    change(
        &mut texts,
        "ghost/service.yaml",
        "ghost:6.59.0",
        "ghost:latest",
    );
    change(
        &mut texts,
        "ghost/20-app.yaml.j2",
        "containerPort",
        "contanerPort",
    );
    change(
        &mut texts,
        "n8n/service.yaml",
        "memory_mib: 256,",
        "memory: 256Mi,",
    );
    change(&mut texts, "n8n/20-app.yaml.j2", "{{ host }}", "{{ hots }}");
    change(
        &mut texts,
        "wordpress/30-app.yaml.j2",
        "enableServiceLinks: false",
        "hostNetwork: true",
    );
    texts.remove("wordpress/40-route.yaml.j2");
    let found = flaws(&texts);
    let of = |part: &str| found.iter().filter(|flaw| flaw.starts_with(part)).count();
    assert_eq!(of("ghost/service.yaml, images.app"), 1, "{found:#?}");
    assert!(
        of("ghost/20-app.yaml.j2, Deployment web") >= 1,
        "{found:#?}"
    );
    assert_eq!(
        of("n8n/service.yaml, overhead.database.requests"),
        2,
        "{found:#?}"
    );
    assert_eq!(
        of("wordpress/30-app.yaml.j2, Deployment web .spec.template"),
        2,
        "{found:#?}"
    );
    assert_eq!(
        of("wordpress: has no file for stage route"),
        1,
        "{found:#?}"
    );
}

#[test]
fn manifests_that_are_no_objects_are_refused() {
    let path = "ghost/20-app.yaml.j2";
    for (from, to, said) in [
        (
            "kind: Deployment",
            "kind: Deployment: x",
            "ghost/20-app.yaml.j2: renders to something that is not YAML: mapping values are not allowed",
        ),
        (
            "{{ url }}",
            "{{ url }",
            "ghost/20-app.yaml.j2: is no template: syntax error",
        ),
        (
            "metadata: {name: web,",
            "metadata: {nmae: web,",
            "ghost/20-app.yaml.j2: holds a document without kind or metadata.name",
        ),
    ] {
        let found = with_change(path, from, to);
        let only = found.len() == 1 && found[0].starts_with(said);
        assert!(only, "{to}: {found:#?}");
    }
}

#[test]
fn fields_that_their_kind_does_not_know_are_refused() {
    each_is_said(
        "ghost/20-app.yaml.j2",
        &[
            (
                "terminationGracePeriodSeconds: 60",
                "terminationGracePeriodSecond: 60",
                "ghost/20-app.yaml.j2, Deployment web .spec.template.spec.terminationGracePeriodSecond: a Deployment knows no terminationGracePeriodSecond here, or not with this value",
            ),
            (
                "terminationGracePeriodSeconds: 60",
                "terminationGracePeriodSeconds: soon",
                "ghost/20-app.yaml.j2, Deployment web: is no valid Deployment: invalid type: string \"soon\", expected i64",
            ),
            (
                "strategy: {type: Recreate}",
                "strategy: {type: Recreate}\n  strategy: {type: Recreate}",
                "ghost/20-app.yaml.j2, Deployment web .spec.strategy: stands there twice",
            ),
        ],
    );
}

#[test]
fn kinds_have_their_places() {
    let added = |kind: &str| {
        let mut texts = shipped();
        let text = texts.get_mut("ghost/40-route.yaml.j2").unwrap();
        text.push_str(&format!("---\n{kind}\n"));
        flaws(&texts)
    };
    assert_eq!(
        added("apiVersion: v1\nkind: Secret\nmetadata: {name: x}\nstringData: {a: b}"),
        [
            "ghost/40-route.yaml.j2, Secret x: a Secret has no place in stage route",
            "ghost/40-route.yaml.j2, Secret x .stringData: uses data: a key that is dropped from stringData stays in the Secret for ever",
        ]
    );
    for kind in [
        "CronJob of batch/v1",
        "Pod of v1",
        "DaemonSet of apps/v1",
        "ClusterRole of rbac.authorization.k8s.io/v1",
    ] {
        let (kind, group) = kind.split_once(" of ").unwrap();
        let found = added(&format!(
            "apiVersion: {group}\nkind: {kind}\nmetadata: {{name: x}}"
        ));
        let said = format!(
            "ghost/40-route.yaml.j2, {kind} x: {kind} of {group} is of a kind that no recipe may contain"
        );
        assert!(found.contains(&said), "{found:#?}");
    }
    let twice = added("{{ route }}");
    assert_eq!(
        twice,
        [
            "ghost/40-route.yaml.j2, HTTPRoute web: stands there twice",
            "ghost/40-route.yaml.j2, Ingress web: stands there twice",
        ]
    );
}

#[test]
fn selectors_labels_and_names_are_those_that_everything_else_reckons_with() {
    let app = "ghost/20-app.yaml.j2";
    each_is_said(
        app,
        &[
            (
                "selector: {matchLabels: {{ selector(\"web\") }} }",
                "selector: {matchLabels: {app: ghost}}",
                "ghost/20-app.yaml.j2, Deployment web .spec.selector.matchLabels: is {{ selector(\"web\") }}",
            ),
            (
                "    metadata: {labels: {{ selector(\"web\") }} }\n",
                "",
                "ghost/20-app.yaml.j2, Deployment web .spec.template.metadata.labels: are {{ selector(\"web\") }}",
            ),
            (
                "spec: {selector: {{ selector(\"web\") }},",
                "spec: {",
                "ghost/20-app.yaml.j2, Service web .spec.selector: is {{ selector(\"web\") }} or {{ selector(\"database\") }}",
            ),
            (
                "spec: {selector: {{ selector(\"web\") }},",
                "spec: {type: NodePort, selector: {{ selector(\"web\") }},",
                "ghost/20-app.yaml.j2, Service web .spec.type: is ClusterIP: an app is reached by its route alone",
            ),
            (
                "strategy: {type: Recreate}",
                "strategy: {type: Recreate}\n  replicas: 1",
                "ghost/20-app.yaml.j2, Deployment web .spec.replicas: is left out: stopping and starting the app sets it",
            ),
            (
                "strategy: {type: Recreate}",
                "strategy: {type: RollingUpdate}",
                "ghost/20-app.yaml.j2, Deployment web .spec.strategy.type: is Recreate: two pods cannot hold one volume",
            ),
        ],
    );
    let ingress = "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: web}\nspec: {rules: [{host: another.example}]}";
    let own = with_change("ghost/40-route.yaml.j2", "{{ route }}", ingress);
    assert_eq!(
        own,
        [
            "ghost/40-route.yaml.j2, Ingress web: is {{ route }}: the way in that the installation has, for this app's host alone"
        ]
    );
    let label = with_change(
        "_namespace/namespace.yaml.j2",
        "enforce: restricted",
        "enforce: baseline",
    );
    assert_eq!(
        label,
        [
            "_namespace/namespace.yaml.j2, Namespace customer-01900000-0000-7000-8000-000000000001 .metadata.labels: pod-security.kubernetes.io/enforce is restricted"
        ]
    );
}

#[test]
fn claims_are_those_that_are_declared() {
    let app = "ghost/20-app.yaml.j2";
    let undeclared = with_change(
        app,
        "---\n",
        "---\napiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: more}\nspec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}\n---\n",
    );
    assert_eq!(
        undeclared,
        [
            "ghost/20-app.yaml.j2, PersistentVolumeClaim more .metadata.name: volumes of service.yaml has no claim more"
        ]
    );
    each_is_said(
        app,
        &[
            (
                "{{ storage.web }}",
                "77Gi",
                "ghost/20-app.yaml.j2, PersistentVolumeClaim web .spec.resources.requests.storage: is {{ storage.web }}: what service.yaml and plan say",
            ),
            (
                "mountPath: /var/lib/ghost/content",
                "mountPath: /var/lib/ghost",
                "ghost/service.yaml, volumes[0].mount_path: no container mounts web at /var/lib/ghost/content",
            ),
        ],
    );
}
