//! What a pod of a recipe may not do: what its namespace would refuse, quietly and much later, and what we ask besides.

use serde_json::Value;

use super::{
    check::Rendered,
    flaw::Notes,
    manifest::Recipe,
    secrets::{MAIL_PASSWORD, NEXT_HASH, NEXT_PASSWORD},
};
use crate::{
    kubernetes::spec::{InstanceSpec, Stage},
    pod_security::{
        self, Level, NEWEST,
        read::{entries, list, text},
    },
};

const LISTS: [&str; 3] = ["initContainers", "containers", "ephemeralContainers"];

pub(super) fn check(recipe: &Recipe, spec: &InstanceSpec, rendered: &Rendered, notes: &mut Notes) {
    let Some(template) = rendered.object.pointer("/spec/template") else {
        return;
    };
    for violation in pod_security::violations(Level::Restricted, NEWEST, template) {
        let says = format!(
            "Pod Security restricted refuses it: {}",
            pod_security::describe(&[violation])
        );
        rendered.note(notes, ".spec.template", says);
    }
    let pod = &template["spec"];
    for (field, why) in [
        (
            "automountServiceAccountToken",
            "no app talks to the cluster",
        ),
        (
            "enableServiceLinks",
            "an app would read a Service's address as a setting of its own",
        ),
    ] {
        if pod.get(field) != Some(&Value::Bool(false)) {
            let at = format!(".spec.template.spec.{field}");
            rendered.note(notes, &at, format!("is false: {why}"));
        }
    }
    let images = recipe.pulled_images(&spec.settings.registry);
    for kind in LISTS {
        for container in list(pod, &format!("/{kind}")) {
            let at = format!(".spec.template.spec.{kind}, {}", text(container, "/name"));
            if !images
                .values()
                .any(|image| image == text(container, "/image"))
            {
                let says =
                    "its image is one of {{ images.… }}: only those can be pinned and mirrored";
                rendered.note(notes, &at, says);
            }
            if kind == "ephemeralContainers" {
                rendered.note(
                    notes,
                    &at,
                    "is for looking into a pod that runs, and stands in no template",
                );
                continue;
            }
            resources(rendered, &at, container, notes);
            secrets(recipe, rendered, &at, container, notes);
        }
    }
    volumes(recipe, rendered, pod, notes);
}

fn resources(rendered: &Rendered, at: &str, container: &Value, notes: &mut Notes) {
    for side in ["requests", "limits"] {
        let stated = entries(container, &format!("/resources/{side}"));
        let figures = ["cpu", "memory", "ephemeral-storage"].into_iter();
        let missing: Vec<&str> = figures
            .filter(|figure| !stated.is_some_and(|stated| stated.contains_key(*figure)))
            .collect();
        if !missing.is_empty() {
            let says = format!("resources.{side} states {}", missing.join(", "));
            rendered.note(notes, at, says);
        }
    }
}

/// A container with a key that its Secret lacks waits for ever.
fn secrets(recipe: &Recipe, rendered: &Rendered, at: &str, container: &Value, notes: &mut Notes) {
    for variable in list(container, "/env") {
        let Some(reference) = variable.pointer("/valueFrom/secretKeyRef") else {
            continue;
        };
        let (name, key) = (text(reference, "/name"), text(reference, "/key"));
        let next = rendered.stage == Stage::Reset && [NEXT_PASSWORD, NEXT_HASH].contains(&key);
        let chosen = recipe.secret_parameters().find(|(_, own)| own == key);
        let known = next
            || key == MAIL_PASSWORD
            || chosen.is_some()
            || recipe.secrets.iter().any(|secret| secret.key() == key);
        if chosen.is_some_and(|(parameter, _)| !parameter.is_required())
            && reference.get("optional") != Some(&Value::Bool(true))
        {
            let says = format!("{key} is optional: true, as customers need not give it");
            rendered.note(notes, at, says);
        }
        if name != "app" || !known {
            let says =
                format!("secrets of service.yaml has no {key}, or {name} is not the Secret app");
            rendered.note(notes, at, says);
        }
    }
}

fn volumes(recipe: &Recipe, rendered: &Rendered, pod: &Value, notes: &mut Notes) {
    for volume in list(pod, "/volumes") {
        let at = format!(".spec.template.spec.volumes, {}", text(volume, "/name"));
        let claim = text(volume, "/persistentVolumeClaim/claimName");
        if !claim.is_empty() && !recipe.volumes.iter().any(|known| known.claim == claim) {
            let says = format!("volumes of service.yaml has no claim {claim}");
            rendered.note(notes, &at, says);
        }
        if volume.get("ephemeral").is_some() {
            let says = "is a claim that service.yaml does not declare";
            rendered.note(notes, &at, says);
        }
        if let Some(scratch) = volume.get("emptyDir")
            && scratch.get("sizeLimit").is_none()
        {
            rendered.note(notes, &at, "an emptyDir states its sizeLimit");
        }
    }
}
