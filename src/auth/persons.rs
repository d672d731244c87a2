//! Who counts as the same person where something is had once (billing rules 42 and 44).

use super::keys::Keys;
use purser_domain::{
    claim::{ClaimId, ClaimKind},
    coupon::CouponCode,
    ids::ServiceId,
};

/// What tells a person from others: the mailbox behind his address, which he has proven to be his, and a phone, which nobody
/// proves to us.
pub struct Person {
    mailbox: String,
    phone: Option<String>,
}

impl Person {
    pub fn new(email: &str, phone: Option<String>) -> Self {
        Self {
            mailbox: mailbox(email),
            phone,
        }
    }

    /// The claims on a trial of this service.
    pub fn trial_claims(&self, keys: &Keys, service: ServiceId) -> Vec<ClaimId> {
        let of = |who: &String| keys.claim_id(ClaimKind::Trial, &format!("{who} {service}"));
        let phone = self.phone.iter().map(of);
        std::iter::once(of(&self.mailbox)).chain(phone).collect()
    }

    /// The claim on the welcome.
    pub fn welcome_claim(&self, keys: &Keys) -> ClaimId {
        keys.claim_id(ClaimKind::Welcome, &self.mailbox)
    }

    /// The claim on having everything back of an app of this service.
    pub fn full_refund_claim(&self, keys: &Keys, service: ServiceId) -> ClaimId {
        let who = format!("{} {service}", self.mailbox);
        keys.claim_id(ClaimKind::FullRefund, &who)
    }

    /// The claim on a use of this coupon.
    pub fn coupon_claim(&self, keys: &Keys, coupon: &CouponCode) -> ClaimId {
        keys.claim_id(ClaimKind::Coupon, &format!("{} {coupon}", self.mailbox))
    }
}

/// Many mail services deliver `budi+anything@` to `budi@`, and Gmail, which has two names, overlooks dots as well: whoever
/// writes it differently is the same person.
fn mailbox(email: &str) -> String {
    let email = email.trim().to_lowercase();
    match email.rsplit_once('@') {
        Some((local, domain)) => {
            let local = local.split('+').next().unwrap_or(local);
            match domain {
                "gmail.com" | "googlemail.com" => format!("{}@gmail.com", local.replace('.', "")),
                _ => format!("{local}@{domain}"),
            }
        }
        None => email,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn keys() -> Keys {
        Keys::new(&[7; 32])
    }

    fn ghost() -> ServiceId {
        ServiceId::new(Uuid::from_u128(1))
    }

    #[test]
    fn one_mailbox_is_one_person_however_it_is_written() {
        let claims = |email| Person::new(email, None).trial_claims(&keys(), ghost());
        assert_eq!(claims("budi@example.com"), claims("Budi+2@Example.com"));
        assert_ne!(claims("budi@example.com"), claims("sari@example.com"));
        assert_ne!(claims("bu.di@example.com"), claims("budi@example.com"));
        assert_eq!(claims("bu.di@gmail.com"), claims("budi+1@GoogleMail.com"));
        let welcome = |email| Person::new(email, None).welcome_claim(&keys());
        assert_eq!(welcome("budi@example.com"), welcome("budi+x+y@example.com"));
        let refund = |email| Person::new(email, None).full_refund_claim(&keys(), ghost());
        assert_eq!(refund("budi@example.com"), refund("Budi+2@Example.com"));
        assert!(!claims("budi@example.com").contains(&refund("budi@example.com")));
        let coupon = |email, code: &str| {
            Person::new(email, None).coupon_claim(&keys(), &code.parse().unwrap())
        };
        let gmail = coupon("bu.di+1@gmail.com", "HEMAT");
        assert_eq!(gmail, coupon("budi@googlemail.com", "HEMAT"));
        assert_ne!(gmail, coupon("budi@gmail.com", "GRATIS"));
    }

    #[test]
    fn a_phone_is_a_claim_of_its_own_and_so_is_every_service() {
        let phone = || Some("+628123456789".to_owned());
        let of = |email| Person::new(email, phone()).trial_claims(&keys(), ghost());
        let (budi, other) = (of("budi@example.com"), of("other@example.com"));
        assert_ne!(budi[0], other[0]);
        assert_eq!(budi[1], other[1]);
        let wordpress = ServiceId::new(Uuid::from_u128(2));
        let there = Person::new("budi@example.com", phone()).trial_claims(&keys(), wordpress);
        assert!(budi.iter().all(|claim| !there.contains(claim)));
    }
}
