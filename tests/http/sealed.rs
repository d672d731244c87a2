//! Personal data lies open nowhere but where it belongs: in the mailbox and in the customer's own app.

use crate::support::{Dev, Order, Person, Place, app, becomes};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use purser::auth::Vault;
use serde_json::json;
use sqlx::{PgPool, Row as _};
use uuid::Uuid;

const NAME: &str = "Wulandari Kusumaningtyas";
const PHONE: &str = "+6281298765432";
const MAIL_USER: &str = "melati-anggrek";
const MAIL_PASSWORD: &str = "kecubung-ungu-tua";

/// Every form in which a text may lie somewhere.
fn forms(text: &str) -> Vec<String> {
    let mut forms = Vec::new();
    for text in [text.to_owned(), text.to_lowercase(), text.to_uppercase()] {
        forms.push(hex::encode(&text));
        // As a part of something longer it begins at any of three places.
        for before in 0..3 {
            let whole = [&vec![b'x'; before][..], text.as_bytes()].concat();
            let encoded = BASE64_STANDARD.encode(&whole);
            let end = encoded.trim_end_matches('=').len() - 1;
            forms.push(encoded[(before * 4).div_ceil(3)..end].to_owned());
        }
        forms.push(text);
    }
    forms
}

/// Where any of the texts lies open.
fn found(texts: &[&str], place: &str, content: &str) -> Vec<String> {
    let (texts, content) = (
        texts.iter().map(|text| (text, forms(text))),
        content.to_owned(),
    );
    let open = texts.filter(|(_, forms)| forms.iter().any(|form| content.contains(form)));
    open.map(|(text, _)| format!("{text} in {place}")).collect()
}

/// Every row of every table of the database.
pub(super) async fn rows(superuser: &str) -> Vec<(String, String)> {
    let pool = purser::app::pool(superuser, 1).unwrap();
    let tables = "select format('%I.%I', schemaname, tablename) from pg_tables
        where schemaname not in ('pg_catalog', 'information_schema')";
    let tables: Vec<String> = sqlx::query_scalar(tables).fetch_all(&pool).await.unwrap();
    let mut rows = Vec::new();
    for table in tables {
        let select = format!("select row_to_json(t)::text from {table} t");
        for row in sqlx::query(&select).fetch_all(&pool).await.unwrap() {
            rows.push((table.clone(), row.get(0)));
        }
    }
    pool.close().await;
    rows
}

/// Every message of the installation's stream, with subject and headers.
async fn messages(pool: &PgPool, nats: &str) -> Vec<(String, String)> {
    let installation = purser::app::installation(pool).await.unwrap();
    let url: reqwest::Url = nats.parse().unwrap();
    let login = (
        url.username().to_owned(),
        url.password().unwrap().to_owned(),
    );
    let client = async_nats::ConnectOptions::with_user_and_password(login.0, login.1);
    let client = client.connect(nats).await.unwrap();
    let jetstream = async_nats::jetstream::new(client);
    let stream = jetstream.get_stream(format!("purser-{installation}"));
    let stream = stream.await.unwrap();
    let state = stream.get_info().await.unwrap().state;
    let mut messages = Vec::new();
    for sequence in state.first_sequence..=state.last_sequence {
        let message = stream.get_raw_message(sequence).await.unwrap();
        let payload = String::from_utf8_lossy(&message.payload).into_owned();
        let text = format!("{} {:?} {payload}", message.subject, message.headers);
        messages.push((format!("message {sequence}"), text));
    }
    messages
}

/// The whole walk of a customer with a name that nobody else has.
async fn walk(dev: &Dev, email: &str) {
    let account = json!({ "name": NAME, "email": email, "phone": PHONE, "password": crate::support::PASSWORD, "locale": "en" });
    dev.wire
        .post("/api/v1/auth/register", &account)
        .await
        .is(201);
    let dewi = Person::signs_in(&dev.wire, email, crate::support::PASSWORD).await;
    dewi.get("/auth/me").await.is(200);
    let dewi = dewi.with_credit(100_000).await;
    let mail_server = json!({
        "smtp_host": "smtp.example.com", "smtp_port": 587, "smtp_username": MAIL_USER,
        "smtp_password": MAIL_PASSWORD, "smtp_from": email,
    });
    let order = Order::of(&dewi.chooses("ghost", &mail_server).await);
    dewi.sees(&order, "active").await;
    dewi.gets("Your Ghost is ready").await;
    let path = format!("/pods/{}/credentials", order.instance);
    let shown = dewi.ask(reqwest::Method::POST, &path).await.is(200);
    assert_eq!(shown["username"], email);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_personal_lies_open() {
    let place = Place::new().await;
    let dev = place.start(&[]).await;
    let email = format!("wulan-{}@example.com", Uuid::now_v7().simple());
    walk(&dev, &email).await;
    place.settle().await;
    let (database, nats) = place.servers.as_ref().unwrap();
    let pool = purser::app::pool(&database.urls.app, 1).unwrap();
    let mut everything = rows(&database.superuser).await;
    everything.extend(messages(&pool, nats).await);
    let log = std::fs::read_to_string(place.folder.path().join("purser.log")).unwrap();
    everything.push(("the log".into(), log));
    pool.close().await;
    assert!(everything.len() > 50);
    let (local, _) = email.split_once('@').unwrap();
    let (given, family) = NAME.split_once(' ').unwrap();
    let texts = [local, given, family, &PHONE[1..], MAIL_USER, MAIL_PASSWORD];
    let open = everything
        .iter()
        .flat_map(|(place, content)| found(&texts, place, content));
    assert_eq!(open.collect::<Vec<_>>(), Vec::<String>::new());
    // The search would find it: the cluster's objects and the mailbox hold what they need.
    for file in ["kubernetes", "mailbox"] {
        let [whole, since] =
            ["json", "changes"].map(|ending| place.folder.path().join(file).with_extension(ending));
        let content = [whole, since]
            .map(|path| std::fs::read_to_string(path).unwrap())
            .concat();
        assert_eq!(
            found(&[local], file, &content),
            [format!("{local} in {file}")]
        );
    }
    place.verify().await;
    assert!(dev.stopped().await.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_erased_cannot_be_written_to_and_the_history_stays_whole() {
    let mut app = app().await;
    let dewi = app.customer().await.with_credit(50_000).await;
    app.settle().await;
    app.mailbox.set_fault(purser::standins::mailbox::Faults {
        recipients_later: vec![String::new()],
        ..Default::default()
    });
    let budi = app.customer().await;
    becomes("the welcome was tried", async || {
        app.number("select count(*) from effects where status <> 'done' and attempt > 1")
            .await
            > 0
    })
    .await;
    app.stops().await;
    let pool = purser::app::pool(&app.database.urls.app, 1).unwrap();
    let vault = Vault::new(pool.clone(), app.settings.keys.clone());
    for person in [&dewi, &budi] {
        vault.erase(person.id).await.unwrap();
    }
    pool.close().await;
    app.mailbox.set_fault(Default::default());
    app.starts().await;
    app.settle().await;
    for person in [&dewi, &budi] {
        person.get("/auth/me").await.refuses(410, "person.erased");
        let forged = json!({ "token": format!("{}.1900000000.AAAA", person.id) });
        let refused = app.wire.post("/api/v1/auth/verify-email", &forged).await;
        refused.refuses(401, "token.invalid");
    }
    dewi.has(50_000).await;
    assert_eq!(dewi.letters().await.len(), 3);
    assert_eq!(budi.letters().await, []);
    // Nobody is left to write to, and that is nothing for an operator to look at.
    let stuck = purser::sagas::stuck(&app.app().pool).await.unwrap();
    assert!(stuck.is_empty(), "{:?}", stuck[0].last_error);
    app.finish().await;
}
