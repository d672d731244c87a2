//! What staff sends back through the gateway.

use super::{
    Channel, Did, Do, TopUpError, asked, noon, rp, settled, settled_as,
    taking_back::{chargeback, refund},
    top_up,
};
use crate::{ids::PayoutId, story::text};
use chrono::{DateTime, Duration, Utc};
use uuid::Uuid;

fn payout(number: u128) -> PayoutId {
    PayoutId::new(Uuid::from_u128(number))
}

fn request_at(number: u128, amount: i64, at: DateTime<Utc>) -> Do {
    Do::RequestRefund {
        payout_id: payout(number),
        amount: rp(amount),
        reason: text("asked for it"),
        at,
    }
}

pub(super) fn request(number: u128, amount: i64) -> Do {
    request_at(number, amount, noon())
}

pub(super) fn confirm(number: u128) -> Do {
    Do::ConfirmRefund {
        payout_id: payout(number),
    }
}

pub(super) fn fail(number: u128) -> Do {
    Do::FailRefund {
        payout_id: payout(number),
        reason: text("no funds"),
    }
}

fn requested(number: u128, amount: i64) -> Did {
    requested_of("t1", number, amount)
}

fn requested_of(transaction: &str, number: u128, amount: i64) -> Did {
    Did::RefundRequested {
        payout_id: payout(number),
        transaction_id: transaction.into(),
        amount: rp(amount),
        reason: text("asked for it"),
    }
}

fn refunded(number: u128, amount: i64) -> Did {
    Did::Refunded {
        payout_id: payout(number),
        transaction_id: "t1".into(),
        amount: rp(amount),
    }
}

fn failed(number: u128) -> Did {
    Did::RefundFailed {
        payout_id: payout(number),
        transaction_id: "t1".into(),
        reason: text("no funds"),
    }
}

fn paid_by(channel: Channel) -> Did {
    let Did::Settled {
        transaction_id,
        payment_type,
        amount,
        ..
    } = settled("t1", false)
    else {
        unreachable!("settled settles")
    };
    Did::Settled {
        transaction_id,
        payment_type,
        amount,
        late: false,
        again: false,
        channel: Some(channel),
        settled_at: Some(noon()),
    }
}

/// A QRIS payment of 50.000, and what followed.
fn paid(what_followed: &[Did]) -> Vec<Did> {
    let mut history = asked(&[settled("t1", false)]);
    history.extend_from_slice(what_followed);
    history
}

#[test]
fn a_part_of_a_payment_is_sent_back_once() {
    top_up()
        .given(paid(&[]))
        .when(request(1, 20_000))
        .then_expect_events(vec![requested(1, 20_000)]);
    for history in [
        paid(&[requested(1, 20_000)]),
        paid(&[requested(1, 20_000), refunded(1, 20_000)]),
    ] {
        top_up()
            .given(history)
            .when(request(1, 20_000))
            .then_expect_events(vec![]);
    }
}

#[test]
fn no_more_is_sent_back_than_is_left_of_it() {
    let left = |amount| TopUpError::MoreThanLeft { left: rp(amount) };
    for (history, amount, refused) in [
        (paid(&[]), 50_001, left(50_000)),
        (paid(&[requested(1, 20_000)]), 30_001, left(30_000)),
        (
            paid(&[requested(1, 20_000), refunded(1, 20_000)]),
            30_001,
            left(30_000),
        ),
        (paid(&[requested(1, 50_000)]), 1, left(0)),
    ] {
        top_up()
            .given(history)
            .when(request(2, amount))
            .then_expect_error(refused);
    }
    top_up()
        .given(paid(&[requested(1, 50_000), failed(1)]))
        .when(request(2, 50_000))
        .then_expect_events(vec![requested(2, 50_000)]);
}

#[test]
fn what_has_no_way_back_is_paid_out_by_bank() {
    for channel in [
        Channel::VirtualAccount,
        Channel::PermataVa,
        Channel::MandiriBill,
        Channel::Indomaret,
        Channel::Unknown,
    ] {
        top_up()
            .given(asked(&[paid_by(channel)]))
            .when(request(1, 50_000))
            .then_expect_error(TopUpError::NotRefundable);
    }
    top_up()
        .given(asked(&[]))
        .when(request(1, 50_000))
        .then_expect_error(TopUpError::NotCredited);
}

#[test]
fn the_window_of_the_channel_counts_from_the_settlement() {
    let day = |days| noon() + Duration::days(days);
    top_up()
        .given(paid(&[]))
        .when(request_at(1, 50_000, day(45)))
        .then_expect_events(vec![requested(1, 50_000)]);
    top_up()
        .given(paid(&[]))
        .when(request_at(1, 50_000, day(46)))
        .then_expect_error(TopUpError::RefundTooLate { days: 45 });
    top_up()
        .given(asked(&[paid_by(Channel::Card)]))
        .when(request_at(1, 50_000, day(400)))
        .then_expect_events(vec![requested(1, 50_000)]);
}

#[test]
fn some_channels_send_back_the_whole_or_nothing() {
    top_up()
        .given(asked(&[paid_by(Channel::Ovo)]))
        .when(request(1, 20_000))
        .then_expect_error(TopUpError::OnlyWhole { whole: rp(50_000) });
    top_up()
        .given(asked(&[paid_by(Channel::Ovo)]))
        .when(request(1, 50_000))
        .then_expect_events(vec![requested(1, 50_000)]);
}

#[test]
fn of_two_payments_the_one_that_has_enough_is_sent_back() {
    let second = settled_as("t2", false, true);
    top_up()
        .given(paid(&[requested(1, 20_000), second]))
        .when(request(2, 50_000))
        .then_expect_events(vec![requested_of("t2", 2, 50_000)]);
}

#[test]
fn a_refund_ends_once_one_way_or_the_other() {
    let under_way = paid(&[requested(1, 20_000)]);
    let arrived = paid(&[requested(1, 20_000), refunded(1, 20_000)]);
    let over = paid(&[requested(1, 20_000), failed(1)]);
    for (history, command, events) in [
        (&under_way, confirm(1), vec![refunded(1, 20_000)]),
        (&under_way, fail(1), vec![failed(1)]),
        (&arrived, confirm(1), vec![]),
        (&over, fail(1), vec![]),
    ] {
        top_up()
            .given(history.clone())
            .when(command)
            .then_expect_events(events);
    }
    for (history, command) in [(arrived, fail(1)), (over, confirm(1))] {
        top_up()
            .given(history)
            .when(command)
            .then_expect_error(TopUpError::RefundOver);
    }
    for command in [confirm(2), fail(2)] {
        top_up()
            .given(under_way.clone())
            .when(command)
            .then_expect_error(TopUpError::UnknownRefund(payout(2)));
    }
}

#[test]
fn the_gateways_word_of_our_own_refund_takes_nothing_more() {
    let key = payout(1).to_string();
    for end in [None, Some(refunded(1, 20_000))] {
        let mut history = paid(&[requested(1, 20_000)]);
        history.extend(end);
        top_up()
            .given(history)
            .when(refund("t1", &key, 20_000))
            .then_expect_events(vec![]);
    }
}

#[test]
fn one_that_was_given_up_and_went_out_all_the_same_takes_the_credit_back() {
    let key = payout(1).to_string();
    top_up()
        .given(paid(&[requested(1, 20_000), failed(1)]))
        .when(refund("t1", &key, 20_000))
        .then_expect_events(vec![Did::RefundedByGateway {
            transaction_id: "t1".into(),
            refund_key: key,
            amount: rp(20_000),
            confirmed_at: Some(noon()),
            case_id: None,
        }]);
}

#[test]
fn a_chargeback_after_a_refund_takes_the_rest() {
    top_up()
        .given(paid(&[requested(1, 20_000), refunded(1, 20_000)]))
        .when(chargeback("t1", 50_000))
        .then_expect_events(vec![Did::ChargedBack {
            transaction_id: "t1".into(),
            amount: rp(30_000),
            total: rp(50_000),
            case_id: None,
        }]);
}
