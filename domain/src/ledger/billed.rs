//! What a subscription is charged for, and from when on.

use super::deferral::{Deferral, Share};
use crate::{Rupiah, ids::ChargeId, period::Period};
use chrono::NaiveDate;
use std::collections::HashMap;

/// What a subscription was charged for and what is about to begin.
#[derive(Clone, Debug, Default)]
pub(super) struct Billed {
    pub(super) charges: Vec<ChargeId>,
    /// The charge whose period begins when readiness is observed.
    pub(super) pending: Option<ChargeId>,
    /// Since when it runs unpaid.
    pub(super) due_on: Option<NaiveDate>,
    pub(super) grace_days: i64,
}

impl Billed {
    pub(super) fn begin(
        &mut self,
        deferrals: &mut HashMap<ChargeId, Deferral>,
        charge_id: ChargeId,
        period: Period,
    ) {
        // All of it, so its amount does not matter.
        let amount = Rupiah::ZERO;
        self.begin_shared(deferrals, charge_id, vec![Share { period, amount }]);
    }

    pub(super) fn begin_shared(
        &mut self,
        deferrals: &mut HashMap<ChargeId, Deferral>,
        charge_id: ChargeId,
        days: Vec<Share>,
    ) {
        self.charges.push(charge_id);
        if let Some(deferral) = deferrals.get_mut(&charge_id) {
            deferral.begin(days);
        }
    }

    /// The days on which it ran unpaid before its suspension.
    pub(super) fn grace(&self) -> Option<Period> {
        let start = self.due_on?;
        let days = u64::try_from(self.grace_days).ok()?;
        Some(Period {
            start,
            end: start.checked_add_days(chrono::Days::new(days))?,
        })
    }
}
