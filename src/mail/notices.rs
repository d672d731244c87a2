//! What happens to somebody's money besides his subscriptions and to how he signs in, and what waits for the staff.

use super::{messages::written, one_line::one_line};
use chrono::{DateTime, Utc};
use minijinja::Value;
use purser_domain::{Rupiah, period::jakarta_date, user::Locale};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One of them, as its letter tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "notice", rename_all = "kebab-case")]
pub enum Notice {
    /// The gateway took a payment back.
    PaymentTakenBack {
        amount: Rupiah,
        /// What of it was spent already, and is owed now.
        owed: Rupiah,
        why: TakenBackFor,
    },
    /// Credit went back to where it was paid from.
    PaidOut {
        amount: Rupiah,
        /// The bank's or the gateway's reference.
        reference: String,
    },
    /// It did not; the credit is back.
    PayoutFailed { amount: Rupiah },
    /// From now on he is paid out to another bank account, or to none: whoever did not ask for that has to hear of it.
    BankAccountChanged { removed: bool },
    /// Another one of the staff asks for approval.
    ApprovalWanted {
        requester: String,
        asked: AskedFor,
        until: DateTime<Utc>,
    },
    /// What somebody asked approval for has been decided.
    ApprovalDecided {
        asked: AskedFor,
        outcome: Outcome,
        /// Why it was refused.
        rejection: Option<String>,
    },
    /// How somebody signs in has changed.
    SecondFactor { change: FactorChange },
    /// Another password holds: whoever did not choose it has to hear of it.
    PasswordChanged { by_letter: bool },
    /// Something about money waits for a person.
    CaseOpened {
        finding: String,
        order: Option<String>,
        url: String,
    },
}

/// What became of a second factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FactorChange {
    Confirmed,
    /// Its owner took it away.
    Removed,
    /// Others took it away.
    Reset,
}

/// Why the gateway took a payment back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TakenBackFor {
    Reversal,
    Chargeback,
    Refund,
}

/// How a request for approval ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Approved,
    Rejected,
    Expired,
}

/// What somebody of the staff asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskedFor {
    /// The name of what is to be done.
    pub deed: String,
    pub amount: Option<Rupiah>,
    pub reason: Option<String>,
    /// Where it can be decided.
    pub url: String,
}

impl AskedFor {
    fn words(&self) -> [(&'static str, Value); 4] {
        let text = |text: &String| Value::from(one_line(text));
        let amount = self.amount.map(|amount| Value::from(amount.to_string()));
        [
            ("deed", Value::from(self.deed.clone())),
            ("amount", amount.unwrap_or(Value::from(()))),
            ("reason", self.reason.as_ref().map_or(Value::from(()), text)),
            ("approval_url", text(&self.url)),
        ]
    }
}

impl Notice {
    /// Its folder among the templates.
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::PaymentTakenBack { .. } => "payment-taken-back",
            Self::PaidOut { .. } => "paid-out",
            Self::PayoutFailed { .. } => "payout-failed",
            Self::BankAccountChanged { .. } => "bank-account-changed",
            Self::ApprovalWanted { .. } => "approval-wanted",
            Self::ApprovalDecided { .. } => "approval-decided",
            Self::SecondFactor { .. } => "second-factor",
            Self::PasswordChanged { .. } => "password-changed",
            Self::CaseOpened { .. } => "case-opened",
        }
    }

    pub(super) fn words(&self, locale: Locale) -> BTreeMap<&'static str, Value> {
        let text = |text: &String| Value::from(one_line(text));
        let maybe = |words: &Option<String>| words.as_ref().map_or(Value::from(()), text);
        let amount = |amount: &Rupiah| match amount.is_zero() {
            true => Value::from(()),
            false => Value::from(amount.to_string()),
        };
        match self {
            Self::PaymentTakenBack {
                amount: taken,
                owed,
                why,
            } => BTreeMap::from([
                ("amount", amount(taken)),
                ("owed", amount(owed)),
                ("why", Value::from(why.word())),
            ]),
            Self::PaidOut {
                amount: paid,
                reference,
            } => BTreeMap::from([("amount", amount(paid)), ("reference", text(reference))]),
            Self::PayoutFailed { amount: back } => BTreeMap::from([("amount", amount(back))]),
            Self::BankAccountChanged { removed } => {
                BTreeMap::from([("removed", Value::from(*removed))])
            }
            Self::ApprovalWanted {
                requester,
                asked,
                until,
            } => {
                let mut words = BTreeMap::from(asked.words());
                words.insert("requester", text(requester));
                let until = written(jakarta_date(*until), locale);
                words.insert("until", Value::from(until));
                words
            }
            Self::ApprovalDecided {
                asked,
                outcome,
                rejection,
            } => {
                let mut words = BTreeMap::from(asked.words());
                words.insert("outcome", Value::from(outcome.word()));
                words.insert("rejection", maybe(rejection));
                words
            }
            Self::SecondFactor { change } => {
                BTreeMap::from([("change", Value::from(change.word()))])
            }
            Self::PasswordChanged { by_letter } => {
                BTreeMap::from([("by_letter", Value::from(*by_letter))])
            }
            Self::CaseOpened {
                finding,
                order,
                url,
            } => BTreeMap::from([
                ("finding", text(finding)),
                ("order", maybe(order)),
                ("case_url", text(url)),
            ]),
        }
    }

    /// Each in every shape that its templates tell apart.
    pub(super) fn samples() -> Vec<Self> {
        let rp = |amount: i64| Rupiah::try_from(amount).unwrap_or_default();
        let taken = |owed, why| Self::PaymentTakenBack {
            amount: rp(50_000),
            owed: rp(owed),
            why,
        };
        let asked = |deed: &str, amount: Option<i64>| AskedFor {
            deed: deed.into(),
            amount: amount.map(rp),
            reason: amount.map(|_| "paid at the counter".into()),
            url: "https://panel.example.id/approvals/1".into(),
        };
        let wanted = DEEDS.iter().map(|deed| Self::ApprovalWanted {
            requester: "Ani Admin".into(),
            asked: asked(
                deed,
                (!matches!(
                    *deed,
                    "reset_second_factor" | "change_roles" | "deactivate" | "set_approval_limit"
                ))
                .then_some(2_000_000),
            ),
            until: DateTime::UNIX_EPOCH,
        });
        let decided = |outcome, rejection: Option<&str>| Self::ApprovalDecided {
            asked: asked("adjust", Some(2_000_000)),
            outcome,
            rejection: rejection.map(str::to_owned),
        };
        let factor = |change| Self::SecondFactor { change };
        let case = |order: Option<&str>| Self::CaseOpened {
            finding: "the currency is USD".into(),
            order: order.map(str::to_owned),
            url: "https://panel.example.id/cases/1".into(),
        };
        let others = [
            taken(0, TakenBackFor::Reversal),
            taken(40_000, TakenBackFor::Reversal),
            taken(40_000, TakenBackFor::Chargeback),
            taken(0, TakenBackFor::Refund),
            Self::PaidOut {
                amount: rp(30_000),
                reference: "BCA 4711".into(),
            },
            Self::PayoutFailed { amount: rp(30_000) },
            Self::BankAccountChanged { removed: false },
            Self::BankAccountChanged { removed: true },
            decided(Outcome::Approved, None),
            decided(Outcome::Rejected, Some("there is no receipt")),
            decided(Outcome::Expired, None),
            factor(FactorChange::Confirmed),
            factor(FactorChange::Removed),
            factor(FactorChange::Reset),
            Self::PasswordChanged { by_letter: false },
            Self::PasswordChanged { by_letter: true },
            case(None),
            case(Some("topup-01J9Z6Q2")),
        ];
        wanted.chain(others).collect()
    }
}

/// What the templates have words for.
const DEEDS: &[&str] = &[
    "adjust",
    "grant",
    "write_off",
    "unfreeze",
    "return_reversal",
    "book_payment",
    "take_back",
    "refund",
    "pay_out",
    "cancel_payout",
    "extend",
    "give_back",
    "end",
    "book_fees",
    "create_coupon",
    "reset_second_factor",
    "change_roles",
    "deactivate",
    "set_approval_limit",
];

impl FactorChange {
    const fn word(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Removed => "removed",
            Self::Reset => "reset",
        }
    }
}

impl TakenBackFor {
    const fn word(self) -> &'static str {
        match self {
            Self::Reversal => "reversal",
            Self::Chargeback => "chargeback",
            Self::Refund => "refund",
        }
    }
}

impl Outcome {
    const fn word(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Expired => "expired",
        }
    }
}
