use k8s_openapi::api::core::v1::Node;
use kube::api::DeleteParams;

use super::*;
use crate::kubernetes::watch::{NodeSeen, NodeWatch, NodesSeen};
use crate::standins::kubernetes::Outage;

/// Looks at every new picture until it is as described.
async fn until(nodes: &mut NodeWatch, what: &str, is: impl Fn(&NodesSeen) -> bool) -> NodesSeen {
    let seen = async {
        loop {
            if let Some(seen) = nodes.seen().filter(|seen| is(seen)) {
                return (*seen).clone();
            }
            nodes.changed().await;
        }
    };
    timeout(BOUND, seen)
        .await
        .unwrap_or_else(|_| panic!("not {what}"))
}

fn watch(live: &Live) -> NodeWatch {
    let label = "purser.example/pool".into();
    NodeWatch::start(live.cluster.clone(), live.watch.healthy(), label)
}

fn node<'a>(seen: &'a NodesSeen, name: &str) -> &'a NodeSeen {
    seen.nodes.iter().find(|node| node.name == name).unwrap()
}

fn standing(seen: &NodesSeen) -> u32 {
    seen.nodes.iter().map(|node| node.allocated.pods).sum()
}

#[tokio::test]
async fn nodes_are_seen_with_what_stands_on_them() {
    let mut live = Live::start().await;
    let mut nodes = watch(&live);
    let seen = until(&mut nodes, "three", |seen| seen.nodes.len() == 3).await;
    let first = node(&seen, "node-0");
    assert!(first.ready && !first.cordoned && first.pool == "default");
    assert_eq!(first.allocatable.cpu_millicores, 32_000);
    let spec = live.instance("wordpress");
    let spec = live.bring_up(spec).await;
    let seen = until(&mut nodes, "taken", |seen| standing(seen) == 2).await;
    let pods = live.recipes.pods("wordpress", spec.plan).unwrap();
    let memory: u32 = pods.iter().map(|pod| pod.memory_mib).sum();
    let taken: u32 = seen
        .nodes
        .iter()
        .map(|node| node.allocated.memory_mib)
        .sum();
    assert_eq!(taken, memory, "what is foretold is what is asked for");
    live.cluster
        .delete_namespace(&spec.namespace())
        .await
        .unwrap();
    until(&mut nodes, "free", |seen| standing(seen) == 0).await;
}

#[tokio::test]
async fn a_lost_history_and_an_outage_hide_no_change_of_a_node() {
    let live = Live::start().await;
    let mut nodes = watch(&live);
    until(&mut nodes, "three", |seen| seen.nodes.len() == 3).await;
    live.cluster
        .set_unschedulable("node-1", true)
        .await
        .unwrap();
    until(&mut nodes, "cordoned", |seen| node(seen, "node-1").cordoned).await;
    live.standin.compact();
    live.cluster
        .set_unschedulable("node-1", false)
        .await
        .unwrap();
    until(&mut nodes, "back", |seen| !node(seen, "node-1").cordoned).await;

    live.standin.set_outage(Outage::Refuse);
    live.health_becomes(false).await;
    assert_eq!(nodes.seen().map(|seen| seen.nodes.len()), Some(3));
    live.standin.set_outage(Outage::None);
    live.health_becomes(true).await;
    let api = Api::<Node>::all(live.cluster.client());
    api.delete("node-2", &DeleteParams::default())
        .await
        .unwrap();
    until(&mut nodes, "two", |seen| seen.nodes.len() == 2).await;
}
