use crate::payments::{Expected, Finding, Returned, Reversal, StatusReport, Verdict};
use chrono::{DateTime, Utc};
use purser_domain::{
    Rupiah,
    top_up::{Channel, Payment},
};
use serde_json::{Value, json};

fn rp(amount: i64) -> Rupiah {
    Rupiah::try_from(amount).unwrap()
}

fn expected() -> Expected {
    Expected {
        order_id: "topup-1".into(),
        amount: rp(10_000),
        merchant_id: "G141532850".into(),
    }
}

/// A settled QRIS payment with some fields replaced, or removed where they are null.
fn report(changes: Value) -> StatusReport {
    let mut body = json!({
        "order_id": "topup-1", "transaction_id": "513f1f01", "transaction_status": "settlement",
        "fraud_status": "accept", "status_code": "200", "payment_type": "qris", "gross_amount": "10000.00",
        "currency": "IDR", "merchant_id": "G141532850", "transaction_time": "2021-06-23 14:02:42",
    });
    for (name, value) in changes.as_object().unwrap() {
        body[name] = value.clone();
    }
    StatusReport::parse(body.to_string().as_bytes()).unwrap()
}

fn verdict(changes: Value) -> Verdict {
    report(changes).verdict(&expected())
}

fn paid() -> Verdict {
    Verdict::Paid(payment())
}

fn payment() -> Payment {
    Payment {
        transaction_id: "513f1f01".into(),
        payment_type: "qris".into(),
        channel: Channel::Qris,
        amount: rp(10_000),
        settled_at: None,
    }
}

#[test]
fn settled_and_captured_money_is_paid() {
    assert_eq!(verdict(json!({})), paid());
    assert_eq!(verdict(json!({ "transaction_status": "capture" })), paid());
    assert_eq!(
        verdict(json!({ "transaction_status": "SETTLEMENT", "fraud_status": "ACCEPT" })),
        paid()
    );
    assert_eq!(verdict(json!({ "fraud_status": null })), paid());
    assert_eq!(
        verdict(json!({ "status_code": 200, "gross_amount": 10000 })),
        paid()
    );
}

#[test]
fn money_that_is_not_there_is_not_paid() {
    for (changes, expected) in [
        (
            json!({ "transaction_status": "pending", "status_code": "201" }),
            Verdict::Pending,
        ),
        (
            json!({ "transaction_status": "PENDING", "status_code": "201" }),
            Verdict::Pending,
        ),
        (
            json!({ "transaction_status": "authorize" }),
            Verdict::Pending,
        ),
        (
            json!({ "transaction_status": "capture", "fraud_status": "challenge", "status_code": "201" }),
            Verdict::Challenged,
        ),
        (json!({ "fraud_status": "challenge" }), Verdict::Challenged),
        (json!({ "fraud_status": "deny" }), Verdict::Denied),
        (
            json!({ "transaction_status": "capture", "fraud_status": "deny" }),
            Verdict::Denied,
        ),
        (
            json!({ "transaction_status": "deny", "status_code": "202" }),
            Verdict::Denied,
        ),
        (
            json!({ "transaction_status": "expire", "status_code": "407" }),
            Verdict::Expired,
        ),
        (
            json!({ "transaction_status": "cancel", "status_code": "202" }),
            Verdict::Cancelled,
        ),
        (
            json!({ "transaction_status": "failure", "status_code": "202" }),
            Verdict::Failed,
        ),
    ] {
        assert_eq!(verdict(changes.clone()), expected, "{changes}");
    }
}

#[test]
fn a_denial_after_settlement_is_a_reversal() {
    let changes = json!({
        "transaction_status": "deny", "status_code": "202", "payment_type": "echannel",
        "settlement_time": "2021-06-23 14:06:48",
    });
    assert_eq!(verdict(changes), Verdict::Reversed);
}

#[test]
fn what_does_not_fit_is_never_booked() {
    for (changes, finding) in [
        (json!({ "order_id": "topup-2" }), Finding::Order),
        (
            json!({ "gross_amount": "10000.50" }),
            Finding::Amount {
                reported: "10000.50".into(),
                expected: rp(10_000),
            },
        ),
        (
            json!({ "gross_amount": "9999.00" }),
            Finding::Amount {
                reported: "9999.00".into(),
                expected: rp(10_000),
            },
        ),
        (
            json!({ "gross_amount": "1e4" }),
            Finding::Amount {
                reported: "1e4".into(),
                expected: rp(10_000),
            },
        ),
        (
            json!({ "currency": "USD" }),
            Finding::Currency(Some("USD".into())),
        ),
        (json!({ "currency": null }), Finding::Currency(None)),
        (
            json!({ "merchant_id": "G000000000" }),
            Finding::Merchant(Some("G000000000".into())),
        ),
        (json!({ "merchant_id": null }), Finding::Merchant(None)),
        (
            json!({ "status_code": "201" }),
            Finding::Code {
                code: "201".into(),
                status: "settlement".into(),
            },
        ),
        (
            json!({ "fraud_status": "maybe" }),
            Finding::FraudStatus("maybe".into()),
        ),
        (
            json!({ "transaction_status": "teleported" }),
            Finding::Status("teleported".into()),
        ),
        (
            json!({ "transaction_status": "expire", "merchant_id": "G000000000" }),
            Finding::Merchant(Some("G000000000".into())),
        ),
    ] {
        assert_eq!(
            verdict(changes.clone()),
            Verdict::Mismatch(finding),
            "{changes}"
        );
    }
}

#[test]
fn an_old_channel_may_expire_without_naming_merchant_and_currency() {
    let changes = json!({ "transaction_status": "expire", "merchant_id": null, "currency": null, "fraud_status": null });
    assert_eq!(verdict(changes), Verdict::Expired);
}

fn at(text: &str) -> Option<DateTime<Utc>> {
    Some(text.parse().unwrap())
}

#[test]
fn refunds_are_listed_one_by_one_and_summed_by_the_gateway() {
    let refunds = json!([
        { "refund_key": "reference1", "refund_amount": "5000.00", "bank_confirmed_at": "2015-02-27 02:30:20" },
        { "refund_key": "reference2", "refund_amount": 2000, "reason": "" },
    ]);
    let partial = json!({ "transaction_status": "partial_refund", "refund_amount": "7000.00", "refunds": refunds });
    let returned = Returned {
        payment: payment(),
        total: rp(7_000),
        reversals: vec![
            Reversal {
                key: Some("reference1".into()),
                amount: rp(5_000),
                confirmed_at: at("2015-02-26T19:30:20Z"),
            },
            Reversal {
                key: Some("reference2".into()),
                amount: rp(2_000),
                confirmed_at: None,
            },
        ],
    };
    assert_eq!(
        verdict(partial.clone()),
        Verdict::PartiallyRefunded(returned.clone())
    );
    let mut chargeback = partial;
    chargeback["transaction_status"] = "partial_chargeback".into();
    chargeback["refund_amount"] = Value::Null;
    assert_eq!(verdict(chargeback), Verdict::PartiallyChargedBack(returned));
}

#[test]
fn a_whole_refund_without_amounts_is_the_whole_payment() {
    let whole = Returned {
        payment: payment(),
        total: rp(10_000),
        reversals: vec![],
    };
    assert_eq!(
        verdict(json!({ "transaction_status": "refund" })),
        Verdict::Refunded(whole.clone())
    );
    assert_eq!(
        verdict(json!({ "transaction_status": "chargeback" })),
        Verdict::ChargedBack(whole)
    );
    for changes in [
        json!({ "transaction_status": "partial_refund" }),
        json!({ "transaction_status": "refund", "refund_amount": "0.50" }),
        json!({ "transaction_status": "refund", "refunds": [{ "refund_key": "a" }] }),
    ] {
        assert_eq!(verdict(changes), Verdict::Mismatch(Finding::RefundAmount));
    }
}

#[test]
fn a_chargeback_after_a_refund_is_the_whole_payment() {
    let refunds = json!([{ "refund_key": "a", "refund_amount": "4000.00" }]);
    let changes = json!({ "transaction_status": "chargeback", "refund_amount": "4000.00", "refunds": refunds });
    let Verdict::ChargedBack(returned) = verdict(changes) else {
        panic!("no chargeback");
    };
    assert_eq!(returned.total, rp(10_000));
}

#[test]
fn two_chargebacks_of_one_payment_come_to_more_than_it() {
    let one = |number| json!({ "refund_chargeback_id": number, "refund_amount": "10000.00" });
    let changes = json!({ "transaction_status": "chargeback", "refunds": [one(1), one(2)] });
    let Verdict::ChargedBack(returned) = verdict(changes) else {
        panic!("no chargeback");
    };
    assert_eq!(returned.total, rp(20_000));
}

#[test]
fn a_refund_without_a_key_goes_by_the_gateways_number() {
    let refunds = json!([{ "refund_chargeback_id": 7, "refund_amount": "4000.00" }]);
    let changes = json!({ "transaction_status": "partial_refund", "refunds": refunds });
    let Verdict::PartiallyRefunded(returned) = verdict(changes) else {
        panic!("no refund");
    };
    assert_eq!(returned.reversals[0].key.as_deref(), Some("number-7"));
}

#[test]
fn the_channel_is_read_from_wherever_it_stands() {
    for (changes, channel) in [
        (json!({ "transaction_type": "off-us" }), Channel::QrisOffUs),
        (
            json!({ "payment_type": "bank_transfer", "permata_va_number": "8562" }),
            Channel::PermataVa,
        ),
        (
            json!({ "payment_type": "bank_transfer", "va_numbers": [{ "bank": "bca", "va_number": "1" }] }),
            Channel::VirtualAccount,
        ),
        (
            json!({ "payment_type": "cstore", "store": "Indomaret" }),
            Channel::Indomaret,
        ),
        (json!({ "payment_type": "echannel" }), Channel::MandiriBill),
    ] {
        assert_eq!(report(changes.clone()).channel, channel, "{changes}");
    }
}
