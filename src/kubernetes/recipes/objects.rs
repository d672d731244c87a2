//! What an object of a recipe may not be, beyond being valid as its kind.

use serde_json::Value;

use super::{
    check::Rendered, flaw::Notes, manifest::Recipe, quota, render::selector, route::route,
};
use crate::{
    kubernetes::{
        COMPONENT_LABEL,
        spec::{InstanceSpec, Stage},
    },
    pod_security::read::{entries, list, text},
};

pub(super) fn check(recipe: &Recipe, spec: &InstanceSpec, rendered: &Rendered, notes: &mut Notes) {
    let object = &rendered.object;
    match rendered.kind() {
        "Namespace" => namespace(spec, rendered, notes),
        "Secret" if object.get("stringData").is_some() => {
            let says =
                "uses data: a key that is dropped from stringData stays in the Secret for ever";
            rendered.note(notes, ".stringData", says);
        }
        "Deployment" => {
            named(rendered, "web", notes);
            workload(recipe, spec, rendered, "web", notes);
            if text(object, "/spec/strategy/type") != "Recreate" {
                let says = "is Recreate: two pods cannot hold one volume";
                rendered.note(notes, ".spec.strategy.type", says);
            }
        }
        "StatefulSet" => {
            named(rendered, "database", notes);
            workload(recipe, spec, rendered, "database", notes);
            if !list(object, "/spec/volumeClaimTemplates").is_empty() {
                let says = "cannot grow later: use a PersistentVolumeClaim";
                rendered.note(notes, ".spec.volumeClaimTemplates", says);
            }
        }
        "Job" => {
            let name = match rendered.stage {
                Stage::Reset => "reset",
                _ => "owner",
            };
            named(rendered, name, notes);
            template_labels(recipe, spec, rendered, "job", notes);
        }
        "Service" => service(recipe, spec, rendered, notes),
        "PersistentVolumeClaim" => claim(recipe, spec, rendered, notes),
        "Ingress" | "HTTPRoute" => by_the_right_way(spec, rendered, notes),
        _ => {}
    }
}

fn namespace(spec: &InstanceSpec, rendered: &Rendered, notes: &mut Notes) {
    for mode in ["enforce", "audit", "warn"] {
        let at = format!("/metadata/labels/pod-security.kubernetes.io~1{mode}-version");
        if text(&rendered.object, &at) != spec.settings.pod_security_version {
            let says = format!(
                "pod-security.kubernetes.io/{mode}-version is {{{{ cluster.pod_security_version }}}}"
            );
            rendered.note(notes, ".metadata.labels", says);
        }
        let at = format!("/metadata/labels/pod-security.kubernetes.io~1{mode}");
        if text(&rendered.object, &at) != "restricted" {
            let says = format!("pod-security.kubernetes.io/{mode} is restricted");
            rendered.note(notes, ".metadata.labels", says);
        }
    }
}

/// Stopping and starting an app knows only these.
fn named(rendered: &Rendered, name: &str, notes: &mut Notes) {
    let kind = rendered.kind();
    if !rendered.is(&format!("{kind} {name}")) {
        let says = format!(
            "a recipe's only {kind} is called {name}: no other would be seen, stopped or started"
        );
        rendered.note(notes, ".metadata.name", says);
    }
}

fn workload(
    recipe: &Recipe,
    spec: &InstanceSpec,
    rendered: &Rendered,
    component: &str,
    notes: &mut Notes,
) {
    if rendered.object.pointer("/spec/replicas").is_some() {
        let says = "is left out: stopping and starting the app sets it";
        rendered.note(notes, ".spec.replicas", says);
    }
    let wanted = selector(&recipe.name, spec.instance, component);
    if rendered.object.pointer("/spec/selector/matchLabels") != Some(&wanted) {
        let says = format!("is {{{{ selector(\"{component}\") }}}}");
        rendered.note(notes, ".spec.selector.matchLabels", says);
    }
    template_labels(recipe, spec, rendered, component, notes);
}

/// The policies of the namespace let pods through by these.
fn template_labels(
    recipe: &Recipe,
    spec: &InstanceSpec,
    rendered: &Rendered,
    component: &str,
    notes: &mut Notes,
) {
    let labels = entries(&rendered.object, "/spec/template/metadata/labels");
    let wanted = selector(&recipe.name, spec.instance, component);
    let has_all = wanted.as_object().is_some_and(|wanted| {
        let mut wanted = wanted.iter();
        wanted.all(|(key, value)| labels.and_then(|labels| labels.get(key)) == Some(value))
    });
    if !has_all {
        let says = format!("are {{{{ selector(\"{component}\") }}}}");
        rendered.note(notes, ".spec.template.metadata.labels", says);
    }
}

fn service(recipe: &Recipe, spec: &InstanceSpec, rendered: &Rendered, notes: &mut Notes) {
    let object = &rendered.object;
    if !matches!(text(object, "/spec/type"), "" | "ClusterIP") {
        let says = "is ClusterIP: an app is reached by its route alone";
        rendered.note(notes, ".spec.type", says);
    }
    if !list(object, "/spec/externalIPs").is_empty() {
        rendered.note(notes, ".spec.externalIPs", "have no place in an app");
    }
    let given = object.pointer("/spec/selector");
    let component = given.and_then(|given| given.get(COMPONENT_LABEL));
    let component = component.and_then(Value::as_str).unwrap_or_default();
    let known = matches!(component, "web" | "database");
    if !known || given != Some(&selector(&recipe.name, spec.instance, component)) {
        let says = "is {{ selector(\"web\") }} or {{ selector(\"database\") }}";
        rendered.note(notes, ".spec.selector", says);
    }
}

fn claim(recipe: &Recipe, spec: &InstanceSpec, rendered: &Rendered, notes: &mut Notes) {
    let name = text(&rendered.object, "/metadata/name");
    let declared = recipe.volumes.iter().filter(|volume| volume.claim == name);
    let sizes: Vec<String> = declared
        .map(|volume| quota::mib(volume.size_mib.unwrap_or(spec.plan.storage_mib)))
        .collect();
    let size = text(&rendered.object, "/spec/resources/requests/storage");
    if sizes.is_empty() {
        let says = format!("volumes of service.yaml has no claim {name}");
        rendered.note(notes, ".metadata.name", says);
    } else if !sizes.iter().any(|known| known == size) {
        let says = format!("is {{{{ storage.{name} }}}}: what service.yaml and plan say");
        rendered.note(notes, ".spec.resources.requests.storage", says);
    }
}

/// What a recipe writes itself would not follow the installation's way in, or take requests for somebody else's host.
fn by_the_right_way(spec: &InstanceSpec, rendered: &Rendered, notes: &mut Notes) {
    let wanted = route(spec);
    let same = |field: &str| rendered.object.get(field) == wanted.get(field);
    if !same("kind") || !same("spec") {
        let says =
            "is {{ route }}: the way in that the installation has, for this app's host alone";
        rendered.note(notes, "", says);
    }
}
