/// Why the gateway did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// No answer came. The call may have had its effect all the same.
    #[error("the payment gateway gave no answer")]
    Unreachable(#[source] reqwest::Error),
    #[error("the payment gateway refused with {status}: {}", messages.join("; "))]
    Refused { status: u16, messages: Vec<String> },
    /// No page for this order: it is paid or being paid. Ask for its status.
    #[error("the payment gateway already has a payment for this order")]
    OrderInUse,
    #[error("the payment gateway does not accept the server key")]
    Unauthorised,
    #[error("the payment gateway asks for fewer calls")]
    RateLimited,
    #[error("the payment gateway is out of order ({status})")]
    Unavailable { status: u16 },
    /// An answer that cannot be read says nothing about what happened.
    #[error("the payment gateway's answer ({status}) is not understood: {what}")]
    Malformed { status: u16, what: &'static str },
    #[error("this can be no order, transaction or page of the payment gateway")]
    ImpossibleId,
}

impl GatewayError {
    /// Whether the same call may succeed later without anybody changing anything.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Unreachable(_)
            | Self::RateLimited
            | Self::Unavailable { .. }
            | Self::Malformed { .. } => true,
            Self::Refused { .. } | Self::OrderInUse | Self::Unauthorised | Self::ImpossibleId => {
                false
            }
        }
    }

    /// Whether it is about what was asked for alone: another order may be told all the same.
    pub fn is_about_one_order(&self) -> bool {
        match self {
            Self::Refused { .. }
            | Self::Malformed { .. }
            | Self::ImpossibleId
            | Self::OrderInUse => true,
            Self::Unreachable(_)
            | Self::Unauthorised
            | Self::RateLimited
            | Self::Unavailable { .. } => false,
        }
    }
}

/// Settings no client can be made from.
#[derive(Debug, thiserror::Error)]
pub enum MidtransConfigError {
    #[error("{0} is not an http or https address")]
    NotAnAddress(&'static str),
    #[error("at least one server key is needed")]
    NoServerKey,
    #[error("no rustls crypto provider is installed in this process")]
    NoCryptoProvider,
    #[error("the HTTP client cannot be set up")]
    Client(#[source] reqwest::Error),
}
