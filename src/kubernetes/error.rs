//! Why the cluster did not do what was asked, by what helps: waiting a moment, waiting longer, or nothing at all.

use std::time::Duration;

use kube::core::Status;

use super::recipes::RecipeError;

#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    #[error("the way to the cluster is not configured")]
    Unconfigured(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("the cluster does not answer")]
    Unreachable(#[source] Box<kube::Error>),
    #[error("the cluster did not answer within {waited_ms} ms")]
    TimedOut { waited_ms: u64 },
    #[error("the cluster does not know who we are: {message}")]
    Unauthenticated { message: String },
    #[error("the cluster does not allow it (yet): {message}")]
    Forbidden { message: String },
    #[error("the namespace's quota is used up: {message}")]
    Quota { message: String },
    #[error("Pod Security refuses it: {message}")]
    PodSecurity { message: String },
    /// A policy of `deploy/`, which goes by the settings as they stand in the cluster: ours may be older or newer for a moment.
    #[error("an admission policy of our own does not allow it (yet): {message}")]
    Denied { message: String },
    #[error("the cluster refuses it as invalid: {message}")]
    Invalid { message: String },
    /// What was taken will not work, or somebody's policy does not want it.
    #[error("the cluster takes {object} and warns, which is not passed over: {warning}")]
    Warned { object: String, warning: String },
    #[error("{object} is on its way out")]
    Terminating { object: String },
    #[error("somebody else changed it at the same time: {message}")]
    Conflict { message: String },
    #[error("somebody else owns what we want to state: {message}")]
    FieldConflict { message: String },
    #[error("there is no {object}")]
    NotFound { object: String },
    #[error("there is no container {container}")]
    NoContainer { container: String },
    #[error("the cluster is too busy")]
    TooManyRequests { retry_after: Duration },
    #[error("the cluster failed with HTTP {status}: {message}")]
    ServerError { status: u16, message: String },
    #[error("the cluster's answer cannot be read")]
    Unreadable(#[source] Box<kube::Error>),
    #[error("{object} was not made by us")]
    NotOurs { object: String },
    #[error("the recipe cannot be carried out")]
    Recipe(#[from] RecipeError),
}

/// How the API server begins to name a policy of `deploy/` that refuses something.
const OUR_POLICY: &str = "ValidatingAdmissionPolicy 'purser-";

/// When asking again makes sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backoff {
    /// Not before this long; the caller grows it from attempt to attempt.
    After(Duration),
    /// The same request will be refused again.
    Permanent,
}

impl ClusterError {
    /// The label under which metrics count what a call came to.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unconfigured(_) => "cluster.unconfigured",
            Self::Unreachable(_) => "cluster.unreachable",
            Self::TimedOut { .. } => "cluster.timed_out",
            Self::Unauthenticated { .. } => "cluster.unauthenticated",
            Self::Forbidden { .. } => "cluster.forbidden",
            Self::Quota { .. } => "cluster.quota",
            Self::PodSecurity { .. } => "cluster.pod_security",
            Self::Denied { .. } => "cluster.denied",
            Self::Invalid { .. } => "cluster.invalid",
            Self::Warned { .. } => "cluster.warned",
            Self::Terminating { .. } => "cluster.terminating",
            Self::Conflict { .. } => "cluster.conflict",
            Self::FieldConflict { .. } => "cluster.field_conflict",
            Self::NotFound { .. } => "cluster.not_found",
            Self::NoContainer { .. } => "cluster.no_container",
            Self::TooManyRequests { .. } => "cluster.too_many_requests",
            Self::ServerError { .. } => "cluster.server_error",
            Self::Unreadable(_) => "cluster.unreadable",
            Self::NotOurs { .. } => "cluster.not_ours",
            Self::Recipe(_) => "cluster.recipe",
        }
    }

    pub fn backoff(&self) -> Backoff {
        match self {
            // A right that we have just bound to ourselves becomes visible within milliseconds.
            Self::Forbidden { .. } => Backoff::After(Duration::from_millis(100)),
            Self::Conflict { .. } | Self::FieldConflict { .. } => {
                Backoff::After(Duration::from_millis(50))
            }
            Self::Unreachable(_) | Self::TimedOut { .. } | Self::ServerError { .. } => {
                Backoff::After(Duration::from_secs(1))
            }
            Self::NotFound { .. } => Backoff::After(Duration::from_secs(1)),
            Self::TooManyRequests { retry_after } => Backoff::After(*retry_after),
            // Somebody has to raise a quota, renew a credential, or start us anew on the settings that the policies go by.
            Self::Quota { .. } | Self::Unauthenticated { .. } | Self::Denied { .. } => {
                Backoff::After(Duration::from_secs(10))
            }
            Self::Unconfigured(_)
            | Self::PodSecurity { .. }
            | Self::Invalid { .. }
            | Self::Warned { .. }
            | Self::Terminating { .. }
            | Self::NoContainer { .. }
            | Self::Unreadable(_)
            | Self::NotOurs { .. }
            | Self::Recipe(_) => Backoff::Permanent,
        }
    }

    /// Whether it is what the object says, or would then say, that is refused.
    pub(super) fn is_about_content(&self) -> bool {
        matches!(self, Self::Invalid { .. } | Self::Denied { .. })
    }

    /// Where asking again in a moment does: how soon.
    pub fn passes_within(&self) -> Option<Duration> {
        match self.backoff() {
            Backoff::After(pause) if pause < Duration::from_secs(1) => Some(pause),
            Backoff::After(_) | Backoff::Permanent => None,
        }
    }

    /// What an answer with an error status means. 403 alone is four different things.
    pub(super) fn from_status(object: &str, status: Status) -> Self {
        let Status {
            code,
            message,
            reason,
            details,
            ..
        } = status;
        let retry_after = details
            .as_ref()
            .map_or(0, |details| details.retry_after_seconds);
        let caused_by = |name: &str| {
            details
                .iter()
                .flat_map(|details| &details.causes)
                .any(|cause| cause.reason == name)
        };
        match code {
            403 | 422 if message.contains(OUR_POLICY) => Self::Denied { message },
            401 => Self::Unauthenticated { message },
            403 if message.contains("exceeded quota") => Self::Quota { message },
            403 if message.contains("violates PodSecurity") => Self::PodSecurity { message },
            403 if caused_by("NamespaceTerminating") || message.contains("is being terminated") => {
                Self::Terminating {
                    object: object.into(),
                }
            }
            // LimitRanger and quota complain like this about an object that states too much or too little, and admission
            // about a volume that its class does not let grow.
            403 if ["usage per ", "must specify ", "must support resize"]
                .iter()
                .any(|words| message.contains(words)) =>
            {
                Self::Invalid { message }
            }
            403 => Self::Forbidden { message },
            404 => Self::NotFound {
                object: object.into(),
            },
            // Quota admission answers 409 as well, where it could not keep count, and that is nobody's edit.
            409 if caused_by("FieldManagerConflict") => Self::FieldConflict { message },
            409 => Self::Conflict { message },
            429 => Self::TooManyRequests {
                retry_after: Duration::from_secs(u64::from(retry_after.max(1))),
            },
            400..=499 => Self::Invalid {
                message: format!("{reason}: {message}"),
            },
            status => Self::ServerError { status, message },
        }
    }

    pub(super) fn from_kube(object: &str, error: kube::Error) -> Self {
        use kube::Error as Kube;
        match error {
            Kube::Api(status) => Self::from_status(object, *status),
            Kube::SerdeError(_) | Kube::FromUtf8(_) => Self::Unreadable(Box::new(error)),
            Kube::BuildRequest(_) | Kube::HttpError(_) => Self::Invalid {
                message: error.to_string(),
            },
            _ => Self::Unreachable(Box::new(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(code: u16, message: &str) -> ClusterError {
        ClusterError::from_status("Pod/x", Status::failure(message, "Reason").with_code(code))
    }

    #[test]
    fn the_meanings_of_403_are_told_apart() {
        let not_yet = "deployments.apps \"web\" is forbidden: User \"system:serviceaccount:purser:purser\" cannot patch";
        assert_eq!(answered(403, not_yet).code(), "cluster.forbidden");
        assert_eq!(
            answered(
                403,
                "pods \"web\" is forbidden: exceeded quota: instance, requested: pods=1"
            )
            .code(),
            "cluster.quota"
        );
        assert_eq!(
            answered(
                403,
                "pods \"web\" is forbidden: violates PodSecurity \"restricted:v1.34\""
            )
            .code(),
            "cluster.pod_security"
        );
        assert_eq!(
            answered(403, "maximum cpu usage per Container is 1, but limit is 2").code(),
            "cluster.invalid"
        );
        let fixed = "persistentvolumeclaims \"web\" is forbidden: only dynamically provisioned pvc can be resized and the \
                     storageclass that provisions the pvc must support resize";
        assert_eq!(answered(403, fixed).code(), "cluster.invalid");
        let gone = "unable to create new content in namespace x because it is being terminated";
        assert_eq!(answered(403, gone).code(), "cluster.terminating");
    }

    /// Policies go by the settings at once, we from our next start on: an order in between is none that cannot be carried out.
    #[test]
    fn what_a_policy_of_our_own_refuses_is_tried_again_and_what_another_one_does_is_not() {
        let denied = |policy: &str| {
            format!(
                "namespaces \"x\" is forbidden: ValidatingAdmissionPolicy '{policy}' with binding '{policy}' denied request: \
                 a namespace made by purser carries the pinned version"
            )
        };
        for code in [403, 422] {
            let ours = answered(code, &denied("purser-namespaces"));
            assert_eq!(ours.code(), "cluster.denied");
            assert!(matches!(ours.backoff(), Backoff::After(_)), "{code}");
        }
        let another = answered(422, &denied("no-latest-images"));
        assert_eq!(another.code(), "cluster.invalid");
        assert_eq!(another.backoff(), Backoff::Permanent);
    }

    #[test]
    fn what_cannot_get_better_is_permanent_and_the_rest_says_when() {
        assert_eq!(
            answered(422, "field is immutable").backoff(),
            Backoff::Permanent
        );
        assert_eq!(
            answered(403, "violates PodSecurity").backoff(),
            Backoff::Permanent
        );
        for code in [401, 403, 404, 409, 429, 500, 503] {
            assert!(
                matches!(answered(code, "later").backoff(), Backoff::After(_)),
                "{code}"
            );
        }
    }
}
