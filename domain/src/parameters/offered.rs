//! Holding what a customer typed to what the recipe offers: all of it, so that he hears of every mistake at once.

use super::{PublicHost, Sender};
use crate::text::ParameterName;
use std::{collections::BTreeMap, fmt};

/// The largest whole number that JSON keeps exactly.
const LARGEST: i64 = (1 << 53) - 1;

/// What kind of value a parameter takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One line.
    Text,
    /// One line that is shown to nobody again.
    Secret,
    /// The name of a server on the internet.
    Host,
    /// An address of mail, or `Name <address>`.
    Sender,
    Number,
    Flag,
}

/// A parameter that a recipe lets its customers choose.
#[derive(Clone, Debug, PartialEq)]
pub struct Offered {
    pub name: ParameterName,
    pub kind: Kind,
    /// Nothing would hold where it is not chosen.
    pub required: bool,
    /// Of those that share a group all are chosen, or none.
    pub group: Option<String>,
    /// The only values there are; any where it is empty.
    pub one_of: Vec<Plain>,
    /// In characters, for texts.
    pub max_length: usize,
    pub minimum: Option<i64>,
    pub maximum: Option<i64>,
}

/// A value as it was typed. It may be a password, so it does not print itself.
#[derive(Clone, PartialEq, Eq)]
pub enum Plain {
    Text(String),
    Number(i64),
    Flag(bool),
}

impl fmt::Debug for Plain {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[typed]")
    }
}

/// Why a choice is refused. The value itself is not repeated: it may be a password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParameterError {
    #[error("is nothing that this app lets you choose")]
    Unknown,
    #[error("is required")]
    Missing,
    #[error("is missing: of {0} all are given or none")]
    Incomplete(String),
    #[error("is not a text")]
    NotAText,
    #[error("is not a whole number")]
    NotANumber,
    #[error("is not true or false")]
    NotAFlag,
    #[error("is empty")]
    Empty,
    #[error("is longer than {0} characters")]
    TooLong(usize),
    #[error("has a control character or a line break")]
    Control,
    #[error("is none of {0}")]
    NotAllowed(String),
    #[error("is not a whole number from {0} to {1}")]
    Outside(i64, i64),
    #[error("is not the name of a server, like smtp.example.com; an address is none")]
    NotAHost,
    #[error("is not the name of a server on the internet")]
    NotPublic,
    #[error("is neither an e-mail address nor `Name <address>`")]
    NotASender,
}

/// What was chosen, in the form in which it counts.
///
/// # Errors
/// Everything that is wrong, each with the name that it is wrong under.
pub fn choose(
    offered: &[Offered],
    given: BTreeMap<String, Plain>,
) -> Result<BTreeMap<ParameterName, Plain>, Vec<(String, ParameterError)>> {
    let mut wrong = missing(offered, &given);
    let mut chosen = BTreeMap::new();
    for (name, value) in given {
        let found = offered.iter().find(|offered| offered.name.as_str() == name);
        let taken = match found {
            Some(offered) => offered
                .take(value)
                .map(|value| (offered.name.clone(), value)),
            None => Err(ParameterError::Unknown),
        };
        match taken {
            Ok((name, value)) => {
                chosen.insert(name, value);
            }
            Err(error) => wrong.push((name, error)),
        }
    }
    wrong.is_empty().then_some(chosen).ok_or(wrong)
}

fn missing(offered: &[Offered], given: &BTreeMap<String, Plain>) -> Vec<(String, ParameterError)> {
    let is_given = |offered: &Offered| given.contains_key(offered.name.as_str());
    let why = |one: &Offered| {
        let group = one.group.as_ref()?;
        let members = || {
            offered
                .iter()
                .filter(|other| other.group.as_ref() == Some(group))
        };
        members().any(is_given).then(|| {
            let names: Vec<&str> = members().map(|member| member.name.as_str()).collect();
            ParameterError::Incomplete(names.join(", "))
        })
    };
    let absent = offered.iter().filter(|offered| !is_given(offered));
    absent
        .filter_map(|one| {
            let why = match one.required {
                true => ParameterError::Missing,
                false => why(one)?,
            };
            Some((one.name.as_str().to_owned(), why))
        })
        .collect()
}

impl Offered {
    /// The value in the form in which it counts.
    ///
    /// # Errors
    /// Why it cannot be chosen.
    pub fn take(&self, value: Plain) -> Result<Plain, ParameterError> {
        let value = match (self.kind, value) {
            (Kind::Number, Plain::Number(number)) => self.within(number).map(Plain::Number)?,
            (Kind::Number, _) => return Err(ParameterError::NotANumber),
            (Kind::Flag, flag @ Plain::Flag(_)) => flag,
            (Kind::Flag, _) => return Err(ParameterError::NotAFlag),
            (kind, Plain::Text(text)) => {
                let text = self.line(text)?;
                Plain::Text(match kind {
                    Kind::Host => text.parse::<PublicHost>()?.as_str().to_owned(),
                    Kind::Sender => text.parse::<Sender>()?.as_str().to_owned(),
                    _ => text,
                })
            }
            (_, _) => return Err(ParameterError::NotAText),
        };
        if !self.one_of.is_empty() && !self.one_of.contains(&value) {
            let values: Vec<String> = self.one_of.iter().map(Plain::shown).collect();
            return Err(ParameterError::NotAllowed(values.join(", ")));
        }
        Ok(value)
    }

    fn within(&self, number: i64) -> Result<i64, ParameterError> {
        let (least, most) = (
            self.minimum.unwrap_or(-LARGEST),
            self.maximum.unwrap_or(LARGEST),
        );
        match (least..=most).contains(&number) {
            true => Ok(number),
            false => Err(ParameterError::Outside(least, most)),
        }
    }

    /// One line of text, as it was typed.
    fn line(&self, text: String) -> Result<String, ParameterError> {
        let breaks =
            |letter: char| letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}');
        if text.trim().is_empty() {
            Err(ParameterError::Empty)
        } else if text.chars().count() > self.max_length {
            Err(ParameterError::TooLong(self.max_length))
        } else if text.chars().any(breaks) {
            Err(ParameterError::Control)
        } else {
            Ok(text)
        }
    }
}

impl Plain {
    /// For values that a recipe names, never for one that was typed.
    pub fn shown(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Number(number) => number.to_string(),
            Self::Flag(flag) => flag.to_string(),
        }
    }
}
