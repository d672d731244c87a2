//! What is rendered once comes out the same for ever.

use super::{Issuer, Press, PressError};
use crate::auth::{Buyer, BuyerDetails};
use chrono::NaiveDate;
use purser_domain::{
    Rupiah,
    document::{
        BillCause, Billed, Content, ContentVat, Matter, Numbered, ReturnCause, Returned, Seller,
        ToppedUp,
    },
    ids::{ChargeId, CreditId, DocumentId, SubscriptionId, TopUpId, UserId},
    period::{BillingCycle, Period},
    user::Locale,
    vat::VatRate,
};
use uuid::Uuid;

fn rp(amount: i64) -> Rupiah {
    Rupiah::try_from(amount).unwrap()
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn period() -> Period {
    Period {
        start: day("2027-01-31"),
        end: day("2027-02-28"),
    }
}

fn content(locale: Locale, matter: Matter, total: i64) -> Content {
    let rate = VatRate {
        percent: "12".parse().unwrap(),
        base: "11/12".parse().unwrap(),
    };
    let taxed = !matches!(matter, Matter::TopUp(_));
    Content {
        user_id: UserId::new(Uuid::from_u128(1)),
        locale,
        seller: Seller {
            name: "PT Purser Contoh".into(),
            address: vec!["Jalan Merdeka Barat 1".into(), "Jakarta 10110".into()],
            tax_id: Some("01.234.567.8-901.000".into()),
        },
        buyer: None,
        buyer_details: None,
        matter,
        total: rp(total),
        vat: taxed.then(|| ContentVat::within(rate, rp(total))),
        e_meterai: total > 5_000_000,
    }
}

fn invoice(locale: Locale) -> Content {
    let billed = Billed {
        subscription_id: SubscriptionId::new(Uuid::from_u128(2)),
        charge_id: ChargeId::new(Uuid::from_u128(3)),
        service: "Ghost".parse().unwrap(),
        plan: "Starter".parse().unwrap(),
        billing_cycle: BillingCycle::Monthly,
        period: period(),
        cause: BillCause::Order,
        price: rp(50_000),
        discount: rp(6_000),
        promotional: rp(4_000),
        returned: rp(0),
    };
    content(locale, Matter::Period(billed), 40_000)
}

fn receipt(locale: Locale) -> Content {
    let topped_up = ToppedUp {
        top_up_id: TopUpId::new(Uuid::from_u128(4)),
        credit_id: CreditId::new(Uuid::from_u128(5)),
        order_id: "topup-0197f3c27a4e".into(),
        payment_type: "qris".into(),
    };
    content(locale, Matter::TopUp(topped_up), 6_000_000)
}

fn credit_note(locale: Locale) -> Content {
    let returned = Returned {
        invoice_id: DocumentId::new(Uuid::from_u128(6)),
        subscription_id: SubscriptionId::new(Uuid::from_u128(2)),
        charge_id: ChargeId::new(Uuid::from_u128(3)),
        credit_id: CreditId::new(Uuid::from_u128(7)),
        service: "Ghost".parse().unwrap(),
        plan: "Starter".parse().unwrap(),
        period: period(),
        cause: ReturnCause::LostDay(day("2027-02-03")),
    };
    content(locale, Matter::Return(returned), 1_428)
}

fn numbered(content: &Content) -> Numbered {
    let number = format!("{}/2027/000042", content.kind().prefix());
    Numbered {
        number: number.parse().unwrap(),
        date: day("2027-02-04"),
        template: 1,
        pdf_sha256: String::new(),
        invoice: "INV/2027/000007".parse().ok(),
    }
}

fn every() -> Vec<Content> {
    let each = |locale| [receipt(locale), invoice(locale), credit_note(locale)];
    [each(Locale::Id), each(Locale::En)].concat()
}

/// Whom it is made out to, by the name alone.
fn named(name: &str) -> Buyer {
    Buyer {
        name: name.into(),
        details: None,
    }
}

fn pdf(content: &Content, buyer: Option<&str>) -> Vec<u8> {
    let buyer = buyer.map(named);
    let pdf = Press::default().pdf(content, &numbered(content), buyer.as_ref());
    pdf.unwrap()
}

fn html(content: &Content, buyer: Option<&str>) -> String {
    let buyer = buyer.map(named);
    let html = Press::default().html(content, &numbered(content), buyer.as_ref());
    html.unwrap()
}

/// As it is numbered with the second version.
fn second(content: &Content) -> Numbered {
    Numbered {
        template: 2,
        ..numbered(content)
    }
}

fn company() -> Buyer {
    let lines = vec!["Jalan Sabang 7".to_owned(), "Jakarta 10340".to_owned()];
    Buyer {
        name: "PT Budi Sejahtera".into(),
        details: Some(BuyerDetails {
            address: lines.try_into().unwrap(),
            npwp: "3171234567890123".parse().ok(),
        }),
    }
}

#[test]
fn the_second_version_adds_address_and_npwp_to_the_first() {
    let press = Press::default();
    for content in every() {
        let (second, first) = (second(&content), html(&content, Some("Budi")));
        let page = |buyer: &Buyer| press.html(&content, &second, Some(buyer)).unwrap();
        assert_eq!(page(&named("Budi")), first);
        let page = page(&company());
        for words in [
            "PT Budi Sejahtera",
            "Jalan Sabang 7",
            "Jakarta 10340",
            "3171234567890123",
        ] {
            assert!(page.contains(words), "{words} is missing:\n{page}");
        }
        let pdf = |buyer: &Buyer| press.pdf(&content, &second, Some(buyer)).unwrap();
        assert_eq!(pdf(&company()), pdf(&company()));
        assert_ne!(pdf(&company()), pdf(&named("PT Budi Sejahtera")));
    }
    assert_eq!(press.current(), 2);
}

/// Words, layout, fonts and what writes them, in all their parts: where one of these changes, what was handed out before
/// cannot be rendered again. A change is another version beside this one.
#[test]
fn the_first_version_stays_as_it_was_released() {
    let digests: Vec<String> = every()
        .iter()
        .map(|content| Press::digest(&pdf(content, Some("Budi Susanto"))))
        .collect();
    assert_eq!(digests, RELEASED);
    let pages: String = every()
        .iter()
        .map(|content| html(content, Some("Budi Susanto")))
        .collect();
    assert_eq!(Press::digest(pages.as_bytes()), RELEASED_PAGES);
}

const RELEASED: [&str; 6] = [
    "c2c73685697fa2809765b46921c89d14f600f110c7ceba6c56eb4616dd8f320a",
    "950925b8dec30d831113406d5090a76f8bf2d9381aaa6ccfe4dcb4b757bc2ef5",
    "b56147768cbdf071e968632f0e0cc7eb6890b5ef3ffe26a80e7ee9e27fdf709e",
    "3d4a6c331c02fc32f509da4d22f8d9edb7e9cf5006a519d7630e85c455ecdd6a",
    "b439d0f8009c5f0628f69784b058d595daf753f0911637ef012324ac7d075f05",
    "d12cf5a79c31470d82f938a2d775d66883726f9cc2dff8bb5218449486adfef2",
];
const RELEASED_PAGES: &str = "36b1fecd3cdb2965ede918ab24a3a917d0d28e0805801074821e4a2481e49692";

#[test]
fn the_second_version_stays_as_it_was_released() {
    let press = Press::default();
    let digest = |content: &Content| {
        let pdf = press.pdf(content, &second(content), Some(&company()));
        Press::digest(&pdf.unwrap())
    };
    let digests: Vec<String> = every().iter().map(digest).collect();
    assert_eq!(digests, RELEASED_SECOND);
}

const RELEASED_SECOND: [&str; 6] = [
    "d399b46af8e8571d5e61a89edbf12d4d0965601f76223ef883524ae2972298c9",
    "ed3ea866cf6d186faf94f1a06baecf26e24d58655e2176140ec1e95d3533c829",
    "4ec3796ffe546af2f91433659e67d88b3402bd42a3b28ea7f8611a95eaa1e67b",
    "657b080ac46d9c5bbb78ce503489287b23cde8115be3b1803c2c01770b9262ff",
    "5bbf602f01e0f6c3fcd782301e3e0ad1846de9f503a7288c518982029fec2d98",
    "2291c6e5651bc4a5bad1964de9d8ea63dda8512fa522919d3e237cda4492c04e",
];

#[test]
fn the_same_history_gives_the_same_bytes() {
    for content in every() {
        let name = Some("Дмитро Ξένια Łukasz Đặng 李");
        assert_eq!(pdf(&content, name), pdf(&content, name));
        assert_ne!(pdf(&content, name), pdf(&content, None));
    }
}

#[test]
fn it_says_who_what_when_and_how_much() {
    let page = html(&invoice(Locale::En), Some("Budi <Susanto>"));
    for words in [
        "Invoice",
        "INV&#x2f;2027&#x2f;000042",
        "4 February 2027",
        "PT Purser Contoh",
        "01.234.567.8-901.000",
        "Budi &lt;Susanto&gt;",
        "Ghost – Starter",
        "31 January 2027 – 27 February 2027",
        "-Rp 6.000",
        "-Rp 4.000",
        "Rp 40.000",
        "VAT 12%",
        "Taxable base × 11&#x2f;12",
        "Rp 3.964",
        "Rp 36.036",
    ] {
        assert!(page.contains(words), "{words} is missing:\n{page}");
    }
    let page = html(&credit_note(Locale::Id), Some("Budi"));
    for words in [
        "Nota kredit",
        "INV&#x2f;2027&#x2f;000007",
        "aplikasi tidak tersedia pada 3 Februari 2027",
        "Rp 1.428",
    ] {
        assert!(page.contains(words), "{words} is missing:\n{page}");
    }
    let page = html(&receipt(Locale::En), Some("Budi"));
    for words in ["Receipt", "topup-0197f3c27a4e", "qris", "e-meterai"] {
        assert!(page.contains(words), "{words} is missing:\n{page}");
    }
}

#[test]
fn a_name_that_was_erased_shows_as_erased() {
    let page = html(&invoice(Locale::Id), None);
    assert!(page.contains("data pribadi telah dihapus"));
}

#[test]
fn receipts_above_the_sum_are_marked_for_a_stamp() {
    let issuer = Issuer {
        seller: Seller::default(),
        e_meterai_above: rp(5_000_000),
        kept_years: 10,
    };
    let stamped = |content: Content, total| {
        let total = rp(total);
        issuer.stamps(&Content { total, ..content })
    };
    assert!(stamped(receipt(Locale::Id), 5_000_001));
    assert!(!stamped(receipt(Locale::Id), 5_000_000));
    assert!(!stamped(invoice(Locale::Id), 9_000_000));
}

#[test]
fn a_version_that_is_not_known_is_an_error() {
    let content = invoice(Locale::Id);
    let numbered = Numbered {
        template: 99,
        ..numbered(&content)
    };
    let rendered = Press::default().pdf(&content, &numbered, None);
    assert!(matches!(rendered, Err(PressError::UnknownTemplate(99))));
}
