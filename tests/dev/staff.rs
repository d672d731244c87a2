//! The first of the staff.

use crate::support::{PASSWORD, Place};
use std::{fs, process::Stdio};
use tokio::io::AsyncWriteExt as _;

#[tokio::test(flavor = "multi_thread")]
async fn the_master_key_beside_the_servers_seals_the_first_of_the_staff() {
    let place = Place::new().await;
    let folder = place.folder.path();
    let add = async || {
        let mut add = place.program(&["add-staff", "--name", "Ani", "--data-dir"]);
        add.arg(folder).args(["--email", "ani@example.com"]);
        add.stdin(Stdio::piped()).stderr(Stdio::piped());
        let mut add = add.stdout(Stdio::null()).spawn().unwrap();
        let mut said = add.stdin.take().unwrap();
        said.write_all(PASSWORD.as_bytes()).await.unwrap();
        drop(said);
        let output = add.wait_with_output().await.unwrap();
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.success(), text)
    };
    let (added, text) = add().await;
    assert!(!added && text.contains("MASTER_KEY is not set"), "{text}");
    let key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    fs::write(folder.join("master.key"), key).unwrap();
    let (added, text) = add().await;
    assert!(added, "{text}");
}
