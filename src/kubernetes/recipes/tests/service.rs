//! Each thing that can be wrong in a `service.yaml`.

use super::*;

const SERVICE: &str = "wordpress/service.yaml";

#[test]
fn keys_that_are_unknown_missing_or_there_twice_are_named() {
    each_is_said(
        SERVICE,
        &[
            (
                "version: 3\n",
                "version: 3\ncolour: red\n",
                "wordpress/service.yaml, colour: is not known; what may stand here is name, version, title, description, licence_notice, owner, admin_username, admin_path, deadline_seconds, images, ports, volumes, app, overhead, secrets, parameters, customer_smtp",
            ),
            (
                "title: WordPress\n",
                "",
                "wordpress/service.yaml, title: is missing",
            ),
            (
                "title: WordPress\n",
                "title: WordPress\ntitle: Wordpress\n",
                "wordpress/service.yaml, title: stands there twice",
            ),
            (
                "title: WordPress\n",
                "title: ''\n",
                "wordpress/service.yaml, title: is text, and not an empty text",
            ),
            (
                "owner: before_app",
                "owner: later",
                "wordpress/service.yaml, owner: is one of before_app, after_app, by_env, none, and not later",
            ),
            (
                "{claim: web, mount_path: /var/www/html}",
                "{claim: web, path: /var/www/html, mount_path: /var/www/html}",
                "wordpress/service.yaml, volumes[0].path: is not known; what may stand here is claim, mount_path, size_mib",
            ),
            (
                "ports: {web: 80, database: 3306}",
                "ports: [80, 3306]",
                "wordpress/service.yaml, ports: holds keys of its own, and not a list",
            ),
            (
                "title: WordPress",
                "title: [",
                "wordpress/service.yaml: is not YAML: did not find expected ',' or ']' at line 5 column 5, while parsing a flow sequence at line 3 column 8",
            ),
        ],
    );
}

#[test]
fn units_that_are_not_ours_are_named_with_what_belongs_there() {
    each_is_said(
        SERVICE,
        &[
            (
                "requests: {cpu_millicores: 100, memory_mib: 512",
                "requests: {cpu_millicores: 500m, memory_mib: 512",
                "wordpress/service.yaml, overhead.database.requests.cpu_millicores: is a whole number from 1 to 64000, counted in millicores (1000 are one core): write 500 instead of 500m",
            ),
            (
                "memory_mib: 512, ephemeral_mib: 128",
                "memory_mib: 1Gi, ephemeral_mib: 128",
                "wordpress/service.yaml, overhead.database.requests.memory_mib: is a whole number from 1 to 16777216, counted in MiB: write 1024 instead of 1Gi",
            ),
            (
                "size_mib: 5120",
                "size_mib: 5120, size: 5Gi",
                "wordpress/service.yaml, volumes[1].size: is not known: it is counted in MiB under size_mib: 5120, not size: 5Gi",
            ),
            (
                "deadline_seconds: 1200",
                "deadline_seconds: 5m",
                "wordpress/service.yaml, deadline_seconds: is a whole number from 1 to 86400, counted in seconds: write 300 instead of 5m",
            ),
            (
                "ports: {web: 80,",
                "ports: {web: 70000,",
                "wordpress/service.yaml, ports.web: is a whole number from 1 to 65535, and not 70000",
            ),
        ],
    );
    let both = with_change(
        SERVICE,
        "requests: {cpu_millicores: 100, memory_mib: 512",
        "requests: {cpu: 500m, memory_mib: 512",
    );
    assert_eq!(
        both,
        [
            "wordpress/service.yaml, overhead.database.requests.cpu: is not known: it is counted in millicores (1000 are one core) under cpu_millicores: 500, not cpu: 500m",
            "wordpress/service.yaml, overhead.database.requests.cpu_millicores: is missing",
        ]
    );
}

#[test]
fn images_that_may_change_are_refused() {
    let digest = format!("sha256:{}", "0a".repeat(32));
    let malformed = "wordpress/service.yaml, images.database: image mysql:8.4.11@sha256:0A has a malformed digest: it is sha256: and 64 digits of 0-9 and a-f";
    each_is_said(
        SERVICE,
        &[
            (
                "mysql:8.4.11",
                "mysql",
                "wordpress/service.yaml, images.database: image mysql has no tag: name a version, as in mysql:1.2.3",
            ),
            (
                "mysql:8.4.11",
                "registry:5000/mysql",
                "wordpress/service.yaml, images.database: image registry:5000/mysql has no tag: name a version, as in registry:5000/mysql:1.2.3",
            ),
            (
                "mysql:8.4.11",
                "mysql:latest",
                "wordpress/service.yaml, images.database: image mysql:latest is another one tomorrow: name a version instead of latest",
            ),
            ("mysql:8.4.11", "mysql:8.4.11@sha256:0A", malformed),
            (
                "mysql:8.4.11",
                "'mysql:8 4'",
                "wordpress/service.yaml, images.database: image mysql:8 4 has a malformed tag",
            ),
            (
                "mysql:8.4.11",
                "'my sql:8'",
                "wordpress/service.yaml, images.database: image my sql:8 has no readable name",
            ),
        ],
    );
    for pinned in [
        format!("mysql:8.4.11@{digest}"),
        format!("registry:5000/mysql@{digest}"),
    ] {
        assert!(with_change(SERVICE, "mysql:8.4.11", &pinned).is_empty());
    }
}

#[test]
fn what_does_not_agree_with_itself_is_refused() {
    each_is_said(
        SERVICE,
        &[
            (
                "size_mib: 5120",
                "size_mib: 5120}\n- {claim: web, mount_path: /var/www/html, size_mib: 5120",
                "wordpress/service.yaml, volumes[2].claim: web stands there twice",
            ),
            (
                "admin_path: /wp-admin/",
                "admin_path: wp-admin",
                "wordpress/service.yaml, admin_path: begins with a slash",
            ),
            (
                "limits: {cpu_millicores: 1000, memory_mib: 512,",
                "limits: {cpu_millicores: 50, memory_mib: 512,",
                "wordpress/service.yaml, overhead.database.requests.cpu_millicores: 100 is above its limit 50",
            ),
            (
                "app: {ephemeral_request_mib: 128,",
                "app: {ephemeral_request_mib: 4096,",
                "wordpress/service.yaml, app.ephemeral_request_mib: is above its limit",
            ),
            (
                "{key: db-root-password, length: 32}",
                "{key: db-password, length: 32}\n- {key: db-root-password, length: 32}",
                "wordpress/service.yaml, secrets[1].key: db-password stands there twice",
            ),
            (
                "{key: db-root-password, length: 32}",
                "{key: db-root-password}",
                "wordpress/service.yaml, secrets[1]: states either its length or of which secret it is the bcrypt hash",
            ),
            (
                "{key: db-root-password, length: 32}",
                "{key: db-root-password, bcrypt_of: pepper}",
                "wordpress/service.yaml, secrets[1].bcrypt_of: pepper is no secret with a length",
            ),
            (
                "default: en_US",
                "default: 7",
                "wordpress/service.yaml, parameters[0].default: 7 is not of this parameter's type",
            ),
        ],
    );
    let unsold = with_change(SERVICE, "/var/www/html}", "/var/www/html, size_mib: 128}");
    let said = "wordpress/service.yaml, volumes: exactly one has no size_mib: it is the storage that the plan sells";
    assert_eq!(unsold, [said]);
    let relative = with_change(SERVICE, "mount_path: /var/www/html", "mount_path: var/www");
    let said = "wordpress/service.yaml, volumes[0].mount_path: var/www is no absolute path";
    assert!(relative.iter().any(|flaw| flaw == said), "{relative:#?}");
    let renamed = with_change(SERVICE, "name: wordpress", "name: blog");
    let said = "wordpress/service.yaml, name: is blog, and the folder is wordpress";
    assert!(renamed.iter().any(|flaw| flaw == said), "{renamed:#?}");
}

#[test]
fn what_is_declared_is_used_and_what_is_used_is_declared() {
    let extra = "parameters:\n- {name: colour, type: text, default: red, description: {en: Colour, id: Warna}}\n";
    each_is_said(
        SERVICE,
        &[(
            "parameters:\n",
            extra,
            "wordpress/service.yaml, parameters[0].name: colour is declared, and no manifest uses it",
        )],
    );
    assert_eq!(
        with_change(SERVICE, "- name: locale", "- name: language"),
        [
            "wordpress/30-app.yaml.j2, params.locale: parameter locale is used, and service.yaml does not declare it",
            "wordpress/service.yaml, parameters[0].name: language is declared, and no manifest uses it",
        ]
    );
    assert_eq!(
        with_change(SERVICE, "- name: egress_ports", "- name: ports"),
        [
            "wordpress/service.yaml, parameters[1].name: ports is declared, and no manifest uses it",
            "wordpress/service.yaml, params.egress_ports: parameter egress_ports is used, and service.yaml does not declare it; _namespace/guards.yaml.j2 uses it",
        ]
    );
    assert_eq!(
        with_change(SERVICE, "  owner: wordpress:cli", "  cli: wordpress:cli"),
        [
            "wordpress/20-owner.yaml.j2, images.owner: image owner is used, and service.yaml does not name it",
            "wordpress/50-reset.yaml.j2, images.owner: image owner is used, and service.yaml does not name it",
            "wordpress/service.yaml, images.cli: is named, and no manifest uses it",
        ]
    );
    assert_eq!(
        with_change("wordpress/30-app.yaml.j2", "{{ url }}", "{{ ulr }}"),
        ["wordpress/30-app.yaml.j2, ulr: ulr is used, and nothing gives it"]
    );
}

#[test]
fn a_deadline_that_ends_before_the_probes_give_up_is_refused() {
    for (recipe, needed) in [("wordpress", 600), ("ghost", 600), ("n8n", 900)] {
        let path = format!("{recipe}/service.yaml");
        let with = |seconds: u32| {
            let deadline = format!("deadline_seconds: {seconds}");
            with_change(&path, "deadline_seconds: 1200", &deadline)
        };
        let said = format!(
            "{path}, deadline_seconds: is {needed}, and what starts one after another may take {needed} s by its startup probes, of each at most 300 s"
        );
        assert_eq!(with(needed), [said]);
        assert!(with(needed + 1).is_empty(), "{recipe}");
    }
}

#[test]
fn a_probe_that_gives_an_update_longer_does_not_make_orders_wait() {
    for (recipe, window) in [
        ("ghost", "failureThreshold: 360"),
        ("n8n", "failureThreshold: 180"),
    ] {
        let app = format!("{recipe}/20-app.yaml.j2");
        assert!(with_change(&app, window, "failureThreshold: 8640").is_empty());
    }
}

#[test]
fn a_probe_that_gives_up_sooner_is_counted_as_it_is() {
    let path = "ghost/20-app.yaml.j2";
    let mut texts = shipped_of(path);
    change(
        &mut texts,
        path,
        "periodSeconds: 5, failureThreshold: 360,",
        "initialDelaySeconds: 5, failureThreshold: 20,",
    );
    let service = "ghost/service.yaml";
    change(
        &mut texts,
        service,
        "deadline_seconds: 1200",
        "deadline_seconds: 505",
    );
    let said = "ghost/service.yaml, deadline_seconds: is 505, and what starts one after another may take 505 s by its startup probes, of each at most 300 s";
    assert_eq!(flaws(&texts), [said]);
}
