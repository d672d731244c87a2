//! Where the payment gateway is and who we are there.

use super::{Environment, Secret};
use crate::payments::MidtransConfig;

/// The gateway, for whoever needs nothing else of the settings.
pub fn midtrans(env: &mut Environment) -> MidtransConfig {
    let mut server_keys = vec![env.secret(
        "MIDTRANS_SERVER_KEY",
        "the server key of the environment in use",
    )];
    server_keys.extend(env.get("MIDTRANS_OLD_SERVER_KEY").map(Secret::new));
    MidtransConfig {
        snap_url: env.required(
            "MIDTRANS_SNAP_URL",
            "the Snap API's base URL, ending in /snap/v1",
        ),
        core_url: env.required("MIDTRANS_CORE_URL", "the Core API's host, https://…"),
        server_keys,
        merchant_id: env.required("MIDTRANS_MERCHANT_ID", "the merchant's id, G…"),
        timeout_ms: env.within("MIDTRANS_TIMEOUT_MS", 15_000, 100..=600_000),
    }
}
