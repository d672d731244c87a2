use super::{PlanSlots, PlanSlotsCommand as Do, PlanSlotsError, PlanSlotsEvent as Did};
use crate::{
    ids::{ServiceId, UserId},
    story::{budi, ghost, order, retold, sari},
};
use cqrs_es::test::TestFramework;
use uuid::Uuid;

fn slots() -> TestFramework<PlanSlots> {
    TestFramework::with(())
}

fn open(capacity: u32, max_per_customer: u32) -> Do {
    Do::Open {
        service_id: ghost(),
        capacity,
        max_per_customer,
    }
}

fn opened(capacity: u32, max_per_customer: u32) -> Did {
    Did::Opened {
        service_id: ghost(),
        capacity,
        max_per_customer,
    }
}

fn resize(capacity: u32, max_per_customer: u32) -> Do {
    Do::Resize {
        capacity,
        max_per_customer,
    }
}

fn resized(capacity: u32, max_per_customer: u32) -> Did {
    Did::Resized {
        capacity,
        max_per_customer,
    }
}

fn take(number: u128, user_id: UserId) -> Do {
    Do::Take {
        subscription_id: order(number),
        user_id,
    }
}

fn taken(number: u128, user_id: UserId) -> Did {
    Did::Taken {
        subscription_id: order(number),
        user_id,
    }
}

fn give_back(number: u128) -> Do {
    Do::Return {
        subscription_id: order(number),
    }
}

fn returned(number: u128) -> Did {
    Did::Returned {
        subscription_id: order(number),
    }
}

#[test]
fn a_plan_opens_with_its_slots() {
    slots()
        .given_no_previous_events()
        .when(open(5, 2))
        .then_expect_events(vec![opened(5, 2)]);
}

#[test]
fn opening_them_again_changes_nothing() {
    slots()
        .given(vec![opened(5, 2)])
        .when(open(5, 2))
        .then_expect_events(vec![]);
}

#[test]
fn open_slots_are_not_opened_with_other_figures_or_for_another_service() {
    let for_another = Do::Open {
        service_id: ServiceId::new(Uuid::from_u128(1)),
        capacity: 5,
        max_per_customer: 2,
    };
    for command in [open(6, 2), open(5, 3), for_another] {
        slots()
            .given(vec![opened(5, 2)])
            .when(command)
            .then_expect_error(PlanSlotsError::AlreadyOpen);
    }
}

#[test]
fn a_plan_that_does_not_exist_has_no_slots() {
    for command in [resize(5, 2), take(1, budi()), give_back(1), room(false)] {
        slots()
            .given_no_previous_events()
            .when(command)
            .then_expect_error(PlanSlotsError::NotFound);
    }
}

#[test]
fn a_free_slot_is_taken() {
    slots()
        .given(vec![opened(1, 1)])
        .when(take(1, budi()))
        .then_expect_events(vec![taken(1, budi())]);
}

#[test]
fn taking_it_again_changes_nothing_even_where_none_is_left() {
    slots()
        .given(vec![opened(1, 1), taken(1, budi())])
        .when(take(1, budi()))
        .then_expect_events(vec![]);
}

#[test]
fn no_more_are_taken_than_there_are() {
    slots()
        .given(vec![opened(1, 9), taken(1, budi())])
        .when(take(2, sari()))
        .then_expect_error(PlanSlotsError::SoldOut { capacity: 1 });
}

#[test]
fn a_plan_without_slots_is_sold_out_from_the_beginning() {
    slots()
        .given(vec![opened(0, 1)])
        .when(take(1, budi()))
        .then_expect_error(PlanSlotsError::SoldOut { capacity: 0 });
}

#[test]
fn one_customer_has_no_more_than_his_share() {
    slots()
        .given(vec![opened(9, 2), taken(1, budi()), taken(2, budi())])
        .when(take(3, budi()))
        .then_expect_error(PlanSlotsError::CustomerLimit {
            max_per_customer: 2,
        });
}

#[test]
fn one_customers_share_does_not_limit_another() {
    slots()
        .given(vec![opened(9, 1), taken(1, budi())])
        .when(take(2, sari()))
        .then_expect_events(vec![taken(2, sari())]);
}

#[test]
fn a_slot_comes_back() {
    slots()
        .given(vec![opened(1, 1), taken(1, budi())])
        .when(give_back(1))
        .then_expect_events(vec![returned(1)]);
}

#[test]
fn a_slot_comes_back_once() {
    slots()
        .given(vec![opened(1, 1), taken(1, budi()), returned(1)])
        .when(give_back(1))
        .then_expect_events(vec![]);
}

#[test]
fn a_slot_that_was_never_taken_does_not_come_back() {
    slots()
        .given(vec![opened(1, 1), taken(1, budi())])
        .when(give_back(2))
        .then_expect_events(vec![]);
}

#[test]
fn a_slot_that_came_back_is_taken_by_the_next_and_by_the_same_customer() {
    for customer in [sari(), budi()] {
        slots()
            .given(vec![opened(1, 1), taken(1, budi()), returned(1)])
            .when(take(2, customer))
            .then_expect_events(vec![taken(2, customer)]);
    }
}

#[test]
fn a_plan_is_resized() {
    slots()
        .given(vec![opened(5, 2)])
        .when(resize(6, 2))
        .then_expect_events(vec![resized(6, 2)]);
    slots()
        .given(vec![opened(5, 2)])
        .when(resize(5, 3))
        .then_expect_events(vec![resized(5, 3)]);
}

#[test]
fn resizing_it_to_what_it_is_changes_nothing() {
    slots()
        .given(vec![opened(5, 2), resized(6, 3)])
        .when(resize(6, 3))
        .then_expect_events(vec![]);
}

#[test]
fn fewer_slots_than_are_taken_sell_no_more_until_enough_came_back() {
    let shrunk = vec![
        opened(3, 3),
        taken(1, budi()),
        taken(2, budi()),
        resized(1, 3),
    ];
    slots()
        .given(shrunk.clone())
        .and(vec![returned(1)])
        .when(take(3, sari()))
        .then_expect_error(PlanSlotsError::SoldOut { capacity: 1 });
    slots()
        .given(shrunk)
        .and(vec![returned(1), returned(2)])
        .when(take(3, sari()))
        .then_expect_events(vec![taken(3, sari())]);
}

fn room(room: bool) -> Do {
    Do::ObserveRoom { room }
}

#[test]
fn a_plan_for_which_the_workers_have_no_room_is_not_sold() {
    slots()
        .given(vec![opened(5, 2)])
        .when(room(false))
        .then_expect_events(vec![Did::RoomLost {}]);
    slots()
        .given(vec![opened(5, 2), Did::RoomLost {}])
        .when(take(1, budi()))
        .then_expect_error(PlanSlotsError::NoRoom);
}

#[test]
fn it_is_sold_again_once_there_is_room() {
    let full = vec![opened(5, 2), Did::RoomLost {}];
    slots()
        .given(full.clone())
        .when(room(true))
        .then_expect_events(vec![Did::RoomFound {}]);
    slots()
        .given(full)
        .and(vec![Did::RoomFound {}])
        .when(take(1, budi()))
        .then_expect_events(vec![taken(1, budi())]);
}

#[test]
fn room_is_there_until_it_was_seen_to_be_gone_and_is_lost_once() {
    slots()
        .given(vec![opened(5, 2)])
        .when(room(true))
        .then_expect_events(vec![]);
    slots()
        .given(vec![opened(5, 2), Did::RoomLost {}])
        .when(room(false))
        .then_expect_events(vec![]);
}

#[test]
fn what_was_taken_before_the_room_was_lost_stays_taken_and_comes_back() {
    let full = vec![opened(5, 2), taken(1, budi()), Did::RoomLost {}];
    slots()
        .given(full.clone())
        .when(take(1, budi()))
        .then_expect_events(vec![]);
    slots()
        .given(full)
        .when(give_back(1))
        .then_expect_events(vec![returned(1)]);
}

#[tokio::test]
async fn what_is_folded_is_what_was_handled() {
    retold::<PlanSlots>(vec![vec![
        open(2, 1),
        take(1, budi()),
        take(1, budi()),
        take(2, sari()),
        resize(1, 1),
        give_back(1),
        give_back(1),
        room(false),
        room(true),
    ]])
    .await;
}
