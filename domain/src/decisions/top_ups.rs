//! Topping up: the order of credit, its settlement together with the credit itself, and what the gateway takes back
//! together with the credit that goes.

use super::answer;
use crate::{
    Decision, Refused, Rupiah, StreamId, Work,
    approval::TakenFor,
    case::{Case, CaseCommand, CaseKind, Matter},
    ids::{CaseId, CreditId, ReversalId, TopUpId, UserId, WalletId},
    top_up::{Payment, Taking, TopUp, TopUpCommand, TopUpError},
    user::User,
    wallet::{Wallet, WalletCommand},
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// A case of another transaction that paid the same order.
const SECOND: &str = "second-payment";
/// A case of a transaction whose payer is nobody any more.
const ERASED: &str = "erased-payer";

#[derive(Clone, Debug)]
pub struct RequestTopUp {
    pub top_up_id: TopUpId,
    pub user_id: UserId,
    pub amount: Rupiah,
    pub order_id: String,
    pub expires_at: DateTime<Utc>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TopUpRequested {
    pub top_up_id: TopUpId,
    pub order_id: String,
}

/// A status call of the gateway showed that a transaction is paid.
#[derive(Clone, Debug)]
pub struct SettleTopUp {
    pub top_up_id: TopUpId,
    /// Anybody else is refused, since a payment into two wallets would be credited twice.
    pub payer: UserId,
    pub payment: Payment,
    /// Until when new orders cannot be paid from it (billing rule 35).
    pub orders_from: Option<DateTime<Utc>>,
}

/// A status call of the gateway showed that something went back of a transaction (billing rule 34). What is known
/// already counts once.
#[derive(Clone, Debug)]
pub struct TakeBackTopUp {
    pub top_up_id: TopUpId,
    /// Anybody else is refused.
    pub payer: UserId,
    pub transaction_id: String,
    /// Credited first where it was not: only a part went back before we ever heard of the payment.
    pub payment: Option<Payment>,
    pub takings: Vec<Taking>,
}

/// A status call of the gateway showed what must not be booked: it is a case for a person (billing rule 32).
#[derive(Clone, Debug)]
pub struct DisputeTopUp {
    pub top_up_id: TopUpId,
    pub transaction_id: String,
    pub finding: String,
}

impl DisputeTopUp {
    fn case_id(&self) -> CaseId {
        let top_up = self.top_up_id.to_string();
        CaseId::of(&[
            "wrong-payment",
            &top_up,
            &self.transaction_id,
            &self.finding,
        ])
    }
}

impl Decision for RequestTopUp {
    fn streams(&self) -> Vec<StreamId> {
        vec![
            StreamId::of::<TopUp>(&self.top_up_id),
            StreamId::of::<User>(&self.user_id),
        ]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<serde_json::Value, Refused> {
        work.state::<User>(&self.user_id).require_active()?;
        let request = TopUpCommand::Request {
            user_id: self.user_id,
            wallet_id: WalletId::of(self.user_id),
            amount: self.amount,
            order_id: self.order_id.clone(),
            expires_at: self.expires_at,
        };
        work.execute::<TopUp>(&self.top_up_id, request)?;
        Ok(answer(TopUpRequested {
            top_up_id: self.top_up_id,
            order_id: self.order_id.clone(),
        }))
    }
}

impl Decision for SettleTopUp {
    fn streams(&self) -> Vec<StreamId> {
        touched(self.top_up_id, self.payer, &self.payment.transaction_id)
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<serde_json::Value, Refused> {
        paid_by(work, &self.top_up_id, self.payer)?;
        settle(
            work,
            self.top_up_id,
            self.payer,
            &self.payment,
            self.orders_from,
        )?;
        Ok(answer(self.top_up_id))
    }
}

impl TakeBackTopUp {
    fn wallet_id(&self) -> WalletId {
        WalletId::of(self.payer)
    }

    fn reversal_id(&self, taking: &Taking) -> ReversalId {
        ReversalId::of(self.top_up_id, &self.transaction_id, &taking.name())
    }

    /// What the bank gave back of the chargebacks and reversals of this transaction.
    fn given_back(&self, work: &mut Work<'_>) -> Rupiah {
        let top_up = work.state::<TopUp>(&self.top_up_id);
        let taken = top_up.taken(&self.transaction_id);
        let taken: Vec<_> = taken.map(|taking| self.reversal_id(&taking)).collect();
        work.state::<Wallet>(&self.wallet_id()).given_back(&taken)
    }

    fn take(
        &self,
        work: &mut Work<'_>,
        taking: Taking,
        given_back: Rupiah,
        case_id: Option<CaseId>,
    ) -> Result<(), Refused> {
        let top_up = work.state::<TopUp>(&self.top_up_id);
        let amount = top_up.taken_by(&self.transaction_id, &taking, given_back);
        let (reversal_id, cause) = (self.reversal_id(&taking), taking.cause());
        let take_back = TopUpCommand::TakeBack {
            transaction_id: self.transaction_id.clone(),
            taking,
            given_back,
            case_id,
        };
        if work.execute::<TopUp>(&self.top_up_id, take_back)? == 0 {
            return Ok(());
        }
        let reverse = WalletCommand::Reverse {
            reversal_id,
            top_up_id: self.top_up_id,
            amount,
            cause,
        };
        work.execute::<Wallet>(&self.wallet_id(), reverse)?;
        Ok(())
    }

    /// Staff takes so much, as a case says: no more than is left of what was credited.
    pub(super) fn by_hand(
        &self,
        work: &mut Work<'_>,
        case_id: CaseId,
        cause: TakenFor,
        amount: Rupiah,
    ) -> Result<(), Refused> {
        let given_back = self.given_back(work);
        let top_up = work.state::<TopUp>(&self.top_up_id);
        let transaction = self.transaction_id.as_str();
        if !top_up.is_credited(transaction) {
            return Err(TopUpError::NotCredited.into());
        }
        let returned = top_up.returned_of(transaction);
        let total = returned.checked_add(amount).unwrap_or(Rupiah::MAX);
        let (taking, most) = match cause {
            TakenFor::Chargeback => (
                Taking::Chargeback { total },
                Taking::Chargeback { total: Rupiah::MAX },
            ),
            TakenFor::Refund => {
                let refund = Taking::Refund {
                    key: case_id.to_string(),
                    amount,
                    confirmed_at: None,
                };
                (refund, Taking::ReversedAgain { total: Rupiah::MAX })
            }
        };
        let left = top_up.taken_by(transaction, &most, given_back);
        if amount > left {
            return Err(TopUpError::MoreThanLeft { left }.into());
        }
        self.take(work, taking, given_back, Some(case_id))
    }
}

impl Decision for TakeBackTopUp {
    fn streams(&self) -> Vec<StreamId> {
        touched(self.top_up_id, self.payer, &self.transaction_id)
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<serde_json::Value, Refused> {
        paid_by(work, &self.top_up_id, self.payer)?;
        if let Some(payment) = &self.payment {
            settle(work, self.top_up_id, self.payer, payment, None)?;
        }
        for taking in &self.takings {
            let given_back = self.given_back(work);
            let top_up = work.state::<TopUp>(&self.top_up_id);
            // It may be what staff took already, under the name of a case: what it adds to that is a case again.
            if matches!(taking, Taking::Refund { .. })
                && top_up.was_refunded_by_hand(&self.transaction_id)
            {
                continue;
            }
            let taking = top_up.known_as(&self.transaction_id, taking, given_back);
            self.take(work, taking, given_back, None)?;
        }
        Ok(answer(self.top_up_id))
    }
}

impl Decision for DisputeTopUp {
    fn streams(&self) -> Vec<StreamId> {
        vec![
            StreamId::of::<TopUp>(&self.top_up_id),
            StreamId::of::<Case>(&self.case_id()),
        ]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<serde_json::Value, Refused> {
        let dispute = TopUpCommand::Dispute {
            transaction_id: self.transaction_id.clone(),
            finding: self.finding.clone(),
        };
        work.execute::<TopUp>(&self.top_up_id, dispute)?;
        let matter = matter(
            work.state::<TopUp>(&self.top_up_id),
            self.top_up_id,
            CaseKind::WrongPayment,
            &self.transaction_id,
            &self.finding,
        );
        work.execute::<Case>(&self.case_id(), CaseCommand::Open { matter })?;
        Ok(answer(self.top_up_id))
    }
}

fn touched(top_up: TopUpId, payer: UserId, transaction: &str) -> Vec<StreamId> {
    vec![
        StreamId::of::<TopUp>(&top_up),
        StreamId::of::<Wallet>(&WalletId::of(payer)),
        StreamId::of::<User>(&payer),
        StreamId::of::<Case>(&case_of(SECOND, top_up, transaction)),
        StreamId::of::<Case>(&case_of(ERASED, top_up, transaction)),
    ]
}

/// The one case of this sort of a transaction.
fn case_of(sort: &str, top_up: TopUpId, transaction: &str) -> CaseId {
    CaseId::of(&[sort, &top_up.to_string(), transaction])
}

fn matter(
    top_up: &TopUp,
    top_up_id: TopUpId,
    kind: CaseKind,
    transaction: &str,
    finding: &str,
) -> Box<Matter> {
    Box::new(Matter {
        kind,
        finding: finding.to_owned(),
        order_id: top_up.order_id().map(str::to_owned),
        transaction_id: Some(transaction.to_owned()),
        top_up_id: Some(top_up_id),
        wallet_id: top_up.wallet_id(),
        payout_id: None,
    })
}

fn paid_by(work: &mut Work<'_>, top_up: &TopUpId, payer: UserId) -> Result<(), TopUpError> {
    match work.state::<TopUp>(top_up).user_id() {
        Some(known) if known == payer => Ok(()),
        _ => Err(TopUpError::NotFound),
    }
}

fn settle(
    work: &mut Work<'_>,
    top_up_id: TopUpId,
    payer: UserId,
    payment: &Payment,
    orders_from: Option<DateTime<Utc>>,
) -> Result<(), Refused> {
    let settled = work.execute::<TopUp>(&top_up_id, TopUpCommand::Settle(payment.clone()))?;
    let credit = WalletCommand::Credit {
        credit_id: CreditId::of_transaction(top_up_id, &payment.transaction_id),
        amount: payment.amount,
        top_up_id,
        orders_from,
    };
    work.execute::<Wallet>(&WalletId::of(payer), credit)?;
    let transaction = payment.transaction_id.as_str();
    if work.state::<TopUp>(&top_up_id).is_later(transaction) {
        let finding = "another transaction had paid this order before; both are credited";
        let kind = CaseKind::SecondPayment;
        open_case(work, top_up_id, SECOND, kind, transaction, finding)?;
    }
    // What was credited while there was somebody to spend it was spent, or paid out, before he was erased.
    if settled > 0 && work.state::<User>(&payer).is_erased() {
        let finding = "its payer was erased before it was credited: nobody spends it, and it is to be paid back";
        let kind = CaseKind::ErasedPayer;
        open_case(work, top_up_id, ERASED, kind, transaction, finding)?;
    }
    Ok(())
}

fn open_case(
    work: &mut Work<'_>,
    top_up_id: TopUpId,
    sort: &str,
    kind: CaseKind,
    transaction: &str,
    finding: &str,
) -> Result<(), Refused> {
    let top_up = work.state::<TopUp>(&top_up_id);
    let matter = matter(top_up, top_up_id, kind, transaction, finding);
    let case = case_of(sort, top_up_id, transaction);
    work.execute::<Case>(&case, CaseCommand::Open { matter })?;
    Ok(())
}
