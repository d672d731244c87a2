use crate::{aggregate::event_names, ids::UserId};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ClaimEvent {
    /// `holder` is the user of an address or a welcome, the subscription of a subdomain, a trial or a full refund.
    #[serde(rename = "claim.taken")]
    Taken { kind: ClaimKind, holder: Uuid },
    #[serde(rename = "claim.released")]
    Released { holder: Uuid },
    /// As released, but that nobody except `kept_for` takes it before `until`.
    #[serde(rename = "claim.quarantined")]
    Quarantined {
        holder: Uuid,
        kept_for: UserId,
        until: DateTime<Utc>,
    },
}

/// What kind of name it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClaimKind {
    Email,
    Subdomain,
    /// That a person had a trial of a service: held by the order.
    Trial,
    /// That a person was welcomed with credit.
    Welcome,
    /// That a person redeemed a coupon: held by the order, or by the use of one for a wallet.
    Coupon,
    /// That a person had everything back of an app of a service that he ended at once: held by its subscription.
    FullRefund,
}

impl ClaimKind {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Subdomain => "subdomain",
            Self::Trial => "trial",
            Self::Welcome => "welcome",
            Self::Coupon => "coupon",
            Self::FullRefund => "full_refund",
        }
    }
}

event_names!(ClaimEvent {
    Taken => "claim.taken" v "1",
    Released => "claim.released" v "1",
    Quarantined => "claim.quarantined" v "1",
});
