//! Who may import whom: the direction in which the product is built, read from its `use` lines.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// A source file without its tests.
struct Source {
    path: String,
    code: String,
    lines: usize,
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn sources(folder: &str) -> Vec<Source> {
    let mut found = Vec::new();
    read_into(&mut found, &root().join(folder));
    assert!(!found.is_empty(), "{folder} holds no Rust");
    found
}

fn read_into(found: &mut Vec<Source>, folder: &Path) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read_into(found, &path);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            found.push(Source {
                path: path.strip_prefix(root()).unwrap().to_str().unwrap().into(),
                code: product(&text),
                lines: text.lines().count(),
            });
        }
    }
}

/// What is compiled into the product: no comments, and nothing from the tests on.
fn product(text: &str) -> String {
    let text = text.split("\n#[cfg(test)]\nmod tests {").next().unwrap();
    let code = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    code.collect::<Vec<_>>().join("\n")
}

impl Source {
    fn is_test(&self) -> bool {
        let mut parts = self.path.split(['/', '.']);
        parts.any(|part| part == "tests" || part.ends_with("_tests"))
    }

    /// Every path that a `use` line or an expression of the crate reaches, beginning with `start`:
    /// the name that follows it.
    fn reaches(&self, start: &str) -> Vec<String> {
        let mut names = Vec::new();
        for (at, _) in self.code.match_indices(start) {
            let before = self.code[..at].chars().next_back();
            if before.is_some_and(|letter| letter.is_alphanumeric() || letter == '_') {
                continue;
            }
            let rest = &self.code[at + start.len()..];
            match rest.strip_prefix('{') {
                Some(group) => names.extend(first_names(group)),
                None => names.extend(word(rest)),
            }
        }
        names
    }
}

/// The first word.
fn word(text: &str) -> Option<String> {
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
    let word: String = text
        .trim_start()
        .chars()
        .take_while(|letter| is_part(*letter))
        .collect();
    (!word.is_empty()).then_some(word)
}

/// The first word of every member of a group that was just opened.
fn first_names(group: &str) -> Vec<String> {
    let (mut depth, mut names, mut member) = (1, Vec::new(), String::new());
    for letter in group.chars() {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 || (depth == 1 && letter == ',') {
            names.extend(word(&member));
            member.clear();
        } else {
            member.push(letter);
        }
        if depth == 0 {
            break;
        }
    }
    names
}

/// The name of a file's module of `src`.
fn module(path: &str) -> &str {
    let path = path.strip_prefix("src/").unwrap();
    path.split(['/', '.']).next().unwrap()
}

/// They put everything together.
const KNOW_EVERYBODY: &[&str] = &["app", "cli", "lib", "main"];

/// They are reached by many, and reach nobody.
const KNOW_NOBODY: &[&str] = &["faults", "panics", "telemetry"];

/// The modules of `src` that a module never reaches.
fn forbidden() -> BTreeMap<&'static str, Vec<&'static str>> {
    let tops = ["app", "cli"];
    let adapters = [
        "kubernetes",
        "mail",
        "payments",
        "standins",
        "embedded",
        "relay",
    ];
    let mut rules = BTreeMap::from([
        ("store", vec!["http", "relay", "sagas", "verify", "auth"]),
        ("relay", vec!["http", "sagas", "auth"]),
        ("sagas", vec!["http", "standins", "embedded"]),
        (
            "http",
            vec![
                "kubernetes",
                "mail",
                "relay",
                "sagas",
                "standins",
                "embedded",
            ],
        ),
        ("auth", vec!["http", "sagas", "relay"]),
        ("kubernetes", vec!["http", "sagas", "store", "auth"]),
        (
            "fleet",
            vec!["http", "sagas", "relay", "standins", "embedded"],
        ),
        (
            "usage",
            vec!["http", "sagas", "relay", "standins", "embedded"],
        ),
        (
            "sweep",
            vec!["http", "relay", "auth", "standins", "embedded"],
        ),
        (
            "reconcile",
            vec!["http", "sagas", "relay", "auth", "standins", "embedded"],
        ),
        (
            "overdue",
            vec!["http", "sagas", "relay", "auth", "standins", "embedded"],
        ),
        ("mail", vec!["http", "sagas", "store", "auth"]),
        ("payments", vec!["http", "sagas"]),
        ("paper", vec!["http", "sagas", "standins", "embedded"]),
        ("embedded", vec!["http", "sagas", "store", "auth"]),
        ("standins", vec!["http", "sagas", "store", "auth", "config"]),
        ("verify", vec!["http", "sagas"]),
        ("inbox", vec!["http", "sagas", "relay", "auth", "payments"]),
        ("ledger", vec!["http", "sagas", "relay", "auth"]),
        ("clock", vec!["http", "sagas", "store", "auth", "config"]),
        ("config", vec!["http", "store"]),
        (
            "rounds",
            vec!["http", "sagas", "relay", "store", "auth", "config"],
        ),
        (
            "pod_security",
            vec![
                "http",
                "sagas",
                "store",
                "auth",
                "config",
                "kubernetes",
                "standins",
            ],
        ),
    ]);
    for (module, never) in &mut rules {
        never.extend(tops);
        if *module == "rounds" {
            never.extend(adapters);
        }
        if adapters.contains(module) && *module != "relay" {
            never.extend(adapters.iter().filter(|adapter| *adapter != module));
        }
    }
    rules
}

/// The crates that a module never reaches.
const FOREIGN: &[(&str, &[&str])] = &[
    (
        "src/http/",
        &["sqlx", "kube", "k8s_openapi", "lettre", "async_nats"],
    ),
    (
        "src/store/",
        &["purser_projections", "kube", "lettre", "async_nats", "poem"],
    ),
    ("src/relay/", &["poem", "kube", "lettre"]),
    (
        "src/sagas/",
        &["poem", "kube", "lettre", "reqwest", "async_nats"],
    ),
    ("src/kubernetes/", &["sqlx", "lettre", "async_nats", "poem"]),
    ("src/fleet/", &["poem", "kube", "lettre", "async_nats"]),
    ("src/usage/", &["poem", "kube", "lettre", "async_nats"]),
    ("src/sweep/", &["poem", "kube", "lettre", "async_nats"]),
    ("src/reconcile/", &["poem", "kube", "lettre", "async_nats"]),
    ("src/paper/", &["poem", "kube", "lettre", "async_nats"]),
    ("src/overdue", &["poem", "kube", "lettre", "async_nats"]),
    ("src/mail/", &["sqlx", "kube", "async_nats", "poem"]),
    (
        "src/payments/",
        &["sqlx", "kube", "lettre", "async_nats", "poem"],
    ),
    (
        "domain/src/",
        &[
            "purser",
            "purser_projections",
            "sqlx",
            "tokio",
            "poem",
            "reqwest",
        ],
    ),
    (
        "projections/src/",
        &["purser", "poem", "async_nats", "kube", "lettre"],
    ),
];

#[test]
fn everybody_imports_only_what_lies_below() {
    let (mut wrong, sources, rules) = (Vec::new(), sources("src"), forbidden());
    let modules: BTreeSet<&str> = sources.iter().map(|source| module(&source.path)).collect();
    for source in sources.iter().filter(|source| !source.is_test()) {
        let module = module(&source.path);
        if KNOW_EVERYBODY.contains(&module) {
            continue;
        }
        let never: Vec<&str> = match rules.get(module) {
            Some(never) => never.clone(),
            None if KNOW_NOBODY.contains(&module) => modules.iter().copied().collect(),
            None => {
                wrong.push(format!("{} is of a module without a rule", source.path));
                continue;
            }
        };
        let reached = source.reaches("crate::").into_iter();
        let reached = reached.filter(|name| never.contains(&name.as_str()));
        wrong.extend(reached.map(|name| format!("{} reaches {name}", source.path)));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn everybody_keeps_to_his_own_crates() {
    let mut wrong = Vec::new();
    let all = ["src", "domain/src", "projections/src"]
        .into_iter()
        .flat_map(sources);
    for source in all.filter(|source| !source.is_test()) {
        let rules = FOREIGN
            .iter()
            .filter(|(folder, _)| source.path.starts_with(folder));
        for name in rules.flat_map(|(_, never)| *never) {
            if !source.reaches(&format!("{name}::")).is_empty() {
                wrong.push(format!("{} reaches {name}", source.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn no_module_is_a_drawer() {
    let drawers = [
        "utils", "util", "common", "helpers", "types", "models", "misc",
    ];
    let all = ["src", "domain", "projections", "tests"]
        .into_iter()
        .flat_map(sources);
    let wrong: Vec<String> = all
        .map(|source| source.path)
        .filter(|path| path.split(['/', '.']).any(|part| drawers.contains(&part)))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn no_file_is_longer_than_400_lines() {
    let all = ["src", "domain", "projections", "tests"]
        .into_iter()
        .flat_map(sources);
    let long = all.filter(|source| source.lines > 400);
    let wrong: Vec<String> = long
        .map(|source| format!("{}: {}", source.path, source.lines))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_migration_has_a_version_of_its_own() {
    let mut versions = BTreeMap::<String, Vec<String>>::new();
    for entry in fs::read_dir(root().join("migrations")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let (version, _) = name.split_once('_').unwrap();
        versions.entry(version.to_owned()).or_default().push(name);
    }
    assert!(!versions.is_empty(), "there are no migrations");
    versions.retain(|_, names| names.len() > 1);
    assert!(versions.is_empty(), "{versions:#?}");
}

/// The command line reads the environment and passes it down as plain values.
const READ_THE_ENVIRONMENT: &[&str] = &["src/cli/"];

#[test]
fn nobody_else_reads_the_environment() {
    let all = ["src", "domain/src", "projections/src"]
        .into_iter()
        .flat_map(sources);
    let all = all.filter(|source| !source.is_test());
    let all = all.filter(|source| {
        !READ_THE_ENVIRONMENT
            .iter()
            .any(|may| source.path.starts_with(may))
    });
    let reads = [
        "env::var",
        "env::vars",
        "env::var_os",
        "env::args",
        "env::temp_dir",
        "env::current_dir",
    ];
    let wrong = all.filter(|source| reads.iter().any(|read| source.code.contains(read)));
    let wrong: Vec<String> = wrong.map(|source| source.path).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn what_is_reached_is_seen() {
    let source = Source {
        path: String::new(),
        code:
            "use crate::{auth::{Keys, Vault}, clock::Clock};\nlet x = crate::store::canonical(1);"
                .into(),
        lines: 2,
    };
    assert_eq!(source.reaches("crate::"), ["auth", "clock", "store"]);
}

/// What the code cites by number has to be there to be read.
#[test]
fn every_billing_rule_that_is_cited_exists() {
    let rules = fs::read_to_string(root().join("domain/billing-rules.md")).unwrap();
    let known: BTreeSet<u32> = rules
        .lines()
        .filter_map(|line| line.split_once(". ")?.0.parse().ok())
        .collect();
    assert_eq!(known, (1..=45).collect());
    let mut cited = BTreeSet::new();
    for source in ["src", "domain/src"].into_iter().flat_map(sources) {
        let text = fs::read_to_string(root().join(source.path)).unwrap();
        for citation in text.to_lowercase().split("billing rule").skip(1) {
            let numbers = citation.trim_start_matches('s');
            let end = numbers.find([')', ':', '.', '\n']).unwrap_or(numbers.len());
            let numbers = numbers[..end].split(|c: char| !c.is_ascii_digit());
            cited.extend(numbers.filter_map(|number| number.parse::<u32>().ok()));
        }
    }
    assert!(cited.len() > 20, "{cited:?}");
    assert!(cited.is_subset(&known), "{cited:?}");
}
