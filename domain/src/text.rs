//! Words with rules: what may be a slug, a subdomain, a title. What is typed is parsed ([`FromStr`]) and has to be seen for what
//! it is; what is read back from the history has kept the rules of its time, and is never refused for newer ones.

mod seen;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// Why a text is refused. The text itself is not repeated: it may be personal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    #[error("is empty")]
    Empty,
    #[error("is longer than {0} characters")]
    TooLong(usize),
    #[error("is shorter than {0} characters")]
    TooShort(usize),
    #[error("has a control character")]
    Control,
    #[error("has nothing in it that can be seen")]
    Unseen,
    #[error("has a character that hides or turns what is around it")]
    Turning,
    #[error("has a character that cannot be seen")]
    Hidden,
    #[error(
        "may have only a to z, 0 to 9 and single hyphens, and begins and ends with a letter or digit"
    )]
    NotALabel,
    #[error(
        "may have only letters, digits, '-', '_' and '.', and begins and ends with a letter or digit"
    )]
    NotANodeWord,
    #[error("may have only a to z, 0 to 9 and '_'")]
    NotAParameterName,
    #[error("may not have a web address in it")]
    WebAddress,
    #[error("is a reserved name")]
    Reserved,
    #[error("is not an e-mail address")]
    NotAnAddress,
    #[error("is not a phone number in international form, like +628123456789")]
    NotAPhone,
}

macro_rules! text {
    ($($(#[$doc:meta])* $name:ident = $check:path $(, typed $typed:path)?);+ $(;)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        /// As it is read back.
        impl TryFrom<String> for $name {
            type Error = TextError;

            fn try_from(text: String) -> Result<Self, TextError> {
                $check(text).map(Self)
            }
        }

        /// As it is typed.
        impl FromStr for $name {
            type Err = TextError;

            fn from_str(text: &str) -> Result<Self, TextError> {
                let text = Self::try_from(text.to_owned())?;
                seen::for_what_it_is(&text.0)?;
                $($typed(&text.0)?;)?
                Ok(text)
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> Self {
                text.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }
    )+};
}

text! {
    /// The short name of a service or plan: a DNS label (RFC 1123) of 2 to 40 characters.
    Slug = slug;
    /// The customer's part of a host name: a DNS label of 3 to 40 characters, of which some cannot be typed.
    Subdomain = subdomain, typed not_reserved;
    /// One line for people: 1 to 100 characters without control characters.
    Title = title;
    /// A text for people: up to 2,000 characters; line breaks are allowed.
    Description = description;
    /// Why somebody did something: 1 to 500 characters.
    Reason = reason;
    /// A person's name: 1 to 100 characters, which cannot be typed with a web address in it.
    PersonName = title, typed leads_nowhere;
    /// An e-mail address, kept as typed without surrounding white space (RFC 5321, at most 254 characters).
    Email = email;
    /// A phone number in international form (E.164).
    Phone = phone;
    /// A group of workers: what Kubernetes takes as the value of a label, 1 to 63 characters.
    PoolName = pool_name;
    /// What a worker calls itself: a host name, 1 to 253 characters.
    WorkerName = worker_name;
    /// What a recipe calls one of its parameters: 1 to 63 of a to z, 0 to 9 and `_`.
    ParameterName = parameter_name;
}

impl Reason {
    /// A reason that the code itself gives.
    pub fn stated(words: &'static str) -> Self {
        Self(words.to_owned())
    }

    /// A reason in the words of a service outside, cut to what a reason may be: what cannot be typed in one is a blank. Whoever
    /// gives no words gave no reason.
    pub fn quoted(words: &str) -> Self {
        let misleads = |c: char| c.is_control() || seen::misleads(c);
        let words = words.replace(misleads, " ");
        let words: String = words.trim().chars().take(REASON).collect();
        match words.chars().any(seen::is_seen) {
            true => Self(words.trim_end().to_owned()),
            false => Self::stated("no reason was given"),
        }
    }
}

/// How many characters a [`Reason`] may have.
const REASON: usize = 500;

impl Email {
    /// The form under which an address is claimed: lower case throughout, since no mail service in
    /// use tells two people apart by letter case.
    pub fn normalised(&self) -> String {
        self.0.to_lowercase()
    }
}

/// Names that would pass for the operator's own or the gateway's, or that programs look for below any domain.
const RESERVED: &[&str] = &[
    "account",
    "accounts",
    "admin",
    "administrator",
    "api",
    "app",
    "apps",
    "auth",
    "autoconfig",
    "autodiscover",
    "billing",
    "blog",
    "cdn",
    "console",
    "cpanel",
    "dashboard",
    "dev",
    "dns",
    "docs",
    "ftp",
    "gateway",
    "grafana",
    "help",
    "host",
    "imap",
    "internal",
    "kubernetes",
    "localhost",
    "login",
    "mail",
    "metrics",
    "midtrans",
    "mta-sts",
    "mx",
    "news",
    "ns1",
    "ns2",
    "oauth",
    "panel",
    "pay",
    "payment",
    "payments",
    "pop",
    "postmaster",
    "purser",
    "root",
    "secure",
    "shop",
    "signin",
    "smtp",
    "sso",
    "staging",
    "static",
    "status",
    "store",
    "support",
    "system",
    "test",
    "webmail",
    "wpad",
    "www",
];

/// What people write as they like: blanks around it are left out.
fn sized(text: String, least: usize, most: usize) -> Result<String, TextError> {
    measured(text.trim(), least, most)
}

/// What is one word, as it is written: a blank around it is no part of it, and nobody's to take away.
fn word(text: String, least: usize, most: usize) -> Result<String, TextError> {
    measured(&text, least, most)
}

fn measured(text: &str, least: usize, most: usize) -> Result<String, TextError> {
    match text.chars().count() {
        0 if least > 0 => Err(TextError::Empty),
        length if length < least => Err(TextError::TooShort(least)),
        length if length > most => Err(TextError::TooLong(most)),
        _ => Ok(text.to_owned()),
    }
}

fn label(text: String, least: usize, most: usize) -> Result<String, TextError> {
    let text = word(text, least, most)?;
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if !text.chars().all(allowed)
        || text.starts_with('-')
        || text.ends_with('-')
        || text.contains("--")
    {
        return Err(TextError::NotALabel);
    }
    Ok(text)
}

fn slug(text: String) -> Result<String, TextError> {
    label(text, 2, 40)
}

fn subdomain(text: String) -> Result<String, TextError> {
    label(text.to_ascii_lowercase(), 3, 40)
}

/// Whoever had a name before it was reserved keeps it.
fn not_reserved(subdomain: &str) -> Result<(), TextError> {
    match RESERVED.contains(&subdomain) {
        true => Err(TextError::Reserved),
        false => Ok(()),
    }
}

fn title(text: String) -> Result<String, TextError> {
    let text = sized(text, 1, 100)?;
    if text.chars().any(char::is_control) {
        Err(TextError::Control)
    } else {
        Ok(text)
    }
}

/// Letters greet by name whoever is written to, and an address need not be whose it is said to be: with one of the web in his
/// name anybody could have us send it to anybody. Dots alone are in many names and titles.
fn leads_nowhere(text: &str) -> Result<(), TextError> {
    let text = text.to_lowercase();
    let mut words = text.split_whitespace();
    match text.contains("://") || text.contains("www.") || words.any(is_host_and_path) {
        true => Err(TextError::WebAddress),
        false => Ok(()),
    }
}

/// `evil.example/x`: a name of labels whose last one has two letters or more, and what is behind a slash.
fn is_host_and_path(word: &str) -> bool {
    let host = word.split_once('/').map(|(host, _)| host);
    let last = host.and_then(|host| host.rsplit_once('.'));
    last.is_some_and(|(before, last)| {
        !before.is_empty() && last.len() >= 2 && last.chars().all(char::is_alphanumeric)
    })
}

fn description(text: String) -> Result<String, TextError> {
    let text = sized(text, 0, 2000)?;
    let refused = |c: char| c.is_control() && c != '\n';
    if text.chars().any(refused) {
        Err(TextError::Control)
    } else {
        Ok(text)
    }
}

fn reason(text: String) -> Result<String, TextError> {
    let text = sized(text, 1, REASON)?;
    if text.chars().any(char::is_control) {
        Err(TextError::Control)
    } else {
        Ok(text)
    }
}

fn email(text: String) -> Result<String, TextError> {
    let text = word(text, 1, 254)?;
    let (local, domain) = text.rsplit_once('@').ok_or(TextError::NotAnAddress)?;
    let local_ok = (1..=64).contains(&local.len())
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..")
        && local
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c));
    let labels: Vec<&str> = domain.split('.').collect();
    let domain_ok = labels.len() >= 2
        && labels.iter().all(|label| {
            (1..=63).contains(&label.len())
                && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
                && !label.starts_with('-')
                && !label.ends_with('-')
        });
    if local_ok && domain_ok {
        Ok(text)
    } else {
        Err(TextError::NotAnAddress)
    }
}

fn phone(text: String) -> Result<String, TextError> {
    let text: String = text
        .trim()
        .chars()
        .filter(|c| !matches!(c, ' ' | '-'))
        .collect();
    let digits = text.strip_prefix('+').ok_or(TextError::NotAPhone)?;
    let plausible = (8..=15).contains(&digits.len())
        && digits.chars().all(|c| c.is_ascii_digit())
        && !digits.starts_with('0');
    if plausible {
        Ok(text)
    } else {
        Err(TextError::NotAPhone)
    }
}

fn node_word(text: String, most: usize) -> Result<String, TextError> {
    let text = word(text, 1, most)?;
    let inner = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let outer = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    let fits =
        text.chars().all(inner) && outer(text.chars().next()) && outer(text.chars().next_back());
    if fits {
        Ok(text)
    } else {
        Err(TextError::NotANodeWord)
    }
}

fn pool_name(text: String) -> Result<String, TextError> {
    node_word(text, 63)
}

fn worker_name(text: String) -> Result<String, TextError> {
    node_word(text, 253)
}

fn parameter_name(text: String) -> Result<String, TextError> {
    let text = word(text, 1, 63)?;
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    match text.chars().all(allowed) {
        true => Ok(text),
        false => Err(TextError::NotAParameterName),
    }
}
