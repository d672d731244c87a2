use crate::{
    Rupiah,
    ids::{ChargeId, CreditId, SubscriptionId, TopUpId, UserId},
};

#[derive(Clone, Debug)]
pub enum WalletCommand {
    Open {
        owner: UserId,
    },
    Credit {
        credit_id: CreditId,
        amount: Rupiah,
        top_up_id: TopUpId,
    },
    Charge {
        charge_id: ChargeId,
        amount: Rupiah,
        subscription_id: SubscriptionId,
    },
    /// Gives back the whole of what is left of a charge.
    Refund {
        credit_id: CreditId,
        charge_id: ChargeId,
    },
}
