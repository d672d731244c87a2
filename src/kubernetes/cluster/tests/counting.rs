//! Which answers are errors of the cluster.

use super::*;
use crate::kubernetes::error::ClusterError;

async fn orders(cluster: &Cluster) -> Result<Applied, ClusterError> {
    let recipes = recipes();
    let spec = ghost(&recipes);
    cluster.run_stage(&recipes, &spec, Stage::App, EFFECT).await
}

#[tokio::test]
async fn an_order_that_is_refused_is_counted_by_why() {
    for (status, message, code) in [
        (403, "User \"purser\" cannot patch", "cluster.forbidden"),
        (403, "exceeded quota: instance", "cluster.quota"),
        (422, "field is immutable", "cluster.invalid"),
        (503, "shutting down", "cluster.server_error"),
    ] {
        let api = Scripted::start(move |asked| match asked.call.starts_with("PATCH ") {
            true => Answer::refused(status, message),
            false => Answer::refused(404, "not found"),
        })
        .await;
        orders(&api.cluster).await.unwrap_err();
        assert_eq!(api.cluster.errors(), [(code, 1)], "{message}");
    }
    let warning = "would violate PodSecurity \"restricted:v1.34\"";
    let api = Scripted::start(move |asked| Answer::ok(asked.body.clone()).warning(warning)).await;
    orders(&api.cluster).await.unwrap_err();
    assert_eq!(api.cluster.errors(), [("cluster.pod_security", 1)]);
}

#[tokio::test]
async fn an_order_that_nobody_answers_is_counted() {
    // It takes connections and says nothing.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", silent.local_addr().unwrap());
    let cluster = scripted::connect_for(&address, 100).await;
    orders(&cluster).await.unwrap_err();
    assert_eq!(cluster.errors(), [("cluster.timed_out", 1)]);
}

#[tokio::test]
async fn an_edit_that_is_put_back_is_no_error_of_the_cluster() {
    let api = Scripted::start(|asked| match asked {
        _ if asked.call.starts_with("GET ") => Answer::ok(ours(object("Deployment", "web"))),
        _ if asked.query.contains("force=true") => Answer::ok(asked.body.clone()),
        _ => Answer::field_conflict("conflict with \"kubectl-edit\": .spec"),
    })
    .await;
    let applied = orders(&api.cluster).await.unwrap();
    assert!(!applied.put_back.is_empty());
    assert_eq!(api.cluster.errors(), []);
}

#[tokio::test]
async fn a_right_counts_a_moment_after_it_was_bound_and_not_much_later() {
    let recipes = recipes();
    let spec = ghost(&recipes);
    for (binding_is_new, counted) in [(true, vec![]), (false, vec![("cluster.forbidden", 1)])] {
        let api = Scripted::start(
            move |asked| match asked.call.ends_with("/purser-instance") {
                true if binding_is_new => Answer::made(asked.body.clone()),
                true => Answer::ok(asked.body.clone()),
                false => Answer::refused(403, "User \"purser\" cannot patch"),
            },
        )
        .await;
        let guards = api
            .cluster
            .run_stage(&recipes, &spec, Stage::Guards, EFFECT)
            .await;
        assert_eq!(guards.unwrap_err().code(), "cluster.forbidden");
        assert_eq!(api.cluster.errors(), counted, "new: {binding_is_new}");
    }
}

#[tokio::test]
async fn what_is_not_there_and_need_not_be_is_no_error_of_the_cluster() {
    let api = Scripted::start(|asked| match asked {
        _ if asked.call.starts_with("DELETE ") => Answer::refused(404, "not found"),
        _ if asked.call == "GET /api/v1/namespaces/x" => Answer::ok(ours(object("Namespace", "x"))),
        // No kind that is listed is known, and no API for metrics.
        _ => Answer::refused(404, "the server could not find the requested resource"),
    })
    .await;
    let cluster = &api.cluster;
    cluster.inventory().await.unwrap();
    cluster.pod_use().await.unwrap_err();
    cluster.delete_namespace("x").await.unwrap();
    assert_eq!(cluster.errors(), []);
}
