//! Passwords: argon2id, off the threads that serve requests, no more at once than there are cores. Only so many wait for
//! one; whoever comes then is told to come back.

use argon2::{
    Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier as _, Version,
    password_hash::phc::PasswordHash,
};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// How dear a guess is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PasswordCost {
    pub memory_kib: u32,
    pub passes: u32,
    pub lanes: u32,
}

impl Default for PasswordCost {
    /// What OWASP asks of argon2id: 19 MiB, two passes, one lane.
    fn default() -> Self {
        Self {
            memory_kib: 19 * 1024,
            passes: 2,
            lanes: 1,
        }
    }
}

/// A password was not hashed or checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    #[error("is shorter than {} characters", Passwords::SHORTEST)]
    TooShort,
    #[error("is longer than {} characters", Passwords::LONGEST)]
    TooLong,
    #[error("passwords cannot be hashed with this cost")]
    Cost,
    #[error("the hashing of passwords has stopped")]
    Stopped,
    #[error("too many sign in at once; try again in a moment")]
    Busy,
}

/// Hashes and checks passwords.
#[derive(Clone, Debug)]
pub struct Passwords {
    argon2: Argon2<'static>,
    cores: Arc<Semaphore>,
    /// For whom is at it and whoever waits.
    places: Arc<Semaphore>,
    /// Checked against where there is no account, so that the time taken tells nothing.
    nobody: Arc<str>,
}

impl Passwords {
    pub const SHORTEST: usize = 10;
    pub const LONGEST: usize = 128;
    /// So many wait at most.
    const WAITING: usize = 64;

    /// # Errors
    /// A cost that argon2 does not take.
    pub fn new(cost: PasswordCost) -> Result<Self, PasswordError> {
        let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, None)
            .map_err(|_| PasswordError::Cost)?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let nobody = argon2
            .hash_password(b"nobody's password")
            .map_err(|_| PasswordError::Cost)?;
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Ok(Self {
            argon2,
            cores: Arc::new(Semaphore::new(cores)),
            places: Arc::new(Semaphore::new(cores + Self::WAITING)),
            nobody: nobody.to_string().into(),
        })
    }

    /// Whether a password may be chosen.
    ///
    /// # Errors
    /// Too short or too long.
    pub fn check(password: &str) -> Result<(), PasswordError> {
        match password.chars().count() {
            ..Self::SHORTEST => Err(PasswordError::TooShort),
            length if length > Self::LONGEST => Err(PasswordError::TooLong),
            _ => Ok(()),
        }
    }

    /// The hash to keep, in PHC form.
    ///
    /// # Errors
    /// A password that may not be chosen, or too many wait.
    pub async fn hash(&self, password: String) -> Result<String, PasswordError> {
        Self::check(&password)?;
        let argon2 = self.argon2.clone();
        self.off_thread(move || {
            argon2
                .hash_password(password.as_bytes())
                .map(|hash| hash.to_string())
                .map_err(|_| PasswordError::Cost)
        })
        .await?
    }

    /// Whether this is the password. Takes as long where there is no hash to check against.
    ///
    /// # Errors
    /// Too many wait, or the process is stopping.
    pub async fn verify(
        &self,
        password: String,
        hash: Option<String>,
    ) -> Result<bool, PasswordError> {
        // A longer one was never chosen; not hashing it keeps the effort bounded.
        let password: String = password.chars().take(Self::LONGEST + 1).collect();
        let (argon2, nobody) = (self.argon2.clone(), self.nobody.clone());
        self.off_thread(move || {
            let expected = hash.as_deref().unwrap_or(&nobody);
            let matches = PasswordHash::new(expected).is_ok_and(|expected| {
                argon2
                    .verify_password(password.as_bytes(), &expected)
                    .is_ok()
            });
            matches && hash.is_some()
        })
        .await
    }

    async fn off_thread<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, PasswordError> {
        let place = self.places.clone().try_acquire_owned();
        let place = place.map_err(|_| PasswordError::Busy)?;
        let core = self.cores.clone().acquire_owned().await;
        let core = core.map_err(|_| PasswordError::Stopped)?;
        // Whoever goes away meanwhile leaves the work behind, and with it core and place.
        tokio::task::spawn_blocking(move || {
            let _held = (core, place);
            work()
        })
        .await
        .map_err(|_| PasswordError::Stopped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cheap() -> Passwords {
        Passwords::new(PasswordCost {
            memory_kib: 8,
            passes: 1,
            lanes: 1,
        })
        .unwrap()
    }

    #[tokio::test]
    async fn only_the_password_itself_opens_its_hash() {
        let passwords = cheap();
        let hash = passwords.hash("rahasia-sekali".into()).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=8,t=1,p=1$"));
        let verify =
            |text: &str, hash: Option<&String>| passwords.verify(text.to_owned(), hash.cloned());
        assert_eq!(verify("rahasia-sekali", Some(&hash)).await, Ok(true));
        assert_eq!(verify("rahasia-sekalI", Some(&hash)).await, Ok(false));
    }

    #[tokio::test]
    async fn nobody_signs_in_as_nobody() {
        let verified = cheap().verify("nobody's password".into(), None).await;
        assert_eq!(verified, Ok(false));
    }

    #[tokio::test]
    async fn a_password_has_10_to_128_characters() {
        let passwords = cheap();
        let hash = |length: usize| passwords.hash("á".repeat(length));
        assert_eq!(hash(9).await, Err(PasswordError::TooShort));
        assert_eq!(hash(129).await, Err(PasswordError::TooLong));
        assert!(hash(10).await.is_ok());
        assert!(hash(128).await.is_ok());
    }

    #[tokio::test]
    async fn no_more_wait_than_there_are_places() {
        let passwords = cheap();
        let cores = passwords.cores.clone();
        let all = u32::try_from(cores.available_permits()).unwrap();
        let held = cores.acquire_many(all).await.unwrap();
        let places = passwords.places.available_permits();
        let verify = || passwords.verify("rahasia-sekali".into(), None);
        let mut waiting: Vec<_> = (0..places).map(|_| Box::pin(verify())).collect();
        for one in &mut waiting {
            assert!(futures_util::poll!(one).is_pending());
        }
        assert_eq!(verify().await, Err(PasswordError::Busy));
        drop(held);
        for one in waiting {
            assert_eq!(one.await, Ok(false));
        }
        assert_eq!(verify().await, Ok(false));
    }

    #[test]
    fn the_default_cost_is_owasps() {
        let hash = Passwords::new(PasswordCost::default()).unwrap().nobody;
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
    }
}
