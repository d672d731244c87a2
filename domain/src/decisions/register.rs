//! Signing up: the account, the claim on its address and its wallet come into being together.

use super::answer;
use crate::{
    Decision, Refused, StreamId, Work,
    claim::{Claim, ClaimCommand, ClaimId, ClaimKind},
    ids::{UserId, WalletId},
    sealed::Sealed,
    user::{Locale, Role, User, UserCommand},
    wallet::{Wallet, WalletCommand},
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug)]
pub struct Register {
    pub user_id: UserId,
    /// The claim on the normalised address.
    pub address: ClaimId,
    pub name: Sealed,
    pub email: Sealed,
    pub phone: Option<Sealed>,
    pub password: Sealed,
    pub roles: Vec<Role>,
    pub locale: Locale,
    pub at: DateTime<Utc>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registered {
    pub user_id: UserId,
    pub wallet_id: WalletId,
}

impl Decision for Register {
    fn streams(&self) -> Vec<StreamId> {
        vec![
            StreamId::of::<User>(&self.user_id),
            StreamId::of::<Claim>(&self.address),
            StreamId::of::<Wallet>(&WalletId::of(self.user_id)),
        ]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<serde_json::Value, Refused> {
        let wallet_id = WalletId::of(self.user_id);
        let take = ClaimCommand::Take {
            kind: ClaimKind::Email,
            holder: self.user_id.uuid(),
        };
        work.execute::<Claim>(&self.address, take)?;
        work.execute::<User>(
            &self.user_id,
            UserCommand::Register {
                user_id: self.user_id,
                name: self.name.clone(),
                email: self.email.clone(),
                phone: self.phone.clone(),
                password: self.password.clone(),
                roles: self.roles.clone(),
                locale: self.locale,
                at: self.at,
            },
        )?;
        work.execute::<Wallet>(
            &wallet_id,
            WalletCommand::Open {
                owner: self.user_id,
            },
        )?;
        Ok(answer(Registered {
            user_id: self.user_id,
            wallet_id,
        }))
    }
}
