//! Personal data as it stands in events: sealed before the command exists, never opened here.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A value encrypted under a person's key. The text names the form, the key's owner and the
/// ciphertext: `v1.<owner uuid>.<base64 of nonce and ciphertext>`. Hashes of the history cover this
/// text, so dropping the key erases the person and leaves the proof whole.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Sealed(String);

/// A text that is no sealed value. The text is not repeated: it might be a plain one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not a sealed value")]
pub struct NotSealed;

impl Sealed {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Sealed {
    type Error = NotSealed;

    fn try_from(text: String) -> Result<Self, NotSealed> {
        let mut parts = text.splitn(3, '.');
        let known = parts.next() == Some("v1")
            && parts
                .next()
                .is_some_and(|owner| uuid::Uuid::try_parse(owner).is_ok())
            && parts.next().is_some_and(|rest| rest.len() >= 54);
        if known {
            Ok(Self(text))
        } else {
            Err(NotSealed)
        }
    }
}

impl From<Sealed> for String {
    fn from(sealed: Sealed) -> Self {
        sealed.0
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[sealed]")
    }
}

#[cfg(test)]
mod tests {
    use super::{NotSealed, Sealed};

    #[test]
    fn a_plain_text_cannot_pass_for_a_sealed_one() {
        assert_eq!(
            Sealed::try_from("budi@example.com".to_owned()),
            Err(NotSealed)
        );
        assert_eq!(
            Sealed::try_from("v1.budi.example".to_owned()),
            Err(NotSealed)
        );
    }
}
