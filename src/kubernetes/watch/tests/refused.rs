//! Pods that are refused to a database or a Job, of which events alone tell.

use super::*;
use k8s_openapi::api::core::v1::Event;

fn refused(to: &str) -> News {
    let message = r#"create Pod database-0 in StatefulSet database failed error: pods "database-0" is forbidden: exceeded quota: instance"#;
    let event = json!({"metadata": {}, "involvedObject": {"uid": to}, "reason": "FailedCreate", "message": message});
    News::Told(Change::Is(
        at("shop", "database.1"),
        told(&typed::<Event>(event)),
    ))
}

fn set(replicas: i32) -> News {
    let set = json!({"metadata": {"generation": 1, "uid": "set"}, "spec": with(json!({})),
        "status": {"observedGeneration": 1, "replicas": replicas}});
    News::Database(Change::Is(
        at("shop", "database"),
        stateful_set(&typed::<StatefulSet>(set)),
    ))
}

fn a_job(status: Value) -> News {
    let object = json!({"metadata": {"uid": "job"}, "status": status});
    News::Job(Change::Is(
        at("shop", "owner-a"),
        job(&typed::<Job>(object)),
    ))
}

const WHY: &str = "the cluster refuses its pods: exceeded quota: instance";

#[test]
fn a_database_without_its_pod_says_why_until_it_has_one() {
    let (mut picture, _) = listed(&[("shop", SHOP)]);
    picture.hear(set(0));
    let signals = picture.hear(refused("set"));
    assert_eq!(trouble_of(&signals).as_deref(), Some(WHY));
    assert!(observed(&signals)[0].ours);
    assert_eq!(picture.hear(refused("set")), [], "it was said already");
    assert_eq!(trouble_of(&picture.hear(set(1))), None);
}

#[test]
fn a_job_without_its_pod_says_why_and_one_that_has_one_or_is_over_does_not() {
    let (mut picture, _) = listed(&[("shop", SHOP)]);
    picture.hear(a_job(json!({})));
    let signals = picture.hear(refused("job"));
    assert_eq!(trouble_of(&signals).as_deref(), Some(WHY));
    assert_eq!(trouble_of(&picture.hear(a_job(json!({"active": 1})))), None);
    let over = json!({"conditions": [{"type": "Complete", "status": "True"}]});
    assert_eq!(trouble_of(&picture.hear(a_job(over))), None);
}

#[test]
fn what_was_refused_to_another_object_is_not_its_trouble() {
    let (mut picture, _) = listed(&[("shop", SHOP)]);
    picture.hear(set(0));
    assert_eq!(picture.hear(refused("the one before")), []);
}

#[test]
fn an_owner_job_that_failed_for_good_is_told() {
    let (mut picture, _) = listed(&[("shop", SHOP)]);
    let failed = json!({"conditions": [{"type": "Failed", "status": "True", "message": "it has reached the limit"}]});
    let signals = picture.hear(a_job(failed));
    let words = "the job that makes its owner failed: it has reached the limit";
    assert_eq!(trouble_of(&signals).as_deref(), Some(words));
}
