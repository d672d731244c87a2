//! How often somebody may try: passwords for an address, and anything from one place.

use super::account_passwords::{asks, confirms, token_of};
use crate::support::{Answer, Ask, PASSWORD, Person, TestApp, app_with};
use futures_util::future::join_all;
use purser::auth::AttemptLimits;
use reqwest::Method;
use serde_json::json;

const WRONG: &str = "wrong horse battery";

async fn app(sign_ins: u32) -> TestApp {
    app_with(|settings| settings.attempts.sign_ins = sign_ins).await
}

fn login(app: &TestApp, email: &str, password: &str) -> Ask {
    let login = json!({ "email": email, "password": password });
    app.wire.post("/api/v1/auth/login", &login)
}

async fn guesses(app: &TestApp, email: &str, times: u32) {
    for _ in 0..times {
        login(app, email, WRONG)
            .await
            .refuses(401, "credentials.wrong");
    }
}

fn too_many(answer: Answer, within: u32) {
    let answer = answer.refuses(429, "attempts.too_many");
    let seconds: u32 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=within).contains(&seconds), "{seconds}");
}

#[tokio::test(flavor = "multi_thread")]
async fn after_ten_wrong_passwords_the_right_one_has_to_wait_as_well() {
    let app = app(10).await;
    let (dewi, sari) = (app.customer().await, app.customer().await);
    guesses(&app, &dewi.email, 9).await;
    // One that is right begins anew.
    login(&app, &dewi.email, PASSWORD).await.is(200);
    guesses(&app, &dewi.email, 10).await;
    too_many(login(&app, &dewi.email, PASSWORD).await, 901);
    too_many(login(&app, &dewi.email.to_uppercase(), WRONG).await, 901);
    // Whether anybody has an address it does not tell.
    guesses(&app, "nobody@example.com", 10).await;
    too_many(login(&app, "nobody@example.com", WRONG).await, 901);
    login(&app, &sari.email, PASSWORD).await.is(200);
    dewi.get("/auth/me").await.is(200);

    app.minutes_pass(15);
    login(&app, &dewi.email, PASSWORD).await.is(200);
    guesses(&app, "somebody@example.com", 1).await;
    // What is over has gone: both addresses are left, and the one that was guessed for from here.
    assert_eq!(app.number("select count(*) from attempts").await, 3);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_guesses_at_once_are_no_more_than_one_after_another() {
    let app = app(10).await;
    let dewi = app.customer().await;
    let guesses = (0..25).map(|_| async { login(&app, &dewi.email, WRONG).await.status });
    let mut answers = join_all(guesses).await;
    answers.sort_unstable();
    let expected = [[401; 10].as_slice(), &[429; 15]].concat();
    assert_eq!(answers, expected);
    too_many(login(&app, &dewi.email, PASSWORD).await, 901);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_ten_codes_of_no_coupon_no_further_one_is_looked_at() {
    let app = app(0).await;
    app.sells("ghost").await;
    let admin = app.proven_admin().await;
    let coupon =
        json!({ "code": "HEMAT", "kind": "fixed", "amount": 5_000, "periods": 1, "max_uses": 5 });
    admin.post("/admin/coupons", &coupon).await.is(201);
    let dewi = app.customer().await.with_credit(100_000).await;
    let sari = app.customer().await;
    for person in [&dewi, &sari] {
        person.verifies().await;
    }
    let mut order = dewi.order_of("ghost").await;
    let plan = order["plan_id"].as_str().unwrap().to_owned();
    let quote = |code: &str| format!("/coupons/{code}?plan_id={plan}&billing_cycle=monthly");
    // One that there is does not count, and begins nothing anew.
    for number in 0..9 {
        let guess = dewi.get(&quote(&format!("TEBAK-{number}"))).await;
        guess.refuses(404, "coupon.unknown");
        dewi.get(&quote("HEMAT")).await.is(200);
    }
    order["coupon"] = "TEBAK-9".into();
    dewi.post("/subscriptions", &order)
        .await
        .refuses(404, "coupon.unknown");

    order["coupon"] = "HEMAT".into();
    let redeem = json!({ "code": "HEMAT" });
    too_many(dewi.get(&quote("HEMAT")).await, 901);
    too_many(dewi.post("/subscriptions", &order).await, 901);
    too_many(dewi.post("/wallet/coupons", &redeem).await, 901);
    sari.get(&quote("HEMAT")).await.is(200);
    assert_eq!(dewi.balance().await, 100_000);

    app.minutes_pass(15);
    let dewi = dewi.again().await;
    dewi.post("/subscriptions", &order).await.is(201);
    dewi.has(65_000).await;
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn thirty_payment_pages_are_opened_within_an_hour() {
    let app = app(0).await;
    let (dewi, sari) = (app.customer().await, app.customer().await);
    let amount = json!({ "amount": 50_000 });
    let opens = |who: &Person, key: String| who.post("/top-ups", &amount).key(&key);
    for number in 0..30 {
        opens(&dewi, number.to_string()).await.is(201);
    }
    too_many(opens(&dewi, "another".into()).await, 3_601);
    assert_eq!(app.times("top_up.requested").await, 30);
    // A page that is there is no new one.
    let again = opens(&dewi, "7".into()).await.is(201);
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    opens(&sari, "first".into()).await.is(201);
    app.minutes_pass(60);
    let dewi = dewi.again().await;
    opens(&dewi, "another".into()).await.is(201);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn from_one_place_ten_times_as_many_are_taken() {
    let app = app_with(|settings| {
        settings.attempts.sign_ins = 1;
        settings.trusted_proxies = 1;
    })
    .await;
    let dewi = app.customer().await;
    let from = |place: &'static str, email: &str, password: &str| {
        let login = login(&app, email, password);
        login.with(|request| request.header("x-forwarded-for", place))
    };
    for number in 0..10 {
        let email = format!("nobody-{number}@example.com");
        // What stands before the proxy's own word anybody can write.
        let forged = from("203.0.113.9, 192.0.2.1", &email, WRONG).await;
        forged.refuses(401, "credentials.wrong");
    }
    too_many(from("192.0.2.1", &dewi.email, PASSWORD).await, 901);
    let email = json!({ "email": dewi.email });
    let letter = app.wire.post("/api/v1/auth/password-reset", &email);
    let letter = letter.with(|request| request.header("x-forwarded-for", "192.0.2.1"));
    too_many(letter.await, 901);
    from("192.0.2.2", &dewi.email, PASSWORD).await.is(200);
    login(&app, &dewi.email, PASSWORD).await.is(200);
    app.minutes_pass(15);
    from("192.0.2.1", &dewi.email, PASSWORD).await.is(200);
    app.finish().await;
}

/// Nobody is stopped by what others do who come from the same place, as far as anybody is told.
async fn hides_its_customers(proxies: usize, told: Option<&str>) {
    let app = app_with(|settings| {
        settings.attempts = AttemptLimits {
            sign_ins: 1,
            sign_ups_an_hour: 1,
        };
        settings.trusted_proxies = proxies;
    })
    .await;
    let hidden = |ask: Ask| match told {
        Some(place) => ask.with(|request| request.header("x-forwarded-for", place)),
        None => ask,
    };
    for number in 0..11 {
        let email = format!("nobody-{number}@example.com");
        let guess = hidden(login(&app, &email, WRONG)).await;
        guess.refuses(401, "credentials.wrong");
        // For one address there is a limit all the same.
        too_many(hidden(login(&app, &email, WRONG)).await, 901);
    }
    for number in 0..2 {
        let email = format!("dewi-{number}@example.com");
        let account = json!({ "name": "Dewi", "email": email, "password": PASSWORD });
        let sign_up = app.wire.post("/api/v1/auth/register", &account);
        hidden(sign_up).await.is(201);
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_did_not_hear_that_he_is_signed_up_hears_it_however_many_came_from_there_since() {
    let app = app_with(|settings| {
        settings.attempts.sign_ups_an_hour = 1;
        settings.trusted_proxies = 1;
    })
    .await;
    let signs_up = |email: &str| {
        let account = json!({ "name": "Dewi", "email": email, "password": PASSWORD });
        let sign_up = app.wire.post("/api/v1/auth/register", &account).key(email);
        sign_up.with(|request| request.header("x-forwarded-for", "192.0.2.1"))
    };
    let first = signs_up("dewi@example.com").await.is(201);
    too_many(signs_up("sari@example.com").await, 3_601);
    let again = signs_up("dewi@example.com").await.is(201);
    assert_eq!(again.body, first.body);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_hides_its_customers_is_not_held_to_the_limit_of_one_place() {
    hides_its_customers(1, Some("10.42.0.7")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_on_the_same_machine_of_which_nobody_told_is_not_held_to_it_either() {
    // As the tests themselves come.
    hides_its_customers(0, None).await;
    hides_its_customers(0, Some("192.0.2.1")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_shuts_nobody_out_and_many_do_until_a_letter_comes() {
    let app = app_with(|settings| {
        settings.attempts.sign_ins = 2;
        settings.trusted_proxies = 1;
    })
    .await;
    let dewi = app.customer().await;
    let from = |place: u32, password: &str| {
        let login = login(&app, &dewi.email, password);
        login.with(|request| request.header("x-forwarded-for", format!("192.0.2.{place}")))
    };
    for _ in 0..2 {
        from(1, WRONG).await.refuses(401, "credentials.wrong");
    }
    too_many(from(1, WRONG).await, 901);
    from(2, PASSWORD).await.is(200);
    // Nine more places come to twenty guesses, which is all that is taken from everywhere.
    for place in 11..20 {
        for _ in 0..2 {
            from(place, WRONG).await.refuses(401, "credentials.wrong");
        }
    }
    too_many(from(2, PASSWORD).await, 901);
    let chosen = json!({ "current_password": PASSWORD, "new_password": "another password" });
    let own = dewi.ask(Method::PUT, "/auth/password").json(&chosen);
    own.await.is(200);
    too_many(from(2, "another password").await, 901);

    asks(&app, &dewi.email).await;
    let token = token_of(&dewi, 1).await;
    let confirm = confirms(&app, &token, PASSWORD);
    let confirm = confirm.with(|request| request.header("x-forwarded-for", "192.0.2.2"));
    confirm.await.is(200);
    from(2, PASSWORD).await.is(200);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_a_session_and_no_password_guesses_no_longer() {
    let app = app(3).await;
    let dewi = app.customer().await;
    let choose = |current: &str| {
        let chosen = json!({ "current_password": current, "new_password": "another password" });
        dewi.ask(Method::PUT, "/auth/password").json(&chosen)
    };
    for _ in 0..3 {
        choose(WRONG).await.refuses(401, "credentials.wrong");
    }
    too_many(choose(PASSWORD).await, 901);
    // That is a count of its own, and so are the guesses of strangers.
    login(&app, &dewi.email, PASSWORD).await.is(200);
    let offer = dewi.post("/auth/second-factor", &json!({ "password": PASSWORD }));
    too_many(offer.await, 901);
    app.minutes_pass(15);
    let dewi = dewi.again().await;
    dewi.get("/auth/me").await.is(200);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn from_one_place_so_many_sign_up_within_an_hour() {
    let app = app_with(|settings| {
        settings.attempts.sign_ups_an_hour = 2;
        settings.trusted_proxies = 1;
    })
    .await;
    let sign_up = |number: u32, place: &'static str| {
        let email = format!("dewi-{number}@example.com");
        let account = json!({ "name": "Dewi", "email": email, "password": PASSWORD });
        let sign_up = app.wire.post("/api/v1/auth/register", &account);
        sign_up.with(|request| request.header("x-forwarded-for", place))
    };
    let dewi = app.customer().await;
    for number in 1..=2 {
        sign_up(number, "192.0.2.1").await.is(201);
    }
    too_many(sign_up(3, "192.0.2.1").await, 3_601);
    sign_up(3, "192.0.2.2").await.is(201);
    // Whoever has an account is not held up.
    Person::signs_in(&app.wire, &dewi.email, PASSWORD).await;
    app.minutes_pass(60);
    sign_up(4, "192.0.2.1").await.is(201);
    app.finish().await;
}
