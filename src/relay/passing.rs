//! Passing on: most events concern few of the followers, and all others move their checkpoints past them. The followers of a
//! process hand that to one task, which writes in one statement what has come together while it wrote the last.

use crate::store::{answer, answered};
use purser_projections::checkpoint::{self, Pass};
use sqlx::PgPool;
use std::io;
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;

/// So many are written at once; a process has fewer followers.
const MOST: usize = 256;

/// The checkpoints of one process' followers.
#[derive(Clone, Debug)]
pub struct Checkpoints {
    pub(super) pool: PgPool,
    passes: mpsc::Sender<Asked>,
}

#[derive(Debug)]
struct Asked {
    pass: Pass,
    answer: oneshot::Sender<sqlx::Result<bool>>,
}

impl Checkpoints {
    /// Starts the task that writes for all of them. Where it ends, none of them gets past what does not concern it.
    pub fn start(pool: PgPool, stop: CancellationToken) -> (Self, JoinHandle<()>) {
        let (passes, asked) = mpsc::channel(MOST);
        let writing = write(pool.clone(), asked);
        let task = tokio::spawn(async move {
            stop.run_until_cancelled(writing).await;
        });
        (Self { pool, passes }, task)
    }

    /// Moves a checkpoint on past events of which nothing came, and answers once that is written. `false` where the epoch or
    /// the position is not as expected.
    ///
    /// # Errors
    /// The database's error.
    pub async fn pass(&self, pass: Pass) -> sqlx::Result<bool> {
        let (answer, answered) = oneshot::channel();
        let asked = Asked { pass, answer };
        let gone = sqlx::Error::WorkerCrashed;
        match self.passes.send(asked).await {
            Ok(()) => answered.await.unwrap_or(Err(gone)),
            Err(_) => Err(gone),
        }
    }
}

async fn write(pool: PgPool, mut asked: mpsc::Receiver<Asked>) {
    while let Some(first) = asked.recv().await {
        // Whoever was woken by the same events asks in this moment as well.
        tokio::task::yield_now().await;
        let mut all = vec![first];
        while all.len() < MOST
            && let Ok(another) = asked.try_recv()
        {
            all.push(another);
        }
        let all = all.into_iter().map(|asked| (asked.pass, asked.answer));
        let (passes, answers): (Vec<_>, Vec<_>) = all.unzip();
        let passed = together(&pool, &passes).await.map_err(|error| {
            let error = crate::chain_of(&error);
            move || sqlx::Error::from(io::Error::other(error.clone()))
        });
        for (index, answer) in answers.into_iter().enumerate() {
            // Who does not wait any more has stopped following.
            let _ = answer.send(match &passed {
                Ok(passed) => Ok(passed[index]),
                Err(error) => Err(error()),
            });
        }
    }
}

async fn together(pool: &PgPool, passes: &[Pass]) -> sqlx::Result<Vec<bool>> {
    let mut connection = pool.acquire().await?;
    let passed = answer(checkpoint::pass(&mut connection, passes)).await;
    answered(&mut connection, passed)
}
