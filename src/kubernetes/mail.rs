//! The server through which apps send their mail.

use serde_json::{Value, json};

use super::Network;
use crate::config::Secret;
use std::net::IpAddr;

/// How the way to the server is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailSecurity {
    /// In the clear: for a server within the cluster.
    None,
    /// From a STARTTLS command on.
    StartTls,
    /// From the first byte on.
    Implicit,
}

impl MailSecurity {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::StartTls => "starttls",
            Self::Implicit => "implicit",
        }
    }
}

/// Whose server it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailOf {
    Operator,
    /// On the internet, whatever its name looks like: the way to it leads nowhere else.
    Customer,
}

/// Through whom an app sends its mail. The password goes into the instance's Secret and nowhere else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppMail {
    pub of: MailOf,
    pub host: String,
    /// Where the operator says that it is: a policy knows no names.
    pub networks: Vec<Network>,
    pub port: u16,
    pub user: Option<String>,
    pub password: Option<Secret>,
    /// `Name <address>`, or the address alone.
    pub from: String,
    pub security: MailSecurity,
}

impl AppMail {
    /// Name and address of the sender.
    pub fn sender(&self) -> (&str, &str) {
        let parts = self.from.trim().strip_suffix('>');
        match parts.and_then(|parts| parts.rsplit_once('<')) {
            Some((name, address)) => (name.trim().trim_matches('"'), address.trim()),
            None => ("", self.from.trim()),
        }
    }

    /// What templates see of it: never the password. `internet` is what policies call so.
    pub(super) fn shown(&self, internet: &Value) -> Value {
        let (name, address) = self.sender();
        json!({
            "host": self.host,
            "port": self.port,
            "user": self.user,
            "from": self.from,
            "from_name": name,
            "from_address": address,
            "tls": self.security.as_str(),
            "peers": self.peers(internet),
        })
    }

    /// Whether nothing but its name says where it is.
    pub fn is_found_by_name(&self) -> bool {
        self.operators_peer().is_none()
    }

    /// Where a network policy finds it: an address, a namespace of the cluster, networks that the operator names, or else
    /// the internet.
    fn peers(&self, internet: &Value) -> Value {
        match self.of {
            MailOf::Operator => self.operators_peers(internet),
            MailOf::Customer => internet.clone(),
        }
    }

    fn operators_peers(&self, internet: &Value) -> Value {
        let named = self.networks.iter();
        let named = named.map(|network| json!({"ipBlock": {"cidr": network.to_string()}}));
        let peers: Vec<Value> = self.operators_peer().into_iter().chain(named).collect();
        match peers.is_empty() {
            true => internet.clone(),
            false => peers.into(),
        }
    }

    /// Where it is by its name alone.
    fn operators_peer(&self) -> Option<Value> {
        if let Ok(address) = self.host.parse::<IpAddr>() {
            let bits = if address.is_ipv4() { 32 } else { 128 };
            return Some(json!({"ipBlock": {"cidr": format!("{address}/{bits}")}}));
        }
        let mut parts = self.host.split('.');
        let (_, namespace, svc) = (parts.next(), parts.next()?, parts.next()?);
        let labels = json!({"kubernetes.io/metadata.name": namespace});
        (svc == "svc").then(|| json!({"namespaceSelector": {"matchLabels": labels}}))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kubernetes::network::internet;

    fn through(host: &str, from: &str) -> AppMail {
        AppMail {
            of: MailOf::Operator,
            host: host.into(),
            networks: Vec::new(),
            port: 587,
            user: None,
            password: Some(Secret::new("relay-secret")),
            from: from.into(),
            security: MailSecurity::StartTls,
        }
    }

    #[test]
    fn a_sender_has_an_address_and_may_have_a_name() {
        let sender = |from: &str| {
            let mail = through("smtp.example.id", from);
            let (name, address) = mail.sender();
            (name.to_owned(), address.to_owned())
        };
        let both = ("Toko Budi".to_owned(), "no-reply@example.id".to_owned());
        assert_eq!(sender("Toko Budi <no-reply@example.id>"), both);
        assert_eq!(sender("\"Toko Budi\" <no-reply@example.id>"), both);
        assert_eq!(sender(" no-reply@example.id "), (String::new(), both.1));
    }

    #[test]
    fn a_policy_finds_the_server_where_it_is() {
        let peers = |host: &str| through(host, "a@example.id").peers(&internet(&[]));
        assert_eq!(
            peers("10.1.2.3"),
            json!([{"ipBlock": {"cidr": "10.1.2.3/32"}}])
        );
        assert_eq!(
            peers("fd00::5"),
            json!([{"ipBlock": {"cidr": "fd00::5/128"}}])
        );
        let inside = json!([{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "mail"}}}]);
        assert_eq!(peers("relay.mail.svc"), inside);
        assert_eq!(peers("relay.mail.svc.cluster.local"), inside);
        let outside = peers("smtp.example.id");
        assert_eq!(outside[0]["ipBlock"]["cidr"], "0.0.0.0/0");
        assert_eq!(outside[0]["ipBlock"]["except"][0], "10.0.0.0/8");
    }

    #[test]
    fn a_policy_finds_a_named_server_in_the_networks_that_the_operator_names() {
        let peers = |host: &str, networks: &[&str]| {
            let mut mail = through(host, "a@example.id");
            mail.networks = networks.iter().map(|it| it.parse().unwrap()).collect();
            mail.peers(&internet(&[]))
        };
        let block = |cidr: &str| json!({"ipBlock": {"cidr": cidr}});
        let both = ["10.4.0.0/16", "fd00::/8"];
        assert_eq!(
            peers("relay.internal", &both),
            json!([block("10.4.0.0/16"), block("fd00::/8")])
        );
        assert_eq!(
            peers("10.1.2.3", &["10.4.0.0/16"]),
            json!([block("10.1.2.3/32"), block("10.4.0.0/16")])
        );
        for (host, by_name) in [
            ("relay.internal", true),
            ("10.1.2.3", false),
            ("relay.mail.svc", false),
        ] {
            let mail = through(host, "a@example.id");
            assert_eq!(mail.is_found_by_name(), by_name, "{host}");
        }
    }

    #[test]
    fn a_customers_server_is_on_the_internet_whatever_it_is_called() {
        for host in ["smtp.example.com", "10.1.2.3", "x.kube-system.svc"] {
            let mail = AppMail {
                of: MailOf::Customer,
                ..through(host, "a@example.id")
            };
            let internet = internet(&["203.0.113.0/24".parse().unwrap()]);
            assert_eq!(mail.peers(&internet), internet, "{host}");
        }
    }

    #[test]
    fn templates_do_not_see_the_password() {
        let shown = through("smtp.example.id", "a@example.id").shown(&internet(&[]));
        assert!(!shown.to_string().contains("relay-secret"), "{shown}");
    }
}
