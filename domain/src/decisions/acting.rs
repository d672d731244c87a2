//! What a member of the staff does, from the command as data to what it comes to: at once, or once another one has approved
//! it.

use super::{
    Asker, EndNow, Extend, GiveBack, Policy, RefundTopUp, bounds,
    cases::{BookPayment, TakeBackPayment},
    refunds::CancelPayout,
};
use crate::{
    Decision, Refused, StreamId, Work,
    approval::{Act, Deed},
    approval_limit::{ApprovalLimit, ApprovalLimitCommand},
    case::Case,
    coupon::{Coupon, CouponCommand},
    fee_statement::{FeeStatement, FeeStatementCommand},
    ids::{ApprovalLimitId, FeeStatementId, InstanceId, SubscriptionId, UserId, WalletId},
    instance::Instance,
    period::jakarta_date,
    second_factor::{SecondFactor, SecondFactorCommand},
    subscription::{Subscription, SubscriptionError},
    top_up::TopUp,
    user::{User, UserCommand, UserError},
    wallet::{GrantCause, Wallet, WalletCommand},
};
use chrono::{DateTime, Utc};

/// Carries an act out.
#[derive(Clone, Debug)]
pub(super) struct CarryOut {
    pub(super) act: Act,
    pub(super) policy: Policy,
    pub(super) at: DateTime<Utc>,
}

impl Act {
    /// What it changes comes first; its version is the one that an approval expects.
    pub(super) fn streams(&self) -> Vec<StreamId> {
        let user = StreamId::of::<User>(&self.user_id());
        let receiver = self.gives_credit().then_some(user);
        self.changes().into_iter().chain(receiver).collect()
    }

    fn changes(&self) -> Vec<StreamId> {
        let user_id = self.user_id();
        let wallet = StreamId::of::<Wallet>(&WalletId::of(user_id));
        match &self.deed {
            Deed::Adjust { .. }
            | Deed::Grant { .. }
            | Deed::WriteOff { .. }
            | Deed::Unfreeze { .. }
            | Deed::ReturnReversal { .. }
            | Deed::PayOut { .. } => vec![wallet],
            Deed::BookPayment {
                case_id, top_up_id, ..
            }
            | Deed::TakeBack {
                case_id, top_up_id, ..
            } => vec![
                StreamId::of::<Case>(case_id),
                StreamId::of::<TopUp>(top_up_id),
                wallet,
            ],
            Deed::Refund { top_up_id, .. } => vec![StreamId::of::<TopUp>(top_up_id), wallet],
            Deed::CancelPayout { top_up_id, .. } => {
                let top_up = top_up_id.as_ref().map(StreamId::of::<TopUp>);
                top_up.into_iter().chain([wallet]).collect()
            }
            Deed::Extend {
                subscription_id, ..
            } => vec![StreamId::of::<Subscription>(subscription_id)],
            Deed::GiveBack {
                subscription_id, ..
            } => vec![StreamId::of::<Subscription>(subscription_id), wallet],
            Deed::End {
                subscription_id, ..
            } => vec![
                StreamId::of::<Subscription>(subscription_id),
                wallet,
                StreamId::of::<Instance>(&InstanceId::of(*subscription_id)),
            ],
            Deed::BookFees { month, .. } => {
                vec![StreamId::of::<FeeStatement>(&FeeStatementId::of(*month))]
            }
            Deed::CreateCoupon { code, .. } => vec![StreamId::of::<Coupon>(code)],
            Deed::ResetSecondFactor { .. } => vec![StreamId::of::<SecondFactor>(&user_id)],
            Deed::ChangeRoles { .. } | Deed::Deactivate { .. } => {
                vec![StreamId::of::<User>(&user_id)]
            }
            Deed::SetApprovalLimit { .. } => {
                vec![StreamId::of::<ApprovalLimit>(&ApprovalLimitId::the_one())]
            }
        }
    }

    /// Nobody's where it is about nobody: then nothing is found there.
    pub(super) fn user_id(&self) -> UserId {
        self.user_id.unwrap_or(UserId::new(uuid::Uuid::nil()))
    }
}

impl Decision for CarryOut {
    fn streams(&self) -> Vec<StreamId> {
        self.act.streams()
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<serde_json::Value, Refused> {
        let user_id = self.act.user_id();
        let wallet_id = WalletId::of(user_id);
        if self.act.gives_credit() && work.state::<User>(&user_id).is_erased() {
            return Err(UserError::Erased.into());
        }
        match self.act.deed.clone() {
            Deed::Adjust {
                adjustment_id,
                side,
                amount,
                reason,
            } => {
                bounds::corrected(amount)?;
                let adjust = WalletCommand::Adjust {
                    adjustment_id,
                    side,
                    amount,
                    reason,
                };
                work.execute::<Wallet>(&wallet_id, adjust)?;
            }
            Deed::Grant {
                grant_id,
                amount,
                expires_on,
                reason,
            } => {
                bounds::given(amount)?;
                bounds::ends(expires_on, jakarta_date(self.at))?;
                let grant = WalletCommand::Grant {
                    grant_id,
                    amount,
                    expires_on,
                    cause: GrantCause::Staff(reason),
                };
                work.execute::<Wallet>(&wallet_id, grant)?;
            }
            Deed::WriteOff {
                reversal_id,
                reason,
            } => {
                let write_off = WalletCommand::WriteOff {
                    reversal_id,
                    reason,
                };
                work.execute::<Wallet>(&wallet_id, write_off)?;
            }
            Deed::Unfreeze { reason } => {
                work.execute::<Wallet>(&wallet_id, WalletCommand::Unfreeze { reason })?;
            }
            Deed::ReturnReversal {
                credit_id,
                reversal_id,
                amount,
                reason,
            } => {
                let returned = WalletCommand::ReturnReversal {
                    credit_id,
                    reversal_id,
                    amount,
                    reason,
                };
                work.execute::<Wallet>(&wallet_id, returned)?;
            }
            Deed::PayOut {
                payout_id,
                amount,
                reason,
            } => {
                let request = WalletCommand::RequestPayout {
                    payout_id,
                    amount,
                    top_up_id: None,
                    reason,
                };
                work.execute::<Wallet>(&wallet_id, request)?;
            }
            Deed::BookPayment {
                case_id,
                top_up_id,
                transaction_id,
                amount,
                reason,
            } => {
                bounds::given(amount)?;
                let book = BookPayment {
                    case_id,
                    top_up_id,
                    wallet_id,
                    transaction_id,
                    amount,
                    reason,
                };
                return book.decide(work);
            }
            Deed::TakeBack {
                case_id,
                top_up_id,
                transaction_id,
                amount,
                cause,
                returned,
                reason,
            } => {
                let take_back = TakeBackPayment {
                    case_id,
                    top_up_id,
                    payer: user_id,
                    transaction_id,
                    amount,
                    cause,
                    returned,
                    reason,
                };
                return take_back.decide(work);
            }
            Deed::Refund {
                payout_id,
                top_up_id,
                amount,
                reason,
            } => {
                let refund = RefundTopUp {
                    payout_id,
                    top_up_id,
                    wallet_id,
                    amount,
                    reason,
                    at: self.at,
                };
                return refund.decide(work);
            }
            Deed::CancelPayout {
                payout_id,
                top_up_id,
                reason,
            } => {
                let cancel = CancelPayout {
                    payout_id,
                    top_up_id,
                    wallet_id,
                    reason,
                };
                return cancel.decide(work);
            }
            Deed::Extend {
                subscription_id,
                days,
                reason,
                ..
            } => {
                belongs_to(work, subscription_id, user_id)?;
                let extend = Extend {
                    subscription_id,
                    days,
                    reason,
                    at: self.at,
                };
                return extend.decide(work);
            }
            Deed::GiveBack {
                credit_id,
                subscription_id,
                amount,
                reason,
            } => {
                belongs_to(work, subscription_id, user_id)?;
                let give_back = GiveBack {
                    credit_id,
                    subscription_id,
                    wallet_id,
                    amount,
                    reason,
                    at: self.at,
                };
                return give_back.decide(work);
            }
            Deed::End {
                subscription_id,
                reason,
            } => {
                belongs_to(work, subscription_id, user_id)?;
                let end = EndNow {
                    subscription_id,
                    wallet_id,
                    asked_by: Asker::Staff(reason),
                    full_refund: None,
                    policy: self.policy,
                    at: self.at,
                };
                return end.decide(work);
            }
            Deed::BookFees {
                month,
                amount,
                replaces,
                reason,
            } => {
                let book = FeeStatementCommand::Book {
                    month,
                    amount,
                    replaces,
                    reason,
                    today: jakarta_date(self.at),
                };
                work.execute::<FeeStatement>(&FeeStatementId::of(month), book)?;
            }
            Deed::CreateCoupon {
                code,
                gives,
                limits,
                ..
            } => {
                let create = CouponCommand::Create {
                    code: code.clone(),
                    gives,
                    limits,
                    at: self.at,
                };
                work.execute::<Coupon>(&code, create)?;
            }
            Deed::ResetSecondFactor { reason } => {
                let reason = Some(reason);
                let remove = SecondFactorCommand::Remove { reason };
                work.execute::<SecondFactor>(&user_id, remove)?;
            }
            Deed::ChangeRoles { roles, reason } => {
                let change = UserCommand::ChangeRoles { roles, reason };
                work.execute::<User>(&user_id, change)?;
            }
            Deed::Deactivate { reason } => {
                work.execute::<User>(&user_id, UserCommand::Deactivate { reason })?;
            }
            Deed::SetApprovalLimit { above, reason } => {
                let set = ApprovalLimitCommand::Set { above, reason };
                work.execute::<ApprovalLimit>(&ApprovalLimitId::the_one(), set)?;
            }
        }
        Ok(serde_json::Value::Null)
    }
}

fn belongs_to(work: &mut Work<'_>, id: SubscriptionId, user_id: UserId) -> Result<(), Refused> {
    let terms = work.state::<Subscription>(&id).terms();
    match terms {
        Some(terms) if terms.user_id == user_id => Ok(()),
        _ => Err(SubscriptionError::NotFound.into()),
    }
}
