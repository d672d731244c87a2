//! Cases and payouts, and money that goes back, in the history of the read models.

use super::history::{History, TEXTS, at, number, rp, user};
use purser_domain::{
    approval::{Act, Approval, ApprovalEvent, Deed, Held},
    case::{Case, CaseEvent, CaseKind, Matter},
    ids::{ApprovalId, CaseId, CreditId, PayoutId, ReversalId, TopUpId, WalletId},
    sealed::Sealed,
    text::Reason,
    top_up::{TopUp, TopUpEvent},
    user::{Role, User, UserEvent},
    wallet::{ReversalCause, Wallet, WalletEvent},
};

const KINDS: [CaseKind; 9] = [
    CaseKind::WrongPayment,
    CaseKind::SecondPayment,
    CaseKind::UnknownOrder,
    CaseKind::NotCredited,
    CaseKind::NotPaid,
    CaseKind::Amount,
    CaseKind::UnconfirmedRefund,
    CaseKind::UnfinishedPayout,
    CaseKind::Unreadable,
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
        approval(history, n, text);
    }
    super::coupons::tell(history, wallet);
    let roles = vec![Role::Operator];
    let reason = "moved to operations".parse().unwrap();
    history.then::<User>(user(3), UserEvent::RolesChanged { roles, reason });
    let account = Sealed::try_from(format!("v1.{}.{}", user(3), "A".repeat(60))).unwrap();
    history.then::<User>(user(3), UserEvent::BankAccountGiven { account, at: None });
    history.then::<User>(user(3), UserEvent::BankAccountRemoved {});
    let details = Sealed::try_from(format!("v1.{}.{}", user(3), "B".repeat(60))).unwrap();
    history.then::<User>(user(3), UserEvent::BillingDetailsGiven { details });
    history.then::<User>(user(3), UserEvent::BillingDetailsRemoved {});
    booked(history, wallet);
}

/// Something that was parked is booked, taken back, given up and given back after all.
fn booked(history: &mut History, wallet: WalletId) {
    let (top_up_id, reversal_id) = (TopUpId::new(number(4, 501)), ReversalId::new(number(22, 1)));
    let (amount, reason) = (rp(40_000), || "paid in part".parse().unwrap());
    let expires_at = at(1);
    history.then::<TopUp>(
        top_up_id,
        TopUpEvent::Requested {
            user_id: user(4),
            wallet_id: wallet,
            amount,
            order_id: "order-501".into(),
            expires_at,
        },
    );
    let booked = TopUpEvent::Booked {
        transaction_id: "t".into(),
        amount,
        reason: reason(),
    };
    history.then::<TopUp>(top_up_id, booked);
    for fact in [
        WalletEvent::Reversed {
            reversal_id,
            top_up_id,
            amount,
            taken: rp(10_000),
            cause: ReversalCause::Chargeback,
        },
        WalletEvent::ReceivableWrittenOff {
            reversal_id,
            amount: rp(30_000),
            reason: reason(),
        },
        WalletEvent::ReversalReturned {
            credit_id: CreditId::new(number(23, 1)),
            reversal_id,
            amount: rp(30_000),
            recovered: rp(30_000),
            reason: reason(),
        },
        WalletEvent::ReversalReturned {
            credit_id: CreditId::new(number(23, 2)),
            reversal_id,
            amount: rp(10_000),
            recovered: rp(0),
            reason: reason(),
        },
    ] {
        history.then::<Wallet>(wallet, fact);
    }
}

/// Each ends in another way, or not at all.
fn approval(history: &mut History, n: u128, text: &str) {
    let id = ApprovalId::new(number(24, n));
    let printable: String = text.chars().filter(|c| !c.is_control()).collect();
    let reason: Reason = format!("x{printable}").parse().unwrap();
    let deed = match n % 2 {
        0 => Deed::PayOut {
            payout_id: PayoutId::new(number(20, n)),
            amount: rp(1_000),
            reason: None,
        },
        _ => Deed::BookPayment {
            case_id: CaseId::new(number(21, n)),
            top_up_id: TopUpId::new(number(4, n)),
            transaction_id: text.to_owned(),
            amount: rp(1_000),
            reason: reason.clone(),
        },
    };
    let held = Held {
        act: Act {
            user_id: (n % 3 == 1).then(|| user(1)),
            deed,
        },
        requested_by: user(2),
        expected_version: 3,
        amount: (n % 2 == 1).then(|| rp(1_000)),
        asked: vec![user(3)],
        expires_at: at(6),
    };
    let (held, at) = (Box::new(held), at(4));
    history.then::<Approval>(id, ApprovalEvent::Requested { held, at });
    let by = user(3);
    let end = match n % 4 {
        0 => return,
        1 => ApprovalEvent::Approved { by, at },
        2 => ApprovalEvent::Rejected { by, reason, at },
        _ => ApprovalEvent::Expired { at },
    };
    history.then::<Approval>(id, end);
}

fn payout(history: &mut History, wallet: WalletId, top_up: TopUpId, n: u128) {
    let payout_id = PayoutId::new(number(20, n));
    let amount = rp(1_000);
    let requested = WalletEvent::PayoutRequested {
        payout_id,
        amount,
        top_up_id: n.is_multiple_of(3).then_some(top_up),
        reason: None,
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
        kind: KINDS[n as usize % KINDS.len()],
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
