//! What a member of the staff does, from the command as data to what it comes to: at once, or once another one has approved
//! it.

use super::{Asker, EndNow, Extend, GiveBack, Policy, RefundTopUp, answer};
use crate::{
    Decision, Refused, Rupiah, StreamId, Work,
    approval::{Act, Deed},
    approval_limit::{ApprovalLimit, ApprovalLimitCommand},
    case::{Case, CaseCommand, CaseError, CaseKind},
    coupon::{Coupon, CouponCommand},
    fee_statement::{FeeStatement, FeeStatementCommand},
    ids::{
        ApprovalLimitId, CreditId, FeeStatementId, InstanceId, SubscriptionId, UserId, WalletId,
    },
    instance::Instance,
    period::jakarta_date,
    rejection::rejection,
    second_factor::{SecondFactor, SecondFactorCommand},
    subscription::{Subscription, SubscriptionError},
    top_up::{TopUp, TopUpCommand, TopUpError},
    user::{User, UserCommand},
    wallet::{GrantCause, Wallet, WalletCommand, WalletError},
};
use chrono::{DateTime, Days, Utc};
use std::ops::RangeInclusive;

/// For how many days promotional credit can be granted, as by a coupon.
const GRANT_DAYS: u64 = 3_660;
/// By how many rupiah credit is corrected at once.
pub const ADJUSTMENT: RangeInclusive<i64> = 1_000..=100_000_000;

/// Carries an act out.
#[derive(Clone, Debug)]
pub(super) struct CarryOut {
    pub(super) act: Act,
    pub(super) policy: Policy,
    pub(super) at: DateTime<Utc>,
}

/// Why staff cannot do it, whatever the state.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
enum ActError {
    #[error("credit is corrected by {least} to {most}, this is {amount}")]
    AmountOutOfRange {
        amount: Rupiah,
        least: Rupiah,
        most: Rupiah,
    },
    #[error("promotional credit cannot end before today")]
    EndsBeforeToday,
    #[error("promotional credit ends within {most} days")]
    EndsTooLate { most: u64 },
}

rejection!(ActError {
    AmountOutOfRange => "wallet.adjustment_out_of_range" Invalid,
    EndsBeforeToday => "wallet.grant_ends_before_today" Invalid,
    EndsTooLate => "wallet.grant_ends_too_late" Invalid,
});

impl Act {
    /// What it changes comes first; its version is the one that an approval expects.
    pub(super) fn streams(&self) -> Vec<StreamId> {
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
            } => vec![
                StreamId::of::<Case>(case_id),
                StreamId::of::<TopUp>(top_up_id),
                wallet,
            ],
            Deed::Refund { top_up_id, .. } => vec![StreamId::of::<TopUp>(top_up_id), wallet],
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
        match self.act.deed.clone() {
            Deed::Adjust {
                adjustment_id,
                side,
                amount,
                reason,
            } => {
                in_range(amount)?;
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
                let today = jakarta_date(self.at);
                if expires_on < today {
                    return Err(ActError::EndsBeforeToday.into());
                }
                if expires_on > today + Days::new(GRANT_DAYS) {
                    return Err(ActError::EndsTooLate { most: GRANT_DAYS }.into());
                }
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
            Deed::BookPayment { .. } => return self.book_payment(work, wallet_id),
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

impl CarryOut {
    /// The payment becomes credit of whom the top-up belongs to, and the case is closed with it (billing rule 32).
    fn book_payment(
        &self,
        work: &mut Work<'_>,
        wallet_id: WalletId,
    ) -> Result<serde_json::Value, Refused> {
        let Deed::BookPayment {
            case_id,
            top_up_id,
            transaction_id,
            amount,
            reason,
        } = &self.act.deed
        else {
            return Ok(serde_json::Value::Null);
        };
        let case = work.state::<Case>(case_id);
        let matter = case.matter().ok_or(CaseError::NotFound)?;
        let is_it = matter.kind == CaseKind::WrongPayment
            && matter.top_up_id == Some(*top_up_id)
            && matter.transaction_id.as_ref() == Some(transaction_id);
        if !is_it {
            return Err(CaseError::NotAPayment.into());
        }
        if !case.is_open() {
            return Err(CaseError::Closed.into());
        }
        if amount.is_zero() {
            return Err(WalletError::NoAmount.into());
        }
        if work.state::<TopUp>(top_up_id).wallet_id() != Some(wallet_id) {
            return Err(TopUpError::NotFound.into());
        }
        let book = TopUpCommand::BookDisputed {
            transaction_id: transaction_id.clone(),
            amount: *amount,
            reason: reason.clone(),
        };
        work.execute::<TopUp>(top_up_id, book)?;
        let credit = WalletCommand::Credit {
            credit_id: CreditId::of_transaction(*top_up_id, transaction_id),
            amount: *amount,
            top_up_id: *top_up_id,
            orders_from: None,
        };
        work.execute::<Wallet>(&wallet_id, credit)?;
        let close = CaseCommand::Close {
            resolution: reason.clone(),
        };
        work.execute::<Case>(case_id, close)?;
        Ok(answer(case_id))
    }
}

fn in_range(amount: Rupiah) -> Result<(), ActError> {
    let rp = |amount: &i64| Rupiah::try_from(*amount).unwrap_or(Rupiah::MAX);
    let (least, most) = (rp(ADJUSTMENT.start()), rp(ADJUSTMENT.end()));
    match (least..=most).contains(&amount) {
        true => Ok(()),
        false => Err(ActError::AmountOutOfRange {
            amount,
            least,
            most,
        }),
    }
}

fn belongs_to(work: &mut Work<'_>, id: SubscriptionId, user_id: UserId) -> Result<(), Refused> {
    let terms = work.state::<Subscription>(&id).terms();
    match terms {
        Some(terms) if terms.user_id == user_id => Ok(()),
        _ => Err(SubscriptionError::NotFound.into()),
    }
}
