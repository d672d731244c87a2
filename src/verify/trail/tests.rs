use super::{TrailCheck, UnderWay};
use purser_domain::{
    Metadata, Recorded, Rupiah, Stream, StreamId,
    document::{
        BillCause, Billed, Content, Document, DocumentEvent, Matter, ReturnCause, Returned, Seller,
        ToppedUp,
    },
    ids::{ChargeId, CreditId, DocumentId, SubscriptionId, TopUpId, UserId, WalletId},
    period::{BillingCycle, Period},
    subscription::{RenewalCause, Subscription, SubscriptionEvent},
    top_up::{TopUp, TopUpEvent},
    user::Locale,
    vat::VatPolicy,
    wallet::{Wallet, WalletEvent},
};
use uuid::Uuid;

const TOP_UP: TopUpId = TopUpId::new(Uuid::from_u128(1));
const ORDER: SubscriptionId = SubscriptionId::new(Uuid::from_u128(2));
const CHARGE: ChargeId = ChargeId::new(Uuid::from_u128(3));
const BACK: CreditId = CreditId::new(Uuid::from_u128(4));
const BUDI: UserId = UserId::new(Uuid::from_u128(5));

fn rp(amount: i64) -> Rupiah {
    amount.try_into().unwrap()
}

fn february() -> Period {
    Period {
        start: "2027-02-01".parse().unwrap(),
        end: "2027-03-01".parse().unwrap(),
    }
}

/// A history in the making.
#[derive(Default)]
struct Told {
    check: TrailCheck,
    position: i64,
}

impl Told {
    fn tell<A: Stream>(mut self, id: A::Id, event: A::Event, on: &str) -> Self {
        self.position += 1;
        self.check.look_at(&Recorded {
            position: self.position,
            stream: StreamId::of::<A>(&id),
            sequence: 1,
            at: format!("{on}T05:00:00Z").parse().unwrap(),
            event: A::wrap(event),
            metadata: Metadata {
                event_id: Uuid::nil(),
                actor: "system:test".into(),
                correlation_id: Uuid::nil(),
                causation_id: Uuid::nil(),
                command_id: Uuid::nil(),
            },
        });
        self
    }

    fn paid_in(self) -> Self {
        let settled = TopUpEvent::Settled {
            transaction_id: "t-1".into(),
            payment_type: "qris".into(),
            amount: rp(50_000),
            late: false,
            again: false,
            channel: None,
            settled_at: None,
        };
        self.tell::<TopUp>(TOP_UP, settled, "2027-01-20")
    }

    fn charged(self) -> Self {
        let charged = WalletEvent::Charged {
            charge_id: CHARGE,
            amount: rp(40_000),
            promotional: vec![],
            subscription_id: ORDER,
        };
        self.tell::<Wallet>(WalletId::of(BUDI), charged, "2027-01-20")
    }

    fn renewed(self) -> Self {
        let renewed = SubscriptionEvent::Renewed {
            period: february(),
            price: rp(40_000),
            discount: None,
            charge_id: Some(CHARGE),
            cause: RenewalCause::Manual,
            wallet_id: WalletId::of(BUDI),
            vat: VatPolicy::None,
            at: "2027-01-20T05:00:00Z".parse().unwrap(),
        };
        self.charged()
            .tell::<Subscription>(ORDER, renewed, "2027-01-20")
    }

    fn given_back(self, amount: i64, on: &str) -> Self {
        let refunded = WalletEvent::Refunded {
            credit_id: BACK,
            charge_id: CHARGE,
            amount: rp(amount),
            promotional: vec![],
            subscription_id: ORDER,
        };
        self.tell::<Wallet>(WalletId::of(BUDI), refunded, on)
    }

    fn issued(self, id: DocumentId, matter: Matter, total: i64, on: &str) -> Self {
        let content = Content {
            user_id: BUDI,
            locale: Locale::Id,
            seller: Seller::default(),
            buyer: None,
            buyer_details: None,
            matter,
            total: rp(total),
            vat: None,
            e_meterai: false,
        };
        let issued = DocumentEvent::Issued {
            content: Box::new(content),
            at: format!("{on}T05:00:00Z").parse().unwrap(),
        };
        self.tell::<Document>(id, issued, on)
    }

    fn invoiced(self, total: i64) -> Self {
        let billed = Billed {
            subscription_id: ORDER,
            charge_id: CHARGE,
            service: "Ghost".parse().unwrap(),
            plan: "Starter".parse().unwrap(),
            billing_cycle: BillingCycle::Monthly,
            period: february(),
            cause: BillCause::Renewal,
            price: rp(40_000),
            discount: rp(0),
            promotional: rp(0),
            returned: rp(0),
        };
        let id = DocumentId::of_invoice(CHARGE);
        self.issued(id, Matter::Period(billed), total, "2027-02-01")
    }

    fn credited(self, total: i64) -> Self {
        let returned = Returned {
            invoice_id: DocumentId::of_invoice(CHARGE),
            subscription_id: ORDER,
            charge_id: CHARGE,
            credit_id: BACK,
            service: "Ghost".parse().unwrap(),
            plan: "Starter".parse().unwrap(),
            period: february(),
            cause: ReturnCause::Ended,
        };
        let id = DocumentId::of_credit_note(BACK);
        self.issued(id, Matter::Return(returned), total, "2027-02-10")
    }

    /// What is said once everything was heard and nothing is under way, but for numbers.
    fn says(&self) -> Vec<String> {
        let all_heard = UnderWay {
            heard: self.position,
            ..UnderWay::default()
        };
        self.check.check(&all_heard).differences
    }
}

fn receipt() -> (DocumentId, Matter) {
    let credit_id = CreditId::of_transaction(TOP_UP, "t-1");
    let topped_up = ToppedUp {
        top_up_id: TOP_UP,
        credit_id,
        order_id: "topup-1".into(),
        payment_type: "qris".into(),
    };
    (DocumentId::of_receipt(credit_id), Matter::TopUp(topped_up))
}

#[test]
fn a_payment_without_its_receipt_is_found() {
    let paid = Told::default().paid_in();
    let missing = format!("the payment of {TOP_UP} at position 1 has no receipt");
    assert_eq!(paid.says(), [missing]);
    let (id, matter) = receipt();
    let whole = paid.issued(id, matter, 50_000, "2027-01-20");
    assert!(whole.says().is_empty());
}

#[test]
fn a_receipt_over_another_amount_is_found() {
    let (id, matter) = receipt();
    let told = Told::default().paid_in();
    let said = told.issued(id, matter, 5_000, "2027-01-20").says();
    let wrong = format!("the payment of {TOP_UP} at position 1 has a receipt over Rp 5.000");
    assert_eq!(said, [wrong]);
}

#[test]
fn what_is_kept_for_what_never_began_is_found() {
    let (at, wallet_id) = ("2027-01-20T05:00:00Z".parse().unwrap(), WalletId::of(BUDI));
    let ordered = SubscriptionEvent::ResumeOrdered {
        price: rp(40_000),
        discount: None,
        charge_id: Some(CHARGE),
        grace: rp(0),
        grace_charge_id: None,
        wallet_id,
        vat: VatPolicy::None,
        at,
    };
    let failed = SubscriptionEvent::ResumeFailed {
        refunded: rp(40_000),
        delete_on: "2027-02-20".parse().unwrap(),
        wallet_id,
        at,
    };
    let told = Told::default()
        .charged()
        .tell::<Subscription>(ORDER, ordered, "2027-01-20");
    assert!(told.says().is_empty());
    let told = told.tell::<Subscription>(ORDER, failed, "2027-01-20");
    let kept = format!("40000 is kept of the charge {CHARGE}, 0 is on paper");
    assert_eq!(told.says(), [kept]);
    assert!(told.given_back(40_000, "2027-01-20").says().is_empty());
}

#[test]
fn what_the_saga_has_not_heard_or_is_about_to_do_is_no_difference() {
    let paid = Told::default().paid_in();
    assert!(
        paid.check
            .check(&UnderWay::default())
            .differences
            .is_empty()
    );
    let waiting = UnderWay {
        heard: 1,
        instances: [TOP_UP.uuid()].into(),
        numbered: 1,
    };
    assert!(paid.check.check(&waiting).differences.is_empty());
}

#[test]
fn a_charge_is_on_paper_once_what_it_pays_for_begins() {
    let ahead = Told::default().renewed();
    assert!(ahead.says().is_empty());
    let (id, matter) = receipt();
    let begun = ahead.paid_in().issued(id, matter, 50_000, "2027-02-01");
    let missing = format!("40000 is kept of the charge {CHARGE}, 0 is on paper");
    assert_eq!(begun.says(), [missing]);
    assert!(begun.invoiced(40_000).says().is_empty());
}

#[test]
fn what_came_back_before_is_not_on_the_invoice() {
    let told = Told::default().renewed().given_back(1_000, "2027-01-21");
    assert!(told.says().is_empty());
    assert!(told.invoiced(39_000).says().is_empty());
}

#[test]
fn what_comes_back_of_an_invoice_is_on_a_credit_note() {
    let told = Told::default().renewed().invoiced(40_000);
    let told = told.given_back(15_000, "2027-02-10");
    let missing = format!("25000 is kept of the charge {CHARGE}, 40000 is on paper");
    assert_eq!(told.says(), [missing]);
    assert!(told.credited(15_000).says().is_empty());
}

#[test]
fn a_document_that_was_passed_over_by_the_numbers_is_found() {
    let told = Told::default().renewed().invoiced(40_000);
    let behind = UnderWay {
        heard: told.position,
        numbered: told.position - 1,
        ..UnderWay::default()
    };
    assert!(told.check.check(&behind).differences.is_empty());
    let passed = UnderWay {
        numbered: told.position,
        ..behind
    };
    let id = DocumentId::of_invoice(CHARGE);
    let said = told.check.check(&passed).differences;
    assert_eq!(said, [format!("{id} has no number")]);
}
