use super::*;

#[test]
fn the_three_apps_are_carried_by_the_binary() {
    let names: Vec<_> = recipes().iter().map(|recipe| recipe.name.clone()).collect();
    assert_eq!(names, ["ghost", "n8n", "wordpress"]);
}

#[test]
fn the_directory_gives_the_same_as_the_binary() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/services");
    let (read, carried) = (from(&directory).unwrap(), recipes());
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
