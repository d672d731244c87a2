//! The words by which a host outside proves itself: a join token, used once, and a credential for its heartbeats. Both
//! are made from the worker's id under a key of the installation and stand nowhere; whether they still open anything is
//! asked of the history.

use super::{
    keys::{Keys, mac},
    tokens::TokenError,
};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use purser_domain::ids::WorkerId;
use subtle::ConstantTimeEq as _;

const JOIN: &str = "join";
const BEAT: &str = "beat";

/// Makes and reads them.
#[derive(Clone)]
pub struct WorkerTokens {
    key: [u8; 32],
}

impl WorkerTokens {
    pub fn new(keys: &Keys) -> Self {
        Self { key: keys.workers }
    }

    /// The token with which this invitation is taken up.
    pub fn join(&self, worker: WorkerId) -> String {
        self.token(JOIN, worker)
    }

    /// # Errors
    /// [`TokenError::Forged`].
    pub fn read_join(&self, token: &str) -> Result<WorkerId, TokenError> {
        self.read(JOIN, token)
    }

    /// The credential of this worker's heartbeats.
    pub fn beat(&self, worker: WorkerId) -> String {
        self.token(BEAT, worker)
    }

    /// # Errors
    /// [`TokenError::Forged`].
    pub fn read_beat(&self, token: &str) -> Result<WorkerId, TokenError> {
        self.read(BEAT, token)
    }

    fn token(&self, purpose: &str, worker: WorkerId) -> String {
        let proof = BASE64_URL_SAFE_NO_PAD.encode(self.proof(purpose, worker));
        format!("{purpose}.{worker}.{proof}")
    }

    fn read(&self, purpose: &str, token: &str) -> Result<WorkerId, TokenError> {
        let parts: Vec<&str> = token.split('.').collect();
        let [named, id, proof] = parts[..] else {
            return Err(TokenError::Forged);
        };
        let worker: WorkerId = id.parse().map_err(|_| TokenError::Forged)?;
        let proof = BASE64_URL_SAFE_NO_PAD
            .decode(proof)
            .map_err(|_| TokenError::Forged)?;
        let proven: bool = proof.ct_eq(&self.proof(purpose, worker)[..]).into();
        if proven && named == purpose {
            Ok(worker)
        } else {
            Err(TokenError::Forged)
        }
    }

    fn proof(&self, purpose: &str, worker: WorkerId) -> [u8; 32] {
        mac(&self.key, &[purpose.as_bytes(), worker.uuid().as_bytes()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn worker() -> WorkerId {
        WorkerId::new(Uuid::from_u128(7))
    }

    fn tokens(key: u8) -> WorkerTokens {
        WorkerTokens::new(&Keys::new(&[key; 32]))
    }

    #[test]
    fn each_token_opens_its_own_door_and_no_other() {
        let tokens = tokens(1);
        let (join, beat) = (tokens.join(worker()), tokens.beat(worker()));
        assert_eq!(tokens.read_join(&join), Ok(worker()));
        assert_eq!(tokens.read_beat(&beat), Ok(worker()));
        assert_eq!(tokens.read_join(&beat), Err(TokenError::Forged));
        assert_eq!(tokens.read_beat(&join), Err(TokenError::Forged));
        assert_eq!(
            tokens.read_beat(&join.replace("join", "beat")),
            Err(TokenError::Forged)
        );
    }

    #[test]
    fn a_token_of_another_worker_or_installation_is_forged() {
        let token = tokens(1).join(worker());
        assert_eq!(tokens(2).read_join(&token), Err(TokenError::Forged));
        let other = token.replace(&worker().to_string(), &Uuid::from_u128(8).to_string());
        for wrong in [other.as_str(), "", "join", "join.x.y", &format!("{token}.")] {
            assert_eq!(
                tokens(1).read_join(wrong),
                Err(TokenError::Forged),
                "{wrong}"
            );
        }
    }
}
