//! One type an identifier. An id is made at the edge (UUIDv7), or by UUIDv5 from its cause where a
//! retry must reach the same id; there is no conversion between two kinds.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use uuid::Uuid;

/// The namespace of every name-based id of Purser (RFC 9562, UUIDv5).
pub const NAMESPACE: Uuid = Uuid::from_u128(0x9d2f_6f0e_6a55_5c0b_9f0c_70b1_5e70_0001);

/// A name-based id (UUIDv5) from what caused it: the same parts give the same id for ever.
pub fn derived(parts: &[&str]) -> Uuid {
    let mut name = String::new();
    for part in parts {
        name.push_str(&format!("{}:{part}", part.len()));
    }
    Uuid::new_v5(&NAMESPACE, name.as_bytes())
}

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            pub const fn new(id: Uuid) -> Self {
                Self(id)
            }

            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(formatter)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::from_str(text).map(Self)
            }
        }
    )+};
}

id! {
    /// A person: customer or staff.
    UserId,
    /// A signed-in session of a user.
    SessionId,
    /// A customer's prepaid balance.
    WalletId,
    /// One movement into a wallet.
    CreditId,
    /// One movement out of a wallet.
    ChargeId,
    /// Promotional credit granted to a wallet.
    GrantId,
    /// Credit set aside for something that is not decided yet.
    HoldId,
    /// A payment that the gateway took back, and what is owed because of it.
    ReversalId,
    /// Credit on its way back to the customer's bank, card or e-wallet.
    PayoutId,
    /// A correction of a wallet by staff.
    AdjustmentId,
    /// What one member of the staff asked for and another decides.
    ApprovalId,
    /// How much one member of the staff moves without another.
    ApprovalLimitId,
    /// What the payment gateway kept for itself in a month.
    FeeStatementId,
    /// A letter: the id of the effect that sent it, which is its Message-ID.
    MailId,
    /// What a member of the staff moved for a customer without asking another.
    AllowanceId,
    /// An order of credit, paid through the gateway.
    TopUpId,
    /// An app in the catalogue.
    ServiceId,
    /// A plan of a service.
    PlanId,
    /// What a customer ordered.
    SubscriptionId,
    /// What runs on the cluster for a subscription.
    InstanceId,
    /// Something about money that a person has to look at.
    CaseId,
    /// A receipt, an invoice or a credit note.
    DocumentId,
    /// One use of a coupon.
    RedemptionId,
    /// What instances run on: a node of the cluster or a host outside.
    WorkerId,
}

impl WalletId {
    /// A user has one wallet, so its id follows from the user's.
    pub fn of(user: UserId) -> Self {
        Self(derived(&["wallet", &user.to_string()]))
    }
}

impl ChargeId {
    /// The charge of a subscription's first period.
    pub fn of_order(subscription: SubscriptionId) -> Self {
        Self(derived(&["order-charge", &subscription.to_string()]))
    }

    /// The charge of a period that begins on this day: it is charged once, whoever renews. After a change of plan, which
    /// gives back what was paid ahead, the same day can be paid for anew; `changes` counts when they
    /// begin and when they come to their end.
    pub fn of_period(subscription: SubscriptionId, start: NaiveDate, changes: u32) -> Self {
        let (subscription, start) = (subscription.to_string(), start.to_string());
        match changes {
            0 => Self(derived(&["period-charge", &subscription, &start])),
            _ => Self(derived(&[
                "period-charge",
                &subscription,
                &start,
                &changes.to_string(),
            ])),
        }
    }

    /// The charge of a new period after a suspension; `number` counts the attempts to resume.
    pub fn of_resumption(subscription: SubscriptionId, number: u32) -> Self {
        let (subscription, number) = (subscription.to_string(), number.to_string());
        Self(derived(&["resumption-charge", &subscription, &number]))
    }

    /// The charge of the rest of the paid time after a change of plan; `number` counts the changes.
    pub fn of_change(subscription: SubscriptionId, number: u32) -> Self {
        let (subscription, number) = (subscription.to_string(), number.to_string());
        Self(derived(&["change-charge", &subscription, &number]))
    }

    /// The charge of the grace days before a suspension.
    pub fn of_grace(subscription: SubscriptionId, number: u32) -> Self {
        let (subscription, number) = (subscription.to_string(), number.to_string());
        Self(derived(&["grace-charge", &subscription, &number]))
    }
}

impl CreditId {
    /// The credit of a settled gateway transaction: one transaction is credited once.
    pub fn of_transaction(top_up: TopUpId, transaction: &str) -> Self {
        Self(derived(&[
            "transaction-credit",
            &top_up.to_string(),
            transaction,
        ]))
    }

    /// The credit that gives a charge back.
    pub fn of_refund(charge: ChargeId) -> Self {
        Self(derived(&["refund-credit", &charge.to_string()]))
    }

    /// The credit of what is left of a charge when its subscription ends.
    pub fn of_remainder(charge: ChargeId) -> Self {
        Self(derived(&["remainder-credit", &charge.to_string()]))
    }

    /// The credit of what was left of a charge when the plan changed for this time.
    pub fn of_change(charge: ChargeId, number: u32) -> Self {
        let (charge, number) = (charge.to_string(), number.to_string());
        Self(derived(&["change-credit", &charge, &number]))
    }

    /// The credit of a day that was lost for a cause on our side.
    pub fn of_lost_day(subscription: SubscriptionId, day: NaiveDate) -> Self {
        let (subscription, day) = (subscription.to_string(), day.to_string());
        Self(derived(&["lost-day-credit", &subscription, &day]))
    }
}

impl HoldId {
    /// What is set aside for a change of plan; `number` counts the changes.
    pub fn of_change(subscription: SubscriptionId, number: u32) -> Self {
        let (subscription, number) = (subscription.to_string(), number.to_string());
        Self(derived(&["change-hold", &subscription, &number]))
    }
}

impl ReversalId {
    /// What the gateway took back of a transaction, by the name of that taking: one is booked once.
    pub fn of(top_up: TopUpId, transaction: &str, taking: &str) -> Self {
        Self(derived(&[
            "transaction-reversal",
            &top_up.to_string(),
            transaction,
            taking,
        ]))
    }
}

impl AllowanceId {
    /// One for each member of the staff and customer; one more for what is nobody's.
    pub fn of(staff: UserId, customer: Option<UserId>) -> Self {
        let customer = customer.map(|customer| customer.to_string());
        Self(derived(&[
            "allowance",
            &staff.to_string(),
            &customer.unwrap_or_default(),
        ]))
    }

    /// One for each member of the staff, over everybody and what is nobody's.
    pub fn over_all(staff: UserId) -> Self {
        Self(derived(&["allowance-over-all", &staff.to_string()]))
    }
}

impl ApprovalLimitId {
    /// There is one.
    pub fn the_one() -> Self {
        Self(derived(&["approval-limit"]))
    }
}

impl FeeStatementId {
    /// One for each month.
    pub fn of(month: NaiveDate) -> Self {
        let month = month.format("%Y-%m").to_string();
        Self(derived(&["fee-statement", &month]))
    }
}

impl RedemptionId {
    /// The use of a coupon with an order.
    pub fn of_order(subscription: SubscriptionId) -> Self {
        Self(derived(&["order-redemption", &subscription.to_string()]))
    }
}

impl GrantId {
    /// The credit that a coupon gives for one use of it.
    pub fn of_redemption(redemption: RedemptionId) -> Self {
        Self(derived(&["redemption-grant", &redemption.to_string()]))
    }

    /// The welcome to whoever has verified this address, by the claim on it.
    pub fn of_welcome(user: UserId) -> Self {
        Self(derived(&["welcome-grant", &user.to_string()]))
    }
}

impl CaseId {
    /// The case of a finding, by what tells it from others: found again, it is the same case.
    pub fn of(finding: &[&str]) -> Self {
        let mut parts = vec!["case"];
        parts.extend(finding);
        Self(derived(&parts))
    }
}

impl DocumentId {
    /// The receipt of a payment that became this credit.
    pub fn of_receipt(credit: CreditId) -> Self {
        Self(derived(&["receipt", &credit.to_string()]))
    }

    /// The invoice of what was charged: a charge has one.
    pub fn of_invoice(charge: ChargeId) -> Self {
        Self(derived(&["invoice", &charge.to_string()]))
    }

    /// The credit note of what this credit gives back.
    pub fn of_credit_note(credit: CreditId) -> Self {
        Self(derived(&["credit-note", &credit.to_string()]))
    }
}

impl InstanceId {
    /// A subscription runs one instance, so its id follows from the subscription's.
    pub fn of(subscription: SubscriptionId) -> Self {
        Self(derived(&["instance", &subscription.to_string()]))
    }
}

impl WorkerId {
    /// A node that is seen again, by whichever process, is the same worker; one that was made anew
    /// under the same name has another `uid`, and is another.
    pub fn of_node(installation: Uuid, uid: &str) -> Self {
        Self(derived(&["node", &installation.to_string(), uid]))
    }
}

#[cfg(test)]
mod tests {
    use super::derived;

    #[test]
    fn parts_cannot_run_into_one_another() {
        assert_ne!(derived(&["ab", "c"]), derived(&["a", "bc"]));
    }
}
