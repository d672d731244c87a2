use super::Ratio;
use crate::Rupiah;
use serde::{Deserialize, Serialize};

/// Whether VAT is charged, and how prices are meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VatPolicy {
    /// None: below the threshold an operator may not charge it.
    #[default]
    None,
    /// Prices are what customers pay, VAT included.
    Inclusive(VatRate),
    /// VAT comes on top of prices: what is quoted and charged is the price with it.
    Exclusive(VatRate),
}

/// So many per cent of a part of the price without VAT: 12 per cent of 11/12.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VatRate {
    pub percent: Ratio,
    /// What part of the price without VAT is taxed.
    pub base: Ratio,
}

/// How an amount with VAT in it is made up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VatShare {
    /// What is taxed.
    pub base: Rupiah,
    pub vat: Rupiah,
    /// What is left without VAT.
    pub net: Rupiah,
}

impl VatRate {
    /// VAT on a price that is without it.
    pub fn on(self, net: Rupiah) -> Rupiah {
        self.of_base(self.base_of(net.get().into()))
    }

    /// The VAT in an amount that holds it. The price without VAT is rounded first, then what is taxed, then the VAT: 10 % of
    /// the prices to 200,000 would come out by one another way in any other order.
    pub fn within(self, gross: Rupiah) -> VatShare {
        let whole = 100 * self.percent.bottom() * self.base.bottom();
        let taxed = self.percent.top() * self.base.top();
        let without = divided(i128::from(gross.get()) * whole, whole + taxed);
        let base = self.base_of(without);
        let vat = self.of_base(base).min(gross);
        VatShare {
            base: rupiah(base),
            vat,
            net: gross.checked_sub(vat).unwrap_or_default(),
        }
    }

    /// How the part of an amount between these two sums of it is made up: parts that follow on one another sum to the whole
    /// (billing rule 25).
    pub fn between(self, before: Rupiah, after: Rupiah) -> VatShare {
        let (before, after) = (self.within(before), self.within(after));
        let part = |part: fn(&VatShare) -> Rupiah| {
            let part = part(&after).checked_sub(part(&before));
            part.unwrap_or_default()
        };
        VatShare {
            base: part(|share| share.base),
            vat: part(|share| share.vat),
            net: part(|share| share.net),
        }
    }

    fn base_of(self, net: i128) -> i128 {
        divided(net * self.base.top(), self.base.bottom())
    }

    fn of_base(self, base: i128) -> Rupiah {
        rupiah(divided(
            base * self.percent.top(),
            100 * self.percent.bottom(),
        ))
    }
}

impl VatPolicy {
    /// What is charged for a price of the catalogue.
    pub fn charged(self, price: Rupiah) -> Rupiah {
        match self {
            Self::None | Self::Inclusive(_) => price,
            Self::Exclusive(rate) => price.checked_add(rate.on(price)).unwrap_or(Rupiah::MAX),
        }
    }

    /// The rate of what is charged, where there is VAT in it.
    pub const fn rate(self) -> Option<VatRate> {
        match self {
            Self::None => None,
            Self::Inclusive(rate) | Self::Exclusive(rate) => Some(rate),
        }
    }

    /// The policy for what runs already, agreed under `self`, where the operator's is another one by now. Nobody's price
    /// rises without notice because VAT comes on top from now on: for him it is in the price.
    pub const fn renewed_under(self, now: Self) -> Self {
        match (self, now) {
            (Self::None | Self::Inclusive(_), Self::Exclusive(rate)) => Self::Inclusive(rate),
            _ => now,
        }
    }

    pub fn is_none(&self) -> bool {
        *self == Self::None
    }
}

/// A half is rounded up; neither side is negative.
fn divided(over: i128, under: i128) -> i128 {
    (2 * over + under) / (2 * under)
}

fn rupiah(amount: i128) -> Rupiah {
    let amount = i64::try_from(amount).ok();
    amount
        .and_then(|amount| Rupiah::try_from(amount).ok())
        .unwrap_or(Rupiah::MAX)
}
