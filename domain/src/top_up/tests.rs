use super::{
    Channel, CloseCause, Payment, Taking, TopUp, TopUpCommand as Do, TopUpError, TopUpEvent as Did,
    least, most,
};
use crate::{
    Rupiah,
    ids::WalletId,
    story::{at, budi, noon, retold, rp, sealed, stored_as},
};
use cqrs_es::test::TestFramework;

mod booking;
mod refunds;
mod taking_back;

fn top_up() -> TestFramework<TopUp> {
    TestFramework::with(())
}

fn request(amount: i64) -> Do {
    Do::Request {
        user_id: budi(),
        wallet_id: WalletId::of(budi()),
        amount: rp(amount),
        order_id: "topup-1".into(),
        expires_at: at("2027-01-31T06:00:00Z"),
    }
}

fn requested(amount: i64) -> Did {
    Did::Requested {
        user_id: budi(),
        wallet_id: WalletId::of(budi()),
        amount: rp(amount),
        order_id: "topup-1".into(),
        expires_at: at("2027-01-31T06:00:00Z"),
    }
}

fn page(url: &str) -> Do {
    Do::OpenPage {
        redirect_url: url.into(),
    }
}

fn page_opened(url: &str) -> Did {
    Did::PageOpened {
        redirect_url: url.into(),
    }
}

fn notify(digest: &str) -> Do {
    Do::RecordNotification {
        digest: digest.into(),
        body: sealed("body"),
        transaction_id: Some("t1".into()),
    }
}

fn notified(digest: &str) -> Did {
    Did::Notified {
        digest: digest.into(),
        body: sealed("body"),
        transaction_id: Some("t1".into()),
    }
}

fn settle(transaction: &str, amount: i64) -> Do {
    Do::Settle(Payment {
        transaction_id: transaction.into(),
        payment_type: "qris".into(),
        channel: Channel::Qris,
        amount: rp(amount),
        settled_at: Some(noon()),
    })
}

fn settled(transaction: &str, late: bool) -> Did {
    settled_as(transaction, late, false)
}

fn settled_as(transaction: &str, late: bool, again: bool) -> Did {
    Did::Settled {
        transaction_id: transaction.into(),
        payment_type: "qris".into(),
        amount: rp(50_000),
        late,
        again,
        channel: Some(Channel::Qris),
        settled_at: Some(noon()),
    }
}

fn dispute(transaction: &str) -> Do {
    Do::Dispute {
        transaction_id: transaction.into(),
        finding: "currency USD".into(),
    }
}

fn disputed(transaction: &str) -> Did {
    Did::Disputed {
        transaction_id: transaction.into(),
        finding: "currency USD".into(),
    }
}

const EXPIRE: Do = Do::Close {
    cause: CloseCause::Expired,
};
const EXPIRED: Did = Did::Closed {
    cause: CloseCause::Expired,
};

/// 50.000 asked for, and what followed.
fn asked(what_followed: &[Did]) -> Vec<Did> {
    let mut history = vec![requested(50_000)];
    history.extend_from_slice(what_followed);
    history
}

#[test]
fn a_top_up_is_asked_for_within_its_bounds() {
    for amount in [10_000, 50_000, 10_000_000] {
        top_up()
            .given_no_previous_events()
            .when(request(amount))
            .then_expect_events(vec![requested(amount)]);
    }
}

#[test]
fn a_top_up_outside_its_bounds_is_refused() {
    for amount in [0, 9_999, 10_000_001] {
        top_up()
            .given_no_previous_events()
            .when(request(amount))
            .then_expect_error(TopUpError::AmountOutOfRange {
                amount: rp(amount),
                least: least(),
                most: most(),
            });
    }
}

#[test]
fn a_top_up_is_asked_for_once() {
    top_up()
        .given(asked(&[]))
        .when(request(50_000))
        .then_expect_error(TopUpError::AlreadyRequested);
}

#[test]
fn nothing_happens_to_a_top_up_that_nobody_asked_for() {
    for command in [
        page("https://pay/1"),
        notify("d1"),
        settle("t1", 50_000),
        EXPIRE,
        dispute("t1"),
    ] {
        top_up()
            .given_no_previous_events()
            .when(command)
            .then_expect_error(TopUpError::NotFound);
    }
}

#[test]
fn the_page_that_is_recorded_first_is_the_orders() {
    top_up()
        .given(asked(&[page_opened("https://pay/1")]))
        .when(page("https://pay/2"))
        .then_expect_events(vec![]);
}

#[test]
fn opening_the_same_page_again_changes_nothing_even_once_it_is_paid() {
    for end in [settled("t1", false), EXPIRED] {
        top_up()
            .given(asked(&[page_opened("https://pay/1"), end]))
            .when(page("https://pay/1"))
            .then_expect_events(vec![]);
    }
}

#[test]
fn a_paid_top_up_opens_no_new_page() {
    top_up()
        .given(asked(&[settled("t1", false)]))
        .when(page("https://pay/2"))
        .then_expect_error(TopUpError::AlreadySettled);
}

#[test]
fn a_closed_top_up_opens_no_new_page() {
    top_up()
        .given(asked(&[EXPIRED]))
        .when(page("https://pay/2"))
        .then_expect_error(TopUpError::AlreadyClosed);
}

#[test]
fn every_notification_is_kept_once_by_its_digest() {
    top_up()
        .given(asked(&[notified("d1")]))
        .when(notify("d2"))
        .then_expect_events(vec![notified("d2")]);
    top_up()
        .given(asked(&[notified("d1")]))
        .when(notify("d1"))
        .then_expect_events(vec![]);
}

#[test]
fn a_notification_is_kept_whatever_came_before() {
    for end in [settled("t1", false), EXPIRED, disputed("t1")] {
        top_up()
            .given(asked(&[end]))
            .when(notify("d1"))
            .then_expect_events(vec![notified("d1")]);
    }
}

#[test]
fn a_payment_of_the_amount_settles_it() {
    top_up()
        .given(asked(&[]))
        .when(settle("t1", 50_000))
        .then_expect_events(vec![settled("t1", false)]);
}

#[test]
fn the_same_transaction_settles_it_once() {
    top_up()
        .given(asked(&[settled("t1", false)]))
        .when(settle("t1", 50_000))
        .then_expect_events(vec![]);
}

#[test]
fn another_transaction_of_the_same_order_settles_it_besides() {
    top_up()
        .given(asked(&[settled("t1", false)]))
        .when(settle("t2", 50_000))
        .then_expect_events(vec![settled_as("t2", false, true)]);
}

#[test]
fn a_payment_after_the_closing_settles_it_late() {
    top_up()
        .given(asked(&[EXPIRED]))
        .when(settle("t1", 50_000))
        .then_expect_events(vec![settled("t1", true)]);
}

#[test]
fn a_payment_of_another_amount_settles_nothing() {
    for paid in [49_999, 50_001] {
        top_up()
            .given(asked(&[]))
            .when(settle("t1", paid))
            .then_expect_error(TopUpError::WrongAmount {
                paid: rp(paid),
                asked: rp(50_000),
            });
    }
}

#[test]
fn an_unpaid_top_up_closes_with_its_cause() {
    for cause in [
        CloseCause::Expired,
        CloseCause::Cancelled,
        CloseCause::Failed,
    ] {
        top_up()
            .given(asked(&[]))
            .when(Do::Close { cause })
            .then_expect_events(vec![Did::Closed { cause }]);
    }
}

#[test]
fn closing_it_again_changes_nothing() {
    top_up()
        .given(asked(&[EXPIRED]))
        .when(Do::Close {
            cause: CloseCause::Failed,
        })
        .then_expect_events(vec![]);
}

#[test]
fn a_late_notice_does_not_turn_a_payment_back() {
    top_up()
        .given(asked(&[settled("t1", false)]))
        .when(EXPIRE)
        .then_expect_events(vec![]);
}

#[test]
fn what_is_not_to_be_booked_is_disputed_once() {
    top_up()
        .given(asked(&[]))
        .when(dispute("t1"))
        .then_expect_events(vec![disputed("t1")]);
    top_up()
        .given(asked(&[disputed("t1")]))
        .when(dispute("t1"))
        .then_expect_events(vec![]);
    let other = Do::Dispute {
        transaction_id: "t1".into(),
        finding: "merchant G0".into(),
    };
    top_up()
        .given(asked(&[disputed("t1")]))
        .when(other)
        .then_expect_events(vec![Did::Disputed {
            transaction_id: "t1".into(),
            finding: "merchant G0".into(),
        }]);
}

#[test]
fn a_dispute_neither_settles_nor_closes_it() {
    let mut state = TopUp::default();
    let history = asked(&[disputed("t1")]);
    history.into_iter().for_each(|event| state.fold(event));
    assert!(!state.is_settled());
    assert!(!state.is_closed());
    assert_eq!(state.amount(), rp(50_000));
    assert_eq!(TopUp::default().amount(), Rupiah::ZERO);
}

#[tokio::test]
async fn what_is_folded_is_what_was_handled() {
    retold::<TopUp>(vec![vec![
        request(50_000),
        page("https://pay/1"),
        notify("d1"),
        EXPIRE,
        settle("t1", 50_000),
        settle("t1", 50_000),
        settle("t2", 50_000),
        settle("t3", 50_000),
        dispute("t2"),
        taking_back::refund("t1", "r1", 20_000),
        taking_back::chargeback("t1", 50_000),
        taking_back::reversal("t2"),
        dispute("t4"),
        booking::book("t4"),
        taking_back::by_hand("t4", 10_000),
        refunds::request(1, 10_000),
        refunds::confirm(1),
        refunds::request(2, 10_000),
        refunds::fail(2),
    ]])
    .await;
}

#[test]
fn causes_keep_their_stored_words() {
    stored_as(&[
        (CloseCause::Expired, "expired"),
        (CloseCause::Cancelled, "cancelled"),
        (CloseCause::Failed, "failed"),
    ]);
}
