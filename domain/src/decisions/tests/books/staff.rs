//! What the gateway takes back, and what staff does.

use super::Books;
use crate::{
    decisions::One,
    fee_statement::{FeeStatement, FeeStatementCommand},
    ids::{AdjustmentId, CreditId, FeeStatementId, GrantId, ReversalId, TopUpId, UserId},
    period::jakarta_date,
    story::text,
    wallet::{AdjustmentSide, GrantCause, ReversalCause, WalletCommand},
};
use chrono::Duration;

impl Books {
    pub(super) fn reverses(&mut self, person: UserId) {
        let causes = [
            ReversalCause::Reversal,
            ReversalCause::Chargeback,
            ReversalCause::Refund,
        ];
        let reversal_id = ReversalId::new(self.random.uuid());
        let command = WalletCommand::Reverse {
            reversal_id,
            top_up_id: TopUpId::new(self.random.uuid()),
            amount: self.random.amount(),
            cause: causes[self.random.below(3) as usize],
        };
        self.wallet(person, command);
        let reason = text("not worth a letter");
        self.reversals.push((person, reversal_id));
        if self.random.below(2) == 0 {
            self.wallet(
                person,
                WalletCommand::WriteOff {
                    reversal_id,
                    reason,
                },
            );
        } else {
            self.wallet(person, WalletCommand::Unfreeze { reason });
        }
    }

    /// The bank gives back what it took, all of it or a part.
    pub(super) fn returns(&mut self) {
        let Some((owner, reversal_id)) = self.reversals.pop() else {
            return;
        };
        let command = WalletCommand::ReturnReversal {
            credit_id: CreditId::new(self.random.uuid()),
            reversal_id,
            amount: self.random.amount(),
            reason: text("the bank decided for us"),
        };
        self.wallet(owner, command);
    }

    pub(super) fn pays_fees(&mut self) {
        let today = jakarta_date(self.now);
        let month = today - chrono::Days::new(31);
        let amount = self.random.amount();
        self.tell(&One::<FeeStatement> {
            id: FeeStatementId::of(month),
            command: FeeStatementCommand::Book {
                month,
                amount,
                replaces: None,
                reason: text("statement of the gateway"),
                today,
            },
        });
    }

    pub(super) fn grants(&mut self, person: UserId) {
        let days = self.random.below(60) as i64;
        let command = WalletCommand::Grant {
            grant_id: GrantId::new(self.random.uuid()),
            amount: self.random.amount(),
            expires_on: jakarta_date(self.now + Duration::days(days)),
            cause: GrantCause::Coupon,
        };
        self.wallet(person, command);
    }

    pub(super) fn adjusts(&mut self, person: UserId) {
        let sides = [AdjustmentSide::Credit, AdjustmentSide::Debit];
        let command = WalletCommand::Adjust {
            adjustment_id: AdjustmentId::new(self.random.uuid()),
            side: sides[self.random.below(2) as usize],
            amount: self.random.amount(),
            reason: text("paid at the counter"),
        };
        self.wallet(person, command);
    }
}
