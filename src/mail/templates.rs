//! The templates that Purser brings along, each under its path below `templates/mail`.

/// The files of one folder.
macro_rules! embedded {
    ($folder:literal: $($file:literal),+) => {
        &[$((
            concat!($folder, $file),
            include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/templates/mail/", $folder, $file)),
        )),+]
    };
}

macro_rules! letter {
    ($folder:literal) => {
        embedded!($folder: "subject.txt.j2", "body.txt.j2", "body.html.j2")
    };
}

pub(super) const EMBEDDED: &[&[(&str, &str)]] = &[
    embedded!("": "layout.html.j2", "layout.txt.j2", "parts.html.j2"),
    letter!("welcome/id/"),
    letter!("welcome/en/"),
    letter!("verify-address/id/"),
    letter!("verify-address/en/"),
    letter!("payment-received/id/"),
    letter!("payment-received/en/"),
    letter!("subscription-created/id/"),
    letter!("subscription-created/en/"),
    letter!("pod-ready/id/"),
    letter!("pod-ready/en/"),
    letter!("pod-failed/id/"),
    letter!("pod-failed/en/"),
    letter!("pod-unhealthy/id/"),
    letter!("pod-unhealthy/en/"),
    letter!("operator-alert/id/"),
    letter!("operator-alert/en/"),
    letter!("usage-warning/id/"),
    letter!("usage-warning/en/"),
    letter!("subscription-expiring/id/"),
    letter!("subscription-expiring/en/"),
    letter!("credit-low/id/"),
    letter!("credit-low/en/"),
    letter!("price-changed/id/"),
    letter!("price-changed/en/"),
    letter!("subscription-expired/id/"),
    letter!("subscription-expired/en/"),
    letter!("renewed/id/"),
    letter!("renewed/en/"),
    letter!("trial-started/id/"),
    letter!("trial-started/en/"),
    letter!("trial-ending/id/"),
    letter!("trial-ending/en/"),
    letter!("trial-ended/id/"),
    letter!("trial-ended/en/"),
    letter!("suspended/id/"),
    letter!("suspended/en/"),
    letter!("data-expiring/id/"),
    letter!("data-expiring/en/"),
    letter!("resumed/id/"),
    letter!("resumed/en/"),
    letter!("resume-failed/id/"),
    letter!("resume-failed/en/"),
    letter!("terminated/id/"),
    letter!("terminated/en/"),
    letter!("day-credited/id/"),
    letter!("day-credited/en/"),
    letter!("charge-returned/id/"),
    letter!("charge-returned/en/"),
    letter!("document/id/"),
    letter!("document/en/"),
    letter!("plan-changed/id/"),
    letter!("plan-changed/en/"),
    letter!("plan-change-failed/id/"),
    letter!("plan-change-failed/en/"),
    letter!("payment-taken-back/id/"),
    letter!("payment-taken-back/en/"),
    letter!("paid-out/id/"),
    letter!("paid-out/en/"),
    letter!("payout-failed/id/"),
    letter!("payout-failed/en/"),
    letter!("bank-account-changed/id/"),
    letter!("bank-account-changed/en/"),
    letter!("approval-wanted/id/"),
    letter!("approval-wanted/en/"),
    letter!("approval-decided/id/"),
    letter!("approval-decided/en/"),
    letter!("second-factor/id/"),
    letter!("second-factor/en/"),
    letter!("case-opened/id/"),
    letter!("case-opened/en/"),
];
