//! How a refusal is named: a stable code for programs, a kind for the edge, a sentence for people.

/// What kind of refusal it is. The edge turns each kind into one HTTP status, for all aggregates at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The command makes no sense whatever the state.
    Invalid,
    /// The credit does not reach.
    Unaffordable,
    /// Who asks is not known.
    Unauthenticated,
    /// Who asks may not.
    Forbidden,
    /// There is no such thing, or it is somebody else's.
    NotFound,
    /// The state does not allow it now.
    Conflict,
}

/// A business reason to refuse.
pub trait Rejection: std::error::Error {
    /// Stable, `noun.reason`, part of the API.
    fn code(&self) -> &'static str;
    fn refusal(&self) -> Refusal;
}

/// A refusal without its type, as it leaves a decision.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refused {
    pub code: &'static str,
    pub refusal: Refusal,
    pub message: String,
}

impl<E: Rejection> From<E> for Refused {
    fn from(error: E) -> Self {
        Self {
            code: error.code(),
            refusal: error.refusal(),
            message: error.to_string(),
        }
    }
}

/// Implements [`Rejection`] from a list of variants with code and kind.
macro_rules! rejection {
    ($error:ident { $($variant:ident => $code:literal $refusal:ident),+ $(,)? }) => {
        impl $crate::Rejection for $error {
            fn code(&self) -> &'static str {
                match self { $(Self::$variant { .. } => $code),+ }
            }

            fn refusal(&self) -> $crate::Refusal {
                match self { $(Self::$variant { .. } => $crate::Refusal::$refusal),+ }
            }
        }
    };
}

pub(crate) use rejection;
