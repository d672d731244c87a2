//! The name of an image, `[host[:port]/]path[:tag][@sha256:…]`, and an operator's own choice of it.

use std::{collections::BTreeMap, str::FromStr};

use super::{flaw::Notes, manifest::Recipe};

/// The setting that holds an operator's choices.
const SETTING: &str = "TEMPLATE_IMAGES";

/// An operator's images in place of a recipe's, by `recipe.image`: another one, or a digest for the recipe's own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImageChoices(BTreeMap<String, String>);

/// Choices that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImageChoicesError {
    #[error("{0} is not recipe.image=name:tag@sha256:… or recipe.image=sha256:…")]
    NoChoice(String),
    #[error("{0} is chosen twice")]
    Twice(String),
}

impl FromStr for ImageChoices {
    type Err = ImageChoicesError;

    /// Reads `ghost.app=ghost:6.59.1, n8n.app=sha256:…`, with commas or white space between.
    fn from_str(text: &str) -> Result<Self, ImageChoicesError> {
        let mut choices = BTreeMap::new();
        let parts = text.split(|letter: char| letter == ',' || letter.is_whitespace());
        for part in parts.filter(|part| !part.is_empty()) {
            let no_choice = || ImageChoicesError::NoChoice(part.to_owned());
            let (key, image) = part.split_once('=').ok_or_else(no_choice)?;
            if !key.contains('.') || image.is_empty() {
                return Err(no_choice());
            }
            if choices.insert(key.to_owned(), image.to_owned()).is_some() {
                return Err(ImageChoicesError::Twice(key.to_owned()));
            }
        }
        Ok(Self(choices))
    }
}

impl ImageChoices {
    /// Puts them in place; one for an image that no recipe has is noted, and so is one that is not pinned.
    pub(super) fn apply(&self, recipes: &mut BTreeMap<String, Recipe>, notes: &mut Notes) {
        for (key, choice) in &self.0 {
            let (recipe, name) = key.split_once('.').unwrap_or_default();
            let recipe = recipes.get_mut(recipe);
            let Some(image) = recipe.and_then(|recipe| recipe.images.get_mut(name)) else {
                notes.note(SETTING, key, "no recipe has this image");
                continue;
            };
            let chosen = match is_digest(choice) {
                true => format!("{}@{choice}", image.split('@').next().unwrap_or_default()),
                false => choice.clone(),
            };
            match flaw(&chosen) {
                Some(says) => notes.note(SETTING, key, says),
                None => *image = chosen,
            }
        }
    }
}

/// Why this does not name one image for ever; none where it does.
pub(super) fn flaw(image: &str) -> Option<String> {
    let (name, digest) = match image.split_once('@') {
        Some((name, digest)) => (name, Some(digest)),
        None => (image, None),
    };
    let last = name.rfind('/').map_or(0, |at| at + 1);
    let (path, tag) = match name[last..].split_once(':') {
        Some((part, tag)) => (&name[..last + part.len()], Some(tag)),
        None => (name, None),
    };
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || "._-/:".contains(letter);
    if path.is_empty() || !path.chars().all(is_part) || path.ends_with('/') {
        return Some(format!("image {image} has no readable name"));
    }
    match tag {
        Some("latest") => Some(format!(
            "image {image} is another one tomorrow: name a version instead of latest"
        )),
        Some(tag) if !is_tag(tag) => Some(format!("image {image} has a malformed tag")),
        None if digest.is_none() => Some(format!(
            "image {image} has no tag: name a version, as in {image}:1.2.3"
        )),
        _ if digest.is_some_and(|digest| !is_digest(digest)) => Some(format!(
            "image {image} has a malformed digest: it is sha256: and 64 digits of 0-9 and a-f"
        )),
        _ => None,
    }
}

fn is_tag(tag: &str) -> bool {
    let rest = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
    let first = tag.starts_with(|letter: char| letter.is_ascii_alphanumeric() || letter == '_');
    first && tag.len() <= 128 && tag.chars().all(|letter| rest(letter) || letter == '_')
}

fn is_digest(digest: &str) -> bool {
    digest.strip_prefix("sha256:").is_some_and(|digits| {
        digits.len() == 64
            && digits
                .bytes()
                .all(|it| matches!(it, b'0'..=b'9' | b'a'..=b'f'))
    })
}

/// The same image from the installation's mirror: its registry's host is replaced, its path, tag and digest stay.
pub(super) fn mirrored(image: &str, registry: &str) -> String {
    let registry = registry.trim_end_matches('/');
    if registry.is_empty() {
        return image.to_owned();
    }
    let path = match image.split_once('/') {
        Some((host, path)) if host.contains(['.', ':']) || host == "localhost" => path,
        _ => image,
    };
    format!("{registry}/{path}")
}
