//! Letting parked streams go on, from the command line.

use crate::support::Place;

#[tokio::test(flavor = "multi_thread")]
async fn every_reader_that_parks_streams_can_be_told_to_go_on() {
    let place = Place::new().await;
    for (reader, said) in [
        ("saga:payment", "saga:payment has not parked wallet/nobody"),
        ("wallets", "has not parked wallet/nobody"),
        (
            "saga:nobody",
            "saga:nobody is neither a read model nor a saga",
        ),
    ] {
        for word in ["retry", "skip"] {
            let args = [
                "parked",
                word,
                reader,
                "wallet/nobody",
                "--reason",
                "tried",
                "--actor",
                "ani",
            ];
            let output = place.run(&args).await;
            let text = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(!output.status.success(), "{reader}: {text}");
            assert!(text.contains(said), "{reader}: {text}");
        }
    }
}

/// An event that a release cannot read is parked by each of its readers.
#[tokio::test(flavor = "multi_thread")]
async fn all_readers_that_parked_a_stream_go_on_by_one_command() {
    let place = Place::new().await;
    let (database, _) = place.servers.as_ref().unwrap();
    let pool = purser::app::pool(&database.urls.app, 1).unwrap();
    let everybody = ["wallets_v1", "saga:payment"];
    let parked = everybody.map(|reader| (reader, "newer"));
    for (reader, id) in parked.into_iter().chain([("wallets_v1", "other")]) {
        let known = "insert into checkpoints (name) values ($1) on conflict do nothing";
        let known = sqlx::query(known).bind(reader).execute(&pool);
        known.await.unwrap();
        let waits =
            "insert into parked (reader, aggregate_type, aggregate_id, first_position, error)
            values ($1, 'wallet', $2, 1, 'of a newer release')";
        let waits = sqlx::query(waits).bind(reader).bind(id).execute(&pool);
        waits.await.unwrap();
    }
    let args = ["parked", "retry", "all", "wallet/newer"];
    let args = [&args[..], &["--reason", "it is back", "--actor", "ani"]].concat();
    let output = place.run(&args).await;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{text}");
    for reader in everybody {
        let goes_on = format!("{reader}  wallet/newer goes on");
        assert!(text.contains(&goes_on), "{text}");
    }
    let left = sqlx::query_scalar("select aggregate_id from parked").fetch_all(&pool);
    let left: Vec<String> = left.await.unwrap();
    assert_eq!(left, ["other"]);
    let again = place.run(&args).await;
    let text = String::from_utf8_lossy(&again.stderr).into_owned();
    assert!(!again.status.success(), "{text}");
    assert!(text.contains("nobody has parked wallet/newer"), "{text}");
    pool.close().await;
}
