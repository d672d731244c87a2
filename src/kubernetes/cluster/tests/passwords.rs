use std::sync::Mutex;

use super::*;

/// A server with one Secret, which refuses a change of an older version of it, and with these Jobs.
async fn server(jobs: &[&str]) -> Scripted {
    let mut secret = ours(object("Secret", "app"));
    secret["data"] = json!({"admin-password": "Zmlyc3Q="});
    secret["metadata"]["resourceVersion"] = json!("1");
    let stored = Mutex::new(secret);
    let job = |name: &&str| {
        let mut job = ours(object("Job", name));
        job["apiVersion"] = json!("batch/v1");
        job
    };
    let jobs: Vec<Value> = jobs.iter().map(job).collect();
    Scripted::start(move |asked| {
        let mut stored = stored.lock().unwrap();
        match asked.call.split_once(' ').unwrap() {
            ("GET", path) if path.contains("/jobs") => Answer::ok(
                json!({"apiVersion": "batch/v1", "kind": "JobList", "metadata": {}, "items": jobs}),
            ),
            ("DELETE", path) if path.contains("reset-gone") => Answer::refused(404, "not found"),
            ("DELETE", _) => Answer::ok(json!({"kind": "Status", "status": "Success"})),
            ("GET", _) => Answer::ok(stored.clone()),
            _ => {
                let (held, sent) = (&mut *stored, &asked.body);
                if sent["metadata"]["resourceVersion"] != held["metadata"]["resourceVersion"] {
                    return Answer::refused(409, "changed since");
                }
                for part in ["/metadata/annotations", "/data"] {
                    for (key, value) in sent.pointer(part).unwrap().as_object().unwrap() {
                        let at = part.trim_start_matches('/').split('/');
                        let held = at.fold(&mut *held, |held, step| &mut held[step]);
                        match value {
                            Value::Null => drop(held.as_object_mut().unwrap().remove(key)),
                            value => held[key] = value.clone(),
                        }
                    }
                }
                held["metadata"]["resourceVersion"] = json!("2");
                Answer::ok(held.clone())
            }
        }
    })
    .await
}

fn spec_of(recipes: &Recipes, operation: u32) -> InstanceSpec {
    InstanceSpec {
        operation,
        ..ghost(recipes)
    }
}

async fn password(api: &Scripted) -> (String, u32) {
    let read = api.cluster.read_credentials("x").await.unwrap();
    (read.admin_password.expose().to_owned(), read.operation)
}

fn changes(api: &Scripted) -> usize {
    let calls = api.calls();
    calls
        .iter()
        .filter(|call| call.starts_with("PATCH"))
        .count()
}

#[tokio::test]
async fn an_operation_makes_one_password_and_it_counts_once_it_is_kept() {
    let (api, recipes) = (server(&[]).await, recipes());
    let (cluster, spec) = (&api.cluster, spec_of(&recipes, 3));
    let recipe = recipes.get("ghost").unwrap();
    for _ in 0..2 {
        cluster.make_next_password(&recipes, &spec).await.unwrap();
    }
    assert_eq!(changes(&api), 1, "the second attempt finds the first one's");
    assert_eq!(password(&api).await, ("first".to_owned(), 0));
    for _ in 0..2 {
        cluster.keep_next_password(recipe, &spec).await.unwrap();
    }
    assert_eq!(changes(&api), 2);
    let (kept, operation) = password(&api).await;
    assert_eq!((kept.len(), operation), (24, 3));
}

#[tokio::test]
async fn what_an_older_operation_left_behind_is_not_kept_for_a_newer_one() {
    let (api, recipes) = (server(&[]).await, recipes());
    let cluster = &api.cluster;
    let recipe = recipes.get("ghost").unwrap();
    let nothing = cluster
        .keep_next_password(recipe, &spec_of(&recipes, 3))
        .await;
    assert_eq!(nothing.unwrap_err().code(), "cluster.invalid");
    cluster
        .make_next_password(&recipes, &spec_of(&recipes, 3))
        .await
        .unwrap();
    let other = cluster
        .keep_next_password(recipe, &spec_of(&recipes, 4))
        .await;
    assert_eq!(other.unwrap_err().code(), "cluster.invalid");
    cluster
        .make_next_password(&recipes, &spec_of(&recipes, 4))
        .await
        .unwrap();
    assert_eq!(changes(&api), 2, "the newer operation makes its own");
    assert_eq!(password(&api).await, ("first".to_owned(), 0));
}

#[tokio::test]
async fn jobs_of_other_resets_go_with_their_pods_before_the_next_one() {
    let recipes = recipes();
    let spec = spec_of(&recipes, 3);
    let own = recipes.reset_job(&spec).unwrap().unwrap();
    let api = server(&["owner-1", &own]).await;
    assert!(api.cluster.no_other_reset(&recipes, &spec).await.unwrap());
    let api = server(&["owner-1", &own, "reset-other", "reset-gone"]).await;
    assert!(!api.cluster.no_other_reset(&recipes, &spec).await.unwrap());
    let asked = api.asked();
    let deleted: Vec<_> = asked
        .iter()
        .filter(|it| it.call.starts_with("DELETE"))
        .collect();
    assert_eq!(deleted.len(), 2);
    assert!(
        deleted
            .iter()
            .all(|it| it.body["propagationPolicy"] == "Foreground")
    );
}
