//! The catalogue: what is or was for sale.

use crate::{
    Projection, Row, Rows, Unprojectable,
    columns::select,
    facts::{stream_id, stream_row},
    pages::{Cursor, Page},
    plans::{self, Availability, PlanRow},
};
use poem_openapi::{Enum, Object};
use purser_domain::{
    Event, Recorded, Rupiah, ids::ServiceId, service::ServiceEvent, vat::VatPolicy,
};
use serde::{Deserialize, Serialize};
use sqlx::{FromRow, PgConnection};
use std::collections::HashMap;
use uuid::Uuid;

/// Where a service stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, Enum)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[oai(rename_all = "snake_case")]
pub enum ServiceStatus {
    Draft,
    Published,
    Retired,
}

/// A service of the catalogue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, FromRow, Object)]
#[oai(rename = "Service")]
pub struct ServiceRow {
    /// The service's id.
    pub id: Uuid,
    /// Its short name.
    pub slug: String,
    /// Its name for people.
    pub title: String,
    /// What it is, for people.
    pub description: String,
    /// The recipe that provisions it.
    pub recipe: String,
    /// Where it stands.
    pub status: ServiceStatus,
    /// The version of the service's stream: grows by one with every change of it or its plans.
    pub version: i64,
    #[oai(skip)]
    pub position: i64,
}

impl Row for ServiceRow {
    fn id(&self) -> Uuid {
        self.id
    }
}

impl ServiceRow {
    const fn cursor(&self) -> Cursor {
        Cursor {
            position: self.position,
            id: self.id,
        }
    }
}

/// A service with its plans.
#[derive(Clone, Debug, PartialEq, Object)]
pub struct ServiceWithPlans {
    #[oai(flatten)]
    pub service: ServiceRow,
    /// Its plans, oldest first.
    pub plans: Vec<PlanOffer>,
}

/// A plan and how many of it are left.
#[derive(Clone, Debug, PartialEq, Object)]
pub struct PlanOffer {
    #[oai(flatten)]
    pub plan: PlanRow,
    /// What a month is charged with, in whole rupiah: its price, and VAT where that comes on top.
    pub monthly_charge: i64,
    /// What a year is charged with, in whole rupiah: its price, and VAT where that comes on top.
    pub yearly_charge: i64,
    /// How many can still be sold, as far as the plan goes.
    pub available: i64,
    /// Whether one more is sold now.
    pub availability: Availability,
}

impl From<PlanRow> for PlanOffer {
    fn from(plan: PlanRow) -> Self {
        Self {
            available: plan.available(),
            availability: plan.availability(),
            monthly_charge: plan.monthly_price,
            yearly_charge: plan.yearly_price,
            plan,
        }
    }
}

impl ServiceWithPlans {
    /// With what is charged where VAT is added by this policy.
    pub fn under(mut self, vat: VatPolicy) -> Self {
        let charged =
            |price: i64| Rupiah::try_from(price).map_or(price, |price| vat.charged(price).get());
        for offer in &mut self.plans {
            offer.monthly_charge = charged(offer.plan.monthly_price);
            offer.yearly_charge = charged(offer.plan.yearly_price);
        }
        self
    }
}

/// Who looks at the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Sees published services and the plans that are not withdrawn.
    Customers,
    /// Sees everything.
    Staff,
}

/// Projector of `services`.
pub struct Services;

impl Projection for Services {
    const NAME: &'static str = "services_v1";
    const TABLE: &'static str = "services";
    type Row = ServiceRow;

    fn touches(event: &Recorded) -> Vec<Uuid> {
        match &event.event {
            Event::Service(_) => vec![stream_row(event)],
            _ => vec![],
        }
    }

    fn project(rows: &mut Rows<ServiceRow>, event: &Recorded) -> Result<(), Unprojectable> {
        let Event::Service(fact) = &event.event else {
            return Ok(());
        };
        let status = match fact {
            ServiceEvent::Created {
                service_id: _,
                slug,
                title,
                description,
                recipe,
            } => {
                return rows.insert(ServiceRow {
                    id: stream_id(event)?,
                    slug: slug.to_string(),
                    title: title.to_string(),
                    description: description.to_string(),
                    recipe: recipe.to_string(),
                    status: ServiceStatus::Draft,
                    version: event.sequence,
                    position: event.position,
                });
            }
            ServiceEvent::PlanAdded { .. }
            | ServiceEvent::PlanRepriced { .. }
            | ServiceEvent::PlanWithdrawn { .. }
            | ServiceEvent::LicenceAcknowledged { .. } => None,
            ServiceEvent::Published {} => Some(ServiceStatus::Published),
            ServiceEvent::Retired {} => Some(ServiceStatus::Retired),
        };
        rows.update(stream_id(event)?, |row| {
            row.version = event.sequence;
            row.status = status.unwrap_or(row.status);
        })
    }
}

/// The catalogue, newest service first, and where the next page begins.
///
/// # Errors
/// The database's error.
pub async fn page(
    rows: &mut PgConnection,
    audience: Audience,
    page: &Page,
) -> sqlx::Result<(Vec<ServiceWithPlans>, Option<String>)> {
    let select = select::<ServiceRow>(
        "services",
        "where ($1 or status = 'published') and (position, id) < ($2, $3)
         order by position desc, id desc limit $4",
    );
    let found = sqlx::query_as(&select)
        .bind(audience == Audience::Staff)
        .bind(page.before_position())
        .bind(page.before_id())
        .bind(page.fetch())
        .fetch_all(&mut *rows)
        .await?;
    let (services, next) = page.cut(found, ServiceRow::cursor);
    Ok((with_plans(rows, audience, services).await?, next))
}

/// One service with its plans.
///
/// # Errors
/// The database's error.
pub async fn by_id(
    rows: &mut PgConnection,
    audience: Audience,
    service: ServiceId,
) -> sqlx::Result<Option<ServiceWithPlans>> {
    let select = select::<ServiceRow>("services", "where ($1 or status = 'published') and id = $2");
    let found = sqlx::query_as(&select)
        .bind(audience == Audience::Staff)
        .bind(service.uuid())
        .fetch_all(&mut *rows)
        .await?;
    Ok(with_plans(rows, audience, found).await?.pop())
}

/// The service of this short name with its plans: the published one if there is one, else the newest.
///
/// # Errors
/// The database's error.
pub async fn by_slug(
    rows: &mut PgConnection,
    audience: Audience,
    slug: &str,
) -> sqlx::Result<Option<ServiceWithPlans>> {
    let select = select::<ServiceRow>(
        "services",
        "where ($1 or status = 'published') and slug = $2
         order by (status = 'published') desc, position desc, id desc limit 1",
    );
    let found = sqlx::query_as(&select)
        .bind(audience == Audience::Staff)
        .bind(slug)
        .fetch_all(&mut *rows)
        .await?;
    Ok(with_plans(rows, audience, found).await?.pop())
}

async fn with_plans(
    rows: &mut PgConnection,
    audience: Audience,
    services: Vec<ServiceRow>,
) -> sqlx::Result<Vec<ServiceWithPlans>> {
    let ids: Vec<Uuid> = services.iter().map(Row::id).collect();
    let mut offers: HashMap<Uuid, Vec<PlanOffer>> = HashMap::new();
    for plan in plans::of_services(rows, audience, &ids).await? {
        offers.entry(plan.service_id).or_default().push(plan.into());
    }
    let join = |service: ServiceRow| ServiceWithPlans {
        plans: offers.remove(&service.id).unwrap_or_default(),
        service,
    };
    Ok(services.into_iter().map(join).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::story::{Story, id, rp};
    use poem_openapi::types::ToJSON;
    use purser_domain::{
        ids::PlanId,
        service::{PriceList, Service},
        vat::VatRate,
    };

    fn created() -> ServiceEvent {
        ServiceEvent::Created {
            service_id: ServiceId::new(id(1)),
            slug: "wordpress".parse().unwrap(),
            title: "WordPress".parse().unwrap(),
            description: "Blogs\nand \"shops\"".parse().unwrap(),
            recipe: "wordpress-63".parse().unwrap(),
        }
    }

    fn repriced() -> ServiceEvent {
        ServiceEvent::PlanRepriced {
            plan_id: PlanId::new(id(2)),
            price: PriceList {
                monthly: rp(1),
                yearly: rp(2),
            },
            at: None,
        }
    }

    fn withdrawn() -> ServiceEvent {
        ServiceEvent::PlanWithdrawn {
            plan_id: PlanId::new(id(2)),
        }
    }

    fn story(facts: impl IntoIterator<Item = ServiceEvent>) -> Story {
        facts.into_iter().fold(Story::default(), |story, fact| {
            story.then::<Service>(&ServiceId::new(id(1)), fact)
        })
    }

    #[test]
    fn a_service_is_drafted_published_and_retired() {
        let facts = [
            created(),
            ServiceEvent::Published {},
            ServiceEvent::Retired {},
        ];
        let status = |count| {
            let story = story(facts.clone().into_iter().take(count));
            story.row::<Services>(id(1)).unwrap().status
        };
        assert_eq!(status(1), ServiceStatus::Draft);
        assert_eq!(status(2), ServiceStatus::Published);
        assert_eq!(status(3), ServiceStatus::Retired);
    }

    #[test]
    fn a_change_of_a_plan_moves_the_services_version_alone() {
        let story = story([created(), repriced(), withdrawn()]);
        let expected = ServiceRow {
            id: id(1),
            slug: "wordpress".into(),
            title: "WordPress".into(),
            description: "Blogs\nand \"shops\"".into(),
            recipe: "wordpress-63".into(),
            status: ServiceStatus::Draft,
            version: 3,
            position: 1,
        };
        assert_eq!(story.row::<Services>(id(1)), Some(expected));
    }

    #[test]
    fn the_answer_is_the_service_its_plans_and_what_is_left_of_them() {
        let service = story([created()]).row::<Services>(id(1)).unwrap();
        let plan = PlanRow {
            id: id(2),
            service_id: id(1),
            slug: "small".into(),
            title: "Small".into(),
            monthly_price: 40_000,
            yearly_price: 400_000,
            cpu_millicores: 50,
            memory_mib: 64,
            storage_mib: 128,
            capacity: 5,
            taken: 2,
            max_per_customer: 1,
            trial_days: None,
            withdrawn: false,
            without_room: false,
            position: 2,
        };
        let plans = vec![plan.into()];
        let offered = ServiceWithPlans { service, plans };
        let answer = offered.to_json().unwrap();
        assert_eq!(answer["slug"], "wordpress");
        assert_eq!(answer["status"], "draft");
        assert_eq!(answer["plans"][0]["slug"], "small");
        assert_eq!(answer["plans"][0]["available"], 3);
        assert_eq!(answer["plans"][0].get("trial_days"), None);
        assert_eq!(answer.get("position"), None);
        assert_eq!(answer["plans"][0].get("position"), None);
        let rate = VatRate {
            percent: "12".parse().unwrap(),
            base: "11/12".parse().unwrap(),
        };
        for (vat, month, year) in [
            (VatPolicy::None, 40_000, 400_000),
            (VatPolicy::Inclusive(rate), 40_000, 400_000),
            (VatPolicy::Exclusive(rate), 44_400, 444_000),
        ] {
            let told = offered.clone().under(vat).to_json().unwrap();
            assert_eq!(told["plans"][0]["monthly_price"], 40_000);
            assert_eq!(told["plans"][0]["monthly_charge"], month, "{vat:?}");
            assert_eq!(told["plans"][0]["yearly_charge"], year, "{vat:?}");
        }
    }

    #[test]
    fn what_nobody_created_cannot_change() {
        let later = [
            repriced(),
            withdrawn(),
            ServiceEvent::Published {},
            ServiceEvent::Retired {},
        ];
        for fact in later {
            assert_eq!(
                story([fact]).refusal::<Services>(),
                Some(Unprojectable::Missing(id(1)))
            );
        }
    }
}
