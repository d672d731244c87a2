mod balances;
mod bookings;
mod calls;
mod gateway;
mod lists;
mod notifications;
mod open_pages;
mod samples;
#[cfg(feature = "standins")]
mod standin;
mod verdicts;

use super::{Midtrans, MidtransConfig};
use crate::config::Secret;

const KEY: &str = "SB-Mid-server-TESTKEY-0001";
const DOCUMENTED_KEY: &str = "askvnoibnosifnboseofinbofinfgbiufglnbfg";

/// A gateway at this address; notifications are accepted under two keys.
fn config(url: &str) -> MidtransConfig {
    crate::choose_crypto();
    MidtransConfig {
        snap_url: format!("{url}/snap/v1/"),
        core_url: url.to_owned(),
        server_keys: vec![Secret::new(KEY), Secret::new(DOCUMENTED_KEY)],
        merchant_id: "G141532850".into(),
        timeout_ms: 10_000,
    }
}

fn midtrans(url: &str) -> Midtrans {
    Midtrans::new(config(url)).unwrap()
}

#[test]
fn unusable_settings_are_named() {
    let mut wrong = config("http://127.0.0.1:9");
    wrong.core_url = "api.example.com".into();
    let error = Midtrans::new(wrong).err().unwrap();
    assert_eq!(
        error.to_string(),
        "core_url is not an http or https address"
    );
    let mut keyless = config("http://127.0.0.1:9");
    keyless.server_keys.clear();
    let error = Midtrans::new(keyless).err().unwrap();
    assert_eq!(error.to_string(), "at least one server key is needed");
}
