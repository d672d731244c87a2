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
