use super::*;

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
