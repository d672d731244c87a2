//! Where a request comes from: the socket's other end, or what the proxies say that stand before it.

use super::Parts;
use crate::auth::Peer;
use poem::{FromRequest, Request, RequestBody, http::HeaderMap};
use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
};

const FORWARDED: &str = "x-forwarded-for";

/// From where it is asked.
pub(super) struct AskedFrom(pub(super) Peer);

impl<'a> FromRequest<'a> for AskedFrom {
    async fn from_request(request: &'a Request, _body: &mut RequestBody) -> poem::Result<Self> {
        let parts = request
            .data::<Arc<Parts>>()
            .expect("api() puts the parts before every route");
        let socket = request.remote_addr().as_socket_addr().map(SocketAddr::ip);
        let told = told_by(request.headers(), parts.trusted_proxies);
        let address = told.or(socket).unwrap_or(Ipv4Addr::UNSPECIFIED.into());
        Ok(Self(Peer::new(address)))
    }
}

/// Each proxy adds at the end whom it was asked by. What stands before the outermost of ours anybody can have written.
fn told_by(headers: &HeaderMap, proxies: usize) -> Option<IpAddr> {
    let place = proxies.checked_sub(1)?;
    let lines = headers.get_all(FORWARDED).iter();
    let text: Vec<&str> = lines.filter_map(|line| line.to_str().ok()).collect();
    let chain: Vec<&str> = text.iter().flat_map(|line| line.split(',')).collect();
    let told = chain.iter().rev().nth(place)?.trim();
    let address = told.parse::<IpAddr>().ok();
    address.or_else(|| told.parse().ok().map(|socket: SocketAddr| socket.ip()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use poem::http::HeaderValue;

    fn told(lines: &[&'static str], proxies: usize) -> Option<String> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(FORWARDED, HeaderValue::from_static(line));
        }
        told_by(&headers, proxies).map(|address| address.to_string())
    }

    #[test]
    fn only_so_many_proxies_are_believed() {
        let chain = ["203.0.113.9, 192.0.2.1", "198.51.100.7"];
        let expected = [
            (0, None),
            (1, Some("198.51.100.7")),
            (2, Some("192.0.2.1")),
            (3, Some("203.0.113.9")),
            (4, None),
        ];
        for (proxies, address) in expected {
            assert_eq!(told(&chain, proxies).as_deref(), address, "{proxies}");
        }
    }

    #[test]
    fn an_address_may_have_a_port_and_what_is_none_is_not_believed() {
        assert_eq!(told(&["192.0.2.1:4711"], 1).as_deref(), Some("192.0.2.1"));
        assert_eq!(
            told(&["[2001:db8::1]:9"], 1).as_deref(),
            Some("2001:db8::1")
        );
        for wrong in ["unknown", "", "192.0.2.1,"] {
            assert_eq!(told(&[wrong], 1), None, "{wrong}");
        }
    }
}
