//! Where the recipes' texts come from: the binary, or a directory with the same layout.

use std::{collections::BTreeMap, fs, path::Path};

use super::RecipeError;

/// Texts by path below `templates/services`, for example `ghost/20-app.yaml.j2`.
pub(super) type Files = BTreeMap<String, String>;

/// The folder of what every instance gets.
pub(super) const COMMON: &str = "_namespace";

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
        "n8n/service.yaml",
        "n8n/10-database.yaml.j2",
        "n8n/20-app.yaml.j2",
        "n8n/30-route.yaml.j2",
        "wordpress/service.yaml",
        "wordpress/10-database.yaml.j2",
        "wordpress/20-owner.yaml.j2",
        "wordpress/30-app.yaml.j2",
        "wordpress/40-route.yaml.j2",
    ]
    .into_iter()
    .map(|(path, text)| (path.to_owned(), text.to_owned()))
    .collect()
}

pub(super) fn read(directory: &Path) -> Result<Files, RecipeError> {
    let mut files = Files::new();
    for folder in entries(directory)? {
        if !folder.is_dir() {
            continue;
        }
        for file in entries(&folder)? {
            let text = fs::read_to_string(&file).map_err(|source| unreadable(&file, source))?;
            files.insert(format!("{}/{}", name_of(&folder), name_of(&file)), text);
        }
    }
    Ok(files)
}

fn entries(directory: &Path) -> Result<Vec<std::path::PathBuf>, RecipeError> {
    let listing = fs::read_dir(directory).map_err(|source| unreadable(directory, source))?;
    let mut paths = Vec::new();
    for entry in listing {
        let path = entry
            .map_err(|source| unreadable(directory, source))?
            .path();
        if !name_of(&path).starts_with('.') {
            paths.push(path);
        }
    }
    Ok(paths)
}

fn name_of(path: &Path) -> String {
    path.file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}

fn unreadable(path: &Path, source: std::io::Error) -> RecipeError {
    RecipeError::Unreadable {
        path: path.display().to_string(),
        source,
    }
}
