use super::{
    BillCause, Billed, Content, ContentVat, Document, DocumentCommand as Do, DocumentError,
    DocumentEvent as Did, DocumentKind, Matter, ReturnCause, Seller, ToppedUp,
};
use crate::{
    ids::{ChargeId, CreditId, DocumentId, TopUpId},
    period::{BillingCycle, Period},
    series::PaperNumber,
    story::{budi, noon, order, retold, rp, sealed, stored_as, text},
    user::Locale,
};
use cqrs_es::test::TestFramework;
use uuid::Uuid;

fn document() -> TestFramework<Document> {
    TestFramework::with(())
}

fn id(number: u128) -> DocumentId {
    DocumentId::new(Uuid::from_u128(number))
}

fn paper(matter: Matter, total: i64) -> Box<Content> {
    let rate = crate::vat::VatRate {
        percent: "12".parse().unwrap(),
        base: "11/12".parse().unwrap(),
    };
    Box::new(Content {
        user_id: budi(),
        locale: Locale::Id,
        seller: Seller::default(),
        buyer: Some(sealed("name")),
        buyer_details: None,
        matter,
        total: rp(total),
        vat: Some(ContentVat::within(rate, rp(total))),
        e_meterai: false,
    })
}

fn invoice(total: i64) -> Box<Content> {
    let billed = Billed {
        subscription_id: order(1),
        charge_id: ChargeId::of_order(order(1)),
        service: text("Ghost"),
        plan: text("Starter"),
        billing_cycle: BillingCycle::Monthly,
        period: Period {
            start: "2027-01-31".parse().unwrap(),
            end: "2027-02-28".parse().unwrap(),
        },
        cause: BillCause::Order,
        price: rp(total),
        discount: rp(0),
        promotional: rp(0),
        returned: rp(0),
    };
    paper(Matter::Period(billed), total)
}

fn receipt() -> Box<Content> {
    let topped_up = ToppedUp {
        top_up_id: TopUpId::new(Uuid::nil()),
        credit_id: CreditId::new(Uuid::nil()),
        order_id: "topup-1".into(),
        payment_type: "qris".into(),
    };
    paper(Matter::TopUp(topped_up), 50_000)
}

fn issue(content: Box<Content>) -> Do {
    Do::Issue {
        content,
        at: noon(),
    }
}

fn issued(content: Box<Content>) -> Did {
    Did::Issued {
        content,
        at: noon(),
    }
}

fn number(number: &str) -> Do {
    Do::Number {
        number: number.parse().unwrap(),
        date: "2027-01-31".parse().unwrap(),
        template: 1,
        pdf_sha256: "ab".repeat(32),
        invoice: None,
        at: noon(),
    }
}

fn numbered(number: &str) -> Did {
    Did::Numbered {
        number: number.parse().unwrap(),
        date: "2027-01-31".parse().unwrap(),
        template: 1,
        pdf_sha256: "ab".repeat(32),
        invoice: None,
        at: noon(),
    }
}

fn credit(note: u128, amount: i64) -> Do {
    Do::Credit {
        credit_note_id: id(note),
        amount: rp(amount),
    }
}

fn credited(note: u128, amount: i64) -> Did {
    Did::Credited {
        credit_note_id: id(note),
        amount: rp(amount),
    }
}

#[test]
fn what_it_says_is_said_once() {
    document()
        .given_no_previous_events()
        .when(issue(invoice(40_000)))
        .then_expect_events(vec![issued(invoice(40_000))]);
    document()
        .given(vec![issued(invoice(40_000))])
        .when(issue(invoice(30_000)))
        .then_expect_events(vec![]);
}

#[test]
fn nothing_is_put_on_paper_where_nothing_was_paid() {
    document()
        .given_no_previous_events()
        .when(issue(invoice(0)))
        .then_expect_error(DocumentError::NoAmount);
    document()
        .given(vec![issued(invoice(40_000))])
        .when(credit(1, 0))
        .then_expect_error(DocumentError::NoAmount);
}

#[test]
fn it_has_one_number_for_ever() {
    let first = "INV/2027/000001";
    document()
        .given(vec![issued(invoice(40_000))])
        .when(number(first))
        .then_expect_events(vec![numbered(first)]);
    document()
        .given(vec![issued(invoice(40_000)), numbered(first)])
        .when(number("INV/2027/000002"))
        .then_expect_events(vec![]);
}

#[test]
fn its_number_is_of_its_own_kind() {
    document()
        .given(vec![issued(receipt())])
        .when(number("INV/2027/000001"))
        .then_expect_error(DocumentError::AnotherSeries);
}

#[test]
fn an_invoice_is_given_back_in_parts_and_never_by_more_than_it_is_over() {
    let history = || vec![issued(invoice(40_000)), credited(1, 30_000)];
    document()
        .given(history())
        .when(credit(2, 10_000))
        .then_expect_events(vec![credited(2, 10_000)]);
    document()
        .given(history())
        .when(credit(1, 30_000))
        .then_expect_events(vec![]);
    document()
        .given(history())
        .when(credit(2, 10_001))
        .then_expect_error(DocumentError::MoreThanInvoiced);
}

#[test]
fn of_a_receipt_nothing_is_given_back() {
    document()
        .given(vec![issued(receipt())])
        .when(credit(1, 10_000))
        .then_expect_error(DocumentError::NoInvoice);
}

#[test]
fn what_was_not_issued_is_not_found() {
    for command in [number("INV/2027/000001"), credit(1, 10_000)] {
        document()
            .given_no_previous_events()
            .when(command)
            .then_expect_error(DocumentError::NotFound);
    }
}

#[test]
fn it_shows_what_came_of_it() {
    let mut state = Document::default();
    for event in [
        issued(invoice(40_000)),
        numbered("INV/2027/000001"),
        credited(1, 30_000),
    ] {
        state.fold(event);
    }
    assert_eq!(
        state.content().map(Content::kind),
        Some(DocumentKind::Invoice)
    );
    assert_eq!(state.credited(), rp(30_000));
    let number: PaperNumber = "INV/2027/000001".parse().unwrap();
    assert_eq!(state.numbered().map(|known| known.number), Some(number));
}

#[tokio::test]
async fn what_is_folded_is_what_was_handled() {
    retold::<Document>(vec![
        vec![
            issue(invoice(40_000)),
            number("INV/2027/000001"),
            credit(1, 10_000),
        ],
        vec![issue(receipt()), number("RCP/2027/000001")],
    ])
    .await;
}

#[test]
fn words_are_stored_as_they_are() {
    stored_as(&[
        (DocumentKind::Receipt, "receipt"),
        (DocumentKind::Invoice, "invoice"),
        (DocumentKind::CreditNote, "credit_note"),
    ]);
    stored_as(&[
        (BillCause::Order, "order"),
        (BillCause::Renewal, "renewal"),
        (BillCause::Resumption, "resumption"),
        (BillCause::Grace, "grace"),
        (BillCause::PlanChange, "plan_change"),
    ]);
    stored_as(&[
        (ReturnCause::Ended, "ended"),
        (ReturnCause::PlanChange, "plan_change"),
        (ReturnCause::Other, "other"),
    ]);
}
