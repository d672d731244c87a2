use super::ParameterError;
use crate::text::Email;
use std::str::FromStr;

/// Whom mail comes from: an address, or `Name <address>`. No part of it can be taken for another header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sender(String);

impl Sender {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Sender {
    type Err = ParameterError;

    fn from_str(text: &str) -> Result<Self, ParameterError> {
        let text = text.trim();
        let (name, address) = match text.strip_suffix('>') {
            Some(parts) => parts.rsplit_once('<').ok_or(ParameterError::NotASender)?,
            None => ("", text),
        };
        let name = name.trim();
        let plain = |letter: char| !letter.is_control() && !"<>\"\\,;:".contains(letter);
        let address: Email = address.parse().map_err(|_| ParameterError::NotASender)?;
        match name {
            "" => Ok(Self(address.into())),
            name if name.chars().all(plain) => Ok(Self(format!("{name} <{address}>"))),
            _ => Err(ParameterError::NotASender),
        }
    }
}
