//! Trying recipes before anything is sold by them: every manifest rendered for every kind of instance, and looked at.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{
    Recipes, decode,
    files::Files,
    flaw::{Flaws, Notes},
    image::ImageChoices,
    manifest::Recipe,
    objects, pods,
    render::{Renderer, finish},
    rules,
    sample::samples,
    usage, whole, yaml,
};
use crate::{
    chain_of,
    config::Secret,
    kubernetes::spec::{InstanceSpec, Stage},
};

/// A rendered object as it would be applied, and where it comes from.
pub(super) struct Rendered<'a> {
    pub(super) path: &'a str,
    pub(super) stage: Stage,
    /// `Deployment web`: kind and name as the file has them.
    pub(super) label: String,
    pub(super) object: Value,
}

impl Rendered<'_> {
    pub(super) fn note(&self, notes: &mut Notes, at: &str, says: impl Into<String>) {
        let place = match at {
            "" => self.label.clone(),
            at => format!("{} {at}", self.label),
        };
        notes.note(self.path, place, says);
    }

    /// Whether this is the object of that kind and name.
    pub(super) fn is(&self, label: &str) -> bool {
        self.label == label
    }

    pub(super) fn kind(&self) -> &str {
        self.label.split(' ').next().unwrap_or_default()
    }
}

/// All recipes, if nothing is wrong with any of them.
pub(super) fn recipes(
    files: &Files,
    images: &ImageChoices,
    mut notes: Notes,
) -> Result<Recipes, Flaws> {
    let mut recipes = rules::parse(files, &mut notes);
    images.apply(&mut recipes, &mut notes);
    let renderer = Renderer::new(files, &mut notes);
    for recipe in recipes.values() {
        check_files(recipe, files, &renderer, &mut notes);
        let broken = usage::check(recipe, &renderer, &mut notes);
        for spec in samples(recipe) {
            check_rendered(recipe, &spec, &renderer, &broken, &mut notes);
        }
    }
    notes.finish()?;
    Ok(Recipes { recipes, renderer })
}

/// Each stage has its file, and each file its stage.
fn check_files(recipe: &Recipe, files: &Files, renderer: &Renderer, notes: &mut Notes) {
    let stages: Vec<Stage> = recipe.written_stages().collect();
    for stage in &stages {
        let name = stage.name();
        // A file that is no template is there all the same.
        let ending = format!("{name}.yaml.j2");
        let there = files
            .keys()
            .any(|path| path.starts_with(&format!("{}/", recipe.name)) && path.ends_with(&ending));
        if renderer.path(recipe, *stage).is_none() && !there {
            let says = format!(
                "has no file for stage {name}, which would be called <digits>-{name}.yaml.j2"
            );
            notes.note_file(&recipe.name, says);
        }
    }
    for (stage, path) in renderer.own_files(recipe) {
        if !stages.iter().any(|known| known.name() == stage) {
            let says = format!("is of stage {stage}, which service.yaml gives no reason for");
            notes.note_file(path, says);
        }
    }
}

fn check_rendered(
    recipe: &Recipe,
    spec: &InstanceSpec,
    renderer: &Renderer,
    broken: &BTreeSet<Stage>,
    notes: &mut Notes,
) {
    let mut all = Vec::new();
    let mut complete = true;
    for stage in recipe.written_stages() {
        let rendered = renderer
            .path(recipe, stage)
            .filter(|_| !broken.contains(&stage))
            .and_then(|path| render(recipe, spec, renderer, stage, path, notes));
        match rendered {
            Some(objects) => all.extend(objects),
            None => complete = false,
        }
    }
    for rendered in &all {
        for (at, says) in decode::flaws(rendered.stage, &rendered.object) {
            rendered.note(notes, &at, says);
        }
        objects::check(recipe, spec, rendered, notes);
        pods::check(recipe, spec, rendered, notes);
    }
    if complete {
        whole::check(recipe, &all, notes);
    }
}

fn render<'a>(
    recipe: &Recipe,
    spec: &InstanceSpec,
    renderer: &Renderer,
    stage: Stage,
    path: &'a str,
    notes: &mut Notes,
) -> Option<Vec<Rendered<'a>>> {
    let secrets = match stage {
        Stage::Secret => recipe.secrets.iter(),
        _ => [].iter(),
    };
    let secrets: BTreeMap<_, _> = secrets
        .map(|secret| (secret.key().to_owned(), Secret::new("sample")))
        .collect();
    let text = match renderer.text(path, recipe, spec, &secrets) {
        Ok(text) => text,
        Err(error) => {
            notes.note_file(path, chain_of(&error));
            return None;
        }
    };
    let documents = match yaml::documents(&text) {
        Ok(documents) => documents,
        Err(error) => {
            let says = format!("renders to something that is not YAML: {error}");
            notes.note_file(path, says);
            return None;
        }
    };
    let mut all = Vec::new();
    for (document, twice) in documents {
        let word = |place: &str| document.pointer(place).and_then(Value::as_str);
        let (kind, name) = (word("/kind"), word("/metadata/name"));
        let (Some(kind), Some(name)) = (kind, name) else {
            notes.note_file(path, "holds a document without kind or metadata.name");
            return None;
        };
        let label = format!("{kind} {name}");
        for key in twice {
            notes.note(path, format!("{label} .{key}"), "stands there twice");
        }
        let finished = finish(recipe, spec, document)
            .and_then(|object| serde_json::to_value(object).map_err(|error| error.to_string()));
        match finished {
            Ok(object) => all.push(Rendered {
                path,
                stage,
                label,
                object,
            }),
            Err(says) => {
                notes.note(path, label, says);
                return None;
            }
        }
    }
    Some(all)
}
