use super::{
    Claim, ClaimCommand as Do, ClaimError, ClaimEvent as Did, ClaimId, ClaimKind, NotAClaimId,
};
use crate::{
    Rejection,
    story::{at, budi, noon, retold, sari, stored_as},
};
use cqrs_es::test::TestFramework;
use uuid::Uuid;

const BUDIS: Uuid = Uuid::from_u128(1);
const SARIS: Uuid = Uuid::from_u128(2);

fn claim() -> TestFramework<Claim> {
    TestFramework::with(())
}

fn take(holder: Uuid) -> Do {
    Do::Take {
        kind: ClaimKind::Subdomain,
        holder,
    }
}

fn taken(holder: Uuid) -> Did {
    Did::Taken {
        kind: ClaimKind::Subdomain,
        holder,
    }
}

fn release(holder: Uuid) -> Do {
    Do::Release { holder }
}

fn released(holder: Uuid) -> Did {
    Did::Released { holder }
}

fn quarantine(holder: Uuid) -> Do {
    Do::Quarantine {
        holder,
        kept_for: budi(),
        until: noon(),
    }
}

fn quarantined(holder: Uuid) -> Did {
    Did::Quarantined {
        holder,
        kept_for: budi(),
        until: noon(),
    }
}

#[test]
fn a_free_name_is_taken() {
    claim()
        .given_no_previous_events()
        .when(take(BUDIS))
        .then_expect_events(vec![taken(BUDIS)]);
}

#[test]
fn taking_the_own_name_again_changes_nothing() {
    claim()
        .given(vec![taken(BUDIS)])
        .when(take(BUDIS))
        .then_expect_events(vec![]);
}

#[test]
fn a_name_that_somebody_holds_is_refused_to_everybody_else() {
    claim()
        .given(vec![taken(BUDIS)])
        .when(take(SARIS))
        .then_expect_error(ClaimError::Taken(ClaimKind::Subdomain));
}

#[test]
fn the_refusal_says_what_kind_of_name_is_taken() {
    for (kind, code, message) in [
        (ClaimKind::Email, "claim.email_taken", "this email is taken"),
        (
            ClaimKind::Subdomain,
            "claim.subdomain_taken",
            "this subdomain is taken",
        ),
    ] {
        let refusal = claim()
            .given(vec![taken(BUDIS)])
            .when(Do::Take {
                kind,
                holder: SARIS,
            })
            .inspect_result()
            .unwrap_err();
        assert_eq!(refusal.code(), code);
        assert_eq!(refusal.to_string(), message);
    }
}

#[test]
fn the_holder_releases_the_name() {
    claim()
        .given(vec![taken(BUDIS)])
        .when(release(BUDIS))
        .then_expect_events(vec![released(BUDIS)]);
}

#[test]
fn releasing_a_free_name_changes_nothing() {
    claim()
        .given(vec![taken(BUDIS), released(BUDIS)])
        .when(release(BUDIS))
        .then_expect_events(vec![]);
}

#[test]
fn nobody_releases_somebody_elses_name() {
    claim()
        .given(vec![taken(BUDIS)])
        .when(release(SARIS))
        .then_expect_error(ClaimError::NotHolder);
}

#[test]
fn a_released_name_can_be_taken_by_somebody_else() {
    claim()
        .given(vec![taken(BUDIS), released(BUDIS)])
        .when(take(SARIS))
        .then_expect_events(vec![taken(SARIS)]);
}

#[tokio::test]
async fn what_is_folded_is_what_was_handled() {
    retold::<Claim>(vec![vec![
        take(BUDIS),
        take(BUDIS),
        release(BUDIS),
        take(SARIS),
        quarantine(SARIS),
        take(BUDIS),
    ]])
    .await;
}

#[test]
fn a_claims_id_is_a_hash_and_never_the_name() {
    assert!("0a".repeat(32).parse::<ClaimId>().is_ok());
    for text in ["", "toko-budi", &"0A".repeat(32), &"0a".repeat(33)] {
        assert_eq!(text.parse::<ClaimId>(), Err(NotAClaimId), "{text}");
    }
}

#[test]
fn kinds_keep_their_stored_words() {
    stored_as(&[
        (ClaimKind::Email, ClaimKind::Email.as_str()),
        (ClaimKind::Subdomain, ClaimKind::Subdomain.as_str()),
        (ClaimKind::FullRefund, ClaimKind::FullRefund.as_str()),
    ]);
}

#[test]
fn the_holder_gives_the_name_up_into_quarantine() {
    claim()
        .given(vec![taken(BUDIS)])
        .when(quarantine(BUDIS))
        .then_expect_events(vec![quarantined(BUDIS)]);
}

#[test]
fn giving_a_free_name_up_changes_nothing_and_nobody_gives_up_somebody_elses() {
    claim()
        .given(vec![taken(BUDIS), quarantined(BUDIS)])
        .when(quarantine(BUDIS))
        .then_expect_events(vec![]);
    claim()
        .given(vec![taken(BUDIS)])
        .when(quarantine(SARIS))
        .then_expect_error(ClaimError::NotHolder);
}

fn folded(history: Vec<Did>) -> Claim {
    let mut claim = Claim::default();
    history.into_iter().for_each(|event| claim.fold(event));
    claim
}

#[test]
fn until_then_only_who_had_the_name_takes_it() {
    let claim = folded(vec![taken(BUDIS), quarantined(BUDIS)]);
    let before = at("2027-01-31T04:59:59Z");
    assert_eq!(
        claim.require_not_kept(sari(), before),
        Err(ClaimError::Quarantined)
    );
    assert_eq!(ClaimError::Quarantined.code(), "claim.quarantined");
    assert_eq!(claim.require_not_kept(budi(), before), Ok(()));
    assert_eq!(claim.require_not_kept(sari(), noon()), Ok(()));
}

#[test]
fn whoever_takes_the_name_ends_its_quarantine() {
    let claim = folded(vec![
        taken(BUDIS),
        quarantined(BUDIS),
        taken(BUDIS),
        released(BUDIS),
    ]);
    assert_eq!(
        claim.require_not_kept(sari(), at("2027-01-01T00:00:00Z")),
        Ok(())
    );
}
