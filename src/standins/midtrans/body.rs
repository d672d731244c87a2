//! The JSON Midtrans says of a transaction, in notifications and in Core API answers. Pure.

use chrono::{DateTime, FixedOffset, Utc};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha512};

use super::{
    quirks::Quirks,
    transaction::{Fraud, Status, Transaction},
};

/// Who the stand-in plays the gateway for.
#[derive(Clone, Debug, Default)]
pub(super) struct Merchant {
    pub(super) server_key: String,
    pub(super) client_key: String,
    pub(super) merchant_id: String,
}

/// `signature_key`: the strings as they stand in the body, one after another, and the server key.
pub fn signature(
    order_id: &str,
    status_code: &str,
    gross_amount: &str,
    server_key: &str,
) -> String {
    let mut hash = Sha512::new();
    for part in [order_id, status_code, gross_amount, server_key] {
        hash.update(part);
    }
    hex::encode(hash.finalize())
}

/// Midtrans writes Jakarta time and does not say so.
pub(super) fn jakarta(at: DateTime<Utc>) -> String {
    let zone = FixedOffset::east_opt(7 * 3600).expect("seven hours are an offset");
    at.with_timezone(&zone)
        .format("%Y-%m-%d %H:%M:%S")
        .to_string()
}

/// The `status_code` of a notification; a status query tells an expired payment with 407 instead.
pub(super) fn status_code(transaction: &Transaction) -> &'static str {
    match (transaction.status, transaction.fraud) {
        (Status::Pending, _) | (Status::Capture, Fraud::Challenge) => "201",
        (Status::Deny | Status::Cancel | Status::Expire, _) => "202",
        _ => "200",
    }
}

pub(super) fn notification(
    transaction: &Transaction,
    merchant: &Merchant,
    quirks: &Quirks,
) -> Value {
    let code = status_code(transaction);
    describe(
        transaction,
        merchant,
        quirks,
        code,
        "midtrans payment notification",
    )
}

pub(super) fn describe(
    transaction: &Transaction,
    merchant: &Merchant,
    quirks: &Quirks,
    code: &str,
    message: &str,
) -> Value {
    let gross_amount = rupiah(quirks.wrong_amount.unwrap_or(transaction.gross_amount));
    let mut body = Map::new();
    let mut say = |name: &str, value: Value| {
        body.insert(name.to_owned(), value);
    };
    say("status_code", json!(code));
    say("status_message", json!(message));
    say("transaction_id", json!(transaction.transaction_id));
    say("order_id", json!(transaction.order_id));
    say("merchant_id", json!(merchant.merchant_id));
    say("gross_amount", json!(gross_amount));
    say("currency", json!("IDR"));
    say("payment_type", json!(transaction.method.payment_type));
    say("transaction_status", json!(status_word(transaction)));
    say(
        "transaction_time",
        json!(jakarta(transaction.transaction_time)),
    );
    say("expiry_time", json!(jakarta(transaction.expiry_time)));
    say(
        "signature_key",
        json!(signature(
            &transaction.order_id,
            code,
            &gross_amount,
            &merchant.server_key
        )),
    );
    if transaction.method.name != "indomaret" {
        say("fraud_status", json!(transaction.fraud.as_str()));
    }
    if let Some(at) = transaction.settlement_time {
        say("settlement_time", json!(jakarta(at)));
    }
    for (index, field) in transaction.custom_fields.iter().enumerate() {
        if let Some(value) = field {
            say(&format!("custom_field{}", index + 1), json!(value));
        }
    }
    if !transaction.refunds.is_empty() {
        say("refund_amount", json!(rupiah(transaction.refunded())));
        say("refunds", refunds(transaction));
    }
    body.extend(method_fields(transaction, &gross_amount));
    Value::Object(body)
}

/// DANA says "PENDING" where everybody else says "pending".
fn status_word(transaction: &Transaction) -> &'static str {
    match transaction.status {
        Status::Pending if transaction.method.name == "dana" => "PENDING",
        status => status.as_str(),
    }
}

fn rupiah(amount: i64) -> String {
    format!("{amount}.00")
}

fn refunds(transaction: &Transaction) -> Value {
    let told = transaction.refunds.iter().map(|refund| {
        let mut told = json!({
            "refund_chargeback_id": refund.id,
            "refund_amount": rupiah(refund.amount),
            "created_at": jakarta(refund.created_at),
            "reason": refund.reason,
            "refund_key": refund.key,
            "refund_method": if refund.online { "online" } else { "offline" },
        });
        if let Some(at) = refund.bank_confirmed_at {
            told["bank_confirmed_at"] = json!(jakarta(at));
        }
        told
    });
    told.collect()
}

fn method_fields(transaction: &Transaction, gross_amount: &str) -> Map<String, Value> {
    let (number, bank) = (transaction.number, transaction.method.bank);
    let reference = || json!(format!("{number:016}"));
    let actions = |name: &str| json!([{ "name": name, "method": "GET", "url": format!("https://simulator.invalid/{number}") }]);
    let fields = match transaction.method.name {
        "credit_card" => json!({
            "masked_card": "48111111-1114", "bank": bank, "eci": "05", "card_type": "credit", "three_ds_version": "2",
            "challenge_completion": true, "approval_code": format!("{number:013}"),
            "channel_response_code": if transaction.status == Status::Deny { "05" } else { "00" },
            "channel_response_message": if transaction.status == Status::Deny { "Do not honour" } else { "Approved" },
        }),
        "gopay" => {
            json!({ "payment_option_type": "GOPAY_WALLET", "merchant_cross_reference_id": transaction.transaction_id })
        }
        "other_qris" => json!({
            "acquirer": "gopay", "issuer": "gopay", "transaction_type": "on-us",
            "merchant_cross_reference_id": transaction.transaction_id,
        }),
        "shopeepay" => {
            json!({ "shopeepay_reference_number": reference(), "reference_id": reference() })
        }
        "dana" | "ovo" => json!({
            "actions": actions("deeplink-redirect"), "payer_phone_number": "+62812****6789",
            "merchant_invoice": format!("INV-{number}"),
        }),
        "permata_va" => json!({ "permata_va_number": format!("8562{number:012}") }),
        "echannel" => json!({ "biller_code": "70012", "bill_key": format!("99{number:010}") }),
        "indomaret" | "alfamart" => json!({
            "store": bank, "payment_code": format!("{number:014}"), "approval_code": format!("{number:010}"),
        }),
        "akulaku" | "kredivo" => json!({}),
        _ => {
            let paid = transaction
                .settlement_time
                .map(|at| json!({ "paid_at": jakarta(at), "amount": gross_amount }));
            json!({
                "va_numbers": [{ "bank": bank, "va_number": format!("1234{number:012}") }],
                "payment_amounts": paid.into_iter().collect::<Vec<_>>(),
            })
        }
    };
    match fields {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}
