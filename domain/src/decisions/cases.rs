//! A case gets an owner of the staff, and a payment that it is about is booked or taken back.

use super::{TakeBackTopUp, answer};
use crate::{
    Decision, Refused, Rupiah, StreamId, Work,
    approval::{ApprovalError, TakenFor},
    case::{Case, CaseCommand, CaseError, CaseKind},
    ids::{CaseId, CreditId, TopUpId, UserId, WalletId},
    text::Reason,
    top_up::{TopUp, TopUpCommand, TopUpError},
    user::{Role, User},
    wallet::{Wallet, WalletCommand, WalletError},
};

#[derive(Clone, Debug)]
pub struct AssignCase {
    pub case_id: CaseId,
    pub owner: UserId,
}

/// A case that was opened becomes his whom the operator names for cases, where nobody has taken or closed it before.
#[derive(Clone, Debug)]
pub struct OwnCase {
    pub case_id: CaseId,
    pub owner: UserId,
}

/// The payment of a case becomes credit of whom the top-up belongs to, and the case is closed with it (billing rule 32).
#[derive(Clone, Debug)]
pub(super) struct BookPayment {
    pub(super) case_id: CaseId,
    pub(super) top_up_id: TopUpId,
    pub(super) wallet_id: WalletId,
    pub(super) transaction_id: String,
    pub(super) amount: Rupiah,
    pub(super) reason: Reason,
}

/// What went back of a credited payment is taken from its payer's credit, what of it was spent is owed, and the case is closed
/// with it (billing rules 34 and 41): for what the gateway's reports say in no way in which they can be booked, as of a payment
/// that was booked by hand. Where something else of it went back since it was asked for, nothing is taken: it may be what the
/// case is about.
#[derive(Clone, Debug)]
pub(super) struct TakeBackPayment {
    pub(super) case_id: CaseId,
    pub(super) top_up_id: TopUpId,
    pub(super) payer: UserId,
    pub(super) transaction_id: String,
    pub(super) amount: Rupiah,
    pub(super) cause: TakenFor,
    /// What of it had gone back when it was asked for.
    pub(super) returned: Option<Rupiah>,
    pub(super) reason: Reason,
}

impl Decision for AssignCase {
    fn streams(&self) -> Vec<StreamId> {
        vec![
            StreamId::of::<Case>(&self.case_id),
            StreamId::of::<User>(&self.owner),
        ]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<serde_json::Value, Refused> {
        let owner = work.state::<User>(&self.owner);
        owner.require_active()?;
        if owner.roles().iter().all(|role| *role == Role::Customer) {
            return Err(CaseError::OwnerNotStaff.into());
        }
        let assign = CaseCommand::Assign { owner: self.owner };
        work.execute::<Case>(&self.case_id, assign)?;
        Ok(answer(self.case_id))
    }
}

impl OwnCase {
    const fn assign(&self) -> AssignCase {
        AssignCase {
            case_id: self.case_id,
            owner: self.owner,
        }
    }
}

impl Decision for OwnCase {
    fn streams(&self) -> Vec<StreamId> {
        self.assign().streams()
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<serde_json::Value, Refused> {
        let case = work.state::<Case>(&self.case_id);
        match case.is_open() && case.owner().is_none() {
            true => self.assign().decide(work),
            false => Ok(answer(self.case_id)),
        }
    }
}

impl Decision for BookPayment {
    fn streams(&self) -> Vec<StreamId> {
        touched(self.case_id, self.top_up_id, self.wallet_id)
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<serde_json::Value, Refused> {
        let (case_id, top_up_id, wallet_id) = (self.case_id, self.top_up_id, self.wallet_id);
        let case = work.state::<Case>(&case_id);
        let payment = (top_up_id, self.transaction_id.as_str());
        if is_about(case, payment)? != Some(CaseKind::WrongPayment) {
            return Err(CaseError::NotAPayment.into());
        }
        require_open(case)?;
        require_payer(work, &top_up_id, wallet_id, self.amount)?;
        let book = TopUpCommand::BookDisputed {
            transaction_id: self.transaction_id.clone(),
            amount: self.amount,
            reason: self.reason.clone(),
        };
        work.execute::<TopUp>(&top_up_id, book)?;
        let credit = WalletCommand::Credit {
            credit_id: CreditId::of_transaction(top_up_id, &self.transaction_id),
            amount: self.amount,
            top_up_id,
            orders_from: None,
        };
        work.execute::<Wallet>(&wallet_id, credit)?;
        close(work, case_id, &self.reason)
    }
}

impl Decision for TakeBackPayment {
    fn streams(&self) -> Vec<StreamId> {
        touched(self.case_id, self.top_up_id, WalletId::of(self.payer))
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<serde_json::Value, Refused> {
        let case = work.state::<Case>(&self.case_id);
        let payment = (self.top_up_id, self.transaction_id.as_str());
        match is_about(case, payment)? {
            Some(
                CaseKind::WrongPayment
                | CaseKind::SecondPayment
                | CaseKind::ErasedPayer
                | CaseKind::NotPaid
                | CaseKind::Amount
                | CaseKind::UnconfirmedRefund,
            ) => {}
            _ => return Err(CaseError::NotATaking.into()),
        }
        require_open(case)?;
        let wallet_id = WalletId::of(self.payer);
        require_payer(work, &self.top_up_id, wallet_id, self.amount)?;
        let top_up = work.state::<TopUp>(&self.top_up_id);
        let returned = top_up.returned_of(&self.transaction_id);
        if self.returned.is_some_and(|known| known != returned) {
            return Err(ApprovalError::StateMoved.into());
        }
        let take_back = TakeBackTopUp {
            top_up_id: self.top_up_id,
            payer: self.payer,
            transaction_id: self.transaction_id.clone(),
            payment: None,
            takings: vec![],
        };
        take_back.by_hand(work, self.case_id, self.cause, self.amount)?;
        close(work, self.case_id, &self.reason)
    }
}

fn touched(case: CaseId, top_up: TopUpId, wallet: WalletId) -> Vec<StreamId> {
    vec![
        StreamId::of::<Case>(&case),
        StreamId::of::<TopUp>(&top_up),
        StreamId::of::<Wallet>(&wallet),
    ]
}

/// What kind of case it is, where it is about this transaction of this top-up.
fn is_about(case: &Case, payment: (TopUpId, &str)) -> Result<Option<CaseKind>, CaseError> {
    let matter = case.matter().ok_or(CaseError::NotFound)?;
    let about = matter.top_up_id.zip(matter.transaction_id.as_deref());
    Ok((about == Some(payment)).then_some(matter.kind))
}

fn require_open(case: &Case) -> Result<(), CaseError> {
    match case.is_open() {
        true => Ok(()),
        false => Err(CaseError::Closed),
    }
}

fn require_payer(
    work: &mut Work<'_>,
    top_up: &TopUpId,
    wallet: WalletId,
    amount: Rupiah,
) -> Result<(), Refused> {
    if amount.is_zero() {
        return Err(WalletError::NoAmount.into());
    }
    if work.state::<TopUp>(top_up).wallet_id() != Some(wallet) {
        return Err(TopUpError::NotFound.into());
    }
    Ok(())
}

fn close(
    work: &mut Work<'_>,
    case_id: CaseId,
    reason: &Reason,
) -> Result<serde_json::Value, Refused> {
    let resolution = reason.clone();
    work.execute::<Case>(&case_id, CaseCommand::Close { resolution })?;
    Ok(answer(case_id))
}
