use crate::mail::{FreeTime, House, Letters, LettersError, Message, Rendered};
use chrono::NaiveDate;
use purser_domain::{Rupiah, instance::Resource, subscription::FailCause, user::Locale};
use std::{
    fs,
    path::{Path, PathBuf},
};

const BOTH: [Locale; 2] = [Locale::Id, Locale::En];

fn house() -> House {
    House {
        name: "Warung Awan".into(),
        panel_url: "https://panel.example.id".parse().unwrap(),
    }
}

pub(super) fn letters() -> Letters {
    Letters::load(house(), None).unwrap()
}

fn rp(amount: i64) -> Rupiah {
    Rupiah::try_from(amount).unwrap()
}

fn ready(name: &str) -> Message {
    Message::PodReady {
        name: name.into(),
        service: "WordPress".into(),
        url: "https://toko-budi.apps.example.id".into(),
        period_start: NaiveDate::from_ymd_opt(2026, 8, 24).unwrap(),
        period_end: NaiveDate::from_ymd_opt(2026, 9, 24).unwrap(),
        free: None,
        panel_url: "https://panel.example.id/apps/1".into(),
    }
}

fn failed(refunded: i64, reason: FailCause) -> Message {
    Message::PodFailed {
        name: "Budi".into(),
        service: "Ghost".into(),
        refunded: rp(refunded),
        reason,
    }
}

/// Whether both forms say it; in HTML a slash is written as a reference.
fn has(rendered: &Rendered, words: &str) -> bool {
    rendered.text.contains(words) && rendered.html.replace("&#x2f;", "/").contains(words)
}

#[test]
fn every_message_is_whole_in_both_languages() {
    let letters = letters();
    for message in Message::samples() {
        for locale in BOTH {
            let rendered = letters.render(&message, locale).unwrap();
            let what = format!("{} {}", message.name(), locale.as_str());
            assert!(
                !rendered.subject.contains(['\n', '\r']) && rendered.subject.len() < 100,
                "{what}"
            );
            let to = match &message {
                Message::OperatorAlert { .. } => "operator",
                _ => "Budi Susanto",
            };
            assert!(
                rendered.text.contains(&format!("{to},\n\n")),
                "{what}: {}",
                rendered.text
            );
            assert!(
                !rendered.text.contains("\n\n\n\n") && !rendered.text.contains('<'),
                "{what}: {}",
                rendered.text
            );
            assert!(
                rendered.text.lines().all(|line| line.len() <= 78),
                "{what}: {}",
                rendered.text
            );
            assert!(
                rendered
                    .html
                    .contains(&format!("<html lang=\"{}\">", locale.as_str())),
                "{what}"
            );
            assert!(rendered.html.trim_end().ends_with("</html>"), "{what}");
            for refused in [
                "<script", "<img", "<link", "src=", "@import", "url(", "{{", "{%", ">none<",
            ] {
                assert!(
                    !rendered.html.contains(refused),
                    "{what}: {refused} in {}",
                    rendered.html
                );
            }
            for tag in [
                "p", "table", "tr", "td", "a", "ol", "li", "h1", "body", "html",
            ] {
                let opened = rendered.html.matches(&format!("<{tag} ")).count()
                    + rendered.html.matches(&format!("<{tag}>")).count();
                assert_eq!(
                    opened,
                    rendered.html.matches(&format!("</{tag}>")).count(),
                    "{what}: {tag}"
                );
            }
        }
    }
}

#[test]
fn amounts_and_dates_are_written_as_people_write_them() {
    let letters = letters();
    let received = Message::PaymentReceived {
        name: "Budi".into(),
        amount: rp(40_000),
        balance: Some(rp(1_250_000)),
        reference: "topup-01J9Z6Q2".into(),
    };
    for locale in BOTH {
        let rendered = letters.render(&received, locale).unwrap();
        assert!(rendered.subject.contains("Rp 40.000"));
        assert!(has(&rendered, "Rp 1.250.000") && has(&rendered, "topup-01J9Z6Q2"));
    }
    let indonesian = letters.render(&ready("Budi"), Locale::Id).unwrap();
    assert!(has(&indonesian, "24 Agustus 2026") && has(&indonesian, "24 September 2026"));
    let english = letters.render(&ready("Budi"), Locale::En).unwrap();
    assert!(has(&english, "24 August 2026") && has(&english, "00:00 Jakarta time"));
}

#[test]
fn a_ready_app_says_until_when_nothing_is_charged_and_what_comes_then() {
    let free = |then| {
        let mut message = ready("Budi");
        if let Message::PodReady { free, .. } = &mut message {
            let until = NaiveDate::from_ymd_opt(2026, 10, 8).unwrap();
            *free = Some(FreeTime { until, then });
        }
        message
    };
    let letters = letters();
    let told = |message: &Message, locale| letters.render(message, locale).unwrap();
    let paid = told(&free(Some(rp(40_000))), Locale::En);
    assert!(has(&paid, "Nothing is charged before 8 October 2026."));
    assert!(has(&paid, "Rp 40.000"));
    let trial = told(&free(None), Locale::Id);
    assert!(has(&trial, "Tidak ada biaya sebelum 8 Oktober 2026."));
    assert!(has(&trial, "berhenti sendiri"));
    assert!(!has(
        &told(&ready("Budi"), Locale::En),
        "Nothing is charged"
    ));
}

#[test]
fn a_ready_app_says_where_to_fetch_the_sign_in() {
    for locale in BOTH {
        let rendered = letters().render(&ready("Budi"), locale).unwrap();
        assert!(has(&rendered, "https://toko-budi.apps.example.id"));
        assert!(has(&rendered, "https://panel.example.id/apps/1"));
    }
}

#[test]
fn a_failure_says_why_and_what_became_of_the_money() {
    let letters = letters();
    let late = letters
        .render(&failed(40_000, FailCause::NotReadyInTime), Locale::En)
        .unwrap();
    assert!(late.subject.starts_with("Sorry") && late.text.contains("time limit"));
    assert!(
        late.text
            .contains("The Rp 40.000 you paid is back in your credit.")
    );
    let cancelled = letters
        .render(&failed(0, FailCause::Cancelled), Locale::En)
        .unwrap();
    assert_eq!(cancelled.subject, "Your Ghost order is cancelled");
    assert!(
        has(&cancelled, "Nothing was taken from your credit.") && !cancelled.text.contains("sorry")
    );
    let refused = letters
        .render(&failed(40_000, FailCause::Refused), Locale::Id)
        .unwrap();
    assert!(has(&refused, "sudah kami kembalikan ke saldo Anda."));
}

#[test]
fn a_warning_says_how_much_of_what_is_used() {
    let short_of = |resource, limit, locale| {
        let message = Message::UsageWarning {
            name: "Budi".into(),
            service: "Ghost".into(),
            resource,
            percent: 83,
            limit,
            panel_url: "https://panel.example.id/pods/1".into(),
        };
        letters().render(&message, locale).unwrap()
    };
    let memory = short_of(Resource::Memory, 768, Locale::En);
    assert_eq!(memory.subject, "Your Ghost uses 83% of its memory");
    assert!(has(&memory, "768 MiB") && has(&memory, "https://panel.example.id/pods/1"));
    for (limit, locale, words) in [
        (500, Locale::En, "0.5 cores"),
        (1_000, Locale::En, "gives it 1 core."),
        (1_250, Locale::Id, "1,25 core"),
    ] {
        let cpu = short_of(Resource::Cpu, limit, locale);
        assert!(has(&cpu, words), "{}", cpu.text);
    }
    let storage = short_of(Resource::Storage, 5_120, Locale::Id);
    let subject = "Ghost Anda memakai 83% penyimpanannya";
    assert_eq!(storage.subject, subject);
}

#[test]
fn a_nasty_name_opens_no_tag_no_header_and_no_paragraph() {
    let name = "<script>alert('1')</script> & \"B\"\r\nBcc: all@example.com\n\nKlik http://evil.example\u{202e}";
    for locale in BOTH {
        let rendered = letters().render(&ready(name), locale).unwrap();
        assert!(!rendered.html.contains("<script>"), "{}", rendered.html);
        assert!(
            rendered.html.contains("&lt;script&gt;"),
            "{}",
            rendered.html
        );
        assert!(!rendered.html.contains('\u{202e}') && !rendered.text.contains('\u{202e}'));
        assert!(
            rendered
                .text
                .contains("\"B\" Bcc: all@example.com Klik http://evil.example,\n"),
            "{}",
            rendered.text
        );
    }
    let created = Message::SubscriptionCreated {
        name: "Budi".into(),
        service: "Blog\r\nBcc: all@example.com".into(),
        plan: "<b>".into(),
        price: rp(1),
        with: None,
        url_host: "a.example.id\" onclick=\"x".into(),
    };
    let rendered = letters().render(&created, Locale::En).unwrap();
    assert_eq!(
        rendered.subject,
        "We are setting up your Blog Bcc: all@example.com"
    );
    assert!(
        !rendered.html.contains("<b>") && !rendered.html.contains("onclick=\"x"),
        "{}",
        rendered.html
    );
}

#[test]
fn a_message_keeps_its_form_when_stored() {
    for message in Message::samples() {
        let stored = serde_json::to_value(&message).unwrap();
        let tag = match &message {
            Message::About { .. } => &stored["news"]["news"],
            Message::Notice { .. } => &stored["notice"]["notice"],
            _ => &stored["message"],
        };
        assert_eq!(*tag, message.name());
        assert_eq!(serde_json::from_value::<Message>(stored).unwrap(), message);
    }
}

/// A folder that goes with the test.
struct Folder(PathBuf);

impl Folder {
    fn with(name: &str, source: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("purser-letters-{}", uuid::Uuid::now_v7()));
        let file = folder.join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, source).unwrap();
        Self(folder)
    }

    fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).unwrap();
    }
}

#[test]
fn an_operators_own_template_stands_in_for_ours() {
    let folder = Folder::with(
        "welcome/en/subject.txt.j2",
        "Hi {{ name }},\nthis is {{ house }}\n",
    );
    let letters = Letters::load(house(), Some(folder.path())).unwrap();
    let welcome = Message::Welcome {
        name: "Budi".into(),
        verify_url: "https://panel.example.id/verify-email?token=1".into(),
    };
    assert_eq!(
        letters.render(&welcome, Locale::En).unwrap().subject,
        "Hi Budi, this is Warung Awan"
    );
    assert_eq!(
        letters.render(&welcome, Locale::Id).unwrap().subject,
        "Selamat datang di Warung Awan"
    );
}

#[test]
fn a_template_that_does_not_work_is_found_when_loaded() {
    for source in ["{{ nmae }}", "{% if %}", "{{ sign_in_url }}"] {
        let folder = Folder::with("welcome/en/body.txt.j2", source);
        let error = Letters::load(house(), Some(folder.path())).err().unwrap();
        assert!(
            matches!(&error, LettersError::Template { name, .. } if name == "welcome/en/body.txt.j2"),
            "{error:?}"
        );
    }
    let folder = Folder::with("pod-ready/id/subject.txt.j2", " \n");
    let error = Letters::load(house(), Some(folder.path())).err().unwrap();
    assert!(matches!(error, LettersError::Empty { .. }), "{error:?}");
}
