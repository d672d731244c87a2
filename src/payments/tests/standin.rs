//! The client and the Midtrans stand-in, each written from the protocol alone: where they agree over a
//! socket, both have read it alike.

use super::{KEY, midtrans};
use crate::{
    payments::{
        Customer, Expected, GatewayError, Midtrans, Notification, PageCancellation, StatusReport,
        Verdict,
    },
    standins::midtrans::{Fraud, MidtransStandin, Options, Outage, Quirks},
};
use chrono::{DateTime, Utc};
use poem::{EndpointExt, Server, handler, listener::TcpAcceptor, web::Data};
use purser_domain::Rupiah;
use std::{sync::Arc, time::Duration};
use tokio::{
    net::TcpListener,
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
};
use tokio_util::task::AbortOnDropHandle;

const LONG: Duration = Duration::from_secs(30);

async fn gateway() -> (MidtransStandin, Midtrans) {
    crate::choose_crypto();
    // Noon in Jakarta, when every provider is awake.
    let noon: DateTime<Utc> = "2026-03-02T05:00:00Z".parse().unwrap();
    let standin = MidtransStandin::start(Options {
        listen: "127.0.0.1:0".parse().unwrap(),
        server_key: KEY.to_owned(),
        client_key: "SB-Mid-client-TESTKEY-0001".to_owned(),
        merchant_id: "G141532850".to_owned(),
        notification_url: None,
        retry_scale: 1.0 / 60_000.0,
        state_file: None,
        now: Arc::new(move || noon),
    });
    let standin = standin.await.unwrap();
    let midtrans = midtrans(standin.core_url());
    (standin, midtrans)
}

fn rp(amount: i64) -> Rupiah {
    Rupiah::try_from(amount).unwrap()
}

fn expected(order_id: &str) -> Expected {
    Expected {
        order_id: order_id.into(),
        amount: rp(40_000),
        merchant_id: "G141532850".into(),
    }
}

async fn open(midtrans: &Midtrans, order_id: &str) -> Result<crate::payments::Page, GatewayError> {
    let customer = Customer {
        first_name: "Raden | Mas Soewardi Soerjaningrat".into(),
        last_name: Some("Dewantara".into()),
        email: "budi@example.com".parse().unwrap(),
        phone: Some("+628123456789".parse().unwrap()),
        by_card: true,
    };
    midtrans
        .create_page(
            order_id,
            rp(40_000),
            &customer,
            180,
            "https://panel.example.id/topups/1",
        )
        .await
}

async fn verdict(midtrans: &Midtrans, order_id: &str) -> Verdict {
    midtrans
        .status(order_id)
        .await
        .unwrap()
        .unwrap()
        .verdict(&expected(order_id))
}

#[tokio::test]
async fn a_page_is_opened_paid_and_believed() {
    let (standin, midtrans) = gateway().await;
    let page = open(&midtrans, "topup-1").await.unwrap();
    assert!(page.redirect_url.contains(&page.token));
    assert_eq!(midtrans.status("topup-1").await.unwrap(), None);
    let paid = standin.pay("topup-1", "other_qris").await.unwrap();
    let Verdict::Paid(payment) = verdict(&midtrans, "topup-1").await else {
        panic!("not paid: {:?}", midtrans.status("topup-1").await);
    };
    assert_eq!(
        (
            payment.transaction_id,
            payment.payment_type.as_str(),
            payment.amount
        ),
        (paid.transaction_id, "qris", rp(40_000))
    );
    let again = open(&midtrans, "topup-1").await.unwrap_err();
    assert!(matches!(again, GatewayError::OrderInUse), "{again:?}");
}

#[tokio::test]
async fn every_channel_that_takes_the_amount_is_read_as_paid() {
    let (standin, midtrans) = gateway().await;
    for method in [
        "gopay",
        "bca_va",
        "bni_va",
        "bri_va",
        "permata_va",
        "echannel",
        "cimb_va",
        "shopeepay",
        "indomaret",
        "alfamart",
        "credit_card",
    ] {
        let order_id = format!("topup-{method}").replace('_', "-");
        open(&midtrans, &order_id).await.unwrap();
        standin.pay(&order_id, method).await.unwrap();
        let verdict = verdict(&midtrans, &order_id).await;
        assert!(matches!(verdict, Verdict::Paid(_)), "{method}: {verdict:?}");
    }
}

#[tokio::test]
async fn a_page_is_closed_early_unless_the_customer_is_paying() {
    let (standin, midtrans) = gateway().await;
    let page = open(&midtrans, "topup-1").await.unwrap();
    for _ in 0..2 {
        let cancelled = midtrans.cancel_page(&page.token).await.unwrap();
        assert_eq!(cancelled, PageCancellation::Cancelled);
    }
    let page = open(&midtrans, "topup-2").await.unwrap();
    standin.pay("topup-2", "bca_va").await.unwrap();
    assert_eq!(
        midtrans.cancel_page(&page.token).await.unwrap(),
        PageCancellation::InPayment
    );
    assert_eq!(
        midtrans.cancel_page("nothing").await.unwrap(),
        PageCancellation::Unknown
    );
}

/// The customer takes a payment code and does not pay yet.
async fn choose(standin: &MidtransStandin, order_id: &str) {
    let url = format!("{}/standin/choose/{order_id}", standin.url());
    let choice = serde_json::json!({ "payment_type": "bca_va" });
    let chosen = reqwest::Client::new()
        .post(url)
        .json(&choice)
        .send()
        .await
        .unwrap();
    assert!(chosen.status().is_success(), "{:?}", chosen.text().await);
}

#[tokio::test]
async fn a_pending_payment_is_expired_or_cancelled_and_a_settled_one_is_not() {
    let (standin, midtrans) = gateway().await;
    for mirror_status in [false, true] {
        standin.quirks(Quirks {
            mirror_status,
            ..Quirks::default()
        });
        let orders = ["a", "b"].map(|name| format!("topup-{name}-{mirror_status}"));
        for order_id in &orders {
            open(&midtrans, order_id).await.unwrap();
            choose(&standin, order_id).await;
            assert_eq!(verdict(&midtrans, order_id).await, Verdict::Pending);
        }
        let expired = midtrans.expire(&orders[0]).await.unwrap();
        assert_eq!(expired.verdict(&expected(&orders[0])), Verdict::Expired);
        assert_eq!(verdict(&midtrans, &orders[0]).await, Verdict::Expired);
        let cancelled = midtrans.cancel(&orders[1]).await.unwrap();
        assert_eq!(cancelled.verdict(&expected(&orders[1])), Verdict::Cancelled);
        let late = midtrans.expire(&orders[1]).await.unwrap_err();
        assert!(
            matches!(late, GatewayError::Refused { status: 412, .. }),
            "{late:?}"
        );
        let unknown = midtrans.cancel("topup-0").await.unwrap_err();
        assert!(
            matches!(unknown, GatewayError::Refused { status: 404, .. }),
            "{unknown:?}"
        );
    }
}

#[tokio::test]
async fn a_refund_is_asked_for_twice_and_given_once() {
    let (standin, midtrans) = gateway().await;
    open(&midtrans, "topup-1").await.unwrap();
    standin.pay("topup-1", "gopay").await.unwrap();
    for _ in 0..2 {
        midtrans
            .refund("topup-1", "refund-1", rp(15_000), "asked for")
            .await
            .unwrap();
    }
    let confirmed = |report: &StatusReport| {
        report
            .refunds
            .iter()
            .all(|refund| refund.bank_confirmed_at.is_some())
    };
    let told = tokio::time::timeout(LONG, async {
        loop {
            let report = midtrans.status("topup-1").await.unwrap().unwrap();
            if confirmed(&report) {
                return report;
            }
        }
    });
    let Verdict::PartiallyRefunded(returned) = told.await.unwrap().verdict(&expected("topup-1"))
    else {
        panic!("not refunded");
    };
    assert_eq!((returned.total, returned.reversals.len()), (rp(15_000), 1));
    assert_eq!(returned.reversals[0].key.as_deref(), Some("refund-1"));
    let much = midtrans
        .refund("topup-1", "refund-2", rp(25_001), "")
        .await
        .unwrap_err();
    assert!(
        matches!(much, GatewayError::Refused { status: 414, .. }),
        "{much:?}"
    );
    midtrans
        .refund("topup-1", "refund-3", rp(25_000), "")
        .await
        .unwrap();
    let Verdict::Refunded(returned) = verdict(&midtrans, "topup-1").await else {
        panic!("not refunded")
    };
    assert_eq!(returned.total, rp(40_000));
    open(&midtrans, "topup-2").await.unwrap();
    standin.pay("topup-2", "bca_va").await.unwrap();
    let bank = midtrans
        .refund("topup-2", "refund-4", rp(40_000), "")
        .await
        .unwrap_err();
    assert!(
        matches!(bank, GatewayError::Refused { status: 412, .. }),
        "{bank:?}"
    );
}

#[tokio::test]
async fn a_misbehaving_gateway_is_never_believed() {
    let (standin, midtrans) = gateway().await;
    let story = async |order_id: &str, method: &str, quirks: Quirks| {
        standin.quirks_for(order_id, quirks);
        open(&midtrans, order_id).await.unwrap();
        standin.pay(order_id, method).await.unwrap();
        verdict(&midtrans, order_id).await
    };
    let none = Quirks::default;
    let reversal = Quirks {
        reversal: true,
        ..none()
    };
    assert_eq!(
        story("reversed", "permata_va", reversal).await,
        Verdict::Reversed
    );
    let challenge = Quirks {
        fraud: Some(Fraud::Challenge),
        ..none()
    };
    assert_eq!(
        story("held", "credit_card", challenge).await,
        Verdict::Challenged
    );
    let chargeback = story(
        "taken",
        "credit_card",
        Quirks {
            chargeback: true,
            ..none()
        },
    )
    .await;
    assert!(
        matches!(chargeback, Verdict::ChargedBack(_)),
        "{chargeback:?}"
    );
    let wrong = story(
        "wrong",
        "gopay",
        Quirks {
            wrong_amount: Some(400_000),
            ..none()
        },
    )
    .await;
    assert!(matches!(wrong, Verdict::Mismatch(_)), "{wrong:?}");
}

#[tokio::test]
async fn an_outage_is_retryable_and_a_lost_answer_can_be_asked_for_again() {
    let (standin, midtrans) = gateway().await;
    let outage = |outage| {
        standin.quirks(Quirks {
            outage,
            ..Quirks::default()
        })
    };
    outage(Some(Outage::Unavailable));
    let error = open(&midtrans, "topup-1").await.unwrap_err();
    assert!(
        matches!(error, GatewayError::Unavailable { status: 503 }),
        "{error:?}"
    );
    for lost in [Outage::Refuse, Outage::LoseAnswers] {
        outage(Some(lost));
        let error = open(&midtrans, "topup-1").await.unwrap_err();
        assert!(
            matches!(error, GatewayError::Unreachable(_)) && error.is_retryable(),
            "{error:?}"
        );
    }
    outage(None);
    open(&midtrans, "topup-1").await.unwrap();
}

#[handler]
async fn receive(body: Vec<u8>, Data(bodies): Data<&UnboundedSender<Vec<u8>>>) {
    bodies.send(body).unwrap();
}

/// Where notifications arrive, as the bytes that were posted.
async fn receiver() -> (String, UnboundedReceiver<Vec<u8>>, AbortOnDropHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let (sender, bodies) = unbounded_channel();
    let endpoint = poem::Route::new().at("/", poem::post(receive)).data(sender);
    let server = Server::new_with_acceptor(TcpAcceptor::from_tokio(listener).unwrap());
    let task = tokio::spawn(async move { server.run(endpoint).await.unwrap() });
    (url, bodies, AbortOnDropHandle::new(task))
}

#[tokio::test]
async fn notifications_are_signed_and_lead_to_the_fact() {
    let (standin, midtrans) = gateway().await;
    let (url, mut bodies, _task) = receiver().await;
    standin.set_notification_url(url);
    open(&midtrans, "topup-1").await.unwrap();
    standin.pay("topup-1", "dana").await.unwrap();
    let settled = tokio::time::timeout(LONG, async {
        loop {
            let notification = Notification::parse(&bodies.recv().await.unwrap()).unwrap();
            assert!(midtrans.verify_signature(&notification), "{notification:?}");
            assert_eq!(notification.order_id, "topup-1");
            if notification.transaction_status.as_deref() == Some("settlement") {
                return notification;
            }
            assert_eq!(notification.transaction_status.as_deref(), Some("pending"));
        }
    });
    let transaction_id = settled.await.unwrap().transaction_id.unwrap();
    let report = midtrans.status(&transaction_id).await.unwrap().unwrap();
    assert!(
        matches!(report.verdict(&expected("topup-1")), Verdict::Paid(_)),
        "{report:?}"
    );
}

#[tokio::test]
async fn the_balance_is_what_was_paid_and_did_not_go_back() {
    let (standin, midtrans) = gateway().await;
    let from: DateTime<Utc> = "2026-03-01T17:00:00Z".parse().unwrap();
    let balance = || midtrans.balance(from, from + chrono::Duration::days(1));
    let held = async || balance().await.unwrap().closing.to_string();
    assert_eq!(held().await, "0.00");
    open(&midtrans, "topup-1").await.unwrap();
    standin.pay("topup-1", "other_qris").await.unwrap();
    assert_eq!(held().await, "40000.00");
    let refund = midtrans.refund("topup-1", "key", rp(10_000), "asked for it");
    refund.await.unwrap();
    assert_eq!(held().await, "30000.00");
    standin.quirks(Quirks {
        no_balance: Some(402),
        ..Quirks::default()
    });
    let refused = balance().await.unwrap_err();
    assert!(
        matches!(refused, GatewayError::Refused { status: 402, .. }),
        "{refused:?}"
    );
}
