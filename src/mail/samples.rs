//! Every message in every shape, to try templates on before anybody is written to.

use super::{AlertWords, FreeTime, Message, News, Notice, WithCoupon};
use chrono::NaiveDate;
use purser_domain::{
    Rupiah,
    document::DocumentKind,
    instance::{Resource, Unready},
    subscription::FailCause,
};

impl Message {
    /// Each message once at least, with every branch of the templates, to try templates on.
    pub(super) fn samples() -> Vec<Self> {
        let rp = |amount: i64| Rupiah::try_from(amount).unwrap_or_default();
        let name = || "Budi Susanto".to_owned();
        let service = || "WordPress".to_owned();
        let verify_url = || "https://panel.example.id/verify-email?token=1.2.x".to_owned();
        let failed = |refunded, reason| Self::PodFailed {
            name: name(),
            service: service(),
            refunded,
            reason,
        };
        let received = |balance| Self::PaymentReceived {
            name: name(),
            amount: rp(40_000),
            balance,
            reference: "topup-01J9Z6Q2".into(),
        };
        let created = |price, with| Self::SubscriptionCreated {
            name: name(),
            service: service(),
            plan: "Starter".into(),
            price,
            with,
            url_host: "toko-budi.apps.example.id".into(),
        };
        let with = |off: Option<i64>, free_days| {
            Some(WithCoupon {
                coupon: "HEMAT-25".into(),
                off: off.map(rp),
                free_days,
                next_charge_on: NaiveDate::from_ymd_opt(2026, 9, 14),
            })
        };
        let short_of = |resource, limit| Self::UsageWarning {
            name: name(),
            service: service(),
            resource,
            percent: 93,
            limit,
            panel_url: "https://panel.example.id/pods/1".into(),
        };
        let day = |day| NaiveDate::from_ymd_opt(2026, 8, day).unwrap_or_default();
        let ready = |then: Option<Option<Rupiah>>| Self::PodReady {
            name: name(),
            service: service(),
            url: "https://toko-budi.apps.example.id".into(),
            period_start: day(1),
            period_end: day(31),
            free: then.map(|then| FreeTime {
                until: day(31),
                then,
            }),
            panel_url: "https://panel.example.id/apps/1".into(),
        };
        vec![
            Self::Welcome {
                name: name(),
                verify_url: verify_url(),
            },
            Self::VerifyAddress {
                name: name(),
                verify_url: verify_url(),
            },
            Self::ResetPassword {
                name: name(),
                reset_url: "https://panel.example.id/reset-password#token=1.0.2.x".into(),
            },
            received(Some(rp(65_000))),
            received(None),
            created(rp(40_000), None),
            created(Rupiah::ZERO, None),
            created(rp(30_000), with(Some(10_000), None)),
            created(Rupiah::ZERO, with(Some(40_000), None)),
            created(rp(40_000), with(None, Some(14))),
            ready(None),
            ready(Some(None)),
            ready(Some(Some(rp(40_000)))),
            failed(rp(40_000), FailCause::NotReadyInTime),
            failed(rp(40_000), FailCause::Refused),
            failed(Rupiah::ZERO, FailCause::Cancelled),
            short_of(Resource::Cpu, 500),
            short_of(Resource::Memory, 768),
            short_of(Resource::Storage, 5_120),
        ]
        .into_iter()
        .chain(unhealthy())
        .chain(alerts())
        .chain(about())
        .chain(documents())
        .chain(notices())
        .collect()
    }
}

const UNREADY: [Unready; 4] = [
    Unready::Unresponsive,
    Unready::Starting,
    Unready::Crashing,
    Unready::NodeLost,
];

fn unhealthy() -> impl Iterator<Item = Message> {
    let lines: [&[&str]; 2] = [&[], &["Error: the disk is full", "exiting"]];
    UNREADY.into_iter().flat_map(move |unready| {
        lines.map(|lines| Message::PodUnhealthy {
            name: "Budi Susanto".into(),
            service: "WordPress".into(),
            unready,
            last_lines: lines.iter().map(|line| (*line).to_owned()).collect(),
            panel_url: "https://panel.example.id/pods/1".into(),
        })
    })
}

fn alerts() -> impl Iterator<Item = Message> {
    let contested = AlertWords::Contested("Deployment/web".into());
    let filling = AlertWords::VolumeFills {
        claim: "database".into(),
        percent: 83,
    };
    let words = UNREADY.map(AlertWords::Unhealthy).into_iter();
    words
        .chain([contested, filling])
        .map(|words| Message::OperatorAlert {
            service: "WordPress".into(),
            instance: "0197f3c2-7a4e-7c1d-9b7e-2f6f1c0a9d11".into(),
            namespace: "customer-0197f3c2-7a4e-7c1d-9b7e-2f6f1c0a9d11".into(),
            words,
        })
}

fn documents() -> impl Iterator<Item = Message> {
    DocumentKind::ALL
        .into_iter()
        .map(|paper| Message::Document {
            name: "Budi Susanto".into(),
            paper,
            number: format!("{}/2026/000042", paper.prefix()),
            total: Rupiah::try_from(40_000).unwrap_or_default(),
        })
}

fn about() -> impl Iterator<Item = Message> {
    News::samples().into_iter().map(|news| Message::About {
        name: "Budi Susanto".into(),
        service: "WordPress".into(),
        panel_url: "https://panel.example.id/subscriptions/1".into(),
        news,
    })
}

fn notices() -> impl Iterator<Item = Message> {
    Notice::samples().into_iter().map(|notice| Message::Notice {
        name: "Budi Susanto".into(),
        notice,
    })
}
