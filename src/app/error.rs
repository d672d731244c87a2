use crate::{
    auth::PasswordError,
    kubernetes::{ClusterError, Flaws, KubeletError},
    mail::{LettersError, MailConfigError},
    payments::MidtransConfigError,
    relay::BusError,
};
use std::net::SocketAddr;

/// The application did not start, or cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    #[error("the address {0} cannot be listened on")]
    Listen(SocketAddr, #[source] std::io::Error),
    #[error("the database URL cannot be read")]
    DatabaseUrl(#[source] sqlx::Error),
    #[error("the database cannot be used; was `purser migrate` run?")]
    Database(#[from] sqlx::Error),
    #[error(transparent)]
    Bus(#[from] BusError),
    #[error(transparent)]
    Cluster(#[from] ClusterError),
    #[error(transparent)]
    Kubelets(#[from] KubeletError),
    #[error("{0}. Apply deploy/, or set CLUSTER_BOUNDARY=warn to run without a boundary")]
    Unconfined(String),
    #[error("the task {0} ended by itself: nobody does its work any more")]
    Incomplete(String),
    #[error(
        "the cluster does not know the kind {0}. Install the Gateway API, or set ROUTE_KIND=ingress"
    )]
    UnknownRoute(&'static str),
    #[error(transparent)]
    Recipes(#[from] Flaws),
    #[error(transparent)]
    Mail(#[from] MailConfigError),
    #[error(transparent)]
    Letters(#[from] LettersError),
    #[error(transparent)]
    Gateway(#[from] MidtransConfigError),
    #[error(transparent)]
    Passwords(#[from] PasswordError),
}
