//! What runs beside the requests: the relay, followers, sagas, workers, and the server itself.

use super::{
    AppError, ViewFollower,
    patience::{CONNECTIONS, Patient, SILENCE, STREAMS},
    support::{self, Support},
    tasks::Tasks,
};
use crate::{
    auth::Vault,
    clock::Clock,
    config::Settings,
    fleet::Watcher,
    http::{self, Parts},
    kubernetes::Cluster,
    overdue::Overdue,
    paper::{Archive, Keeping, Numbering},
    reconcile::Daily,
    relay::{self, Bus, Checkpoints, Feed, Follower, FollowerOptions, Relay, RelayHealth},
    sagas::{AnySaga, Effects, SagaFollower, Workers, run_timers},
    store::{Appender, Reader},
    sweep::Sweeper,
    usage::Sampler,
};
use poem::listener::TcpAcceptor;
use sqlx::PgPool;
use std::{net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    net::TcpListener,
    sync::{Notify, watch},
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// What runs until it is told to stop.
pub(super) struct Background {
    stop: CancellationToken,
    pub(super) tasks: Tasks,
    pool: PgPool,
    /// Those of everything here that follows the history.
    checkpoints: Checkpoints,
    clock: Clock,
    holder: Uuid,
    /// The name of a task that ended before it was told to.
    pub(super) ended: watch::Sender<Option<String>>,
}

impl Background {
    pub(super) fn new(pool: PgPool, clock: Clock, holder: Uuid, stop: CancellationToken) -> Self {
        let (checkpoints, passing) = Checkpoints::start(pool.clone(), stop.clone());
        let mut background = Self {
            stop,
            tasks: Tasks::default(),
            pool,
            checkpoints,
            clock,
            holder,
            ended: watch::Sender::new(None),
        };
        background.keep("checkpoints", passing);
        background
    }

    /// Keeps what runs until it is told to stop, and says which ended before.
    pub(super) fn keep(&mut self, name: &str, task: JoinHandle<()>) {
        let kept = self.watched(name, task);
        self.tasks.add(kept);
    }

    /// As [`Background::keep`], what may take a while to its end: requests and effects.
    fn keep_lasting(&mut self, name: &str, task: JoinHandle<()>) {
        let kept = self.watched(name, task);
        self.tasks.add_lasting(kept);
    }

    fn watched(&self, name: &str, task: JoinHandle<()>) -> JoinHandle<()> {
        let (name, stop, ended) = (name.to_owned(), self.stop.clone(), self.ended.clone());
        tokio::spawn(async move {
            let how = task.await;
            let early = !stop.is_cancelled();
            match how {
                Err(error) => tracing::error!(
                    error = &error as &dyn std::error::Error,
                    task = name,
                    "the task {name} ended badly: {error}"
                ),
                Ok(()) if early => tracing::error!(task = name, "the task {name} ended by itself"),
                Ok(()) => {}
            }
            if early {
                ended.send_replace(Some(name));
            }
        })
    }

    /// Notices where the writer ends: nothing is committed by this process any more.
    pub(super) fn writer(&mut self, appender: &Appender) {
        let (appender, stop) = (appender.clone(), self.stop.clone());
        let noticing = async move {
            stop.run_until_cancelled(appender.stopped()).await;
        };
        self.keep("writer", tokio::spawn(noticing));
    }

    pub(super) fn relay(&mut self, bus: &Bus, appender: &Appender) -> watch::Receiver<RelayHealth> {
        let relay = Relay::new(bus.clone(), self.pool.clone(), self.holder, appender.head());
        let health = relay.health();
        let stop = self.stop.clone();
        self.keep("relay", tokio::spawn(relay.run(stop)));
        health
    }

    pub(super) fn feed(&mut self, bus: &Bus, appender: &Appender) -> Feed {
        let reader = Reader::new(self.pool.clone());
        let (head, stop) = (appender.head(), self.stop.clone());
        let (feed, feeding) = Feed::start(bus.clone(), reader, head, stop);
        self.keep("feed", feeding);
        feed
    }

    fn follow(&mut self, follower: Arc<dyn Follower>, feed: &Feed) {
        self.follow_with(follower, feed, FollowerOptions::default());
    }

    fn follow_with(&mut self, follower: Arc<dyn Follower>, feed: &Feed, options: FollowerOptions) {
        let (checkpoints, clock) = (self.checkpoints.clone(), self.clock.clone());
        let (holder, stop) = (self.holder, self.stop.clone());
        let name = follower.name().to_owned();
        let feed = feed.clone();
        let following = relay::follow(follower, feed, checkpoints, clock, holder, options, stop);
        self.keep(&name, tokio::spawn(following));
    }

    pub(super) fn views(&mut self, feed: &Feed) {
        for model in purser_projections::all() {
            self.follow(Arc::new(ViewFollower(model)), feed);
        }
    }

    pub(super) fn keep_paper(&mut self, vault: &Vault, clock: &Clock, years: u32) {
        let keeping = Keeping {
            vault: vault.clone(),
            pool: self.pool.clone(),
            clock: clock.clone(),
            years,
        };
        let (holder, stop) = (self.holder, self.stop.clone());
        self.keep("paper-keys", tokio::spawn(keeping.run(holder, stop)));
    }

    /// Gives documents their numbers.
    pub(super) async fn numbers(
        &mut self,
        archive: &Archive,
        appender: &Appender,
        feed: &Feed,
        clock: &Clock,
    ) -> Result<(), AppError> {
        let numbering = Numbering {
            archive: archive.clone(),
            appender: appender.clone(),
            clock: clock.clone(),
        };
        numbering.activate(&self.pool).await?;
        // Each is rendered: a batch has to be over well within the lease.
        let options = FollowerOptions {
            batch_size: 20,
            ..FollowerOptions::default()
        };
        self.follow_with(Arc::new(numbering), feed, options);
        Ok(())
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "everything that sagas touch comes together here, once"
    )]
    pub(super) async fn sagas(
        &mut self,
        sagas: Vec<Arc<dyn AnySaga>>,
        effects: Arc<Effects>,
        feed: &Feed,
        clock: &Clock,
        cluster: watch::Receiver<bool>,
        allowed: &watch::Receiver<bool>,
        settings: &Settings,
    ) -> Result<(), AppError> {
        let wake = Arc::new(Notify::new());
        for saga in &sagas {
            let follower = SagaFollower::new(saga.clone(), wake.clone());
            follower.activate(&self.pool).await?;
            self.follow(Arc::new(follower), feed);
        }
        let timers = run_timers(
            self.pool.clone(),
            sagas.clone(),
            clock.clone(),
            (cluster.clone(), allowed.clone()),
            wake.clone(),
            self.holder,
            self.stop.clone(),
        );
        self.keep("timers", tokio::spawn(timers));
        let workers = Workers {
            pool: self.pool.clone(),
            sagas,
            executor: effects,
            clock: clock.clone(),
            wake,
            allowed: allowed.clone(),
            cluster,
            options: settings.workers,
        };
        for worker in workers.start(&self.stop) {
            self.keep_lasting("worker", worker);
        }
        Ok(())
    }

    /// What the cluster may lack, as far as that is known.
    pub(super) fn support(
        &mut self,
        cluster: &Cluster,
        answers: &watch::Receiver<bool>,
        settings: &Settings,
    ) -> watch::Receiver<Support> {
        let (sender, known) = watch::channel(Support::new(settings.network_policies));
        let (cluster, answers, stop) = (cluster.clone(), answers.clone(), self.stop.clone());
        let looking = support::watch(
            cluster,
            settings.cluster_settings.clone(),
            answers,
            sender,
            stop,
        );
        self.keep("support", tokio::spawn(looking));
        known
    }

    pub(super) fn fleet(&mut self, watcher: Watcher) {
        let (holder, stop) = (self.holder, self.stop.clone());
        self.keep("fleet", tokio::spawn(watcher.run(holder, stop)));
    }

    pub(super) fn usage(&mut self, sampler: Sampler) {
        let (holder, stop) = (self.holder, self.stop.clone());
        self.keep("usage", tokio::spawn(sampler.run(holder, stop)));
    }

    pub(super) fn reconcile(&mut self, daily: Daily) {
        let (holder, stop) = (self.holder, self.stop.clone());
        self.keep("reconciliation", tokio::spawn(daily.run(holder, stop)));
    }

    pub(super) fn overdue(&mut self, overdue: Overdue) {
        let (holder, stop) = (self.holder, self.stop.clone());
        self.keep("overdue", tokio::spawn(overdue.run(holder, stop)));
    }

    pub(super) fn sweep(&mut self, sweeper: Sweeper) {
        let (holder, stop) = (self.holder, self.stop.clone());
        self.keep("sweep", tokio::spawn(sweeper.run(holder, stop)));
    }

    /// No effect while the stream knows events that the history does not: the database was restored. None either before
    /// they were compared for the first time, which takes JetStream: a process that was started while that is away cannot
    /// know whether the database was restored, and a letter, a deletion or a refund that was done already would be done again.
    pub(super) fn effects_allowed(
        &mut self,
        mut relay: watch::Receiver<RelayHealth>,
    ) -> watch::Receiver<bool> {
        let (sender, allowed) = watch::channel(false);
        let stop = self.stop.clone();
        let allowing = tokio::spawn(async move {
            loop {
                match *relay.borrow_and_update() {
                    RelayHealth::Following { .. } | RelayHealth::Standby => {
                        sender.send_replace(true);
                    }
                    RelayHealth::Diverged { .. } => {
                        sender.send_replace(false);
                    }
                    // Nobody can tell: what was known last stands.
                    RelayHealth::Away | RelayHealth::Starting => {}
                }
                if !matches!(
                    stop.run_until_cancelled(relay.changed()).await,
                    Some(Ok(()))
                ) {
                    break;
                }
            }
            // Dropped with the sender gone, the last word stands.
            stop.cancelled().await;
        });
        self.keep("effects-allowed", allowing);
        allowed
    }

    /// Serves metrics where they have an address of their own, and says which.
    pub(super) async fn metrics(
        &mut self,
        listen: Option<SocketAddr>,
        parts: &Parts,
    ) -> Result<Option<SocketAddr>, AppError> {
        let Some(listen) = listen else {
            return Ok(None);
        };
        let failed = |error| AppError::Listen(listen, error);
        let listener = TcpListener::bind(listen).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let metrics = http::metrics(parts);
        self.serve(listener, metrics).map_err(failed)?;
        tracing::info!(%address, "metrics are read at {address}");
        Ok(Some(address))
    }

    pub(super) fn serve(
        &mut self,
        listener: TcpListener,
        api: impl poem::Endpoint<Output = poem::Response> + 'static,
    ) -> std::io::Result<()> {
        let acceptor = TcpAcceptor::from_tokio(listener)?;
        let acceptor = Patient::new(acceptor, SILENCE, CONNECTIONS);
        let stop = self.stop.clone();
        let server = poem::Server::new_with_acceptor(acceptor)
            .http2_max_concurrent_streams(STREAMS)
            .run_with_graceful_shutdown(
                api,
                async move { stop.cancelled().await },
                Some(Duration::from_secs(5)),
            );
        let serving = tokio::spawn(async move {
            if let Err(error) = server.await {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "the HTTP server ended"
                );
            }
        });
        self.keep_lasting("http", serving);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn background() -> Background {
        let (stop, pool) = (CancellationToken::new(), crate::store::pool_to_nowhere());
        Background::new(pool, Clock::default(), Uuid::nil(), stop)
    }

    #[tokio::test]
    async fn a_task_that_ends_by_itself_or_panics_is_told_by_its_name() {
        let panicking = tokio::spawn(async { panic!("lost") });
        for task in [tokio::spawn(async {}), panicking] {
            let mut background = background();
            let mut ended = background.ended.subscribe();
            background.keep("sweep", tokio::spawn(std::future::pending()));
            background.keep("timers", task);
            let named = ended.wait_for(Option::is_some).await.unwrap();
            assert_eq!(named.as_deref(), Some("timers"));
        }
    }

    #[tokio::test]
    async fn that_nobody_writes_checkpoints_any_more_is_told() {
        let mut background = background();
        let mut ended = background.ended.subscribe();
        // The task ends with the last one who could ask anything of it.
        let stop = background.stop.clone();
        background.checkpoints = Checkpoints::start(background.pool.clone(), stop).0;
        let named = ended.wait_for(Option::is_some).await.unwrap();
        assert_eq!(named.as_deref(), Some("checkpoints"));
    }

    #[tokio::test]
    async fn a_task_that_was_told_to_stop_has_not_ended_by_itself() {
        let mut background = background();
        let stop = background.stop.clone();
        let stopped = tokio::spawn(async move { stop.cancelled().await });
        background.keep("timers", stopped);
        background.stop.cancel();
        background.tasks.end_promptly().await;
        assert_eq!(*background.ended.borrow(), None);
    }
}
