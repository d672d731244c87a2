use super::{
    Act, Approval, ApprovalCommand as Do, ApprovalError, ApprovalEvent as Did, Deed, Held,
};
use crate::{
    ids::{AdjustmentId, UserId},
    story::{at, budi, noon, retold, rp, sari, text},
    wallet::AdjustmentSide,
};
use chrono::{DateTime, Utc};
use cqrs_es::test::TestFramework;
use serde_json::json;
use uuid::Uuid;

fn approval() -> TestFramework<Approval> {
    TestFramework::with(())
}

/// Asks.
fn ani() -> UserId {
    UserId::new(Uuid::from_u128(0xa41))
}

fn in_three_days() -> DateTime<Utc> {
    at("2027-02-03T05:00:00Z")
}

fn held() -> Box<Held> {
    Box::new(Held {
        act: Act {
            user_id: Some(budi()),
            deed: Deed::Adjust {
                adjustment_id: AdjustmentId::new(Uuid::from_u128(1)),
                side: AdjustmentSide::Credit,
                amount: rp(2_000_000),
                reason: text("paid at the counter"),
            },
        },
        requested_by: ani(),
        expected_version: 7,
        amount: Some(rp(2_000_000)),
        asked: vec![sari()],
        expires_at: in_three_days(),
    })
}

fn request() -> Do {
    Do::Request {
        held: held(),
        at: noon(),
    }
}

fn requested() -> Vec<Did> {
    vec![Did::Requested {
        held: held(),
        at: noon(),
    }]
}

fn approve(by: UserId, at: DateTime<Utc>) -> Do {
    Do::Approve { by, at }
}

fn reject(by: UserId) -> Do {
    Do::Reject {
        by,
        reason: text("no receipt"),
        at: noon(),
    }
}

fn with(end: Did) -> Vec<Did> {
    [requested(), vec![end]].concat()
}

fn approved() -> Vec<Did> {
    with(Did::Approved {
        by: sari(),
        at: noon(),
    })
}

fn rejected() -> Vec<Did> {
    with(Did::Rejected {
        by: sari(),
        reason: text("no receipt"),
        at: noon(),
    })
}

fn expired() -> Vec<Did> {
    with(Did::Expired {
        at: in_three_days(),
    })
}

#[test]
fn what_is_asked_for_is_held() {
    approval()
        .given_no_previous_events()
        .when(request())
        .then_expect_events(requested());
    approval()
        .given(requested())
        .when(request())
        .then_expect_events(vec![]);
    let mut other = held();
    other.expected_version = 8;
    approval()
        .given(requested())
        .when(Do::Request {
            held: other,
            at: noon(),
        })
        .then_expect_error(ApprovalError::AlreadyRequested);
}

#[test]
fn another_one_approves_once() {
    approval()
        .given(requested())
        .when(approve(sari(), noon()))
        .then_expect_events(vec![Did::Approved {
            by: sari(),
            at: noon(),
        }]);
    approval()
        .given(approved())
        .when(approve(sari(), noon()))
        .then_expect_events(vec![]);
}

#[test]
fn nobody_approves_what_he_asked_for() {
    approval()
        .given(requested())
        .when(approve(ani(), noon()))
        .then_expect_error(ApprovalError::OwnRequest);
}

#[test]
fn nobody_approves_what_is_about_himself() {
    approval()
        .given(requested())
        .when(approve(budi(), noon()))
        .then_expect_error(ApprovalError::OwnMatter);
}

#[test]
fn another_one_rejects_and_who_asked_may_take_it_back() {
    for by in [sari(), ani()] {
        approval()
            .given(requested())
            .when(reject(by))
            .then_expect_events(vec![Did::Rejected {
                by,
                reason: text("no receipt"),
                at: noon(),
            }]);
    }
    approval()
        .given(rejected())
        .when(reject(sari()))
        .then_expect_events(vec![]);
}

#[test]
fn at_the_very_moment_its_time_is_over() {
    approval()
        .given(requested())
        .when(approve(sari(), in_three_days()))
        .then_expect_error(ApprovalError::Expired);
    approval()
        .given(requested())
        .when(Do::Expire { at: noon() })
        .then_expect_error(ApprovalError::StillOpen);
    approval()
        .given(requested())
        .when(Do::Expire {
            at: in_three_days(),
        })
        .then_expect_events(vec![Did::Expired {
            at: in_three_days(),
        }]);
    approval()
        .given(expired())
        .when(Do::Expire {
            at: in_three_days(),
        })
        .then_expect_events(vec![]);
    approval()
        .given(expired())
        .when(approve(sari(), noon()))
        .then_expect_error(ApprovalError::Expired);
}

#[test]
fn what_is_decided_stays_decided() {
    for history in [approved(), rejected()] {
        for command in [approve(ani(), noon()), reject(ani())] {
            approval()
                .given(history.clone())
                .when(command)
                .then_expect_error(ApprovalError::Decided);
        }
        approval()
            .given(history)
            .when(Do::Expire {
                at: in_three_days(),
            })
            .then_expect_error(ApprovalError::Decided);
    }
}

#[test]
fn what_nobody_asked_for_cannot_be_decided() {
    for command in [
        approve(sari(), noon()),
        reject(sari()),
        Do::Expire { at: noon() },
    ] {
        approval()
            .given_no_previous_events()
            .when(command)
            .then_expect_error(ApprovalError::NotFound);
    }
}

/// What is held is read for ever: an act in flight outlives a new build.
#[test]
fn every_deed_keeps_its_stored_form() {
    let id = "0194b8a0-7c00-7006-8000-00000000000f";
    for (word, fields) in [
        (
            "adjust",
            json!({"adjustment_id": id, "side": "debit", "amount": 1, "reason": "r"}),
        ),
        (
            "grant",
            json!({"grant_id": id, "amount": 1, "expires_on": "2027-06-30", "reason": "r"}),
        ),
        ("write_off", json!({"reversal_id": id, "reason": "r"})),
        ("unfreeze", json!({"reason": "r"})),
        (
            "return_reversal",
            json!({"credit_id": id, "reversal_id": id, "amount": 1, "reason": "r"}),
        ),
        (
            "book_payment",
            json!({"case_id": id, "top_up_id": id, "transaction_id": "t", "amount": 1, "reason": "r"}),
        ),
        (
            "take_back",
            json!({"case_id": id, "top_up_id": id, "transaction_id": "t", "amount": 1, "cause": "chargeback", "reason": "r"}),
        ),
        (
            "refund",
            json!({"payout_id": id, "top_up_id": id, "amount": 1, "reason": "r"}),
        ),
        ("pay_out", json!({"payout_id": id, "amount": 1})),
        ("cancel_payout", json!({"payout_id": id, "reason": "r"})),
        (
            "cancel_payout",
            json!({"payout_id": id, "top_up_id": id, "reason": "r"}),
        ),
        (
            "extend",
            json!({"subscription_id": id, "days": 3, "reason": "r"}),
        ),
        (
            "give_back",
            json!({"credit_id": id, "subscription_id": id, "amount": 1, "reason": "r"}),
        ),
        ("end", json!({"subscription_id": id, "reason": "r"})),
        (
            "book_fees",
            json!({"month": "2027-01-01", "amount": 1, "reason": "r"}),
        ),
        ("reset_second_factor", json!({"reason": "r"})),
        ("change_roles", json!({"roles": ["admin"], "reason": "r"})),
        ("deactivate", json!({"reason": "r"})),
        ("set_approval_limit", json!({"above": 1, "reason": "r"})),
    ] {
        let stored = json!({ "deed": { word: fields } });
        let act: Act = serde_json::from_value(stored.clone()).unwrap();
        assert_eq!(act.deed.word(), word);
        assert_eq!(act.deed.reason().is_some(), word != "pay_out");
        assert_eq!(serde_json::to_value(act).unwrap(), stored);
    }
}

#[tokio::test]
async fn what_is_folded_is_what_was_handled() {
    let expire = Do::Expire {
        at: in_three_days(),
    };
    retold::<Approval>(vec![
        vec![request(), approve(sari(), noon())],
        vec![request(), reject(sari())],
        vec![request(), expire],
    ])
    .await;
}
