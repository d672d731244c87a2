//! The samples of Midtrans' own pages: read as notifications, and as the answers of a status call, which have the same form.

use super::{DOCUMENTED_KEY, KEY, midtrans};
use crate::payments::{Expected, Notification, StatusReport, Verdict};
use purser_domain::{
    Rupiah,
    top_up::{Channel, Payment},
};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha512};

fn samples() -> Vec<(Value, Channel)> {
    vec![
        (
            json!({"transaction_time":"2020-01-09 18:27:19","transaction_status":"capture","transaction_id":"57d5293c-e65f-4a29-95e4-5959c3fa335b","status_message":"midtrans payment notification","status_code":"200","payment_type":"credit_card","order_id":"Postman-1578568851","merchant_id":"G141532850","masked_card":"48111111-1114","gross_amount":"10000.00","fraud_status":"accept","eci":"05","currency":"IDR","channel_response_message":"Approved","channel_response_code":"00","card_type":"credit","bank":"bni","approval_code":"1578569243927"}),
            Channel::Card,
        ),
        (
            json!({"transaction_type":"on-us","transaction_time":"2021-06-23 14:02:42","transaction_status":"settlement","transaction_id":"513f1f01-c9da-474c-9fc9-d5c64364b709","status_message":"midtrans payment notification","status_code":"200","settlement_time":"2021-06-23 14:06:48","payment_type":"qris","order_id":"qris-01","merchant_id":"G141532850","merchant_cross_reference_id":"0197f326-973a-743c-b0a9-77cfc3c95d53","issuer":"gopay","gross_amount":"5539.00","fraud_status":"accept","currency":"IDR","acquirer":"gopay"}),
            Channel::Qris,
        ),
        (
            json!({"va_numbers":[{"va_number":"3333000000111111","bank":"bni"}],"transaction_time":"2021-06-23 11:41:33","transaction_status":"settlement","transaction_id":"9aed5972-5b6a-401e-894b-a32c91ed1a3a","status_message":"midtrans payment notification","status_code":"200","settlement_time":"2021-06-23 11:42:03","payment_type":"bank_transfer","payment_amounts":[{"paid_at":"2021-06-23 11:42:02","amount":"150000.00"}],"order_id":"bni-va-01","merchant_id":"G141532850","gross_amount":"150000.00","fraud_status":"accept","currency":"IDR"}),
            Channel::VirtualAccount,
        ),
        (
            json!({"transaction_time":"2021-06-23 11:57:49","transaction_status":"settlement","transaction_id":"883af6a4-c1b4-4d39-9bd8-b148fcebe853","status_message":"midtrans payment notification","status_code":"200","settlement_time":"2021-06-23 11:58:44","payment_type":"echannel","order_id":"mandiri-bill-01","merchant_id":"G141532850","gross_amount":"30000.00","fraud_status":"accept","currency":"IDR","biller_code":"70012","bill_key":"990000000260"}),
            Channel::MandiriBill,
        ),
        (
            json!({"transaction_time":"2016-06-20 17:18:08","transaction_status":"expire","transaction_id":"fd70880f-3458-4b16-9f09-289924185977","status_message":"midtrans payment notification","status_code":"202","payment_type":"cstore","order_id":"order04","gross_amount":"162500.00","payment_code":"25709650945026","store":"indomaret","expiry_time":"2017-01-09 09:56:44"}),
            Channel::Indomaret,
        ),
        (
            json!({"status_code":"200","status_message":"midtrans payment notification","transaction_id":"249fc620-6017-4540-af7c-5a1c25788f46","masked_card":"48111111-1114","order_id":"example-1424936368","payment_type":"credit_card","transaction_time":"2021-02-26 14:39:33","transaction_status":"partial_refund","fraud_status":"accept","approval_code":"1424936374393","bank":"bni","gross_amount":"30000.00","refund_amount":"12000.00","refunds":[{"refund_chargeback_id":1,"refund_amount":"5000.00","created_at":"2015-02-27 00:14:20","reason":"some reason","refund_key":"reference1","refund_method":"online","bank_confirmed_at":"2015-02-27 02:30:20"},{"refund_chargeback_id":2,"refund_amount":"7000.00","created_at":"2015-02-28 01:23:15","reason":"","refund_key":"reference2","refund_method":"offline"}]}),
            Channel::Card,
        ),
    ]
}

fn text<'a>(sample: &'a Value, field: &str) -> &'a str {
    sample[field].as_str().unwrap_or_default()
}

/// The sample as Midtrans would sign it for whom this key belongs to.
fn signed(sample: &Value, key: &str) -> Value {
    let mut hash = Sha512::new();
    for field in ["order_id", "status_code", "gross_amount"] {
        hash.update(text(sample, field));
    }
    hash.update(key);
    let mut signed = sample.clone();
    signed["signature_key"] = hex::encode(hash.finalize()).into();
    signed
}

fn verdict(sample: &Value) -> Verdict {
    let amount = text(sample, "gross_amount").trim_end_matches(".00");
    let report = StatusReport::parse(sample.to_string().as_bytes()).unwrap();
    report.verdict(&Expected {
        order_id: text(sample, "order_id").into(),
        amount: Rupiah::try_from(amount.parse::<i64>().unwrap()).unwrap(),
        merchant_id: "G141532850".into(),
    })
}

#[tokio::test]
async fn every_sample_is_understood_under_the_present_and_the_former_key() {
    let midtrans = midtrans("http://127.0.0.1:9");
    for (sample, _) in samples() {
        for key in [KEY, DOCUMENTED_KEY] {
            let raw = signed(&sample, key).to_string();
            let notification = Notification::parse(raw.as_bytes()).unwrap();
            assert!(midtrans.verify_signature(&notification), "{sample}");
            assert_eq!(notification.order_id, text(&sample, "order_id"));
            let transaction = notification.transaction_id.as_deref();
            assert_eq!(transaction, Some(text(&sample, "transaction_id")));
        }
        let raw = signed(&sample, "SB-Mid-server-of-somebody-else").to_string();
        let notification = Notification::parse(raw.as_bytes()).unwrap();
        assert!(!midtrans.verify_signature(&notification), "{sample}");
    }
}

#[test]
fn every_sample_names_its_channel() {
    for (sample, channel) in samples() {
        let report = StatusReport::parse(sample.to_string().as_bytes()).unwrap();
        assert_eq!(report.channel, channel, "{sample}");
    }
}

#[test]
fn every_sample_means_what_its_page_says() {
    let samples = samples();
    let paid = |index: usize| match verdict(&samples[index].0) {
        Verdict::Paid(payment) => payment,
        other => panic!("{index}: {other:?}"),
    };
    assert_eq!(paid(0).settled_at, None);
    let qris = Payment {
        transaction_id: "513f1f01-c9da-474c-9fc9-d5c64364b709".into(),
        payment_type: "qris".into(),
        channel: Channel::Qris,
        amount: Rupiah::try_from(5_539).unwrap(),
        // 14:06:48 in Jakarta.
        settled_at: Some("2021-06-23T07:06:48Z".parse().unwrap()),
    };
    assert_eq!(paid(1), qris);
    assert_eq!(paid(2).amount.get(), 150_000);
    assert!(paid(3).channel.is_reversible());
    assert_eq!(verdict(&samples[4].0), Verdict::Expired);
    let Verdict::PartiallyRefunded(returned) = verdict(&samples[5].0) else {
        panic!("no refund");
    };
    assert_eq!(returned.total.get(), 12_000);
    let reference1 = returned.confirmed_at("reference1");
    assert_eq!(reference1, Some("2015-02-26T19:30:20Z".parse().unwrap()));
    assert_eq!(returned.confirmed_at("reference2"), None);
}
