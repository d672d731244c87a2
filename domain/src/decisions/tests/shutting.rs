//! Who shuts whose account.

use super::acting::{ani, approves, asks, oki, world};
use crate::{
    approval::Deed,
    decisions::Acted,
    story::{budi, text},
    user::User,
};

#[test]
fn an_administrator_is_shut_out_by_two_and_the_last_one_by_nobody() {
    let shut = |number, whom| {
        let reason = text("left us");
        let mut asked = asks(number, Deed::Deactivate { reason });
        asked.act.user_id = Some(whom);
        asked
    };
    let mut world = world(0);
    // There is nobody else to ask: neither may go, by himself or by the other one.
    world.refuses(&shut(1, oki()), "approval.alone");
    let own = shut(2, ani());
    assert!(matches!(world.answer(&own), Acted::Held { .. }));
    let story = world.story(&approves(&own));
    assert_eq!(story, ["approval.approved", "user.deactivated"]);
    assert!(!world.state::<User>(&ani()).is_active());
    let mut last = shut(3, oki());
    (last.by, last.others) = (oki(), vec![ani()]);
    world.refuses(&last, "approval.alone");
    // A customer is shut out by one.
    let mut customers = shut(4, budi());
    (customers.by, customers.proven) = (oki(), false);
    let story = world.story(&customers);
    assert_eq!(story, ["user.deactivated"]);
    world.changes_nothing(&customers);
}
