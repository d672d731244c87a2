//! Plans: what the catalogue says of them, and how many are sold. A row follows two streams, the
//! service's and the plan's slots.

use crate::{
    Projection, Row, Rows, Unprojectable,
    columns::select,
    facts::{stream_id, stream_row},
    services::Audience,
};
use poem_openapi::{Enum, Object};
use purser_domain::{
    Event, Recorded,
    plan_slots::PlanSlotsEvent,
    service::{Plan, ServiceEvent},
};
use serde::{Deserialize, Serialize};
use sqlx::{FromRow, PgConnection};
use uuid::Uuid;

/// A plan of a service.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, FromRow, Object)]
#[oai(skip_serializing_if_is_none, rename = "Plan")]
pub struct PlanRow {
    /// The plan's id.
    pub id: Uuid,
    /// The service it belongs to.
    pub service_id: Uuid,
    /// Its short name, unique in its service.
    pub slug: String,
    /// Its name for people.
    pub title: String,
    /// What a month costs, in whole rupiah.
    pub monthly_price: i64,
    /// What a year costs, in whole rupiah.
    pub yearly_price: i64,
    /// CPU in thousandths of a core.
    pub cpu_millicores: i64,
    /// Memory in MiB.
    pub memory_mib: i64,
    /// Storage in MiB.
    pub storage_mib: i64,
    /// How many can be sold at the same time.
    pub capacity: i64,
    /// How many are sold now.
    pub taken: i64,
    /// How many one customer can have at the same time.
    pub max_per_customer: i64,
    /// How many days it lasts, where it is a trial: once per person and service.
    pub trial_days: Option<i64>,
    /// No longer for sale.
    pub withdrawn: bool,
    /// The workers were last seen to have no room for one more.
    #[oai(skip)]
    pub without_room: bool,
    #[oai(skip)]
    pub position: i64,
}

/// Whether one more of a plan is sold now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum Availability {
    /// It can be ordered.
    Open,
    /// All that there are of it are sold.
    SoldOut,
    /// Nothing that it could run on has room for one more at the moment.
    NoRoom,
    /// It is no longer sold.
    Withdrawn,
}

impl Row for PlanRow {
    fn id(&self) -> Uuid {
        self.id
    }
}

impl PlanRow {
    /// How many can still be sold; a plan may have been made smaller than what is sold of it.
    pub fn available(&self) -> i64 {
        (self.capacity - self.taken).max(0)
    }

    /// Why an order of it would be refused, in the order in which it would be.
    pub fn availability(&self) -> Availability {
        if self.withdrawn {
            Availability::Withdrawn
        } else if self.without_room {
            Availability::NoRoom
        } else if self.available() == 0 {
            Availability::SoldOut
        } else {
            Availability::Open
        }
    }
}

/// Projector of `plans`.
pub struct Plans;

impl Projection for Plans {
    const NAME: &'static str = "plans_v1";
    const TABLE: &'static str = "plans";
    type Row = PlanRow;

    fn touches(event: &Recorded) -> Vec<Uuid> {
        match &event.event {
            Event::Service(fact) => match fact {
                ServiceEvent::PlanAdded { plan } => vec![plan.plan_id.uuid()],
                ServiceEvent::PlanRepriced { plan_id, .. }
                | ServiceEvent::PlanWithdrawn { plan_id } => vec![plan_id.uuid()],
                ServiceEvent::Created { .. }
                | ServiceEvent::LicenceAcknowledged { .. }
                | ServiceEvent::Published {}
                | ServiceEvent::Retired {} => vec![],
            },
            Event::PlanSlots(_) => vec![stream_row(event)],
            _ => vec![],
        }
    }

    fn project(rows: &mut Rows<PlanRow>, event: &Recorded) -> Result<(), Unprojectable> {
        match &event.event {
            Event::Service(fact) => catalogue(rows, event, fact),
            Event::PlanSlots(fact) => slots(rows, stream_id(event)?, fact),
            _ => Ok(()),
        }
    }
}

fn catalogue(
    rows: &mut Rows<PlanRow>,
    event: &Recorded,
    fact: &ServiceEvent,
) -> Result<(), Unprojectable> {
    match fact {
        ServiceEvent::PlanAdded { plan } => rows.insert(added(event, plan)?),
        ServiceEvent::PlanRepriced { plan_id, price, .. } => rows.update(plan_id.uuid(), |row| {
            row.monthly_price = price.monthly.get();
            row.yearly_price = price.yearly.get();
        }),
        ServiceEvent::PlanWithdrawn { plan_id } => {
            rows.update(plan_id.uuid(), |row| row.withdrawn = true)
        }
        ServiceEvent::Created { .. }
        | ServiceEvent::LicenceAcknowledged { .. }
        | ServiceEvent::Published {}
        | ServiceEvent::Retired {} => Ok(()),
    }
}

/// Without slots until they are opened, which the same commit does.
fn added(event: &Recorded, plan: &Plan) -> Result<PlanRow, Unprojectable> {
    Ok(PlanRow {
        id: plan.plan_id.uuid(),
        service_id: stream_id(event)?,
        slug: plan.slug.to_string(),
        title: plan.title.to_string(),
        monthly_price: plan.price.monthly.get(),
        yearly_price: plan.price.yearly.get(),
        cpu_millicores: plan.resources.cpu_millicores().into(),
        memory_mib: plan.resources.memory_mib().into(),
        storage_mib: plan.resources.storage_mib().into(),
        capacity: 0,
        taken: 0,
        max_per_customer: 0,
        trial_days: plan.trial_days().map(i64::from),
        withdrawn: false,
        without_room: false,
        position: event.position,
    })
}

fn slots(rows: &mut Rows<PlanRow>, id: Uuid, fact: &PlanSlotsEvent) -> Result<(), Unprojectable> {
    let taken = rows.get(id).ok_or(Unprojectable::Missing(id))?.taken;
    match fact {
        PlanSlotsEvent::Opened {
            service_id: _,
            capacity,
            max_per_customer,
        }
        | PlanSlotsEvent::Resized {
            capacity,
            max_per_customer,
        } => rows.update(id, |row| {
            row.capacity = (*capacity).into();
            row.max_per_customer = (*max_per_customer).into();
        }),
        PlanSlotsEvent::Taken { .. } => rows.update(id, |row| row.taken = taken + 1),
        PlanSlotsEvent::Returned { .. } if taken == 0 => Err(Unprojectable::Overflow),
        PlanSlotsEvent::Returned { .. } => rows.update(id, |row| row.taken = taken - 1),
        PlanSlotsEvent::RoomLost {} => rows.update(id, |row| row.without_room = true),
        PlanSlotsEvent::RoomFound {} => rows.update(id, |row| row.without_room = false),
    }
}

/// The plans of these services, oldest first; customers are not shown those withdrawn.
///
/// # Errors
/// The database's error.
pub async fn of_services(
    rows: &mut PgConnection,
    audience: Audience,
    services: &[Uuid],
) -> sqlx::Result<Vec<PlanRow>> {
    let select = select::<PlanRow>(
        "plans",
        "where service_id = any($1) and ($2 or not withdrawn)
         order by position, id",
    );
    sqlx::query_as(&select)
        .bind(services)
        .bind(audience == Audience::Staff)
        .fetch_all(rows)
        .await
}

/// What the dearest period costs of these services and plans, or of all where neither are given, in whole rupiah.
///
/// # Errors
/// The database's error.
pub async fn dearest(
    rows: &mut PgConnection,
    services: &[Uuid],
    plans: &[Uuid],
) -> sqlx::Result<Option<i64>> {
    sqlx::query_scalar(
        "select max(greatest(monthly_price, yearly_price)) from plans where not withdrawn
         and (cardinality($1) + cardinality($2) = 0 or service_id = any($1) or id = any($2))",
    )
    .bind(services)
    .bind(plans)
    .fetch_one(rows)
    .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::story::{Story, id, rp};
    use purser_domain::{
        ids::{PlanId, ServiceId, SubscriptionId, UserId},
        plan_slots::PlanSlots,
        resources::Resources,
        service::{PriceList, Service},
    };

    fn plan_id() -> PlanId {
        PlanId::new(id(2))
    }

    fn in_catalogue(story: Story, fact: ServiceEvent) -> Story {
        story.then::<Service>(&ServiceId::new(id(1)), fact)
    }

    fn in_slots(story: Story, fact: PlanSlotsEvent) -> Story {
        story.then::<PlanSlots>(&plan_id(), fact)
    }

    fn price(monthly: i64, yearly: i64) -> PriceList {
        PriceList {
            monthly: rp(monthly),
            yearly: rp(yearly),
        }
    }

    fn added() -> Story {
        let plan = Plan {
            plan_id: plan_id(),
            slug: "small".parse().unwrap(),
            title: "Small".parse().unwrap(),
            price: price(40_000, 400_000),
            resources: Resources::new(500, 512, 2048).unwrap(),
            free: None,
        };
        in_catalogue(Story::default(), ServiceEvent::PlanAdded { plan })
    }

    fn opened(capacity: u32) -> PlanSlotsEvent {
        PlanSlotsEvent::Opened {
            service_id: ServiceId::new(id(1)),
            capacity,
            max_per_customer: 2,
        }
    }

    fn resized(capacity: u32) -> PlanSlotsEvent {
        PlanSlotsEvent::Resized {
            capacity,
            max_per_customer: 1,
        }
    }

    fn taken(number: u128) -> PlanSlotsEvent {
        PlanSlotsEvent::Taken {
            subscription_id: SubscriptionId::new(id(number)),
            user_id: UserId::new(id(3)),
        }
    }

    fn returned(number: u128) -> PlanSlotsEvent {
        PlanSlotsEvent::Returned {
            subscription_id: SubscriptionId::new(id(number)),
        }
    }

    fn repriced() -> ServiceEvent {
        ServiceEvent::PlanRepriced {
            plan_id: plan_id(),
            price: price(50_000, 500_000),
            at: None,
        }
    }

    fn withdrawn() -> ServiceEvent {
        ServiceEvent::PlanWithdrawn { plan_id: plan_id() }
    }

    #[test]
    fn a_plan_follows_the_catalogue_and_its_slots() {
        let story = [opened(5), taken(10), taken(11), returned(10)]
            .into_iter()
            .fold(added(), in_slots);
        let story = in_catalogue(in_catalogue(story, repriced()), withdrawn());
        let expected = PlanRow {
            id: id(2),
            service_id: id(1),
            slug: "small".into(),
            title: "Small".into(),
            monthly_price: 50_000,
            yearly_price: 500_000,
            cpu_millicores: 500,
            memory_mib: 512,
            storage_mib: 2048,
            capacity: 5,
            taken: 1,
            max_per_customer: 2,
            trial_days: None,
            withdrawn: true,
            without_room: false,
            position: 1,
        };
        assert_eq!(story.row::<Plans>(id(2)), Some(expected));
    }

    #[test]
    fn a_plan_made_smaller_than_what_is_sold_has_none_left() {
        let story = [opened(5), taken(10), taken(11), resized(1)]
            .into_iter()
            .fold(added(), in_slots);
        let plan = story.row::<Plans>(id(2)).unwrap();
        assert_eq!((plan.capacity, plan.taken, plan.available()), (1, 2, 0));
    }

    #[test]
    fn a_plan_is_available_while_an_order_of_it_would_be_taken() {
        use Availability::{NoRoom, Open, SoldOut, Withdrawn};
        let after = |facts: &[PlanSlotsEvent]| {
            let story = facts.iter().cloned().fold(added(), in_slots);
            story.row::<Plans>(id(2)).unwrap().availability()
        };
        let (lost, found) = (PlanSlotsEvent::RoomLost {}, PlanSlotsEvent::RoomFound {});
        assert_eq!(after(&[opened(1)]), Open);
        assert_eq!(after(&[opened(1), taken(10)]), SoldOut);
        assert_eq!(after(&[opened(1), taken(10), returned(10)]), Open);
        assert_eq!(after(&[opened(1), lost.clone()]), NoRoom);
        assert_eq!(after(&[opened(1), lost, found]), Open);
        let gone = in_catalogue(in_slots(added(), opened(1)), withdrawn());
        let gone = gone.row::<Plans>(id(2)).unwrap();
        assert_eq!(gone.availability(), Withdrawn);
    }

    #[test]
    fn the_rest_of_the_catalogue_touches_no_plan() {
        let story = in_catalogue(Story::default(), ServiceEvent::Published {});
        let story = in_catalogue(story, ServiceEvent::Retired {});
        assert!(story.touches_nothing::<Plans>());
        assert!(story.fold::<Plans>().unwrap().is_empty());
    }

    #[test]
    fn a_plan_that_nobody_added_cannot_change() {
        let missing = Some(Unprojectable::Missing(id(2)));
        for fact in [opened(5), resized(1), taken(10), returned(10)] {
            let story = in_slots(Story::default(), fact);
            assert_eq!(story.refusal::<Plans>(), missing);
        }
        for fact in [repriced(), withdrawn()] {
            let story = in_catalogue(Story::default(), fact);
            assert_eq!(story.refusal::<Plans>(), missing);
        }
    }

    #[test]
    fn no_slot_comes_back_that_was_not_taken() {
        let story = in_slots(added(), returned(10));
        assert_eq!(story.refusal::<Plans>(), Some(Unprojectable::Overflow));
    }
}
