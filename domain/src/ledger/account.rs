use serde::{Deserialize, Serialize};

/// What an account is. Assets and expenses grow with debits, the others with credits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountKind {
    Asset,
    Liability,
    Income,
    Expense,
}

macro_rules! accounts {
    ($($(#[$doc:meta])* $name:ident = $word:literal $kind:ident),+ $(,)?) => {
        /// The chart of accounts.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Account { $($(#[$doc])* $name),+ }

        impl Account {
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word),+ }
            }

            pub const fn kind(self) -> AccountKind {
                match self { $(Self::$name => AccountKind::$kind),+ }
            }
        }
    };
}

accounts! {
    /// What the payment gateway has taken in for us and not handed over, before its fees.
    GatewayClearing = "gateway_clearing" Asset,
    /// What went out by bank.
    Bank = "bank" Asset,
    /// What customers owe for payments that were taken back.
    Receivables = "receivables" Asset,
    /// Credit that customers paid and did not spend.
    CustomerPaid = "customer_paid" Liability,
    /// Promotional credit that customers did not spend. It is never paid out.
    CustomerPromotional = "customer_promotional" Liability,
    /// Credit set aside for changes that are under way.
    Held = "held" Liability,
    /// Credit on its way back to where it was paid from.
    PayoutsPending = "payouts_pending" Liability,
    /// VAT that was invoiced and is owed to the state.
    VatPayable = "vat_payable" Liability,
    /// What was charged and is not earned yet.
    DeferredRevenue = "deferred_revenue" Liability,
    /// What was charged for days that are over.
    EarnedRevenue = "earned_revenue" Income,
    /// Promotional credit that was granted: a discount once it is spent, so that what is left is what may still be given.
    PromotionalExpense = "promotional_expense" Expense,
    /// What the payment gateway kept for itself.
    GatewayFees = "gateway_fees" Expense,
    /// Corrections by staff.
    Adjustments = "adjustments" Expense,
    /// What was owed and given up, after a reversal.
    WriteOffs = "write_offs" Expense,
    /// What was owed and given up, after a chargeback.
    ChargebackLoss = "chargeback_loss" Expense,
}
