//! What goes wrong on a day.

use super::auditor::Auditor;
use crate::support::{Random, TestApp};
use purser::standins::{
    kubernetes::Outage as ClusterOutage,
    midtrans::{Outage as GatewayOutage, Quirks},
};

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Mishap {
    None,
    /// The gateway fails while people pay.
    Gateway(GatewayOutage),
    /// The cluster fails, for so many minutes.
    Cluster(ClusterOutage, u64),
    /// The product dies after so many have had their turn, and is started again.
    Death {
        after: usize,
    },
    /// A node is lost for so many minutes, with every app on it.
    Node(&'static str, u64),
}

impl Mishap {
    pub(super) fn of(random: &mut Random, customers: usize) -> Self {
        let minutes = 5 + random.next() % 200;
        match random.below(100) {
            0..4 => Self::Gateway(GatewayOutage::Unavailable),
            4..8 => Self::Gateway(GatewayOutage::Refuse),
            8..12 => Self::Gateway(GatewayOutage::LoseAnswers),
            12..15 => Self::Cluster(ClusterOutage::Unavailable, minutes),
            15..18 => Self::Cluster(ClusterOutage::Refuse, minutes),
            18..20 => Self::Cluster(ClusterOutage::Broken, minutes),
            20..22 => Self::Cluster(ClusterOutage::TooManyRequests, minutes),
            22..30 => Self::Death {
                after: random.below(customers) + 1,
            },
            30..34 => Self::Node(["node-0", "node-1", "node-2"][random.below(3)], minutes),
            _ => Self::None,
        }
    }

    pub(super) async fn begins(&self, app: &TestApp) {
        match self {
            Self::None | Self::Death { .. } => {}
            Self::Gateway(outage) => app.midtrans.quirks(Quirks {
                outage: Some(*outage),
                ..Quirks::default()
            }),
            Self::Cluster(outage, _) => app.kubernetes.set_outage(*outage),
            Self::Node(node, _) => app.kubernetes.set_node_ready(node, false).unwrap(),
        }
    }

    pub(super) async fn ends(&self, app: &mut TestApp, auditor: &mut Auditor) {
        match self {
            Self::None | Self::Death { .. } => {}
            Self::Gateway(_) => app.midtrans.quirks(Quirks::default()),
            Self::Cluster(_, minutes) => {
                app.minutes_pass(*minutes);
                app.kubernetes.set_outage(ClusterOutage::None);
            }
            Self::Node(node, minutes) => {
                let struck = auditor.struck_by(app, node).await;
                app.minutes_pass(*minutes);
                app.kubernetes.set_node_ready(node, true).unwrap();
                auditor.was_struck(struck, *minutes);
            }
        }
    }
}
