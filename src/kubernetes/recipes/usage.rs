//! Whether manifests use what `service.yaml` declares, and nothing else. Looked at without rendering, so that a name in
//! a branch that no sample takes is found too.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{
    flaw::Notes,
    manifest::Recipe,
    render::{FUNCTIONS, Renderer, context},
    rules::SERVICE_FILE,
    sample::mailing,
};
use crate::kubernetes::spec::Stage;

/// What minijinja itself brings.
const BUILT_IN: [&str; 2] = ["range", "dict"];

/// Notes names that nobody gives and declarations that nobody uses. Returns the stages that cannot be rendered for it.
pub(super) fn check(recipe: &Recipe, renderer: &Renderer, notes: &mut Notes) -> BTreeSet<Stage> {
    let service = format!("{}/{SERVICE_FILE}", recipe.name);
    let Ok(known) = context(recipe, &mailing(recipe), &BTreeMap::new()) else {
        // A default of another type: that is noted already, and nothing can be rendered with it.
        return recipe.written_stages().collect();
    };
    let (mut used, mut broken) = (BTreeSet::new(), BTreeSet::new());
    let (mut all_seen, mut mails) = (true, false);
    for stage in recipe.written_stages() {
        let Some(path) = renderer.path(recipe, stage) else {
            all_seen = false;
            continue;
        };
        let own = path.starts_with(&format!("{}/", recipe.name));
        for name in renderer.names(path) {
            let first = name.split('.').next().unwrap_or_default();
            let given = FUNCTIONS.contains(&first) || BUILT_IN.contains(&first);
            if !given && !resolves(&known, &name) {
                broken.insert(stage);
                match own {
                    true => notes.note(path, &name, missing(&name)),
                    false => {
                        let says = format!("{}; {path} uses it", missing(&name));
                        notes.note(&service, &name, says);
                    }
                }
            }
            mails |= own && first == "mail";
            used.insert(name);
        }
    }
    let unused = |group: &str, name: &str| {
        // Whoever takes the whole group may take anything in it, and so may a file that cannot be read.
        all_seen
            && !used.contains(group)
            && !used.iter().any(|one| {
                let rest = one
                    .strip_prefix(group)
                    .and_then(|one| one.strip_prefix('.'));
                rest.is_some_and(|rest| rest.split('.').next() == Some(name))
            })
    };
    for (index, parameter) in recipe.parameters.iter().enumerate() {
        if parameter.is_shown() && unused("params", &parameter.name) {
            let says = format!("{} is declared, and no manifest uses it", parameter.name);
            notes.note(&service, format!("parameters[{index}].name"), says);
        }
    }
    if recipe.customer_smtp && all_seen && !mails {
        let says = "is stated, and no manifest uses mail";
        notes.note(&service, "customer_smtp", says);
    }
    for name in recipe.images.keys().filter(|name| unused("images", name)) {
        let says = "is named, and no manifest uses it";
        notes.note(&service, format!("images.{name}"), says);
    }
    let sidecars = recipe.overhead.sidecars.keys();
    for name in sidecars.filter(|name| unused("sidecars", name)) {
        let says = "is counted, and no manifest uses it";
        notes.note(&service, format!("overhead.sidecars.{name}"), says);
    }
    broken
}

fn resolves(known: &Value, name: &str) -> bool {
    let mut place = Some(known);
    for part in name.split('.') {
        place = place.and_then(|place| place.get(part));
    }
    place.is_some()
}

fn missing(name: &str) -> String {
    let (group, rest) = name.split_once('.').unwrap_or((name, ""));
    match group {
        "params" => format!("parameter {rest} is used, and {SERVICE_FILE} does not declare it"),
        "images" => format!("image {rest} is used, and {SERVICE_FILE} does not name it"),
        "storage" => format!("no volume of {SERVICE_FILE} has the claim {rest}"),
        "sidecars" | "job" | "database" => {
            format!("{name} is used, and overhead of {SERVICE_FILE} does not state it")
        }
        _ => format!("{name} is used, and nothing gives it"),
    }
}
