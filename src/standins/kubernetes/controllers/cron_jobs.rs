//! CronJobs: a Job at each time of the schedule, by the clock of the cluster.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use super::super::cron::Schedule;
use super::super::kinds;
use super::super::paths::{is_deleting, list, number, object_at, text, time, truth};
use super::super::store::{Key, Store, reference};
use super::super::writes::{self, Terms};
use super::jobs::ended;
use super::owned::{MANAGER, controlled, controlled_by};
use super::{Controllers, events, garbage};

type Jobs = Vec<(Key, Arc<Value>)>;

pub(super) fn reconcile(
    controllers: &mut Controllers,
    store: &mut Store,
    key: &Key,
    cron: &Arc<Value>,
) {
    if is_deleting(cron) {
        return;
    }
    let zone = text(cron, "/spec/timeZone");
    let Some(schedule) = Schedule::parse(text(cron, "/spec/schedule"), zone) else {
        return;
    };
    let jobs = controlled(store, "jobs", key, text(cron, "/metadata/uid"));
    tidy(store, cron, &jobs);
    let ahead = Duration::from_millis(store.settings.clock_ahead_ms);
    let now = Utc::now() + ahead;
    let started = if truth(cron, "/spec/suspend") {
        None
    } else {
        due(cron, &schedule, now).filter(|at| start(store, key, cron, &jobs, *at))
    };
    report(store, key, started);
    // A schedule is in whole minutes.
    let into = u64::try_from(now.timestamp_millis() % 60_000).unwrap_or(0);
    controllers.after(key, Duration::from_millis(60_010 - into));
}

fn due(cron: &Value, schedule: &Schedule, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let last = time(cron, "/status/lastScheduleTime")
        .or_else(|| time(cron, "/metadata/creationTimestamp"))?;
    let at = schedule.due(last, now)?;
    match number(cron, "/spec/startingDeadlineSeconds") {
        Some(seconds) if (now - at).num_seconds() > seconds => None,
        _ => Some(at),
    }
}

/// Starts the Job of a time; says whether that time is dealt with.
fn start(store: &mut Store, key: &Key, cron: &Value, jobs: &Jobs, at: DateTime<Utc>) -> bool {
    let active: Vec<&Key> = jobs
        .iter()
        .filter(|(_, job)| !ended(job))
        .map(|(key, _)| key)
        .collect();
    match text(cron, "/spec/concurrencyPolicy") {
        "Forbid" if !active.is_empty() => {
            let why = "Not starting job because prior execution is running and concurrency policy is Forbid";
            events::normal(store, key, &events::CRON_JOBS, "JobAlreadyActive", why);
            return false;
        }
        "Replace" => active.iter().for_each(|job| {
            let message = format!("Deleted job {}", job.name);
            events::normal(store, key, &events::CRON_JOBS, "SuccessfulDelete", &message);
            garbage::in_background(store, job);
        }),
        _ => {}
    }
    let template = &cron["spec"]["jobTemplate"];
    let name = format!("{}-{}", key.name, at.timestamp() / 60);
    let mut job = json!({ "metadata": template["metadata"], "spec": template["spec"] });
    let metadata = object_at(&mut job, &["metadata"]);
    metadata.retain(|field, _| matches!(field.as_str(), "labels" | "annotations"));
    metadata.insert("name".into(), name.clone().into());
    metadata.insert("ownerReferences".into(), json!([controlled_by(key, cron)]));
    let stamp = at.to_rfc3339_opts(SecondsFormat::Secs, true);
    object_at(&mut job, &["metadata", "annotations"]).insert(
        "batch.kubernetes.io/cronjob-scheduled-timestamp".into(),
        stamp.into(),
    );
    let terms = Terms::internal(MANAGER, "");
    match writes::create(store, kinds::known("jobs"), &key.namespace, job, &terms) {
        Ok(_) => {
            let message = format!("Created job {name}");
            events::normal(store, key, &events::CRON_JOBS, "SuccessfulCreate", &message);
            true
        }
        Err(refusal) if refusal.reason == "AlreadyExists" => true,
        Err(refusal) => {
            let message = format!("Error creating job: {}", refusal.message);
            events::warning(store, key, &events::CRON_JOBS, "FailedCreate", &message);
            false
        }
    }
}

/// Removes the oldest finished Jobs beyond what is to be kept.
fn tidy(store: &mut Store, cron: &Value, jobs: &Jobs) {
    for (outcome, limit, default) in [
        ("Complete", "/spec/successfulJobsHistoryLimit", 3),
        ("Failed", "/spec/failedJobsHistoryLimit", 1),
    ] {
        let limit = number(cron, limit).unwrap_or(default);
        let mut finished: Vec<&Key> = jobs
            .iter()
            .filter(|(_, job)| has(job, outcome))
            .map(|(key, _)| key)
            .collect();
        // The names end in the time they were made for.
        finished.sort();
        let surplus = finished
            .len()
            .saturating_sub(usize::try_from(limit).unwrap_or(0));
        finished
            .into_iter()
            .take(surplus)
            .for_each(|job| garbage::in_background(store, job));
    }
}

fn has(job: &Value, outcome: &str) -> bool {
    list(job, "/status/conditions").iter().any(|condition| {
        text(condition, "/type") == outcome && text(condition, "/status") == "True"
    })
}

fn report(store: &mut Store, key: &Key, started: Option<DateTime<Utc>>) {
    let Some(cron) = store.get(key).cloned() else {
        return;
    };
    let jobs = controlled(store, "jobs", key, text(&cron, "/metadata/uid"));
    let active: Vec<Value> = jobs
        .iter()
        .filter(|(_, job)| !ended(job))
        .map(|(key, job)| {
            let mut job = reference(key, job);
            job["namespace"] = key.namespace.clone().into();
            job
        })
        .collect();
    let mut status = cron.get("status").cloned().unwrap_or_else(|| json!({}));
    let fields = object_at(&mut status, &[]);
    fields.remove("active");
    if !active.is_empty() {
        fields.insert("active".into(), active.into());
    }
    if let Some(at) = started {
        let stamp = at.to_rfc3339_opts(SecondsFormat::Secs, true);
        fields.insert("lastScheduleTime".into(), stamp.into());
    }
    let succeeded = jobs
        .iter()
        .filter(|(_, job)| has(job, "Complete"))
        .map(|(_, job)| text(job, "/status/completionTime"))
        .max();
    if let Some(at) = succeeded.filter(|at| !at.is_empty()) {
        fields.insert("lastSuccessfulTime".into(), at.into());
    }
    writes::set_status(store, key, status, MANAGER);
}
