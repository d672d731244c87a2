use super::*;
use crate::story::text;

fn offered(name: &str, kind: Kind) -> Offered {
    Offered {
        name: text(name),
        kind,
        required: false,
        group: None,
        one_of: vec![],
        max_length: 100,
        minimum: None,
        maximum: None,
    }
}

fn typed(text: &str) -> Plain {
    Plain::Text(text.into())
}

fn given(values: &[(&str, Plain)]) -> BTreeMap<String, Plain> {
    let values = values.iter();
    values
        .map(|(name, value)| ((*name).to_owned(), value.clone()))
        .collect()
}

/// A mail server, of which all is given or nothing.
fn smtp() -> Vec<Offered> {
    let grouped = |offered| Offered {
        group: Some("smtp".into()),
        ..offered
    };
    let port = Offered {
        one_of: [465, 587, 2_525].map(Plain::Number).into(),
        ..offered("smtp_port", Kind::Number)
    };
    [
        offered("smtp_host", Kind::Host),
        port,
        offered("smtp_password", Kind::Secret),
    ]
    .map(grouped)
    .into()
}

fn refused(offered: &[Offered], values: &[(&str, Plain)]) -> Vec<(String, ParameterError)> {
    choose(offered, given(values)).unwrap_err()
}

#[test]
fn what_is_offered_can_be_chosen() {
    let values = [
        ("smtp_host", typed("SMTP.Example.com")),
        ("smtp_port", Plain::Number(465)),
        ("smtp_password", typed(" p@ss$(word) ")),
    ];
    let chosen = choose(&smtp(), given(&values)).unwrap();
    assert_eq!(chosen[&text("smtp_host")], typed("smtp.example.com"));
    assert_eq!(chosen[&text("smtp_password")], typed(" p@ss$(word) "));
    assert_eq!(choose(&smtp(), BTreeMap::new()).unwrap(), BTreeMap::new());
}

#[test]
fn every_mistake_is_told_at_once_and_under_its_name() {
    let flag = Offered {
        required: true,
        ..offered("public", Kind::Flag)
    };
    let all = [
        flag,
        offered("size", Kind::Number),
        offered("word", Kind::Text),
    ];
    let values = [
        ("colour", typed("red")),
        ("size", typed("7")),
        ("word", Plain::Number(7)),
    ];
    let wrong = [
        ("public", ParameterError::Missing),
        ("colour", ParameterError::Unknown),
        ("size", ParameterError::NotANumber),
        ("word", ParameterError::NotAText),
    ];
    let wrong = wrong.map(|(name, error)| (name.to_owned(), error));
    assert_eq!(refused(&all, &values), wrong);
    let as_text = refused(&all[..1], &[("public", typed("true"))]);
    assert_eq!(as_text, [("public".to_owned(), ParameterError::NotAFlag)]);
}

#[test]
fn of_a_group_all_are_given_or_none() {
    let all = ParameterError::Incomplete("smtp_host, smtp_port, smtp_password".into());
    let wrong = refused(&smtp(), &[("smtp_host", typed("smtp.example.com"))]);
    let names = ["smtp_port", "smtp_password"].map(|name| (name.to_owned(), all.clone()));
    assert_eq!(wrong, names);
    let wrong = refused(&smtp(), &[("smtp_password", typed("secret"))]);
    assert_eq!(wrong.len(), 2);
}

#[test]
fn a_value_is_one_of_those_that_the_recipe_names() {
    let port = &smtp()[1];
    for refused in [25, 26, 0, -587] {
        let error = ParameterError::NotAllowed("465, 587, 2525".into());
        assert_eq!(port.take(Plain::Number(refused)), Err(error));
    }
    assert_eq!(port.take(Plain::Number(2_525)), Ok(Plain::Number(2_525)));
}

#[test]
fn a_number_is_within_its_limits_and_below_two_to_the_fifty_third() {
    let hours = Offered {
        minimum: Some(1),
        maximum: Some(24),
        ..offered("hours", Kind::Number)
    };
    for refused in [0, 25] {
        let error = ParameterError::Outside(1, 24);
        assert_eq!(hours.take(Plain::Number(refused)), Err(error));
    }
    assert!(hours.take(Plain::Number(24)).is_ok());
    let any = offered("any", Kind::Number);
    assert!(any.take(Plain::Number(1 << 53)).is_err());
}

#[test]
fn a_text_is_one_line_that_says_something() {
    let word = offered("word", Kind::Text);
    for (refused, why) in [
        ("", ParameterError::Empty),
        ("  ", ParameterError::Empty),
        ("a\nb", ParameterError::Control),
        ("a\r\nBcc: b@example.com", ParameterError::Control),
        ("a\u{0}b", ParameterError::Control),
        ("a\u{85}b", ParameterError::Control),
        ("a\u{2028}b", ParameterError::Control),
        (&"x".repeat(101), ParameterError::TooLong(100)),
    ] {
        assert_eq!(word.take(typed(refused)), Err(why), "{refused:?}");
    }
    assert!(word.take(typed(&"\u{e4}".repeat(100))).is_ok());
}

#[test]
fn a_host_is_a_name_and_never_an_address() {
    for text in [
        "10.0.0.1",
        "8.8.8.8",
        "127.1",
        "0x7f.0x1",
        "2130706433",
        "::1",
        "[::1]",
        "::ffff:10.0.0.1",
        "smtp",
        "smtp.example.com.",
        ".example.com",
        "smtp..com",
        "-a.example.com",
        "smtp.example.com:25",
        "a b.example.com",
        "user@example.com",
        "example.c",
        &format!("{}.com", "a".repeat(64)),
        &format!("{}com", "a.".repeat(126)),
    ] {
        let error = Err(ParameterError::NotAHost);
        assert_eq!(text.parse::<PublicHost>(), error, "{text}");
    }
}

#[test]
fn a_host_is_on_the_internet_and_not_in_the_cluster() {
    for text in [
        "relay.mail.svc",
        "relay.mail.svc.cluster.local",
        "x.kube-system.svc.example.com",
        "mail.SVC.example.com",
        "mail.local",
        "mail.localhost",
        "localhost.localdomain",
        "metadata.google.internal",
        "1.0.0.10.in-addr.arpa",
    ] {
        let error = Err(ParameterError::NotPublic);
        assert_eq!(text.parse::<PublicHost>(), error, "{text}");
    }
    for text in ["smtp.example.com", "a1.xn--p1ai", "mail-1.example.co.id"] {
        assert_eq!(text.parse::<PublicHost>().unwrap().as_str(), text);
    }
}

#[test]
fn a_sender_is_an_address_with_or_without_a_name() {
    for text in [
        "a@example.com",
        "Toko Budi <a@example.com>",
        "Caf\u{e9} <a@example.com>",
    ] {
        assert_eq!(text.parse::<Sender>().unwrap().as_str(), text);
    }
    for text in [
        "Toko Budi",
        "a@b",
        "Toko <a@example.com",
        "a@example.com>",
        "Toko\r\nBcc: b@example.com <a@example.com>",
        "\"Toko\" <a@example.com>",
        "b@example.com, c <a@example.com>",
        "<b@example.com> <a@example.com>",
    ] {
        let error = Err(ParameterError::NotASender);
        assert_eq!(text.parse::<Sender>(), error, "{text:?}");
    }
}

#[test]
fn what_was_typed_does_not_print_itself() {
    assert_eq!(format!("{:?}", typed("hunter2")), "[typed]");
}

#[test]
fn choices_are_stored_with_their_texts_sealed() {
    let sealed = crate::story::sealed("host");
    let chosen: Parameters = [
        (text("smtp_host"), Chosen::Sealed(sealed.clone())),
        (text("smtp_port"), Chosen::Number(587)),
        (text("public"), Chosen::Flag(true)),
    ]
    .into_iter()
    .collect();
    let stored = serde_json::to_value(&chosen).unwrap();
    let expected = serde_json::json!({
        "public": {"flag": true},
        "smtp_host": {"sealed": sealed.as_str()},
        "smtp_port": {"number": 587},
    });
    assert_eq!(stored, expected);
    assert_eq!(
        serde_json::from_value::<Parameters>(stored).unwrap(),
        chosen
    );
    let open = serde_json::json!({"smtp_host": {"sealed": "smtp.example.com"}});
    assert!(serde_json::from_value::<Parameters>(open).is_err());
}
