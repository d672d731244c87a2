//! Letters arrive once the mail server takes them.

use crate::support::{TestApp, app, app_with, becomes};
use purser::standins::mailbox::Faults;

async fn tried_in_vain(app: &TestApp) {
    becomes("a letter was tried in vain", async || {
        let tried = "select count(*) from effects where saga = 'letters' and status <> 'done' and attempt > 1";
        app.number(tried).await > 0
    })
    .await;
}

async fn letters_arrive_later_and_once(faults: Faults) {
    let app = app().await;
    app.mailbox.set_fault(faults);
    let dewi = app.customer().await;
    tried_in_vain(&app).await;
    assert_eq!(dewi.letters().await, []);
    app.mailbox.set_fault(Faults::default());
    dewi.gets("Welcome to Purser").await;
    app.settle().await;
    assert_eq!(dewi.letters().await.len(), 1);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn letters_arrive_once_the_server_is_back() {
    letters_arrive_later_and_once(Faults {
        refuse: true,
        ..Faults::default()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn letters_arrive_once_the_server_is_no_longer_busy() {
    letters_arrive_later_and_once(Faults {
        busy: true,
        ..Faults::default()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn letters_arrive_once_the_server_takes_the_recipient() {
    letters_arrive_later_and_once(Faults {
        recipients_later: vec![String::new()],
        ..Faults::default()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_that_is_refused_for_good_waits_for_an_operator() {
    let app = app().await;
    app.mailbox.set_fault(Faults {
        recipients_never: vec!["dewi-".into()],
        ..Faults::default()
    });
    let dewi = app.customer().await;
    app.settle().await;
    assert_eq!(dewi.letters().await, []);
    let stuck = purser::sagas::stuck(&app.app().pool).await.unwrap();
    assert_eq!(stuck.len(), 1);
    assert_eq!((&*stuck[0].step, &*stuck[0].status), ("welcome", "dead"));
    let error = stuck[0].last_error.as_deref().unwrap();
    assert!(
        error.contains("550") && !error.contains(&dewi.email),
        "{error}"
    );

    app.mailbox.set_fault(Faults::default());
    let pool = &app.app().pool;
    let revived = purser::sagas::revive(pool, stuck[0].effect_id, false, "ani", "address works");
    assert!(revived.await.unwrap());
    dewi.gets("Welcome to Purser").await;
    app.mailbox.set_fault(Faults {
        recipients_never: vec!["dewi-".into()],
        ..Faults::default()
    });
    app.customer().await;
    app.finish_with(&["letters/"]).await;
}

/// The server takes it, and its word for that is lost: each time there is a copy more.
#[tokio::test(flavor = "multi_thread")]
async fn a_letter_that_may_have_arrived_goes_out_a_few_times_at_most() {
    let app = app_with(|settings| settings.workers.unanswered_ms = 10).await;
    app.mailbox.set_fault(Faults {
        accept_then_drop: 1_000,
        ..Faults::default()
    });
    let dewi = app.customer().await;
    app.settle().await;
    let copies = dewi.letters().await;
    assert_eq!(copies.len(), 3);
    assert!(
        copies
            .iter()
            .all(|it| it.message_id == copies[0].message_id)
    );
    let stuck = purser::sagas::stuck(&app.app().pool).await.unwrap();
    assert_eq!(stuck.len(), 1);
    assert_eq!((&*stuck[0].step, &*stuck[0].status), ("welcome", "dead"));
    let error = stuck[0].last_error.as_deref().unwrap();
    assert!(error.contains("may have taken the letter"), "{error}");
    app.mailbox.set_fault(Faults::default());
    app.finish_with(&["letters/"]).await;
}
