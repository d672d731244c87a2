//! An HTTP server that ends with its owner, connections included.

use std::time::Duration;

use poem::{IntoEndpoint, Server, listener::Acceptor};
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};

/// How long requests under way may take to finish once the server was told to stop.
const LAST_ANSWERS: Duration = Duration::from_millis(300);

pub(super) struct Served {
    stop: DropGuard,
    task: JoinHandle<()>,
}

impl Served {
    pub(super) fn start<A, E>(acceptor: A, endpoint: E) -> Self
    where
        A: Acceptor + 'static,
        E: IntoEndpoint + Send + 'static,
        E::Endpoint: 'static,
    {
        let stop = CancellationToken::new();
        let stopped = stop.clone().cancelled_owned();
        let task = tokio::spawn(async move {
            let server = Server::new_with_acceptor(acceptor);
            if let Err(error) = server
                .run_with_graceful_shutdown(endpoint, stopped, Some(LAST_ANSWERS))
                .await
            {
                tracing::warn!(%error, "a stand-in's HTTP server ended");
            }
        });
        Self {
            stop: stop.drop_guard(),
            task,
        }
    }

    /// Stops accepting, gives the last answers, and returns when the port is free.
    pub(super) async fn stop(self) {
        drop(self.stop);
        // A connection that ends while the server counts them can leave it waiting for nobody.
        if tokio::time::timeout(LAST_ANSWERS * 4, self.task)
            .await
            .is_err()
        {
            tracing::debug!("a stand-in's HTTP server was left behind with its last connections");
        }
    }
}
