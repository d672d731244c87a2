use super::*;

#[test]
fn the_newest_owner_job_counts() {
    let (mut picture, _) = listed(&[("shop", SHOP)]);
    let failed =
        json!([{"type": "Failed", "status": "True", "message": "it has reached the limit"}]);
    picture.hear(News::Job(Change::Is(
        at("shop", "owner-b"),
        owner(json!([]), "2026-01-01T00:00:00Z"),
    )));
    let signals = picture.hear(News::Job(Change::Is(
        at("shop", "owner-a"),
        owner(failed, "2026-01-02T00:00:00Z"),
    )));
    assert_eq!(
        observed(&signals)[0].owner_job,
        JobResult::Failed("it has reached the limit".into())
    );
}

fn reset(operation: u32, conditions: Value) -> JobFact {
    let annotations = json!({"purser.example/operation": operation.to_string()});
    let created = "2026-01-01T00:00:00Z";
    let metadata = json!({"creationTimestamp": created, "annotations": annotations});
    job(&typed::<Job>(
        json!({"metadata": metadata, "status": {"conditions": conditions}}),
    ))
}

#[test]
fn the_reset_of_the_newest_operation_counts() {
    let (mut picture, _) = listed(&[("shop", SHOP)]);
    let complete = json!([{"type": "Complete", "status": "True"}]);
    let mut heard = |name: &str, fact| {
        let signals = picture.hear(News::Job(Change::Is(at("shop", name), fact)));
        observed(&signals).last().map(|seen| seen.reset_job.clone())
    };
    let running = |operation| Some(Some((operation, JobResult::Running)));
    assert_eq!(heard("owner-a", reset(0, json!([]))), Some(None));
    assert_eq!(heard("reset-b", reset(3, json!([]))), running(3));
    assert_eq!(heard("reset-a", reset(10, json!([]))), running(10));
    assert_eq!(heard("reset-b", reset(3, complete.clone())), None);
    let done = Some(Some((10, JobResult::Succeeded)));
    assert_eq!(heard("reset-a", reset(10, complete)), done);
}
