//! Where the recipes' texts come from: the binary, or a directory with the same layout.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use super::flaw::Notes;

/// Texts by path below `templates/services`, for example `ghost/20-app.yaml.j2`.
pub(super) type Files = BTreeMap<String, String>;

/// The folder of what every instance gets.
pub(super) const COMMON: &str = "_namespace";

/// What people read; no recipe's part.
pub(super) const README: &str = "README.md";

macro_rules! texts {
    ($($path:literal),* $(,)?) => {
        [$(($path, include_str!(concat!("../../../templates/services/", $path)))),*]
    };
}

pub(super) fn embedded() -> Files {
    texts![
        "_namespace/namespace.yaml.j2",
        "_namespace/guards.yaml.j2",
        "_namespace/secret.yaml.j2",
        "ghost/service.yaml",
        "ghost/10-database.yaml.j2",
        "ghost/20-app.yaml.j2",
        "ghost/30-owner.yaml.j2",
        "ghost/40-route.yaml.j2",
        "ghost/50-reset.yaml.j2",
        "n8n/service.yaml",
        "n8n/10-database.yaml.j2",
        "n8n/20-app.yaml.j2",
        "n8n/30-route.yaml.j2",
        "n8n/40-reset.yaml.j2",
        "wordpress/service.yaml",
        "wordpress/10-database.yaml.j2",
        "wordpress/20-owner.yaml.j2",
        "wordpress/30-app.yaml.j2",
        "wordpress/40-route.yaml.j2",
        "wordpress/50-reset.yaml.j2",
    ]
    .into_iter()
    .map(|(path, text)| (path.to_owned(), text.to_owned()))
    .collect()
}

/// The texts of a folder. One without what every instance gets stands on what the binary carries of that.
pub(super) fn read(directory: &Path, notes: &mut Notes) -> Files {
    let mut files = Files::new();
    for folder in entries(directory, &directory.display().to_string(), notes) {
        let name = name_of(&folder);
        if folder.is_dir() {
            read_folder(&folder, &name, &mut files, notes);
        } else if name != README {
            notes.note_file(&name, "belongs to no recipe: each has a folder of its own");
        }
    }
    let common = format!("{COMMON}/");
    if !files.keys().any(|path| path.starts_with(&common)) {
        let carried = embedded().into_iter();
        files.extend(carried.filter(|(path, _)| path.starts_with(&common)));
    }
    files
}

fn read_folder(folder: &Path, name: &str, files: &mut Files, notes: &mut Notes) {
    for file in entries(folder, name, notes) {
        let path = format!("{name}/{}", name_of(&file));
        if file.is_dir() {
            notes.note_file(&path, "is a folder within a recipe, and nothing reads it");
            continue;
        }
        match fs::read_to_string(&file) {
            Ok(text) => {
                files.insert(path, text);
            }
            Err(error) => notes.note_file(&path, format!("cannot be read: {error}")),
        }
    }
}

fn entries(directory: &Path, shown: &str, notes: &mut Notes) -> Vec<PathBuf> {
    let listed = fs::read_dir(directory)
        .and_then(|listing| {
            listing
                .map(|entry| entry.map(|entry| entry.path()))
                .collect::<io::Result<Vec<_>>>()
        })
        .unwrap_or_else(|error| {
            notes.note_file(shown, format!("cannot be read: {error}"));
            Vec::new()
        });
    let seen = listed.into_iter();
    seen.filter(|path| !name_of(path).starts_with('.'))
        .collect()
}

fn name_of(path: &Path) -> String {
    path.file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}
