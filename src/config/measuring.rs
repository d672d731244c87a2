//! How what apps use is measured.

use super::Environment;
use crate::{
    kubernetes::{KubeletConfig, KubeletTrust},
    usage::UsageOptions,
};
use std::path::PathBuf;

/// How often is measured, and what is kept.
pub(super) fn usage(env: &mut Environment) -> UsageOptions {
    let seconds: u32 = env.parse("USAGE_INTERVAL_SECONDS", 60);
    let options = UsageOptions {
        interval_ms: u64::from(seconds) * 1_000,
        warn_over_ms: u64::from(env.parse::<u32>("USAGE_WARN_MINUTES", 15)) * 60_000,
        samples_kept_hours: env.parse("USAGE_SAMPLES_KEPT_HOURS", 48),
        hours_kept_days: env.parse("USAGE_HOURS_KEPT_DAYS", 35),
        days_kept_days: env.parse("USAGE_DAYS_KEPT_DAYS", 400),
    };
    if !(5..=3_600).contains(&seconds) {
        env.problem("USAGE_INTERVAL_SECONDS is not between 5 and 3600");
    }
    // Over fewer than three measurements it would be no average.
    if options.warn_over_ms < options.interval_ms * 3 {
        env.problem("USAGE_WARN_MINUTES is shorter than three times USAGE_INTERVAL_SECONDS");
    }
    // An hour is summed up from its samples until it is over, and a day from its hours.
    if options.samples_kept_hours < 2 || options.hours_kept_days < 2 {
        env.problem("USAGE_SAMPLES_KEPT_HOURS and USAGE_HOURS_KEPT_DAYS are 2 at least");
    }
    options
}

/// Whether kubelets are asked, and how.
pub(super) fn kubelets(env: &mut Environment) -> Option<KubeletConfig> {
    const OWN: &str = "/var/run/secrets/kubernetes.io/serviceaccount";
    let words = [
        ("off", None),
        ("verified", Some(KubeletTrust::Verified)),
        ("insecure", Some(KubeletTrust::Insecure)),
        ("plain", Some(KubeletTrust::Plain)),
    ];
    let trust = env.choose("KUBELET_STATS", None, &words)?;
    let file = |name: &str, own: &str| {
        let file = env.get(name).map(PathBuf::from);
        file.unwrap_or_else(|| [OWN, own].iter().collect())
    };
    Some(KubeletConfig {
        trust,
        ca_file: file("KUBELET_CA_FILE", "ca.crt"),
        token_file: file("KUBELET_TOKEN_FILE", "token"),
        timeout_ms: 5_000,
    })
}
