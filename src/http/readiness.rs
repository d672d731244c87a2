//! Whether this process can serve: asked of the parts it needs.

use async_trait::async_trait;

/// How one part is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartHealth {
    /// `database`, `writer`, `clock`, `nats`, `relay`, `effects`, `cluster`, `boundary`.
    pub name: &'static str,
    /// Nothing can be served without it.
    pub needed: bool,
    /// What is wrong with it, without secrets; `None` where it is well.
    pub trouble: Option<String>,
}

/// Asks every part, in bounded time.
#[async_trait]
pub trait Readiness: Send + Sync {
    async fn parts(&self) -> Vec<PartHealth>;

    /// Whether the cluster lets volumes grow, as it was seen last; `None` where nobody knows.
    fn volumes_grow(&self) -> Option<bool>;
}
