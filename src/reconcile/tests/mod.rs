//! The books of an order, and where they differ.

mod refunds;
mod taken_again;
mod totals;

use super::{Line, OrderBooks, Told, compare, csv, is_silent, table, unreadable};
use crate::payments::GatewayError;
use chrono::{DateTime, Duration, Utc};
use purser_domain::{
    Rupiah,
    case::CaseKind,
    ids::{CreditId, PayoutId, ReversalId, TopUpId, UserId, WalletId},
    top_up::TopUpEvent,
    wallet::{ReversalCause, WalletEvent},
};
use purser_projections::wallet_transactions::Moved;
use std::collections::BTreeMap;
use uuid::Uuid;

fn rp(amount: i64) -> Rupiah {
    Rupiah::try_from(amount).unwrap()
}

fn top_up() -> TopUpId {
    TopUpId::new(Uuid::from_u128(0x70b))
}

fn noon() -> DateTime<Utc> {
    "2027-01-31T05:00:00Z".parse().unwrap()
}

fn told(status: &str, paid: i64, returned: i64) -> Told {
    Told {
        transaction_id: "t1".into(),
        status: status.into(),
        finding: None,
        went_back: None,
        paid,
        returned,
        unconfirmed: 0,
        counted_early: BTreeMap::new(),
    }
}

fn books(told: Vec<Told>) -> OrderBooks {
    let wallet = WalletId::of(UserId::new(Uuid::from_u128(1)));
    OrderBooks::new(top_up(), "topup-1", wallet, told)
}

/// 50.000 settled and credited.
fn credited(told: Vec<Told>) -> OrderBooks {
    let mut books = books(told);
    settle(&mut books, "t1");
    books
}

fn shown(books: &mut OrderBooks) -> &mut Moved {
    books.shown.as_mut().unwrap()
}

fn settle(books: &mut OrderBooks, transaction: &str) {
    let settled = TopUpEvent::Settled {
        transaction_id: transaction.into(),
        payment_type: "qris".into(),
        amount: rp(50_000),
        late: false,
        again: false,
        channel: None,
        settled_at: None,
    };
    books.top_up(&settled, noon());
    books.wallet(&WalletEvent::Credited {
        credit_id: CreditId::of_transaction(top_up(), transaction),
        amount: rp(50_000),
        top_up_id: top_up(),
        orders_from: None,
    });
    books.cleared.paid += 50_000;
    shown(books).credited += 50_000;
}

fn reverse(books: &mut OrderBooks) {
    let reversed = TopUpEvent::Reversed {
        transaction_id: "t1".into(),
        amount: rp(50_000),
    };
    books.top_up(&reversed, noon());
    books.wallet(&WalletEvent::Reversed {
        reversal_id: ReversalId::of(top_up(), "t1", "reversal"),
        top_up_id: top_up(),
        amount: rp(50_000),
        taken: rp(0),
        cause: ReversalCause::Reversal,
    });
    books.cleared.returned += 50_000;
}

fn kinds(books: &OrderBooks) -> Vec<CaseKind> {
    let lines = compare(books, noon());
    let found = lines.iter().flat_map(|line| &line.differences);
    found.map(|one| one.matter.kind).collect()
}

#[test]
fn what_agrees_has_no_differences() {
    assert_eq!(kinds(&books(vec![])), []);
    assert_eq!(kinds(&books(vec![told("pending", 0, 0)])), []);
    assert_eq!(kinds(&books(vec![told("refund", 50_000, 50_000)])), []);
    assert_eq!(kinds(&credited(vec![told("settlement", 50_000, 0)])), []);
    let mut reversed = credited(vec![told("deny", 0, 0)]);
    reverse(&mut reversed);
    assert_eq!(kinds(&reversed), []);
}

#[test]
fn what_one_book_lacks_is_told() {
    for (books, kind) in [
        (
            books(vec![told("settlement", 50_000, 0)]),
            CaseKind::NotCredited,
        ),
        (
            books(vec![told("partial_refund", 50_000, 20_000)]),
            CaseKind::NotCredited,
        ),
        (credited(vec![]), CaseKind::NotPaid),
        (credited(vec![told("deny", 0, 0)]), CaseKind::NotPaid),
        (
            credited(vec![told("partial_refund", 50_000, 20_000)]),
            CaseKind::Amount,
        ),
    ] {
        assert_eq!(kinds(&books), [kind], "{books:?}");
    }
}

#[test]
fn a_wallet_that_says_otherwise_than_the_top_up_is_told() {
    let mut books = credited(vec![told("settlement", 50_000, 0)]);
    books.wallet(&WalletEvent::Credited {
        credit_id: CreditId::of_transaction(top_up(), "t9"),
        amount: rp(10_000),
        top_up_id: top_up(),
        orders_from: None,
    });
    assert_eq!(kinds(&books), [CaseKind::Amount]);
}

/// The bank gave back what the gateway had taken.
fn give_back(books: &mut OrderBooks) {
    books.wallet(&WalletEvent::ReversalReturned {
        credit_id: CreditId::of_transaction(top_up(), "t9"),
        reversal_id: ReversalId::of(top_up(), "t1", "reversal"),
        amount: rp(50_000),
        recovered: rp(0),
        reason: "the bank decided for us".parse().unwrap(),
    });
}

#[test]
fn what_the_bank_gave_back_is_no_difference_however_the_gateway_counts() {
    let mut books = credited(vec![]);
    reverse(&mut books);
    give_back(&mut books);
    for returned in [0, 50_000] {
        books.told = vec![told("settlement", 50_000, returned)];
        assert_eq!(kinds(&books), []);
    }
    books.told = vec![told("settlement", 50_000, 20_000)];
    assert_eq!(kinds(&books), [CaseKind::Amount]);
}

#[test]
fn a_chargeback_of_what_the_bank_gave_back_is_one_difference_until_it_is_taken() {
    let mut books = credited(vec![told("chargeback", 50_000, 50_000)]);
    reverse(&mut books);
    assert_eq!(kinds(&books), []);
    give_back(&mut books);
    assert_eq!(kinds(&books), [CaseKind::Amount]);
    let case = |days| compare(&books, noon() + Duration::days(days))[0].differences[0].case_id;
    assert_eq!(case(0), case(1), "it is one case, whenever it is found");
    reverse(&mut books);
    assert_eq!(kinds(&books), []);
}

#[test]
fn one_book_that_is_damaged_is_one_difference() {
    let whole = || {
        let mut books = credited(vec![told("settlement", 50_000, 0)]);
        reverse(&mut books);
        books.told = vec![told("chargeback", 50_000, 50_000)];
        books
    };
    assert_eq!(kinds(&whole()), []);
    let damages: [fn(&mut OrderBooks, i64); 6] = [
        |books, by| books.told[0].returned += by,
        |books, by| books.booked.credited += by,
        |books, by| books.cleared.paid += by,
        |books, by| books.cleared.returned += by,
        |books, by| shown(books).credited += by,
        |books, by| shown(books).gone += by,
    ];
    for (index, damage) in damages.into_iter().enumerate() {
        for by in [1, -1, 25_000, -50_000] {
            let mut books = whole();
            damage(&mut books, by);
            assert_eq!(kinds(&books), [CaseKind::Amount], "{index} by {by}");
        }
    }
}

#[test]
fn statements_that_are_behind_are_not_compared_and_the_other_books_are() {
    let mut books = credited(vec![told("settlement", 50_000, 0)]);
    books.shown = None;
    assert_eq!(kinds(&books), []);
    let lines = compare(&books, noon());
    assert!(csv(&lines).contains(",50000,50000,not compared,"));
    assert!(table(&lines).contains("the statements of 1 lines are behind the history"));
    assert!(
        !lines[0].agrees(),
        "what was not compared agrees with nothing"
    );
    books.cleared.paid -= 1;
    assert_eq!(kinds(&books), [CaseKind::Amount]);
}

#[test]
fn what_must_not_be_booked_and_what_no_bank_confirms_is_told() {
    let wrong = Told {
        finding: Some("the currency is USD".into()),
        ..told("settlement", 0, 0)
    };
    assert_eq!(kinds(&books(vec![wrong])), [CaseKind::WrongPayment]);
    let open = Told {
        unconfirmed: 50_000,
        ..told("refund", 50_000, 0)
    };
    assert_eq!(kinds(&credited(vec![open])), [CaseKind::UnconfirmedRefund]);
}

/// Staff sends 20.000 of it back.
fn send_back(books: &mut OrderBooks, payout_id: PayoutId) {
    let requested = TopUpEvent::RefundRequested {
        payout_id,
        transaction_id: "t1".into(),
        amount: rp(20_000),
        reason: "asked for it".parse().unwrap(),
    };
    books.top_up(&requested, noon());
    books.wallet(&WalletEvent::PayoutRequested {
        payout_id,
        amount: rp(20_000),
        top_up_id: Some(top_up()),
        reason: None,
    });
    shown(books).gone += 20_000;
}

/// The bank has confirmed it.
fn arrive(books: &mut OrderBooks, payout_id: PayoutId) {
    let refunded = TopUpEvent::Refunded {
        payout_id,
        transaction_id: "t1".into(),
        amount: rp(20_000),
    };
    books.top_up(&refunded, noon());
    books.wallet(&WalletEvent::PaidOut {
        payout_id,
        amount: rp(20_000),
        proof: "gateway".parse().unwrap(),
        at: noon(),
    });
    books.cleared.returned += 20_000;
}

#[test]
fn our_own_refund_has_a_week_to_arrive() {
    let payout_id = PayoutId::new(Uuid::from_u128(9));
    let open = Told {
        unconfirmed: 20_000,
        ..told("partial_refund", 50_000, 0)
    };
    let mut books = credited(vec![open]);
    send_back(&mut books, payout_id);
    let found = |days| -> Vec<CaseKind> {
        let lines = compare(&books, noon() + Duration::days(days));
        let found = lines.iter().flat_map(|line| &line.differences);
        found.map(|one| one.matter.kind).collect()
    };
    assert_eq!(found(7), []);
    assert_eq!(found(8), [CaseKind::UnfinishedPayout]);
    let mut arrived = books.clone();
    arrived.told = vec![told("partial_refund", 50_000, 20_000)];
    arrive(&mut arrived, payout_id);
    assert_eq!(kinds(&arrived), []);
}

#[test]
fn the_same_difference_is_the_same_case() {
    let case = |books: &OrderBooks| compare(books, noon())[0].differences[0].case_id;
    let lost = credited(vec![]);
    assert_eq!(case(&lost), case(&lost.clone()));
    assert_ne!(case(&lost), case(&credited(vec![told("deny", 0, 0)])));
}

#[test]
fn every_transaction_is_a_line_and_so_is_an_order_without_one() {
    let mut two = credited(vec![told("settlement", 50_000, 0)]);
    settle(&mut two, "t2");
    let lines = compare(&two, noon());
    let named: Vec<_> = lines
        .iter()
        .map(|line| line.transaction_id.clone())
        .collect();
    assert_eq!(named, [Some("t1".into()), Some("t2".into())]);
    let empty = compare(&books(vec![]), noon());
    assert_eq!((empty.len(), &empty[0].transaction_id), (1, &None));
}

fn lines() -> Vec<Line> {
    let mut lines = compare(&credited(vec![told("settlement", 50_000, 0)]), noon());
    lines.extend(compare(&credited(vec![]), noon()));
    lines
}

#[test]
fn a_table_stands_in_columns_and_counts() {
    let text = table(&lines());
    let rows: Vec<&str> = text.lines().collect();
    assert!(
        rows[0].starts_with("order    transaction  gateway status"),
        "{text}"
    );
    assert!(
        rows[1].starts_with("topup-1  t1           settlement      50000"),
        "{text}"
    );
    assert!(rows[2].ends_with("and the gateway says unknown"), "{text}");
    assert_eq!(
        rows[3],
        "2 lines, 1 differences; the gateway's fees are not compared"
    );
}

#[test]
fn a_csv_quotes_what_needs_it() {
    let text = csv(&lines());
    let rows: Vec<&str> = text.split("\r\n").collect();
    assert_eq!(
        rows[1],
        "topup-1,t1,settlement,50000,0,50000,0,50000,50000,50000,"
    );
    assert!(
        rows[2].ends_with(r#""50000 of it is credited, and the gateway says unknown""#),
        "{text}"
    );
    let mut odd = lines();
    odd[0].order_id = "=1+1".into();
    odd[0].status = Some("a \"b\"".into());
    let text = csv(&odd);
    assert!(text.contains("'=1+1,t1,\"a \"\"b\"\"\""), "{text}");
}

#[test]
fn an_order_of_which_nothing_can_be_read_is_a_difference_and_not_unpaid() {
    let malformed = GatewayError::Malformed {
        status: 200,
        what: "it is not a JSON object",
    };
    let line = unreadable(&credited(vec![]), &malformed);
    assert_eq!(
        (line.credited, line.returned, line.wallet),
        (50_000, 0, 50_000)
    );
    assert_eq!(line.differences[0].matter.kind, CaseKind::Unreadable);
    // One alone may be odd; where none of several can be read it is the gateway.
    let (odd, read) = (vec![line], lines());
    assert!(!is_silent(std::slice::from_ref(&odd)));
    assert!(!is_silent(&[odd.clone(), read]));
    assert!(!is_silent(&[odd.clone(), vec![]]));
    assert!(is_silent(&[odd.clone(), odd]));
}
