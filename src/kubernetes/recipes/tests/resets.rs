use super::*;

fn reset(recipe: &Recipe, operation: u32) -> InstanceSpec {
    InstanceSpec {
        operation,
        ..sample(recipe)
    }
}

#[test]
fn every_app_has_a_job_that_gives_its_owner_another_password() {
    let recipes = recipes();
    for recipe in recipes.iter() {
        let objects = recipes.desired(&reset(recipe, 7), Stage::Reset).unwrap();
        let job = decoded::<Job>(&objects, "Job").remove(0);
        assert_eq!(objects.len(), 1, "{}", recipe.name);
        let annotations = job.metadata.annotations.unwrap();
        assert_eq!(annotations["purser.example/operation"], "7");
        let template = job.spec.unwrap().template;
        let labels = template.metadata.clone().unwrap().labels.unwrap();
        assert_eq!(labels[COMPONENT_LABEL], "job");
        let pod = template.spec.clone().unwrap();
        assert_eq!(pod.volumes, None, "the app's volume is the app's alone");
        let variables = containers(&template).remove(0).env.unwrap();
        let secrets = variables.iter().filter_map(|it| it.value_from.as_ref());
        let keys = secrets.map(|from| from.secret_key_ref.clone().unwrap().key);
        let next = keys.filter(|key| key.starts_with(NEXT_PASSWORD)).count();
        assert_eq!(next, 1, "{}", recipe.name);
    }
}

#[test]
fn no_two_resets_are_the_same_job_and_a_repeated_one_is() {
    let recipes = recipes();
    for recipe in recipes.iter() {
        let name = |operation| {
            recipes
                .reset_job(&reset(recipe, operation))
                .unwrap()
                .unwrap()
        };
        assert!(name(1).starts_with("reset-"), "{}", name(1));
        assert_eq!(name(1), name(1));
        assert_ne!(name(1), name(2));
    }
}

#[test]
fn the_next_password_takes_the_place_of_the_one_before_with_its_hash() {
    for recipe in recipes().iter() {
        let mut existing = complete(recipe, &BTreeMap::new()).unwrap();
        assert_eq!(kept(recipe, &existing).len(), 0);
        let made = next(recipe).unwrap();
        let plain = made[NEXT_PASSWORD].clone();
        assert_eq!(plain.expose().len(), 24);
        let hash = &made["admin-password-next-bcrypt"];
        assert!(bcrypt::verify(plain.expose(), hash.expose()).unwrap());
        existing.extend(made.clone());
        let kept = kept(recipe, &existing);
        assert_eq!(kept[ADMIN_PASSWORD], Some(plain));
        assert_eq!(kept[NEXT_PASSWORD], None);
        assert_eq!(kept["admin-password-next-bcrypt"], None);
        let own_hash = kept.get("admin-password-bcrypt");
        let expected = (recipe.name == "n8n").then_some(Some(hash.clone()));
        assert_eq!(own_hash.cloned(), expected);
    }
}

#[test]
fn wordpress_finds_its_administrator_under_any_name_and_prefix() {
    let recipes = recipes();
    let spec = reset(recipes.get("wordpress").unwrap(), 1);
    let objects = recipes.desired(&spec, Stage::Reset).unwrap();
    let job = decoded::<Job>(&objects, "Job").remove(0);
    let container = containers(&job.spec.unwrap().template).remove(0);
    let script = container.command.unwrap().pop().unwrap();
    for table in ["wp_users", "wp_usermeta"] {
        assert!(!script.contains(table), "{table} is its name at first only");
    }
    assert!(script.contains("%\"administrator\"%"), "{script}");
    // The name only says who comes first.
    assert!(script.contains("ORDER BY u.user_login = ? DESC, u.ID LIMIT 1"));
    let told: Vec<&str> = script
        .lines()
        .filter(|line| line.contains("echo"))
        .collect();
    assert!(
        told.len() == 1 && !told[0].contains("NEW_PASSWORD"),
        "{told:?}"
    );
}
