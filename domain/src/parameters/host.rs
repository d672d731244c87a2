use super::ParameterError;
use std::str::FromStr;

/// Names under which only an installation's own network, or nobody, finds anything.
const NOT_PUBLIC: &[&str] = &[
    "arpa",
    "cluster",
    "corp",
    "example",
    "home",
    "internal",
    "intranet",
    "invalid",
    "lan",
    "local",
    "localdomain",
    "localhost",
    "onion",
    "private",
    "test",
];

/// The name of a server on the internet, in lower case: never an address, and no name of the cluster's. What such a
/// name leads to is another matter, and the network policy's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicHost(String);

impl PublicHost {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for PublicHost {
    type Err = ParameterError;

    fn from_str(text: &str) -> Result<Self, ParameterError> {
        let name = text.to_ascii_lowercase();
        let labels: Vec<&str> = name.split('.').collect();
        let Some(last) = labels.last().filter(|_| labels.len() > 1) else {
            return Err(ParameterError::NotAHost);
        };
        // An address in any spelling ends in a number; a name on the internet never does.
        let is_a_name =
            last.len() > 1 && last.starts_with(|letter: char| letter.is_ascii_lowercase());
        if name.len() > 253 || !is_a_name || !labels.iter().all(|label| is_label(label)) {
            return Err(ParameterError::NotAHost);
        }
        // A name with `svc` in it could pass for a service of the cluster.
        if NOT_PUBLIC.contains(last) || labels.contains(&"svc") {
            return Err(ParameterError::NotPublic);
        }
        Ok(Self(name))
    }
}

fn is_label(label: &str) -> bool {
    let inside = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
    (1..=63).contains(&label.len())
        && label.chars().all(inside)
        && !label.starts_with('-')
        && !label.ends_with('-')
}
