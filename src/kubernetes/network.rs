//! Ranges of addresses, as network policies name them.

use std::{fmt, net::IpAddr, str::FromStr};

/// A range of addresses, such as `10.20.0.0/16`; never all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    first: IpAddr,
    bits: u32,
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum NetworkError {
    #[error("{0:?} is no network: an address and how many of its bits count, such as 10.20.0.0/16")]
    Unreadable(String),
    /// The cluster warns of such a range in a policy, and a warning ends an order.
    #[error("{0} begins before the address that it names")]
    NotFirst(String),
}

impl Network {
    pub fn contains(&self, address: IpAddr) -> bool {
        self.first.is_ipv4() == address.is_ipv4()
            && self.significant(address) == self.significant(self.first)
    }

    /// The bits of an address that count.
    fn significant(&self, address: IpAddr) -> u128 {
        match address {
            IpAddr::V4(address) => u128::from(address.to_bits() >> (32 - self.bits)),
            IpAddr::V6(address) => address.to_bits() >> (128 - self.bits),
        }
    }
}

impl FromStr for Network {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Self, NetworkError> {
        let read = || {
            let (first, bits) = text.split_once('/')?;
            let first: IpAddr = first.parse().ok()?;
            let most = if first.is_ipv4() { 32 } else { 128 };
            let bits = bits.parse().ok().filter(|bits| (1..=most).contains(bits))?;
            Some((Self { first, bits }, most - bits))
        };
        let (network, free) = read().ok_or_else(|| NetworkError::Unreadable(text.into()))?;
        let begins = match network.first {
            IpAddr::V4(first) => first.to_bits().trailing_zeros() >= free,
            IpAddr::V6(first) => first.to_bits().trailing_zeros() >= free,
        };
        match begins {
            true => Ok(network),
            false => Err(NetworkError::NotFirst(text.into())),
        }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.first, self.bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(text: &str) -> Network {
        text.parse().unwrap()
    }

    #[test]
    fn a_network_is_read_as_it_is_written() {
        for text in [
            "10.20.0.0/16",
            "10.1.2.3/32",
            "128.0.0.0/1",
            "fd00::/8",
            "fd00::5/128",
        ] {
            assert_eq!(network(text).to_string(), text);
        }
        for text in [
            "",
            "10.0.0.0",
            "10.0.0.0/33",
            "0.0.0.0/0",
            "::/0",
            "relay/24",
            "10.0.0.0/-1",
        ] {
            let refused = Network::from_str(text).unwrap_err();
            assert_eq!(refused, NetworkError::Unreadable(text.into()), "{text}");
        }
        for text in ["10.20.0.1/16", "fd00::5/64"] {
            let refused = Network::from_str(text).unwrap_err();
            assert_eq!(refused, NetworkError::NotFirst(text.into()), "{text}");
        }
    }

    #[test]
    fn a_network_contains_what_begins_like_it() {
        let contains = |text: &str, address: &str| network(text).contains(address.parse().unwrap());
        assert!(contains("10.20.0.0/16", "10.20.255.1"));
        assert!(!contains("10.20.0.0/16", "10.21.0.1"));
        assert!(contains("10.1.2.3/32", "10.1.2.3") && !contains("10.1.2.3/32", "10.1.2.4"));
        assert!(contains("fc00::/7", "fd00::5") && !contains("fc00::/7", "2001:db8::1"));
        assert!(!contains("fc00::/7", "252.0.0.1"));
    }
}
