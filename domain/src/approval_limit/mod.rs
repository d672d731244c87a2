//! How much a member of the staff moves for a customer within a day without another one's approval (billing rule 40). It is
//! what the operator's setting says until two persons have decided otherwise; from then on it is what they decided.

use crate::{
    Rupiah,
    aggregate::{aggregate, event_names},
    ids::ApprovalLimitId,
    rejection::rejection,
    text::Reason,
};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ApprovalLimitEvent {
    /// From now on so much is moved without a second person, and not more.
    #[serde(rename = "approval_limit.set")]
    Set { above: Rupiah, reason: Reason },
}

event_names!(ApprovalLimitEvent {
    Set => "approval_limit.set" v "1",
});

#[derive(Clone, Debug)]
pub enum ApprovalLimitCommand {
    Set { above: Rupiah, reason: Reason },
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApprovalLimitError {
    #[error("a limit is at most {most}: one that nobody comes to is none")]
    TooHigh { most: Rupiah },
}

rejection!(ApprovalLimitError {
    TooHigh => "approval_limit.too_high" Invalid,
});

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ApprovalLimit {
    above: Option<Rupiah>,
}

aggregate!(
    ApprovalLimit,
    ApprovalLimitId,
    ApprovalLimitCommand,
    ApprovalLimitEvent,
    ApprovalLimitError,
    "approval_limit"
);

/// For as many customers a member of the staff moves that much within a day. The rule knows no bound over all customers, and
/// without one somebody who is alone would move without end what he spreads over enough of them.
const CUSTOMERS: i64 = 5;

/// What a member of the staff moves for all customers together within a day without asking, where he moves `above` for one.
pub fn over_all(above: Rupiah) -> Rupiah {
    let sum = above.get().checked_mul(CUSTOMERS);
    sum.and_then(|sum| Rupiah::try_from(sum).ok())
        .unwrap_or(Rupiah::MAX)
}

/// Rp 100.000.000: no single movement of the staff is larger.
pub const fn most() -> Rupiah {
    Rupiah::of::<100_000_000>()
}

impl ApprovalLimit {
    /// What two persons decided; `None` before they did.
    pub const fn above(&self) -> Option<Rupiah> {
        self.above
    }

    fn decide(
        &self,
        command: ApprovalLimitCommand,
    ) -> Result<Vec<ApprovalLimitEvent>, ApprovalLimitError> {
        let ApprovalLimitCommand::Set { above, reason } = command;
        match self.above {
            Some(known) if known == above => Ok(vec![]),
            _ if above > most() => Err(ApprovalLimitError::TooHigh { most: most() }),
            _ => Ok(vec![ApprovalLimitEvent::Set { above, reason }]),
        }
    }

    fn fold(&mut self, event: ApprovalLimitEvent) {
        let ApprovalLimitEvent::Set { above, .. } = event;
        self.above = Some(above);
    }
}

#[cfg(test)]
mod tests {
    use super::{
        ApprovalLimit, ApprovalLimitCommand as Do, ApprovalLimitError, ApprovalLimitEvent as Did,
        most, over_all,
    };
    use crate::{
        Rupiah,
        story::{retold, rp, text},
    };
    use cqrs_es::test::TestFramework;

    fn limit() -> TestFramework<ApprovalLimit> {
        TestFramework::with(())
    }

    fn set(above: i64) -> Do {
        Do::Set {
            above: rp(above),
            reason: text("we are more now"),
        }
    }

    fn was_set(above: i64) -> Did {
        Did::Set {
            above: rp(above),
            reason: text("we are more now"),
        }
    }

    #[test]
    fn a_limit_is_set_and_set_again() {
        limit()
            .given_no_previous_events()
            .when(set(500_000))
            .then_expect_events(vec![was_set(500_000)]);
        limit()
            .given(vec![was_set(500_000)])
            .when(set(0))
            .then_expect_events(vec![was_set(0)]);
    }

    #[test]
    fn the_same_limit_again_changes_nothing() {
        limit()
            .given(vec![was_set(500_000)])
            .when(set(500_000))
            .then_expect_events(vec![]);
    }

    #[test]
    fn a_limit_that_nobody_comes_to_is_refused() {
        limit()
            .given_no_previous_events()
            .when(set(100_000_001))
            .then_expect_error(ApprovalLimitError::TooHigh { most: most() });
    }

    #[test]
    fn for_all_customers_it_is_five_times_as_much() {
        assert_eq!(over_all(rp(1_000_000)), rp(5_000_000));
        assert_eq!(over_all(Rupiah::ZERO), Rupiah::ZERO);
        assert_eq!(over_all(Rupiah::MAX), Rupiah::MAX);
    }

    #[tokio::test]
    async fn what_is_folded_is_what_was_handled() {
        retold::<ApprovalLimit>(vec![vec![set(500_000), set(0)]]).await;
    }
}
