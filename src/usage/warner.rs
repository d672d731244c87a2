//! Tells instances what they have used for some time, so that they can decide whether it is worth a word. Only what could
//! change something is told, under ids that follow from the version it was told of: two processes give the same command.

use super::readings::Sustained;
use crate::store::{Appender, Command, CommandError, States};
use purser_domain::{
    Actor, Refused, Stream as _,
    decisions::One,
    ids::{InstanceId, derived},
    instance::{Band, Instance, InstanceCommand, Resource},
};
use std::{collections::HashMap, sync::Arc};
use uuid::Uuid;

const ACTOR: Actor = Actor::System("usage");

pub(super) struct Warner {
    appender: Appender,
    states: Arc<States>,
    /// Where each figure stood when it was last told.
    told: HashMap<(Uuid, Resource), Band>,
}

impl Warner {
    pub(super) fn new(appender: Appender, states: Arc<States>) -> Self {
        Self {
            appender,
            states,
            told: HashMap::new(),
        }
    }

    /// Another process measures now, and what it told is not known here.
    pub(super) fn forget(&mut self) {
        self.told.clear();
    }

    pub(super) async fn compare(&mut self, used: &[Sustained]) -> Result<(), CommandError> {
        let mut present = HashMap::new();
        for one in used {
            for (resource, used, limit) in one.figures() {
                let (key, band) = ((one.instance_id, resource), Band::of(used, limit));
                if self.told.get(&key) == Some(&band) || self.tell(one, resource, used).await? {
                    present.insert(key, band);
                }
            }
        }
        self.told = present;
        Ok(())
    }

    /// Whether it was heard.
    async fn tell(
        &self,
        one: &Sustained,
        resource: Resource,
        used: u32,
    ) -> Result<bool, CommandError> {
        let id = InstanceId::new(one.instance_id);
        let known = self.states.load::<Instance>(&id).await?;
        let command = InstanceCommand::ObserveUsage {
            resource,
            used,
            at: one.at,
        };
        // Spares a commit where the outcome is known; the decision looks again.
        match Instance::decide(&known, command.clone()).map_err(Refused::from) {
            Ok(news) if news.is_empty() => return Ok(true),
            Ok(_) => {}
            Err(_) => return Ok(false),
        }
        let (instance, version) = (id.to_string(), known.version.to_string());
        let command_id = derived(&["usage", &instance, resource.as_str(), &version]);
        let observe = One::<Instance> { id, command };
        let command = Command::of_effect(command_id, command_id, ACTOR, observe);
        match self.appender.execute(command).await {
            Ok(_) => Ok(true),
            Err(CommandError::Refused(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }
}
