//! Generated values: passwords and keys of one instance. Made once, and never again while the Secret has them.

use std::collections::BTreeMap;

use super::{
    RecipeError,
    manifest::{Recipe, SecretKey},
};
use crate::{config::Secret, kubernetes::spec::InstanceSpec};

/// The key under which every recipe keeps the password that its customer logs in with.
pub(in crate::kubernetes) const ADMIN_PASSWORD: &str = "admin-password";

/// The password that a reset is about to give the owner, and its hash. They are the Secret's only for as long as that takes.
pub(in crate::kubernetes) const NEXT_PASSWORD: &str = "admin-password-next";
pub(super) const NEXT_HASH: &str = "admin-password-next-bcrypt";

/// The password of the mail server. Unlike the others it is not made here, and follows what is wanted.
pub(super) const MAIL_PASSWORD: &str = "smtp-password";

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
            let hash = hashed(recipe, plain)?;
            made.insert(key.clone(), hash);
        }
    }
    Ok(made)
}

/// What the Secret is to say of the mail server and of what the customer chose, where it says something else. `None`
/// under a key that is to go.
pub(in crate::kubernetes) fn given(
    recipe: &Recipe,
    spec: &InstanceSpec,
    existing: &BTreeMap<String, Secret>,
) -> BTreeMap<String, Option<Secret>> {
    let mail = spec.mail.as_ref().and_then(|mail| mail.password.clone());
    let own = recipe.secret_parameters().map(|(_, key)| {
        let chosen = spec.secrets.get(&key).cloned();
        (key, chosen)
    });
    let wanted = own.chain([(MAIL_PASSWORD.to_owned(), mail)]);
    wanted
        .filter(|(key, wanted)| existing.get(key) != wanted.as_ref())
        .collect()
}

/// Another password for the owner, and its hash.
pub(in crate::kubernetes) fn next(
    recipe: &Recipe,
) -> Result<BTreeMap<String, Secret>, RecipeError> {
    let lengths = recipe.secrets.iter().find_map(|secret| match secret {
        SecretKey::Random { key, length } if key == ADMIN_PASSWORD => Some(*length),
        _ => None,
    });
    let length = lengths.ok_or_else(|| cannot(recipe, format!("{ADMIN_PASSWORD} is missing")))?;
    let plain = random(recipe, length)?;
    let hash = hashed(recipe, &plain)?;
    Ok(BTreeMap::from([
        (NEXT_PASSWORD.to_owned(), plain),
        (NEXT_HASH.to_owned(), hash),
    ]))
}

/// The next password and its hash, under the keys of those that the recipe's own password has: what the Secret is to
/// say once the app has it. `None` under a key that is to go. Empty where there is no next password.
pub(in crate::kubernetes) fn kept(
    recipe: &Recipe,
    existing: &BTreeMap<String, Secret>,
) -> BTreeMap<String, Option<Secret>> {
    let next = existing.get(NEXT_PASSWORD).zip(existing.get(NEXT_HASH));
    let Some((plain, hash)) = next else {
        return BTreeMap::new();
    };
    let mut kept = BTreeMap::from([
        (ADMIN_PASSWORD.to_owned(), Some(plain.clone())),
        (NEXT_PASSWORD.to_owned(), None),
        (NEXT_HASH.to_owned(), None),
    ]);
    for secret in &recipe.secrets {
        if let SecretKey::BcryptOf { key, bcrypt_of } = secret
            && bcrypt_of == ADMIN_PASSWORD
        {
            kept.insert(key.clone(), Some(hash.clone()));
        }
    }
    kept
}

/// What n8n itself hashes with. A password made here is random and long: a dearer hash makes nobody's guesses dearer, only
/// every order.
const BCRYPT_COST: u32 = 10;

fn hashed(recipe: &Recipe, plain: &Secret) -> Result<Secret, RecipeError> {
    bcrypt::hash(plain.expose(), BCRYPT_COST)
        .map(Secret::new)
        .map_err(|error| cannot(recipe, error.to_string()))
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
