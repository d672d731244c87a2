//! The payment page, clicked through as a browser without scripts does: links and forms.

use super::support::*;

async fn text(bench: &Bench, path: &str) -> String {
    let response = bench
        .client
        .get(format!("{}{path}", bench.standin.url()))
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 200);
    response.text().await.unwrap()
}

/// Submits a form; where the answer leads.
async fn submit(bench: &Bench, path: &str, form: &str) -> String {
    let request = bench.client.post(format!("{}{path}", bench.standin.url()));
    let request = request
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form.to_owned());
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 303, "{}", response.text().await.unwrap());
    response.headers()["location"].to_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_customer_chooses_waits_pays_and_returns_to_the_shop() {
    let bench = Bench::new().await;
    let mut body = order("topup-<1>", 10_000);
    body["transaction_details"]["order_id"] = "topup-1".into();
    body["customer_details"] = serde_json::json!({ "first_name": "<b>Budi</b>" });
    body["callbacks"] = serde_json::json!({ "finish": "https://panel.example.id/topups?id=1" });
    let (_, opened) = bench.post("/snap/v1/transactions", body).await;
    let page = format!("/snap/v4/r/{}", opened["token"].as_str().unwrap());
    let shown = text(&bench, &page).await;
    assert!(
        shown.contains("Rp 10.000") && shown.contains("&lt;b&gt;Budi"),
        "{shown}"
    );
    assert!(shown.contains("value=\"bca_va\""));

    assert_eq!(submit(&bench, &page, "payment_type=bca_va").await, page);
    let shown = text(&bench, &page).await;
    assert!(
        shown.contains("Account number") && shown.contains(&format!("{page}/expire")),
        "{shown}"
    );

    let back = submit(&bench, &format!("{page}/pay"), "").await;
    assert_eq!(
        back,
        "https://panel.example.id/topups?id=1&order_id=topup-1&status_code=200&transaction_status=settlement"
    );
    assert!(text(&bench, "/").await.contains("topup-1"));
    let shown = text(&bench, &page).await;
    assert!(
        shown.contains("this order was paid")
            && shown.contains("/refund")
            && !shown.contains("/reverse"),
        "{shown}"
    );
    submit(&bench, &format!("{page}/refund"), "").await;
    assert_eq!(bench.state("topup-1").await.1, "refund");
}

#[tokio::test]
async fn a_card_is_refused_tried_again_and_charged_back() {
    let bench = Bench::new().await;
    let page = format!("/snap/v4/r/{}", bench.open("topup-1", 10_000).await);
    submit(&bench, &format!("{page}/fail"), "payment_type=credit_card").await;
    assert!(
        text(&bench, &page)
            .await
            .contains("The last try ended with deny")
    );
    submit(&bench, &format!("{page}/pay"), "payment_type=credit_card").await;
    submit(&bench, &format!("{page}/settle"), "").await;
    assert!(text(&bench, &page).await.contains("/chargeback"));
    submit(&bench, &format!("{page}/chargeback"), "").await;
    assert_eq!(bench.state("topup-1").await.1, "chargeback");
}

#[tokio::test]
async fn what_cannot_be_done_now_is_said_on_the_page() {
    let bench = Bench::new().await;
    let page = format!("/snap/v4/r/{}", bench.open("topup-1", 10_000).await);
    let response = bench
        .client
        .post(format!("{}{page}/expire", bench.standin.url()))
        .header("content-type", "application/x-www-form-urlencoded")
        .body("")
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 409);
    let missing = bench
        .client
        .get(format!("{}/snap/v4/r/nothing", bench.standin.url()))
        .send()
        .await
        .unwrap();
    assert_eq!(missing.status(), 404);
}
