//! Who somebody is and what may be known of him: sealed personal data, passwords, tokens, sign-in.
//!
//! Plain passwords, tokens and keys live here and nowhere else: none is stored, logged or put into a
//! command.

mod accounts;
mod another_password;
mod attempts;
mod bank;
mod billing;
mod buyer;
mod callers;
mod coupon_codes;
mod erasing;
mod keys;
mod passwords;
mod payment_pages;
mod persons;
mod proofs;
mod registering;
mod resets;
mod second_factor;
mod tokens;
mod totp;
mod vault;
mod verifying;
mod workers;

pub use accounts::{AccountError, Accounts, SessionTimes, SignedIn};
pub use another_password::NewPassword;
pub use attempts::{AttemptLimits, Peer};
pub use bank::{AccountNumber, BankAccount};
pub use buyer::{Address, BillingDetails, Buyer, BuyerDetails, NoAddress, NoNpwp, Npwp};
pub use callers::{Caller, Profile};
pub use keys::{Keys, NotAKey};
pub use passwords::{PasswordCost, PasswordError, Passwords};
pub use persons::Person;
pub use proofs::AddressProofs;
pub use registering::NewAccount;
pub use resets::ResetTokens;
pub use second_factor::{OfferedFactor, Proven};
pub use tokens::{Access, TokenError, Tokens};
pub use totp::{NoSecret, TotpSecret};
pub use vault::{Vault, VaultError, field};
pub use workers::WorkerTokens;
