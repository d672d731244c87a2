//! What there is to tell a customer by mail, and the words each message is filled with.

use super::{AlertWords, News, Notice, WithCoupon, one_line::one_line, with_coupon};
use chrono::{Datelike, NaiveDate};
use minijinja::Value;
use purser_domain::{
    Rupiah,
    document::DocumentKind,
    instance::{Resource, Unready},
    subscription::FailCause,
    user::Locale,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One message, without its language. Its texts may come from outside; they are made safe when rendered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "message", rename_all = "kebab-case")]
pub enum Message {
    /// The account exists.
    Welcome {
        name: String,
        /// Where its owner proves that the address is his.
        verify_url: String,
    },
    /// He wants to prove that the address is his, and asked for another letter.
    VerifyAddress { name: String, verify_url: String },
    /// He does not know his password, and asked for a letter by which he chooses another one.
    ResetPassword { name: String, reset_url: String },
    /// A top-up became credit.
    PaymentReceived {
        name: String,
        amount: Rupiah,
        /// The credit after it, where it is known.
        balance: Option<Rupiah>,
        /// What the customer can name when asking: the order id.
        reference: String,
    },
    /// A subscription was ordered and is being set up.
    SubscriptionCreated {
        name: String,
        service: String,
        plan: String,
        price: Rupiah,
        /// The coupon that was used for it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        with: Option<WithCoupon>,
        /// Where the app will answer, without a scheme.
        url_host: String,
    },
    /// The app answers; its paid period begins.
    PodReady {
        name: String,
        service: String,
        url: String,
        /// Paid from 00:00 in Jakarta on this day …
        period_start: NaiveDate,
        /// … to 00:00 on this one.
        period_end: NaiveDate,
        /// What costs nothing of it or after it.
        free: Option<FreeTime>,
        /// Where the sign-in can be fetched once. It is never in the mail.
        panel_url: String,
    },
    /// The app never became ready.
    PodFailed {
        name: String,
        service: String,
        /// What went back into the wallet; zero where nothing had been charged.
        refunded: Rupiah,
        reason: FailCause,
    },
    /// The app comes close to what its plan gives.
    UsageWarning {
        name: String,
        service: String,
        resource: Resource,
        percent: u32,
        /// What the plan gives: millicores or MiB.
        limit: u32,
        /// Where it is shown what the app uses.
        panel_url: String,
    },
    /// An app that was ready is not, and does not come to it by itself.
    PodUnhealthy {
        name: String,
        service: String,
        unready: Unready,
        /// What it printed last, where that could be read.
        last_lines: Vec<String>,
        panel_url: String,
    },
    /// A receipt, an invoice or a credit note, which is attached.
    Document {
        name: String,
        paper: DocumentKind,
        number: String,
        total: Rupiah,
    },
    /// Something happened to a subscription, or is about to.
    About {
        name: String,
        service: String,
        panel_url: String,
        news: News,
    },
    /// Something happened to somebody's money, or waits for the staff.
    Notice { name: String, notice: Notice },
    /// Something waits for an operator.
    OperatorAlert {
        service: String,
        instance: String,
        namespace: String,
        words: AlertWords,
    },
}

/// Days for which nothing is charged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FreeTime {
    /// The first day after them.
    pub until: NaiveDate,
    /// What is charged on that day; `None` where it stops by itself.
    pub then: Option<Rupiah>,
}

impl Message {
    /// Its folder among the templates.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Welcome { .. } => "welcome",
            Self::VerifyAddress { .. } => "verify-address",
            Self::ResetPassword { .. } => "reset-password",
            Self::PaymentReceived { .. } => "payment-received",
            Self::SubscriptionCreated { .. } => "subscription-created",
            Self::PodReady { .. } => "pod-ready",
            Self::PodFailed { .. } => "pod-failed",
            Self::PodUnhealthy { .. } => "pod-unhealthy",
            Self::OperatorAlert { .. } => "operator-alert",
            Self::UsageWarning { .. } => "usage-warning",
            Self::Document { .. } => "document",
            Self::About { news, .. } => news.name(),
            Self::Notice { notice, .. } => notice.name(),
        }
    }

    /// What the templates may name. Amounts and dates are written out; an amount of zero is none.
    pub(super) fn words(&self, locale: Locale) -> BTreeMap<&'static str, Value> {
        let text = |text: &str| Value::from(one_line(text));
        let amount = |amount: Rupiah| match amount.is_zero() {
            true => Value::from(()),
            false => Value::from(amount.to_string()),
        };
        let day = |day: &NaiveDate| Value::from(written(*day, locale));
        match self {
            Self::Welcome { name, verify_url } | Self::VerifyAddress { name, verify_url } => {
                BTreeMap::from([("name", text(name)), ("verify_url", text(verify_url))])
            }
            Self::ResetPassword { name, reset_url } => {
                BTreeMap::from([("name", text(name)), ("reset_url", text(reset_url))])
            }
            Self::PaymentReceived {
                name,
                amount: paid,
                balance,
                reference,
            } => BTreeMap::from([
                ("name", text(name)),
                ("amount", Value::from(paid.to_string())),
                (
                    "balance",
                    balance.map_or(Value::from(()), |balance| balance.to_string().into()),
                ),
                ("reference", text(reference)),
            ]),
            Self::SubscriptionCreated {
                name,
                service,
                plan,
                price,
                with,
                url_host,
            } => {
                let order = [
                    ("name", text(name)),
                    ("service", text(service)),
                    ("plan", text(plan)),
                    ("price", amount(*price)),
                    ("url_host", text(url_host)),
                ];
                let coupon = with_coupon::words(with.as_ref(), locale);
                order.into_iter().chain(coupon).collect()
            }
            Self::PodReady {
                name,
                service,
                url,
                period_start,
                period_end,
                free,
                panel_url,
            } => BTreeMap::from([
                ("name", text(name)),
                ("service", text(service)),
                ("url", text(url)),
                ("period_start", day(period_start)),
                ("period_end", day(period_end)),
                (
                    "free_until",
                    free.map_or(Value::from(()), |free| day(&free.until)),
                ),
                (
                    "then",
                    free.and_then(|free| free.then)
                        .map_or(Value::from(()), amount),
                ),
                ("sign_in_url", text(panel_url)),
            ]),
            Self::PodFailed {
                name,
                service,
                refunded,
                reason,
            } => BTreeMap::from([
                ("name", text(name)),
                ("service", text(service)),
                ("refunded", amount(*refunded)),
                ("reason", Value::from(word(*reason))),
            ]),
            Self::PodUnhealthy {
                name,
                service,
                unready,
                last_lines,
                panel_url,
            } => BTreeMap::from([
                ("name", text(name)),
                ("service", text(service)),
                ("unready", Value::from(unready.as_str())),
                (
                    "last_lines",
                    last_lines.iter().map(|line| text(line)).collect(),
                ),
                ("pod_url", text(panel_url)),
            ]),
            Self::OperatorAlert {
                service,
                instance,
                namespace,
                words,
            } => {
                let mut known = words.values();
                known.extend([
                    ("name", Value::from("operator")),
                    ("service", text(service)),
                    ("instance", text(instance)),
                    ("namespace", text(namespace)),
                ]);
                known
            }
            Self::Document {
                name,
                paper,
                number,
                total,
            } => BTreeMap::from([
                ("name", text(name)),
                ("paper", Value::from(paper.as_str())),
                ("number", text(number)),
                ("total", Value::from(total.to_string())),
            ]),
            Self::About {
                name,
                service,
                panel_url,
                news,
            } => {
                let mut words = news.words(locale);
                words.insert("name", text(name));
                words.insert("service", text(service));
                words.insert("subscription_url", text(panel_url));
                words
            }
            Self::Notice { name, notice } => {
                let mut words = notice.words(locale);
                words.insert("name", text(name));
                words
            }
            Self::UsageWarning {
                name,
                service,
                resource,
                percent,
                limit,
                panel_url,
            } => BTreeMap::from([
                ("name", text(name)),
                ("service", text(service)),
                ("resource", Value::from(resource.as_str())),
                ("percent", Value::from(*percent)),
                ("limit", Value::from(given(*resource, *limit, locale))),
                ("pod_url", text(panel_url)),
            ]),
        }
    }
}

/// The reason as the templates compare it.
const fn word(cause: FailCause) -> &'static str {
    match cause {
        FailCause::NotReadyInTime => "not_ready_in_time",
        FailCause::Refused => "refused",
        FailCause::Cancelled => "cancelled",
    }
}

/// What a plan gives, as people write it: `0.5 cores`, `768 MiB`.
fn given(resource: Resource, limit: u32, locale: Locale) -> String {
    if resource != Resource::Cpu {
        return format!("{limit} MiB");
    }
    let (whole, rest) = (limit / 1_000, format!("{:03}", limit % 1_000));
    let rest = rest.trim_end_matches('0');
    let (point, cores) = match locale {
        Locale::Id => (',', "core"),
        Locale::En if limit == 1_000 => ('.', "core"),
        Locale::En => ('.', "cores"),
    };
    match rest {
        "" => format!("{whole} {cores}"),
        rest => format!("{whole}{point}{rest} {cores}"),
    }
}

/// A day as people write it: `24 Agustus 2026`, `24 August 2026`.
pub(super) fn written(day: NaiveDate, locale: Locale) -> String {
    let months = match locale {
        Locale::Id => [
            "Januari",
            "Februari",
            "Maret",
            "April",
            "Mei",
            "Juni",
            "Juli",
            "Agustus",
            "September",
            "Oktober",
            "November",
            "Desember",
        ],
        Locale::En => [
            "January",
            "February",
            "March",
            "April",
            "May",
            "June",
            "July",
            "August",
            "September",
            "October",
            "November",
            "December",
        ],
    };
    format!(
        "{} {} {}",
        day.day(),
        months[day.month0() as usize],
        day.year()
    )
}
