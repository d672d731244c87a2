use super::{Act, Office, PATIENT};
use crate::support::{World, becomes, credit, nats_url, registration, rp, store};
use purser::sagas::{Outcome, WorkerOptions};
use purser_domain::{
    decisions::One,
    ids::{ChargeId, SubscriptionId, UserId, WalletId},
    wallet::{Purpose, Wallet, WalletCommand},
};
use std::{sync::Arc, time::Duration};
use tokio::sync::Notify;
use uuid::Uuid;

pub(super) fn charge(user: UserId, amount: i64) -> One<Wallet> {
    One {
        id: WalletId::of(user),
        command: WalletCommand::Charge {
            charge_id: ChargeId::new(Uuid::now_v7()),
            amount: rp(amount),
            subscription_id: SubscriptionId::new(Uuid::now_v7()),
            purpose: Purpose::Order,
            at: chrono::Utc::now(),
        },
    }
}

fn retry() -> Act {
    Act::Say(Outcome::Retry {
        error: "away".into(),
        after: None,
    })
}

fn dead() -> Outcome {
    Outcome::Dead {
        error: "refused for good".into(),
    }
}

#[tokio::test]
async fn what_happened_before_the_activation_causes_nothing() {
    let world = World::start(store().await, nats_url().await).await;
    let budi = world.customer(1).await;
    let office = Office::opened_in(world).await;
    office.work();
    office.world.given(credit(budi, 2)).await;
    office.are(&[("send-2", "done")]).await;
    assert_eq!(office.executor.ran().len(), 1);
}

#[tokio::test]
async fn an_effect_runs_once_however_many_workers_there_are() {
    let office = Office::open().await;
    for _ in 0..4 {
        office.work();
    }
    let budi = office.world.customer(1).await;
    for amount in 2..=20 {
        office.world.given(credit(budi, amount)).await;
    }
    becomes("all is done", async || {
        let effects = office.effects().await;
        effects.len() == 20 && effects.iter().all(|(_, status)| status == "done")
    })
    .await;
    let mut ran = office.executor.ran();
    ran.sort_unstable();
    ran.dedup_by_key(|(effect, _)| *effect);
    assert_eq!(ran.len(), 20);
    assert_eq!(office.executor.ran().len(), 20);
}

#[tokio::test]
async fn the_effect_of_a_worker_that_died_is_run_again_under_the_same_id() {
    let office = Office::open().await;
    let never = Arc::new(Notify::new());
    office.executor.will(Act::SayLater(never, Outcome::Done));
    let dying = office.work();
    office.world.customer(1).await;
    office.are(&[("send-1", "running")]).await;
    becomes("it is run", async || !office.executor.ran().is_empty()).await;
    dying.die();

    office.set("leased_until = clock_timestamp()").await;
    office.work();
    office.are(&[("send-1", "done")]).await;
    let ran = office.executor.ran();
    let [(first, 1), (second, 2)] = ran[..] else {
        panic!("two attempts: {ran:?}")
    };
    assert_eq!(first, second);
}

#[tokio::test]
async fn the_note_of_a_worker_that_lost_its_claim_is_ignored() {
    let office = Office::open().await;
    let go_on = Arc::new(Notify::new());
    office.executor.will(Act::SayLater(go_on.clone(), dead()));
    let late = office.work();
    office.world.customer(1).await;
    becomes("it is run", async || office.executor.ran().len() == 1).await;
    office.set("leased_until = clock_timestamp()").await;
    office.work();
    office.are(&[("send-1", "done")]).await;

    go_on.notify_one();
    late.end().await;
    office.are(&[("send-1", "done")]).await;
}

#[tokio::test]
async fn what_is_called_off_is_not_run() {
    let office = Office::open().await;
    office.allowed.send_replace(false);
    office.work();
    let budi = office.world.customer(5).await;
    office.are(&[("send-5", "waiting")]).await;
    office.world.given(charge(budi, 5)).await;
    office
        .are(&[("send-5", "cancelled"), ("stopped", "waiting")])
        .await;
    office.allowed.send_replace(true);
    office
        .are(&[("send-5", "cancelled"), ("stopped", "done")])
        .await;
    assert_eq!(office.executor.ran().len(), 1);
    assert_eq!(office.world.count("timers").await, 0);
}

#[tokio::test]
async fn the_end_of_an_attempt_that_was_called_off_meanwhile_changes_nothing() {
    let office = Office::open().await;
    let go_on = Arc::new(Notify::new());
    office.executor.will(Act::SayLater(go_on.clone(), dead()));
    let late = office.work();
    let budi = office.world.customer(5).await;
    becomes("it is run", async || office.executor.ran().len() == 1).await;
    office.world.given(charge(budi, 5)).await;
    office
        .are(&[("send-5", "cancelled"), ("stopped", "waiting")])
        .await;
    go_on.notify_one();
    late.end().await;
    office
        .are(&[("send-5", "cancelled"), ("stopped", "waiting")])
        .await;
}

#[tokio::test]
async fn nothing_begins_while_the_history_and_the_stream_disagree() {
    let office = Office::open().await;
    office.allowed.send_replace(false);
    office.work();
    office.world.customer(1).await;
    office.are(&[("send-1", "waiting")]).await;
    assert!(office.executor.ran().is_empty());
    office.allowed.send_replace(true);
    office.are(&[("send-1", "done")]).await;
}

/// Attempt and pause in minutes of the one effect, once it waits after so many attempts.
async fn pause_after(office: &Office, attempt: i32) -> f64 {
    becomes("it waits", async || {
        let waits = format!(
            "effects where status = 'waiting' and attempt = {attempt}
               and due_at > clock_timestamp() + interval '1 minute'"
        );
        office.world.count(&waits).await == 1
    })
    .await;
    let pause = "select extract(epoch from due_at - clock_timestamp())::float8 / 60 from effects";
    sqlx::query_scalar(pause)
        .fetch_one(&office.world.pool)
        .await
        .unwrap()
}

#[tokio::test]
async fn each_retry_waits_twice_as_long_up_to_a_bound() {
    let office = Office::open().await;
    for _ in 0..4 {
        office.executor.will(retry());
    }
    office.work();
    office.world.customer(1).await;
    for (attempt, minutes) in [(1, 60.0), (2, 120.0), (3, 180.0), (4, 180.0)] {
        let pause = pause_after(&office, attempt).await;
        // Up to a quarter of jitter on top, and a minute for a slow machine.
        let expected = minutes - 1.0..minutes * 1.25;
        assert!(expected.contains(&pause), "{pause} after attempt {attempt}");
        office.set("due_at = clock_timestamp()").await;
    }
    office.are(&[("send-1", "done")]).await;
    let ran = office.executor.ran();
    assert!(ran.iter().all(|(effect, _)| *effect == ran[0].0));
    assert_eq!(ran.len(), 5);
}

fn unanswered() -> Act {
    let error = "nobody answered".into();
    Act::Say(Outcome::Unanswered { error })
}

#[tokio::test]
async fn what_may_have_been_done_is_done_again_much_later_and_only_a_few_times() {
    let office = Office::open().await;
    for act in [unanswered(), retry(), unanswered(), unanswered()] {
        office.executor.will(act);
    }
    office.work();
    office.world.customer(1).await;
    for (attempt, hours) in [(1, 24.0), (2, 2.0), (3, 24.0)] {
        let pause = pause_after(&office, attempt).await / 60.0;
        assert!(
            (hours - 0.1..hours * 1.25 + 0.1).contains(&pause),
            "{pause}"
        );
        office.set("due_at = clock_timestamp()").await;
    }
    office
        .are(&[("send-1", "undone"), ("undo-send-1", "done")])
        .await;
    assert_eq!(office.executor.ran().len(), 5);
}

#[tokio::test]
async fn waiting_is_no_failed_attempt() {
    let office = Office::open().await;
    let an_hour = Duration::from_secs(3_600);
    office.executor.will(Act::Say(Outcome::Wait(an_hour)));
    office.work();
    office.world.customer(1).await;
    let pause = pause_after(&office, 0).await;
    assert!((59.0..61.0).contains(&pause), "{pause}");
    office.set("due_at = clock_timestamp()").await;
    office.are(&[("send-1", "done")]).await;
    let attempts: Vec<i32> = office
        .executor
        .ran()
        .into_iter()
        .map(|(_, attempt)| attempt)
        .collect();
    assert_eq!(attempts, [1, 1]);
}

#[tokio::test]
async fn what_cannot_succeed_is_told_to_the_saga_once() {
    let office = Office::open().await;
    office.executor.will(Act::Say(dead()));
    office.work();
    office.world.customer(1).await;
    becomes("the undo is done", async || {
        let effects = office.effects().await;
        effects.contains(&("undo-send-1".into(), "done".into()))
    })
    .await;
    assert_eq!(office.executor.ran().len(), 2);
    let error: Option<String> =
        sqlx::query_scalar("select last_error from effects where step = 'send-1'")
            .fetch_one(&office.world.pool)
            .await
            .unwrap();
    assert_eq!(error.as_deref(), Some("refused for good"));
}

#[tokio::test]
async fn who_has_many_waiting_does_not_hold_up_who_has_one() {
    let office = Office::open().await;
    let budi = office.world.customer(2).await;
    for amount in [3, 4] {
        office.world.given(credit(budi, amount)).await;
    }
    office
        .are(&[
            ("send-2", "waiting"),
            ("send-3", "waiting"),
            ("send-4", "waiting"),
        ])
        .await;
    office.world.customer(5).await;
    becomes("all four wait", async || office.effects().await.len() == 4).await;

    let both = [Arc::new(Notify::new()), Arc::new(Notify::new())];
    for go_on in &both {
        let done = Act::SayLater(go_on.clone(), Outcome::Done);
        office.executor.will(done);
    }
    office.work();
    becomes("the first runs", async || office.executor.ran().len() == 1).await;
    office.work();
    becomes("two run", async || office.executor.ran().len() == 2).await;
    office
        .are(&[
            ("send-2", "running"),
            ("send-3", "waiting"),
            ("send-4", "waiting"),
            ("send-5", "running"),
        ])
        .await;
    both.iter().for_each(|go_on| go_on.notify_one());
    becomes("all is done", async || {
        let effects = office.effects().await;
        effects.iter().all(|(_, status)| status == "done")
    })
    .await;
}

#[tokio::test]
async fn a_panic_is_a_failed_attempt_and_ends_no_worker() {
    let office = Office::open().await;
    office.executor.will(Act::Panic("out of paper"));
    office.work();
    office.world.customer(1).await;
    pause_after(&office, 1).await;
    let said = "effects where last_error = 'it panicked: out of paper'";
    assert_eq!(office.world.count(said).await, 1);
    office.set("due_at = clock_timestamp()").await;
    office.are(&[("send-1", "done")]).await;
}

#[tokio::test]
async fn what_panics_again_and_again_is_told_to_the_saga() {
    let office = Office::open().await;
    for _ in 0..8 {
        office.executor.will(Act::Panic("out of paper"));
    }
    office.work_with(WorkerOptions {
        backoff_ms: 1,
        ..PATIENT
    });
    office.world.customer(1).await;
    office
        .are(&[("send-1", "undone"), ("undo-send-1", "done")])
        .await;
    assert_eq!(office.executor.ran().len(), 9);
}

#[tokio::test]
async fn who_has_one_waiting_does_not_wait_behind_all_of_who_has_hundreds() {
    let office = Office::open().await;
    let both = [Arc::new(Notify::new()), Arc::new(Notify::new())];
    for go_on in &both {
        let done = Act::SayLater(go_on.clone(), Outcome::Done);
        office.executor.will(done);
    }
    office.work();
    office.world.customer(2).await;
    becomes("the first runs", async || office.executor.ran().len() == 1).await;
    let hundreds = "insert into effects (effect_id, saga, instance, step, body, correlation_id, cause_position, customer, due_at)
        select gen_random_uuid(), saga, instance, 'copy-' || n, body, correlation_id, cause_position, customer,
          due_at - interval '1 hour'
        from effects, generate_series(1, 500) n";
    sqlx::query(hundreds)
        .execute(&office.world.pool)
        .await
        .unwrap();
    office.world.customer(5).await;
    becomes("the other one waits", async || {
        office.world.count("effects where step = 'send-5'").await == 1
    })
    .await;
    office.work();
    becomes("two run", async || office.executor.ran().len() == 2).await;
    let running = "effects where step in ('send-2', 'send-5') and status = 'running'";
    assert_eq!(office.world.count(running).await, 2);
}

#[tokio::test]
async fn a_saga_does_not_wait_for_another_that_notes_whose_the_same_instance_is() {
    let office = Office::open().await;
    let budi = UserId::new(Uuid::now_v7());
    let wallet = WalletId::of(budi).uuid();
    // Another has heard of the wallet, and has not committed yet.
    let mut other = office.world.owner.begin().await.unwrap();
    for note in [
        "select pg_advisory_xact_lock(4947804, hashtext($1::text)), $2",
        "insert into work.customers (instance, customer) values ($1, $2)",
    ] {
        let note = sqlx::query(note).bind(wallet).bind(budi.uuid());
        note.execute(&mut *other).await.unwrap();
    }
    office.world.given(registration(budi)).await;
    office.world.given(credit(budi, 1)).await;
    office.are(&[("send-1", "waiting")]).await;
    other.rollback().await.unwrap();
}
