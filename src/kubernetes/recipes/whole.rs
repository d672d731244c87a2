//! What the objects of one recipe owe each other.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{
    check::Rendered,
    flaw::Notes,
    manifest::{Owner, Recipe, Volume},
    rules::SERVICE_FILE,
};
use crate::{
    kubernetes::spec::Stage,
    pod_security::read::{list, number, text},
};

pub(super) fn check(recipe: &Recipe, all: &[Rendered], notes: &mut Notes) {
    let mut seen = BTreeSet::new();
    for rendered in all {
        if !seen.insert(&rendered.label) {
            rendered.note(notes, "", "stands there twice");
        }
    }
    for label in wanted(recipe) {
        if !all.iter().any(|rendered| rendered.is(label)) {
            notes.note_file(&recipe.name, format!("has no {label}"));
        }
    }
    if !all.iter().any(|rendered| rendered.stage == Stage::Route) {
        notes.note_file(&recipe.name, "has no {{ route }}");
    }
    for (index, volume) in recipe.volumes.iter().enumerate() {
        check_volume(recipe, index, volume, all, notes);
    }
    secret_parameters(recipe, all, notes);
    deadline(recipe, all, notes);
    for rendered in all {
        match rendered.label.as_str() {
            "Deployment web" => web(recipe, rendered, notes),
            "Job reset" if !claims(rendered).is_empty() => {
                let says = "cannot mount a volume: the app runs, and holds it";
                rendered.note(notes, ".spec.template.spec.volumes", says);
            }
            "Job owner" if recipe.owner == Owner::AfterApp && !claims(rendered).is_empty() => {
                let says = "cannot mount a volume: the app, which runs already, holds it";
                rendered.note(notes, ".spec.template.spec.volumes", says);
            }
            _ => {}
        }
    }
}

/// What everything else reckons with.
fn wanted(recipe: &Recipe) -> impl Iterator<Item = &'static str> {
    let stages: Vec<Stage> = recipe.written_stages().collect();
    let parts = [
        (Stage::Guards, "RoleBinding purser-instance"),
        (Stage::Guards, "ResourceQuota instance"),
        (Stage::Guards, "LimitRange instance"),
        (Stage::Guards, "NetworkPolicy default-deny"),
        (Stage::Secret, "Secret app"),
        (Stage::Database, "StatefulSet database"),
        (Stage::Database, "Service database"),
        (Stage::Owner, "Job owner"),
        (Stage::App, "Deployment web"),
        (Stage::App, "Service web"),
        (Stage::Reset, "Job reset"),
    ];
    let parts = parts.into_iter();
    parts.filter_map(move |(stage, label)| stages.contains(&stage).then_some(label))
}

fn containers<'a>(rendered: &'a Rendered) -> impl Iterator<Item = &'a Value> {
    ["initContainers", "containers"]
        .into_iter()
        .flat_map(|kind| list(&rendered.object, &format!("/spec/template/spec/{kind}")))
}

/// The volumes of the pod that are claims: name and claim.
fn claims<'a>(rendered: &'a Rendered) -> Vec<(&'a str, &'a str)> {
    list(&rendered.object, "/spec/template/spec/volumes")
        .iter()
        .map(|volume| {
            (
                text(volume, "/name"),
                text(volume, "/persistentVolumeClaim/claimName"),
            )
        })
        .filter(|(_, claim)| !claim.is_empty())
        .collect()
}

fn check_volume(
    recipe: &Recipe,
    index: usize,
    volume: &Volume,
    all: &[Rendered],
    notes: &mut Notes,
) {
    let service = format!("{}/{SERVICE_FILE}", recipe.name);
    let Volume {
        claim, mount_path, ..
    } = volume;
    if !all
        .iter()
        .any(|it| it.is(&format!("PersistentVolumeClaim {claim}")))
    {
        let says = format!("there is no PersistentVolumeClaim {claim}");
        notes.note(&service, format!("volumes[{index}].claim"), says);
    }
    let mounted = all.iter().any(|rendered| {
        let named: Vec<&str> = claims(rendered)
            .into_iter()
            .filter(|(_, used)| used == claim)
            .map(|(name, _)| name)
            .collect();
        containers(rendered)
            .flat_map(|container| list(container, "/volumeMounts"))
            .any(|mount| {
                named.contains(&text(mount, "/name")) && text(mount, "/mountPath") == mount_path
            })
    });
    if !mounted {
        let says = format!("no container mounts {claim} at {mount_path}");
        notes.note(&service, format!("volumes[{index}].mount_path"), says);
    }
}

fn web(recipe: &Recipe, rendered: &Rendered, notes: &mut Notes) {
    let listens = containers(rendered)
        .flat_map(|container| list(container, "/ports"))
        .any(|port| number(port, "/containerPort") == Some(recipe.ports.web.into()));
    if !listens {
        let says = "no container has the port {{ ports.web }}, the only one that requests are let through to";
        rendered.note(notes, ".spec.template.spec.containers", says);
    }
    if !containers(rendered).any(|container| container.get("readinessProbe").is_some()) {
        let says =
            "no container has a readinessProbe, and the app would count as ready before it is";
        rendered.note(notes, ".spec.template.spec.containers", says);
    }
}

/// A secret of the customer's is seen by no template, so that it is looked for in what they come to.
fn secret_parameters(recipe: &Recipe, all: &[Rendered], notes: &mut Notes) {
    let reads = |wanted: &str| {
        let mut variables = all
            .iter()
            .flat_map(|rendered| containers(rendered))
            .flat_map(|container| list(container, "/env"));
        variables.any(|variable| text(variable, "/valueFrom/secretKeyRef/key") == wanted)
    };
    for (parameter, key) in recipe.secret_parameters() {
        if !reads(&key) {
            let name = &parameter.name;
            let says = format!("{name} is declared, and no container reads {key} of the Secret");
            let service = format!("{}/{SERVICE_FILE}", recipe.name);
            notes.note(&service, format!("parameters.{name}"), says);
        }
    }
}

/// What a first start may need at most. A startup probe that gives up later leaves an update time for its migrations, of which
/// an app that begins without data has none to speak of.
const FIRST_START_SECONDS: i64 = 300;

/// What starts one after another may take as long as its own probes allow for a first start: an order that is refunded before
/// that gives the money back for an app that comes.
fn deadline(recipe: &Recipe, all: &[Rendered], notes: &mut Notes) {
    let windows = all.iter().map(|rendered| match rendered.label.as_str() {
        "StatefulSet database" => startup_seconds(rendered),
        // Once more when its owner is made.
        "Deployment web" if recipe.owner == Owner::ByEnv => {
            startup_seconds(rendered).saturating_mul(2)
        }
        "Deployment web" => startup_seconds(rendered),
        _ => 0,
    });
    let needed = windows.fold(0, i64::saturating_add);
    let given = recipe.deadline_seconds;
    if i64::from(given) <= needed {
        let says = format!(
            "is {given}, and what starts one after another may take {needed} s by its startup probes, of each at most {FIRST_START_SECONDS} s"
        );
        let service = format!("{}/{SERVICE_FILE}", recipe.name);
        notes.note(&service, "deadline_seconds", says);
    }
}

/// How long the slowest container of a pod may take to start for the first time.
fn startup_seconds(rendered: &Rendered) -> i64 {
    let probes = containers(rendered).filter_map(|container| container.get("startupProbe"));
    let windows = probes.map(|probe| {
        // The defaults are those of the API.
        let figure = |name: &str, default| number(probe, name).unwrap_or(default);
        figure("/periodSeconds", 10)
            .saturating_mul(figure("/failureThreshold", 3))
            .saturating_add(figure("/initialDelaySeconds", 0))
    });
    windows.max().unwrap_or(0).min(FIRST_START_SECONDS)
}
