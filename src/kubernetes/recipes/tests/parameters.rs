//! What an operator fixes, what a customer may choose, and where that goes.

use super::{sample::choosing, *};
use crate::kubernetes::{MailOf, MailSecurity};
use purser_domain::parameters::Kind;

const SERVICE: &str = "n8n/service.yaml";
const APP: &str = "n8n/20-app.yaml.j2";

/// The customer's own mail server, as he gives it.
fn smtp(port: u16) -> BTreeMap<String, Value> {
    let values = [
        ("smtp_host", json!("smtp.example.com")),
        ("smtp_port", json!(port)),
        ("smtp_username", json!("budi")),
        ("smtp_password", json!("hunter2-hunter2")),
        ("smtp_from", json!("Toko Budi <budi@example.com>")),
    ];
    let values = values.into_iter();
    values
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

fn chosen(recipe: &Recipe, values: &BTreeMap<String, Value>) -> InstanceSpec {
    let Choices {
        parameters,
        secrets,
        mail,
    } = recipe.choices(values);
    InstanceSpec {
        parameters,
        secrets,
        mail,
        ..sample(recipe)
    }
}

#[test]
fn what_is_wrong_in_a_parameter_is_said() {
    each_is_said(
        SERVICE,
        &[
            (
                "default: [80, 443, 465, 587]",
                "default: [80, 443, 25]",
                "n8n/service.yaml, parameters[2].default: opens port 25, which spam goes out by: mail servers take an app's mail on 465, 587 or 2525",
            ),
            (
                "default: [80, 443, 465, 587]",
                "customer: true\n  default: [80, 443]",
                "n8n/service.yaml, parameters[2].customer: is false: which ports are open is the operator's to say",
            ),
            (
                "  customer: true\n",
                "  customer: perhaps\n",
                "n8n/service.yaml, parameters[0].customer: is true or false, and not perhaps",
            ),
            (
                "default: Asia/Jakarta",
                "default: Asia/Tokyo",
                "n8n/service.yaml, parameters[0].one_of: does not have the default \"Asia/Tokyo\"",
            ),
            (
                "Asia/Singapore,",
                "7,",
                "n8n/service.yaml, parameters[0].one_of: 7 is not of this parameter's type",
            ),
            (
                "  default: 336\n",
                "",
                "n8n/service.yaml, parameters[1].default: is missing, and no customer gives a value",
            ),
            (
                "  default: 336\n",
                "  default: 336\n  max_length: 7\n",
                "n8n/service.yaml, parameters[1].max_length: is for texts",
            ),
            (
                "  default: 336\n",
                "  default: 336\n  minimum: 9\n  maximum: 8\n",
                "n8n/service.yaml, parameters[1].minimum: 9 is above the maximum 8",
            ),
        ],
    );
    let twice = with_change(SERVICE, "- name: timezone", "- name: smtp_host");
    let said = "n8n/service.yaml, parameters[3].name: smtp_host stands there twice";
    assert!(twice.iter().any(|flaw| flaw == said), "{twice:#?}");
}

#[test]
fn an_own_mail_server_is_offered_only_where_manifests_use_one() {
    let mut texts = shipped_of(APP);
    let app = texts.get_mut(APP).unwrap();
    *app = app
        .replace("if mail %}", "if false %}")
        .replace("mail.", "cluster.");
    let said = "n8n/service.yaml, customer_smtp: is stated, and no manifest uses mail";
    let found = flaws(&texts);
    assert!(found.iter().any(|flaw| flaw == said), "{found:#?}");
}

/// n8n, with a key for something else that its customer has to give, or may.
fn with_a_secret(parameter: &str, variable: &str) -> Result<Recipes, Vec<String>> {
    let mut texts = shipped_of(APP);
    let parameter = format!(
        "parameters:\n- {{name: api_key, type: secret{parameter}, description: {{en: Key, id: Kunci}}}}\n"
    );
    change(
        &mut texts,
        SERVICE,
        "\nparameters:\n",
        &format!("\n{parameter}"),
    );
    let variable = format!("        env:\n{variable}        - {{name: DB_TYPE");
    change(
        &mut texts,
        APP,
        "        env:\n        - {name: DB_TYPE",
        &variable,
    );
    let loaded = check::recipes(&texts, &ImageChoices::default(), Notes::default());
    loaded.map_err(|flaws| flaws.iter().map(ToString::to_string).collect())
}

const VARIABLE: &str =
    "        - {name: API_KEY, valueFrom: {secretKeyRef: {name: app, key: api-key}}}\n";

#[test]
fn a_secret_of_the_customers_goes_into_the_secret_and_nowhere_else() {
    let recipes = with_a_secret(", customer: true", VARIABLE).unwrap();
    let recipe = recipes.get("n8n").unwrap();
    let offered = recipe.offered();
    let offered = offered
        .iter()
        .find(|it| it.name.as_str() == "api_key")
        .unwrap();
    assert_eq!((offered.kind, offered.required), (Kind::Secret, true));
    let values = BTreeMap::from([("api_key".to_owned(), json!("hunter2-hunter2"))]);
    let spec = chosen(recipe, &values);
    let objects = serde_json::to_string(&everything(&recipes, &spec)).unwrap();
    assert!(!objects.contains("hunter2-hunter2"));
    assert!(!format!("{spec:?}").contains("hunter2"));
    let wanted = Secret::new("hunter2-hunter2");
    let (key, none) = ("api-key".to_owned(), BTreeMap::new());
    let changed = given(recipe, &spec, &none);
    assert_eq!(
        changed,
        BTreeMap::from([(key.clone(), Some(wanted.clone()))])
    );
    let there = BTreeMap::from([(key.clone(), wanted)]);
    assert_eq!(given(recipe, &spec, &there), BTreeMap::new());
    let taken_back = given(recipe, &sample(recipe), &there);
    assert_eq!(taken_back, BTreeMap::from([(key, None)]));
}

#[test]
fn a_secret_of_nobodys_or_of_no_use_is_refused() {
    for (parameter, variable, said) in [
        (
            "",
            VARIABLE,
            "parameters[0].customer: is true: what an app keeps to itself stands under secrets",
        ),
        (
            ", customer: true, default: pepper",
            VARIABLE,
            "parameters[0].default: is left out: a secret stands in no file",
        ),
        (
            ", customer: true",
            "",
            "parameters.api_key: api_key is declared, and no container reads api-key of the Secret",
        ),
    ] {
        let found = with_a_secret(parameter, variable).unwrap_err();
        let said = format!("n8n/service.yaml, {said}");
        assert!(found.contains(&said), "{found:#?}");
    }
}

#[test]
fn every_app_takes_the_same_mail_server_of_its_customers() {
    let recipes = recipes();
    for recipe in recipes.iter() {
        for (port, security) in [
            (465, MailSecurity::Implicit),
            (587, MailSecurity::StartTls),
            (2_525, MailSecurity::StartTls),
        ] {
            let mail = recipe.choices(&smtp(port)).mail.unwrap();
            assert_eq!(mail.security, security);
            assert_eq!(mail.of, MailOf::Customer);
            assert_eq!(mail.user.as_deref(), Some("budi"));
            let spec = chosen(recipe, &smtp(port));
            let objects = everything(&recipes, &spec);
            let text = serde_json::to_string(&objects).unwrap();
            assert!(text.contains("smtp.example.com"), "{}", recipe.name);
            assert!(!text.contains("hunter2"), "{}", recipe.name);
            let policies = decoded::<NetworkPolicy>(&objects, "NetworkPolicy");
            let to_mail = policies
                .into_iter()
                .find(|policy| policy.metadata.name.as_deref() == Some("web-to-mail"));
            let policy = serde_json::to_value(to_mail.unwrap().spec.unwrap()).unwrap();
            let ports = json!([{"port": port, "protocol": "TCP"}]);
            assert_eq!(policy["egress"][0]["ports"], ports);
            assert_eq!(policy["egress"].as_array().unwrap().len(), 1);
            let to = policy["egress"][0]["to"].as_array().unwrap();
            assert!(to.iter().all(|peer| peer["ipBlock"]["except"].is_array()));
            let secret = (
                "smtp-password".to_owned(),
                Some(Secret::new("hunter2-hunter2")),
            );
            let changed = given(recipe, &spec, &BTreeMap::new());
            assert_eq!(changed, BTreeMap::from([secret]));
        }
    }
}

#[test]
fn what_is_no_longer_offered_is_left_out() {
    let recipes = recipes();
    let recipe = recipes.get("n8n").unwrap();
    let mut values = smtp(587);
    for (name, value) in [
        ("timezone", json!("Mars/Base")),
        ("keep_executions_hours", json!(1)),
        ("colour", json!("red")),
    ] {
        values.insert(name.into(), value);
    }
    values.remove("smtp_from");
    assert_eq!(recipe.choices(&values), Choices::default());
    values.insert("timezone".into(), json!("UTC"));
    let spec = chosen(recipe, &values);
    assert_eq!(
        spec.parameters,
        BTreeMap::from([("timezone".to_owned(), json!("UTC"))])
    );
    let app = serde_json::to_string(&everything(&recipes, &spec)).unwrap();
    assert!(app.contains("{\"name\":\"TZ\",\"value\":\"UTC\"}"), "{app}");
}

#[test]
fn an_app_whose_customer_chose_everything_is_valid() {
    let recipes = recipes();
    for recipe in recipes.iter() {
        let spec = choosing(recipe);
        assert!(spec.mail.is_some(), "{}", recipe.name);
        assert!(!everything(&recipes, &spec).is_empty());
    }
}
