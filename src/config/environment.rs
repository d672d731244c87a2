//! Reading settings: every problem is noted, and all are reported together.

use super::Secret;
use std::{collections::BTreeMap, fmt, ops::RangeInclusive, str::FromStr};

/// The environment over a file of `NAME=value` lines, and what is wrong with them.
#[derive(Debug, Default)]
pub struct Environment {
    values: BTreeMap<String, String>,
    problems: Vec<String>,
}

/// Everything that is wrong with the settings, at once.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub struct Problems(Vec<String>);

impl fmt::Display for Problems {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "the settings cannot be used:")?;
        self.0
            .iter()
            .try_for_each(|problem| write!(formatter, "\n  - {problem}"))
    }
}

impl Environment {
    /// Lines of `file` first, `variables` over them. An empty value counts as none.
    pub fn new(file: &str, variables: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut environment = Self::default();
        for (number, line) in file.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            match line.split_once('=') {
                Some((name, value)) => {
                    let value = value.trim().trim_matches('"').to_owned();
                    environment.values.insert(name.trim().to_owned(), value);
                }
                None => environment
                    .problems
                    .push(format!("line {} of the file is not NAME=value", number + 1)),
            }
        }
        environment.values.extend(variables);
        environment.values.retain(|_, value| !value.is_empty());
        environment
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// What is found out at the start stands over what was set.
    pub fn set(&mut self, name: &str, value: &str) {
        self.values.insert(name.to_owned(), value.to_owned());
    }

    /// A setting without which nothing works; `what` says what belongs there.
    pub fn required(&mut self, name: &str, what: &str) -> String {
        let value = self.get(name).map(str::to_owned);
        value.unwrap_or_else(|| {
            self.problems.push(format!("{name} is missing: {what}"));
            String::new()
        })
    }

    /// As [`Environment::required`], for what must not be printed.
    pub fn secret(&mut self, name: &str, what: &str) -> Secret {
        Secret::new(self.required(name, what))
    }

    /// As [`Environment::required`], for what whoever uses it reads as a `T`. What stands there is not printed: it may hold
    /// a password.
    pub fn required_as<T: FromStr>(&mut self, name: &str, what: &str) -> String {
        let value = self.required(name, what);
        if !value.is_empty() && value.parse::<T>().is_err() {
            self.problem(format!("{name} cannot be read: it is {what}"));
        }
        value
    }

    /// A setting that may be left out, of any type that can be read from text.
    pub fn parse_optional<T: FromStr<Err: fmt::Display>>(&mut self, name: &str) -> Option<T> {
        match self.get(name)?.trim().parse() {
            Ok(value) => Some(value),
            Err(error) => {
                self.problems
                    .push(format!("{name} cannot be read: {error}"));
                None
            }
        }
    }

    /// A setting with a default, of any type that can be read from text; a number is read [`Environment::within`] its range.
    pub fn parse<T: FromStr<Err: fmt::Display>>(&mut self, name: &str, default: T) -> T {
        self.parse_optional(name).unwrap_or(default)
    }

    /// A number: each makes sense within a range only.
    pub fn within<T>(&mut self, name: &str, default: T, range: RangeInclusive<T>) -> T
    where
        T: FromStr<Err: fmt::Display> + PartialOrd + fmt::Display,
    {
        self.within_optional(name, range).unwrap_or(default)
    }

    /// As [`Environment::within`], where there is no default.
    pub fn within_optional<T>(&mut self, name: &str, range: RangeInclusive<T>) -> Option<T>
    where
        T: FromStr<Err: fmt::Display> + PartialOrd + fmt::Display,
    {
        let value = self.parse_optional(name)?;
        if range.contains(&value) {
            return Some(value);
        }
        let (least, most) = (range.start(), range.end());
        self.problem(format!("{name} is {value}; it can be {least} to {most}"));
        None
    }

    /// One of several words.
    pub fn choose<T: Copy>(&mut self, name: &str, default: T, words: &[(&str, T)]) -> T {
        let Some(word) = self.get(name) else {
            return default;
        };
        if let Some((_, value)) = words.iter().find(|(known, _)| *known == word) {
            return *value;
        }
        let known: Vec<&str> = words.iter().map(|(known, _)| *known).collect();
        let problem = format!("{name} is {word:?}; it can be {}", known.join(", "));
        self.problems.push(problem);
        default
    }

    pub fn problem(&mut self, problem: impl Into<String>) {
        self.problems.push(problem.into());
    }

    /// # Errors
    /// Every problem so far.
    pub fn finish(self) -> Result<(), Problems> {
        if self.problems.is_empty() {
            Ok(())
        } else {
            Err(Problems(self.problems))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_problem_is_reported_at_once() {
        let variables = [("SMTP_PORT".to_owned(), "mail".to_owned())];
        let mut environment = Environment::new("nonsense", variables);
        environment.required("DATABASE_URL", "where the history is");
        let port: u16 = environment.parse("SMTP_PORT", 25);
        environment.choose("SMTP_TLS", (), &[("none", ())]);
        assert_eq!(port, 25);
        environment.set("GRACE_DAYS", "4000000000");
        environment.within("GRACE_DAYS", 3_u32, 0..=366);
        let problems = environment.finish().unwrap_err().to_string();
        assert_eq!(problems.matches("\n  - ").count(), 4, "{problems}");
        assert!(problems.contains("GRACE_DAYS is 4000000000; it can be 0 to 366"));
    }

    #[test]
    fn the_environment_is_over_the_file() {
        let file = "# comment\nA=1\nB=\"2\"\n";
        let environment = Environment::new(
            file,
            [
                ("A".to_owned(), "3".to_owned()),
                ("B".to_owned(), String::new()),
            ],
        );
        assert_eq!(environment.get("A"), Some("3"));
        assert_eq!(environment.get("B"), None);
    }
}
