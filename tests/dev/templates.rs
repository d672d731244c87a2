//! `purser templates check` says everything that is wrong with recipes, before an installation stands on them.

use crate::support::{Folder, program};
use std::{fs, path::Path};

async fn checks(directory: Option<&Path>) -> (bool, String) {
    let mut check = program(&["templates", "check"]);
    check.args(directory);
    let done = check.output().await.unwrap();
    let said = String::from_utf8(done.stdout).unwrap();
    (done.status.success(), said)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_shipped_and_what_an_operator_adds_is_in_order() {
    let (fine, said) = checks(None).await;
    let expected = "nothing is wrong with 3 recipes in this binary: ghost (version 2), n8n (version 3), wordpress (version 3)\n";
    assert!(fine && said == expected, "{said}");
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recipes");
    let (fine, said) = checks(Some(&own)).await;
    let expected = format!(
        "nothing is wrong with 1 recipe in {}: pages (version 1)\n",
        own.display()
    );
    assert!(fine && said == expected, "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_that_is_wrong_is_said_with_its_place() {
    let (folder, own) = (Folder::new(), "tests/recipes/pages");
    let pages = folder.path().join("pages");
    fs::create_dir(&pages).unwrap();
    for (file, from, to) in [
        ("service.yaml", "1.29.4-alpine", "latest"),
        (
            "10-app.yaml.j2",
            "enableServiceLinks: false",
            "hostNetwork: true",
        ),
        ("20-route.yaml.j2", "{{ route }}", "{{ rout }}"),
    ] {
        let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(own).join(file));
        fs::write(pages.join(file), text.unwrap().replace(from, to)).unwrap();
    }
    let (fine, said) = checks(Some(folder.path())).await;
    let place = folder.path().display();
    let expected = format!(
        "pages/10-app.yaml.j2, Deployment web .spec.template: Pod Security restricted refuses it: host namespaces (hostNetwork=true)\n\
         pages/10-app.yaml.j2, Deployment web .spec.template.spec.enableServiceLinks: is false: an app would read a Service's address as a setting of its own\n\
         pages/20-route.yaml.j2, rout: rout is used, and nothing gives it\n\
         pages/service.yaml, images.app: image nginxinc/nginx-unprivileged:latest is another one tomorrow: name a version instead of latest\n\
         4 problems in 3 files of {place}\n"
    );
    assert!(!fine && said == expected, "{said}");
}
