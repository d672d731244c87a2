//! The mail server of the apps.

use super::{Environment, Secret, apart::networks};
use crate::kubernetes::{AppMail, MailOf, MailSecurity};

pub(super) fn app_mail(env: &mut Environment) -> Option<AppMail> {
    let words = [
        ("none", MailSecurity::None),
        ("starttls", MailSecurity::StartTls),
        ("implicit", MailSecurity::Implicit),
    ];
    let security = env.choose("APP_SMTP_TLS", MailSecurity::StartTls, &words);
    let port = env.within("APP_SMTP_PORT", 587, 1..=u16::MAX);
    let user = env.get("APP_SMTP_USER").map(str::to_owned);
    let password = env.get("APP_SMTP_PASS").map(Secret::new);
    let networks = networks(env, "APP_SMTP_NETWORKS");
    if user.is_some() != password.is_some() {
        env.problem("APP_SMTP_USER and APP_SMTP_PASS go together");
    }
    let Some(host) = env.get("APP_SMTP_HOST").map(str::to_owned) else {
        if user.is_some() || env.get("APP_SMTP_FROM").is_some() || !networks.is_empty() {
            env.problem("APP_SMTP_HOST is missing: the mail server of the apps");
        }
        return None;
    };
    let mail = AppMail {
        of: MailOf::Operator,
        host,
        networks,
        port,
        user,
        password,
        from: env.required("APP_SMTP_FROM", "`Name <address>` of the apps' sender"),
        security,
    };
    if !mail.from.is_empty() && !mail.sender().1.contains('@') {
        env.problem("APP_SMTP_FROM has no address: `Name <address>`");
    }
    Some(mail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kubernetes::Network;

    fn read(networks: &str, host: &str) -> (Option<AppMail>, Result<(), String>) {
        let values = [
            ("APP_SMTP_HOST", host),
            ("APP_SMTP_FROM", "Apps <apps@example.id>"),
            ("APP_SMTP_NETWORKS", networks),
        ];
        let values = values.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let mut env = Environment::new("", values);
        let mail = app_mail(&mut env);
        (mail, env.finish().map_err(|problems| problems.to_string()))
    }

    #[test]
    fn networks_stand_in_a_list() {
        for text in [
            "10.1.0.0/16,fd00::/8",
            "10.1.0.0/16, fd00::/8",
            " 10.1.0.0/16\tfd00::/8 ",
        ] {
            let (mail, problems) = read(text, "relay.internal");
            let networks = mail.unwrap().networks;
            let told: Vec<String> = networks.iter().map(Network::to_string).collect();
            assert_eq!(told, ["10.1.0.0/16", "fd00::/8"]);
            assert_eq!(problems, Ok(()));
        }
        assert_eq!(read("", "relay.internal").0.unwrap().networks, []);
    }

    #[test]
    fn what_is_no_network_is_named() {
        let (_, problems) = read("10.1.0.1/16 relay", "relay.internal");
        let problems = problems.unwrap_err();
        assert!(
            problems.contains("APP_SMTP_NETWORKS: 10.1.0.1/16"),
            "{problems}"
        );
        assert!(
            problems.contains("APP_SMTP_NETWORKS: \"relay\""),
            "{problems}"
        );
        let (mail, problems) = read("10.1.0.0/16", "");
        assert_eq!(mail, None);
        assert!(problems.unwrap_err().contains("APP_SMTP_HOST is missing"));
    }
}
