use super::*;
use crate::story::{Story, at, id, rp, sealed};
use purser_domain::{
    document::{BillCause, Billed, ContentVat, Document, ReturnCause, Returned, Seller, ToppedUp},
    ids::{ChargeId, CreditId, SubscriptionId, TopUpId},
    period::{BillingCycle, Period},
    user::Locale,
    vat::VatRate,
};

fn rate() -> VatRate {
    VatRate {
        percent: "12".parse().unwrap(),
        base: "11/12".parse().unwrap(),
    }
}

fn content(matter: Matter, total: i64, vat: bool) -> Box<Content> {
    Box::new(Content {
        user_id: UserId::new(id(2)),
        locale: Locale::En,
        seller: Seller::default(),
        buyer: Some(sealed()),
        buyer_details: None,
        matter,
        total: rp(total),
        vat: vat.then(|| ContentVat::within(rate(), rp(total))),
        e_meterai: !vat,
    })
}

fn period() -> Period {
    Period {
        start: "2027-01-31".parse().unwrap(),
        end: "2027-02-28".parse().unwrap(),
    }
}

fn billed() -> Matter {
    Matter::Period(Billed {
        subscription_id: SubscriptionId::new(id(3)),
        charge_id: ChargeId::new(id(4)),
        service: "Ghost".parse().unwrap(),
        plan: "Starter".parse().unwrap(),
        billing_cycle: BillingCycle::Monthly,
        period: period(),
        cause: BillCause::Order,
        price: rp(40_000),
        discount: rp(0),
        promotional: rp(0),
        returned: rp(0),
    })
}

fn then(story: Story, document: u128, fact: DocumentEvent) -> Story {
    story.then::<Document>(&DocumentId::new(id(document)), fact)
}

fn issue(story: Story, document: u128, content: Box<Content>) -> Story {
    let at = at(1);
    then(story, document, DocumentEvent::Issued { content, at })
}

fn invoiced() -> Story {
    issue(Story::default(), 1, content(billed(), 40_000, true))
}

fn row(story: &Story, document: u128) -> DocumentRow {
    story.row::<Documents>(id(document)).unwrap()
}

#[test]
fn an_invoice_shows_its_whole_story() {
    let mut expected = DocumentRow {
        id: id(1),
        user_id: id(2),
        kind: DocumentKind::Invoice,
        number: None,
        date: None,
        total: 40_000,
        vat: Some(3_964),
        net: Some(36_036),
        subscription_id: Some(id(3)),
        top_up_id: None,
        invoice_id: None,
        credited: 0,
        needs_e_meterai: false,
        pdf_sha256: None,
        issued_at: at(1),
        position: 1,
    };
    assert_eq!(row(&invoiced(), 1), expected);
    let numbered = DocumentEvent::Numbered {
        number: "INV/2027/000042".parse().unwrap(),
        date: "2027-02-01".parse().unwrap(),
        template: 1,
        pdf_sha256: "ab".repeat(32),
        invoice: None,
        at: at(2),
    };
    let credited = DocumentEvent::Credited {
        credit_note_id: DocumentId::new(id(5)),
        amount: rp(10_000),
    };
    let story = then(then(invoiced(), 1, numbered), 1, credited);
    expected.number = Some("INV/2027/000042".into());
    expected.date = "2027-02-01".parse().ok();
    expected.pdf_sha256 = Some("ab".repeat(32));
    expected.credited = 10_000;
    assert_eq!(row(&story, 1), expected);
}

#[test]
fn a_credit_note_names_its_invoice_and_a_receipt_its_top_up() {
    let returned = Matter::Return(Returned {
        invoice_id: DocumentId::new(id(1)),
        subscription_id: SubscriptionId::new(id(3)),
        charge_id: ChargeId::new(id(4)),
        credit_id: CreditId::new(id(6)),
        service: "Ghost".parse().unwrap(),
        plan: "Starter".parse().unwrap(),
        period: period(),
        cause: ReturnCause::Ended,
    });
    let story = issue(invoiced(), 5, content(returned, 10_000, true));
    let note = row(&story, 5);
    assert_eq!(note.kind, DocumentKind::CreditNote);
    assert_eq!(note.invoice_id, Some(id(1)));
    let paid = Matter::TopUp(ToppedUp {
        top_up_id: TopUpId::new(id(7)),
        credit_id: CreditId::new(id(8)),
        order_id: "topup-1".into(),
        payment_type: "qris".into(),
    });
    let story = issue(story, 9, content(paid, 6_000_000, false));
    let receipt = row(&story, 9);
    assert_eq!(receipt.kind, DocumentKind::Receipt);
    assert_eq!((receipt.top_up_id, receipt.vat), (Some(id(7)), None));
    assert!(receipt.needs_e_meterai);
}

#[test]
fn what_is_said_twice_is_refused() {
    let twice = invoiced().again();
    assert_eq!(
        twice.refusal::<Documents>(),
        Some(Unprojectable::Exists(id(1)))
    );
}
