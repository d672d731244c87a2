use super::*;

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
        [Namespace, Guards, Secret, Database, App, Handover, Route]
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
fn handing_over_is_the_app_again_with_its_owner_made_whatever_was_known_before() {
    let recipes = recipes();
    for recipe in recipes.iter() {
        let made = |owner_created| InstanceSpec {
            owner_created,
            ..sample(recipe)
        };
        let objects = |owner_created, stage| recipes.desired(&made(owner_created), stage).unwrap();
        let by_env = recipe.owner == Owner::ByEnv;
        for before in [false, true] {
            let handover = objects(before, Stage::Handover);
            match by_env {
                true => assert_eq!(handover, objects(true, Stage::App)),
                false => assert_eq!(handover, []),
            }
        }
        let same = objects(false, Stage::App) == objects(true, Stage::App);
        assert_eq!(same, !by_env, "{}", recipe.name);
        for (owner_created, says) in [(false, "false"), (true, "true")] {
            let apps = decoded::<Deployment>(&objects(owner_created, Stage::App), "Deployment");
            let annotations = apps[0].metadata.annotations.clone().unwrap_or_default();
            let said = annotations.get("purser.example/owner-created");
            assert_eq!(said.map(String::as_str), by_env.then_some(says));
        }
    }
}
