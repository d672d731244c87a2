//! Erasing a person: an account that was deactivated, of an administrator by two persons, is shut for good and his address is free again. The key of what is personal in the history
//! follows once this is in it. What stands on paper has keys of its own.

use super::{
    answer,
    approving::{may_approve, require_proof},
};
use crate::{
    Decision, Refused, StreamId, Work,
    case::Case,
    claim::{Claim, ClaimCommand, ClaimId},
    ids::{CaseId, SubscriptionId, TopUpId, UserId, WalletId},
    subscription::Subscription,
    text::Reason,
    top_up::TopUp,
    user::{User, UserCommand, UserError},
    wallet::Wallet,
};
use chrono::{DateTime, Utc};

/// Erases a person for whom nothing is under way any more.
#[derive(Clone, Debug)]
pub struct ErasePerson {
    pub user_id: UserId,
    /// The administrator who does it.
    pub by: UserId,
    /// Whether his session is proven with his second factor: there is no way back.
    pub proven: bool,
    /// The claim on his address; `None` where it cannot be told any more.
    pub address: Option<ClaimId>,
    /// How often the account had been shut before the rest was looked up: since then it was not open, so that he began nothing.
    pub shut_seen: u32,
    /// What of his may not be over, looked up by the caller.
    pub subscriptions: Vec<SubscriptionId>,
    pub top_ups: Vec<TopUpId>,
    /// The cases about his money that may be open: what one of them parks can be credited to nobody afterwards.
    pub cases: Vec<CaseId>,
    /// The version of his wallet before they were looked up: what was ordered since has changed it.
    pub wallet_seen: i64,
    pub reason: Reason,
    pub at: DateTime<Utc>,
}

impl Decision for ErasePerson {
    fn streams(&self) -> Vec<StreamId> {
        let mut streams = vec![StreamId::of::<User>(&self.user_id), self.wallet()];
        streams.extend((self.by != self.user_id).then(|| StreamId::of::<User>(&self.by)));
        streams.extend(self.address.iter().map(StreamId::of::<Claim>));
        let subscriptions = self.subscriptions.iter();
        streams.extend(subscriptions.map(StreamId::of::<Subscription>));
        streams.extend(self.top_ups.iter().map(StreamId::of::<TopUp>));
        streams.extend(self.cases.iter().map(StreamId::of::<Case>));
        streams
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<serde_json::Value, Refused> {
        let (user_id, at) = (self.user_id, self.at);
        if self.by == user_id {
            return Err(UserError::OwnErasure.into());
        }
        if !may_approve(work.state::<User>(&self.by)) {
            return Err(UserError::NotAdministrator.into());
        }
        require_proof(self.proven)?;
        if !work.state::<User>(&user_id).is_erased() {
            self.require_nothing_under_way(work)?;
            if let Some(address) = &self.address {
                let holder = user_id.uuid();
                work.execute::<Claim>(address, ClaimCommand::Release { holder })?;
            }
        }
        let reason = self.reason.clone();
        work.execute::<User>(&user_id, UserCommand::Erase { reason, at })?;
        Ok(answer(user_id.to_string()))
    }
}

impl ErasePerson {
    fn wallet(&self) -> StreamId {
        StreamId::of::<Wallet>(&WalletId::of(self.user_id))
    }

    fn require_nothing_under_way(&self, work: &mut Work<'_>) -> Result<(), UserError> {
        for id in &self.subscriptions {
            let subscription = work.state::<Subscription>(id);
            if !subscription.is_over() && !subscription.is_failed() {
                return Err(UserError::SubscriptionOpen);
            }
        }
        for id in &self.top_ups {
            let top_up = work.state::<TopUp>(id);
            if !top_up.is_settled() && !top_up.is_closed() {
                return Err(UserError::PaymentOpen);
            }
        }
        for id in &self.cases {
            if work.state::<Case>(id).is_open() {
                return Err(UserError::CaseOpen);
            }
        }
        let wallet = work.state::<Wallet>(&WalletId::of(self.user_id));
        if !wallet.set_aside().is_zero() || !wallet.owed().is_zero() {
            return Err(UserError::WalletUnsettled);
        }
        if !wallet.paid().is_zero() {
            return Err(UserError::CreditLeft);
        }
        let account = work.state::<User>(&self.user_id);
        if account.is_active() {
            return Err(UserError::StillActive);
        }
        let since_shut = account.times_shut() == self.shut_seen;
        match since_shut && work.version(&self.wallet()) == self.wallet_seen {
            true => Ok(()),
            false => Err(UserError::Moving),
        }
    }
}
