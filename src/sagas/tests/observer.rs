use crate::{
    kubernetes::{
        JobResult,
        watch::{AppPod, NamespacePhase, Observation},
    },
    sagas::observer::illness,
};
use uuid::Uuid;

fn seen(app_ready: bool, database: Option<bool>) -> Observation {
    Observation {
        instance: Uuid::from_u128(1),
        namespace: NamespacePhase::Active,
        database_ready: database == Some(true),
        has_database: database.is_some(),
        owner_job: JobResult::Missing,
        reset_job: None,
        app_ready,
        handed_over: false,
        any_runs: true,
        all_run: true,
        suspended: false,
        operation: 0,
        trouble: None,
        ours: false,
        app: AppPod::Started,
    }
}

#[test]
fn an_app_is_well_where_it_is_ready_with_its_database_or_has_none() {
    for (app_ready, database, well) in [
        (true, Some(true), true),
        (true, None, true),
        (true, Some(false), false),
        (false, Some(true), false),
        (false, None, false),
    ] {
        let found = illness(&seen(app_ready, database));
        assert_eq!(found.is_none(), well, "{app_ready} {database:?}");
    }
}

#[test]
fn an_app_whose_namespace_lost_our_label_is_judged_by_itself() {
    let estranged = |app_ready| Observation {
        namespace: NamespacePhase::NotOurs,
        ..seen(app_ready, None)
    };
    assert_eq!(illness(&estranged(true)), None);
    let found = illness(&estranged(false)).unwrap();
    assert!(found.ours, "{found:?}");
    let why = "its namespace does not bear our label any more";
    assert_eq!(found.trouble.as_deref(), Some(why));
}
