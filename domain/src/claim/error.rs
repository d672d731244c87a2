use crate::{Refusal, Rejection, claim::ClaimKind};

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClaimError {
    #[error("this {} is taken", .0.as_str())]
    Taken(ClaimKind),
    #[error("this name is held by somebody else")]
    NotHolder,
    #[error("this name was given up lately and is kept for whoever had it")]
    Quarantined,
}

impl Rejection for ClaimError {
    fn code(&self) -> &'static str {
        match self {
            Self::Taken(ClaimKind::Email) => "claim.email_taken",
            Self::Taken(ClaimKind::Subdomain) => "claim.subdomain_taken",
            Self::Taken(ClaimKind::Trial) => "claim.trial_taken",
            Self::Taken(ClaimKind::Welcome) => "claim.welcome_taken",
            Self::Taken(ClaimKind::Coupon) => "claim.coupon_taken",
            Self::Taken(ClaimKind::FullRefund) => "claim.full_refund_taken",
            Self::NotHolder => "claim.not_holder",
            Self::Quarantined => "claim.quarantined",
        }
    }

    fn refusal(&self) -> Refusal {
        Refusal::Conflict
    }
}
