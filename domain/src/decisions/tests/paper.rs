//! Credit notes share the VAT of their invoice out, and numbers are given one after another.

use super::world::World;
use crate::{
    Rupiah,
    decisions::{CreditInvoice, NumberDocument, One},
    document::{
        BillCause, Billed, Content, ContentVat, Document, DocumentCommand, DocumentKind, Matter,
        ReturnCause, Seller,
    },
    ids::{ChargeId, CreditId, DocumentId},
    period::{BillingCycle, Period},
    series::{PaperNumber, Series, SeriesId},
    story::{budi, noon, order, rp, sealed, text},
    user::Locale,
    vat::VatRate,
};
use uuid::Uuid;

fn charge() -> ChargeId {
    ChargeId::of_order(order(1))
}

fn invoice_id() -> DocumentId {
    DocumentId::of_invoice(charge())
}

/// An invoice of 40.000 with 12 per cent of 11/12 in it.
pub(super) fn invoice(charge_id: ChargeId, total: Rupiah) -> One<Document> {
    let rate = VatRate {
        percent: "12".parse().unwrap(),
        base: "11/12".parse().unwrap(),
    };
    let billed = Billed {
        subscription_id: order(1),
        charge_id,
        service: text("Ghost"),
        plan: text("Starter"),
        billing_cycle: BillingCycle::Monthly,
        period: Period {
            start: "2027-01-31".parse().unwrap(),
            end: "2027-02-28".parse().unwrap(),
        },
        cause: BillCause::Order,
        price: total,
        discount: rp(0),
        promotional: rp(0),
        returned: rp(0),
    };
    let content = Content {
        user_id: budi(),
        locale: Locale::Id,
        seller: Seller::default(),
        buyer: Some(sealed("name")),
        buyer_details: None,
        matter: Matter::Period(billed),
        total,
        vat: Some(ContentVat::within(rate, total)),
        e_meterai: false,
    };
    One {
        id: DocumentId::of_invoice(charge_id),
        command: DocumentCommand::Issue {
            content: Box::new(content),
            at: noon(),
        },
    }
}

fn invoiced() -> World {
    let mut world = World::empty();
    world.happens(&invoice(charge(), rp(40_000)));
    world
}

fn credit(number: u128) -> CreditId {
    CreditId::new(Uuid::from_u128(number))
}

fn note(number: u128, amount: i64) -> CreditInvoice {
    CreditInvoice {
        invoice_id: invoice_id(),
        credit_id: credit(number),
        amount: rp(amount),
        cause: ReturnCause::Ended,
        locale: Locale::En,
        seller: Seller::default(),
        buyer: None,
        buyer_details: None,
        at: noon(),
    }
}

fn numbering(document_id: DocumentId, number: &str, date: &str) -> NumberDocument {
    NumberDocument {
        document_id,
        number: number.parse().unwrap(),
        date: date.parse().unwrap(),
        template: 1,
        pdf_sha256: "ab".repeat(32),
        invoice: None,
        at: noon(),
    }
}

#[test]
fn the_vat_of_credit_notes_sums_to_that_of_their_invoice() {
    let mut world = invoiced();
    let mut vat = 0;
    for (number, amount) in [(1, 1_428), (2, 18_571), (3, 20_001)] {
        let story = world.story(&note(number, amount));
        assert_eq!(story, ["document.credited", "document.issued"]);
        let id = DocumentId::of_credit_note(credit(number));
        let document = world.state::<Document>(&id);
        let share = document.content().unwrap().vat.unwrap().share;
        assert_eq!(share.vat.checked_add(share.net), Some(rp(amount)));
        vat += share.vat.get();
    }
    assert_eq!(vat, 3_964);
    assert_eq!(
        world.state::<Document>(&invoice_id()).credited(),
        rp(40_000)
    );
    world.refuses(&note(4, 1), "document.more_than_invoiced");
}

#[test]
fn a_credit_note_is_issued_once() {
    let mut world = invoiced();
    world.happens(&note(1, 10_000));
    world.changes_nothing(&note(1, 10_000));
    let id = DocumentId::of_credit_note(credit(1));
    let document = world.state::<Document>(&id);
    assert_eq!(
        document.content().map(Content::kind),
        Some(DocumentKind::CreditNote)
    );
}

#[test]
fn without_an_invoice_there_is_nothing_to_give_back_of() {
    World::empty().refuses(&note(1, 10_000), "document.not_found");
    let mut world = invoiced();
    world.happens(&note(1, 10_000));
    let of_a_note = CreditInvoice {
        invoice_id: DocumentId::of_credit_note(credit(1)),
        ..note(2, 1_000)
    };
    world.refuses(&of_a_note, "document.no_invoice");
}

#[test]
fn a_number_and_its_document_are_one_commit_and_once() {
    let mut world = invoiced();
    let first = numbering(invoice_id(), "INV/2027/000001", "2027-01-31");
    let story = world.story(&first);
    assert_eq!(story, ["document.numbered", "series.numbered"]);
    world.changes_nothing(&first);
    world.changes_nothing(&numbering(invoice_id(), "INV/2027/000002", "2027-02-01"));
    let number: PaperNumber = "INV/2027/000001".parse().unwrap();
    assert_eq!(world.state::<Series>(&number.series).next(), 2);
}

#[test]
fn two_workers_at_once_leave_no_gap_and_give_nothing_twice() {
    let mut world = invoiced();
    let other = ChargeId::of_order(order(2));
    world.happens(&invoice(other, rp(40_000)));
    let other = DocumentId::of_invoice(other);
    world.happens(&numbering(invoice_id(), "INV/2027/000001", "2027-01-31"));
    let late = numbering(other, "INV/2027/000001", "2027-01-31");
    world.refuses(&late, "series.not_next");
    let behind = numbering(other, "INV/2027/000002", "2027-01-30");
    world.refuses(&behind, "series.steps_back");
    world.happens(&numbering(other, "INV/2027/000002", "2027-01-31"));
    let series = SeriesId {
        kind: DocumentKind::Invoice,
        year: 2027,
    };
    assert_eq!(world.state::<Series>(&series).next(), 3);
}
