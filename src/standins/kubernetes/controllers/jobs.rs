//! Jobs: pods that run to completion, counted until enough succeeded or too many failed.

use std::sync::Arc;

use chrono::{Duration, Utc};
use serde_json::{Value, json};

use super::super::paths::{entry, is_deleting, list, now, number, object_at, text, time, truth};
use super::super::store::{Key, Store};
use super::super::writes;
use super::owned::{
    MANAGER, PodName, controlled, count, create_pod, is_active, is_ready, put_count,
};
use super::{Controllers, conditions, events, garbage};

type Pods = Vec<(Key, Arc<Value>)>;

pub(super) fn reconcile(
    controllers: &mut Controllers,
    store: &mut Store,
    key: &Key,
    job: &Arc<Value>,
) {
    if is_deleting(job) {
        return;
    }
    if ended(job) {
        expire(controllers, store, key, job);
        return;
    }
    let pods = controlled(store, "pods", key, text(job, "/metadata/uid"));
    let succeeded = with_phase(&pods, "Succeeded");
    let failed = with_phase(&pods, "Failed");
    let restarts: i64 = pods.iter().map(|(_, pod)| restarts(pod)).sum();
    let limit = number(job, "/spec/backoffLimit").unwrap_or(6);
    let wanted = number(job, "/spec/completions").unwrap_or(1);
    let start = time(job, "/status/startTime");
    let late = match (number(job, "/spec/activeDeadlineSeconds"), start) {
        (Some(seconds), Some(start)) => {
            let left = start + Duration::seconds(seconds) - Utc::now();
            if left > Duration::zero() {
                controllers.after(
                    key,
                    left.to_std().unwrap_or_default() + std::time::Duration::from_millis(10),
                );
            }
            left <= Duration::zero()
        }
        (Some(seconds), None) => {
            controllers.after(
                key,
                std::time::Duration::from_secs(seconds.max(0).unsigned_abs() + 1),
            );
            false
        }
        _ => false,
    };
    if succeeded >= wanted {
        finish(
            store,
            key,
            &pods,
            (
                "Complete",
                "CompletionsReached",
                "Reached expected number of succeeded pods",
            ),
        );
    } else if late {
        let why = "Job was active longer than specified deadline";
        finish(store, key, &pods, ("Failed", "DeadlineExceeded", why));
    } else if failed > limit || (restarts > 0 && restarts >= limit) {
        let why = "Job has reached the specified backoff limit";
        finish(store, key, &pods, ("Failed", "BackoffLimitExceeded", why));
    } else {
        work(controllers, store, key, job, &pods, wanted - succeeded);
    }
}

pub(super) fn ended(job: &Value) -> bool {
    ["Complete", "Failed"].iter().any(|kind| {
        entry(list(job, "/status/conditions"), "type", kind)
            .is_some_and(|condition| text(condition, "/status") == "True")
    })
}

fn with_phase(pods: &Pods, phase: &str) -> i64 {
    count(
        pods.iter()
            .filter(|(_, pod)| text(pod, "/status/phase") == phase),
    )
}

fn restarts(pod: &Value) -> i64 {
    list(pod, "/status/containerStatuses")
        .iter()
        .map(|status| number(status, "/restartCount").unwrap_or(0))
        .sum()
}

/// A finished Job may have a time after which it goes.
fn expire(controllers: &mut Controllers, store: &mut Store, key: &Key, job: &Value) {
    let Some(seconds) = number(job, "/spec/ttlSecondsAfterFinished") else {
        return;
    };
    let finished = list(job, "/status/conditions")
        .iter()
        .filter_map(|condition| time(condition, "/lastTransitionTime"))
        .max();
    let left = finished.unwrap_or_else(Utc::now) + Duration::seconds(seconds) - Utc::now();
    if left > Duration::zero() {
        controllers.after(
            key,
            left.to_std().unwrap_or_default() + std::time::Duration::from_millis(10),
        );
    } else {
        garbage::in_background(store, key);
    }
}

/// Starts what is missing and reports how far the Job is.
fn work(
    controllers: &mut Controllers,
    store: &mut Store,
    key: &Key,
    job: &Arc<Value>,
    pods: &Pods,
    missing: i64,
) {
    let suspended = truth(job, "/spec/suspend");
    let active: Vec<&(Key, Arc<Value>)> = pods.iter().filter(|(_, pod)| is_active(pod)).collect();
    let failed = with_phase(pods, "Failed");
    let wanted = if suspended {
        0
    } else {
        missing.min(number(job, "/spec/parallelism").unwrap_or(1))
    };
    if suspended {
        active
            .iter()
            .for_each(|(pod, _)| garbage::in_background(store, pod));
    }
    // After a failure the next attempt waits, a little longer each time.
    let doublings = u32::try_from(failed).unwrap_or(4).min(4);
    let pause = controllers.start * 2_u32.pow(doublings) / 2;
    let rested = failed == 0 || controllers.has_been(key, &format!("failed {failed}"), pause);
    if rested && !controllers.rests(key) {
        for _ in count(active.iter())..wanted {
            let name = PodName::StartingWith(format!("{}-", key.name));
            match create_pod(store, key, job, name, &[], |_| {}) {
                Ok(name) => {
                    let message = format!("Created pod: {name}");
                    events::normal(store, key, &events::JOBS, "SuccessfulCreate", &message);
                }
                Err(refusal) => {
                    let message = format!("Error creating: {}", refusal.message);
                    events::warning(store, key, &events::JOBS, "FailedCreate", &message);
                    controllers.refused(key);
                    break;
                }
            }
        }
    }
    report(store, key, |status| {
        if !suspended && text(status, "/startTime").is_empty() {
            status["startTime"] = now().into();
        }
        let mut all = list(status, "/conditions").to_vec();
        if suspended {
            conditions::set(
                &mut all,
                "Suspended",
                "True",
                "JobSuspended",
                "Job suspended",
            );
        } else if entry(&all, "type", "Suspended").is_some() {
            conditions::set(&mut all, "Suspended", "False", "JobResumed", "Job resumed");
        }
        if !all.is_empty() {
            status["conditions"] = all.into();
        }
    });
}

fn finish(store: &mut Store, key: &Key, pods: &Pods, (kind, reason, message): (&str, &str, &str)) {
    for (pod, object) in pods {
        if is_active(object) {
            garbage::in_background(store, pod);
        }
    }
    report(store, key, |status| {
        let mut all = list(status, "/conditions").to_vec();
        let first = if kind == "Complete" {
            "SuccessCriteriaMet"
        } else {
            "FailureTarget"
        };
        conditions::set(&mut all, first, "True", reason, message);
        conditions::set(&mut all, kind, "True", reason, message);
        status["conditions"] = all.into();
        object_at(status, &[]).remove("active");
        object_at(status, &[]).remove("ready");
        if kind == "Complete" {
            status["completionTime"] = now().into();
        }
    });
    if kind == "Complete" {
        events::normal(store, key, &events::JOBS, "Completed", "Job completed");
    } else {
        events::warning(store, key, &events::JOBS, reason, message);
    }
}

fn report(store: &mut Store, key: &Key, adjust: impl FnOnce(&mut Value)) {
    let Some(job) = store.get(key).cloned() else {
        return;
    };
    let pods = controlled(store, "pods", key, text(&job, "/metadata/uid"));
    let mut status = job.get("status").cloned().unwrap_or_else(|| json!({}));
    put_count(
        &mut status,
        "active",
        count(pods.iter().filter(|(_, pod)| is_active(pod))),
    );
    put_count(&mut status, "succeeded", with_phase(&pods, "Succeeded"));
    put_count(&mut status, "failed", with_phase(&pods, "Failed"));
    status["ready"] = count(
        pods.iter()
            .filter(|(_, pod)| is_active(pod) && is_ready(pod)),
    )
    .into();
    status["terminating"] = count(pods.iter().filter(|(_, pod)| is_deleting(pod))).into();
    status["uncountedTerminatedPods"] = json!({});
    adjust(&mut status);
    writes::set_status(store, key, status, MANAGER);
}
