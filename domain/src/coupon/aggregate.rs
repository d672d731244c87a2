use super::{
    CouponCode, CouponCommand, CouponError, CouponEvent, Discount, Gives, Limits, Promise,
    Promised, Redeeming, discount,
};
use crate::{
    Rupiah,
    aggregate::aggregate,
    ids::{PlanId, RedemptionId, ServiceId, UserId},
    period::{YEARS, jakarta_date},
    vat::VatPolicy,
};
use chrono::{DateTime, Datelike as _, Utc};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Coupon {
    offer: Option<Offer>,
    /// The uses that stand.
    uses: HashMap<RedemptionId, UserId>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Offer {
    code: CouponCode,
    gives: Gives,
    limits: Box<Limits>,
    withdrawn: bool,
}

/// What it is to be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Use {
    Wallet,
    /// An order of this plan, whose period costs so much.
    Order {
        service_id: ServiceId,
        plan_id: PlanId,
        price: Rupiah,
        /// Whether it is a trial, which costs nothing and is not made longer.
        trial: bool,
    },
}

aggregate!(
    Coupon,
    CouponCode,
    CouponCommand,
    CouponEvent,
    CouponError,
    "coupon"
);

impl Coupon {
    /// What it gives; `None` where there is no such coupon.
    pub fn gives(&self) -> Option<Gives> {
        self.offer.as_ref().map(|offer| offer.gives)
    }

    /// How many uses of it stand.
    pub fn used(&self) -> usize {
        self.uses.len()
    }

    /// Whether a person uses it once at most. Nobody is new twice.
    pub fn is_once_per_person(&self) -> bool {
        let limits = self.offer.as_ref().map(|offer| &offer.limits);
        limits.is_some_and(|limits| limits.once_per_person())
    }

    /// Whether it is only for those who are new.
    pub fn is_for_new_customers(&self) -> bool {
        let limits = self.offer.as_ref().map(|offer| &offer.limits);
        limits.is_some_and(|limits| limits.new_customers)
    }

    /// What it takes off the first period of this price.
    pub fn discount(&self, price: Rupiah, vat: VatPolicy) -> Option<Discount> {
        let offer = self.offer.as_ref()?;
        match offer.gives {
            Gives::Discount { off, .. } => discount(&offer.code, off, price, vat),
            Gives::Credit { .. } | Gives::FreeDays { .. } => None,
        }
    }

    /// What it gives beyond the first period.
    pub fn promise(&self) -> Option<Promise> {
        let offer = self.offer.as_ref()?;
        let gives = match offer.gives {
            Gives::Credit { .. }
            | Gives::Discount {
                periods: Some(0 | 1),
                ..
            } => return None,
            Gives::Discount { off, periods } => Promised::Discount {
                off,
                periods: periods.map(|periods| periods - 1),
            },
            Gives::FreeDays { days } => Promised::Days(days),
        };
        Some(Promise {
            coupon: offer.code.clone(),
            gives,
        })
    }

    /// Whether it could be redeemed now.
    ///
    /// # Errors
    /// Why it could not.
    pub fn may_redeem(&self, redeeming: &Redeeming) -> Result<(), CouponError> {
        let offer = self.offer.as_ref().ok_or(CouponError::Unknown)?;
        let (limits, at) = (&offer.limits, redeeming.at);
        if offer.withdrawn {
            return Err(CouponError::Withdrawn);
        }
        limits.hold_on(at)?;
        offer.gives.suits(redeeming.wanted, limits)?;
        let mut uses = self.uses.values();
        if limits.once_per_person() && uses.any(|user| *user == redeeming.user_id) {
            return Err(CouponError::AlreadyUsed);
        }
        if limits.new_customers && !redeeming.new_customer {
            return Err(CouponError::NewCustomersOnly);
        }
        let used_up = limits
            .uses
            .is_some_and(|uses| self.uses.len() >= uses as usize);
        match used_up {
            true => Err(CouponError::UsedUp),
            false => Ok(()),
        }
    }

    pub(super) fn decide(&self, command: CouponCommand) -> Result<Vec<CouponEvent>, CouponError> {
        use {CouponCommand as Do, CouponEvent as Did};
        match (command, &self.offer) {
            (
                Do::Create {
                    code,
                    gives,
                    limits,
                    at,
                },
                None,
            ) => {
                gives.gives_something()?;
                limits.make_sense()?;
                gives.is_within_bounds(&limits)?;
                Ok(vec![Did::Created {
                    code,
                    gives,
                    limits,
                    at,
                }])
            }
            (Do::Create { gives, limits, .. }, Some(offer))
                if gives == offer.gives && limits == offer.limits =>
            {
                Ok(vec![])
            }
            (Do::Create { .. }, Some(_)) => Err(CouponError::AlreadyCreated),
            (_, None) => Err(CouponError::Unknown),
            (Do::Withdraw { .. }, Some(offer)) if offer.withdrawn => Ok(vec![]),
            (Do::Withdraw { reason, at }, Some(_)) => Ok(vec![Did::Withdrawn { reason, at }]),
            (Do::Redeem(redeeming), Some(_))
                if self.uses.contains_key(&redeeming.redemption_id) =>
            {
                Ok(vec![])
            }
            (Do::Redeem(redeeming), Some(_)) => {
                self.may_redeem(&redeeming)?;
                Ok(vec![Did::Redeemed {
                    redemption_id: redeeming.redemption_id,
                    user_id: redeeming.user_id,
                    at: redeeming.at,
                }])
            }
            (Do::Return { redemption_id, at }, Some(_)) => {
                let stands = self.uses.contains_key(&redemption_id);
                let returned = stands.then_some(Did::Returned { redemption_id, at });
                Ok(returned.into_iter().collect())
            }
        }
    }

    pub(super) fn fold(&mut self, event: CouponEvent) {
        use CouponEvent as Did;
        match event {
            Did::Created {
                code,
                gives,
                limits,
                ..
            } => {
                self.offer = Some(Offer {
                    code,
                    gives,
                    limits,
                    withdrawn: false,
                });
            }
            Did::Withdrawn { .. } => {
                if let Some(offer) = &mut self.offer {
                    offer.withdrawn = true;
                }
            }
            Did::Redeemed {
                redemption_id,
                user_id,
                ..
            } => {
                self.uses.insert(redemption_id, user_id);
            }
            Did::Returned { redemption_id, .. } => {
                self.uses.remove(&redemption_id);
            }
        }
    }
}

impl Limits {
    fn make_sense(&self) -> Result<(), CouponError> {
        let given = [self.valid_from, self.valid_until];
        if !given
            .iter()
            .flatten()
            .all(|date| YEARS.contains(&date.year()))
        {
            return Err(CouponError::DateOutOfRange);
        }
        let dates = self.valid_from.zip(self.valid_until);
        if dates.is_some_and(|(from, until)| until < from) {
            return Err(CouponError::NeverValid);
        }
        match self.uses {
            Some(0) => Err(CouponError::NoUses),
            _ => Ok(()),
        }
    }

    const fn once_per_person(&self) -> bool {
        !self.repeatable || self.new_customers
    }

    /// Whole Jakarta dates, the last one among them.
    fn hold_on(&self, at: DateTime<Utc>) -> Result<(), CouponError> {
        let today = jakarta_date(at);
        if let Some(from) = self.valid_from.filter(|from| today < *from) {
            return Err(CouponError::NotYetValid { from });
        }
        match self.valid_until {
            Some(until) if today > until => Err(CouponError::Expired),
            _ => Ok(()),
        }
    }

    fn reach(&self, service_id: ServiceId, plan_id: PlanId) -> bool {
        let everything = self.services.is_empty() && self.plans.is_empty();
        everything || self.services.contains(&service_id) || self.plans.contains(&plan_id)
    }
}

impl Gives {
    fn gives_something(self) -> Result<(), CouponError> {
        let nothing = match self {
            Self::Credit { amount, days } => amount.is_zero() || days == 0,
            Self::Discount { off, periods } => off.is_nothing() || periods == Some(0),
            Self::FreeDays { days } => days == 0,
        };
        match nothing {
            true => Err(CouponError::GivesNothing),
            false => Ok(()),
        }
    }

    /// Nobody's use is burnt on what gives him nothing.
    fn suits(self, wanted: Use, limits: &Limits) -> Result<(), CouponError> {
        match (self, wanted) {
            (Self::Credit { .. }, Use::Wallet) => Ok(()),
            (Self::Credit { .. }, Use::Order { .. }) => Err(CouponError::OnlyForWallet),
            (Self::Discount { .. } | Self::FreeDays { .. }, Use::Wallet) => {
                Err(CouponError::OnlyForOrders)
            }
            (
                gives,
                Use::Order {
                    service_id,
                    plan_id,
                    price,
                    trial,
                },
            ) => {
                let takes_off = match gives {
                    Self::Discount { off, .. } => !off.of(price).is_zero(),
                    Self::FreeDays { .. } | Self::Credit { .. } => !price.is_zero(),
                };
                if trial || !limits.reach(service_id, plan_id) {
                    Err(CouponError::NotForPlan)
                } else if takes_off {
                    Ok(())
                } else {
                    Err(CouponError::TakesNothingOff)
                }
            }
        }
    }
}
