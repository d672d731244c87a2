use super::*;
use cqrs_es::Aggregate as _;

#[test]
fn an_app_has_its_owner_once_it_was_observed_ready() {
    let after = |steps: &[Step]| {
        let mut instance = Instance::default();
        let steps: Vec<Did> = steps.iter().map(|step| completed(*step)).collect();
        for event in provisioning(&steps) {
            instance.apply(event);
        }
        instance.has_its_owner()
    };
    assert!(!Instance::default().has_its_owner());
    assert!(!after(&[Step::Secret, Step::Database]));
    assert!(after(&[Step::Database, Step::App]));
    assert!(after(&[Step::App, Step::Handover, Step::Route]));
}
