use super::*;

#[tokio::test]
async fn a_namespace_without_our_label_is_neither_adopted_nor_deleted() {
    let api = Scripted::start(|asked| match asked.call.starts_with("GET ") {
        true => Answer::ok(object("Namespace", "x")),
        false => Answer::ok(asked.body.clone()),
    })
    .await;
    let recipes = recipes();
    let spec = ghost(&recipes);
    let adopting = api
        .cluster
        .run_stage(&recipes, &spec, Stage::Namespace, EFFECT)
        .await
        .unwrap_err();
    let deleting = api
        .cluster
        .delete_namespace(&spec.namespace())
        .await
        .unwrap_err();
    assert_eq!(
        (adopting.code(), deleting.code()),
        ("cluster.not_ours", "cluster.not_ours")
    );
    assert!(
        api.calls().iter().all(|call| call.starts_with("GET ")),
        "{:?}",
        api.calls()
    );
}

#[tokio::test]
async fn a_namespace_of_another_instance_is_not_adopted() {
    let api = Scripted::start(|asked| match asked.call.starts_with("GET ") {
        true => {
            let mut other = ours(object("Namespace", "x"));
            other["metadata"]["labels"]["purser.example/instance"] = json!(Uuid::from_u128(77));
            Answer::ok(other)
        }
        false => Answer::ok(asked.body.clone()),
    })
    .await;
    let recipes = recipes();
    let refusal = api
        .cluster
        .run_stage(&recipes, &ghost(&recipes), Stage::Namespace, EFFECT)
        .await
        .unwrap_err();
    assert_eq!(refusal.code(), "cluster.not_ours");
}

#[tokio::test]
async fn deleting_twice_and_deleting_what_is_gone_are_fine() {
    let gone = Scripted::start(|_| Answer::refused(404, "not found")).await;
    gone.cluster.delete_namespace("x").await.unwrap();
    assert!(gone.cluster.namespace_gone("x").await.unwrap());
    let going = Scripted::start(|_| {
        let mut going = ours(object("Namespace", "x"));
        going["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
        Answer::ok(going)
    })
    .await;
    going.cluster.delete_namespace("x").await.unwrap();
    assert!(!going.cluster.namespace_gone("x").await.unwrap());
    assert!(going.calls().iter().all(|call| call.starts_with("GET ")));
}

#[tokio::test]
async fn only_the_namespace_that_was_looked_at_is_deleted() {
    let api = Scripted::start(|_| Answer::ok(ours(object("Namespace", "x")))).await;
    api.cluster.delete_namespace("x").await.unwrap();
    let deletion = api.asked().pop().unwrap();
    assert_eq!(deletion.call, "DELETE /api/v1/namespaces/x");
    assert_eq!(deletion.body["preconditions"], json!({"uid": "u-1"}));
}

#[tokio::test]
async fn restarting_and_scaling_ask_first_whose_it_is() {
    let api = Scripted::start(|_| Answer::ok(object("Deployment", "web"))).await;
    assert_eq!(
        api.cluster
            .restart("x", 1, EFFECT)
            .await
            .unwrap_err()
            .code(),
        "cluster.not_ours"
    );
    assert_eq!(
        api.cluster.suspend("x", 1).await.unwrap_err().code(),
        "cluster.not_ours"
    );
    assert!(api.calls().iter().all(|call| call.starts_with("GET ")));
}

const BINDING: &str = "ValidatingAdmissionPolicy 'p' with binding 'p' denied request: \
                       purser binds itself only inside its own namespaces";
const NAMESPACE: &str = "ValidatingAdmissionPolicy 'p' with binding 'p' denied request: \
                         purser may touch only namespaces with its own prefix";

/// The policy that is found to be missing where a binding and a namespace are answered like this; 201 is a yes.
async fn missing(
    binding: (u16, &'static str),
    namespace: (u16, &'static str),
) -> Result<Option<&'static str>, &'static str> {
    let api = Scripted::start(move |asked| {
        let of_bindings = asked.call.ends_with("/rolebindings");
        match if of_bindings { binding } else { namespace } {
            (201, _) => Answer::ok(asked.body.clone()),
            (status, message) => Answer::refused(status, message),
        }
    })
    .await;
    let settings = ghost(&recipes()).settings;
    let found = api.cluster.missing_policy(&settings, "purser").await;
    for asked in api.asked() {
        assert!(asked.query.contains("dryRun=All"), "{}", asked.call);
    }
    // That it holds is what is wished for.
    if let Ok(None) = found {
        assert_eq!(api.cluster.errors(), []);
    }
    found.map_err(|error| error.code())
}

#[tokio::test]
async fn confinement_is_known_from_what_is_refused() {
    let without_settings = "ValidatingAdmissionPolicy 'p' with binding 'p' denied request: \
                            failed to configure binding: no params found for policy binding with `Deny`";
    let by_role = "is forbidden: User \"purser\" cannot create it";
    let granting = "is attempting to grant RBAC permissions not currently held";
    let (bindings, namespaces) = ("purser-rolebindings", "purser-namespaces");
    assert_eq!(missing((422, BINDING), (422, NAMESPACE)).await, Ok(None));
    assert_eq!(missing((403, BINDING), (403, NAMESPACE)).await, Ok(None));
    for (status, message, found) in [
        (201, "", Ok(())),
        (409, "already exists", Ok(())),
        (422, without_settings, Err("cluster.invalid")),
        (403, by_role, Err("cluster.forbidden")),
        (403, granting, Err("cluster.forbidden")),
        (422, "the object is malformed", Err("cluster.invalid")),
    ] {
        let answer = (status, message);
        let by_binding = missing(answer, (422, NAMESPACE)).await;
        assert_eq!(
            by_binding,
            found.map(|()| Some(bindings)),
            "{status} {message}"
        );
        let by_namespace = missing((422, BINDING), answer).await;
        assert_eq!(
            by_namespace,
            found.map(|()| Some(namespaces)),
            "{status} {message}"
        );
    }
}

#[tokio::test]
async fn what_is_tried_is_foreign_whatever_the_prefix_is() {
    for prefix in ["customer-", "foreign-to-", "not-"] {
        let api = Scripted::start(|asked| match asked.call.ends_with("/rolebindings") {
            true => Answer::refused(422, BINDING),
            false => Answer::refused(422, NAMESPACE),
        })
        .await;
        let mut settings = ghost(&recipes()).settings;
        settings.namespace_prefix = prefix.into();
        let found = api.cluster.missing_policy(&settings, "purser").await;
        assert_eq!(found.unwrap(), None);
        let tried = api.asked().pop().unwrap().body;
        let name = tried["metadata"]["name"].as_str().unwrap();
        assert!(!name.starts_with(prefix), "{name}");
    }
}
