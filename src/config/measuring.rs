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

/// Where a pod finds the token of its own ServiceAccount, and who signed the API server's certificate.
const OWN: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// Whether kubelets are asked, and how.
pub(super) fn kubelets(env: &mut Environment) -> Option<KubeletConfig> {
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
    let config = KubeletConfig {
        trust,
        ca_file: file("KUBELET_CA_FILE", "ca.crt"),
        token_file: file("KUBELET_TOKEN_FILE", "token"),
        timeout_ms: 5_000,
    };
    // Whoever answers in a node's place, or listens on the way, would have all of Purser's rights.
    if trust != KubeletTrust::Verified && config.token_file.starts_with(OWN) {
        env.problem(
            "KUBELET_STATS is insecure or plain, and KUBELET_TOKEN_FILE is the token of Purser itself: name one that opens \
             nodes/stats alone, of deploy/optional/kubelet-stats.yaml",
        );
    }
    Some(config)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OTHER: &str = "/var/run/secrets/purser/kubelet-stats/token";

    fn read(values: &[(&str, &str)]) -> (Option<KubeletConfig>, String) {
        let values = values
            .iter()
            .map(|(name, value)| ((*name).into(), (*value).into()));
        let mut env = Environment::new("", values);
        let config = kubelets(&mut env);
        let problems = env.finish().err().map(|problems| problems.to_string());
        (config, problems.unwrap_or_default())
    }

    #[test]
    fn the_token_of_purser_is_sent_to_no_kubelet_that_need_not_prove_who_it_is() {
        let own = format!("{OWN}/token");
        for trust in ["insecure", "plain"] {
            for named in [&[][..], &[("KUBELET_TOKEN_FILE", own.as_str())]] {
                let mut values = named.to_vec();
                values.push(("KUBELET_STATS", trust));
                let (_, problems) = read(&values);
                for part in ["KUBELET_TOKEN_FILE", "deploy/optional/kubelet-stats.yaml"] {
                    assert!(problems.contains(part), "{trust}: {problems}");
                }
            }
            let (config, problems) =
                read(&[("KUBELET_STATS", trust), ("KUBELET_TOKEN_FILE", OTHER)]);
            assert_eq!(problems, "");
            assert_eq!(config.unwrap().token_file, PathBuf::from(OTHER));
        }
    }

    #[test]
    fn kubelets_that_prove_who_they_are_or_are_not_asked_need_no_other_token() {
        let (config, problems) = read(&[("KUBELET_STATS", "verified")]);
        assert_eq!(problems, "");
        assert_eq!(config.unwrap().token_file, PathBuf::from(OWN).join("token"));
        let (config, problems) = read(&[("KUBELET_TOKEN_FILE", OTHER)]);
        assert!(config.is_none() && problems.is_empty(), "{problems}");
    }
}
