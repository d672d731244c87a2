use super::world::World;
use crate::{
    decisions::{AddPlan, One},
    ids::{PlanId, ServiceId},
    plan_slots::PlanSlots,
    service::{Plan, Service, ServiceCommand},
    story::{ghost, plan, starter, text},
};
use uuid::Uuid;

fn large() -> Plan {
    Plan {
        plan_id: PlanId::new(Uuid::from_u128(0x1a46e)),
        slug: text("large"),
        ..plan()
    }
}

fn adding(plan: Plan) -> AddPlan {
    AddPlan {
        service_id: ghost(),
        plan,
        capacity: 5,
        max_per_customer: 2,
    }
}

#[test]
fn a_plan_and_its_slots_come_into_being_together() {
    let mut world = World::selling(5, 2);
    assert_eq!(
        world.story(&adding(large())),
        ["service.plan_added", "plan_slots.opened"]
    );
    let service: Service = world.state(&ghost());
    assert!(service.for_sale(large().plan_id).is_ok());
    let slots: PlanSlots = world.state(&large().plan_id);
    assert_eq!(slots.service_id(), Some(ghost()));
}

#[test]
fn adding_it_again_changes_nothing() {
    let mut world = World::selling(5, 2);
    world.happens(&adding(large()));
    world.changes_nothing(&adding(large()));
}

#[test]
fn a_plan_of_a_service_that_does_not_exist_opens_no_slots() {
    World::empty().refuses(&adding(plan()), "service.not_found");
}

#[test]
fn a_plan_with_a_name_that_is_taken_opens_no_slots() {
    let namesake = Plan {
        slug: text("starter"),
        ..large()
    };
    World::selling(5, 2).refuses(&adding(namesake), "service.plan_name_taken");
}

#[test]
fn a_retired_service_gets_no_plan() {
    let mut world = World::selling(5, 2);
    world.service(ServiceCommand::Retire);
    world.refuses(&adding(large()), "service.retired");
}

#[test]
fn a_plan_belongs_to_one_service() {
    let mut world = World::selling(5, 2);
    let another = ServiceId::new(Uuid::from_u128(0x88));
    world.happens(&One::<Service> {
        id: another,
        command: ServiceCommand::Create {
            service_id: another,
            slug: text("n8n"),
            title: text("n8n"),
            description: text(""),
            recipe: text("n8n"),
        },
    });
    let stolen = AddPlan {
        service_id: another,
        ..adding(plan())
    };
    world.refuses(&stolen, "plan.already_open");
    let slots: PlanSlots = world.state(&starter());
    assert_eq!(slots.service_id(), Some(ghost()));
}
