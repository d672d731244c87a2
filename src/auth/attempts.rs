//! How often something may be tried. It is counted for all processes together, before it is known what comes of it, so that
//! many guesses at once are no more than one after another. Whose attempts they are stands nowhere in the clear.

use super::{
    accounts::AccountError,
    keys::{Keys, mac},
};
use crate::{clock::Clock, store::StoreError};
use chrono::{DateTime, Duration, Utc};
use purser_domain::ids::UserId;
use sqlx::PgPool;
use std::net::IpAddr;

/// Within so many minutes wrong passwords count together.
const GUESSING_MINUTES: i64 = 15;
/// So many times more are taken from one place, for many people may share it, and for one address from all places together:
/// whoever guesses from one place shuts nobody out elsewhere.
const SHARED: u32 = 10;
/// So many codes of coupons that there are not are taken from one account within [`GUESSING_MINUTES`]: a code is short and is
/// chosen to be remembered, and whoever finds one that was meant for another has his money. Typed wrong it is less often.
const COUPON_GUESSES: u32 = 10;
/// So many payment pages are opened for one account within an hour. Each stands in the history for ever, and the gateway takes only
/// so many calls for all customers together.
const PAGES_AN_HOUR: u32 = 30;
/// So many rows whose time is over go when one is begun.
const SWEPT: i64 = 100;

/// How much is taken. Of what is 0 as much as comes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AttemptLimits {
    /// How many wrong passwords for one address from one place within a quarter of an hour, and from whoever is signed in; ten
    /// times as many for one address from all places, and from one place, where letters for another password count as well.
    pub sign_ins: u32,
    /// How many sign-ups within an hour from one place.
    pub sign_ups_an_hour: u32,
}

/// Where a request comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Peer(IpAddr);

impl Peer {
    /// Of IPv6 the network counts: whoever has one address of it has all.
    pub fn new(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V6(address) => {
                let network = u128::from(address) & !u128::from(u64::MAX);
                IpAddr::V6(network.into())
            }
            address @ IpAddr::V4(_) => address,
        })
    }

    /// Whether it is one place among others. A private address (RFC 1918, RFC 4193, RFC 6598), this machine's own and one of
    /// its link alone are no customer's: it is a proxy that hides for whom it asks, and one limit for all of them would stop
    /// everybody at once.
    fn is_one_of_many(self) -> bool {
        match self.0 {
            IpAddr::V4(address) => {
                let [first, second, ..] = address.octets();
                let shared = first == 100 && (64..128).contains(&second);
                let near = address.is_loopback() || address.is_link_local();
                !address.is_private() && !shared && !near
            }
            IpAddr::V6(address) => {
                // The network of `::1` is `::`.
                let near = address.is_unspecified() || address.is_unicast_link_local();
                !address.is_unique_local() && !near
            }
        }
    }
}

/// Shows nothing of it.
impl std::fmt::Debug for Peer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("[peer]")
    }
}

/// A password that is about to be compared, counted as a wrong one.
#[derive(Clone, Debug)]
pub(super) struct Guess {
    /// Begins anew once it was right.
    own: Subject,
    /// What others count for as well.
    shared: Vec<Subject>,
}

type Subject = [u8; 32];

/// Counts attempts.
#[derive(Clone)]
pub(super) struct Attempts {
    pool: PgPool,
    key: [u8; 32],
    clock: Clock,
    limits: AttemptLimits,
}

impl Attempts {
    pub(super) fn new(pool: PgPool, keys: &Keys, clock: Clock, limits: AttemptLimits) -> Self {
        let key = keys.attempts;
        Self {
            pool,
            key,
            clock,
            limits,
        }
    }

    /// Counts a password that is given for this address, whether or not anybody has it; `None` where nothing is counted.
    ///
    /// # Errors
    /// [`AccountError::TooMany`], right or not, or the store's trouble.
    pub(super) async fn guess(
        &self,
        email: &str,
        peer: Peer,
    ) -> Result<Option<Guess>, AccountError> {
        let limit = self.limits.sign_ins;
        if limit == 0 {
            return Ok(None);
        }
        let all = limit.saturating_mul(SHARED);
        let place = peer.is_one_of_many().then(|| self.of_peer("guess", peer));
        if let Some(place) = &place {
            self.count_guess(place, all).await?;
        }
        let own = self.of_address_from(email, peer);
        self.count_guess(&own, limit).await?;
        let address = self.of_address(email);
        self.count_guess(&address, all).await?;
        let shared = place.into_iter().chain([address]).collect();
        Ok(Some(Guess { own, shared }))
    }

    /// Counts a password that is given by whoever is signed in. It is nobody else's count, so that no stranger holds him up.
    ///
    /// # Errors
    /// [`AccountError::TooMany`], right or not, or the store's trouble.
    pub(super) async fn own_guess(&self, user_id: UserId) -> Result<Option<Guess>, AccountError> {
        let limit = self.limits.sign_ins;
        if limit == 0 {
            return Ok(None);
        }
        let own = self.of_user(user_id);
        self.count_guess(&own, limit).await?;
        let shared = vec![];
        Ok(Some(Guess { own, shared }))
    }

    /// The password was right: whoever gave it begins anew, and it was no wrong one for what others count for.
    ///
    /// # Errors
    /// The store's trouble.
    pub(super) async fn was_right(&self, guess: &Guess) -> Result<(), StoreError> {
        self.begin_anew(&guess.own).await?;
        for subject in &guess.shared {
            self.take_back(subject).await?;
        }
        Ok(())
    }

    /// Counts a coupon's code that somebody signed in names, as one that there is not. A code that there is begins nothing anew:
    /// whoever knows one would guess on for ever.
    ///
    /// # Errors
    /// [`AccountError::TooMany`], whether there is such a coupon or not, or the store's trouble.
    pub(super) async fn coupon(&self, user_id: UserId) -> Result<(), AccountError> {
        self.count_guess(&self.of_coupons(user_id), COUPON_GUESSES)
            .await
    }

    /// There is such a coupon.
    ///
    /// # Errors
    /// The store's trouble.
    pub(super) async fn was_a_coupon(&self, user_id: UserId) -> Result<(), StoreError> {
        self.take_back(&self.of_coupons(user_id)).await
    }

    /// Counts a payment page that somebody signed in wants to be opened.
    ///
    /// # Errors
    /// [`AccountError::TooMany`], or the store's trouble.
    pub(super) async fn page(&self, user_id: UserId) -> Result<(), AccountError> {
        let subject = self.subject(&["pages", &user_id.to_string()]);
        self.count(&subject, PAGES_AN_HOUR, Duration::hours(1))
            .await
    }

    async fn take_back(&self, subject: &Subject) -> Result<(), StoreError> {
        sqlx::query("update work.attempts set times = greatest(times - 1, 0) where subject = $1")
            .bind(&subject[..])
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Whoever has the mailbox has chosen another password from there: what was guessed of the old one holds him up no longer.
    ///
    /// # Errors
    /// The store's trouble.
    pub(super) async fn forget(
        &self,
        user_id: UserId,
        email: &str,
        peer: Peer,
    ) -> Result<(), StoreError> {
        for subject in [
            self.of_address(email),
            self.of_address_from(email, peer),
            self.of_user(user_id),
        ] {
            self.begin_anew(&subject).await?;
        }
        Ok(())
    }

    async fn begin_anew(&self, subject: &Subject) -> Result<(), StoreError> {
        sqlx::query("delete from work.attempts where subject = $1")
            .bind(&subject[..])
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Counts what is asked for, or proven, by letter from there.
    ///
    /// # Errors
    /// [`AccountError::TooMany`], or the store's trouble.
    pub(super) async fn letter(&self, peer: Peer) -> Result<(), AccountError> {
        match self.limits.sign_ins {
            limit if limit > 0 && peer.is_one_of_many() => {
                let subject = self.of_peer("guess", peer);
                self.count_guess(&subject, limit.saturating_mul(SHARED))
                    .await
            }
            _ => Ok(()),
        }
    }

    /// Counts a sign-up from there.
    ///
    /// # Errors
    /// [`AccountError::TooMany`], or the store's trouble.
    pub(super) async fn sign_up(&self, peer: Peer) -> Result<(), AccountError> {
        match self.limits.sign_ups_an_hour {
            limit if limit > 0 && peer.is_one_of_many() => {
                let subject = self.of_peer("sign-up", peer);
                self.count(&subject, limit, Duration::hours(1)).await
            }
            _ => Ok(()),
        }
    }

    async fn count_guess(&self, subject: &Subject, limit: u32) -> Result<(), AccountError> {
        self.count(subject, limit, Duration::minutes(GUESSING_MINUTES))
            .await
    }

    /// One more; its window begins with the first, and no later one makes it longer.
    async fn count(
        &self,
        subject: &Subject,
        limit: u32,
        window: Duration,
    ) -> Result<(), AccountError> {
        let now = self.clock.now();
        let (times, until): (i32, DateTime<Utc>) = sqlx::query_as(
            "insert into work.attempts as known (subject, times, until) values ($1, 1, $3)
             on conflict (subject) do update set
                 times = case when known.until <= $2 then 1 else least(known.times + 1, 1000000) end,
                 until = case when known.until <= $2 then excluded.until else known.until end
             returning times, until",
        )
        .bind(&subject[..])
        .bind(now)
        .bind(now + window)
        .fetch_one(&self.pool)
        .await
        .map_err(StoreError::from)?;
        if times == 1 {
            self.sweep(now).await?;
        }
        match u32::try_from(times).is_ok_and(|times| times <= limit) {
            true => Ok(()),
            false => {
                let seconds = (until - now).num_seconds().max(0) + 1;
                Err(AccountError::TooMany {
                    seconds: u32::try_from(seconds).unwrap_or(u32::MAX),
                })
            }
        }
    }

    async fn sweep(&self, now: DateTime<Utc>) -> Result<(), StoreError> {
        sqlx::query(
            "delete from work.attempts where until <= $1 and subject in
                 (select subject from work.attempts where until <= $1 order by until limit $2
                  for update skip locked)",
        )
        .bind(now)
        .bind(SWEPT)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    fn of_address(&self, email: &str) -> Subject {
        self.subject(&["account", &email.trim().to_lowercase()])
    }

    fn of_address_from(&self, email: &str, peer: Peer) -> Subject {
        let (email, place) = (email.trim().to_lowercase(), peer.0.to_string());
        self.subject(&["account-from", &email, &place])
    }

    fn of_user(&self, user_id: UserId) -> Subject {
        self.subject(&["user", &user_id.to_string()])
    }

    fn of_coupons(&self, user_id: UserId) -> Subject {
        self.subject(&["coupons", &user_id.to_string()])
    }

    fn of_peer(&self, what: &str, peer: Peer) -> Subject {
        self.subject(&[what, &peer.0.to_string()])
    }

    fn subject(&self, parts: &[&str]) -> Subject {
        let parts: Vec<&[u8]> = parts.iter().map(|part| part.as_bytes()).collect();
        mac(&self.key, &parts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(address: &str) -> Peer {
        Peer::new(address.parse().unwrap())
    }

    #[test]
    fn a_network_of_ipv6_is_one_place_and_an_address_of_ipv4_is() {
        assert_eq!(peer("2001:db8:1:2::1"), peer("2001:db8:1:2:ffff::9"));
        assert_ne!(peer("2001:db8:1:2::1"), peer("2001:db8:1:3::1"));
        assert_ne!(peer("192.0.2.1"), peer("192.0.2.2"));
        assert_eq!(peer("::ffff:192.0.2.1"), peer("192.0.2.1"));
        assert_eq!(format!("{:?}", peer("192.0.2.1")), "[peer]");
    }

    #[test]
    fn a_private_address_and_this_machine_are_no_place_of_their_own() {
        for inside in [
            "10.42.0.7",
            "172.16.0.1",
            "172.31.255.1",
            "192.168.1.1",
            "100.64.0.1",
            "100.127.255.1",
            "fc00::1",
            "fd12:3456:789a::1",
            "::ffff:10.0.0.1",
            "127.0.0.1",
            "127.1.2.3",
            "::1",
            "::ffff:127.0.0.1",
            "169.254.0.1",
            "fe80::1",
            "fe80::1:2:3:4",
        ] {
            assert!(!peer(inside).is_one_of_many(), "{inside}");
        }
        for outside in [
            "192.0.2.1",
            "172.32.0.1",
            "100.63.255.1",
            "100.128.0.1",
            "126.0.0.1",
            "169.253.0.1",
            "2001:db8::1",
            "fec0::1",
        ] {
            assert!(peer(outside).is_one_of_many(), "{outside}");
        }
    }
}
