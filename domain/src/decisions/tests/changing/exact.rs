//! What changes come to, to the rupiah.

use super::*;
use crate::decisions::{Asker, EndNow, Renew};

#[test]
fn several_changes_in_one_period_lose_no_rupiah() {
    let mut world = running(400_000);
    let policy = Policy {
        keep_volume: true,
        ..Policy::default()
    };
    world.happens(&Renew {
        paying: paying(),
        policy,
        asked_by: budi(),
        at: noon(),
    });
    let mut from = starter();
    for (number, to) in [(1, business()), (2, starter()), (3, business())] {
        let moment = at(&format!("2027-02-{:02}T05:00:00Z", 3 * number));
        world.happens(&ChangePlan {
            from,
            to,
            policy,
            at: moment,
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
        from = to;
    }
    // What was used: 31 January to 3 February and 7 to 9 February as starter, 4 to 6 February as business.
    world.happens(&EndNow {
        subscription_id: order(1),
        wallet_id: WalletId::of(budi()),
        asked_by: Asker::Customer(budi()),
        policy,
        at: at("2027-02-09T06:00:00Z"),
    });
    let spent = 440_000 - world.balance(budi()).get();
    let exact = (40_000 * 7 + 100_000 * 3) / 28;
    assert!(
        (exact - 1..=exact + 1).contains(&spent),
        "{spent} beside {exact}"
    );
}

#[test]
fn a_renewal_that_comes_meanwhile_is_charged_as_before_and_changed_with_the_rest() {
    let mut world = running(500_000);
    world.happens(&change(business()));
    world.happens(&advance(at("2027-02-27T17:00:00Z")));
    resized(&mut world);
    world.happens(&confirm(at("2027-02-27T18:00:00Z")));
    assert_eq!(plan_of(&world), business());
    assert_eq!(subscription(&world).paid_until(), Some(day("2027-03-31")));
    // The first period stayed what it was; of the second one the first day did.
    let second = 100_000 - 100_000 / 31 + 40_000 / 31;
    let spent = 540_000 - world.balance(budi()).get();
    assert!(
        (40_000 + second - 1..=40_000 + second + 1).contains(&spent),
        "{spent}"
    );
}
