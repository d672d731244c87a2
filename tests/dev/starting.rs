//! `purser dev` starts what is not there, keeps to its folder, and takes everything with it.

use crate::support::{Person, Place, becomes, processes_in, program};
use serde_json::json;

fn said(output: &std::process::Output) -> String {
    let [out, error] = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text));
    format!("{out}{error}")
}

#[tokio::test(flavor = "multi_thread")]
async fn two_in_two_folders_do_not_meet() {
    let [first, second] = [Place::new().await, Place::new().await];
    let (one, other) = tokio::join!(first.start(&[]), second.start(&[]));
    for address in [
        "base_url",
        "mailbox_url",
        "midtrans_url",
        "kubernetes_url",
        "clock_url",
    ] {
        assert_ne!(one.facts[address], other.facts[address], "{address}");
    }
    let dewi = Person::signs_up(&one.wire).await;
    dewi.gets("Welcome to Purser").await;
    let login = json!({ "email": dewi.email, "password": crate::support::PASSWORD });
    let stranger = other.wire.post("/api/v1/auth/login", &login).await;
    stranger.refuses(401, "credentials.wrong");
    let there = format!("{}/api/messages?to={}", other.wire.mailbox, dewi.email);
    assert_eq!(other.wire.get(&there).await.body, json!([]));
    let (one, other) = tokio::join!(one.stopped(), other.stopped());
    assert!(one.success() && other.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_start_in_the_same_folder_names_the_first() {
    let place = Place::new().await;
    let dev = place.start(&[]).await;
    let second = place.run(&["dev"]).await;
    let text = said(&second);
    assert!(!second.status.success(), "{text}");
    assert!(text.contains(&format!("pid {}", dev.pid())), "{text}");
    dev.wire.get("/readyz").await.is(200);
    assert!(dev.stopped().await.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn with_servers_of_its_own_it_sells_an_app_and_leaves_nothing_running() {
    let place = Place::embedded();
    let dev = place.start(&[]).await;
    assert!(
        processes_in(place.folder.path()).len() >= 3,
        "PostgreSQL and nats-server run there"
    );
    let url = dev.facts["base_url"].as_str().unwrap();
    let demo = program(&["demo", "--url", url]).output().await.unwrap();
    assert!(demo.status.success(), "{}", said(&demo));
    assert!(said(&demo).contains("steps in"), "{}", said(&demo));
    // What was sold is mailed about and booked: then it adds up.
    becomes("everything adds up", async || {
        place.run(&["verify"]).await.status.success()
    })
    .await;
    let report = said(&place.run(&["verify"]).await);
    let head = report.lines().find_map(|line| line.strip_prefix("head  "));
    let held = place.run(&["verify", "--anchor", head.unwrap()]).await;
    assert!(held.status.success(), "{}", said(&held));
    let never = format!("1:{}", "ab".repeat(32));
    let missed = place.run(&["verify", "--anchor", &never]).await;
    assert!(!missed.status.success());
    assert!(
        said(&missed).contains("than was noted"),
        "{}",
        said(&missed)
    );
    assert!(dev.stopped().await.success());
    let left = processes_in(place.folder.path());
    assert!(left.is_empty(), "{left:#?}");
    assert!(!place.folder.path().join("dev.json").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_fails_where_nothing_runs() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", nobody.local_addr().unwrap());
    drop(nobody);
    let demo = program(&["demo", "--url", &url, "--patience-s", "1"])
        .output()
        .await
        .unwrap();
    assert!(!demo.status.success());
    assert!(
        said(&demo).contains("this is no `purser dev`"),
        "{}",
        said(&demo)
    );
}
