//! Gives commands about workers under ids that follow from what was seen and from the version that it was seen against:
//! two processes that see the same give the same command, and what changes nothing is not given at all.

use crate::store::{Appender, Command, CommandError, States};
use purser_domain::{
    Actor, Refused, Stream,
    decisions::One,
    ids::{PlanId, WorkerId, derived},
    plan_slots::{PlanSlots, PlanSlotsCommand},
    worker::{Worker, WorkerCommand},
};
use std::sync::Arc;

#[derive(Clone)]
pub(super) struct Teller {
    pub(super) appender: Appender,
    pub(super) states: Arc<States>,
    pub(super) actor: Actor,
}

impl Teller {
    /// `what` tells apart what can be said of one worker.
    pub(super) async fn of_worker(
        &self,
        id: WorkerId,
        what: &str,
        command: WorkerCommand,
    ) -> Result<(), CommandError> {
        self.tell::<Worker>(id, what, command).await
    }

    pub(super) async fn of_plan(&self, id: PlanId, room: bool) -> Result<(), CommandError> {
        let what = if room { "room" } else { "no-room" };
        let command = PlanSlotsCommand::ObserveRoom { room };
        self.tell::<PlanSlots>(id, what, command).await
    }

    async fn tell<A>(&self, id: A::Id, what: &str, command: A::Command) -> Result<(), CommandError>
    where
        A: Stream + Send + Sync + 'static,
        A::Id: Send + Sync + 'static,
        A::Command: Clone + Send + Sync + 'static,
    {
        let known = self.states.load::<A>(&id).await?;
        // Spares a commit where the outcome is known; the decision looks again.
        let news = A::decide(&known, command.clone()).map_err(Refused::from)?;
        if news.is_empty() {
            return Ok(());
        }
        let version = known.version.to_string();
        let command_id = derived(&["seen", A::KIND.as_str(), &id.to_string(), &version, what]);
        let decision = One::<A> { id, command };
        let command = Command::of_effect(command_id, command_id, self.actor, decision);
        self.appender.execute(command).await.map(drop)
    }
}
