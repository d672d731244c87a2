//! Cases and payouts, and money that goes back, in the history of the read models.

use super::history::{History, TEXTS, at, number, rp, user};
use purser_domain::{
    case::{Case, CaseEvent, CaseKind, Matter},
    ids::{CaseId, CreditId, PayoutId, TopUpId, WalletId},
    top_up::{TopUp, TopUpEvent},
    wallet::{Wallet, WalletEvent},
};

const KINDS: [CaseKind; 8] = [
    CaseKind::WrongPayment,
    CaseKind::SecondPayment,
    CaseKind::UnknownOrder,
    CaseKind::NotCredited,
    CaseKind::NotPaid,
    CaseKind::Amount,
    CaseKind::UnconfirmedRefund,
    CaseKind::UnfinishedPayout,
];

/// A customer, whose payment goes back in parts; every second part does not arrive.
pub(super) fn tell(history: &mut History) {
    let (wallet, top_up) = (WalletId::of(user(4)), TopUpId::new(number(4, 500)));
    history.then::<Wallet>(wallet, WalletEvent::Opened { owner: user(4) });
    history.then::<TopUp>(
        top_up,
        TopUpEvent::Requested {
            user_id: user(4),
            wallet_id: wallet,
            amount: rp(90_000),
            order_id: "order-500".into(),
            expires_at: at(1),
        },
    );
    history.then::<Wallet>(
        wallet,
        WalletEvent::Credited {
            credit_id: CreditId::of_transaction(top_up, "t"),
            amount: rp(90_000),
            top_up_id: top_up,
            orders_from: None,
        },
    );
    history.then::<TopUp>(
        top_up,
        TopUpEvent::Settled {
            transaction_id: "t".into(),
            payment_type: "gopay".into(),
            amount: rp(90_000),
            late: false,
            again: false,
            channel: None,
            settled_at: None,
        },
    );
    history.then::<TopUp>(
        top_up,
        TopUpEvent::Reversed {
            transaction_id: "t".into(),
            amount: rp(90_000),
        },
    );
    for (n, text) in (1..).zip(TEXTS) {
        payout(history, wallet, top_up, n);
        case(history, n, text);
    }
}

fn payout(history: &mut History, wallet: WalletId, top_up: TopUpId, n: u128) {
    let payout_id = PayoutId::new(number(20, n));
    let amount = rp(1_000);
    let requested = WalletEvent::PayoutRequested {
        payout_id,
        amount,
        top_up_id: n.is_multiple_of(3).then_some(top_up),
    };
    history.then::<Wallet>(wallet, requested);
    let end = match n % 3 {
        0 => return,
        1 => WalletEvent::PaidOut {
            payout_id,
            amount,
            proof: "BCA 4711".parse().unwrap(),
            at: at(3),
        },
        _ => WalletEvent::PayoutCancelled {
            payout_id,
            amount,
            reason: "the account is closed".parse().unwrap(),
        },
    };
    history.then::<Wallet>(wallet, end);
}

fn case(history: &mut History, n: u128, text: &str) {
    let id = CaseId::new(number(21, n));
    let named = n.is_multiple_of(2).then(|| text.to_owned());
    let matter = Matter {
        kind: KINDS[(n % 8) as usize],
        finding: text.to_owned(),
        order_id: named.clone(),
        transaction_id: named,
        top_up_id: (n % 2 == 1).then(|| TopUpId::new(number(4, n))),
        wallet_id: None,
        payout_id: (n % 3 == 1).then(|| PayoutId::new(number(20, n))),
    };
    let matter = Box::new(matter);
    history.then::<Case>(id, CaseEvent::Opened { matter });
    if !n.is_multiple_of(3) {
        history.then::<Case>(id, CaseEvent::Assigned { owner: user(2) });
    }
    if n % 3 > 1 {
        let resolution = "booked by hand".parse().unwrap();
        history.then::<Case>(id, CaseEvent::Closed { resolution });
    }
}
