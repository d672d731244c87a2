//! The self-check finds every kind of damage and names it.

mod anchors;

use crate::support::{World, purchase, store, world};
use purser::verify::{Report, verify};
use serde_json::json;

/// A world with a bit of everything, in which all is well.
async fn whole_world() -> World {
    let world = world().await;
    world.published().await;
    let offer = world.on_sale(5, 5).await;
    let budi = world.customer(100_000).await;
    world.given(purchase(budi, offer)).await;
    world.customer(5_000).await;
    world.settle().await;
    world.stream_agrees().await;
    world
}

async fn verified(world: &World) -> Report {
    let models = purser_projections::all();
    verify(&world.pool, Some(&world.bus), &models)
        .await
        .unwrap()
}

/// The checks that fail after this damage, with what they say.
async fn found_after(damage: &str) -> Vec<(String, Vec<String>)> {
    let world = whole_world().await;
    // Nothing puts the damage right or runs into it meanwhile.
    world.stop.cancel();
    world.tamper(damage).await;
    failing(&verified(&world).await)
}

fn failing(report: &Report) -> Vec<(String, Vec<String>)> {
    let failing = report
        .checks
        .iter()
        .filter(|check| !check.differences.is_empty());
    failing
        .map(|check| (check.name.clone(), check.differences.clone()))
        .collect()
}

fn names(found: &[(String, Vec<String>)]) -> Vec<&str> {
    found.iter().map(|(name, _)| name.as_str()).collect()
}

/// The one thing that this check says.
fn said<'a>(found: &'a [(String, Vec<String>)], check: &str) -> &'a str {
    let check = found.iter().find(|(name, _)| name.contains(check));
    let Some((_, differences)) = check else {
        panic!("nothing of it in {found:?}")
    };
    assert_eq!(differences.len(), 1, "{differences:?}");
    &differences[0]
}

#[tokio::test]
async fn a_whole_database_is_clean() {
    let world = whole_world().await;
    let report = verified(&world).await;
    assert!(report.is_clean(), "{report}");
    let looked_at: Vec<&str> = report
        .checks
        .iter()
        .map(|check| &*check.looked_at)
        .collect();
    let head = world.head().await;
    assert!(
        looked_at.contains(&&*format!("{head} events")),
        "{looked_at:?}"
    );
    assert!(
        looked_at.last().unwrap().ends_with(&format!(" to {head}")),
        "{looked_at:?}"
    );
    assert!(
        report
            .to_string()
            .ends_with("everything is as it should be")
    );
}

#[tokio::test]
async fn a_changed_amount_is_found_where_it_was_changed() {
    let found = found_after(
        "update events set payload = replace(payload::text, '100000', '900000')::json
         where event_type = 'wallet.credited' and payload::text like '%100000%'",
    )
    .await;
    assert!(
        names(&found).contains(&"read model wallets_v1 equals its fold"),
        "{found:?}"
    );
    let (_, chain) = found
        .iter()
        .find(|(name, _)| name == "hash chain whole")
        .unwrap();
    assert!(
        chain[0].contains("was changed: its leaf differs"),
        "{chain:?}"
    );
    assert!(
        chain[1].starts_with("the chain breaks at position"),
        "{chain:?}"
    );
    assert_eq!(
        chain.len(),
        2,
        "what follows still chains to the stored hash"
    );
}

#[tokio::test]
async fn a_changed_actor_is_found() {
    let found = found_after(
        "update events set metadata = replace(metadata::text, 'system:test', 'system:tes7')::json where position = 3",
    )
    .await;
    assert_eq!(names(&found), ["hash chain whole"]);
    assert!(
        found[0].1[0].starts_with("the event at position 3 was changed"),
        "{found:?}"
    );
}

#[tokio::test]
async fn an_event_that_was_changed_together_with_its_leaf_breaks_the_chain() {
    let found = found_after("update events set leaf = sha256('x') where position = 3").await;
    assert!(
        said(&found, "hash chain").contains("position 3"),
        "{found:?}"
    );
}

#[tokio::test]
async fn a_hole_is_found() {
    let found = found_after("delete from events where position = 4").await;
    assert_eq!(
        said(&found, "positions"),
        "position 4 is missing, 5 follows"
    );
    assert!(said(&found, "hash chain").contains("breaks at position 5"));
    assert_eq!(
        said(&found, "JetStream"),
        "the stream has position 4, which the history has not"
    );
}

#[tokio::test]
async fn an_event_cut_off_the_end_is_found_by_what_the_stream_remembers() {
    let found =
        found_after("delete from events where position = (select max(position) from events)").await;
    assert!(
        said(&found, "JetStream").contains("which the history has not"),
        "{found:?}"
    );
}

#[tokio::test]
async fn a_stream_with_a_missing_sequence_is_found() {
    let found = found_after(
        "update events set sequence = sequence + 1 where event_type = 'wallet.charged'",
    )
    .await;
    let said = said(&found, "streams whole");
    assert!(
        said.starts_with("wallet/") && said.contains("has 4 where 3 should be"),
        "{said}"
    );
}

#[tokio::test]
async fn a_clock_that_steps_back_is_found() {
    let found =
        found_after("update events set at = at - interval '1 day' where position = 6").await;
    assert_eq!(
        said(&found, "positions"),
        "the clock steps back at position 6"
    );
}

#[tokio::test]
async fn a_changed_row_is_found_with_both_its_values() {
    let found = found_after("update views.wallets set balance = 7 where balance = 5000").await;
    assert_eq!(names(&found), ["read model wallets_v1 equals its fold"]);
    let said = said(&found, "wallets_v1");
    assert!(
        said.contains(r#""balance":7"#) && said.contains(r#""balance":5000"#),
        "{said}"
    );
}

#[tokio::test]
async fn a_missing_row_and_one_too_many_are_found() {
    let found = found_after("delete from views.wallets where balance = 5000").await;
    assert!(
        said(&found, "wallets_v1").contains("the table has no row"),
        "{found:?}"
    );
    let found = found_after(
        "insert into views.users select gen_random_uuid(), roles, locale, active, registered_at, version, position
         from views.users limit 1",
    )
    .await;
    assert!(
        said(&found, "users_v1").ends_with("the history says no row"),
        "{found:?}"
    );
}

#[tokio::test]
async fn every_row_of_a_large_table_is_looked_at() {
    let found = found_after(
        "insert into views.users select gen_random_uuid(), roles, locale, active, registered_at, version, position
         from (select * from views.users limit 1) one, generate_series(1, 2500)",
    )
    .await;
    let (_, said) = found
        .iter()
        .find(|(name, _)| name.contains("users_v1"))
        .unwrap();
    assert_eq!(said.len(), 2_500);
}

fn effect(status: &str, deadline: &str) -> String {
    format!(
        "insert into work.effects (effect_id, saga, instance, step, body, correlation_id, cause_position, status,
           deadline_at, last_error)
         values (gen_random_uuid(), 'purchase', '00000000-0000-0000-0000-000000000001', 'apply-app', '{{}}',
           gen_random_uuid(), 1, '{status}', clock_timestamp() + interval '{deadline}', 'quota exceeded')"
    )
}

#[tokio::test]
async fn a_dead_effect_and_one_past_its_deadline_are_found() {
    let dead = found_after(&effect("dead", "1 hour")).await;
    assert_eq!(names(&dead), ["no effect dead or past its deadline"]);
    let expected =
        "purchase/00000000-0000-0000-0000-000000000001 apply-app is dead: quota exceeded";
    assert_eq!(said(&dead, "no effect"), expected);
    let late = found_after(&effect("waiting", "-1 second")).await;
    assert!(
        said(&late, "no effect").contains("apply-app is waiting"),
        "{late:?}"
    );
    let done = found_after(&effect("done", "-1 second")).await;
    assert!(done.is_empty(), "{done:?}");
}

#[tokio::test]
async fn a_parked_stream_is_found() {
    let found = found_after(
        "insert into work.parked (reader, aggregate_type, aggregate_id, first_position, error)
         values ('users_v1', 'user', 'nobody', 99, 'there is no row')",
    )
    .await;
    assert_eq!(
        said(&found, "no stream parked"),
        "users_v1 parked user/nobody at 99: there is no row"
    );
}

#[tokio::test]
async fn an_event_that_no_build_of_ours_reads_is_found() {
    let world = whole_world().await;
    let payload = serde_json::json!({"wallet.frozen": {}});
    world
        .write_raw("wallet", "x", "wallet.frozen", &payload)
        .await;
    world.settle().await;
    let found = failing(&verified(&world).await);
    assert!(
        said(&found, "every event readable").contains("wallet.frozen"),
        "{found:?}"
    );
}

#[tokio::test]
async fn a_message_that_differs_from_its_event_is_found() {
    let found = found_after("update events set hash = sha256('x') where position = 2").await;
    assert_eq!(
        said(&found, "JetStream"),
        "position 2 has another hash in the stream"
    );
}

#[tokio::test]
async fn a_number_that_is_left_out_is_found() {
    let store = store().await;
    let document = "0194b8a0-7c00-700e-8000-00000000000e";
    for number in [1, 3] {
        let payload = json!({ "series.numbered": {
            "number": number, "document_id": document, "date": "2027-01-31",
        } });
        store
            .write_raw("series", "invoice-2027", "series.numbered", &payload)
            .await;
    }
    let report = store.verified().await;
    let found = report.differences();
    let gap = "invoice-2027 goes on with 3 where 2 follows";
    assert!(found.contains(&gap), "{report}");
    let stray = format!("INV/2027/000001 is given to {document}, which does not bear it");
    assert!(found.contains(&&*stray), "{report}");
}
