//! Personal data, sealed under a key per person. **Invariant:** whoever loses the person's key, or was
//! given another person's or field's value, opens nothing.
//!
//! Erasing a person empties the key's row and leaves it there, so that no new key takes its place.

use super::keys::Keys;
use crate::store::StoreError;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use chacha20poly1305::{
    KeyInit as _, XChaCha20Poly1305, XNonce,
    aead::{Aead as _, Payload},
};
use purser_domain::sealed::Sealed;
use sqlx::PgPool;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};
use uuid::Uuid;

/// The fields that are sealed: part of what a value is bound to.
pub mod field {
    pub const NAME: &str = "name";
    pub const EMAIL: &str = "email";
    pub const PHONE: &str = "phone";
    pub const PASSWORD: &str = "password";
    pub const BANK_ACCOUNT: &str = "bank_account";
    pub const SECOND_FACTOR: &str = "second_factor";
    pub const NOTIFICATION: &str = "notification";
    /// The name that a document is made out to.
    pub const BUYER: &str = "buyer";
    /// His address and NPWP, as they stand on it.
    pub const BUYER_DETAILS: &str = "buyer_details";
    /// What a customer gave for his paper.
    pub const BILLING_DETAILS: &str = "billing_details";

    /// What a customer chose of an app.
    pub fn parameter(name: &str) -> String {
        format!("parameter/{name}")
    }
}

const NONCE: usize = 24;
const CACHED_KEYS: usize = 10_000;
/// Within this time an erasure reaches every process.
const CACHED_FOR: Duration = Duration::from_secs(30);

type Key = [u8; 32];

/// A value was not sealed or opened.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    #[error("this person was erased")]
    Erased,
    #[error("the value does not belong to this person and field, or was changed")]
    Forged,
    #[error("the person's key does not open with this installation's master key")]
    WrongMasterKey,
    #[error("the system gives no randomness")]
    NoRandomness,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for VaultError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

/// Seals and opens what belongs to people.
#[derive(Clone, Debug)]
pub struct Vault {
    pool: PgPool,
    keys: Keys,
    cache: Arc<Mutex<HashMap<Uuid, (Key, Instant)>>>,
}

impl Vault {
    pub fn new(pool: PgPool, keys: Keys) -> Self {
        Self {
            pool,
            keys,
            cache: Arc::default(),
        }
    }

    /// The installation's keys.
    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// Seals a value under the person's key, which is made where there is none yet.
    ///
    /// # Errors
    /// The person was erased, or the store's trouble.
    pub async fn seal(&self, person: Uuid, field: &str, plain: &str) -> Result<Sealed, VaultError> {
        let key = match self.key(person).await {
            Err(VaultError::Erased) => self.make_key(person).await?,
            found => found?,
        };
        seal_under(&key, person, field, plain)
    }

    /// Stands where a value of a person who was erased would: nothing, under a key that nobody keeps.
    ///
    /// # Errors
    /// The system gives no randomness.
    pub fn seal_nothing(person: Uuid, field: &str) -> Result<Sealed, VaultError> {
        seal_under(&new_key()?, person, field, "")
    }

    /// Opens a value of this field.
    ///
    /// # Errors
    /// The person was erased, the value belongs elsewhere, or the store's trouble.
    pub async fn open(&self, sealed: &Sealed, field: &str) -> Result<String, VaultError> {
        let (person, ciphertext) = parts(sealed).ok_or(VaultError::Forged)?;
        let key = self.key(person).await?;
        let plain =
            decrypt(&key, &ciphertext, &bound_to(person, field)).ok_or(VaultError::Forged)?;
        String::from_utf8(plain).map_err(|_| VaultError::Forged)
    }

    /// Forgets the person: from now on nothing of his opens, here at once and elsewhere within
    /// half a minute.
    ///
    /// # Errors
    /// The store's trouble.
    pub async fn erase(&self, person: Uuid) -> Result<(), VaultError> {
        sqlx::query(
            "insert into work.person_keys (person, wrapped) values ($1, '')
             on conflict (person) do update set wrapped = ''",
        )
        .bind(person)
        .execute(&self.pool)
        .await
        .map_err(StoreError::from)?;
        self.cache().remove(&person);
        Ok(())
    }

    pub(super) fn pool(&self) -> &PgPool {
        &self.pool
    }

    pub(super) fn forget_cached(&self) {
        self.cache().clear();
    }

    async fn key(&self, person: Uuid) -> Result<Key, VaultError> {
        let cached = self.cache().get(&person).copied();
        if let Some((key, since)) = cached
            && since.elapsed() < CACHED_FOR
        {
            return Ok(key);
        }
        let wrapped: Option<Vec<u8>> =
            sqlx::query_scalar("select wrapped from work.person_keys where person = $1")
                .bind(person)
                .fetch_optional(&self.pool)
                .await
                .map_err(StoreError::from)?;
        let wrapped = wrapped
            .filter(|wrapped| !wrapped.is_empty())
            .ok_or(VaultError::Erased)?;
        let key = decrypt(&self.keys.wrap, &wrapped, &bound_to(person, "key"))
            .and_then(|key| Key::try_from(key).ok())
            .ok_or(VaultError::WrongMasterKey)?;
        let mut cache = self.cache();
        if cache.len() >= CACHED_KEYS {
            cache.clear();
        }
        cache.insert(person, (key, Instant::now()));
        Ok(key)
    }

    /// Of two who make a key at once, the first one's counts.
    async fn make_key(&self, person: Uuid) -> Result<Key, VaultError> {
        let wrapped = encrypt(&self.keys.wrap, &new_key()?, &bound_to(person, "key"))?;
        sqlx::query(
            "insert into work.person_keys (person, wrapped) values ($1, $2) on conflict do nothing",
        )
        .bind(person)
        .bind(wrapped)
        .execute(&self.pool)
        .await
        .map_err(StoreError::from)?;
        self.key(person).await
    }

    fn cache(&self) -> std::sync::MutexGuard<'_, HashMap<Uuid, (Key, Instant)>> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn new_key() -> Result<Key, VaultError> {
    let mut key = Key::default();
    getrandom::fill(&mut key).map_err(|_| VaultError::NoRandomness)?;
    Ok(key)
}

fn seal_under(key: &Key, person: Uuid, field: &str, plain: &str) -> Result<Sealed, VaultError> {
    let sealed = encrypt(key, plain.as_bytes(), &bound_to(person, field))?;
    let text = format!("v1.{person}.{}", BASE64_STANDARD.encode(sealed));
    Sealed::try_from(text).map_err(|_| VaultError::Forged)
}

fn bound_to(person: Uuid, field: &str) -> Vec<u8> {
    format!("{person}/{field}").into_bytes()
}

fn parts(sealed: &Sealed) -> Option<(Uuid, Vec<u8>)> {
    let (person, ciphertext) = sealed.as_str().strip_prefix("v1.")?.split_once('.')?;
    Some((
        person.parse().ok()?,
        BASE64_STANDARD.decode(ciphertext).ok()?,
    ))
}

fn encrypt(key: &Key, plain: &[u8], aad: &[u8]) -> Result<Vec<u8>, VaultError> {
    let mut nonce = [0; NONCE];
    getrandom::fill(&mut nonce).map_err(|_| VaultError::NoRandomness)?;
    let payload = Payload { msg: plain, aad };
    let ciphertext = XChaCha20Poly1305::new(key.into())
        .encrypt(&XNonce::from(nonce), payload)
        .map_err(|_| VaultError::Forged)?;
    Ok([nonce.as_slice(), &ciphertext].concat())
}

fn decrypt(key: &Key, sealed: &[u8], aad: &[u8]) -> Option<Vec<u8>> {
    let (nonce, ciphertext) = sealed.split_first_chunk::<NONCE>()?;
    let payload = Payload {
        msg: ciphertext,
        aad,
    };
    XChaCha20Poly1305::new(key.into())
        .decrypt(&XNonce::from(*nonce), payload)
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_only_under_its_key_person_and_field() {
        let (budi, siti) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let sealed = encrypt(&[1; 32], b"Budi", &bound_to(budi, field::NAME)).unwrap();
        let open = |key: u8, person, field| decrypt(&[key; 32], &sealed, &bound_to(person, field));
        assert_eq!(open(1, budi, field::NAME).as_deref(), Some(&b"Budi"[..]));
        assert_eq!(open(2, budi, field::NAME), None);
        assert_eq!(open(1, siti, field::NAME), None);
        assert_eq!(open(1, budi, field::EMAIL), None);
    }

    #[test]
    fn the_same_value_is_never_sealed_the_same_twice() {
        let seal = || encrypt(&[1; 32], b"Budi", b"").unwrap();
        assert_ne!(seal(), seal());
    }

    #[test]
    fn nothing_has_the_form_of_a_sealed_value_and_opens_under_no_key() {
        let person = Uuid::from_u128(1);
        let sealed = Vault::seal_nothing(person, field::NAME).unwrap();
        let (owner, ciphertext) = parts(&sealed).unwrap();
        assert_eq!(owner, person);
        let opened = decrypt(&[1; 32], &ciphertext, &bound_to(person, field::NAME));
        assert_eq!(opened, None);
    }
}
