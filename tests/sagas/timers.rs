use super::{Office, TRAP};
use crate::support::{becomes, credit};
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3_600);

/// What the cluster's timer has left.
async fn left(office: &Office) -> Option<i64> {
    sqlx::query_scalar("select cluster_left_ms from timers where name = 'patience'")
        .fetch_optional(&office.world.pool)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_timer_of_business_time_fires_when_the_clock_has_come_to_it() {
    let office = Office::open().await;
    office.work();
    office.keep_time();
    let budi = office.world.customer(0).await;
    office.world.settle().await;
    office.world.clock.advance(HOUR / 2);
    office.world.given(credit(budi, 5)).await;
    office.are(&[("send-5", "done")]).await;
    office.world.clock.advance(HOUR / 2);
    office
        .are(&[("send-5", "done"), ("timer-hour", "done")])
        .await;
    assert_eq!(office.world.count("timers where name = 'hour'").await, 0);
}

#[tokio::test]
async fn a_timer_of_the_cluster_passes_only_while_the_cluster_answers() {
    let office = Office::open().await;
    office.work();
    office.keep_time();
    office.world.customer(0).await;
    office.world.settle().await;
    // However far business time goes meanwhile.
    office.world.clock.advance(48 * HOUR);
    office.are(&[("timer-hour", "done")]).await;
    assert_eq!(left(&office).await, Some(100));

    office.cluster.send_replace(true);
    office
        .are(&[("timer-hour", "done"), ("timer-patience", "done")])
        .await;
    assert_eq!(left(&office).await, None);
}

#[tokio::test]
async fn a_timer_of_the_cluster_rests_while_no_effect_is_carried_out() {
    let office = Office::open().await;
    office.allowed.send_replace(false);
    office.cluster.send_replace(true);
    office.work();
    office.keep_time();
    office.world.customer(0).await;
    office.world.settle().await;
    office.world.clock.advance(48 * HOUR);
    becomes("the other timer has fired", async || {
        office.world.count("timers where name = 'hour'").await == 0
    })
    .await;
    assert_eq!(left(&office).await, Some(100));

    office.allowed.send_replace(true);
    office
        .are(&[("timer-hour", "done"), ("timer-patience", "done")])
        .await;
}

#[tokio::test]
async fn of_two_processes_one_keeps_the_time() {
    let office = Office::open().await;
    office.work();
    office.keep_time();
    office.keep_time();
    for _ in 0..5 {
        office.world.customer(0).await;
    }
    office.world.settle().await;
    office.world.clock.advance(HOUR);
    becomes("all have fired", async || {
        let done = "effects where step = 'timer-hour' and status = 'done'";
        office.world.count(done).await == 5
    })
    .await;
    assert_eq!(office.executor.ran().len(), 5);
}

#[tokio::test]
async fn timers_outlive_the_process() {
    let office = Office::open().await;
    office.work();
    let first = office.keep_time();
    office.world.customer(0).await;
    office.world.settle().await;
    first.cancel();
    office.world.expire_leases("timers").await;
    office.world.clock.advance(HOUR);
    office.keep_time();
    office.are(&[("timer-hour", "done")]).await;
}

#[tokio::test]
async fn a_saga_that_cannot_be_told_keeps_no_other_from_being_told() {
    let office = Office::open().await;
    office.work();
    office.keep_time();
    let budi = office.world.customer(0).await;
    office.world.customer(0).await;
    office.world.settle().await;
    let state = |state: &'static str| {
        let statement = "insert into sagas (saga, instance, state, position) values ('courier', $1, $2::jsonb, 0)
             on conflict (saga, instance) do update set state = excluded.state";
        let wallet = purser_domain::ids::WalletId::of(budi).uuid();
        sqlx::query(statement).bind(wallet).bind(state)
    };
    let pool = &office.world.pool;
    state(r#""of another release""#)
        .execute(pool)
        .await
        .unwrap();
    office.world.clock.advance(HOUR);
    office.are(&[("timer-hour", "done")]).await;
    becomes("the other timer is put off", async || {
        office.world.count("timers where name = 'hour'").await == 1
    })
    .await;
    state("null").execute(pool).await.unwrap();
    office.world.clock.advance(HOUR);
    office
        .are(&[("timer-hour", "done"), ("timer-hour", "done")])
        .await;
}

#[tokio::test]
async fn no_timer_fires_by_a_clock_that_is_off() {
    let office = Office::open().await;
    office.work();
    office.keep_time();
    office.world.customer(0).await;
    office.world.settle().await;
    office.world.clock.set_machine(chrono::Duration::days(40));
    // Who keeps the time looks at the clock, and gives his turn up to others.
    becomes("nobody keeps the time", async || {
        let kept = "checkpoints where name = 'timers' and leased_until > clock_timestamp()";
        office.world.count(kept).await == 0
    })
    .await;
    assert_eq!(office.world.count("timers where name = 'hour'").await, 1);

    office.world.clock.set_machine(chrono::Duration::zero());
    office.world.clock.advance(HOUR);
    office.are(&[("timer-hour", "done")]).await;
}

#[tokio::test]
async fn a_timer_at_which_a_saga_panics_is_put_off_and_the_others_fire() {
    let office = Office::open().await;
    office.work();
    office.world.customer(0).await;
    office.world.settle().await;
    let set = "insert into timers (saga, instance, name, due_at, correlation_id)
               select saga, instance, $1, to_timestamp(0), correlation_id from timers where name = 'hour'";
    sqlx::query(set)
        .bind(TRAP)
        .execute(&office.world.pool)
        .await
        .unwrap();
    office.world.clock.advance(HOUR);
    office.keep_time();
    // Later in turn.
    office.are(&[("timer-hour", "done")]).await;
    let put_off = "timers where name = 'trap' and due_at > to_timestamp(0)";
    assert_eq!(office.world.count(put_off).await, 1);
}

#[tokio::test]
async fn a_timer_that_the_database_does_not_take_at_first_is_fired_at_the_next_look() {
    let office = Office::open().await;
    office.work();
    office.world.customer(0).await;
    office.world.settle().await;
    // As where it is the one that ends a deadlock, twice.
    let refuse = "create sequence work.tries;
        create function work.refuse() returns trigger language plpgsql security definer as $$
        begin
          if nextval('work.tries') < 3 then
            raise 'told to refuse it' using errcode = '40P01';
          end if;
          return new;
        end $$;
        create trigger refuse before insert on work.effects for each row execute function work.refuse()";
    sqlx::raw_sql(refuse)
        .execute(&office.world.owner)
        .await
        .unwrap();
    office.world.clock.advance(HOUR);
    office.keep_time();
    office.are(&[("timer-hour", "done")]).await;
}
