use super::{
    Beat, Told, budi, event, hearing_twice_changes_nothing, noon, of_instance, of_order, order,
    ordered, requested, rp,
};
use crate::{
    mail::{Notice, TakenBackFor},
    sagas::{Alert, Effect, Letter, Letters},
};
use purser_domain::{
    case::{Case, CaseEvent, CaseKind, Matter},
    ids::{CaseId, InstanceId, MailId, PayoutId, ReversalId, TopUpId, WalletId},
    instance::{InstanceEvent, Unready},
    mail::{Mail, MailEvent},
    period::{BillingCycle, Period},
    sealed::Sealed,
    subscription::{FailCause, SubscriptionEvent},
    top_up::{TopUp, TopUpEvent},
    user::{Locale, Role, User, UserEvent},
    wallet::{ReversalCause, Wallet, WalletEvent},
};
use uuid::Uuid;

fn registered(role: Role) -> Beat {
    let sealed = Sealed::try_from(format!("v1.{}.{}", budi(), "A".repeat(60))).unwrap();
    let fact = UserEvent::Registered {
        user_id: budi(),
        name: sealed.clone(),
        email: sealed.clone(),
        phone: None,
        password: sealed,
        roles: vec![role],
        locale: Locale::Id,
        at: noon(),
    };
    event::<User>(&budi(), fact)
}

fn top_up() -> TopUpId {
    TopUpId::new(Uuid::from_u128(0x70b))
}

fn credit_ordered() -> Beat {
    let fact = TopUpEvent::Requested {
        user_id: budi(),
        wallet_id: WalletId::of(budi()),
        amount: rp(50_000),
        order_id: "order".into(),
        expires_at: noon(),
    };
    event::<TopUp>(&top_up(), fact)
}

fn paid(transaction: &str, amount: i64) -> Beat {
    let fact = TopUpEvent::Settled {
        transaction_id: transaction.into(),
        payment_type: "qris".into(),
        amount: rp(amount),
        late: false,
        again: false,
        channel: None,
        settled_at: None,
    };
    event::<TopUp>(&top_up(), fact)
}

fn activated() -> Beat {
    let period = Period::nth("2027-01-31".parse().unwrap(), BillingCycle::Monthly, 0).unwrap();
    of_order(SubscriptionEvent::Activated { period, at: noon() })
}

fn failed() -> Beat {
    of_order(SubscriptionEvent::Failed {
        cause: FailCause::NotReadyInTime,
        refunded: rp(40_000),
        at: noon(),
    })
}

/// The letters of a story, all of them to Budi.
fn written(story: &[Beat]) -> Vec<(String, Letter)> {
    let told = Told::new(Letters).after(story);
    let letters = told.effects.into_iter().map(|(step, effect)| match effect {
        Effect::Send { to, letter } => {
            assert_eq!(to, budi());
            (step, *letter)
        }
        other => panic!("{other:?} is no letter"),
    });
    letters.collect()
}

#[test]
fn every_event_twice_changes_nothing() {
    for story in [
        vec![registered(Role::Customer)],
        vec![credit_ordered(), paid("t1", 50_000), paid("t2", 20_000)],
        vec![ordered(), activated()],
        vec![ordered(), failed()],
    ] {
        hearing_twice_changes_nothing(Letters, &story);
    }
}

#[test]
fn a_new_customer_is_welcomed_and_staff_is_not() {
    let letters = written(&[registered(Role::Customer)]);
    assert_eq!(letters, [("welcome".to_owned(), Letter::Welcome)]);
    assert!(written(&[registered(Role::Operator)]).is_empty());
}

#[test]
fn every_payment_has_a_letter_of_its_own() {
    let letters = written(&[credit_ordered(), paid("t1", 50_000), paid("t2", 20_000)]);
    let received = |amount| Letter::PaymentReceived {
        amount: rp(amount),
        top_up_id: top_up(),
    };
    assert_eq!(
        letters,
        [
            ("payment-received-t1".to_owned(), received(50_000)),
            ("payment-received-t2".to_owned(), received(20_000)),
        ]
    );
}

#[test]
fn an_order_is_confirmed_and_its_end_told() {
    let steps = |story: &[Beat]| -> Vec<String> {
        written(story).into_iter().map(|(step, _)| step).collect()
    };
    assert_eq!(
        steps(&[ordered(), activated()]),
        ["subscription-created", "pod-ready"]
    );
    assert_eq!(
        steps(&[ordered(), failed()]),
        ["subscription-created", "pod-failed"]
    );
}

#[test]
fn the_letter_about_a_failure_names_the_refund() {
    let letters = written(&[ordered(), failed()]);
    let (_, letter) = letters.last().unwrap();
    let expected = Letter::PodFailed {
        subscription_id: order(),
        cause: FailCause::NotReadyInTime,
        refunded: rp(40_000),
    };
    assert_eq!(*letter, expected);
}

#[test]
fn nobody_is_written_to_about_what_began_before_the_activation() {
    assert!(written(&[activated()]).is_empty());
    assert!(written(&[failed()]).is_empty());
    assert!(written(&[paid("t1", 50_000)]).is_empty());
}

#[test]
fn a_letter_that_cannot_be_sent_undoes_nothing() {
    let mut saga = Told::new(Letters).after(&[ordered(), activated()]);
    for step in ["subscription-created", "pod-ready"] {
        assert_eq!(saga.tell(&Beat::Failed(step.into())), Default::default());
    }
}

#[test]
fn a_customer_and_the_operators_are_told_of_an_app_that_does_not_come_to_itself() {
    let degraded = of_instance(InstanceEvent::Degraded {
        unready: Unready::Crashing,
        at: noon(),
    });
    let saga = Told::new(Letters).after(&[requested("ghost"), degraded.clone()]);
    let (instance_id, unready) = (InstanceId::of(order()), Unready::Crashing);
    let letter = Letter::PodUnhealthy {
        instance_id,
        unready,
    };
    let alert = Alert::Unhealthy {
        instance_id,
        unready,
    };
    let send = Effect::Send {
        to: budi(),
        letter: Box::new(letter),
    };
    let expected = [
        ("pod-unhealthy-1".to_owned(), send),
        ("alert-1".to_owned(), Effect::Alert { alert }),
    ];
    assert_eq!(saga.effects, expected);
    hearing_twice_changes_nothing(Letters, &[requested("ghost"), degraded]);
}

#[test]
fn the_operators_are_told_of_an_object_that_somebody_keeps_editing() {
    let object = "Deployment/web".to_owned();
    let alerted = of_instance(InstanceEvent::DriftAlerted {
        object: object.clone(),
        at: noon(),
    });
    let saga = Told::new(Letters).after(std::slice::from_ref(&alerted));
    let alert = Alert::Contested {
        instance_id: InstanceId::of(order()),
        object,
    };
    assert_eq!(
        saga.effects,
        [("alert-1".to_owned(), Effect::Alert { alert })]
    );
    hearing_twice_changes_nothing(Letters, &[alerted]);
}

#[test]
fn the_operators_are_told_of_a_volume_that_no_plan_sells() {
    let claim = "database".to_owned();
    let warned = of_instance(InstanceEvent::VolumeWarned {
        claim: claim.clone(),
        mark: 80,
        percent: 83,
        capacity_mib: 5_120,
        at: noon(),
    });
    let saga = Told::new(Letters).after(std::slice::from_ref(&warned));
    let alert = Alert::VolumeFills {
        instance_id: InstanceId::of(order()),
        claim,
        percent: 83,
    };
    assert_eq!(
        saga.effects,
        [("alert-1".to_owned(), Effect::Alert { alert })]
    );
    hearing_twice_changes_nothing(Letters, &[warned]);
}

fn of_wallet(fact: WalletEvent) -> Beat {
    event::<Wallet>(&WalletId::of(budi()), fact)
}

#[test]
fn a_customer_is_told_what_was_taken_back_and_what_he_owes() {
    let reversed = of_wallet(WalletEvent::Reversed {
        reversal_id: ReversalId::new(Uuid::nil()),
        top_up_id: top_up(),
        amount: rp(50_000),
        taken: rp(10_000),
        cause: ReversalCause::Chargeback,
    });
    let out = of_wallet(WalletEvent::PaidOut {
        payout_id: PayoutId::new(Uuid::nil()),
        amount: rp(30_000),
        proof: "BCA 4711".parse().unwrap(),
        at: noon(),
    });
    let back = of_wallet(WalletEvent::PayoutCancelled {
        payout_id: PayoutId::new(Uuid::nil()),
        amount: rp(30_000),
        reason: "no such account".parse().unwrap(),
    });
    for (beat, about) in [
        (
            reversed,
            Notice::PaymentTakenBack {
                amount: rp(50_000),
                owed: rp(40_000),
                why: TakenBackFor::Chargeback,
            },
        ),
        (
            out,
            Notice::PaidOut {
                amount: rp(30_000),
                reference: "BCA 4711".into(),
            },
        ),
        (back, Notice::PayoutFailed { amount: rp(30_000) }),
    ] {
        let told = Told::new(Letters).after(std::slice::from_ref(&beat));
        let send = Effect::SendToPayer {
            wallet_id: WalletId::of(budi()),
            letter: Box::new(Letter::Notice { about }),
        };
        assert_eq!(told.effects, [("money-1".to_owned(), send)]);
        hearing_twice_changes_nothing(Letters, &[beat]);
    }
}

#[test]
fn a_customer_is_told_where_he_is_paid_out_to_from_now_on() {
    let account = Sealed::try_from(format!("v1.{}.{:A<60}", budi(), "account")).unwrap();
    for (fact, removed) in [
        (UserEvent::BankAccountGiven { account, at: None }, false),
        (UserEvent::BankAccountRemoved {}, true),
    ] {
        let beat = event::<User>(&budi(), fact);
        let told = Told::new(Letters).after(std::slice::from_ref(&beat));
        let about = Notice::BankAccountChanged { removed };
        let send = Effect::Send {
            to: budi(),
            letter: Box::new(Letter::Notice { about }),
        };
        assert_eq!(told.effects, [("bank-account-1".to_owned(), send)]);
        hearing_twice_changes_nothing(Letters, &[beat]);
    }
}

#[test]
fn the_operators_are_told_of_a_case() {
    let case_id = CaseId::of(&["wrong-payment"]);
    let matter = Matter {
        kind: CaseKind::WrongPayment,
        finding: "the currency is USD".into(),
        order_id: Some("topup-1".into()),
        transaction_id: None,
        top_up_id: None,
        wallet_id: None,
        payout_id: None,
    };
    let matter = Box::new(matter);
    let opened = event::<Case>(&case_id, CaseEvent::Opened { matter });
    let told = Told::new(Letters).after(std::slice::from_ref(&opened));
    let alert = Alert::CaseOpened {
        case_id,
        finding: "the currency is USD".into(),
        order_id: Some("topup-1".into()),
    };
    let effect = Effect::Alert { alert };
    assert_eq!(told.effects, [("alert-1".to_owned(), effect)]);
    hearing_twice_changes_nothing(Letters, &[opened]);
}

#[test]
fn a_letter_is_sent_again_when_staff_wants_it() {
    let mail_id = MailId::new(Uuid::from_u128(0x3a11));
    let wanted = event::<Mail>(
        &mail_id,
        MailEvent::ResendRequested {
            reason: "it did not arrive".parse().unwrap(),
            at: noon(),
        },
    );
    let told = Told::new(Letters).after(std::slice::from_ref(&wanted));
    let resend = Effect::Resend { mail_id };
    assert_eq!(told.effects, [("again-1".to_owned(), resend)]);
    hearing_twice_changes_nothing(Letters, &[wanted]);
}
