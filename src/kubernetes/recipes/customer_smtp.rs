//! The customer's own mail server: parameters that every recipe with `customer_smtp` has under the same names. Who gives
//! one gives all of them, and his app sends its mail through it instead of the operator's.

use std::collections::BTreeMap;

use purser_domain::parameters::Plain;
use serde_json::Value;

use super::{
    manifest::Words,
    parameters::{Parameter, ParameterType},
};
use crate::{
    config::Secret,
    kubernetes::{AppMail, MailOf, MailSecurity},
};

const GROUP: &str = "smtp";
const HOST: &str = "smtp_host";
const PORT: &str = "smtp_port";
const USERNAME: &str = "smtp_username";
const PASSWORD: &str = "smtp_password";
const FROM: &str = "smtp_from";

/// The ports on which mail servers take mail from those who sign in; never 25.
const PORTS: [u16; 3] = [465, 587, 2_525];
/// The port on which the way is protected from the first byte on.
const IMPLICIT_TLS: i64 = 465;

pub(super) fn parameters() -> Vec<Parameter> {
    use ParameterType::{Host, Integer, Secret, Sender, Text};
    let all = [
        (
            HOST,
            Host,
            253,
            "Your mail server, by its name on the internet",
            "Server surel Anda, dengan namanya di internet",
        ),
        (
            PORT,
            Integer,
            0,
            "Its port: 465 with TLS from the start, 587 or 2525 with STARTTLS",
            "Portnya: 465 dengan TLS sejak awal, 587 atau 2525 dengan STARTTLS",
        ),
        (
            USERNAME,
            Text,
            254,
            "Whom the app signs in as",
            "Nama pengguna untuk masuk ke server",
        ),
        (
            PASSWORD,
            Secret,
            200,
            "The password that goes with it; nobody is shown it again",
            "Kata sandinya; tidak ditampilkan lagi kepada siapa pun",
        ),
        (
            FROM,
            Sender,
            360,
            "The sender: an address, or `Name <address>`",
            "Pengirim: alamat surel, atau `Nama <alamat>`",
        ),
    ];
    all.map(|(name, kind, max_length, en, id)| Parameter {
        name: name.into(),
        kind,
        default: Value::Null,
        description: Words {
            en: en.into(),
            id: id.into(),
        },
        customer: true,
        one_of: match kind {
            Integer => PORTS.map(Value::from).into(),
            _ => vec![],
        },
        max_length: (kind != Integer).then_some(max_length),
        minimum: None,
        maximum: None,
        group: Some(GROUP.into()),
    })
    .into()
}

/// The mail server, if all of it is there.
pub(super) fn mail(given: &BTreeMap<&str, Plain>) -> Option<AppMail> {
    let text = |name: &str| match given.get(name) {
        Some(Plain::Text(text)) => Some(text.clone()),
        _ => None,
    };
    let Some(Plain::Number(port)) = given.get(PORT) else {
        return None;
    };
    Some(AppMail {
        of: MailOf::Customer,
        host: text(HOST)?,
        networks: Vec::new(),
        port: u16::try_from(*port).ok()?,
        user: Some(text(USERNAME)?),
        password: Some(Secret::new(text(PASSWORD)?)),
        from: text(FROM)?,
        security: match *port {
            IMPLICIT_TLS => MailSecurity::Implicit,
            _ => MailSecurity::StartTls,
        },
    })
}
