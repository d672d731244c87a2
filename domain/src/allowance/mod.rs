//! What a member of the staff moved within a day without asking another (billing rule 40): amounts that were split up are
//! counted together, those for one customer and, besides, those for all of them.

use crate::{
    Rupiah,
    aggregate::{aggregate, event_names},
    ids::AllowanceId,
    rejection::rejection,
};
use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};

/// How long a movement counts.
const HOURS: i64 = 24;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum AllowanceEvent {
    /// So much was moved without a second person.
    #[serde(rename = "allowance.used")]
    Used { amount: Rupiah, at: DateTime<Utc> },
}

event_names!(AllowanceEvent {
    Used => "allowance.used" v "1",
});

#[derive(Clone, Debug)]
pub enum AllowanceCommand {
    /// Moves so much, where what was moved within a day is not more than `above` with it.
    Use {
        amount: Rupiah,
        above: Rupiah,
        at: DateTime<Utc>,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AllowanceError {
    #[error(
        "{used} was moved within a day already, and {above} is the most without a second person"
    )]
    UsedUp { used: Rupiah, above: Rupiah },
}

rejection!(AllowanceError {
    UsedUp => "allowance.used_up" Conflict,
});

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Allowance {
    /// Within the day before the last one.
    used: Vec<(DateTime<Utc>, Rupiah)>,
}

aggregate!(
    Allowance,
    AllowanceId,
    AllowanceCommand,
    AllowanceEvent,
    AllowanceError,
    "allowance"
);

impl Allowance {
    /// What was moved within a day before that moment.
    pub fn used(&self, at: DateTime<Utc>) -> Rupiah {
        let within = self.used.iter().filter(|(then, _)| counts(*then, at));
        within.fold(Rupiah::ZERO, |sum, (_, amount)| {
            sum.checked_add(*amount).unwrap_or(Rupiah::MAX)
        })
    }

    /// Whether what was moved within a day is not more than `above` with so much more.
    pub fn allows(&self, amount: Rupiah, above: Rupiah, at: DateTime<Utc>) -> bool {
        let sum = self.used(at).checked_add(amount);
        amount.is_zero() || sum.is_some_and(|sum| sum <= above)
    }

    fn decide(&self, command: AllowanceCommand) -> Result<Vec<AllowanceEvent>, AllowanceError> {
        let AllowanceCommand::Use { amount, above, at } = command;
        let used = self.used(at);
        match self.allows(amount, above, at) {
            true if amount.is_zero() => Ok(vec![]),
            true => Ok(vec![AllowanceEvent::Used { amount, at }]),
            false => Err(AllowanceError::UsedUp { used, above }),
        }
    }

    fn fold(&mut self, event: AllowanceEvent) {
        let AllowanceEvent::Used { amount, at } = event;
        self.used.retain(|(then, _)| counts(*then, at));
        self.used.push((at, amount));
    }
}

fn counts(then: DateTime<Utc>, at: DateTime<Utc>) -> bool {
    at - then < Duration::hours(HOURS)
}

#[cfg(test)]
mod tests {
    use super::{Allowance, AllowanceCommand, AllowanceError, AllowanceEvent as Did};
    use crate::story::{at, noon, retold, rp};
    use chrono::{DateTime, Utc};
    use cqrs_es::test::TestFramework;

    fn allowance() -> TestFramework<Allowance> {
        TestFramework::with(())
    }

    fn takes(amount: i64, at: DateTime<Utc>) -> AllowanceCommand {
        AllowanceCommand::Use {
            amount: rp(amount),
            above: rp(100_000),
            at,
        }
    }

    fn used(amount: i64) -> Did {
        Did::Used {
            amount: rp(amount),
            at: noon(),
        }
    }

    #[test]
    fn up_to_the_limit_nobody_is_asked() {
        allowance()
            .given(vec![used(60_000)])
            .when(takes(40_000, noon()))
            .then_expect_events(vec![used(40_000)]);
    }

    #[test]
    fn what_was_split_up_is_counted_together() {
        allowance()
            .given(vec![used(60_000)])
            .when(takes(40_001, noon()))
            .then_expect_error(AllowanceError::UsedUp {
                used: rp(60_000),
                above: rp(100_000),
            });
    }

    #[test]
    fn after_a_day_it_counts_no_more() {
        let just_before = at("2027-02-01T04:59:59Z");
        allowance()
            .given(vec![used(100_000)])
            .when(takes(1, just_before))
            .then_expect_error(AllowanceError::UsedUp {
                used: rp(100_000),
                above: rp(100_000),
            });
        let then = at("2027-02-01T05:00:00Z");
        allowance()
            .given(vec![used(100_000)])
            .when(takes(100_000, then))
            .then_expect_events(vec![Did::Used {
                amount: rp(100_000),
                at: then,
            }]);
    }

    #[test]
    fn nothing_uses_nothing() {
        allowance()
            .given(vec![used(100_000)])
            .when(takes(0, noon()))
            .then_expect_events(vec![]);
    }

    #[tokio::test]
    async fn what_is_folded_is_what_was_handled() {
        let next_day = at("2027-02-02T05:00:00Z");
        retold::<Allowance>(vec![vec![
            takes(5, noon()),
            takes(7, noon()),
            takes(9, next_day),
        ]])
        .await;
    }
}
