//! What an app gets with another plan.

use crate::{
    Refused,
    instance::{Instance, InstanceError},
    resources::Resources,
    subscription::SubscriptionError,
};

/// The figures that an app is to get with a plan of these; `None` where it has them.
///
/// The volume never shrinks, and nothing is sold that it would have to grow for on a cluster that does not let it (billing rule
/// 17). Where that is not known it is tried, and taken back where it fails.
///
/// # Errors
/// Why the plan cannot be had on the volume that is there.
pub fn figures(
    instance: &Instance,
    gives: Resources,
    keep_volume: bool,
    volumes_grow: Option<bool>,
) -> Result<Option<Resources>, Refused> {
    let wanted = instance.wanted().ok_or(InstanceError::NotFound)?;
    let has = wanted.resources;
    let (has_mib, gives_mib) = (has.storage_mib(), gives.storage_mib());
    if gives_mib < has_mib && !keep_volume {
        return Err(SubscriptionError::StorageShrinks { has_mib, gives_mib }.into());
    }
    if gives_mib > has_mib && volumes_grow == Some(false) {
        return Err(SubscriptionError::VolumeCannotGrow { has_mib, gives_mib }.into());
    }
    let figures = Resources::new(
        gives.cpu_millicores(),
        gives.memory_mib(),
        gives_mib.max(has_mib),
    );
    let figures = figures.unwrap_or(gives);
    Ok((figures != has).then_some(figures))
}
