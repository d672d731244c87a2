//! An operator's own choice of images, and his mirror.

use super::*;

const DIGEST: &str = "sha256:0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a";

fn choosing(text: &str) -> Result<Recipes, Flaws> {
    Recipes::load(&RecipeSource {
        directory: None,
        images: text.parse().unwrap(),
    })
}

#[test]
fn an_image_is_pinned_by_digest_or_replaced_and_still_comes_from_the_mirror() {
    let recipes = choosing(&format!(
        "ghost.app={DIGEST}, n8n.app=docker.n8n.io/n8nio/n8n:2.40.1@{DIGEST}\n ghost.database=mysql:8.4.12"
    ))
    .unwrap();
    let pulled = |name: &str, registry| {
        let recipe = recipes.get(name).unwrap();
        recipe.pulled_images(registry)
    };
    let ghost = pulled("ghost", "");
    assert_eq!(ghost["app"], format!("ghost:6.59.0@{DIGEST}"));
    assert_eq!(ghost["database"], "mysql:8.4.12");
    assert_eq!(
        pulled("n8n", "mirror.example/hub/")["app"],
        format!("mirror.example/hub/n8nio/n8n:2.40.1@{DIGEST}")
    );
    let templates = pod_templates(&everything(&recipes, &spec(&recipes, "ghost")));
    let images: BTreeSet<String> = templates
        .iter()
        .flat_map(containers)
        .filter_map(|it| it.image)
        .collect();
    assert_eq!(images, ghost.into_values().collect());
}

#[test]
fn a_choice_that_is_none_is_named() {
    let found = choosing("ghost.app=ghost:latest ghost.cron=x:1 plesk.app=x:1").unwrap_err();
    let found: Vec<String> = found.iter().map(ToString::to_string).collect();
    assert_eq!(
        found,
        [
            "TEMPLATE_IMAGES, ghost.app: image ghost:latest is another one tomorrow: name a version instead of latest",
            "TEMPLATE_IMAGES, ghost.cron: no recipe has this image",
            "TEMPLATE_IMAGES, plesk.app: no recipe has this image",
        ]
    );
    for text in [
        "ghost.app",
        "ghost=ghost:6",
        "ghost.app=",
        "a.b=c:1,a.b=d:1",
    ] {
        assert!(text.parse::<ImageChoices>().is_err(), "{text}");
    }
}
