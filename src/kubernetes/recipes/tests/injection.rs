use super::*;

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
