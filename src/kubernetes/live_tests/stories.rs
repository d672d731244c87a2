use std::pin::pin;

use futures_util::StreamExt;
use kube::api::{Patch, PatchParams};
use serde_json::json;

use super::*;
use crate::standins::kubernetes::{Behaviour, Fault, Outage, Scope};

#[tokio::test]
async fn every_app_comes_up_in_its_own_order_and_a_second_apply_changes_nothing() {
    let mut live = Live::start().await;
    for recipe in ["wordpress", "ghost", "n8n"] {
        let spec = live.instance(recipe);
        let spec = live.bring_up(spec).await;
        let password = live
            .cluster
            .read_credentials(&spec.namespace())
            .await
            .unwrap();
        let version = live
            .deployments(&spec)
            .get("web")
            .await
            .unwrap()
            .metadata
            .generation;
        for stage in live.recipes.get(recipe).unwrap().stages() {
            assert_eq!(
                live.stage(&spec, stage).await,
                Applied::default(),
                "{recipe} {stage:?}"
            );
        }
        assert_eq!(
            live.deployments(&spec)
                .get("web")
                .await
                .unwrap()
                .metadata
                .generation,
            version
        );
        assert_eq!(
            live.cluster
                .read_credentials(&spec.namespace())
                .await
                .unwrap(),
            password
        );
        let owned = live
            .cluster
            .owned_namespaces(Some(spec.customer))
            .await
            .unwrap();
        assert!(
            owned
                .iter()
                .any(|namespace| namespace.instance == spec.instance && !namespace.terminating)
        );
    }
}

#[tokio::test]
async fn a_deletion_is_followed_until_nothing_is_left() {
    let mut live = Live::start().await;
    let spec = live.instance("n8n");
    let spec = live.bring_up(spec).await;
    live.cluster
        .delete_namespace(&spec.namespace())
        .await
        .unwrap();
    live.until(&spec, "gone", |it| it.namespace == NamespacePhase::Absent)
        .await;
    assert!(
        live.cluster
            .namespace_gone(&spec.namespace())
            .await
            .unwrap()
    );
    live.cluster
        .delete_namespace(&spec.namespace())
        .await
        .unwrap();
    assert_eq!(live.cluster.owned_namespaces(None).await.unwrap(), []);
}

#[tokio::test]
async fn what_somebody_edits_is_put_back() {
    let mut live = Live::start().await;
    let spec = live.instance("n8n");
    let spec = live.bring_up(spec).await;
    let edit = json!({"spec": {"progressDeadlineSeconds": 17}});
    let by_hand = PatchParams {
        field_manager: Some("kubectl-edit".into()),
        ..PatchParams::default()
    };
    live.deployments(&spec)
        .patch("web", &by_hand, &Patch::Merge(edit))
        .await
        .unwrap();
    let applied = live.stage(&spec, Stage::App).await;
    let by = &applied.put_back[0];
    assert_eq!((applied.put_back.len(), &*by.object), (1, "Deployment/web"));
    assert_eq!(by.managers[0].manager, "kubectl-edit");
    let put_back = live.deployments(&spec).get("web").await.unwrap();
    let deadline = put_back.spec.unwrap().progress_deadline_seconds;
    assert_eq!(deadline, Some(1_200));
    assert_eq!(live.stage(&spec, Stage::App).await, Applied::default());
}

#[tokio::test]
async fn suspension_survives_a_repeated_apply_and_ends_when_asked() {
    let mut live = Live::start().await;
    let spec = live.instance("n8n");
    let spec = live.bring_up(spec).await;
    live.suspends(&spec, 1).await;
    live.until(&spec, "suspended", |it| {
        it.suspended && !it.app_ready && it.operation == 1
    })
    .await;
    assert_eq!(live.stage(&spec, Stage::Database).await, Applied::default());
    assert_eq!(live.stage(&spec, Stage::App).await, Applied::default());
    assert_eq!(
        live.deployments(&spec)
            .get("web")
            .await
            .unwrap()
            .spec
            .unwrap()
            .replicas,
        Some(0)
    );
    while !live.cluster.resume(&spec.namespace(), 2).await.unwrap() {
        live.until(&spec, "stored", |it| it.database_ready).await;
    }
    live.until(&spec, "ready again", |it| {
        it.app_ready && it.database_ready && !it.suspended && it.operation == 2
    })
    .await;
}

#[tokio::test]
async fn a_restart_is_one_new_rollout_per_effect() {
    let mut live = Live::start().await;
    let spec = live.instance("n8n");
    let spec = live.bring_up(spec).await;
    let before = live.generation(&spec).await.unwrap();
    let effect = Uuid::now_v7();
    for _ in 0..2 {
        live.cluster
            .restart(&spec.namespace(), 1, effect)
            .await
            .unwrap();
        assert_eq!(live.generation(&spec).await, Some(before + 1));
    }
    live.until(&spec, "restarting", |it| !it.app_ready).await;
    assert_eq!(live.stage(&spec, Stage::App).await, Applied::default());
    live.cluster
        .restart(&spec.namespace(), 2, Uuid::now_v7())
        .await
        .unwrap();
    assert_eq!(live.generation(&spec).await, Some(before + 2));
    live.until(&spec, "ready again", |it| it.app_ready && it.operation == 2)
        .await;
}

#[tokio::test]
async fn logs_are_read_whole_and_line_by_line() {
    let mut live = Live::start().await;
    let spec = live.instance("n8n");
    let spec = live.bring_up(spec).await;
    let query = LogQuery::default();
    let printed = live.cluster.logs(&spec.namespace(), &query).await.unwrap();
    let mut followed = pin!(
        live.cluster
            .follow_logs(&spec.namespace(), &query)
            .await
            .unwrap()
    );
    let first = timeout(BOUND, followed.next())
        .await
        .unwrap()
        .unwrap()
        .unwrap();
    assert_eq!(printed.lines().next(), Some(&*first.text));
    let nobody = LogQuery {
        component: "job".into(),
        ..query
    };
    let refusal = live
        .cluster
        .logs(&spec.namespace(), &nobody)
        .await
        .unwrap_err();
    assert_eq!(refusal.code(), "cluster.not_found");
}

#[tokio::test]
async fn trouble_is_told_and_its_end_too() {
    let mut live = Live::start().await;
    let spec = live.instance("n8n");
    let scope = Scope {
        workload: Some("web".into()),
        ..Scope::default()
    };
    live.standin.set_behaviour(Behaviour {
        scope,
        fault: Fault::ImagePull,
    });
    for stage in [
        Stage::Namespace,
        Stage::Guards,
        Stage::Secret,
        Stage::Database,
        Stage::App,
    ] {
        live.stage(&spec, stage).await;
    }
    let seen = live
        .until(&spec, "in trouble", |it| it.trouble.is_some())
        .await;
    assert!(seen.trouble.unwrap().ends_with("cannot be pulled"));
    live.standin.clear_behaviours();
    live.until(&spec, "well", |it| it.app_ready && it.trouble.is_none())
        .await;
}

#[tokio::test]
async fn a_lost_history_and_an_outage_lose_no_change() {
    let mut live = Live::start().await;
    let spec = live.instance("n8n");
    let spec = live.bring_up(spec).await;
    live.standin.compact();
    live.suspends(&spec, 1).await;
    live.until(&spec, "suspended", |it| it.suspended).await;
    live.standin.set_outage(Outage::Refuse);
    live.health_becomes(false).await;
    let refusal = live.cluster.answers().await.unwrap_err();
    assert!(
        matches!(refusal.backoff(), Backoff::After(_)),
        "{refusal:?}"
    );
    live.standin.set_outage(Outage::None);
    live.health_becomes(true).await;
    live.cluster
        .delete_namespace(&spec.namespace())
        .await
        .unwrap();
    live.until(&spec, "gone", |it| it.namespace == NamespacePhase::Absent)
        .await;
}
