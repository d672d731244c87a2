use super::{Beat, Told, event, hearing_twice_changes_nothing, in_order, noon, order, rp};
use crate::sagas::{Effect, Prices, Repriced, Saga as _};
use purser_domain::{
    ids::{PlanId, ServiceId},
    service::{PriceList, Service, ServiceEvent},
};
use uuid::Uuid;

fn ghost() -> ServiceId {
    ServiceId::new(Uuid::from_u128(1))
}

fn starter() -> PlanId {
    PlanId::new(Uuid::from_u128(2))
}

fn repriced(monthly: i64) -> Beat {
    let fact = ServiceEvent::PlanRepriced {
        plan_id: starter(),
        price: PriceList {
            monthly: rp(monthly),
            yearly: rp(monthly * 10),
        },
        at: Some(noon()),
    };
    event::<Service>(&ghost(), fact)
}

fn page(sequence: i64) -> Repriced {
    Repriced {
        service_id: ghost(),
        plan_id: starter(),
        at: noon(),
        sequence,
        position: sequence,
        after: None,
    }
}

#[test]
fn every_event_twice_changes_nothing() {
    let story = in_order(vec![repriced(50_000), repriced(45_000)]);
    hearing_twice_changes_nothing(Prices, &story);
}

#[test]
fn each_new_price_is_told_to_whoever_has_the_plan() {
    let story = in_order(vec![repriced(50_000), repriced(45_000)]);
    let told = Told::new(Prices).after(&story);
    let first = ("announce-1".to_owned(), Effect::AnnouncePrice(page(1)));
    let second = ("announce-2".to_owned(), Effect::AnnouncePrice(page(2)));
    assert_eq!(told.effects, [first, second]);
}

#[test]
fn what_cannot_be_told_undoes_nothing() {
    let mut told = Told::new(Prices).after(&[repriced(50_000)]);
    for step in ["announce-1", "price-x-1"] {
        let failed = told.tell(&Beat::Failed(step.into()));
        assert_eq!(failed, Default::default());
    }
}

#[test]
fn every_page_and_every_letter_has_a_step_of_its_own() {
    let next = Repriced {
        after: Some(order()),
        ..page(1)
    };
    let steps = [page(1).step(), page(2).step(), next.step()];
    let expected = [
        "announce-1".to_owned(),
        "announce-2".to_owned(),
        format!("announce-1-{}", order()),
    ];
    assert_eq!(steps, expected);
    assert_ne!(page(1).letter_step(), page(2).letter_step());
    assert_eq!(page(1).letter_step(), next.letter_step());
}

#[test]
fn a_price_whose_day_nobody_recorded_is_not_told() {
    let fact = ServiceEvent::PlanRepriced {
        plan_id: starter(),
        price: PriceList {
            monthly: rp(1),
            yearly: rp(1),
        },
        at: None,
    };
    let Beat::Event(event) = event::<Service>(&ghost(), fact) else {
        unreachable!("it is an event")
    };
    assert_eq!(Prices.instance(&event), None);
}
