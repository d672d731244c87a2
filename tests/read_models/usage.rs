//! What was measured: whole rounds, hours and days that add up however often they are summed up, and an end for all of it.

use super::{connected, history, run, user};
use crate::support::store;
use chrono::{DateTime, Duration, Utc};
use purser::usage::{Reading, Readings, UsageOptions};
use purser_domain::{ids::InstanceId, instance::Resource};
use purser_projections::{
    pages::Page,
    pods,
    usage::{self, Resolution, UsagePoint, UsageTrouble, Window},
};
use sqlx::PgConnection;
use uuid::Uuid;

fn at(moment: &str) -> DateTime<Utc> {
    moment.parse().unwrap()
}

fn reading(instance_id: Uuid, cpu_millicores: u64) -> Reading {
    Reading {
        instance_id,
        cpu_millicores,
        memory_mib: 32,
        overhead_cpu_millicores: 7,
        overhead_memory_mib: 100,
        storage_used_mib: None,
        storage_capacity_mib: Some(128),
    }
}

/// The read models of a history, and the id of a pod in it with 50 millicores, 64 and 128 MiB.
async fn with_a_pod(rows: &mut PgConnection) -> Uuid {
    for model in purser_projections::all() {
        model.project(rows, &history()).await.unwrap();
    }
    let whole = Page::new(None, None).unwrap();
    let (found, _) = pods::page_of_user(rows, user(1), &whole).await.unwrap();
    found[0].id
}

async fn points(rows: &mut PgConnection, pod: Uuid, resolution: Resolution) -> Vec<UsagePoint> {
    let window = Window {
        from: at("2026-01-01T00:00:00Z"),
        to: at("2030-01-01T00:00:00Z"),
    };
    let whole = Page::new(None, None).unwrap();
    let found = usage::history(rows, pod, resolution, window, &whole).await;
    let (points, next) = found.unwrap();
    assert_eq!(next, None);
    points
}

/// Everything that is kept, as text.
async fn kept(rows: &mut PgConnection) -> Vec<String> {
    let all = "select samples::text from usage_samples samples union all
               select rollups::text from usage_rollups rollups order by 1";
    sqlx::query_scalar(all).fetch_all(rows).await.unwrap()
}

#[tokio::test]
async fn a_round_noted_again_changes_nothing_and_a_day_is_the_sum_of_its_hours() {
    let store = store().await;
    let rows = &mut *connected(&store).await;
    let pod = with_a_pod(rows).await;
    let readings = Readings::new(store.pool.clone());
    // The last two hours of a day in Jakarta, and the first of the next.
    let rounds = [
        ("2027-01-31T15:10:00Z", 10),
        ("2027-01-31T15:20:00Z", 20),
        ("2027-01-31T16:59:00Z", 45),
        ("2027-01-31T17:00:00Z", 5),
    ];
    for (moment, cpu) in rounds {
        let round = [reading(pod, cpu), reading(Uuid::from_u128(404), 1)];
        let moment = at(moment);
        let due_by = moment + Duration::minutes(3);
        readings.record(moment, due_by, &round).await.unwrap();
        let before = kept(rows).await;
        let other = [reading(pod, cpu + 1)];
        readings.record(moment, due_by, &other).await.unwrap();
        assert_eq!(kept(rows).await, before);
    }
    assert_eq!(
        points(rows, Uuid::from_u128(404), Resolution::Sample).await,
        []
    );
    assert_eq!(points(rows, pod, Resolution::Sample).await.len(), 4);

    let hours = points(rows, pod, Resolution::Hour).await;
    let starts: Vec<DateTime<Utc>> = hours.iter().map(|hour| hour.start).collect();
    let expected = [
        "2027-01-31T17:00:00Z",
        "2027-01-31T16:00:00Z",
        "2027-01-31T15:00:00Z",
    ];
    assert_eq!(starts, expected.map(at));
    let cpu = &hours[2].cpu_millicores;
    assert_eq!((cpu.min, cpu.avg, cpu.max, cpu.limit), (10, 15, 20, 50));
    assert_eq!((cpu.avg_percent, cpu.max_percent), (30, 40));

    let days = points(rows, pod, Resolution::Day).await;
    let starts: Vec<DateTime<Utc>> = days.iter().map(|day| day.start).collect();
    let expected = ["2027-01-31T17:00:00Z", "2027-01-30T17:00:00Z"];
    assert_eq!(starts, expected.map(at));
    let cpu = &days[1].cpu_millicores;
    assert_eq!(
        (days[1].samples, cpu.min, cpu.avg, cpu.max),
        (3, 10, 25, 45)
    );
    assert_eq!(days[1].overhead.cpu_millicores, 7);
    assert_eq!(days[1].storage_mib.capacity, Some(128));
}

#[tokio::test]
async fn an_hour_and_a_day_are_added_to_and_their_samples_not_read_again() {
    let store = store().await;
    let rows = &mut *connected(&store).await;
    let pod = with_a_pod(rows).await;
    let readings = Readings::new(store.pool.clone());
    let first = at("2027-01-31T05:10:00Z");
    let full = Reading {
        storage_used_mib: Some(90),
        ..reading(pod, 30)
    };
    readings.record(first, first, &[full]).await.unwrap();
    run(rows, "delete from work.usage_samples").await;
    let second = first + Duration::minutes(1);
    // Its volume is not told this time: what was told last stands.
    readings
        .record(second, second, &[reading(pod, 10)])
        .await
        .unwrap();
    for resolution in [Resolution::Hour, Resolution::Day] {
        let found = points(rows, pod, resolution).await;
        let cpu = &found[0].cpu_millicores;
        assert_eq!((cpu.min, cpu.avg, cpu.max), (10, 20, 30));
        assert_eq!(found[0].samples, 2);
        assert_eq!(found[0].storage_mib.used, Some(90));
    }
}

#[tokio::test]
async fn every_resolution_has_its_own_end() {
    let store = store().await;
    let rows = &mut *connected(&store).await;
    let pod = with_a_pod(rows).await;
    let readings = Readings::new(store.pool.clone());
    let first = at("2027-01-31T05:30:00Z");
    readings
        .record(first, first, &[reading(pod, 10)])
        .await
        .unwrap();
    let options = UsageOptions {
        interval_ms: 60_000,
        warn_over_ms: 900_000,
        samples_kept_hours: 48,
        hours_kept_days: 35,
        days_kept_days: 400,
    };
    let mut counts = Vec::new();
    for later in [
        Duration::hours(47),
        Duration::hours(49),
        Duration::days(36),
        Duration::days(401),
    ] {
        readings.tidy(first + later, &options).await.unwrap();
        let mut count = [0; 3];
        for (count, resolution) in
            count
                .iter_mut()
                .zip([Resolution::Sample, Resolution::Hour, Resolution::Day])
        {
            *count = points(rows, pod, resolution).await.len();
        }
        counts.push(count);
    }
    assert_eq!(counts, [[1, 1, 1], [0, 1, 1], [0, 0, 1], [0, 0, 0]]);
}

#[tokio::test]
async fn after_a_resize_each_figure_stands_beside_the_limit_of_its_time() {
    let store = store().await;
    let rows = &mut *connected(&store).await;
    let pod = with_a_pod(rows).await;
    let readings = Readings::new(store.pool.clone());
    let first = at("2027-01-31T05:10:00Z");
    readings
        .record(first, first, &[reading(pod, 40)])
        .await
        .unwrap();
    run(
        rows,
        &format!("update pods set cpu_millicores = 100 where id = '{pod}'"),
    )
    .await;
    let second = first + Duration::minutes(10);
    readings
        .record(second, second, &[reading(pod, 60)])
        .await
        .unwrap();
    let samples = points(rows, pod, Resolution::Sample).await;
    let percent = |sample: &UsagePoint| sample.cpu_millicores.avg_percent;
    assert_eq!(samples.iter().map(percent).collect::<Vec<_>>(), [60, 80]);
    let hours = points(rows, pod, Resolution::Hour).await;
    assert_eq!(hours[0].cpu_millicores.limit, 100);
}

#[tokio::test]
async fn failures_are_counted_until_a_round_is_good() {
    let store = store().await;
    let rows = &mut *connected(&store).await;
    let pod = with_a_pod(rows).await;
    let readings = Readings::new(store.pool.clone());
    let now = at("2027-01-31T05:30:00Z");
    let due_by = now + Duration::minutes(3);
    let trouble = UsageTrouble::MetricsApiUnavailable;
    for expected in [1, 2] {
        let failures = readings.fail(now, due_by, trouble).await.unwrap();
        assert_eq!(failures, expected);
    }
    let sampling = usage::sampling(rows).await.unwrap();
    assert_eq!(
        (sampling.trouble(now), sampling.failures),
        (Some(trouble), 2)
    );
    readings
        .record(now, due_by, &[reading(pod, 10)])
        .await
        .unwrap();
    let sampling = usage::sampling(rows).await.unwrap();
    assert_eq!((sampling.trouble(now), sampling.failures), (None, 0));
    assert_eq!(usage::measured_at(rows, now).await.unwrap(), 1);
    let found = pods::by_id(rows, InstanceId::new(pod)).await.unwrap();
    let metrics = usage::of_pod(rows, &found.unwrap(), now, 10).await.unwrap();
    assert_eq!(metrics.cpu_millicores.used, Some(10));
}

#[tokio::test]
async fn only_what_was_used_for_some_time_counts_and_a_spike_does_not() {
    let store = store().await;
    let rows = &mut *connected(&store).await;
    let pod = with_a_pod(rows).await;
    let readings = Readings::new(store.pool.clone());
    let first = at("2027-01-31T05:00:00Z");
    let over = Duration::minutes(15);
    let mut seen = Vec::new();
    // Of 50 millicores, 20 a minute, and once, in the tenth minute, all of them.
    for minute in 0..30 {
        let now = first + Duration::minutes(minute);
        let cpu = if minute == 10 { 50 } else { 20 };
        readings
            .record(now, now, &[reading(pod, cpu)])
            .await
            .unwrap();
        let used = readings.sustained(now, over).await.unwrap();
        seen.push(used.first().map(|used| (used.cpu, used.cpu_limit)));
    }
    assert_eq!(seen[..12], [None; 12]);
    let most = seen.iter().flatten().map(|(cpu, _)| *cpu).max();
    assert_eq!(most, Some(22));
    let last = first + Duration::minutes(29);
    let used = readings.sustained(last, over).await.unwrap();
    let figures: Vec<_> = used[0].figures().collect();
    let expected = [(Resource::Cpu, 20, 50), (Resource::Memory, 32, 64)];
    assert_eq!(figures, expected);
    let later = last + Duration::minutes(1);
    let stopped = readings.sustained(later, over).await.unwrap();
    assert_eq!(stopped, []);
}
