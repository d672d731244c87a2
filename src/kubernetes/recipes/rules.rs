//! What a `service.yaml` has to agree on with itself, beyond having the right keys.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{
    customer_smtp,
    files::{COMMON, Files},
    flaw::Notes,
    image,
    manifest::{Need, Owner, Recipe, SecretKey},
    parameters,
    secrets::ADMIN_PASSWORD,
    shape::SERVICE,
    yaml,
};

pub(super) const SERVICE_FILE: &str = "service.yaml";

/// The recipes that can be understood; what is wrong with them and with the others is noted.
pub(super) fn parse(files: &Files, notes: &mut Notes) -> BTreeMap<String, Recipe> {
    let folders: BTreeSet<&str> = files
        .keys()
        .filter_map(|path| path.split_once('/'))
        .map(|(folder, _)| folder)
        .filter(|folder| *folder != COMMON)
        .collect();
    if folders.is_empty() {
        notes.note_file(".", "holds no recipe, and there would be nothing to sell");
    }
    let mut recipes = BTreeMap::new();
    for folder in folders {
        let path = format!("{folder}/{SERVICE_FILE}");
        match files.get(&path) {
            None => notes.note_file(&path, "is missing, and without it this folder is no recipe"),
            Some(text) => {
                if let Some(recipe) = read(&path, text, notes) {
                    check(&path, folder, &recipe, notes);
                    recipes.insert(folder.to_owned(), recipe);
                }
            }
        }
    }
    recipes
}

fn read(path: &str, text: &str, notes: &mut Notes) -> Option<Recipe> {
    let mut documents = match yaml::documents(text) {
        Ok(documents) => documents,
        Err(error) => {
            notes.note_file(path, format!("is not YAML: {error}"));
            return None;
        }
    };
    let Some((value, twice)) = documents.pop().filter(|_| documents.is_empty()) else {
        notes.note_file(path, "holds exactly one document");
        return None;
    };
    for key in twice {
        notes.note(path, key, "stands there twice");
    }
    SERVICE.check(path, "", &value, notes);
    check_secrets(path, &value, notes);
    if notes.against(path) {
        return None;
    }
    let read = serde_json::from_value::<Recipe>(value);
    let mut recipe = read
        .map_err(|error| notes.note_file(path, error.to_string()))
        .ok()?;
    if recipe.customer_smtp {
        recipe.parameters.extend(customer_smtp::parameters());
    }
    Some(recipe)
}

fn check_secrets(path: &str, service: &Value, notes: &mut Notes) {
    let secrets = service.get("secrets").and_then(Value::as_array);
    for (index, secret) in secrets.into_iter().flatten().enumerate() {
        if secret.get("length").is_some() == secret.get("bcrypt_of").is_some() {
            let says = "states either its length or of which secret it is the bcrypt hash";
            notes.note(path, format!("secrets[{index}]"), says);
        }
    }
}

fn check(path: &str, folder: &str, recipe: &Recipe, notes: &mut Notes) {
    let mut note = |at: String, says: String| notes.note(path, at, says);
    if recipe.name != folder {
        note(
            "name".into(),
            format!("is {}, and the folder is {folder}", recipe.name),
        );
    }
    if !is_label(&recipe.name) {
        note(
            "name".into(),
            "is made of a-z, 0-9 and -, and begins with a letter".into(),
        );
    }
    if !recipe.admin_path.starts_with('/') {
        note("admin_path".into(), "begins with a slash".into());
    }
    for (name, image) in &recipe.images {
        if let Some(says) = image::flaw(image) {
            note(format!("images.{name}"), says);
        }
    }
    volumes(recipe, &mut note);
    overhead(recipe, &mut note);
    secrets(recipe, &mut note);
    parameters::check(recipe, &mut note);
}

/// A name that Kubernetes takes everywhere.
fn is_label(name: &str) -> bool {
    let inside = |letter: char| matches!(letter, 'a'..='z' | '0'..='9' | '-');
    name.len() <= 63
        && name.starts_with(|letter: char| letter.is_ascii_lowercase())
        && name.chars().all(inside)
        && !name.ends_with('-')
}

fn volumes(recipe: &Recipe, note: &mut impl FnMut(String, String)) {
    let mut claims = BTreeSet::new();
    for (index, volume) in recipe.volumes.iter().enumerate() {
        let at = |key: &str| format!("volumes[{index}].{key}");
        if !claims.insert(&volume.claim) {
            note(at("claim"), format!("{} stands there twice", volume.claim));
        }
        if !is_label(&volume.claim) {
            note(
                at("claim"),
                "is made of a-z, 0-9 and -, and begins with a letter".into(),
            );
        }
        if !volume.mount_path.starts_with('/') {
            note(
                at("mount_path"),
                format!("{} is no absolute path", volume.mount_path),
            );
        }
    }
    let sold = recipe
        .volumes
        .iter()
        .filter(|volume| volume.size_mib.is_none());
    if sold.count() != 1 {
        let says = "exactly one has no size_mib: it is the storage that the plan sells";
        note("volumes".into(), says.into());
    }
}

fn overhead(recipe: &Recipe, note: &mut impl FnMut(String, String)) {
    let overhead = &recipe.overhead;
    match (overhead.database, recipe.ports.database) {
        (Some(_), None) => note(
            "ports.database".into(),
            "is missing: overhead.database states one".into(),
        ),
        (None, Some(_)) => note(
            "overhead.database".into(),
            "is missing: ports.database states one".into(),
        ),
        _ => {}
    }
    match (recipe.has_reset_job(), overhead.job) {
        (true, None) => note(
            "overhead.job".into(),
            "is missing: a Job gives the owner another password".into(),
        ),
        (false, Some(_)) => note(
            "overhead.job".into(),
            "is stated, and no Job has an owner to see to".into(),
        ),
        _ => {}
    }
    let app = recipe.app;
    if app.ephemeral_request_mib > app.ephemeral_limit_mib {
        note(
            "app.ephemeral_request_mib".into(),
            "is above its limit".into(),
        );
    }
    let sidecars = overhead.sidecars.iter();
    let sidecars = sidecars.map(|(name, need)| (format!("overhead.sidecars.{name}"), *need));
    let parts = [
        ("overhead.database", overhead.database),
        ("overhead.job", overhead.job),
    ];
    let parts = parts
        .into_iter()
        .filter_map(|(at, need)| Some((at.to_owned(), need?)));
    for (at, Need { requests, limits }) in parts.chain(sidecars) {
        let figures = [
            (
                "cpu_millicores",
                requests.cpu_millicores,
                limits.cpu_millicores,
            ),
            ("memory_mib", requests.memory_mib, limits.memory_mib),
            (
                "ephemeral_mib",
                requests.ephemeral_mib,
                limits.ephemeral_mib,
            ),
        ];
        for (figure, request, limit) in figures {
            if request > limit {
                note(
                    format!("{at}.requests.{figure}"),
                    format!("{request} is above its limit {limit}"),
                );
            }
        }
    }
}

fn secrets(recipe: &Recipe, note: &mut impl FnMut(String, String)) {
    let mut keys = BTreeSet::new();
    for (index, secret) in recipe.secrets.iter().enumerate() {
        if !keys.insert(secret.key()) {
            note(
                format!("secrets[{index}].key"),
                format!("{} stands there twice", secret.key()),
            );
        }
    }
    for (index, secret) in recipe.secrets.iter().enumerate() {
        let is_random = |wanted: &str| {
            let mut all = recipe.secrets.iter();
            all.any(|other| matches!(other, SecretKey::Random { key, .. } if key == wanted))
        };
        if let SecretKey::BcryptOf { bcrypt_of, .. } = secret
            && !is_random(bcrypt_of)
        {
            let says = format!("{bcrypt_of} is no secret with a length");
            note(format!("secrets[{index}].bcrypt_of"), says);
        }
    }
    if recipe.owner != Owner::None && !keys.contains(ADMIN_PASSWORD) {
        let says = format!("{ADMIN_PASSWORD} is missing: the customer signs in with it");
        note("secrets".into(), says);
    }
}
