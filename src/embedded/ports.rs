//! Free ports on loopback, and what to make of one that was snatched in between.

use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;

use super::error::{EmbeddedError, io_error};

/// How often another process may snatch a free port before we give up.
pub(super) const TRIES: u32 = 5;

/// The port of last time if it is free (0 never was one), else another.
pub(super) fn keep_or_choose(last: u16) -> Result<u16, EmbeddedError> {
    if last != 0 && TcpListener::bind((Ipv4Addr::LOCALHOST, last)).is_ok() {
        return Ok(last);
    }
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(io_error("find a free port on", Path::new("127.0.0.1")))
}

/// Whether a server ended because someone else has its port; both servers quote the operating system.
pub(super) fn was_taken(error: &EmbeddedError) -> bool {
    matches!(error, EmbeddedError::Ended { tail, .. } if tail.to_lowercase().contains("address already in use"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken() -> (TcpListener, u16) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        (listener, port)
    }

    #[test]
    fn a_taken_port_is_given_up() {
        let (_listener, port) = taken();
        assert_ne!(keep_or_choose(port).unwrap(), port);
    }

    /// Several tries, since anything else on this machine may take the one that was just given back.
    #[test]
    fn a_free_port_is_kept() {
        let kept = (0..10).any(|_| {
            let (listener, port) = taken();
            drop(listener);
            keep_or_choose(port).unwrap() == port
        });
        assert!(kept, "ten free ports, and none of them was kept");
    }
}
