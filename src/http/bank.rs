//! A bank account as the API tells and takes it.

use super::{Parts, fields::Fields, problem::Problem};
use crate::auth::BankAccount;
use poem_openapi::{Object, types::Example};
use purser_domain::{ids::UserId, user::User};

/// Where you want to be paid out to.
#[derive(Object)]
#[oai(example, deny_unknown_fields)]
pub(super) struct BankAccountRequest {
    /// The bank's name.
    #[oai(validator(min_length = 1, max_length = 100))]
    bank: String,
    /// Its number for this account: 5 to 34 digits and letters.
    #[oai(validator(min_length = 5, max_length = 64))]
    account_number: String,
    /// Whose account it is, as the bank knows the person.
    #[oai(validator(min_length = 1, max_length = 100))]
    account_holder: String,
}

impl Example for BankAccountRequest {
    fn example() -> Self {
        Self {
            bank: "BCA".into(),
            account_number: "1234567890".into(),
            account_holder: "Budi Santoso".into(),
        }
    }
}

impl BankAccountRequest {
    pub(super) fn account(&self) -> Result<BankAccount, Problem> {
        let mut fields = Fields::default();
        let bank = fields.parse("/bank", &self.bank);
        let number = fields.parse("/account_number", &self.account_number);
        let holder = fields.parse("/account_holder", &self.account_holder);
        let (bank, (number, holder)) = fields.done(bank.zip(number.zip(holder)))?;
        Ok(BankAccount {
            bank,
            number,
            holder,
        })
    }
}

/// Where a customer wants to be paid out to.
#[derive(Object)]
#[oai(rename = "BankAccount")]
pub(super) struct ToldBankAccount {
    /// The bank's name.
    bank: String,
    /// Its number for this account.
    account_number: String,
    /// Whose account it is.
    account_holder: String,
}

impl Parts {
    /// Where somebody wants to be paid out to, as of now.
    pub(super) async fn bank_account_of(&self, user: UserId) -> Result<ToldBankAccount, Problem> {
        let user = self.states.load::<User>(&user).await?;
        let missing = || Problem::not_found("bank_account.not_found", "there is no bank account");
        let sealed = user.bank_account().ok_or_else(missing)?;
        let account = BankAccount::open(&self.vault, sealed).await?;
        Ok(ToldBankAccount {
            bank: account.bank.to_string(),
            account_number: account.number.into(),
            account_holder: account.holder.to_string(),
        })
    }
}
