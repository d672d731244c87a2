//! Credit for whoever is new: once for every mailbox that was proven (billing rule 44).

use super::{answer, coupons::last_day};
use crate::{
    Decision, Refused, Rupiah, StreamId, Work,
    claim::{Claim, ClaimCommand, ClaimId, ClaimKind},
    ids::{GrantId, UserId, WalletId},
    user::{Role, User},
    wallet::{GrantCause, Wallet, WalletCommand},
};
use chrono::{DateTime, Utc};

/// A customer's address was verified: he is welcomed with promotional credit.
#[derive(Clone, Debug)]
pub struct GrantWelcome {
    pub user_id: UserId,
    /// The claim on his mailbox: an account that is made anew with it is welcomed no more.
    pub mailbox: ClaimId,
    pub amount: Rupiah,
    /// For how many days it can be spent, today among them.
    pub days: u32,
    pub at: DateTime<Utc>,
}

impl Decision for GrantWelcome {
    fn streams(&self) -> Vec<StreamId> {
        vec![
            StreamId::of::<Wallet>(&WalletId::of(self.user_id)),
            StreamId::of::<User>(&self.user_id),
            StreamId::of::<Claim>(&self.mailbox),
        ]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<serde_json::Value, Refused> {
        let user = work.state::<User>(&self.user_id);
        user.require_active()?;
        user.require_verified()?;
        if !user.roles().contains(&Role::Customer) {
            return Ok(answer(self.user_id));
        }
        let take = ClaimCommand::Take {
            kind: ClaimKind::Welcome,
            holder: self.user_id.uuid(),
        };
        work.execute::<Claim>(&self.mailbox, take)?;
        let grant = WalletCommand::Grant {
            grant_id: GrantId::of_welcome(self.user_id),
            amount: self.amount,
            expires_on: last_day(self.at, self.days)?,
            cause: GrantCause::Welcome,
        };
        work.execute::<Wallet>(&WalletId::of(self.user_id), grant)?;
        Ok(answer(self.user_id))
    }
}
