use k8s_openapi::api::core::v1::{ConfigMap, EnvVar};

use super::*;
use crate::kubernetes::recipes::sample::{mailing, silent};

fn app(objects: &[DynamicObject]) -> PodTemplateSpec {
    let app = decoded::<Deployment>(objects, "Deployment").remove(0);
    app.spec.unwrap().template
}

fn variables(template: &PodTemplateSpec) -> Vec<EnvVar> {
    let containers = template.spec.clone().unwrap().containers;
    containers
        .into_iter()
        .flat_map(|it| it.env.unwrap_or_default())
        .collect()
}

fn value<'a>(variables: &'a [EnvVar], name: &str) -> Option<&'a str> {
    let found = variables.iter().find(|it| it.name == name)?;
    found.value.as_deref()
}

#[test]
fn every_app_sends_its_mail_through_the_server_that_is_given() {
    let recipes = recipes();
    for (name, host, port, from) in [
        (
            "ghost",
            "mail__options__host",
            "mail__options__port",
            "mail__from",
        ),
        ("n8n", "N8N_SMTP_HOST", "N8N_SMTP_PORT", "N8N_SMTP_SENDER"),
        ("wordpress", "MAIL_HOST", "MAIL_PORT", "MAIL_FROM"),
    ] {
        let spec = mailing(recipes.get(name).unwrap());
        let variables = variables(&app(&everything(&recipes, &spec)));
        assert_eq!(value(&variables, host), Some("smtp.example.id"));
        assert_eq!(value(&variables, port), Some("587"));
        assert!(
            value(&variables, from)
                .unwrap()
                .contains("no-reply@example.id")
        );
        let secrets = variables.iter().filter_map(|it| it.value_from.clone());
        let mut secrets = secrets.filter_map(|from| from.secret_key_ref);
        let password = secrets.find(|from| from.key == "smtp-password").unwrap();
        assert_eq!(
            password.optional,
            Some(true),
            "no mail is better than no app"
        );
        let silent = everything(&recipes, &sample(recipes.get(name).unwrap()));
        let silent = serde_json::to_string(&silent).unwrap().to_lowercase();
        for word in [
            "smtp-password",
            "smtp_",
            "mail__",
            "web-to-mail",
            "mail_host",
        ] {
            assert!(!silent.contains(word), "{name} {word}");
        }
    }
}

#[test]
fn the_password_stands_in_no_object_but_the_secret() {
    let recipes = recipes();
    for recipe in recipes.iter() {
        let mut spec = mailing(recipe);
        spec.mail.as_mut().unwrap().password = Some(Secret::new("only-in-the-secret"));
        let text = serde_json::to_string(&everything(&recipes, &spec)).unwrap();
        assert!(!text.contains("only-in-the-secret"), "{}", recipe.name);
    }
}

#[test]
fn a_server_that_wants_no_name_is_given_none() {
    let recipes = recipes();
    for recipe in recipes.iter() {
        let mut spec = mailing(recipe);
        let mail = spec.mail.as_mut().unwrap();
        (mail.user, mail.password) = (None, None);
        let text = serde_json::to_string(&everything(&recipes, &spec)).unwrap();
        assert!(!text.contains("smtp-password"), "{}", recipe.name);
    }
}

#[test]
fn ghost_asks_new_devices_for_a_code_only_where_it_can_send_one() {
    let recipes = recipes();
    let recipe = recipes.get("ghost").unwrap();
    let asks = |spec: &InstanceSpec| {
        let variables = variables(&app(&everything(&recipes, spec)));
        value(&variables, "security__staffDeviceVerification") != Some("false")
    };
    assert!(asks(&mailing(recipe)));
    assert!(!asks(&sample(recipe)));
}

#[test]
fn the_way_to_the_server_is_open_at_its_port() {
    let recipes = recipes();
    for recipe in recipes.iter() {
        let mut spec = mailing(recipe);
        let mail = spec.mail.as_mut().unwrap();
        (mail.host, mail.port) = ("10.1.2.3".into(), 2_525);
        let policies = decoded::<NetworkPolicy>(&everything(&recipes, &spec), "NetworkPolicy");
        let to_mail = policies
            .into_iter()
            .find(|policy| policy.metadata.name.as_deref() == Some("web-to-mail"));
        let policy = serde_json::to_value(to_mail.unwrap().spec.unwrap()).unwrap();
        let egress = json!([{
            "to": [{"ipBlock": {"cidr": "10.1.2.3/32"}}],
            "ports": [{"port": 2_525, "protocol": "TCP"}],
        }]);
        assert_eq!(policy["egress"], egress);
    }
}

/// The ports on the internet that the app may reach; `None` where there is no way to it.
fn open_ports(recipes: &Recipes, spec: &InstanceSpec) -> Option<Value> {
    let guards = recipes.desired(spec, Stage::Guards).unwrap();
    let mut policies = decoded::<NetworkPolicy>(&guards, "NetworkPolicy").into_iter();
    let internet =
        policies.find(|policy| policy.metadata.name.as_deref() == Some("web-to-internet"))?;
    let policy = serde_json::to_value(internet.spec.unwrap()).unwrap();
    let ports = policy["egress"][0]["ports"].as_array().unwrap().iter();
    Some(ports.map(|port| port["port"].clone()).collect())
}

#[test]
fn where_no_mail_may_leave_no_port_is_open_that_mail_leaves_by() {
    let recipes = recipes();
    for recipe in recipes.iter() {
        let open = open_ports(&recipes, &sample(recipe));
        assert_eq!(open, Some(json!([80, 443, 465, 587])), "{}", recipe.name);
        let open = open_ports(&recipes, &silent(recipe));
        assert_eq!(open, Some(json!([80, 443])), "{}", recipe.name);
        let with = |ports: Value| InstanceSpec {
            parameters: [("egress_ports".to_owned(), ports)].into(),
            ..silent(recipe)
        };
        let open = open_ports(&recipes, &with(json!([25, 443, 465, 587, 993, 2_525])));
        assert_eq!(open, Some(json!([443, 993])), "{}", recipe.name);
        assert_eq!(open_ports(&recipes, &with(json!([587]))), None);
        assert!(!everything(&recipes, &with(json!([587]))).is_empty());
    }
}

#[test]
fn what_only_a_mail_server_needs_is_known_where_there_is_none() {
    let recipes = recipes();
    for (name, expected) in [
        ("ghost", &["web-to-mail"][..]),
        ("n8n", &["web-to-mail"]),
        ("wordpress", &["web-to-mail", "mail"]),
    ] {
        let recipe = recipes.get(name).unwrap();
        let left = recipes.of_mail(&sample(recipe)).unwrap();
        let names = left.iter().map(|object| object.metadata.name.as_deref());
        let names: Vec<_> = names.flatten().collect();
        assert_eq!(names, expected);
        assert_eq!(recipes.of_mail(&mailing(recipe)).unwrap(), []);
    }
}

#[test]
fn wordpress_learns_to_send_mail_from_a_file_beside_its_volume() {
    let recipes = recipes();
    let objects = everything(&recipes, &mailing(recipes.get("wordpress").unwrap()));
    let map = decoded::<ConfigMap>(&objects, "ConfigMap").remove(0);
    let file = map.data.unwrap()["purser-mail.php"].clone();
    assert!(file.starts_with("<?php\n"), "{file}");
    let app = app(&objects);
    let mounts = containers(&app).pop().unwrap().volume_mounts.unwrap();
    let mount = mounts.iter().find(|mount| mount.name == "mail").unwrap();
    assert_eq!(mount.sub_path.as_deref(), Some("purser-mail.php"));
    assert_eq!(mount.read_only, Some(true));
    let variables = variables(&app);
    let asked = file.split("getenv('").skip(1);
    for name in asked.map(|rest| rest.split('\'').next().unwrap()) {
        let given = variables.iter().any(|it| it.name == name);
        assert!(given, "{name} is not given to it");
    }
}
