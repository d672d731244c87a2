use super::*;
use crate::kubernetes::recipes::sample::sample_by_gateway;

fn route(spec: &InstanceSpec) -> Value {
    let mut objects = recipes().desired(spec, Stage::Route).unwrap();
    assert_eq!(objects.len(), 1);
    serde_json::to_value(objects.remove(0)).unwrap()
}

#[test]
fn an_ingress_leads_the_apps_host_to_the_app_under_the_entrances_own_certificate() {
    for recipe in recipes().iter() {
        let route = route(&sample(recipe));
        assert_eq!(route["kind"], "Ingress");
        assert_eq!(route["spec"]["ingressClassName"], "traefik");
        let rule = &route["spec"]["rules"][0];
        assert_eq!(rule["host"], "sample.apps.example.id");
        let service = &rule["http"]["paths"][0]["backend"]["service"];
        assert_eq!(service, &json!({"name": "web", "port": {"name": "http"}}));
        let tls = json!([{"hosts": ["sample.apps.example.id"]}]);
        assert_eq!(route["spec"]["tls"], tls);
    }
}

#[test]
fn where_a_gateway_is_the_entrance_the_route_belongs_to_it() {
    for recipe in recipes().iter() {
        let spec = sample_by_gateway(recipe);
        let route = route(&spec);
        assert_eq!(route["apiVersion"], "gateway.networking.k8s.io/v1");
        assert_eq!(route["kind"], "HTTPRoute");
        assert_eq!(route["metadata"]["namespace"], spec.namespace());
        let expected = json!({
            "parentRefs": [{"name": "public", "namespace": "gateway-system"}],
            "hostnames": ["sample.apps.example.id"],
            "rules": [{"backendRefs": [{"name": "web", "port": 80}]}],
        });
        assert_eq!(route["spec"], expected);
    }
}

#[test]
fn a_misspelt_field_of_a_route_is_found() {
    let recipes = recipes();
    let recipe = recipes.get("ghost").unwrap();
    let object = recipes
        .desired(&sample_by_gateway(recipe), Stage::Route)
        .unwrap()
        .remove(0);
    let mut object = serde_json::to_value(object).unwrap();
    assert_eq!(decode::flaws(Stage::Route, &object), []);
    object["spec"]["rules"][0]["backendRef"] = json!([]);
    let found = decode::flaws(Stage::Route, &object);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].0, ".spec.rules[0].backendRef");
}

#[test]
fn no_route_leads_to_an_app_that_rests() {
    let recipes = recipes();
    for recipe in recipes.iter() {
        let spec = InstanceSpec {
            resting: true,
            ..sample(recipe)
        };
        assert_eq!(recipes.desired(&spec, Stage::Route).unwrap(), []);
        assert!(!recipes.desired(&spec, Stage::App).unwrap().is_empty());
    }
}
