//! What the recipes that are shipped owe to the images that they run.

use k8s_openapi::api::core::v1::ConfigMap;

use super::*;

/// The app's pod.
fn app(objects: &[DynamicObject]) -> PodTemplateSpec {
    let app = decoded::<Deployment>(objects, "Deployment").remove(0);
    app.spec.unwrap().template
}

/// The container that is the app itself.
fn own(objects: &[DynamicObject]) -> Container {
    app(objects).spec.unwrap().containers.remove(0)
}

fn settings(objects: &[DynamicObject]) -> BTreeMap<String, String> {
    let mut maps = decoded::<ConfigMap>(objects, "ConfigMap").into_iter();
    let named = |map: &ConfigMap| map.metadata.name.as_deref() == Some("settings");
    maps.find(named).unwrap().data.unwrap()
}

/// Where a file of the settings is seen by the app.
fn mounted(objects: &[DynamicObject], file: &str) -> Option<String> {
    let mounts = own(objects).volume_mounts.unwrap();
    let mut mounts = mounts.into_iter().filter(|it| it.name == "settings");
    let mount = mounts.find(|it| it.sub_path.as_deref() == Some(file))?;
    assert_eq!(mount.read_only, Some(true), "{file}");
    Some(mount.mount_path)
}

#[test]
fn n8n_asks_no_private_network_for_whoever_says_where_to_ask() {
    let recipes = recipes();
    let objects = everything(&recipes, &spec(&recipes, "n8n"));
    let variables = own(&objects).env.unwrap();
    let mut variables = variables.iter();
    let guard = variables.find(|it| it.name == "N8N_SSRF_PROTECTION_ENABLED");
    assert_eq!(guard.unwrap().value.as_deref(), Some("true"));
}

#[test]
fn wordpress_is_asked_beside_the_site_whether_it_is_ready() {
    let recipes = recipes();
    let objects = everything(&recipes, &spec(&recipes, "wordpress"));
    let probe = own(&objects).readiness_probe.unwrap().http_get.unwrap();
    let (path, settings) = (probe.path.unwrap(), settings(&objects));
    let page = mounted(&objects, "ready.php").unwrap();
    let apache = mounted(&objects, "apache.conf").unwrap();
    assert!(apache.starts_with("/etc/apache2/conf-enabled/") && apache.ends_with(".conf"));
    let alias = format!("Alias {path} {page}\n");
    assert!(settings["apache.conf"].contains(&alias), "{settings:?}");
    let recipe = recipes.get("wordpress").unwrap();
    let mut volumes = recipe.volumes.iter();
    assert!(
        volumes.all(|volume| !page.starts_with(&volume.mount_path)),
        "what customers can edit answers for itself"
    );
    let variables = own(&objects).env.unwrap();
    let asked = settings["ready.php"].split('\'');
    let asked: Vec<_> = asked
        .filter(|word| word.starts_with("WORDPRESS_"))
        .collect();
    assert_eq!(asked.len(), 4);
    for name in asked {
        assert!(variables.iter().any(|it| it.name == name), "{name}");
    }
}

#[test]
fn mysql_keeps_no_binary_log_and_stays_its_pods_first_process() {
    let recipes = recipes();
    for name in ["wordpress", "ghost"] {
        let objects = everything(&recipes, &spec(&recipes, name));
        let database = decoded::<StatefulSet>(&objects, "StatefulSet").remove(0);
        let mut containers = database.spec.unwrap().template.spec.unwrap().containers;
        let database = containers.remove(0);
        assert_eq!(database.command, None, "{name}: the image's own");
        let args = database.args.unwrap();
        assert_eq!(args[..2], ["mysqld", "--disable-log-bin"], "{name}");
    }
}

/// WordPress on a plan with so much memory.
fn wordpress_with(recipes: &Recipes, memory_mib: u32) -> Vec<DynamicObject> {
    let sample = spec(recipes, "wordpress");
    let plan = PlanResources {
        memory_mib,
        ..sample.plan
    };
    everything(recipes, &InstanceSpec { plan, ..sample })
}

#[test]
fn wordpress_takes_files_of_some_size_and_no_request_all_of_its_memory() {
    let recipes = recipes();
    for (memory_mib, limit) in [(64, 32), (512, 256), (4_096, 512)] {
        let objects = wordpress_with(&recipes, memory_mib);
        let file = mounted(&objects, "php.ini").unwrap();
        assert!(file.starts_with("/usr/local/etc/php/conf.d/") && file.ends_with(".ini"));
        let ini = settings(&objects)["php.ini"].clone();
        let figure = |name: &str| {
            let mut lines = ini.lines().filter_map(|line| line.split_once(" = "));
            let (_, value) = lines.find(|(key, _)| *key == name).unwrap();
            value.trim_end_matches('M').parse::<u32>().unwrap()
        };
        assert_eq!(figure("memory_limit"), limit, "{ini}");
        assert_eq!(figure("upload_max_filesize"), 64);
        assert!(
            figure("post_max_size") > 64,
            "a form carries more than its file"
        );
    }
}

#[test]
fn wordpress_runs_no_more_workers_than_its_memory_holds() {
    let recipes = recipes();
    for (memory_mib, workers) in [
        (64, 4),
        (319, 4),
        (320, 5),
        (512, 8),
        (4_096, 64),
        (9_600, 150),
        (65_536, 150),
    ] {
        let objects = wordpress_with(&recipes, memory_mib);
        // The files of this folder are read in their order, and after those of the modules.
        let file = mounted(&objects, "apache.conf").unwrap();
        assert_eq!(file, "/etc/apache2/conf-enabled/zz-purser.conf");
        let conf = settings(&objects)["apache.conf"].clone();
        let figure = |name: &str| {
            let mut lines = conf.lines().filter_map(|line| line.trim().split_once(' '));
            let (_, value) = lines.find(|(key, _)| *key == name).unwrap();
            value.parse::<u32>().unwrap()
        };
        assert_eq!(figure("MaxRequestWorkers"), workers, "{memory_mib} MiB");
        let spare = ["StartServers", "MinSpareServers", "MaxSpareServers"].map(figure);
        assert!(spare.iter().all(|spare| *spare <= workers), "{conf}");
        assert!(spare[1] < spare[2], "{conf}");
        assert!(figure("MaxConnectionsPerChild") > 0, "{conf}");
        // Else whoever keeps a connection keeps a worker.
        assert!(conf.lines().any(|line| line.trim() == "KeepAlive Off"));
    }
}

fn owner_job(recipes: &Recipes, spec: &InstanceSpec) -> Vec<Container> {
    let objects = recipes.desired(spec, Stage::Owner).unwrap();
    let job = decoded::<Job>(&objects, "Job").remove(0);
    containers(&job.spec.unwrap().template)
}

fn script(container: &Container) -> &str {
    container.command.as_ref().unwrap().last().unwrap()
}

#[test]
fn a_copy_of_wordpress_that_was_cut_off_is_made_again() {
    let recipes = recipes();
    let containers = owner_job(&recipes, &spec(&recipes, "wordpress"));
    let steps: Vec<&str> = script(&containers[0]).lines().collect();
    assert!(steps[0].contains(".purser-seeded"), "{steps:?}");
    assert_eq!(steps.last(), Some(&"touch .purser-seeded"), "the mark last");
    let at = |part: &str| steps.iter().position(|step| step.contains(part)).unwrap();
    // Half a wp-config.php would be kept, and it is made by the image once the rest is there.
    assert!(at("rm -f wp-config.php") < at("docker-entrypoint.sh apache2"));
    assert!(at("cp -r /usr/src/wordpress/. .") < at("docker-entrypoint.sh apache2"));
    assert_eq!(
        containers[0].command.as_ref().unwrap()[1],
        "-ceu",
        "a step that fails ends it"
    );
}

#[test]
fn an_installation_that_was_cut_off_before_its_first_user_gets_one() {
    let recipes = recipes();
    let containers = owner_job(&recipes, &spec(&recipes, "wordpress"));
    let script = script(&containers[1]);
    let installs = script.find("wp core install ").unwrap();
    let creates = script.find("wp user create \"$ADMIN_USER\"").unwrap();
    assert!(installs < creates && script[creates..].contains("--role=administrator"));
}

#[test]
fn a_site_that_was_ordered_in_indonesian_fetches_that_language_by_itself() {
    let recipes = recipes();
    let ordered = |locale: &str| InstanceSpec {
        parameters: [("locale".to_owned(), json!(locale))].into(),
        ..spec(&recipes, "wordpress")
    };
    let objects = everything(&recipes, &ordered("id_ID"));
    let mounted_at = mounted(&objects, "language.php").unwrap();
    assert!(
        mounted_at.contains("/wp-content/mu-plugins/"),
        "{mounted_at}"
    );
    let plugin = settings(&objects)["language.php"].clone();
    let variables = own(&objects).env.unwrap();
    let locale = variables
        .iter()
        .find(|it| it.name == "SITE_LOCALE")
        .unwrap();
    assert_eq!(locale.value.as_deref(), Some("id_ID"));
    assert!(plugin.contains("getenv('SITE_LOCALE')"), "{plugin}");
    // Marked once it is there, never before, and never asked again after that.
    let at = |part: &str| plugin.find(part).unwrap();
    assert!(at("get_option('purser_language')") < at("wp_download_language_pack"));
    assert!(at("wp_download_language_pack") < at("update_option('WPLANG'"));
    assert!(at("update_option('WPLANG'") < at("update_option('purser_language'"));
    // The function is in a file of its own, which administration does not load for every page.
    let file = at("require_once ABSPATH . 'wp-admin/includes/translation-install.php';");
    assert!(at("'wp-admin/includes/admin.php'") < file && file < at("wp_download_language_pack"));
    // Whatever goes wrong there, cron has done its work.
    assert!(plugin.contains("add_action('shutdown', function ()"));
    assert!(at("try {") < at("require_once") && plugin.contains("catch (\\Throwable "));

    let english = everything(&recipes, &ordered("en_US"));
    assert_eq!(mounted(&english, "language.php"), None);
    assert!(!settings(&english).contains_key("language.php"));
}

/// What runs and is not ready is restarted, but for what has not started: so a migration is part of the start.
#[test]
fn ghost_and_n8n_have_started_once_their_migrations_are_over() {
    let recipes = recipes();
    for (name, path) in [
        ("ghost", "/ghost/api/admin/site/"),
        ("n8n", "/healthz/readiness"),
    ] {
        let own = own(&everything(&recipes, &spec(&recipes, name)));
        for probe in [own.startup_probe, own.readiness_probe] {
            let asked = probe.unwrap().http_get.unwrap().path;
            assert_eq!(asked.as_deref(), Some(path), "{name}");
        }
    }
}
