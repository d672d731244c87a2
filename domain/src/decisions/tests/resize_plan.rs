use super::world::World;
use crate::{
    decisions::ResizePlan,
    ids::ServiceId,
    plan_slots::PlanSlots,
    service::ServiceCommand,
    story::{ghost, starter},
};
use uuid::Uuid;

fn resizing(capacity: u32) -> ResizePlan {
    ResizePlan {
        service_id: ghost(),
        plan_id: starter(),
        capacity,
    }
}

#[test]
fn a_plan_is_resized_and_one_customers_share_of_it_stays() {
    let mut world = World::selling(5, 2);
    assert_eq!(world.story(&resizing(9)), ["plan_slots.resized"]);
    let slots: PlanSlots = world.state(&starter());
    assert_eq!(slots.max_per_customer(), 2);
    world.changes_nothing(&resizing(9));
}

#[test]
fn what_is_not_sold_any_more_is_resized_as_well() {
    let mut world = World::selling(5, 2);
    world.service(ServiceCommand::Retire);
    assert_eq!(world.story(&resizing(0)), ["plan_slots.resized"]);
}

#[test]
fn a_plan_is_not_resized_as_that_of_another_service() {
    let foreign = ResizePlan {
        service_id: ServiceId::new(Uuid::from_u128(0x88)),
        ..resizing(9)
    };
    World::selling(5, 2).refuses(&foreign, "plan.not_found");
    World::empty().refuses(&resizing(9), "plan.not_found");
}
