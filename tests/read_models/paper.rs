//! Documents of every kind in the history of the read models.

use super::history::{History, at, number, rp, user};
use purser_domain::{
    document::{
        BillCause, Billed, Content, ContentVat, Document, DocumentEvent, Matter, ReturnCause,
        Returned, Seller, ToppedUp,
    },
    ids::{ChargeId, CreditId, DocumentId, SubscriptionId, TopUpId},
    period::{BillingCycle, Period},
    user::Locale,
    vat::VatRate,
};

/// A receipt that has no number yet, and an invoice of which something was given back.
pub(super) fn tell(history: &mut History) {
    let [receipt, invoice, note] = [1, 2, 3].map(|n| DocumentId::new(number(12, n)));
    issue(history, receipt, topped_up(), 6_000_000);
    issue(history, invoice, billed(), 40_000);
    let numbered = DocumentEvent::Numbered {
        number: "INV/2027/000001".parse().unwrap(),
        date: "2027-02-01".parse().unwrap(),
        template: 1,
        pdf_sha256: "ab".repeat(32),
        invoice: None,
        at: at(3),
    };
    history.then::<Document>(invoice, numbered);
    let credited = DocumentEvent::Credited {
        credit_note_id: note,
        amount: rp(10_000),
    };
    history.then::<Document>(invoice, credited);
    issue(history, note, returned(invoice), 10_000);
}

fn issue(history: &mut History, id: DocumentId, matter: Matter, total: i64) {
    let rate = VatRate {
        percent: "12".parse().unwrap(),
        base: "11/12".parse().unwrap(),
    };
    let taxed = !matches!(matter, Matter::TopUp(_));
    let content = Box::new(Content {
        user_id: user(1),
        locale: Locale::Id,
        seller: Seller::default(),
        buyer: None,
        buyer_details: None,
        matter,
        total: rp(total),
        vat: taxed.then(|| ContentVat::within(rate, rp(total))),
        e_meterai: !taxed,
    });
    let at = at(2);
    history.then::<Document>(id, DocumentEvent::Issued { content, at });
}

fn topped_up() -> Matter {
    Matter::TopUp(ToppedUp {
        top_up_id: TopUpId::new(number(4, 1)),
        credit_id: CreditId::new(number(13, 1)),
        order_id: "topup-1".into(),
        payment_type: "qris".into(),
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
        subscription_id: SubscriptionId::new(number(7, 2)),
        charge_id: ChargeId::new(number(14, 1)),
        service: r#"x "y", \z"#.parse().unwrap(),
        plan: "Small".parse().unwrap(),
        billing_cycle: BillingCycle::Yearly,
        period: period(),
        cause: BillCause::Renewal,
        price: rp(40_000),
        discount: rp(0),
        promotional: rp(0),
        returned: rp(0),
    })
}

fn returned(invoice_id: DocumentId) -> Matter {
    Matter::Return(Returned {
        invoice_id,
        subscription_id: SubscriptionId::new(number(7, 2)),
        charge_id: ChargeId::new(number(14, 1)),
        credit_id: CreditId::new(number(13, 2)),
        service: "x".parse().unwrap(),
        plan: "Small".parse().unwrap(),
        period: period(),
        cause: ReturnCause::Ended,
    })
}
