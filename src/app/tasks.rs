//! What runs in the background, by how it ends.

use std::mem;
use tokio::task::JoinHandle;

/// Tasks that were told to stop with one another, and are waited for in two steps.
#[derive(Default)]
pub(super) struct Tasks {
    prompt: Vec<JoinHandle<()>>,
    lasting: Vec<JoinHandle<()>>,
}

impl Tasks {
    /// One that ends as soon as it is told to.
    pub(super) fn add(&mut self, task: JoinHandle<()>) {
        self.prompt.push(task);
    }

    /// One that comes to the end of what it is at, and holds no lease meanwhile.
    pub(super) fn add_lasting(&mut self, task: JoinHandle<()>) {
        self.lasting.push(task);
    }

    /// Waits for those that end at once: from then on nobody here uses a lease.
    pub(super) async fn end_promptly(&mut self) {
        end(mem::take(&mut self.prompt)).await;
    }

    /// Waits for all others.
    pub(super) async fn end_at_last(self) {
        end(self.lasting).await;
    }
}

async fn end(tasks: Vec<JoinHandle<()>>) {
    for task in tasks {
        if let Err(error) = task.await {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "a task ended badly"
            );
        }
    }
}
