//! How what apps use is measured.

use super::Environment;
use crate::{
    kubernetes::{KubeletConfig, KubeletTrust},
    usage::UsageOptions,
};
use std::path::PathBuf;

/// How often is measured, and what is kept.
pub(super) fn usage(env: &mut Environment) -> UsageOptions {
    let options = UsageOptions {
        interval_ms: env.within("USAGE_INTERVAL_SECONDS", 60, 5..=3_600) * 1_000,
        warn_over_ms: env.within("USAGE_WARN_MINUTES", 15, 1..=10_080) * 60_000,
        // An hour is summed up from its samples until it is over, and a day from its hours.
        samples_kept_hours: env.within("USAGE_SAMPLES_KEPT_HOURS", 48, 2..=8_784),
        hours_kept_days: env.within("USAGE_HOURS_KEPT_DAYS", 35, 2..=3_660),
        days_kept_days: env.within("USAGE_DAYS_KEPT_DAYS", 400, 1..=36_600),
    };
    // Over fewer than three measurements it would be no average.
    if options.warn_over_ms < options.interval_ms * 3 {
        env.problem("USAGE_WARN_MINUTES is shorter than three times USAGE_INTERVAL_SECONDS");
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
