//! VAT is owed from the invoice on, in parts that sum to the whole, and what is earned is without it.

use super::*;
use crate::{
    document::{BillCause, Billed, Content, ContentVat, Document, DocumentEvent, Matter, Seller},
    ids::DocumentId,
    period::BillingCycle,
    user::Locale,
    vat::VatRate,
};

const READY: &str = "2027-01-31T05:01:00Z";

fn invoice(ledger: &mut Ledger, moment: &str, total: i64) {
    let rate = VatRate {
        percent: "12".parse().unwrap(),
        base: "11/12".parse().unwrap(),
    };
    let charge_id = ChargeId::of_order(order(1));
    let billed = Billed {
        subscription_id: order(1),
        charge_id,
        service: text("Ghost"),
        plan: text("Starter"),
        billing_cycle: BillingCycle::Monthly,
        period: period(),
        cause: BillCause::Order,
        price: rp(total),
        discount: rp(0),
        promotional: rp(0),
        returned: rp(0),
    };
    let content = Box::new(Content {
        user_id: budi(),
        locale: Locale::Id,
        seller: Seller::default(),
        buyer: None,
        buyer_details: None,
        matter: Matter::Period(billed),
        total: rp(total),
        vat: Some(ContentVat::within(rate, rp(total))),
        e_meterai: false,
    });
    let issued = DocumentEvent::Issued {
        content,
        at: at(moment),
    };
    let stream = StreamId::of::<Document>(&DocumentId::of_invoice(charge_id));
    ledger.book(&stream, &Event::Document(issued), at(moment));
}

fn period() -> Period {
    Period {
        start: day("2027-01-31"),
        end: day("2027-02-28"),
    }
}

/// An order of 40.000 that is ready, and not invoiced yet.
fn ready() -> Ledger {
    let mut ledger = Ledger::default();
    tell(&mut ledger, NOON, credited(100_000));
    tell(&mut ledger, NOON, charged(40_000, vec![]));
    let ordered = SubscriptionEvent::Ordered {
        terms: terms(),
        at: at(NOON),
    };
    note(&mut ledger, NOON, ordered);
    let activated = SubscriptionEvent::Activated {
        period: period(),
        at: at(NOON),
    };
    note(&mut ledger, NOON, activated);
    ledger
}

/// VAT payable, deferred and earned revenue at the end of a date.
fn stands(ledger: &Ledger, date: &str) -> [i128; 3] {
    let balance = ledger.at(day(date));
    assert_eq!(balance.sum(), 0);
    [A::VatPayable, A::DeferredRevenue, A::EarnedRevenue].map(|account| -balance.of(account))
}

#[test]
fn the_vat_of_an_invoice_is_no_revenue() {
    let mut ledger = ready();
    invoice(&mut ledger, READY, 40_000);
    assert_eq!(stands(&ledger, "2027-01-31"), [3_964, 34_749, 1_287]);
    assert_eq!(stands(&ledger, "2027-02-13"), [3_964, 18_018, 18_018]);
    assert_eq!(stands(&ledger, "2027-02-27"), [3_964, 0, 36_036]);
}

#[test]
fn an_invoice_is_booked_once() {
    let mut ledger = ready();
    invoice(&mut ledger, READY, 40_000);
    invoice(&mut ledger, READY, 40_000);
    assert_eq!(stands(&ledger, "2027-02-27"), [3_964, 0, 36_036]);
}

#[test]
fn what_comes_back_takes_its_vat_along() {
    let mut ledger = ready();
    invoice(&mut ledger, READY, 40_000);
    let middle = "2027-02-13T05:00:00Z";
    tell(&mut ledger, middle, refunded(20_000, vec![]));
    assert_eq!(stands(&ledger, "2027-02-13"), [1_982, 0, 18_018]);
    assert_eq!(stands(&ledger, "2027-02-12"), [3_964, 19_305, 16_731]);
    tell(&mut ledger, middle, refunded(20_000, vec![]));
    assert_eq!(stands(&ledger, "2027-02-13"), [0, 0, 0]);
}

#[test]
fn what_came_back_before_the_invoice_was_written_owes_no_vat() {
    let mut ledger = ready();
    tell(&mut ledger, NOON, refunded(20_000, vec![]));
    invoice(&mut ledger, READY, 40_000);
    assert_eq!(stands(&ledger, "2027-02-27"), [1_982, 0, 18_018]);
    // And where the invoice leaves it out.
    let mut ledger = ready();
    tell(&mut ledger, NOON, refunded(20_000, vec![]));
    invoice(&mut ledger, READY, 20_000);
    assert_eq!(stands(&ledger, "2027-02-27"), [1_982, 0, 18_018]);
    tell(&mut ledger, READY, refunded(20_000, vec![]));
    assert_eq!(stands(&ledger, "2027-02-27"), [0, 0, 0]);
}

#[test]
fn a_lost_day_takes_its_vat_along() {
    let mut ledger = ready();
    invoice(&mut ledger, READY, 40_000);
    let lost = "2027-02-02T05:00:00Z";
    tell(&mut ledger, lost, refunded(1_428, vec![]));
    let credited = SubscriptionEvent::DayCredited {
        day: day("2027-02-01"),
        amount: rp(1_428),
        at: at(lost),
    };
    note(&mut ledger, lost, credited);
    let [vat, deferred, earned] = stands(&ledger, "2027-02-27");
    assert_eq!((vat + earned, deferred), (40_000 - 1_428, 0));
    assert_eq!(vat, 3_964 - 141);
}
