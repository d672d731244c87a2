use super::*;

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
