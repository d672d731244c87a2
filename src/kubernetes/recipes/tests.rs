use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::{
    api::{
        apps::v1::{Deployment, StatefulSet},
        batch::v1::Job,
        core::v1::{Container, Namespace, PodTemplateSpec, ResourceQuota},
        networking::v1::NetworkPolicy,
        rbac::v1::RoleBinding,
    },
    apimachinery::pkg::api::resource::Quantity,
};
use kube::core::DynamicObject;
use serde_json::{Value, json};

use super::{manifest::sample, *};
use crate::kubernetes::spec::PlanResources;
use crate::kubernetes::{
    COMPONENT_LABEL, INSTANCE_LABEL, MANAGED_BY, NAME_LABEL, PART_OF, customer_label,
    instance_label,
};

const STAGES: [Stage; 7] = [
    Stage::Namespace,
    Stage::Guards,
    Stage::Secret,
    Stage::Database,
    Stage::Owner,
    Stage::App,
    Stage::Route,
];

/// What a customer might type: YAML, JSON, template, shell, kubelet, and letters that YAML folds or refuses.
const NASTY: [&str; 8] = [
    "\"}]\n- {name: EVIL, value: \"1",
    "x\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: evil}",
    "{{ cluster.registry }} {% raw %} #}",
    "'; rm -rf / #`id`$HOME \\ \" end",
    "$(ADMIN_PASSWORD) $$(ADMIN_PASSWORD) $$$ $",
    "Toko \u{1F35C} \u{2028}\u{2029}\u{85}\u{7f}\u{feff} caf\u{e9} \u{1b}[0m\t\r",
    "no",
    "",
];

fn recipes() -> Recipes {
    Recipes::embedded().unwrap()
}

fn spec(recipes: &Recipes, name: &str) -> InstanceSpec {
    sample(recipes.get(name).unwrap())
}

fn everything(recipes: &Recipes, spec: &InstanceSpec) -> Vec<DynamicObject> {
    STAGES
        .iter()
        .flat_map(|stage| recipes.desired(spec, *stage).unwrap())
        .collect()
}

fn decoded<K: serde::de::DeserializeOwned>(objects: &[DynamicObject], kind: &str) -> Vec<K> {
    let of_kind = objects
        .iter()
        .filter(|object| object.types.as_ref().unwrap().kind == kind);
    of_kind
        .map(|object| serde_json::from_value(serde_json::to_value(object).unwrap()).unwrap())
        .collect()
}

fn pod_templates(objects: &[DynamicObject]) -> Vec<PodTemplateSpec> {
    let deployments = decoded::<Deployment>(objects, "Deployment")
        .into_iter()
        .map(|it| it.spec.unwrap().template);
    let sets = decoded::<StatefulSet>(objects, "StatefulSet")
        .into_iter()
        .map(|it| it.spec.unwrap().template);
    let jobs = decoded::<Job>(objects, "Job")
        .into_iter()
        .map(|it| it.spec.unwrap().template);
    deployments.chain(sets).chain(jobs).collect()
}

fn containers(template: &PodTemplateSpec) -> Vec<Container> {
    let pod = template.spec.clone().unwrap();
    pod.init_containers
        .unwrap_or_default()
        .into_iter()
        .chain(pod.containers)
        .collect()
}

/// The kubelet's own rule for `$(NAME)` and `$$`, with every name known.
fn expanded_by_the_kubelet(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            out.push('$');
            rest = after;
        } else if let Some((_, after)) = rest
            .strip_prefix('(')
            .and_then(|inner| inner.split_once(')'))
        {
            out.push_str("LEAKED");
            rest = after;
        } else {
            out.push('$');
        }
    }
    out + rest
}

#[test]
fn the_three_apps_are_carried_by_the_binary() {
    let names: Vec<_> = recipes().iter().map(|recipe| recipe.name.clone()).collect();
    assert_eq!(names, ["ghost", "n8n", "wordpress"]);
}

#[test]
fn the_directory_gives_the_same_as_the_binary() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/services");
    let (read, carried) = (Recipes::load(&directory).unwrap(), recipes());
    for recipe in carried.iter() {
        let spec = sample(recipe);
        assert_eq!(everything(&read, &spec), everything(&carried, &spec));
    }
}

#[test]
fn the_owner_exists_before_the_route_in_the_order_that_each_app_needs() {
    let recipes = recipes();
    let order = |name| recipes.get(name).unwrap().stages();
    use Stage::*;
    assert_eq!(
        order("wordpress"),
        [Namespace, Guards, Secret, Database, Owner, App, Route]
    );
    assert_eq!(
        order("ghost"),
        [Namespace, Guards, Secret, Database, App, Owner, Route]
    );
    assert_eq!(
        order("n8n"),
        [Namespace, Guards, Secret, Database, App, Route]
    );
}

#[test]
fn every_stage_but_the_secret_has_objects() {
    let recipes = recipes();
    for recipe in recipes.iter() {
        for stage in recipe.stages() {
            let objects = recipes.desired(&sample(recipe), stage).unwrap();
            assert_eq!(
                objects.is_empty(),
                stage == Stage::Secret,
                "{} {stage:?}",
                recipe.name
            );
        }
    }
    assert!(
        recipes
            .desired(&spec(&recipes, "n8n"), Stage::Owner)
            .unwrap()
            .is_empty()
    );
}

#[test]
fn every_object_and_pod_template_carries_our_labels() {
    let recipes = recipes();
    for recipe in recipes.iter() {
        let spec = sample(recipe);
        let mut objects = everything(&recipes, &spec);
        objects.push(recipes.secret(&spec, &BTreeMap::new()).unwrap());
        let own = objects.iter().map(|object| object.metadata.clone());
        let templates = pod_templates(&objects)
            .into_iter()
            .map(|template| template.metadata.unwrap());
        for metadata in own.chain(templates) {
            let labels = metadata.labels.unwrap();
            for (key, value) in [
                (MANAGED_BY.0, "purser".to_owned()),
                (PART_OF.0, "purser-instances".to_owned()),
                (NAME_LABEL, recipe.name.clone()),
                (INSTANCE_LABEL, spec.instance.to_string()),
                (&instance_label(), spec.instance.to_string()),
                (&customer_label(), spec.customer.to_string()),
            ] {
                assert_eq!(labels.get(key), Some(&value), "{:?} {key}", metadata.name);
            }
        }
        for template in pod_templates(&objects) {
            assert!(
                template
                    .metadata
                    .unwrap()
                    .labels
                    .unwrap()
                    .contains_key(COMPONENT_LABEL)
            );
        }
    }
}

#[test]
fn all_but_the_namespace_stand_in_the_namespace_of_the_full_id() {
    let recipes = recipes();
    for recipe in recipes.iter() {
        let spec = sample(recipe);
        let name = format!("customer-{}", spec.instance.hyphenated());
        for object in everything(&recipes, &spec) {
            let is_namespace = object.types.unwrap().kind == "Namespace";
            assert_eq!(object.metadata.namespace.is_none(), is_namespace);
            let stands_in = if is_namespace {
                object.metadata.name
            } else {
                object.metadata.namespace
            };
            assert_eq!(stands_in.as_deref(), Some(name.as_str()));
        }
    }
}

#[test]
fn the_same_spec_gives_the_same_objects() {
    let recipes = recipes();
    for recipe in recipes.iter() {
        assert_eq!(
            everything(&recipes, &sample(recipe)),
            everything(&recipes, &sample(recipe))
        );
    }
}

#[test]
fn a_job_is_named_after_its_spec() {
    let recipes = recipes();
    let spec = spec(&recipes, "wordpress");
    let name = recipes.owner_job(&spec).unwrap().unwrap();
    assert!(
        name.starts_with("owner-") && name.len() == "owner-".len() + 10,
        "{name}"
    );
    assert_eq!(recipes.owner_job(&spec).unwrap().unwrap(), name);
    let renamed = InstanceSpec {
        title: "Another".into(),
        ..spec.clone()
    };
    assert_ne!(recipes.owner_job(&renamed).unwrap().unwrap(), name);
    assert_eq!(
        recipes
            .owner_job(&sample(recipes.get("n8n").unwrap()))
            .unwrap(),
        None
    );
}

#[test]
fn customers_text_arrives_as_typed_and_adds_nothing() {
    let recipes = recipes();
    for recipe in recipes.iter() {
        let plain = everything(&recipes, &sample(recipe)).len();
        for nasty in NASTY {
            let spec = InstanceSpec {
                title: format!("T{nasty}"),
                owner_email: format!("E{nasty}"),
                host: format!("H{nasty}"),
                ..sample(recipe)
            };
            let objects = everything(&recipes, &spec);
            assert_eq!(objects.len(), plain);
            let sent: BTreeSet<String> = pod_templates(&objects)
                .iter()
                .flat_map(containers)
                .flat_map(|container| container.env.unwrap_or_default())
                .filter_map(|variable| variable.value)
                .map(|value| expanded_by_the_kubelet(&value))
                .collect();
            assert!(
                sent.iter().all(|value| !value.contains("LEAKED")),
                "{sent:?}"
            );
            assert!(
                sent.contains(&spec.owner_email),
                "{} {nasty:?}",
                recipe.name
            );
            assert!(
                sent.contains(&spec.title) || recipe.name == "n8n",
                "{} {nasty:?}",
                recipe.name
            );
            let typed: Vec<Deployment> = decoded(&objects, "Deployment");
            assert_eq!(typed.len(), 1);
        }
    }
}

#[test]
fn commands_do_not_change_with_what_a_customer_typed() {
    let recipes = recipes();
    for recipe in recipes.iter() {
        let commands = |spec: &InstanceSpec| -> Vec<_> {
            let templates = pod_templates(&everything(&recipes, spec));
            templates
                .iter()
                .flat_map(containers)
                .map(|container| (container.command, container.args))
                .collect()
        };
        let nasty = InstanceSpec {
            title: NASTY[3].into(),
            owner_email: NASTY[3].into(),
            host: NASTY[3].into(),
            ..sample(recipe)
        };
        assert_eq!(commands(&nasty), commands(&sample(recipe)));
    }
}

#[test]
fn a_parameter_that_is_unknown_or_of_another_type_is_refused() {
    let recipes = recipes();
    let with = |name: &str, value: Value| {
        let spec = InstanceSpec {
            parameters: [(name.to_owned(), value)].into(),
            ..spec(&recipes, "n8n")
        };
        recipes.desired(&spec, Stage::Guards)
    };
    assert!(matches!(
        with("colour", json!("red")),
        Err(RecipeError::BadParameter { .. })
    ));
    assert!(matches!(
        with("timezone", json!(7)),
        Err(RecipeError::BadParameter { .. })
    ));
    assert!(matches!(
        with("egress_ports", json!([0])),
        Err(RecipeError::BadParameter { .. })
    ));
    let opened: Vec<NetworkPolicy> = decoded(
        &with("egress_ports", json!([443, 993])).unwrap(),
        "NetworkPolicy",
    );
    let internet = opened
        .iter()
        .find(|policy| policy.metadata.name.as_deref() == Some("web-to-internet"))
        .unwrap();
    let rule = &internet.spec.as_ref().unwrap().egress.as_ref().unwrap()[0];
    assert_eq!(rule.ports.as_ref().unwrap().len(), 2);
}

#[test]
fn the_role_binding_comes_first_among_the_guards() {
    let recipes = recipes();
    let guards = recipes
        .desired(&spec(&recipes, "ghost"), Stage::Guards)
        .unwrap();
    assert_eq!(guards[0].types.as_ref().unwrap().kind, "RoleBinding");
    let binding = decoded::<RoleBinding>(&guards, "RoleBinding").remove(0);
    assert_eq!(binding.metadata.name.as_deref(), Some("purser-instance"));
    assert_eq!(binding.subjects.unwrap().len(), 1);
}

#[test]
fn the_namespace_enforces_restricted_pods_at_a_pinned_version() {
    let recipes = recipes();
    let namespace =
        decoded::<Namespace>(&everything(&recipes, &spec(&recipes, "ghost")), "Namespace")
            .remove(0);
    let labels = namespace.metadata.labels.unwrap();
    for mode in ["enforce", "audit", "warn"] {
        assert_eq!(
            labels[&format!("pod-security.kubernetes.io/{mode}")],
            "restricted"
        );
        assert_eq!(
            labels[&format!("pod-security.kubernetes.io/{mode}-version")],
            "v1.34"
        );
    }
}

#[test]
fn every_container_is_restricted_and_states_what_it_needs() {
    let recipes = recipes();
    for recipe in recipes.iter() {
        for template in pod_templates(&everything(&recipes, &sample(recipe))) {
            let pod = template.spec.clone().unwrap();
            assert_eq!(pod.automount_service_account_token, Some(false));
            assert_eq!(pod.enable_service_links, Some(false));
            assert_eq!(pod.security_context.unwrap().run_as_non_root, Some(true));
            for container in containers(&template) {
                let security = container.security_context.unwrap();
                assert_eq!(security.allow_privilege_escalation, Some(false));
                assert_eq!(security.capabilities.unwrap().drop.unwrap(), ["ALL"]);
                let resources = container.resources.unwrap();
                for amounts in [resources.requests.unwrap(), resources.limits.unwrap()] {
                    let named: Vec<_> = amounts.keys().map(String::as_str).collect();
                    assert_eq!(named, ["cpu", "ephemeral-storage", "memory"]);
                }
            }
        }
    }
}

/// Millicores or MiB.
fn figure(quantity: &Quantity) -> u64 {
    let text = quantity.0.as_str();
    let (digits, factor) = match text {
        _ if text.ends_with("Gi") => (&text[..text.len() - 2], 1_024),
        _ if text.ends_with("Mi") => (&text[..text.len() - 2], 1),
        _ if text.ends_with('m') => (&text[..text.len() - 1], 1),
        _ => (text, 1_000),
    };
    digits.parse::<u64>().unwrap() * factor
}

#[test]
fn the_quota_is_the_sum_of_all_pods_that_can_run_at_once() {
    let recipes = recipes();
    for recipe in recipes.iter() {
        let mut spec = sample(recipe);
        spec.plan = PlanResources {
            cpu_millicores: 750,
            memory_mib: 768,
            storage_mib: 10_240,
        };
        let objects = everything(&recipes, &spec);
        let hard = decoded::<ResourceQuota>(&objects, "ResourceQuota")
            .remove(0)
            .spec
            .unwrap()
            .hard
            .unwrap();
        for side in ["requests", "limits"] {
            for amount in ["cpu", "memory", "ephemeral-storage"] {
                let needed: u64 = pod_templates(&objects)
                    .iter()
                    .map(|template| pod_figure(template, side, amount))
                    .sum();
                assert_eq!(
                    figure(&hard[&format!("{side}.{amount}")]),
                    needed,
                    "{} {side}.{amount}",
                    recipe.name
                );
            }
        }
        assert_eq!(figure(&hard["requests.storage"]), 10_240 + 5_120);
    }
}

/// What the scheduler counts: containers and sidecars together, or the largest init container.
fn pod_figure(template: &PodTemplateSpec, side: &str, amount: &str) -> u64 {
    let pod = template.spec.as_ref().unwrap();
    let of = |container: &Container| {
        let resources = container.resources.as_ref().unwrap();
        let amounts = if side == "requests" {
            &resources.requests
        } else {
            &resources.limits
        };
        figure(&amounts.as_ref().unwrap()[amount])
    };
    let inits = pod.init_containers.as_deref().unwrap_or_default();
    let (sidecars, steps): (Vec<_>, Vec<_>) =
        inits.iter().partition(|init| init.restart_policy.is_some());
    let running: u64 = pod.containers.iter().chain(sidecars).map(of).sum();
    running.max(steps.into_iter().map(of).max().unwrap_or(0))
}

#[test]
fn the_app_gets_the_plans_figures_and_a_mirror_replaces_the_registry_alone() {
    let recipes = recipes();
    let mut spec = spec(&recipes, "n8n");
    spec.settings.registry = "mirror.example.id/apps/".into();
    let deployment = decoded::<Deployment>(&everything(&recipes, &spec), "Deployment").remove(0);
    let app = deployment
        .spec
        .unwrap()
        .template
        .spec
        .unwrap()
        .containers
        .remove(0);
    assert_eq!(
        app.image.as_deref(),
        Some("mirror.example.id/apps/n8nio/n8n:2.40.0")
    );
    let resources = app.resources.unwrap();
    assert_eq!(resources.requests.unwrap()["cpu"].0, "500m");
    assert_eq!(resources.limits.unwrap()["memory"].0, "512Mi");
}

#[test]
fn n8n_stops_resetting_its_owner_once_there_is_one() {
    let recipes = recipes();
    let managed = |owner_created| {
        let spec = InstanceSpec {
            owner_created,
            ..spec(&recipes, "n8n")
        };
        let templates = pod_templates(&everything(&recipes, &spec));
        let variables: Vec<_> = templates
            .iter()
            .flat_map(containers)
            .flat_map(|it| it.env.unwrap_or_default())
            .collect();
        let found = variables
            .into_iter()
            .find(|it| it.name == "N8N_INSTANCE_OWNER_MANAGED_BY_ENV");
        found.unwrap().value.unwrap()
    };
    assert_eq!(
        (managed(false), managed(true)),
        ("true".into(), "false".into())
    );
}

#[test]
fn generated_secrets_are_complete_and_are_never_made_again() {
    for recipe in recipes().iter() {
        let made = complete(recipe, &BTreeMap::new()).unwrap();
        assert_eq!(made.len(), recipe.secrets.len());
        assert_eq!(made[ADMIN_PASSWORD].expose().len(), 24);
        assert!(complete(recipe, &made).unwrap().is_empty());
        let mut without_one = made.clone();
        without_one.remove("db-password");
        assert_eq!(
            complete(recipe, &without_one)
                .unwrap()
                .into_keys()
                .collect::<Vec<_>>(),
            ["db-password"]
        );
    }
}

#[test]
fn the_hash_that_n8n_gets_belongs_to_the_password_that_the_customer_gets() {
    let recipes = recipes();
    let made = complete(recipes.get("n8n").unwrap(), &BTreeMap::new()).unwrap();
    assert!(
        bcrypt::verify(
            made[ADMIN_PASSWORD].expose(),
            made["admin-password-bcrypt"].expose()
        )
        .unwrap()
    );
}

#[test]
fn the_secret_holds_its_values_as_data() {
    let recipes = recipes();
    let values = [(
        "admin-password".to_owned(),
        crate::config::Secret::new("p\u{e4}ss"),
    )]
    .into();
    let secret = recipes.secret(&spec(&recipes, "ghost"), &values).unwrap();
    assert_eq!(secret.data["data"], json!({"admin-password": "cMOkc3M="}));
    assert!(secret.data.get("stringData").is_none());
}

fn tampered(path: &str, change: impl Fn(&str) -> String) -> Result<Recipes, RecipeError> {
    let mut texts = files::embedded();
    let text = texts.get(path).unwrap();
    let changed = change(text);
    assert_ne!(&changed, text, "the test changes nothing");
    texts.insert(path.into(), changed);
    Recipes::check(texts)
}

#[test]
fn flawed_recipes_are_refused_on_loading() {
    let unknown_key = tampered("ghost/service.yaml", |text| {
        format!("{text}\ncolour: red\n")
    });
    assert!(
        matches!(unknown_key, Err(RecipeError::BadService { .. })),
        "{unknown_key:?}"
    );
    let floating = tampered("ghost/service.yaml", |text| {
        text.replace("ghost:6.59.0", "ghost:latest")
    });
    assert!(
        matches!(floating, Err(RecipeError::Inconsistent { .. })),
        "{floating:?}"
    );
    let misspelt = tampered("ghost/20-app.yaml.j2", |text| {
        text.replace("containerPort", "contanerPort")
    });
    assert!(
        matches!(misspelt, Err(RecipeError::BadObject { .. })),
        "{misspelt:?}"
    );
    let undefined = tampered("ghost/20-app.yaml.j2", |text| {
        text.replace("{{ url }}", "{{ ulr }}")
    });
    assert!(
        matches!(undefined, Err(RecipeError::BadTemplate { .. })),
        "{undefined:?}"
    );
    let smuggled = tampered("ghost/40-route.yaml.j2", |text| {
        format!("{text}---\napiVersion: v1\nkind: Secret\nmetadata: {{name: x}}\n")
    });
    assert!(
        matches!(smuggled, Err(RecipeError::BadObject { .. })),
        "{smuggled:?}"
    );
    let mut misplaced = files::embedded();
    misplaced.insert("ghost/50-party.yaml.j2".into(), String::new());
    assert!(matches!(
        Recipes::check(misplaced),
        Err(RecipeError::UnknownFile { .. })
    ));
    let mut incomplete = files::embedded();
    incomplete.remove("ghost/40-route.yaml.j2");
    assert!(matches!(
        Recipes::check(incomplete),
        Err(RecipeError::MissingFile { .. })
    ));
}
