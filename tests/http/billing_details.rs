//! Whom paper is made out to: name, address and NPWP, sealed, on what is issued from then on.

use super::documents::{papers, path, to_the_keys};
use crate::support::{app, until};
use chrono::Datelike as _;
use purser::auth::Vault;
use purser_domain::{period::jakarta_date, user::Role};
use reqwest::Method;
use serde_json::json;
use sha2::{Digest as _, Sha256};

const BILLING: &str = "/account/billing";
const COMPANY: &str = "PT Lestari Sejahtera";
const STREET: &str = "Jalan Sabang 7";
const NPWP: &str = "012345678901000";

#[tokio::test(flavor = "multi_thread")]
async fn paper_is_made_out_to_whom_its_customer_says_until_he_says_otherwise() {
    let app = app().await;
    let dewi = app.customer().await.with_credit(20_000).await;
    let before = papers(&dewi, "receipt", 1).await.remove(0);
    let bytes = dewi.get(&path(&before, "/pdf")).await.is(200).bytes;
    dewi.get(BILLING)
        .await
        .refuses(404, "billing_details.not_found");
    let give = |npwp: &str| {
        let details = json!({
            "name": COMPANY, "address": [STREET, "Jakarta 10340"], "npwp": npwp,
        });
        dewi.ask(Method::PUT, BILLING).json(&details)
    };
    give("01.234.567").await.refuses(400, "request.invalid");
    give("01.234.567.8-901.000").await.is(200);
    let given = dewi.get(BILLING).await.is(200);
    assert_eq!(given["npwp"], NPWP);
    assert_eq!(given["address"], json!([STREET, "Jakarta 10340"]));

    let dewi = dewi.with_credit(20_000).await;
    let receipt = papers(&dewi, "receipt", 2).await.remove(0);
    let page = dewi.get(&path(&receipt, "/html")).await.is(200);
    for words in [COMPANY, STREET, "Jakarta 10340", NPWP] {
        assert!(page.text.contains(words), "{words}: {}", page.text);
    }
    let pdf = dewi.get(&path(&receipt, "/pdf")).await.is(200).bytes;
    assert_eq!(receipt["pdf_sha256"], hex::encode(Sha256::digest(&pdf)));
    // What was issued stays as it is.
    let again = dewi.get(&path(&before, "/pdf")).await.is(200).bytes;
    assert_eq!(again, bytes);
    let open = format!(
        "select count(*) from events where payload::text like '%Sejahtera%' or payload::text like '%{NPWP}%'"
    );
    assert_eq!(app.number(&open).await, 0);

    dewi.ask(Method::DELETE, BILLING).await.is(200);
    let dewi = dewi.with_credit(20_000).await;
    let receipt = papers(&dewi, "receipt", 3).await.remove(0);
    let page = dewi.get(&path(&receipt, "/html")).await.is(200).text;
    assert!(
        page.contains("Dewi Lestari") && !page.contains(STREET),
        "{page}"
    );
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_erased_keeps_address_and_npwp_on_paper_until_its_time_is_over() {
    let mut app = app().await;
    app.settings.issuer.kept_years = 0;
    let dewi = app.customer().await;
    let details = json!({ "name": COMPANY, "address": [STREET], "npwp": NPWP });
    let given = dewi.ask(Method::PUT, BILLING).json(&details).await;
    given.is(200);
    let dewi = dewi.with_credit(20_000).await;
    let receipt = papers(&dewi, "receipt", 1).await.remove(0);
    let auditor = app.staff(Role::Auditor).await;
    let html = format!("/admin{}", path(&receipt, "/html"));
    let erase = async |vault: &Vault| vault.erase(dewi.id).await.unwrap();
    to_the_keys(&mut app, erase).await;
    dewi.get(BILLING).await.refuses(410, "person.erased");
    let page = auditor.get(&html).await.is(200).text;
    assert!(page.contains(COMPANY) && page.contains(NPWP), "{page}");

    let year = jakarta_date(app.clock.now()).year();
    app.day_comes(&format!("{}-01-01", year + 2));
    let auditor = auditor.again().await;
    let page = until("it is erased", async || {
        let page = auditor.get(&html).await.is(200).text;
        page.contains("personal data erased").then_some(page)
    })
    .await;
    assert!(!page.contains(STREET) && !page.contains(NPWP), "{page}");
    app.finish().await;
}
