//! What the books have of one order at the gateway.

use super::{Did, NOON, credited, id, tell};
use crate::{
    ids::{CreditId, PayoutId, ReversalId, TopUpId},
    ledger::{Cleared, Ledger},
    story::{at, rp, text},
    wallet::ReversalCause,
};

#[test]
fn what_an_order_brought_and_what_went_back_of_it_is_told_by_order() {
    let order = id(TopUpId::new, 1);
    let (reversal_id, payout_id) = (id(ReversalId::new, 2), id(PayoutId::new, 3));
    let by_bank = id(PayoutId::new, 4);
    let requested = |payout_id, top_up_id| Did::PayoutRequested {
        payout_id,
        amount: rp(10_000),
        top_up_id,
        reason: None,
    };
    let paid_out = |payout_id| Did::PaidOut {
        payout_id,
        amount: rp(10_000),
        proof: text("arrived"),
        at: at(NOON),
    };
    let mut ledger = Ledger::default();
    for fact in [
        credited(50_000),
        Did::Reversed {
            reversal_id,
            top_up_id: order,
            amount: rp(20_000),
            taken: rp(5_000),
            cause: ReversalCause::Chargeback,
        },
        requested(payout_id, Some(order)),
        paid_out(payout_id),
        requested(by_bank, None),
        paid_out(by_bank),
        Did::ReversalReturned {
            credit_id: id(CreditId::new, 5),
            reversal_id,
            amount: rp(20_000),
            recovered: rp(0),
            reason: text("the bank decided for us"),
        },
    ] {
        tell(&mut ledger, NOON, fact);
    }
    let cleared = Cleared {
        paid: 50_000,
        returned: 30_000,
        given_back: 20_000,
    };
    assert_eq!(ledger.cleared(order), cleared);
    assert_eq!(ledger.cleared(id(TopUpId::new, 9)), Cleared::default());
}
