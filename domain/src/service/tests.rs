mod free;
mod licence;

use super::{
    Licence, Plan, PriceList, Service, ServiceCommand as Do, ServiceError, ServiceEvent as Did,
};
use crate::{
    ids::PlanId,
    story::{budi, ghost, noon, plan, retold, rp, starter, text},
};
use cqrs_es::test::TestFramework;
use uuid::Uuid;

fn service() -> TestFramework<Service> {
    TestFramework::with(())
}

fn create() -> Do {
    Do::Create {
        service_id: ghost(),
        slug: text("ghost"),
        title: text("Ghost"),
        description: text("A place to write.\nAnd to be read."),
        recipe: text("ghost"),
    }
}

fn created() -> Did {
    Did::Created {
        service_id: ghost(),
        slug: text("ghost"),
        title: text("Ghost"),
        description: text("A place to write.\nAnd to be read."),
        recipe: text("ghost"),
    }
}

fn add(plan: Plan) -> Do {
    Do::AddPlan { plan }
}

fn added() -> Did {
    Did::PlanAdded { plan: plan() }
}

fn dearer() -> PriceList {
    PriceList {
        monthly: rp(45_000),
        yearly: rp(450_000),
    }
}

fn reprice(price: PriceList) -> Do {
    Do::RepricePlan {
        plan_id: starter(),
        price,
        at: noon(),
    }
}

fn repriced() -> Did {
    Did::PlanRepriced {
        plan_id: starter(),
        price: dearer(),
        at: Some(noon()),
    }
}

fn publish() -> Do {
    Do::Publish {
        licence: Licence::Free,
    }
}

fn publish_knowing() -> Do {
    Do::Publish {
        licence: Licence::Acknowledged {
            notice: text("Selling it needs an agreement"),
            by: budi(),
        },
    }
}

fn withdraw() -> Do {
    Do::WithdrawPlan { plan_id: starter() }
}

fn withdrawn() -> Did {
    Did::PlanWithdrawn { plan_id: starter() }
}

fn another_plan(slug: &str) -> Plan {
    Plan {
        plan_id: PlanId::new(Uuid::from_u128(99)),
        slug: text(slug),
        ..plan()
    }
}

fn draft() -> Vec<Did> {
    vec![created(), added()]
}

/// Ghost with its starter plan on sale, and what followed.
fn on_sale(what_followed: &[Did]) -> Vec<Did> {
    let mut history = draft();
    history.push(Did::Published {});
    history.extend_from_slice(what_followed);
    history
}

fn folded(history: Vec<Did>) -> Service {
    let mut service = Service::default();
    history.into_iter().for_each(|event| service.fold(event));
    service
}

#[test]
fn a_service_is_created() {
    service()
        .given_no_previous_events()
        .when(create())
        .then_expect_events(vec![created()]);
}

#[test]
fn a_service_is_created_once() {
    service()
        .given(vec![created()])
        .when(create())
        .then_expect_error(ServiceError::AlreadyCreated);
}

#[test]
fn nothing_happens_to_a_service_that_does_not_exist() {
    for command in [
        add(plan()),
        reprice(dearer()),
        withdraw(),
        publish(),
        Do::Retire,
    ] {
        service()
            .given_no_previous_events()
            .when(command)
            .then_expect_error(ServiceError::NotFound);
    }
}

#[test]
fn a_plan_is_added() {
    service()
        .given(vec![created()])
        .when(add(plan()))
        .then_expect_events(vec![added()]);
}

#[test]
fn adding_the_same_plan_again_changes_nothing() {
    service()
        .given(draft())
        .when(add(plan()))
        .then_expect_events(vec![]);
}

#[test]
fn two_plans_do_not_share_a_name() {
    service()
        .given(draft())
        .when(add(another_plan("starter")))
        .then_expect_error(ServiceError::PlanNameTaken(text("starter")));
}

#[test]
fn two_plans_do_not_share_an_id() {
    service()
        .given(draft())
        .when(add(Plan {
            slug: text("large"),
            ..plan()
        }))
        .then_expect_error(ServiceError::PlanNameTaken(text("large")));
}

#[test]
fn the_name_of_a_withdrawn_plan_stays_taken() {
    service()
        .given(on_sale(&[withdrawn()]))
        .when(add(another_plan("starter")))
        .then_expect_error(ServiceError::PlanNameTaken(text("starter")));
}

#[test]
fn a_published_service_gets_another_plan() {
    service()
        .given(on_sale(&[]))
        .when(add(another_plan("large")))
        .then_expect_events(vec![Did::PlanAdded {
            plan: another_plan("large"),
        }]);
}

#[test]
fn a_plan_gets_another_price() {
    service()
        .given(on_sale(&[]))
        .when(reprice(dearer()))
        .then_expect_events(vec![repriced()]);
}

#[test]
fn setting_the_price_that_holds_changes_nothing() {
    service()
        .given(on_sale(&[repriced()]))
        .when(reprice(dearer()))
        .then_expect_events(vec![]);
}

#[test]
fn a_sale_is_at_the_price_that_holds() {
    let service = folded(on_sale(&[repriced()]));
    let sale = service.for_sale(starter()).unwrap();
    assert_eq!(sale.plan.price, dearer());
    assert_eq!(sale.service.as_str(), "Ghost");
    assert_eq!(sale.recipe.as_str(), "ghost");
}

#[test]
fn what_a_plan_has_cost_is_known_whether_it_is_sold_or_not() {
    let service = folded(on_sale(&[repriced(), withdrawn()]));
    let expected = [(None, plan().price), (Some(noon()), dearer())];
    assert_eq!(service.prices(starter()), Ok(&expected[..]));
    let nobodys = PlanId::new(Uuid::from_u128(99));
    assert_eq!(service.prices(nobodys), Err(ServiceError::PlanNotFound));
    let nothing = Service::default();
    assert_eq!(nothing.prices(starter()), Err(ServiceError::NotFound));
}

#[test]
fn a_plan_is_withdrawn() {
    service()
        .given(on_sale(&[]))
        .when(withdraw())
        .then_expect_events(vec![withdrawn()]);
}

#[test]
fn withdrawing_it_again_changes_nothing() {
    service()
        .given(on_sale(&[withdrawn()]))
        .when(withdraw())
        .then_expect_events(vec![]);
}

#[test]
fn a_plan_that_does_not_exist_is_neither_repriced_nor_withdrawn() {
    for command in [reprice(dearer()), withdraw()] {
        service()
            .given(vec![created()])
            .when(command)
            .then_expect_error(ServiceError::PlanNotFound);
    }
}

#[test]
fn a_service_with_a_plan_is_published() {
    service()
        .given(draft())
        .when(publish())
        .then_expect_events(vec![Did::Published {}]);
}

#[test]
fn publishing_it_again_changes_nothing() {
    service()
        .given(on_sale(&[]))
        .when(publish())
        .then_expect_events(vec![]);
}

#[test]
fn a_service_without_a_plan_is_not_published() {
    service()
        .given(vec![created()])
        .when(publish())
        .then_expect_error(ServiceError::NoPlan);
}

#[test]
fn a_service_whose_plans_were_all_withdrawn_is_not_published() {
    service()
        .given(draft())
        .and(vec![withdrawn()])
        .when(publish())
        .then_expect_error(ServiceError::NoPlan);
    service()
        .given(draft())
        .and(vec![
            withdrawn(),
            Did::PlanAdded {
                plan: another_plan("large"),
            },
        ])
        .when(publish())
        .then_expect_events(vec![Did::Published {}]);
}

#[test]
fn a_service_is_retired_published_or_not() {
    for history in [draft(), on_sale(&[])] {
        service()
            .given(history)
            .when(Do::Retire)
            .then_expect_events(vec![Did::Retired {}]);
    }
}

#[test]
fn retiring_it_again_changes_nothing() {
    service()
        .given(on_sale(&[Did::Retired {}]))
        .when(Do::Retire)
        .then_expect_events(vec![]);
}

#[test]
fn a_retired_service_does_not_change_any_more() {
    for command in [
        add(another_plan("large")),
        reprice(dearer()),
        withdraw(),
        publish(),
    ] {
        service()
            .given(on_sale(&[Did::Retired {}]))
            .when(command)
            .then_expect_error(ServiceError::Retired);
    }
}

#[test]
fn only_a_published_plan_that_was_not_withdrawn_is_for_sale() {
    let why_not = |history: Vec<Did>, plan_id: PlanId| folded(history).for_sale(plan_id).err();
    let unknown = another_plan("large").plan_id;
    assert_eq!(
        why_not(vec![], starter()),
        Some(ServiceError::NotFound),
        "unknown service"
    );
    assert_eq!(
        why_not(on_sale(&[]), unknown),
        Some(ServiceError::PlanNotFound)
    );
    assert_eq!(
        why_not(draft(), starter()),
        Some(ServiceError::NotForSale),
        "draft"
    );
    assert_eq!(
        why_not(on_sale(&[Did::Retired {}]), starter()),
        Some(ServiceError::NotForSale),
        "retired"
    );
    assert_eq!(
        why_not(on_sale(&[withdrawn()]), starter()),
        Some(ServiceError::PlanWithdrawn)
    );
    assert_eq!(why_not(on_sale(&[]), starter()), None);
}

#[tokio::test]
async fn what_is_folded_is_what_was_handled() {
    retold::<Service>(vec![vec![
        create(),
        add(plan()),
        add(plan()),
        publish_knowing(),
        reprice(dearer()),
        add(another_plan("large")),
        withdraw(),
        Do::Retire,
    ]])
    .await;
}
