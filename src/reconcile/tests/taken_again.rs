//! What goes back in several ways.

use super::{arrive, credited, kinds, refunds::charge_back, send_back, told};
use crate::reconcile::Told;
use purser_domain::{case::CaseKind, ids::PayoutId};
use uuid::Uuid;

#[test]
fn our_own_refund_beside_a_chargeback_is_no_difference_while_no_bank_confirms_it() {
    let payout_id = PayoutId::new(Uuid::from_u128(9));
    let there = Told {
        counted_early: [(payout_id.to_string(), 20_000)].into(),
        ..told("chargeback", 50_000, 50_000)
    };
    let mut books = credited(vec![there]);
    send_back(&mut books, payout_id);
    assert_eq!(kinds(&books), [CaseKind::Amount]);
    charge_back(&mut books, 30_000);
    assert_eq!(kinds(&books), []);
    // What is not ours is counted by us as by the gateway.
    let mut dashboards = books.clone();
    dashboards.told[0].counted_early = [("r1".to_owned(), 20_000)].into();
    assert_eq!(kinds(&dashboards), [CaseKind::Amount]);
    books.told = vec![told("chargeback", 50_000, 50_000)];
    arrive(&mut books, payout_id);
    assert_eq!(kinds(&books), []);
}
