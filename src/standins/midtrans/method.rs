//! The payment methods: what each is called, what it takes, and what can be done with it afterwards.

use std::ops::Deref;

use serde::{Deserialize, Serialize};

/// A row of [`METHODS`].
#[derive(Debug, PartialEq, Eq)]
pub struct MethodFacts {
    /// The word in `enabled_payments`.
    pub name: &'static str,
    pub title: &'static str,
    /// The word in notifications and statuses.
    pub payment_type: &'static str,
    /// The bank of a virtual account or card, the store of a counter; empty elsewhere.
    pub bank: &'static str,
    /// Smallest and largest amount in rupiah.
    pub limits: (i64, i64),
    /// Lifetime of the payment code when the merchant gives no `expiry`.
    pub minutes: i64,
    pub refund: RefundRule,
    /// Whether the bank may take a settled payment back (`deny` after `settlement`).
    pub reversible: bool,
}

#[derive(Debug, PartialEq, Eq)]
pub enum RefundRule {
    /// Money goes back by hand, outside of the API.
    ByHand,
    /// Within so many days of settlement; `part` tells whether less than the whole may be refunded.
    Within { days: i64, part: bool },
}

const fn virtual_account(
    name: &'static str,
    title: &'static str,
    bank: &'static str,
    limits: (i64, i64),
) -> MethodFacts {
    MethodFacts {
        name,
        title,
        payment_type: "bank_transfer",
        bank,
        limits,
        minutes: DAY,
        refund: RefundRule::ByHand,
        reversible: false,
    }
}

const fn online(
    name: &'static str,
    title: &'static str,
    limits: (i64, i64),
    minutes: i64,
    days: i64,
    part: bool,
) -> MethodFacts {
    let refund = RefundRule::Within { days, part };
    MethodFacts {
        name,
        title,
        payment_type: name,
        bank: "",
        limits,
        minutes,
        refund,
        reversible: false,
    }
}

const fn counter(
    name: &'static str,
    title: &'static str,
    limits: (i64, i64),
    reversible: bool,
) -> MethodFacts {
    MethodFacts {
        name,
        title,
        payment_type: "cstore",
        bank: name,
        limits,
        minutes: DAY,
        refund: RefundRule::ByHand,
        reversible,
    }
}

const DAY: i64 = 24 * 60;
const MOST: i64 = 999_999_999;
/// A card can be refunded as long as its transaction is kept.
const YEARS: i64 = 3650;

/// Every method, the one a program gets when it names none first.
pub static METHODS: [MethodFacts; 20] = [
    MethodFacts {
        payment_type: "qris",
        ..online("other_qris", "QRIS", (1, 10_000_000), 15, 45, true)
    },
    online("gopay", "GoPay", (1, 20_000_000), 15, 45, true),
    online("shopeepay", "ShopeePay", (1, 20_000_000), 15, 365, false),
    online("dana", "DANA", (1, 20_000_000), 15, 45, true),
    online("ovo", "OVO", (1, 99_999_999), 15, 7, false),
    virtual_account("bca_va", "BCA virtual account", "bca", (10_000, MOST)),
    virtual_account("bni_va", "BNI virtual account", "bni", (1, MOST)),
    virtual_account("bri_va", "BRI virtual account", "bri", (1, MOST)),
    virtual_account(
        "cimb_va",
        "CIMB Niaga virtual account",
        "cimb",
        (1, 250_000_000),
    ),
    virtual_account(
        "danamon_va",
        "Danamon virtual account",
        "danamon",
        (1, MOST),
    ),
    virtual_account("bsi_va", "BSI virtual account", "bsi", (1_000, MOST)),
    virtual_account(
        "seabank_va",
        "SeaBank virtual account",
        "seabank",
        (10_000, 100_000_000),
    ),
    virtual_account("saqu_va", "Bank Saqu virtual account", "saqu", (1, MOST)),
    MethodFacts {
        reversible: true,
        ..virtual_account(
            "permata_va",
            "Permata virtual account",
            "permata",
            (1, MOST),
        )
    },
    MethodFacts {
        payment_type: "echannel",
        reversible: true,
        ..virtual_account("echannel", "Mandiri bill payment", "mandiri", (1, MOST))
    },
    counter("indomaret", "Indomaret", (10_000, 5_000_000), true),
    counter("alfamart", "Alfamart", (10_000, 5_000_000), false),
    MethodFacts {
        bank: "bni",
        ..online("credit_card", "Card", (10_000, MOST), 15, YEARS, true)
    },
    online("akulaku", "Akulaku", (1, MOST), DAY, YEARS, true),
    online("kredivo", "Kredivo", (1, MOST), DAY, 14, true),
];

/// One of [`METHODS`]; stored by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
pub struct Method(&'static MethodFacts);

impl Method {
    pub(super) fn all() -> Vec<Self> {
        METHODS.iter().map(Self).collect()
    }

    /// What a word of `enabled_payments` enables: one method, a whole family, or nothing because it is unknown.
    pub(super) fn enabled_by(word: &str) -> Vec<Self> {
        let all = Self::all().into_iter();
        match word {
            "bank_transfer" | "other_va" => all
                .filter(|method| method.payment_type == "bank_transfer")
                .collect(),
            "cstore" => all
                .filter(|method| method.payment_type == "cstore")
                .collect(),
            name => all.filter(|method| method.name == name).collect(),
        }
    }

    pub(super) fn is_card(self) -> bool {
        self.payment_type == "credit_card"
    }
}

impl Deref for Method {
    type Target = MethodFacts;

    fn deref(&self) -> &MethodFacts {
        self.0
    }
}

impl From<Method> for &'static str {
    fn from(method: Method) -> Self {
        method.0.name
    }
}

impl TryFrom<String> for Method {
    type Error = UnknownMethod;

    fn try_from(name: String) -> Result<Self, UnknownMethod> {
        name.parse()
    }
}

/// By its `enabled_payments` word or by its `payment_type`; a type with several banks or stores means the first.
impl std::str::FromStr for Method {
    type Err = UnknownMethod;

    fn from_str(word: &str) -> Result<Self, UnknownMethod> {
        let named = METHODS.iter().find(|facts| facts.name == word);
        let typed = || METHODS.iter().find(|facts| facts.payment_type == word);
        named
            .or_else(typed)
            .map(Self)
            .ok_or_else(|| UnknownMethod(word.to_owned()))
    }
}

#[derive(Debug, thiserror::Error)]
#[error("there is no payment method \"{0}\"")]
pub struct UnknownMethod(String);
