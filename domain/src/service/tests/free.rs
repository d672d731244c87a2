//! A price of zero says what it means (billing rule 42).

use super::*;
use crate::service::Free;

#[test]
fn what_costs_nothing_is_not_published_unless_it_says_why() {
    let nothing = PriceList {
        monthly: rp(0),
        ..plan().price
    };
    let free = |free| {
        let plan = Plan {
            price: nothing,
            free,
            ..plan()
        };
        vec![created(), Did::PlanAdded { plan }]
    };
    service()
        .given(free(None))
        .when(publish())
        .then_expect_error(ServiceError::FreeWithoutTrial(text("starter")));
    for said in [Free::ForEver, Free::Trial { days: 14 }] {
        service()
            .given(free(Some(said)))
            .when(publish())
            .then_expect_events(vec![Did::Published {}]);
    }
    service()
        .given(on_sale(&[]))
        .when(reprice(nothing))
        .then_expect_error(ServiceError::FreeWithoutTrial(text("starter")));
}
