use super::{Case, CaseCommand as Do, CaseError, CaseEvent as Did, CaseKind, Matter};
use crate::story::{budi, retold, sari, stored_as, text};
use cqrs_es::test::TestFramework;

fn case() -> TestFramework<Case> {
    TestFramework::with(())
}

fn matter() -> Box<Matter> {
    Box::new(Matter {
        kind: CaseKind::WrongPayment,
        finding: "the currency is USD".into(),
        order_id: Some("topup-1".into()),
        transaction_id: Some("t1".into()),
        top_up_id: None,
        wallet_id: None,
        payout_id: None,
    })
}

fn open() -> Do {
    Do::Open { matter: matter() }
}

fn opened() -> Did {
    Did::Opened { matter: matter() }
}

const ASSIGN: fn() -> Do = || Do::Assign { owner: sari() };

fn assigned() -> Did {
    Did::Assigned { owner: sari() }
}

fn close(words: &str) -> Do {
    Do::Close {
        resolution: text(words),
    }
}

fn closed() -> Did {
    Did::Closed {
        resolution: text("paid back by bank"),
    }
}

#[test]
fn what_is_found_is_a_case_once() {
    case()
        .given_no_previous_events()
        .when(open())
        .then_expect_events(vec![opened()]);
    for history in [vec![opened()], vec![opened(), closed()]] {
        case()
            .given(history)
            .when(open())
            .then_expect_events(vec![]);
    }
}

#[test]
fn a_case_changes_hands() {
    case()
        .given(vec![opened()])
        .when(ASSIGN())
        .then_expect_events(vec![assigned()]);
    case()
        .given(vec![opened(), assigned()])
        .when(ASSIGN())
        .then_expect_events(vec![]);
    case()
        .given(vec![opened(), assigned()])
        .when(Do::Assign { owner: budi() })
        .then_expect_events(vec![Did::Assigned { owner: budi() }]);
}

#[test]
fn a_case_is_closed_once_with_a_reason() {
    case()
        .given(vec![opened()])
        .when(close("paid back by bank"))
        .then_expect_events(vec![closed()]);
    case()
        .given(vec![opened(), closed()])
        .when(close("paid back by bank"))
        .then_expect_events(vec![]);
}

#[test]
fn a_closed_case_stays_as_it_is() {
    for command in [ASSIGN(), close("or not")] {
        case()
            .given(vec![opened(), closed()])
            .when(command)
            .then_expect_error(CaseError::Closed);
    }
}

#[test]
fn what_nobody_found_is_nobodys() {
    for command in [ASSIGN(), close("no")] {
        case()
            .given_no_previous_events()
            .when(command)
            .then_expect_error(CaseError::NotFound);
    }
}

#[test]
fn its_owner_is_who_had_it_last() {
    let mut state = Case::default();
    assert!(!state.is_open());
    for event in [opened(), assigned()] {
        state.fold(event);
    }
    assert!(state.is_open());
    assert_eq!(state.matter(), Some(&*matter()));
    assert_eq!(state.owner(), Some(sari()));
    state.fold(closed());
    assert!(!state.is_open());
}

#[tokio::test]
async fn what_is_folded_is_what_was_handled() {
    retold::<Case>(vec![vec![open(), ASSIGN(), close("done")]]).await;
}

#[test]
fn kinds_keep_their_stored_words() {
    stored_as(&[
        (CaseKind::WrongPayment, "wrong_payment"),
        (CaseKind::SecondPayment, "second_payment"),
        (CaseKind::ErasedPayer, "erased_payer"),
        (CaseKind::UnknownOrder, "unknown_order"),
        (CaseKind::NotCredited, "not_credited"),
        (CaseKind::NotPaid, "not_paid"),
        (CaseKind::Amount, "amount"),
        (CaseKind::UnconfirmedRefund, "unconfirmed_refund"),
        (CaseKind::UnfinishedPayout, "unfinished_payout"),
        (CaseKind::Unreadable, "unreadable"),
        (CaseKind::Float, "float"),
        (CaseKind::UnknownMoney, "unknown_money"),
    ]);
}
