//! What the cluster may lack: told at the start, looked at again, and told again only when it has changed. Nothing here
//! keeps Purser from running.

use crate::kubernetes::{Cluster, ClusterSettings, Entrance, NetworkPolicies, StorageOffer};
use std::time::Duration;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

const LOOK_EVERY: Duration = Duration::from_secs(300);

/// What is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Support {
    network_policies: NetworkPolicies,
    /// None before the cluster has answered.
    storage: Option<StorageOffer>,
    /// None before the cluster has answered.
    entrance: Option<Entrance>,
}

impl Support {
    pub(super) fn new(network_policies: NetworkPolicies) -> Self {
        network_policies.say();
        Self {
            network_policies,
            storage: None,
            entrance: None,
        }
    }

    /// Whether volumes of the default class can grow; `None` where that is not known, or there is no such class.
    pub(super) fn volumes_grow(&self) -> Option<bool> {
        match self.storage.as_ref()? {
            StorageOffer::Growing(_) => Some(true),
            StorageOffer::Fixed(_) => Some(false),
            StorageOffer::None => None,
        }
    }

    /// Each part, and whether the cluster has it; what is not known yet is left out.
    pub(super) fn parts(&self) -> Vec<(&'static str, bool)> {
        let enforced = self.network_policies == NetworkPolicies::Enforced;
        let mut parts = vec![("network_policies", enforced)];
        if let Some(storage) = &self.storage {
            parts.extend([
                ("default_storage_class", *storage != StorageOffer::None),
                (
                    "volume_expansion",
                    matches!(storage, StorageOffer::Growing(_)),
                ),
            ]);
        }
        let entrance = self.entrance;
        parts.extend(entrance.map(|entrance| ("entrance", entrance == Entrance::Runs)));
        parts
    }
}

/// Looks while the cluster answers, until told to stop.
pub(super) async fn watch(
    cluster: Cluster,
    settings: ClusterSettings,
    mut answers: watch::Receiver<bool>,
    known: watch::Sender<Support>,
    stop: CancellationToken,
) {
    let looking = async {
        while answers.wait_for(|up| *up).await.is_ok() {
            match cluster.storage_offer().await {
                Ok(storage) => note_storage(&known, storage),
                Err(error) => tracing::debug!("what volumes are made of is not known: {error}"),
            }
            match cluster.entrance(&settings).await {
                Ok(entrance) => note_entrance(&known, entrance, &settings.gateway_namespace),
                Err(error) => tracing::debug!("where the entrance runs is not known: {error}"),
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    };
    stop.run_until_cancelled(looking).await;
}

fn note_storage(known: &watch::Sender<Support>, storage: StorageOffer) {
    let is_news = known.send_if_modified(|support| {
        let is_news = support.storage.as_ref() != Some(&storage);
        support.storage = Some(storage.clone());
        is_news
    });
    if is_news {
        say(&storage);
    }
}

fn note_entrance(known: &watch::Sender<Support>, entrance: Entrance, namespace: &str) {
    let is_news =
        known.send_if_modified(|support| support.entrance.replace(entrance) != Some(entrance));
    let lacks = match entrance {
        Entrance::Missing => "there is no such namespace",
        Entrance::Empty => "no pod is in it that may (K8S_GATEWAY_POD_LABELS)",
        Entrance::Runs => return,
    };
    if is_news {
        tracing::warn!(
            "apps may be reached from the namespace {namespace} alone (K8S_GATEWAY_NAMESPACE), and {lacks}: where \
             NetworkPolicies are enforced, apps get ready and nobody reaches them"
        );
    }
}

fn say(storage: &StorageOffer) {
    match storage {
        StorageOffer::None => tracing::warn!(
            "the cluster has no default StorageClass: the volumes of apps wait until it has one, and orders are \
             refunded at their deadline"
        ),
        StorageOffer::Fixed(class) => tracing::warn!(
            "the default StorageClass {class} does not let volumes grow (allowVolumeExpansion): no plan with more \
             storage is sold to whoever has one, and a resize to more of it is undone"
        ),
        StorageOffer::Growing(class) => {
            tracing::info!("volumes are made by the StorageClass {class} and can grow");
        }
    }
}

impl NetworkPolicies {
    fn say(self) {
        match self {
            Self::Enforced => {}
            Self::Unverified => tracing::warn!(
                "whether the cluster enforces NetworkPolicies cannot be seen: where it does not, apps reach one another. \
                 Try it as deploy/README.md says, and set NETWORK_POLICIES=enforced, or =unenforced to run without"
            ),
            Self::Unenforced => tracing::warn!(
                "the cluster does not enforce NetworkPolicies (NETWORK_POLICIES=unenforced): apps reach one another and \
                 everything else in the cluster"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_known_is_told() {
        let mut support = Support::new(NetworkPolicies::Unverified);
        assert_eq!(support.parts(), [("network_policies", false)]);
        assert_eq!(support.volumes_grow(), None);
        let class = || "standard".to_owned();
        for (storage, there, grows) in [
            (StorageOffer::None, false, false),
            (StorageOffer::Fixed(class()), true, false),
            (StorageOffer::Growing(class()), true, true),
        ] {
            support.storage = Some(storage);
            assert_eq!(support.volumes_grow(), there.then_some(grows));
            let parts = support.parts();
            assert_eq!(
                parts[1..],
                [
                    ("default_storage_class", there),
                    ("volume_expansion", grows)
                ]
            );
        }
        for (entrance, runs) in [
            (Entrance::Missing, false),
            (Entrance::Empty, false),
            (Entrance::Runs, true),
        ] {
            support.entrance = Some(entrance);
            assert_eq!(support.parts().last(), Some(&("entrance", runs)));
        }
        let support = Support::new(NetworkPolicies::Enforced);
        assert_eq!(support.parts(), [("network_policies", true)]);
    }
}
