//! What keeps apps apart on the network.

use super::Environment;
use crate::kubernetes::Network;
use std::collections::BTreeMap;

/// Networks, separated by commas or blanks.
pub(super) fn networks(env: &mut Environment, name: &str) -> Vec<Network> {
    let text = env.get(name).unwrap_or_default().to_owned();
    let words = text.split(|letter: char| letter == ',' || letter.is_whitespace());
    let mut networks = Vec::new();
    for word in words.filter(|word| !word.is_empty()) {
        match word.parse() {
            Ok(network) => networks.push(network),
            Err(error) => env.problem(format!("{name}: {error}")),
        }
    }
    networks
}

/// Labels of pods, `key=value` with commas between.
pub(super) fn labels(env: &mut Environment, name: &str) -> BTreeMap<String, String> {
    let text = env.get(name).unwrap_or_default().to_owned();
    let mut labels = BTreeMap::new();
    for pair in text.split(',').map(str::trim).filter(|it| !it.is_empty()) {
        let label = pair
            .split_once('=')
            .map(|(key, value)| (key.trim(), value.trim()));
        let Some((key, value)) = label.filter(|(key, value)| is_key(key) && is_value(value)) else {
            let example = "a label is key=value, such as app.kubernetes.io/name=traefik";
            env.problem(format!("{name}: {pair:?} is no label: {example}"));
            continue;
        };
        if labels.insert(key.to_owned(), value.to_owned()).is_some() {
            env.problem(format!("{name} says {key} twice"));
        }
    }
    labels
}

/// A name, with a domain before it or not, as Kubernetes takes it.
fn is_key(key: &str) -> bool {
    let (domain, name) = key.split_once('/').unwrap_or(("example", key));
    let is_part = |part: &str| {
        let is_inner = |letter: u8| letter.is_ascii_lowercase() || letter.is_ascii_digit();
        part.bytes()
            .all(|letter| is_inner(letter) || letter == b'-')
            && part.bytes().next().is_some_and(is_inner)
            && part.bytes().last().is_some_and(is_inner)
    };
    domain.len() <= 253 && domain.split('.').all(is_part) && !name.is_empty() && is_value(name)
}

fn is_value(value: &str) -> bool {
    let is_letter = |letter: &u8| letter.is_ascii_alphanumeric();
    let bytes = value.as_bytes();
    let inner = |letter: &u8| is_letter(letter) || b"-_.".contains(letter);
    value.len() <= 63
        && bytes.iter().all(inner)
        && bytes.first().is_none_or(is_letter)
        && bytes.last().is_none_or(is_letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read<T>(text: &str, reads: impl Fn(&mut Environment, &str) -> T) -> (T, Result<(), String>) {
        let values = [("NAME".to_owned(), text.to_owned())];
        let mut env = Environment::new("", values);
        let read = reads(&mut env, "NAME");
        (read, env.finish().map_err(|problems| problems.to_string()))
    }

    #[test]
    fn networks_of_both_kinds_stand_in_a_list() {
        for text in [
            "203.0.113.0/24,2001:db8::/32",
            " 203.0.113.0/24\t2001:db8::/32 ",
        ] {
            let (networks, problems) = read(text, networks);
            let told: Vec<String> = networks.iter().map(Network::to_string).collect();
            assert_eq!(told, ["203.0.113.0/24", "2001:db8::/32"]);
            assert_eq!(problems, Ok(()));
        }
        assert_eq!(read("", networks), (vec![], Ok(())));
        let (_, problems) = read("203.0.113.1/24 node-1", networks);
        let problems = problems.unwrap_err();
        assert!(problems.contains("NAME: 203.0.113.1/24"), "{problems}");
        assert!(problems.contains("NAME: \"node-1\""), "{problems}");
    }

    #[test]
    fn labels_are_pairs_that_a_cluster_takes() {
        let text = "app.kubernetes.io/name=traefik, role=, tier=front_1.a";
        let (found, problems) = read(text, labels);
        let pairs = [
            ("app.kubernetes.io/name", "traefik"),
            ("role", ""),
            ("tier", "front_1.a"),
        ];
        let pairs = pairs.map(|(key, value)| (key.to_owned(), value.to_owned()));
        assert_eq!(found, BTreeMap::from(pairs));
        assert_eq!(problems, Ok(()));
        assert_eq!(read("", labels), (BTreeMap::new(), Ok(())));
        for text in [
            "traefik",
            "=traefik",
            "app.io/=traefik",
            "App.io/name=traefik",
            "/name=traefik",
            "a/b/c=traefik",
            "name=-traefik",
            "name=two words",
        ] {
            let (found, problems) = read(text, labels);
            assert_eq!(found, BTreeMap::new(), "{text}");
            let problems = problems.unwrap_err();
            assert!(problems.contains("is no label"), "{text}: {problems}");
        }
        let (_, problems) = read("a=b,a=c", labels);
        assert!(problems.unwrap_err().contains("NAME says a twice"));
    }
}
