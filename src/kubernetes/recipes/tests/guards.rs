//! Who reaches an app, and whom it reaches.

use super::*;
use crate::kubernetes::{network::internet, recipes::sample::mailing};

fn policy(spec: &InstanceSpec, name: &str) -> Value {
    let guards = recipes().desired(spec, Stage::Guards).unwrap();
    let mut policies = decoded::<NetworkPolicy>(&guards, "NetworkPolicy").into_iter();
    let policy = policies.find(|policy| policy.metadata.name.as_deref() == Some(name));
    serde_json::to_value(policy.unwrap().spec.unwrap()).unwrap()
}

#[test]
fn of_the_entrances_namespace_only_pods_with_its_labels_may_come() {
    for recipe in recipes().iter() {
        let mut spec = sample(recipe);
        let namespace = json!({"matchLabels": {"kubernetes.io/metadata.name": "gateway-system"}});
        let from = policy(&spec, "web-from-gateway")["ingress"][0]["from"].clone();
        assert_eq!(from, json!([{"namespaceSelector": namespace}]));
        let labels = [
            ("app.kubernetes.io/name".to_owned(), "traefik".to_owned()),
            ("tier".to_owned(), String::new()),
        ];
        spec.settings.gateway_pod_labels = labels.into();
        let pods = json!({"matchLabels": {"app.kubernetes.io/name": "traefik", "tier": ""}});
        let from = policy(&spec, "web-from-gateway")["ingress"][0]["from"].clone();
        let both = json!([{"namespaceSelector": namespace, "podSelector": pods}]);
        assert_eq!(from, both, "{}", recipe.name);
    }
}

#[test]
fn what_the_operator_closes_is_left_out_of_the_internet() {
    let closed = ["203.0.113.0/24", "2001:db8::/32"].map(|it| it.parse().unwrap());
    for recipe in recipes().iter() {
        let mut spec = mailing(recipe);
        let to = |spec: &InstanceSpec, name: &str| policy(spec, name)["egress"][0]["to"].clone();
        assert_eq!(to(&spec, "web-to-internet"), internet(&[]));
        spec.settings.closed_networks = closed.to_vec();
        for name in ["web-to-internet", "web-to-mail"] {
            let peers = to(&spec, name);
            assert_eq!(peers, internet(&closed), "{}: {name}", recipe.name);
            let v6 = peers[1]["ipBlock"]["except"].as_array().unwrap();
            assert_eq!(v6.last().unwrap(), "2001:db8::/32");
        }
    }
}
