//! Whether apps can reach their mail server, and who else can use it: told once, at the start.

use crate::kubernetes::{AppMail, Network, is_closed};
use std::{net::IpAddr, time::Duration};
use tokio_util::sync::CancellationToken;

const PATIENCE: Duration = Duration::from_secs(10);

/// Looks the server's name up, as the apps will; `closed` is what they are kept from on the internet.
pub(super) async fn look(mail: AppMail, closed: Vec<Network>, stop: CancellationToken) {
    if mail.password.is_some() {
        tracing::warn!(
            "APP_SMTP_PASS is set: it stands in the environment of every app, and whoever administers one can read it and \
             send mail with it. A relay that knows the apps by their network and limits their rate needs none \
             (deploy/README.md)"
        );
    }
    if !mail.is_found_by_name() {
        return;
    }
    let resolving = tokio::net::lookup_host((mail.host.as_str(), mail.port));
    let resolving = stop.run_until_cancelled(tokio::time::timeout(PATIENCE, resolving));
    let found = match resolving.await {
        None => return,
        Some(Ok(Ok(found))) => found.map(|at| at.ip()).collect(),
        Some(Ok(Err(error))) => {
            tracing::warn!(
                "the mail server of the apps, {}, is not found: {error}",
                mail.host
            );
            return;
        }
        Some(Err(_)) => {
            tracing::warn!(
                "the mail server of the apps, {}, is not found in time",
                mail.host
            );
            return;
        }
    };
    if let Some(address) = cut_off(&mail, &closed, found) {
        tracing::warn!(
            "the mail server of the apps, {}, is at {address}, where their network policies do not let them: \
             APP_SMTP_NETWORKS has to name its network",
            mail.host
        );
    }
}

/// An address of the server that the apps' policies keep them from.
fn cut_off(mail: &AppMail, closed: &[Network], found: Vec<IpAddr>) -> Option<IpAddr> {
    let open = |address: &IpAddr| match mail.networks.is_empty() {
        true => !is_closed(*address, closed),
        false => mail
            .networks
            .iter()
            .any(|network| network.contains(*address)),
    };
    found.into_iter().find(|address| !open(address))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kubernetes::{MailOf, MailSecurity};

    fn cut_off_at(networks: &[&str], found: &[&str]) -> Option<String> {
        let mail = AppMail {
            of: MailOf::Operator,
            host: "relay.internal".into(),
            networks: networks.iter().map(|it| it.parse().unwrap()).collect(),
            port: 25,
            user: None,
            password: None,
            from: "apps@example.id".into(),
            security: MailSecurity::None,
        };
        let found = found.iter().map(|it| it.parse().unwrap()).collect();
        let closed = ["198.51.100.0/24".parse().unwrap()];
        cut_off(&mail, &closed, found).map(|address| address.to_string())
    }

    #[test]
    fn a_server_inside_is_cut_off_until_its_network_is_named() {
        let inside = Some("10.4.5.6".to_owned());
        assert_eq!(cut_off_at(&[], &["203.0.113.9"]), None);
        assert_eq!(cut_off_at(&[], &["203.0.113.9", "10.4.5.6"]), inside);
        assert_eq!(cut_off_at(&[], &["fd00::5"]), Some("fd00::5".into()));
        let closed = Some("198.51.100.7".to_owned());
        assert_eq!(cut_off_at(&[], &["198.51.100.7"]), closed);
        assert_eq!(cut_off_at(&["198.51.100.0/24"], &["198.51.100.7"]), None);
        assert_eq!(cut_off_at(&["10.4.0.0/16"], &["10.4.5.6"]), None);
        assert_eq!(cut_off_at(&["10.5.0.0/16"], &["10.4.5.6"]), inside);
        // Where networks are named, nothing else is open.
        assert!(cut_off_at(&["10.4.0.0/16"], &["203.0.113.9"]).is_some());
    }
}
