use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// A positive fraction of whole numbers: `12`, `11/12`. It is kept as it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Ratio {
    top: u32,
    bottom: u32,
}

/// A text that is no fraction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is no fraction of whole numbers from 1 to 10000, like 12 or 11/12")]
pub struct NotARatio;

/// Small enough that no sum below 2^53 overflows where several are multiplied.
const MOST: u32 = 10_000;

impl Ratio {
    /// # Errors
    /// Either number is not from 1 to 10,000.
    pub fn new(top: u32, bottom: u32) -> Result<Self, NotARatio> {
        let fits = |number: u32| (1..=MOST).contains(&number);
        match fits(top) && fits(bottom) {
            true => Ok(Self { top, bottom }),
            false => Err(NotARatio),
        }
    }

    pub(super) fn top(self) -> i128 {
        self.top.into()
    }

    pub(super) fn bottom(self) -> i128 {
        self.bottom.into()
    }
}

impl FromStr for Ratio {
    type Err = NotARatio;

    fn from_str(text: &str) -> Result<Self, NotARatio> {
        let (top, bottom) = text.split_once('/').unwrap_or((text, "1"));
        let number = |text: &str| text.trim().parse().map_err(|_| NotARatio);
        Self::new(number(top)?, number(bottom)?)
    }
}

impl TryFrom<String> for Ratio {
    type Error = NotARatio;

    fn try_from(text: String) -> Result<Self, NotARatio> {
        text.parse()
    }
}

impl From<Ratio> for String {
    fn from(ratio: Ratio) -> Self {
        ratio.to_string()
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.bottom {
            1 => write!(formatter, "{}", self.top),
            bottom => write!(formatter, "{}/{bottom}", self.top),
        }
    }
}
