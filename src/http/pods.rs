//! What the API asks of the cluster: one trait, so that it need not know of Kubernetes.

use async_trait::async_trait;
use purser_domain::ids::InstanceId;

/// The cluster gave nothing.
#[derive(Debug, thiserror::Error)]
pub enum PodAccessError {
    #[error("there is nothing of this pod on the cluster yet, or any more")]
    NotThere,
    #[error("the cluster does not answer")]
    Away(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// What lets a customer into his app.
#[derive(Clone)]
pub struct PodCredentials {
    /// Where to sign in.
    pub url: String,
    pub username: String,
    pub password: String,
}

/// Reads what runs. Who may see it was decided before.
#[async_trait]
pub trait PodAccess: Send + Sync {
    /// The last lines of the app's own log.
    async fn logs(&self, instance: InstanceId, tail: u32) -> Result<String, PodAccessError>;

    /// The generated sign-in.
    async fn credentials(&self, instance: InstanceId) -> Result<PodCredentials, PodAccessError>;
}
