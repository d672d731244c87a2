//! Alerts ask for figures that there are.

use crate::support::deploy::manifests;
use std::collections::BTreeSet;

/// Where figures get their names, without `purser_`.
const REGISTERED: [&str; 3] = [
    include_str!("../../src/http/figures.rs"),
    include_str!("../../src/http/metrics.rs"),
    include_str!("../../src/http/usage_metrics.rs"),
];

/// The figures that an expression names; a counter has its unit behind its name.
fn asked_for(expression: &str) -> impl Iterator<Item = &str> {
    let words = expression.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let figures = words.filter_map(|word| word.strip_prefix("purser_"));
    figures.map(|figure| figure.strip_suffix("_total").unwrap_or(figure))
}

/// The figures that are -1 until something was done for the first time.
fn never_done() -> BTreeSet<String> {
    let unknown = ".unwrap_or(-1)";
    let fields = REGISTERED.iter().flat_map(|source| {
        let before = source
            .match_indices(unknown)
            .map(move |(at, _)| &source[..at]);
        before.map(|text| text.rsplit('.').next().unwrap().to_owned())
    });
    fields.collect()
}

#[test]
fn what_was_never_done_is_told_as_well() {
    let rules = manifests("monitoring");
    let rules = rules[0]["spec"]["groups"][0]["rules"].as_array().unwrap();
    let figures = never_done();
    let known = ["reconciliation_age_seconds", "sweep_age_seconds"];
    assert!(figures.iter().eq(known), "{figures:?}");
    for figure in figures {
        let never = format!("(purser_{figure}) < 0");
        let rule = rules
            .iter()
            .find(|rule| rule["expr"].as_str().unwrap().contains(&never));
        let rule = rule.unwrap_or_else(|| panic!("nobody is told that {figure} is never"));
        // Every figure is, of an installation that was made just now.
        assert!(rule["for"].is_string(), "{rule}");
    }
}

/// Nothing fails aloud where nothing is begun, and requests that are told to come back later are no errors of the server.
#[test]
fn that_nothing_is_done_is_told_whatever_keeps_it_from_being_done() {
    let rules = manifests("monitoring");
    let rules = rules[0]["spec"]["groups"][0]["rules"].as_array().unwrap();
    let asked = |wanted: &str| {
        let mut expressions = rules.iter().map(|rule| rule["expr"].as_str().unwrap());
        assert!(expressions.any(|it| it.contains(wanted)), "{wanted}");
    };
    for wanted in [
        "purser_effects_allowed",
        "purser_effects_overdue",
        "purser_effects_failing",
        "purser_oldest_due_effect_seconds",
        r#"operation="/readyz",status="503""#,
        r#"status="503",operation!~"#,
    ] {
        asked(wanted);
    }
    for rule in rules {
        let words = &rule["annotations"];
        assert!(words["summary"].is_string(), "{rule}");
        assert!(words["action"].is_string(), "{rule}");
    }
}

#[test]
fn every_figure_that_an_alert_asks_for_is_there() {
    let rules = manifests("monitoring");
    let rules = rules[0]["spec"]["groups"][0]["rules"].as_array().unwrap();
    let asked: BTreeSet<&str> = rules
        .iter()
        .flat_map(|rule| asked_for(rule["expr"].as_str().unwrap()))
        .collect();
    assert!(asked.len() > 12, "{asked:?}");
    let missing: Vec<&&str> = asked
        .iter()
        .filter(|figure| {
            let name = format!("\"{figure}\"");
            !REGISTERED.iter().any(|source| source.contains(&name))
        })
        .collect();
    assert_eq!(missing, Vec::<&&str>::new());
}
