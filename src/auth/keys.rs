//! The installation's master key and the keys made from it, one a purpose, so that what leaks of one
//! purpose tells nothing of another.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use purser_domain::claim::{ClaimId, ClaimKind};
use sha2::Sha256;
use std::fmt;

/// A text that is no master key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a master key is 32 bytes in base64")]
pub struct NotAKey;

/// The keys of one installation. `Debug` shows none of them.
#[derive(Clone)]
pub struct Keys {
    claims: [u8; 32],
    bodies: [u8; 32],
    pub(super) refresh: [u8; 32],
    pub(super) jwt: [u8; 32],
    pub(super) wrap: [u8; 32],
    pub(super) workers: [u8; 32],
    pub(super) addresses: [u8; 32],
    pub(super) resets: [u8; 32],
    pub(super) attempts: [u8; 32],
}

impl Keys {
    pub fn new(master: &[u8; 32]) -> Self {
        Self {
            claims: mac(master, &[b"purser/claims"]),
            bodies: mac(master, &[b"purser/bodies"]),
            refresh: mac(master, &[b"purser/refresh"]),
            jwt: mac(master, &[b"purser/jwt"]),
            wrap: mac(master, &[b"purser/wrap"]),
            workers: mac(master, &[b"purser/workers"]),
            addresses: mac(master, &[b"purser/addresses"]),
            resets: mac(master, &[b"purser/resets"]),
            attempts: mac(master, &[b"purser/attempts"]),
        }
    }

    /// Reads the setting: 32 bytes in base64.
    ///
    /// # Errors
    /// [`NotAKey`].
    pub fn parse(text: &str) -> Result<Self, NotAKey> {
        let bytes = BASE64_STANDARD.decode(text.trim()).map_err(|_| NotAKey)?;
        let master: [u8; 32] = bytes.try_into().map_err(|_| NotAKey)?;
        Ok(Self::new(&master))
    }

    /// The id of the claim on a normalised value: without the key nobody can tell which value it is.
    pub fn claim_id(&self, kind: ClaimKind, normalised: &str) -> ClaimId {
        let digest = mac(
            &self.claims,
            &[kind.as_str().as_bytes(), normalised.as_bytes()],
        );
        hex::encode(digest)
            .parse()
            .expect("32 bytes are 64 hexadecimal digits")
    }

    /// What is remembered of a request's body. A plain hash would let whoever reads the table try
    /// passwords and addresses against it.
    pub fn body_hash(&self, canonical: &str) -> [u8; 32] {
        mac(&self.bodies, &[canonical.as_bytes()])
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[keys]")
    }
}

/// HMAC-SHA-256 over length-prefixed parts.
pub(super) fn mac(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = keyed(key);
    for part in parts {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

fn keyed(key: &[u8; 32]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC takes a key of any length")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_purpose_has_a_key_of_its_own() {
        let keys = Keys::new(&[7; 32]);
        let all = [
            keys.claims,
            keys.bodies,
            keys.refresh,
            keys.jwt,
            keys.wrap,
            keys.workers,
            keys.addresses,
            keys.resets,
            keys.attempts,
            [7; 32],
        ];
        for (index, key) in all.iter().enumerate() {
            assert!(!all[..index].contains(key));
        }
    }

    #[test]
    fn a_claim_depends_on_kind_value_and_installation() {
        let keys = Keys::new(&[7; 32]);
        let id = keys.claim_id(ClaimKind::Email, "budi@example.com");
        assert_eq!(id, keys.claim_id(ClaimKind::Email, "budi@example.com"));
        assert_ne!(id, keys.claim_id(ClaimKind::Subdomain, "budi@example.com"));
        let other = Keys::new(&[8; 32]);
        assert_ne!(id, other.claim_id(ClaimKind::Email, "budi@example.com"));
    }

    #[test]
    fn a_master_key_is_32_bytes() {
        let text = BASE64_STANDARD.encode([7; 32]);
        assert_eq!(Keys::parse(&text).unwrap().wrap, Keys::new(&[7; 32]).wrap);
        assert_eq!(
            Keys::parse(&BASE64_STANDARD.encode([7; 31])).unwrap_err(),
            NotAKey
        );
        assert_eq!(Keys::parse("").unwrap_err(), NotAKey);
        assert_eq!(format!("{:?}", Keys::new(&[7; 32])), "[keys]");
    }
}
