//! Tells instances what they have used for some time, so that they can decide whether it is worth a word. Only what could
//! change something is told, under ids that follow from the version it was told of: two processes give the same command.

use super::readings::{Sustained, VolumeReading};
use crate::store::{Appender, Command, CommandError, States, StoreError};
use chrono::{DateTime, Utc};
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
    told: HashMap<(Uuid, Figure), Band>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Figure {
    OfPlan(Resource),
    /// Of a volume that no plan sells, by its claim.
    OfVolume(String),
}

impl Figure {
    /// A name that no other one of the same instance has.
    fn name(&self) -> String {
        match self {
            Self::OfPlan(resource) => resource.as_str().to_owned(),
            Self::OfVolume(claim) => format!("volume/{claim}"),
        }
    }
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

    pub(super) async fn compare(
        &mut self,
        used: &[Sustained],
        volumes: &[VolumeReading],
        at: DateTime<Utc>,
    ) -> Result<(), CommandError> {
        let mut seen = Vec::new();
        for one in used {
            seen.extend(one.figures().map(|(resource, used, limit)| {
                let at = one.at;
                let command = InstanceCommand::ObserveUsage { resource, used, at };
                let key = (one.instance_id, Figure::OfPlan(resource));
                (key, Band::of(used, limit), command)
            }));
        }
        seen.extend(volumes.iter().map(|volume| {
            let command = InstanceCommand::ObserveVolume {
                claim: volume.claim.clone(),
                used_mib: volume.used_mib,
                capacity_mib: volume.capacity_mib,
                at,
            };
            let key = (volume.instance_id, Figure::OfVolume(volume.claim.clone()));
            (key, Band::of(volume.used_mib, volume.capacity_mib), command)
        }));
        let mut present = HashMap::new();
        for (key, band, command) in seen {
            let heard = self.told.get(&key) == Some(&band)
                || match self.tell(&key, command).await {
                    Err(CommandError::Store(error)) if !error.is_unavailable() => {
                        left_out(&key, &error);
                        false
                    }
                    heard => heard?,
                };
            if heard {
                present.insert(key, band);
            }
        }
        self.told = present;
        Ok(())
    }

    /// Whether it was heard.
    async fn tell(
        &self,
        (instance, figure): &(Uuid, Figure),
        command: InstanceCommand,
    ) -> Result<bool, CommandError> {
        let id = InstanceId::new(*instance);
        let known = self.states.load::<Instance>(&id).await?;
        // Spares a commit where the outcome is known; the decision looks again.
        match Instance::decide(&known, command.clone()).map_err(Refused::from) {
            Ok(news) if news.is_empty() => return Ok(true),
            Ok(_) => {}
            Err(_) => return Ok(false),
        }
        let (instance, version) = (id.to_string(), known.version.to_string());
        let command_id = derived(&["usage", &instance, &figure.name(), &version]);
        let observe = One::<Instance> { id, command };
        let command = Command::of_effect(command_id, command_id, ACTOR, observe);
        match self.appender.execute(command).await {
            Ok(_) => Ok(true),
            Err(CommandError::Refused(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// As after going back to an older release: all others are told meanwhile.
fn left_out((instance, figure): &(Uuid, Figure), error: &StoreError) {
    tracing::warn!(
        instance.id = %instance,
        error = error as &dyn std::error::Error,
        "the {} of {instance} is told once what is recorded of it can be read",
        figure.name()
    );
}
