//! Why something is given back, told from the id of the credit: it is made of its cause.

use chrono::Days;
use purser_domain::{
    document::ReturnCause,
    ids::{ChargeId, CreditId, SubscriptionId},
    period::Period,
};

pub(super) fn cause_of(
    subscription_id: SubscriptionId,
    charge_id: ChargeId,
    credit_id: CreditId,
    period: Period,
) -> ReturnCause {
    if credit_id == CreditId::of_remainder(charge_id) {
        return ReturnCause::Ended;
    }
    if credit_id == CreditId::of_refund(charge_id) {
        return ReturnCause::Other;
    }
    let days = (0..period.days().unsigned_abs()).filter_map(|day| {
        let day = Days::new(day);
        period.start.checked_add_days(day)
    });
    let lost = |day: &_| CreditId::of_lost_day(subscription_id, *day) == credit_id;
    let mut days = days.filter(lost);
    days.next().map_or_else(
        || match is_change(charge_id, credit_id) {
            true => ReturnCause::PlanChange,
            false => ReturnCause::Other,
        },
        ReturnCause::LostDay,
    )
}

/// Changes are numbered; nobody changes more often within what one charge paid for.
const CHANGES: u32 = 1_000;

fn is_change(charge_id: ChargeId, credit_id: CreditId) -> bool {
    (0..=CHANGES).any(|number| CreditId::of_change(charge_id, number) == credit_id)
}
