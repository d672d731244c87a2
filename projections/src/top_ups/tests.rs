//! What became of orders of credit, as customers see it.

use super::*;
use crate::story::{Story, at, finer, id, rp, sealed};
use purser_domain::{ids::WalletId, top_up::TopUp};

fn top_up() -> TopUpId {
    TopUpId::new(id(1))
}

fn requested() -> Story {
    then(
        Story::default(),
        TopUpEvent::Requested {
            user_id: UserId::new(id(2)),
            wallet_id: WalletId::new(id(3)),
            amount: rp(50_000),
            order_id: "order-1".into(),
            expires_at: finer(at(9)),
        },
    )
}

fn then(story: Story, fact: TopUpEvent) -> Story {
    story.then::<TopUp>(&top_up(), fact)
}

fn settled(transaction_id: &str, late: bool) -> TopUpEvent {
    TopUpEvent::Settled {
        transaction_id: transaction_id.into(),
        payment_type: "qris".into(),
        amount: rp(50_000),
        late,
        again: false,
        channel: None,
        settled_at: None,
    }
}

fn closed(cause: CloseCause) -> TopUpEvent {
    TopUpEvent::Closed { cause }
}

fn disputed() -> TopUpEvent {
    TopUpEvent::Disputed {
        transaction_id: "t-odd".into(),
        finding: "another amount".into(),
    }
}

fn later() -> Vec<TopUpEvent> {
    let page = TopUpEvent::PageOpened {
        redirect_url: "https://pay.example/1".into(),
    };
    let notified = TopUpEvent::Notified {
        digest: "d".into(),
        body: sealed(),
        transaction_id: None,
    };
    let expired = closed(CloseCause::Expired);
    vec![page, notified, expired, disputed(), settled("t-1", true)]
}

fn status(story: &Story) -> TopUpStatus {
    story.row::<TopUps>(id(1)).unwrap().status
}

#[test]
fn a_top_up_paid_late_shows_its_whole_story() {
    let story = later().into_iter().fold(requested(), then);
    let expected = TopUpRow {
        id: id(1),
        user_id: id(2),
        order_id: "order-1".into(),
        amount: 50_000,
        status: TopUpStatus::Paid,
        redirect_url: Some("https://pay.example/1".into()),
        payment_type: Some("qris".into()),
        transaction_id: Some("t-1".into()),
        late: true,
        payments: 1,
        returned: 0,
        requested_at: at(1),
        expires_at: at(9),
        settled_at: Some(at(6)),
        version: 6,
        position: 1,
    };
    assert_eq!(story.row::<TopUps>(id(1)), Some(expected));
}

#[test]
fn a_closed_top_up_says_why() {
    assert_eq!(status(&requested()), TopUpStatus::Pending);
    for (cause, expected) in [
        (CloseCause::Expired, TopUpStatus::Expired),
        (CloseCause::Cancelled, TopUpStatus::Cancelled),
        (CloseCause::Failed, TopUpStatus::Failed),
    ] {
        assert_eq!(status(&then(requested(), closed(cause))), expected);
    }
}

#[test]
fn a_dispute_is_hidden_by_a_payment_alone() {
    let story = then(requested(), disputed());
    assert_eq!(status(&story), TopUpStatus::Disputed);
    let story = then(story, closed(CloseCause::Expired));
    assert_eq!(status(&story), TopUpStatus::Disputed);
    let story = then(then(story, settled("t-1", false)), disputed());
    assert_eq!(status(&story), TopUpStatus::Paid);
}

#[test]
fn a_second_payment_does_not_hide_the_first() {
    let story = then(requested(), settled("t-1", false));
    let row = then(story, settled("t-2", false)).row::<TopUps>(id(1));
    let row = row.unwrap();
    assert_eq!(row.transaction_id.as_deref(), Some("t-1"));
    assert_eq!((row.settled_at, row.version), (Some(at(2)), 3));
}

#[test]
fn what_went_back_whole_is_no_longer_paid() {
    let reversed = |transaction: &str| TopUpEvent::Reversed {
        transaction_id: transaction.into(),
        amount: rp(50_000),
    };
    let refunded = TopUpEvent::RefundedByGateway {
        transaction_id: "t-1".into(),
        refund_key: "r-1".into(),
        amount: rp(20_000),
        confirmed_at: None,
        case_id: None,
    };
    let charged_back = TopUpEvent::ChargedBack {
        transaction_id: "t-1".into(),
        amount: rp(30_000),
        total: rp(50_000),
        case_id: None,
    };
    let story = then(requested(), settled("t-1", false));
    let story = then(story, refunded);
    assert_eq!(status(&story), TopUpStatus::Paid);
    let story = then(story, charged_back);
    assert_eq!(status(&story), TopUpStatus::ChargedBack);
    let story = then(then(story, settled("t-2", false)), disputed());
    assert_eq!(status(&story), TopUpStatus::Paid);
    let story = then(story, reversed("t-2"));
    assert_eq!(status(&story), TopUpStatus::Reversed);
    let row = story.row::<TopUps>(id(1)).unwrap();
    assert_eq!((row.payments, row.returned), (2, 100_000));
}

#[test]
fn what_nobody_asked_for_cannot_change() {
    for fact in later() {
        let story = then(Story::default(), fact);
        assert_eq!(
            story.refusal::<TopUps>(),
            Some(Unprojectable::Missing(id(1)))
        );
    }
}
