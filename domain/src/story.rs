//! The cast of the tests' stories: the same people, apps and days in all of them. Never part of a build.

use crate::{
    Rupiah, Stream,
    ids::{ChargeId, InstanceId, PlanId, ServiceId, SubscriptionId, UserId, WalletId},
    instance::Wanted,
    parameters::Parameters,
    period::BillingCycle,
    resources::Resources,
    sealed::Sealed,
    service::{Plan, PriceList},
    subscription::Terms,
    text::TextError,
};
use chrono::{DateTime, Utc};
use cqrs_es::{DomainEvent, event_sink::EventSink};
use std::{collections::BTreeSet, fmt::Debug, str::FromStr};
use uuid::Uuid;

pub(crate) fn budi() -> UserId {
    UserId::new(Uuid::from_u128(0xb0d1))
}

pub(crate) fn sari() -> UserId {
    UserId::new(Uuid::from_u128(0x5a21))
}

/// The app in the stories' catalogue.
pub(crate) fn ghost() -> ServiceId {
    ServiceId::new(Uuid::from_u128(0x6057))
}

pub(crate) fn starter() -> PlanId {
    PlanId::new(Uuid::from_u128(0x57a7))
}

pub(crate) fn order(number: u128) -> SubscriptionId {
    SubscriptionId::new(Uuid::from_u128(0x0de7_0000 + number))
}

pub(crate) fn rp(amount: i64) -> Rupiah {
    Rupiah::try_from(amount).unwrap()
}

pub(crate) fn at(moment: &str) -> DateTime<Utc> {
    moment.parse().unwrap()
}

/// Noon in Jakarta on the day on which most stories play.
pub(crate) fn noon() -> DateTime<Utc> {
    at("2027-01-31T05:00:00Z")
}

/// Any word with rules: a slug, a title, a reason.
pub(crate) fn text<T: FromStr<Err = TextError>>(words: &str) -> T {
    words.parse().unwrap()
}

/// What stands in an event in place of a person's data; `what` tells two apart.
pub(crate) fn sealed(what: &str) -> Sealed {
    Sealed::try_from(format!("v1.{}.{what:A<60}", budi())).unwrap()
}

pub(crate) fn plan() -> Plan {
    Plan {
        plan_id: starter(),
        slug: text("starter"),
        title: text("Starter"),
        price: PriceList {
            monthly: rp(40_000),
            yearly: rp(400_000),
        },
        resources: Resources::new(500, 512, 5_120).unwrap(),
        free: None,
    }
}

/// Budi's order of the starter plan.
pub(crate) fn terms() -> Box<Terms> {
    Box::new(Terms {
        user_id: budi(),
        wallet_id: WalletId::of(budi()),
        service_id: ghost(),
        service: text("Ghost"),
        plan_id: starter(),
        plan: text("Starter"),
        billing_cycle: BillingCycle::Monthly,
        price: rp(40_000),
        vat: Default::default(),
        discount: None,
        promise: None,
        coupon_claim: None,
        trial: None,
        charge_id: Some(ChargeId::of_order(order(1))),
        instance_id: InstanceId::of(order(1)),
        subdomain: text("toko-budi"),
    })
}

/// What is to run for this order.
pub(crate) fn wanted() -> Box<Wanted> {
    Box::new(Wanted {
        subscription_id: order(1),
        user_id: budi(),
        recipe: text("ghost"),
        service: text("Ghost"),
        resources: plan().resources,
        subdomain: text("toko-budi"),
        parameters: Parameters::default(),
    })
}

/// Tells stories of accepted commands and holds the aggregate to what every aggregate promises: the
/// folded history is the handled state after each command, read back from storage as well, and a
/// snapshot is the state. Together the stories must bring out every event that the aggregate has.
pub(crate) async fn retold<A>(stories: Vec<Vec<A::Command>>)
where
    A: Stream + PartialEq + Debug,
{
    let mut told = BTreeSet::new();
    for story in stories {
        let mut handled = A::default();
        let mut history = Vec::new();
        for command in story {
            let sink = EventSink::default();
            handled.handle(command, &(), &sink).await.unwrap();
            history.extend(sink.collect().await);
            assert_eq!(folded::<A>(&history), handled);
        }

        let stored = serde_json::to_string(&history).unwrap();
        let read: Vec<A::Event> = serde_json::from_str(&stored).unwrap();
        assert_eq!(folded::<A>(&read), handled);
        let snapshot = serde_json::to_string(&handled).unwrap();
        assert_eq!(serde_json::from_str::<A>(&snapshot).unwrap(), handled);
        told.extend(history.iter().map(DomainEvent::event_type));
    }
    let all = A::KIND.event_names().iter();
    assert_eq!(told, all.map(|(name, _)| (*name).to_owned()).collect());
}

fn folded<A: Stream>(history: &[A::Event]) -> A {
    let mut state = A::default();
    history.iter().for_each(|event| state.apply(event.clone()));
    state
}

/// Holds a fixed vocabulary to the words under which it is stored.
pub(crate) fn stored_as<T: serde::Serialize>(words: &[(T, &str)]) {
    for (value, word) in words {
        assert_eq!(serde_json::to_value(value).unwrap(), *word);
    }
}
