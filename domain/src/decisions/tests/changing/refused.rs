//! Plans that cannot be had today, or here.

use super::*;

/// The figures stay, whatever the plan: it counts at once where they are the same.
fn changed(world: &mut World, from: PlanId, to: PlanId, number: u32, moment: DateTime<Utc>) {
    world.happens(&ChangePlan {
        from,
        at: moment,
        policy: keeps_volume(),
        ..change(to)
    });
    world.happens(&Live {
        instance_id: InstanceId::of(order(1)),
        command: InstanceCommand::Live(InstanceLife::Observe {
            operation: number,
            seen: Seen::Ready,
            at: moment,
        }),
    });
    world.happens(&ConfirmPlanChange {
        from,
        to,
        ..confirm(moment)
    });
}

fn keeps_volume() -> Policy {
    Policy {
        keep_volume: true,
        ..Policy::default()
    }
}

fn down(to: PlanId, moment: &str) -> ChangePlan {
    ChangePlan {
        from: business(),
        at: at(moment),
        policy: keeps_volume(),
        ..change(to)
    }
}

#[test]
fn nothing_cheaper_is_had_on_the_date_on_which_a_dearer_plan_began() {
    let mut world = running(400_000);
    // Five past midnight in Jakarta, and ten to the next one.
    changed(
        &mut world,
        starter(),
        business(),
        1,
        at("2027-02-12T17:05:00Z"),
    );
    let late = "2027-02-13T16:50:00Z";
    for to in [starter(), tiny()] {
        world.refuses(&down(to, late), "subscription.changed_today");
        let yearly = ChangePlan {
            billing_cycle: BillingCycle::Yearly,
            ..down(to, late)
        };
        world.refuses(&yearly, "subscription.changed_today");
    }
    changed(
        &mut world,
        business(),
        starter(),
        2,
        at("2027-02-13T17:00:00Z"),
    );
    assert_eq!(plan_of(&world), starter());
}

#[test]
fn another_cycle_of_the_dearer_plan_is_no_way_around_it() {
    let mut world = running(2_000_000);
    let early = at("2027-02-12T17:05:00Z");
    changed(&mut world, starter(), business(), 1, early);
    let late = "2027-02-13T16:50:00Z";
    world.happens(&ChangePlan {
        billing_cycle: BillingCycle::Yearly,
        ..down(business(), late)
    });
    world.refuses(&down(starter(), late), "subscription.changed_today");
}

#[test]
fn who_went_down_may_go_down_further_and_up_on_the_same_date() {
    let mut world = running(400_000);
    changed(&mut world, starter(), tiny(), 1, half());
    let up = ChangePlan {
        from: tiny(),
        policy: keeps_volume(),
        ..change(business())
    };
    world.happens(&up);
}

#[test]
fn more_storage_is_not_sold_where_volumes_cannot_grow() {
    let asked = |volumes_grow| ChangePlan {
        volumes_grow,
        ..change(business())
    };
    let mut world = running(30_000);
    world.refuses(&asked(Some(false)), "subscription.volume_cannot_grow");
    world.happens(&asked(Some(true)));
    running(30_000).happens(&asked(None));
    // What needs no more of it can be had all the same.
    let cheaper = ChangePlan {
        policy: keeps_volume(),
        volumes_grow: Some(false),
        ..change(tiny())
    };
    running(0).happens(&cheaper);
}
