use super::*;

#[test]
fn a_pool_is_named_as_a_label_of_kubernetes_may_be() {
    for text in ["default", "High.Mem_2", "a"] {
        assert!(text.parse::<PoolName>().is_ok(), "{text}");
    }
    for (text, why) in [
        ("", TextError::Empty),
        ("-a", TextError::NotANodeWord),
        ("a b", TextError::NotANodeWord),
        ("ab ", TextError::NotANodeWord),
        ("a/b", TextError::NotANodeWord),
        (&"a".repeat(64), TextError::TooLong(63)),
    ] {
        assert_eq!(text.parse::<PoolName>(), Err(why), "{text}");
    }
    assert!("node-1.example.com".parse::<WorkerName>().is_ok());
}

#[test]
fn a_subdomain_is_a_dns_label_that_is_not_the_operators() {
    assert!("toko-budi".parse::<Subdomain>().is_ok());
    assert_eq!("Toko".parse::<Subdomain>().unwrap().as_str(), "toko");
    for (text, why) in [
        ("-a-b", TextError::NotALabel),
        (" toko", TextError::NotALabel),
        ("toko ", TextError::NotALabel),
        ("a--b", TextError::NotALabel),
        ("a.b.c", TextError::NotALabel),
        ("ab", TextError::TooShort(3)),
        ("admin", TextError::Reserved),
        ("", TextError::Empty),
    ] {
        assert_eq!(text.parse::<Subdomain>(), Err(why), "{text}");
    }
}

#[test]
fn nobody_takes_a_name_that_passes_for_ours_or_that_programs_look_for() {
    for text in [
        "autodiscover",
        "autoconfig",
        "mta-sts",
        "wpad",
        "webmail",
        "smtp",
        "imap",
        "pop",
        "ftp",
        "ns1",
        "ns2",
        "postmaster",
        "cpanel",
        "panel",
        "signin",
        "billing",
        "status",
        "midtrans",
        "Midtrans",
    ] {
        let typed = text.parse::<Subdomain>();
        assert_eq!(typed, Err(TextError::Reserved), "{text}");
        // Whoever had it before is read back.
        let name = text.to_lowercase();
        let known = Subdomain::try_from(name.clone()).map(String::from);
        assert_eq!(known, Ok(name), "{text}");
    }
}

#[test]
fn an_address_is_checked_for_shape_and_claimed_in_lower_case() {
    assert_eq!(
        "Budi@Example.com".parse::<Email>().unwrap().normalised(),
        "budi@example.com"
    );
    for text in [
        "budi",
        " budi@example.com",
        "budi@example.com\n",
        "@example.com",
        "budi@",
        "budi@example",
        "bu di@example.com",
        "a..b@example.com",
        "a@-b.com",
    ] {
        assert!(text.parse::<Email>().is_err(), "{text}");
    }
}

#[test]
fn a_name_with_a_null_character_is_refused() {
    assert_eq!("a\u{0}b".parse::<PersonName>(), Err(TextError::Control));
    assert_eq!("a\nb".parse::<Title>(), Err(TextError::Control));
}

#[test]
fn a_name_leads_nowhere() {
    for text in [
        "Win https://evil.example/x",
        "HTTPS://EVIL.EXAMPLE",
        "Budi ftp://x",
        "See www.evil.example",
        "WWW.evil.example",
        "Win evil.example/x now",
        "evil.example/",
    ] {
        let typed = text.parse::<PersonName>();
        assert_eq!(typed, Err(TextError::WebAddress), "{text}");
        // What is in the history already is read.
        let stored = serde_json::to_string(text).unwrap();
        assert!(
            serde_json::from_str::<PersonName>(&stored).is_ok(),
            "{text}"
        );
    }
    for text in [
        "Budi Santoso, S.Kom., M.T.I.",
        "Dr.Ir.H. Joko",
        "Budi s/o Raman",
        "R.A. Kartini/Sari",
        "Siti Aminah S.H/M.Kn",
        "PT Maju Jaya Tbk.",
    ] {
        assert!(text.parse::<PersonName>().is_ok(), "{text}");
    }
    assert!("See www.example.com".parse::<Title>().is_ok());
}

#[test]
fn a_phone_number_is_international() {
    assert_eq!(
        "+62 812-3456-789".parse::<Phone>().unwrap().as_str(),
        "+628123456789"
    );
    assert!("08123456789".parse::<Phone>().is_err());
}

#[test]
fn a_text_is_seen_for_what_it_is() {
    for text in [
        "\u{200b}",
        "\u{ad}",
        "\u{3164}",
        "\u{200d}\u{200d}",
        "\u{2800} \u{2800}",
    ] {
        assert_eq!(
            text.parse::<PersonName>(),
            Err(TextError::Unseen),
            "{text:?}"
        );
    }
    for text in [
        "\u{feff}",
        "\u{202e}evil",
        "a\u{2066}b",
        "a\u{2028}b",
        "a\u{2029}b",
    ] {
        assert_eq!(text.parse::<Title>(), Err(TextError::Turning), "{text:?}");
        let reason = text.parse::<Reason>();
        assert_eq!(reason, Err(TextError::Turning), "{text:?}");
        let description = text.parse::<Description>();
        assert_eq!(description, Err(TextError::Turning), "{text:?}");
    }
    let joined = "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}";
    for text in ["Budi", "\u{645}\u{200f}", joined, "\u{2764}\u{fe0f}"] {
        assert!(text.parse::<Title>().is_ok(), "{text:?}");
    }
    assert!("".parse::<Description>().is_ok());
}

#[test]
fn a_name_has_nothing_in_it_that_would_tell_it_from_its_double() {
    for hidden in [
        '\u{ad}',
        '\u{34f}',
        '\u{115f}',
        '\u{1160}',
        '\u{180b}',
        '\u{180e}',
        '\u{200b}',
        '\u{2060}',
        '\u{2064}',
        '\u{2800}',
        '\u{3164}',
        '\u{ffa0}',
        '\u{e0000}',
        '\u{e0061}',
        '\u{e0fff}',
    ] {
        let text = format!("Bu{hidden}di");
        assert_eq!(
            text.parse::<PersonName>(),
            Err(TextError::Hidden),
            "{text:?}"
        );
        let stored = serde_json::to_string(&text).unwrap();
        assert!(
            serde_json::from_str::<PersonName>(&stored).is_ok(),
            "{text:?}"
        );
    }
}

#[test]
fn what_the_history_holds_is_read_whatever_it_looks_like() {
    for text in ["\u{200b}", "\u{feff}", "\u{202e}evil"] {
        let stored = serde_json::to_string(text).unwrap();
        let name: PersonName = serde_json::from_str(&stored).unwrap();
        assert_eq!(name.as_str(), text);
        assert!(serde_json::from_str::<Reason>(&stored).is_ok());
    }
}

#[test]
fn whatever_a_service_outside_says_is_a_reason() {
    for (words, reason) in [
        ("  refused with 414  ", "refused with 414"),
        ("no\u{2028}funds", "no funds"),
        ("no\u{feff}funds", "no funds"),
        ("no\u{200b}funds\u{ad}", "no funds"),
        ("no\r\nfunds\u{202e}", "no  funds"),
        ("", "no reason was given"),
        ("\u{200b}\u{feff}", "no reason was given"),
        ("\u{200d}\u{200e}", "no reason was given"),
    ] {
        let quoted = Reason::quoted(words);
        assert_eq!(quoted.as_str(), reason, "{words:?}");
        assert_eq!(quoted.as_str().parse(), Ok(quoted), "{words:?}");
    }
    let long = Reason::quoted(&"\u{2028}ä ".repeat(400));
    assert_eq!(long.as_str().parse(), Ok(long.clone()));
    assert!((450..=500).contains(&long.as_str().chars().count()));
    for c in ('\0'..='\u{1ffff}').chain('\u{e0000}'..='\u{e0fff}') {
        let quoted = Reason::quoted(&format!("a{c}b"));
        assert_eq!(quoted.as_str().parse(), Ok(quoted), "{:x}", u32::from(c));
    }
}
