//! An address of the installation on the web.

use reqwest::Url;
use std::{fmt, str::FromStr};

/// Where customers reach something of ours: `https://host`, with a port or a path where it has them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebUrl {
    text: String,
    origin: String,
    host: String,
}

/// Why something is no address of the installation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WebUrlError {
    #[error("it is an address like https://purser.example.com")]
    Unreadable,
    #[error("it holds more than scheme, host, port and path")]
    TooMuch,
}

impl WebUrl {
    /// The whole address, without a slash at the end.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Scheme, host and port, as a browser writes them: in lower case, without the port that the scheme has anyway.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The host alone, in lower case.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Stands for one that is missing or cannot be read until that is told, and never longer.
    pub(super) const fn unread() -> Self {
        Self {
            text: String::new(),
            origin: String::new(),
            host: String::new(),
        }
    }
}

impl FromStr for WebUrl {
    type Err = WebUrlError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let url = Url::parse(text).map_err(|_| WebUrlError::Unreadable)?;
        // `purser.example.com:8080` is a URL as well, and its scheme the host.
        let is_web = matches!(url.scheme(), "http" | "https");
        let host = url.host_str().filter(|_| is_web && text.contains("://"));
        let host = host.ok_or(WebUrlError::Unreadable)?;
        let signs_in = !url.username().is_empty() || url.password().is_some();
        // What follows is put behind it.
        if signs_in || url.query().is_some() || url.fragment().is_some() {
            return Err(WebUrlError::TooMuch);
        }
        Ok(Self {
            text: url.as_str().trim_end_matches('/').to_owned(),
            origin: url.origin().ascii_serialization(),
            host: host.trim_end_matches('.').to_owned(),
        })
    }
}

impl fmt::Display for WebUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_told_as_a_browser_tells_it() {
        let url: WebUrl = "HTTPS://Panel.Example.id:443/app/".parse().unwrap();
        assert_eq!(url.as_str(), "https://panel.example.id/app");
        assert_eq!(url.origin(), "https://panel.example.id");
        assert_eq!(url.host(), "panel.example.id");
        let local: WebUrl = "http://127.0.0.1:8080".parse().unwrap();
        assert_eq!(local.as_str(), "http://127.0.0.1:8080");
        assert_eq!(local.origin(), "http://127.0.0.1:8080");
        assert_eq!(local.host(), "127.0.0.1");
    }

    #[test]
    fn what_is_none_is_refused() {
        for text in [
            "purser.example.com",
            "purser.example.com:8080",
            "https:purser.example.com",
            "ftp://purser.example.com",
            "https://",
            "https://purser.example.com:port",
        ] {
            assert_eq!(
                text.parse::<WebUrl>(),
                Err(WebUrlError::Unreadable),
                "{text}"
            );
        }
        for text in [
            "https://user@purser.example.com",
            "https://purser.example.com/?a=1",
            "https://purser.example.com/#app",
        ] {
            assert_eq!(text.parse::<WebUrl>(), Err(WebUrlError::TooMuch), "{text}");
        }
    }
}
