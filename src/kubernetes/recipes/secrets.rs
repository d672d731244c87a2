//! Generated values: passwords and keys of one instance. Made once, and never again while the Secret has them.

use std::collections::BTreeMap;

use super::{
    RecipeError,
    manifest::{Recipe, SecretKey},
};
use crate::config::Secret;

/// The key under which every recipe keeps the password that its customer logs in with.
pub(in crate::kubernetes) const ADMIN_PASSWORD: &str = "admin-password";

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// What the recipe asks for and `existing` does not have yet. Empty when there is nothing to add.
pub(in crate::kubernetes) fn complete(
    recipe: &Recipe,
    existing: &BTreeMap<String, Secret>,
) -> Result<BTreeMap<String, Secret>, RecipeError> {
    let mut made = BTreeMap::new();
    for secret in &recipe.secrets {
        if let SecretKey::Random { key, length } = secret
            && !existing.contains_key(key)
        {
            made.insert(key.clone(), random(recipe, *length)?);
        }
    }
    for secret in &recipe.secrets {
        if let SecretKey::BcryptOf { key, bcrypt_of } = secret
            && !existing.contains_key(key)
        {
            let source = existing.get(bcrypt_of).or_else(|| made.get(bcrypt_of));
            let plain = source.ok_or_else(|| cannot(recipe, format!("{bcrypt_of} is missing")))?;
            let hash = bcrypt::hash(plain.expose(), bcrypt::DEFAULT_COST)
                .map_err(|error| cannot(recipe, error.to_string()))?;
            made.insert(key.clone(), Secret::new(hash));
        }
    }
    Ok(made)
}

fn random(recipe: &Recipe, length: usize) -> Result<Secret, RecipeError> {
    let mut bytes = vec![0; length];
    getrandom::fill(&mut bytes).map_err(|error| cannot(recipe, error.to_string()))?;
    // 64 letters, so every byte maps without favouring any.
    let text: String = bytes
        .into_iter()
        .map(|byte| char::from(ALPHABET[usize::from(byte & 63)]))
        .collect();
    Ok(Secret::new(text))
}

fn cannot(recipe: &Recipe, reason: String) -> RecipeError {
    RecipeError::Inconsistent {
        recipe: recipe.name.clone(),
        reason,
    }
}
