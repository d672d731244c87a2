//! Ranges of addresses, as network policies name them.

use serde_json::{Value, json};
use std::{fmt, net::IpAddr, str::FromStr};

/// What is no address of somebody on the internet: networks of one's own, a machine itself, its link and what clouds serve
/// there, networks for tests and for many at once, addresses without a use.
const NOT_PUBLIC: [&str; 12] = [
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "100.64.0.0/10",
    "169.254.0.0/16",
    "127.0.0.0/8",
    "0.0.0.0/8",
    "192.0.0.0/24",
    "198.18.0.0/15",
    "224.0.0.0/4",
    "240.0.0.0/4",
    "168.63.129.16/32",
];
/// The same of IPv6, and what stands for an address of IPv4 whose network is none of these.
const NOT_PUBLIC_V6: [&str; 7] = [
    "fc00::/7",
    "fe80::/10",
    "fec0::/10",
    "::1/128",
    "64:ff9b::/96",
    "64:ff9b:1::/48",
    "2002::/16",
];

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

fn not_public() -> impl Iterator<Item = Network> {
    let networks = NOT_PUBLIC.into_iter().chain(NOT_PUBLIC_V6);
    networks.filter_map(|network| network.parse().ok())
}

/// Whether apps do not reach an address although the internet is open to them. `closed` are the networks that the operator
/// keeps them from.
pub fn is_closed(address: IpAddr, closed: &[Network]) -> bool {
    let mut networks = not_public().chain(closed.iter().copied());
    networks.any(|network| network.contains(address))
}

/// The internet as network policies name it: everything but what is not public, and what the operator keeps apps from.
pub(super) fn internet(closed: &[Network]) -> Value {
    let closed: Vec<Network> = not_public().chain(closed.iter().copied()).collect();
    // Some network plugins do not take the same address twice.
    let is_within_another = |at: usize, network: &Network| {
        let mut others = closed.iter().enumerate().filter(|(other, _)| *other != at);
        others.any(|(other, wider)| wider.covers(network) && (wider != network || other < at))
    };
    let except = |is_v4: bool| -> Vec<String> {
        let networks = closed.iter().enumerate();
        let networks = networks.filter(|(at, network)| {
            network.first.is_ipv4() == is_v4 && !is_within_another(*at, network)
        });
        networks.map(|(_, network)| network.to_string()).collect()
    };
    json!([
        {"ipBlock": {"cidr": "0.0.0.0/0", "except": except(true)}},
        {"ipBlock": {"cidr": "::/0", "except": except(false)}},
    ])
}

impl Network {
    fn covers(&self, other: &Self) -> bool {
        self.bits <= other.bits && self.contains(other.first)
    }

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
    fn every_network_that_is_not_public_can_be_read() {
        let all = NOT_PUBLIC.len() + NOT_PUBLIC_V6.len();
        assert_eq!(not_public().count(), all);
    }

    #[test]
    fn what_the_internet_leaves_out_is_closed() {
        let closed = [network("203.0.113.0/24"), network("2001:db8::/32")];
        let is_closed = |address: &str| is_closed(address.parse().unwrap(), &closed);
        for address in [
            "10.0.0.1",
            "172.31.9.9",
            "100.64.0.1",
            "0.0.0.0",
            "192.0.0.192",
            "198.19.255.255",
            "224.0.0.1",
            "255.255.255.255",
            "168.63.129.16",
            "203.0.113.9",
            "::1",
            "fd00::5",
            "fec0::5",
            "2002:a00:1::1",
            "64:ff9b::a00:1",
            "64:ff9b:1::a00:1",
            "2001:db8::1",
        ] {
            assert!(is_closed(address), "{address}");
        }
        for address in ["203.0.114.9", "172.32.0.1", "168.63.129.17", "2001:db9::1"] {
            assert!(!is_closed(address), "{address}");
        }
    }

    #[test]
    fn the_internet_names_no_address_twice() {
        let except = |closed: &[&str]| {
            let closed: Vec<Network> = closed.iter().map(|it| network(it)).collect();
            let internet = internet(&closed);
            [0, 1].map(|block| {
                let except = internet[block]["ipBlock"]["except"].as_array().unwrap();
                let except = except.iter().map(|it| it.as_str().unwrap().to_owned());
                except.collect::<Vec<_>>()
            })
        };
        assert_eq!(
            except(&[]),
            [&NOT_PUBLIC[..], &NOT_PUBLIC_V6].map(<[_]>::to_vec)
        );
        // One that is closed anyway, one twice, and one that takes in others.
        let [v4, v6] = except(&[
            "10.1.0.0/16",
            "203.0.113.9/32",
            "203.0.113.9/32",
            "fe00::/7",
        ]);
        assert_eq!(v4[..12], NOT_PUBLIC);
        assert_eq!(v4[12..], ["203.0.113.9/32"]);
        let kept = [
            "fc00::/7",
            "::1/128",
            "64:ff9b::/96",
            "64:ff9b:1::/48",
            "2002::/16",
            "fe00::/7",
        ];
        assert_eq!(v6, kept);
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
