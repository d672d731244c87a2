use super::{GivenCode, SecondFactorCommand, SecondFactorError, SecondFactorEvent};
use crate::{aggregate::aggregate, hourly::Hourly, ids::UserId, sealed::Sealed};
use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};

/// After so many wrong codes in a row none is looked at for a while, and from then on after each.
const MISSES: u32 = 5;
/// How long that while is.
const PAUSE_MINUTES: i64 = 15;
/// So often within an hour one begins to count. When it comes and when it goes its owner gets a letter each, and nobody has
/// proven that the address is his.
const CONFIRMED_AN_HOUR: usize = 3;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SecondFactor {
    secret: Option<Sealed>,
    /// `None` before the first code, when it does not count yet.
    in_place: Option<InPlace>,
    /// Wrong codes in a row, and when the last one was given.
    missed: u32,
    missed_at: Option<DateTime<Utc>>,
    /// When the last ones began to count.
    #[serde(default)]
    confirmed: Hourly<CONFIRMED_AN_HOUR>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct InPlace {
    since: DateTime<Utc>,
    last_step: i64,
}

aggregate!(
    SecondFactor,
    UserId,
    SecondFactorCommand,
    SecondFactorEvent,
    SecondFactorError,
    "second_factor"
);

impl SecondFactor {
    /// The sealed secret, whether or not it counts yet.
    pub fn secret(&self) -> Option<&Sealed> {
        self.secret.as_ref()
    }

    /// Since when nobody signs in without a code.
    pub fn since(&self) -> Option<DateTime<Utc>> {
        self.in_place.as_ref().map(|place| place.since)
    }

    pub(super) fn decide(
        &self,
        command: SecondFactorCommand,
    ) -> Result<Vec<SecondFactorEvent>, SecondFactorError> {
        use GivenCode::{Of, Wrong};
        use {SecondFactorCommand as Do, SecondFactorError as Error, SecondFactorEvent as Did};
        match (command, &self.in_place) {
            (Do::Offer { .. } | Do::Confirm { .. }, Some(_)) => Err(Error::InPlace),
            (Do::Offer { secret }, None) => Ok(vec![Did::Offered { secret }]),
            (Do::Confirm { .. }, None) if self.secret.is_none() => Err(Error::NotThere),
            (Do::Give { .. }, None) => Err(Error::NotThere),
            (Do::Confirm { at, .. } | Do::Give { at, .. }, _) if self.is_locked(at) => {
                Err(Error::Locked)
            }
            (Do::Confirm { code: Wrong, at } | Do::Give { code: Wrong, at }, _) => {
                Ok(vec![Did::Missed { at }])
            }
            (Do::Confirm { at, .. }, None) if !self.confirmed.allows(at) => Err(Error::TooOften),
            (
                Do::Confirm {
                    code: Of { step },
                    at,
                },
                None,
            ) => Ok(vec![Did::Confirmed { step, at }]),
            (
                Do::Give {
                    code: Of { step }, ..
                },
                Some(place),
            ) if step <= place.last_step => Err(Error::CodeUsed),
            (
                Do::Give {
                    code: Of { step }, ..
                },
                Some(_),
            ) => Ok(vec![Did::Used { step }]),
            (Do::Remove { .. }, None) => Ok(vec![]),
            (Do::Remove { reason }, Some(_)) => Ok(vec![Did::Removed { reason }]),
        }
    }

    fn is_locked(&self, at: DateTime<Utc>) -> bool {
        let pause = Duration::minutes(PAUSE_MINUTES);
        self.missed >= MISSES && self.missed_at.is_some_and(|last| at - last < pause)
    }

    pub(super) fn fold(&mut self, event: SecondFactorEvent) {
        use SecondFactorEvent as Did;
        match event {
            // Wrong codes stay counted: a new secret is no way around the pause.
            Did::Offered { secret } => self.secret = Some(secret),
            Did::Confirmed { step, at } => {
                self.in_place = Some(InPlace {
                    since: at,
                    last_step: step,
                });
                self.missed = 0;
                self.confirmed.note(at);
            }
            Did::Used { step } => {
                if let Some(place) = &mut self.in_place {
                    place.last_step = step;
                }
                self.missed = 0;
            }
            Did::Missed { at } => {
                self.missed += 1;
                self.missed_at = Some(at);
            }
            Did::Removed { .. } => {
                *self = Self {
                    confirmed: std::mem::take(&mut self.confirmed),
                    ..Self::default()
                };
            }
        }
    }
}
