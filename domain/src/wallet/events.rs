use crate::{
    Rupiah,
    aggregate::event_names,
    ids::{ChargeId, CreditId, SubscriptionId, TopUpId, UserId},
};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum WalletEvent {
    #[serde(rename = "wallet.opened")]
    Opened { owner: UserId },
    /// A payment that the gateway confirmed became credit.
    #[serde(rename = "wallet.credited")]
    Credited {
        credit_id: CreditId,
        amount: Rupiah,
        top_up_id: TopUpId,
    },
    #[serde(rename = "wallet.charged")]
    Charged {
        charge_id: ChargeId,
        amount: Rupiah,
        subscription_id: SubscriptionId,
    },
    /// A charge was given back, in whole or in part.
    #[serde(rename = "wallet.refunded")]
    Refunded {
        credit_id: CreditId,
        charge_id: ChargeId,
        amount: Rupiah,
        subscription_id: SubscriptionId,
    },
}

event_names!(WalletEvent {
    Opened => "wallet.opened" v "1",
    Credited => "wallet.credited" v "1",
    Charged => "wallet.charged" v "1",
    Refunded => "wallet.refunded" v "1",
});
