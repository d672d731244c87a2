//! Whether routes of the kind that the settings name can be made on the cluster, looked at once at the start.

use super::AppError;
use crate::kubernetes::{Cluster, ClusterSettings, RouteSupport};

/// A kind that is missing ends the start. One that nobody serves is told: the entrance may come later. A cluster that
/// is away is no reason to stay away as well.
pub(super) async fn look(cluster: &Cluster, settings: &ClusterSettings) -> Result<(), AppError> {
    match cluster.route_support(settings).await {
        Ok(RouteSupport::Served) => {}
        Ok(RouteSupport::Unserved(missing)) => {
            tracing::warn!(
                "there is no {missing}: routes are made, and lead nowhere until there is"
            );
        }
        Ok(RouteSupport::UnknownKind(kind)) => return Err(AppError::UnknownRoute(kind)),
        Err(error) => {
            tracing::info!("whether routes can be made is not known: {error}");
        }
    }
    Ok(())
}
