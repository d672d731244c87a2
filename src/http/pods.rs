//! What the API asks of the cluster: one trait, so that it need not know of Kubernetes.

use async_trait::async_trait;
use futures_util::stream::BoxStream;
use purser_domain::ids::InstanceId;
use std::io;

/// The cluster gave nothing.
#[derive(Debug, thiserror::Error)]
pub enum PodAccessError {
    #[error("there is nothing of this pod on the cluster yet, or any more")]
    NotThere,
    #[error("this app has no accounts, and so nothing to sign in with")]
    NoSignIn,
    #[error("this pod has no such container")]
    NoContainer,
    #[error("this container has printed nothing yet, or its log is gone")]
    NoLog(#[source] Box<dyn std::error::Error + Send + Sync>),
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
    /// The operation that set it; 0 where it is the first.
    pub operation: u32,
}

/// Which lines of an app's log.
#[derive(Clone, Debug)]
pub struct WantedLog {
    /// `web`, `database` or `job`.
    pub component: &'static str,
    /// None: the app's own; `*`: every one.
    pub container: Option<String>,
    pub tail: u32,
    pub since_seconds: Option<u32>,
    /// Those before the container's last restart.
    pub previous: bool,
}

/// A line and the container that printed it.
#[derive(Clone, Debug)]
pub struct PrintedLine {
    pub container: String,
    pub text: String,
}

/// The last lines of a container that keeps crashing.
#[derive(Clone, Debug)]
pub struct CrashLog {
    pub container: String,
    /// Oldest first, at most 20 and 4 KiB; none where there is nothing to read.
    pub lines: Vec<String>,
}

/// Reads what runs. Who may see it was decided before.
#[async_trait]
pub trait PodAccess: Send + Sync {
    /// The last lines of a log.
    async fn logs(
        &self,
        instance: InstanceId,
        wanted: &WantedLog,
    ) -> Result<String, PodAccessError>;

    /// The same, and then each line as it comes, until the pod ends. Reads on only as it is read from.
    async fn follow_logs(
        &self,
        instance: InstanceId,
        wanted: &WantedLog,
    ) -> Result<BoxStream<'static, io::Result<PrintedLine>>, PodAccessError>;

    /// What it printed before its last crash, or none where it does not keep crashing. Answers within 2 s.
    async fn crash_log(&self, instance: InstanceId) -> Result<Option<CrashLog>, PodAccessError>;

    /// The generated sign-in.
    async fn credentials(&self, instance: InstanceId) -> Result<PodCredentials, PodAccessError>;
}
