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
