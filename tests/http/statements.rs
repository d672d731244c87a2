//! What a wallet did between two dates, and what the books say beside it.

use crate::support::{app, app_with, until};
use purser_domain::{Rupiah, user::Role};
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_has_the_balances_before_and_after() {
    let app = app().await;
    app.day_comes("2027-03-01");
    let dewi = app.customer().await.with_credit(50_000).await;
    app.day_comes("2027-03-02");
    let dewi = dewi.again().await.with_credit(30_000).await;
    app.day_comes("2027-03-04");
    let dewi = dewi.again().await;
    let path = |from: &str, to: &str| format!("/wallet/statement?from={from}&to={to}");
    let one = dewi.get(&path("2027-03-02", "2027-03-03")).await.is(200);
    assert_eq!(
        (&one["opening_balance"], &one["closing_balance"]),
        (&json!(50_000), &json!(80_000))
    );
    let items = one["items"].as_array().unwrap();
    assert_eq!(items.len(), 1);
    assert_eq!(
        (&items[0]["kind"], &items[0]["balance_after"]),
        (&json!("top_up"), &json!(80_000))
    );
    let none = dewi.get(&path("2027-03-03", "2027-03-03")).await.is(200);
    assert_eq!(
        (&none["opening_balance"], &none["closing_balance"]),
        (&json!(80_000), &json!(80_000))
    );
    for to in ["2027-03-01", "2028-03-02"] {
        dewi.get(&path("2027-03-02", to))
            .await
            .refuses(400, "request.invalid");
    }
    let csv = "/wallet/statement.csv?from=2027-03-01&to=2027-03-03";
    let csv = dewi.get(csv).await.is(200);
    let kind = "text/csv; charset=utf-8; header=present";
    assert_eq!(csv.header("content-type"), Some(kind));
    let name = "attachment; filename=\"statement-2027-03-01-2027-03-03.csv\"";
    assert_eq!(csv.header("content-disposition"), Some(name));
    let lines: Vec<&str> = csv.text.split("\r\n").collect();
    assert_eq!(lines[0], "at,kind,amount,promotional,balance_after,id");
    assert_eq!(lines[1], "2027-02-28T17:00:00Z,opening_balance,,,0,");
    assert!(lines[2].contains(",top_up,50000,0,50000,"), "{}", lines[2]);
    assert_eq!(lines[4], "2027-03-03T17:00:00Z,closing_balance,,,80000,");
    let auditor = app.staff(Role::Auditor).await;
    let of_her = format!("/admin/users/{}/statement", dewi.id);
    let days = "?from=2027-03-02&to=2027-03-03";
    let same = auditor.get(&format!("{of_her}{days}")).await.is(200);
    assert_eq!(same.body, one.body);
    let same = auditor.get(&format!("{of_her}.csv{days}")).await.is(200);
    assert!(same.text.contains("closing_balance,,,80000"));
    dewi.get(&format!("{of_her}{days}"))
        .await
        .refuses(403, "role.missing");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fees_stay_in_clearing_until_staff_books_their_statement() {
    let app = app().await;
    app.day_comes("2027-02-20");
    app.customer().await.with_credit(50_000).await;
    app.day_comes("2027-03-05");
    let admin = app.admin().await;
    let balance = async || {
        let books = admin.get("/admin/ledger/trial-balance").await.is(200);
        let accounts = books["accounts"].as_array().unwrap();
        let of = |name: &str| {
            let account = accounts.iter().find(|one| one["account"] == name);
            account.unwrap()["balance"].as_i64().unwrap()
        };
        (
            of("gateway_clearing"),
            of("gateway_fees"),
            books.body.clone(),
        )
    };
    let (clearing, fees, books) = balance().await;
    assert_eq!((clearing, fees), (50_000, 0));
    assert_eq!(books["unspent_paid_credit"], 50_000);
    let note = books["note"].as_str().unwrap();
    assert!(note.contains("for 2027-02:"), "{note}");
    let book = |month: &str| {
        let fees = json!({ "month": month, "amount": 1_500, "reason": "statement of the gateway" });
        admin.post("/admin/ledger/fees", &fees)
    };
    book("2027-03-01")
        .await
        .refuses(422, "fee_statement.month_not_over");
    book("2027-02-14").await.is(200);
    let (clearing, fees, books) = balance().await;
    assert_eq!((clearing, fees), (48_500, 1_500));
    assert_eq!(books["note"], Value::Null);
    let correct = |booked: i64| {
        let reason = "a digit was wrong";
        let fees =
            json!({ "month": "2027-02-01", "amount": 2_500, "replaces": booked, "reason": reason });
        admin.post("/admin/ledger/fees", &fees)
    };
    correct(1_400)
        .await
        .refuses(409, "fee_statement.already_booked");
    correct(1_500).await.is(200);
    let (clearing, fees, _) = balance().await;
    assert_eq!((clearing, fees), (47_500, 2_500));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn much_unspent_credit_is_a_figure_and_a_case_a_month() {
    let app = app_with(|settings| {
        settings.float_alert = Rupiah::try_from(70_000).unwrap();
    })
    .await;
    app.day_comes("2027-03-05");
    let dewi = app.customer().await.with_credit(50_000).await;
    app.day_comes("2027-03-06");
    let figure = async || {
        let metrics = app.wire.get("/metrics").await.text;
        let line = metrics
            .lines()
            .find(|line| line.starts_with("purser_unspent_paid_credit "));
        line.map(str::to_owned)
    };
    until("the figure is told", async || {
        (figure().await? == "purser_unspent_paid_credit 50000").then_some(())
    })
    .await;
    dewi.again().await.with_credit(30_000).await;
    app.day_comes("2027-03-07");
    let admin = app.admin().await;
    let case = until("there is a case", async || {
        let list = admin.get("/admin/cases?status=open").await.is(200);
        let items = list["items"].as_array()?;
        items.iter().find(|item| item["kind"] == "float").cloned()
    })
    .await;
    let finding = case["finding"].as_str().unwrap();
    assert!(finding.contains("Rp 80.000"), "{finding}");
    app.day_comes("2027-03-08");
    app.settle().await;
    until("the next day is compared", async || {
        let day = "select count(*) from work.reconciliations where day = '2027-03-07'";
        (app.number(day).await == 1).then_some(())
    })
    .await;
    assert_eq!(app.times("case.opened").await, 1);
    app.finish().await;
}
