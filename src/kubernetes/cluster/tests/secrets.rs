use std::sync::Mutex;

use super::*;
use crate::{
    config::Secret,
    kubernetes::{AppMail, MailOf, MailSecurity},
};

/// A server that holds at most one Secret and refuses to create it twice.
async fn with_secret(first: Option<Value>, loses_the_race: bool) -> Scripted {
    let stored = Mutex::new(first);
    let raced = Mutex::new(loses_the_race);
    Scripted::start(move |asked| {
        let mut stored = stored.lock().unwrap();
        match asked.call.split_once(' ').unwrap().0 {
            "GET" => stored
                .clone()
                .map_or_else(|| Answer::refused(404, "not found"), Answer::ok),
            "POST" => {
                if std::mem::take(&mut *raced.lock().unwrap()) {
                    *stored = Some(complete_but_for(&[]));
                }
                if stored.is_some() {
                    return Answer::refused(409, "already exists");
                }
                *stored = Some(asked.body.clone());
                Answer::ok(asked.body.clone())
            }
            _ => {
                let held = stored.as_mut().unwrap();
                for (key, value) in asked.body["data"].as_object().unwrap() {
                    held["data"][key] = value.clone();
                }
                Answer::ok(held.clone())
            }
        }
    })
    .await
}

fn complete_but_for(missing: &[&str]) -> Value {
    let mut secret = ours(object("Secret", "app"));
    for key in ["db-password", "db-root-password", "admin-password"] {
        if !missing.contains(&key) {
            secret["data"][key] = json!("a2VwdA==");
        }
    }
    secret
}

async fn password(api: &Scripted) -> String {
    let credentials = api.cluster.read_credentials("x").await.unwrap();
    credentials.admin_password.expose().to_owned()
}

#[tokio::test]
async fn a_retry_keeps_the_passwords_of_the_first_attempt() {
    let api = with_secret(None, false).await;
    let recipes = recipes();
    let spec = ghost(&recipes);
    api.cluster
        .run_stage(&recipes, &spec, Stage::Secret, EFFECT)
        .await
        .unwrap();
    let first = password(&api).await;
    api.cluster
        .run_stage(&recipes, &spec, Stage::Secret, EFFECT)
        .await
        .unwrap();
    assert_eq!(password(&api).await, first);
    assert_eq!(first.len(), 24);
    assert_eq!(
        api.calls()
            .iter()
            .filter(|call| !call.starts_with("GET "))
            .count(),
        1
    );
}

#[tokio::test]
async fn who_loses_the_race_uses_what_the_winner_made() {
    let api = with_secret(None, true).await;
    let recipes = recipes();
    api.cluster
        .ensure_secret(&recipes, &ghost(&recipes))
        .await
        .unwrap();
    assert_eq!(password(&api).await, "kept");
}

#[tokio::test]
async fn a_key_that_a_newer_recipe_asks_for_is_added_and_the_others_stay() {
    let api = with_secret(Some(complete_but_for(&["db-root-password"])), false).await;
    let recipes = recipes();
    api.cluster
        .ensure_secret(&recipes, &ghost(&recipes))
        .await
        .unwrap();
    let added = api.asked().pop().unwrap();
    let keys: Vec<_> = added.body["data"]
        .as_object()
        .unwrap()
        .keys()
        .cloned()
        .collect();
    assert_eq!(keys, ["db-root-password"]);
    assert_eq!(password(&api).await, "kept");
}

#[tokio::test]
async fn a_key_that_was_lost_is_not_made_again() {
    let mut lost = complete_but_for(&["db-password"]);
    let keys = "admin-password,db-password,db-root-password";
    lost["metadata"]["annotations"]["purser.example/secret-keys"] = json!(keys);
    let api = with_secret(Some(lost), false).await;
    let recipes = recipes();
    let refusal = api
        .cluster
        .ensure_secret(&recipes, &ghost(&recipes))
        .await
        .unwrap_err();
    assert_eq!(refusal.code(), "cluster.not_found");
    assert!(refusal.to_string().contains("key db-password"), "{refusal}");
    assert!(api.calls().iter().all(|call| call.starts_with("GET ")));
}

#[tokio::test]
async fn a_secret_of_somebody_else_is_neither_read_nor_completed() {
    let api = with_secret(Some(object("Secret", "app")), false).await;
    let recipes = recipes();
    let completing = api
        .cluster
        .ensure_secret(&recipes, &ghost(&recipes))
        .await
        .unwrap_err();
    let reading = api.cluster.read_credentials("x").await.unwrap_err();
    assert_eq!(
        (completing.code(), reading.code()),
        ("cluster.not_ours", "cluster.not_ours")
    );
}

#[tokio::test]
async fn the_password_of_the_mail_server_follows_what_is_wanted() {
    let api = with_secret(Some(complete_but_for(&[])), false).await;
    let recipes = recipes();
    let wanted = |password: &str| {
        let mail = AppMail {
            of: MailOf::Operator,
            host: "smtp.example.id".into(),
            networks: Vec::new(),
            port: 587,
            user: Some("relay".into()),
            password: Some(Secret::new(password)),
            from: "no-reply@example.id".into(),
            security: MailSecurity::StartTls,
        };
        InstanceSpec {
            mail: Some(mail),
            ..ghost(&recipes)
        }
    };
    for (password, changes) in [("one", 1), ("one", 1), ("two", 2)] {
        let spec = wanted(password);
        api.cluster.ensure_secret(&recipes, &spec).await.unwrap();
        let asked = api.asked();
        let patches: Vec<_> = asked
            .iter()
            .filter(|it| it.call.starts_with("PATCH"))
            .collect();
        assert_eq!(patches.len(), changes, "{password}");
        let data = patches.last().unwrap().body["data"]
            .as_object()
            .unwrap()
            .clone();
        assert_eq!(data.keys().collect::<Vec<_>>(), ["smtp-password"]);
    }
    assert_eq!(password(&api).await, "kept");
}
