use super::{Free, Licence, Plan, PriceList, ServiceCommand, ServiceError, ServiceEvent};
use crate::{
    Rupiah,
    aggregate::aggregate,
    ids::{PlanId, ServiceId},
    period::BillingCycle,
    subscription::Agreed,
    text::{Slug, Title},
};
use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Service {
    entry: Option<Entry>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Entry {
    slug: Slug,
    title: Title,
    recipe: Slug,
    plans: Vec<Offer>,
    stage: Stage,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Offer {
    plan: Plan,
    withdrawn: bool,
    /// What it cost, the oldest first.
    prices: Vec<Priced>,
}

/// What a plan cost, and since when; `None` of the price with which it was added, and where that was not recorded.
pub type Priced = (Option<DateTime<Utc>>, PriceList);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Stage {
    Draft,
    Published,
    Retired,
}

/// What is sold: the service's and the plan's figures at this moment.
#[derive(Clone, Debug, PartialEq)]
pub struct ForSale<'a> {
    pub service: &'a Title,
    pub recipe: &'a Slug,
    pub plan: &'a Plan,
}

aggregate!(
    Service,
    ServiceId,
    ServiceCommand,
    ServiceEvent,
    ServiceError,
    "service"
);

impl Service {
    pub fn slug(&self) -> Option<&Slug> {
        self.entry.as_ref().map(|entry| &entry.slug)
    }

    /// What provisions it.
    pub fn recipe(&self) -> Option<&Slug> {
        self.entry.as_ref().map(|entry| &entry.recipe)
    }

    /// The plans that were not withdrawn, each with the recipe that it runs.
    pub fn plans(&self) -> impl Iterator<Item = (&Slug, &Plan)> {
        self.entry.iter().flat_map(|entry| {
            let offers = entry.plans.iter().filter(|offer| !offer.withdrawn);
            offers.map(|offer| (&entry.recipe, &offer.plan))
        })
    }

    /// The plan, whether it is sold or not.
    pub fn plan(&self, plan_id: PlanId) -> Option<&Plan> {
        let offer = self.entry.as_ref()?.offer(plan_id).ok()?;
        Some(&offer.plan)
    }

    /// What a plan costs and has cost, the oldest first. Also of a plan that is not sold any more.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`], [`ServiceError::PlanNotFound`].
    pub fn prices(&self, plan_id: PlanId) -> Result<&[Priced], ServiceError> {
        let entry = self.entry.as_ref().ok_or(ServiceError::NotFound)?;
        Ok(&entry.offer(plan_id)?.prices)
    }

    /// The plan, if it can be bought now.
    ///
    /// # Errors
    /// Why it cannot.
    pub fn for_sale(&self, plan_id: PlanId) -> Result<ForSale<'_>, ServiceError> {
        let entry = self.entry.as_ref().ok_or(ServiceError::NotFound)?;
        let offer = entry.offer(plan_id)?;
        match entry.stage {
            Stage::Published if offer.withdrawn => Err(ServiceError::PlanWithdrawn),
            Stage::Published => Ok(ForSale {
                service: &entry.title,
                recipe: &entry.recipe,
                plan: &offer.plan,
            }),
            Stage::Draft | Stage::Retired => Err(ServiceError::NotForSale),
        }
    }

    /// What one more period costs a subscription whose terms were agreed then: a price that was announced since counts once
    /// `notice_days` have passed in which it had these terms, and never where another one took its place before that (billing
    /// rule 9). Also of a plan that is not sold any more.
    ///
    /// # Errors
    /// [`ServiceError::PlanNotFound`].
    pub fn renewal_price(
        &self,
        plan_id: PlanId,
        cycle: BillingCycle,
        agreed: Agreed,
        notice_days: u32,
        at: DateTime<Utc>,
    ) -> Result<Rupiah, ServiceError> {
        let entry = self.entry.as_ref().ok_or(ServiceError::NotFound)?;
        let offer = entry.offer(plan_id)?;
        Ok(offer.price_at(cycle, agreed, Duration::days(notice_days.into()), at))
    }

    /// When another price of this cycle was announced last.
    pub(super) fn last_announced_at(
        &self,
        plan_id: PlanId,
        cycle: BillingCycle,
    ) -> Option<DateTime<Utc>> {
        let offer = self.entry.as_ref()?.offer(plan_id).ok()?;
        let mut newest_first = offer.prices.windows(2).rev();
        let since = newest_first.find_map(|pair| match pair {
            [(_, before), (since, price)] if before.of(cycle) != price.of(cycle) => Some(*since),
            _ => None,
        });
        since.flatten()
    }

    /// The price before the one that was announced at this moment, and that one; `None` where another one has taken its
    /// place since.
    pub(super) fn announced(
        &self,
        plan_id: PlanId,
        cycle: BillingCycle,
        at: DateTime<Utc>,
    ) -> Option<(Rupiah, Rupiah)> {
        let offer = self.entry.as_ref()?.offer(plan_id).ok()?;
        let mut prices = offer.prices.iter();
        let place = prices.position(|(since, _)| *since == Some(at))?;
        let price_of = |place: usize| offer.prices.get(place).map(|(_, price)| price.of(cycle));
        let (before, price) = (price_of(place.checked_sub(1)?)?, price_of(place)?);
        let stands = prices.all(|(_, later)| later.of(cycle) == price);
        stands.then_some((before, price))
    }

    pub(super) fn decide(
        &self,
        command: ServiceCommand,
    ) -> Result<Vec<ServiceEvent>, ServiceError> {
        use {ServiceCommand as Do, ServiceEvent as Did};
        let Some(entry) = &self.entry else {
            return match command {
                Do::Create {
                    service_id,
                    slug,
                    title,
                    description,
                    recipe,
                } => Ok(vec![Did::Created {
                    service_id,
                    slug,
                    title,
                    description,
                    recipe,
                }]),
                _ => Err(ServiceError::NotFound),
            };
        };
        match command {
            Do::Create { .. } => Err(ServiceError::AlreadyCreated),
            Do::Retire if entry.stage == Stage::Retired => Ok(vec![]),
            Do::Retire => Ok(vec![Did::Retired {}]),
            _ if entry.stage == Stage::Retired => Err(ServiceError::Retired),
            Do::AddPlan { plan } => entry.add_plan(plan),
            Do::RepricePlan { plan_id, price, .. } if entry.offer(plan_id)?.plan.price == price => {
                Ok(vec![])
            }
            Do::RepricePlan { plan_id, price, at } => {
                entry.may_cost(&entry.offer(plan_id)?.plan, price)?;
                Ok(vec![Did::PlanRepriced {
                    plan_id,
                    price,
                    at: Some(at),
                }])
            }
            Do::WithdrawPlan { plan_id } if entry.offer(plan_id)?.withdrawn => Ok(vec![]),
            Do::WithdrawPlan { plan_id } => Ok(vec![Did::PlanWithdrawn { plan_id }]),
            Do::Publish { .. } if entry.stage == Stage::Published => Ok(vec![]),
            Do::Publish { .. } if entry.plans.iter().all(|offer| offer.withdrawn) => {
                Err(ServiceError::NoPlan)
            }
            Do::Publish { licence } => entry.publish(licence),
        }
    }

    pub(super) fn fold(&mut self, event: ServiceEvent) {
        use ServiceEvent as Did;
        match (event, &mut self.entry) {
            (
                Did::Created {
                    slug,
                    title,
                    recipe,
                    ..
                },
                _,
            ) => {
                self.entry = Some(Entry {
                    slug,
                    title,
                    recipe,
                    plans: vec![],
                    stage: Stage::Draft,
                });
            }
            (Did::PlanAdded { plan }, Some(entry)) => entry.plans.push(Offer {
                prices: vec![(None, plan.price)],
                plan,
                withdrawn: false,
            }),
            (Did::PlanRepriced { plan_id, price, at }, Some(entry)) => {
                entry.each(plan_id, |offer| {
                    offer.plan.price = price;
                    offer.prices.push((at, price));
                });
            }
            (Did::PlanWithdrawn { plan_id }, Some(entry)) => {
                entry.each(plan_id, |offer| offer.withdrawn = true)
            }
            (Did::Published {}, Some(entry)) => entry.stage = Stage::Published,
            (Did::Retired {}, Some(entry)) => entry.stage = Stage::Retired,
            (Did::LicenceAcknowledged { .. }, Some(_)) | (_, None) => {}
        }
    }
}

impl Offer {
    /// What a period costs at this moment by terms that were agreed at another one.
    fn price_at(
        &self,
        cycle: BillingCycle,
        agreed: Agreed,
        notice: Duration,
        at: DateTime<Utc>,
    ) -> Rupiah {
        let mut counts = self.plan.price.of(cycle);
        let mut waits: Option<(DateTime<Utc>, Rupiah)> = None;
        for (since, price) in &self.prices {
            let price = price.of(cycle);
            let since = since.filter(|since| *since > agreed.at);
            match (since.map(|since| since.max(agreed.in_force)), waits) {
                (None, _) => (counts, waits) = (price, None),
                (Some(since), _) if since > at => break,
                // Only the other cycle's price is another one: what waits goes on waiting.
                (Some(since), Some((announced, waiting)))
                    if waiting == price && announced + notice > since => {}
                (Some(since), Some((announced, waiting))) if announced + notice <= since => {
                    (counts, waits) = (waiting, Some((since, price)));
                }
                (Some(since), _) => waits = Some((since, price)),
            }
        }
        match waits {
            Some((announced, price)) if announced + notice <= at => price,
            _ => counts,
        }
    }
}

impl Entry {
    fn offer(&self, plan_id: PlanId) -> Result<&Offer, ServiceError> {
        self.plans
            .iter()
            .find(|offer| offer.plan.plan_id == plan_id)
            .ok_or(ServiceError::PlanNotFound)
    }

    fn each(&mut self, plan_id: PlanId, change: impl Fn(&mut Offer)) {
        self.plans
            .iter_mut()
            .filter(|offer| offer.plan.plan_id == plan_id)
            .for_each(change);
    }

    /// What is for sale costs something, or says why it does not (billing rule 42).
    fn may_cost(&self, plan: &Plan, price: PriceList) -> Result<(), ServiceError> {
        match plan.free {
            Some(Free::Trial { days }) => {
                let nothing = price.monthly.is_zero() && price.yearly.is_zero();
                match nothing && (1..=366).contains(&days) {
                    true => Ok(()),
                    false => Err(ServiceError::NotATrial),
                }
            }
            Some(Free::ForEver) => Ok(()),
            None if self.stage == Stage::Published && price.is_free() => {
                Err(ServiceError::FreeWithoutTrial(plan.slug.clone()))
            }
            None => Ok(()),
        }
    }

    fn publish(&self, licence: Licence) -> Result<Vec<ServiceEvent>, ServiceError> {
        let mut plans = self.plans.iter().filter(|offer| !offer.withdrawn);
        let unsaid = plans.find(|offer| offer.plan.free.is_none() && offer.plan.price.is_free());
        if let Some(offer) = unsaid {
            return Err(ServiceError::FreeWithoutTrial(offer.plan.slug.clone()));
        }
        match licence {
            Licence::Free => Ok(vec![ServiceEvent::Published {}]),
            Licence::Unread => Err(ServiceError::LicenceNotAcknowledged),
            Licence::Acknowledged { notice, by } => Ok(vec![
                ServiceEvent::LicenceAcknowledged { notice, by },
                ServiceEvent::Published {},
            ]),
        }
    }

    fn add_plan(&self, plan: Plan) -> Result<Vec<ServiceEvent>, ServiceError> {
        if self.plans.iter().any(|offer| offer.plan == plan) {
            return Ok(vec![]);
        }
        let same_name =
            |offer: &Offer| offer.plan.slug == plan.slug || offer.plan.plan_id == plan.plan_id;
        if self.plans.iter().any(same_name) {
            return Err(ServiceError::PlanNameTaken(plan.slug));
        }
        self.may_cost(&plan, plan.price)?;
        Ok(vec![ServiceEvent::PlanAdded { plan }])
    }
}
