//! Whether the nodes can take something more. Pure, and a guess as good as its picture: the scheduler has the last word.

use purser_domain::worker::Capacity;

/// A node as it stands in the cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeSeen {
    /// Of this very object: a node made anew under the same name has another.
    pub uid: String,
    pub name: String,
    pub pool: String,
    pub capacity: Capacity,
    /// What pods may have of it.
    pub allocatable: Capacity,
    /// What pods on it ask for.
    pub allocated: Capacity,
    pub ready: bool,
    pub cordoned: bool,
    /// A taint keeps pods like ours away.
    pub reserved: bool,
}

/// All nodes, and the pods that wait for a place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodesSeen {
    pub nodes: Vec<NodeSeen>,
    pub pending: Vec<Capacity>,
}

impl NodesSeen {
    /// Whether these pods find a place beside what is there and what waits. Always, where no node is known: who sells
    /// without a cluster in sight is not held up.
    pub fn has_room_for(&self, pods: &[Capacity]) -> bool {
        if self.nodes.is_empty() {
            return true;
        }
        let usable = |node: &&NodeSeen| node.ready && !node.cordoned && !node.reserved;
        let mut free: Vec<Capacity> = self
            .nodes
            .iter()
            .filter(usable)
            .map(|node| node.allocatable.less(node.allocated))
            .collect();
        let mut waiting = self.pending.clone();
        waiting.sort_by_key(|pod| (pod.memory_mib, pod.cpu_millicores));
        // One that fits nowhere takes nothing; it waits for a larger node.
        for pod in waiting.into_iter().rev() {
            place(&mut free, pod);
        }
        pods.iter().all(|pod| place(&mut free, *pod))
    }
}

/// On the node with most memory left, as the scheduler spreads by default.
fn place(free: &mut [Capacity], pod: Capacity) -> bool {
    let fits = free.iter_mut().filter(|left| left.holds(pod));
    match fits.max_by_key(|left| left.memory_mib) {
        Some(left) => {
            *left = left.less(pod);
            true
        }
        None => false,
    }
}
