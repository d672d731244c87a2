//! What was scaled to nothing, and whose pods take their time to end.

use super::*;

fn pod_of(component: &str, phase: &str) -> PodFact {
    let metadata = json!({
        "name": "some", "labels": {"app.kubernetes.io/component": component},
        "deletionTimestamp": "2027-01-31T05:00:00Z",
    });
    pod(&typed::<Pod>(
        json!({"metadata": metadata, "status": {"phase": phase}}),
    ))
}

/// Whether app and database are suspended, of which the controllers count nothing any more, with such a pod; and whether
/// they are once it is gone.
fn suspended_with(pod: PodFact) -> [bool; 2] {
    let (mut picture, mut signals) = listed(&[("shop", SHOP)]);
    let zero = || json!({"replicas": 0});
    for news in [
        News::Pod(Change::Is(at("shop", "some"), pod)),
        News::Database(Change::Is(
            at("shop", "database"),
            database(zero(), json!({"observedGeneration": 1, "replicas": 0})),
        )),
        News::App(Change::Is(
            at("shop", "web"),
            app(zero(), json!({"observedGeneration": 2})),
        )),
    ] {
        signals.extend(picture.hear(news));
    }
    let is = |signals: &[Signal]| observed(signals).last().is_some_and(|seen| seen.suspended);
    let before = is(&signals);
    signals.extend(picture.hear(News::Pod(Change::Gone(at("shop", "some")))));
    [before, is(&signals)]
}

#[test]
fn an_app_is_suspended_only_once_its_last_pod_has_ended() {
    for component in ["web", "database"] {
        let suspended = suspended_with(pod_of(component, "Running"));
        assert_eq!(suspended, [false, true], "{component}");
    }
}

#[test]
fn a_pod_that_is_over_and_one_of_a_job_keep_nothing_from_being_suspended() {
    assert_eq!(suspended_with(pod_of("web", "Failed")), [true, true]);
    assert_eq!(suspended_with(pod_of("job", "Running")), [true, true]);
}
