//! A head of the history, as it is noted where nobody who can write to the database can write as well.

use std::{fmt, num::ParseIntError, str::FromStr};

/// A position and the hash there, which covers every event up to it. Written `POSITION:HASH`, the hash in hexadecimal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Anchor {
    /// 0 before the first event.
    pub position: i64,
    pub hash: [u8; 32],
}

/// Not what a head looks like.
#[derive(Debug, thiserror::Error)]
pub enum AnchorError {
    #[error("a head is written POSITION:HASH")]
    Parts,
    #[error("the position before the colon is not a number")]
    Position(#[source] ParseIntError),
    #[error("the hash after the colon is not 32 bytes in hexadecimal")]
    Hash(#[source] hex::FromHexError),
}

impl fmt::Display for Anchor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.position, hex::encode(self.hash))
    }
}

impl FromStr for Anchor {
    type Err = AnchorError;

    fn from_str(text: &str) -> Result<Self, AnchorError> {
        let (position, hex) = text.split_once(':').ok_or(AnchorError::Parts)?;
        let mut hash = [0; 32];
        hex::decode_to_slice(hex, &mut hash).map_err(AnchorError::Hash)?;
        let position = position.parse().map_err(AnchorError::Position)?;
        Ok(Self { position, hash })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let anchor = Anchor {
            position: 1_204,
            hash: [0xab; 32],
        };
        let text = anchor.to_string();
        assert_eq!(text, format!("1204:{}", "ab".repeat(32)));
        assert_eq!(text.parse::<Anchor>().unwrap(), anchor);
    }

    #[test]
    fn anything_else_is_refused() {
        let hash = "ab".repeat(32);
        for text in [
            "",
            "1204",
            "1204:",
            "1204:abcd",
            &hash,
            &format!("x:{hash}"),
        ] {
            assert!(text.parse::<Anchor>().is_err(), "{text}");
        }
    }
}
