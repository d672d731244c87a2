//! Paper: a receipt for a payment, an invoice for a period, a credit note for what comes back; numbered, mailed, fetched.

use crate::support::{Order, Person, TestApp, app, app_with, until};
use chrono::Datelike as _;
use purser::{auth::Vault, config::Settings};
use purser_domain::{
    period::jakarta_date,
    user::Role,
    vat::{VatPolicy, VatRate},
};
use reqwest::Method;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// Who signs up in tests.
const NAME: &str = "Dewi Lestari";

fn rate() -> VatRate {
    VatRate {
        percent: "12".parse().unwrap(),
        base: "11/12".parse().unwrap(),
    }
}

fn taxed(settings: &mut Settings) {
    settings.policy.vat = VatPolicy::Inclusive(rate());
    settings.issuer.seller.name = "PT Purser Contoh".into();
}

/// An app that is active, out of 100,000.
pub(super) async fn running(app: &TestApp) -> (Person, Order) {
    app.sells_few("ghost", 1, 1).await;
    let dewi = app.customer().await.with_credit(100_000).await;
    let order = dewi.buys("ghost").await;
    dewi.sees(&order, "active").await;
    (dewi, order)
}

/// The customer's documents of this kind, once there are so many of them that have their numbers; newest first.
pub(super) async fn papers(dewi: &Person, kind: &str, count: usize) -> Vec<Value> {
    until(&format!("there are {count} of kind {kind}"), async || {
        let list = dewi.get("/documents?limit=100").answer().await?;
        let items = list["items"].as_array()?.iter();
        let of_kind = items.filter(|item| item["kind"] == kind && item["number"].is_string());
        let found: Vec<Value> = of_kind.cloned().collect();
        (found.len() == count).then_some(found)
    })
    .await
}

pub(super) fn path(document: &Value, what: &str) -> String {
    format!("/documents/{}{what}", document["id"].as_str().unwrap())
}

pub(super) async fn cancels(dewi: &Person, order: &Order) {
    let path = format!("/subscriptions/{}?when=now", order.id);
    dewi.ask(Method::DELETE, &path).await.is(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_and_a_period_are_on_paper_in_the_mail_and_to_be_fetched() {
    let app = app_with(taxed).await;
    let (dewi, order) = running(&app).await;
    let receipt = papers(&dewi, "receipt", 1).await.remove(0);
    assert_eq!(receipt["total"], 100_000);
    assert!(receipt["vat"].is_null());
    assert_eq!(receipt["needs_e_meterai"], false);
    let invoice = papers(&dewi, "invoice", 1).await.remove(0);
    assert_eq!(
        [&invoice["total"], &invoice["vat"], &invoice["net"]].map(Value::as_i64),
        [Some(40_000), Some(3_964), Some(36_036)]
    );
    assert_eq!(invoice["subscription_id"], order.id);
    let number = invoice["number"].as_str().unwrap().to_owned();
    assert!(
        number.starts_with("INV/") && number.ends_with("/000001"),
        "{number}"
    );

    let pdf = dewi.get(&path(&invoice, "/pdf")).await.is(200);
    assert_eq!(pdf.header("content-type"), Some("application/pdf"));
    assert!(pdf.bytes.starts_with(b"%PDF-"));
    let digest = hex::encode(Sha256::digest(&pdf.bytes));
    assert_eq!(invoice["pdf_sha256"], digest);
    let page = dewi.get(&path(&invoice, "/html")).await.is(200);
    for words in ["PT Purser Contoh", "ghost – Starter", "Rp 3.964", NAME] {
        assert!(page.text.contains(words), "{words}: {}", page.text);
    }
    let letter = dewi.gets(&format!("Invoice {number}")).await;
    assert!(letter.text.contains("Rp 40.000"), "{}", letter.text);
    let name = number.replace('/', "-");
    assert!(
        letter.raw.contains(&format!("{name}.pdf")),
        "{}",
        letter.raw
    );
    assert!(letter.raw.contains("application/pdf"));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_bytes_come_out_of_another_process() {
    let mut app = app_with(taxed).await;
    let (dewi, _) = running(&app).await;
    let invoice = papers(&dewi, "invoice", 1).await.remove(0);
    let before = dewi.get(&path(&invoice, "/pdf")).await.is(200).bytes;
    app.stops().await;
    // What the settings say by now does not reach what was issued.
    app.settings.policy.vat = VatPolicy::None;
    app.settings.issuer.seller.name = "Somebody else".into();
    app.starts().await;
    let after = dewi.get(&path(&invoice, "/pdf")).await.is(200).bytes;
    assert_eq!(before, after);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_sees_the_paper_of_others_but_auditors() {
    let app = app().await;
    let (dewi, _) = running(&app).await;
    let invoice = papers(&dewi, "invoice", 1).await.remove(0);
    let budi = app.customer().await;
    for what in ["", "/pdf", "/html"] {
        budi.get(&path(&invoice, what))
            .await
            .refuses(404, "document.not_found");
        let foreign = format!("/admin{}", path(&invoice, what));
        budi.get(&foreign).await.refuses(403, "role.missing");
    }
    let auditor = app.staff(Role::Auditor).await;
    for what in ["", "/pdf", "/html"] {
        let any = format!("/admin{}", path(&invoice, what));
        auditor.get(&any).await.is(200);
    }
    let all = auditor.get("/admin/documents?kind=invoice").await.is(200);
    assert_eq!(all["items"].as_array().unwrap().len(), 1);
    let nothing = format!("/admin/documents/{}/pdf", dewi.id);
    auditor
        .get(&nothing)
        .await
        .refuses(404, "document.not_found");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_back_has_a_credit_note_and_owes_no_vat() {
    let app = app_with(taxed).await;
    let (dewi, order) = running(&app).await;
    let invoice = papers(&dewi, "invoice", 1).await.remove(0);
    cancels(&dewi, &order).await;
    let note = papers(&dewi, "credit_note", 1).await.remove(0);
    assert_eq!(note["invoice_id"], invoice["id"]);
    assert_eq!(
        (&note["total"], &note["vat"]),
        (&40_000.into(), &3_964.into())
    );
    let page = dewi.get(&path(&note, "/html")).await.is(200);
    let of = invoice["number"].as_str().unwrap().replace('/', "&#x2f;");
    assert!(page.text.contains(&of), "{}", page.text);
    app.settle().await;
    let invoice = dewi.get(&path(&invoice, "")).await.is(200);
    assert_eq!(invoice["credited"], 40_000);
    let auditor = app.staff(Role::Auditor).await;
    let balance = auditor.get("/admin/ledger/trial-balance").await.is(200);
    let accounts = balance["accounts"].as_array().unwrap();
    let vat = accounts.iter().find(|it| it["account"] == "vat_payable");
    assert_eq!(vat.unwrap()["balance"], 0);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn vat_that_comes_on_top_is_quoted_charged_and_invoiced() {
    let app = app_with(|settings| {
        taxed(settings);
        settings.policy.vat = VatPolicy::Exclusive(rate());
    })
    .await;
    let (dewi, order) = running(&app).await;
    let sold = dewi.get("/services/ghost").await.is(200);
    let plan = &sold["plans"][0];
    assert_eq!(
        (&plan["monthly_price"], &plan["monthly_charge"]),
        (&40_000.into(), &44_400.into())
    );
    dewi.has(55_600).await;
    let subscription = dewi.get(&format!("/subscriptions/{}", order.id)).await;
    assert_eq!(subscription.is(200)["price"], 44_400);
    let invoice = papers(&dewi, "invoice", 1).await.remove(0);
    assert_eq!(
        [&invoice["total"], &invoice["vat"], &invoice["net"]].map(Value::as_i64),
        [Some(44_400), Some(4_400), Some(40_000)]
    );
    app.finish().await;
}

/// Does something to the keys while nobody serves: what a process remembers of them is gone.
pub(super) async fn to_the_keys(app: &mut TestApp, what: impl AsyncFnOnce(&Vault)) {
    app.settle().await;
    app.stops().await;
    let pool = purser::app::pool(&app.database.urls.app, 1).unwrap();
    what(&Vault::new(pool.clone(), app.settings.keys.clone())).await;
    pool.close().await;
    app.starts().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_erased_stands_on_his_paper_until_its_time_is_over() {
    let mut app = app().await;
    let (dewi, order) = running(&app).await;
    let invoice = papers(&dewi, "invoice", 1).await.remove(0);
    // Nobody is written to any more once it is over.
    cancels(&dewi, &order).await;
    papers(&dewi, "credit_note", 1).await;
    let auditor = app.staff(Role::Auditor).await;
    let pdf = format!("/admin{}", path(&invoice, "/pdf"));
    let html = format!("/admin{}", path(&invoice, "/html"));
    let before = auditor.get(&pdf).await.is(200).bytes;
    let digest = invoice["pdf_sha256"].as_str().unwrap();
    assert_eq!(hex::encode(Sha256::digest(&before)), digest);

    let erase = async |vault: &Vault| vault.erase(dewi.id).await.unwrap();
    to_the_keys(&mut app, erase).await;
    for what in ["/pdf", "/html"] {
        let own = dewi.get(&path(&invoice, what)).await;
        own.refuses(410, "person.erased");
    }
    assert_eq!(auditor.get(&pdf).await.is(200).bytes, before);
    assert!(auditor.get(&html).await.is(200).text.contains(NAME));

    // The law's time for it is over; the digest still proves the PDF that was handed out.
    let nothing = async |_: &Vault| ();
    app.settings.issuer.kept_years = 0;
    to_the_keys(&mut app, nothing).await;
    assert_eq!(auditor.get(&pdf).await.is(200).bytes, before);
    let year = jakarta_date(app.clock.now()).year();
    app.day_comes(&format!("{}-01-01", year + 2));
    let auditor = auditor.again().await;
    let page = until("the name is erased", async || {
        let page = auditor.get(&html).await.is(200).text;
        page.contains("personal data erased").then_some(page)
    })
    .await;
    assert!(!page.contains(NAME));
    assert!(page.contains("personal data erased"));
    assert_ne!(auditor.get(&pdf).await.is(200).bytes, before);
    app.finish().await;
}
