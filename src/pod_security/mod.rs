//! Kubernetes' Pod Security Standards: what a pod may not do at a level, in the words of the real checks. Neutral:
//! recipes are checked by it before they are sold, and the stand-in cluster admits by it.

mod baseline;
mod offences;
pub(crate) mod read;
mod restricted;

use serde_json::Value;

use read::{list, text};

/// The newest minor version of Kubernetes whose checks are known here; later ones have added none.
pub const NEWEST: u32 = 34;

/// How much a namespace allows its pods.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Privileged,
    Baseline,
    Restricted,
}

impl Level {
    /// Reads the value of a namespace's label.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "privileged" => Some(Self::Privileged),
            "baseline" => Some(Self::Baseline),
            "restricted" => Some(Self::Restricted),
            _ => None,
        }
    }

    /// As a namespace's label has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Privileged => "privileged",
            Self::Baseline => "baseline",
            Self::Restricted => "restricted",
        }
    }
}

/// The minor version of a pin such as `v1.34`; none for anything else, `latest` included.
pub fn minor(version: &str) -> Option<u32> {
    let digits = version.strip_prefix("v1.")?;
    let plain = digits == "0" || !digits.starts_with('0');
    (plain && digits.bytes().all(|digit| digit.is_ascii_digit()))
        .then(|| digits.parse().ok())
        .flatten()
}

/// One reason for which a pod is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The name of the check.
    pub reason: String,
    /// Who does what, where the check says it.
    pub detail: String,
}

impl Violation {
    fn new(reason: &str, detail: impl Into<String>) -> Self {
        Self {
            reason: reason.to_owned(),
            detail: detail.into(),
        }
    }
}

/// What a pod, or a pod template, does that this level forbids as of a minor version; a version from the future is
/// taken for [`NEWEST`].
pub fn violations(level: Level, version: u32, pod: &Value) -> Vec<Violation> {
    let (spec, version) = (&pod["spec"], version.min(NEWEST));
    match level {
        Level::Privileged => Vec::new(),
        Level::Baseline => baseline::check(pod, spec, version, false),
        Level::Restricted => {
            let mut all = baseline::check(pod, spec, version, true);
            all.extend(restricted::check(spec, version));
            all
        }
    }
}

/// All of them in one sentence, as the real server says it.
pub fn describe(violations: &[Violation]) -> String {
    let all: Vec<String> = violations
        .iter()
        .map(|one| match one.detail.as_str() {
            "" => one.reason.clone(),
            detail => format!("{} ({detail})", one.reason),
        })
        .collect();
    all.join(", ")
}

/// Init containers, containers and ephemeral containers, in the order in which the real checks visit them.
fn containers(spec: &Value) -> impl Iterator<Item = &Value> {
    ["/initContainers", "/containers", "/ephemeralContainers"]
        .into_iter()
        .flat_map(|place| list(spec, place))
}

fn name_of(container: &Value) -> &str {
    text(container, "/name")
}
