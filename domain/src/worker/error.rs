use crate::rejection::rejection;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WorkerError {
    #[error("there is no such worker")]
    NotFound,
    #[error("this worker exists already")]
    AlreadyKnown,
    #[error("this join token was used already")]
    TokenSpent,
    #[error("this join token has expired")]
    TokenExpired,
    #[error("this worker was removed")]
    Removed,
    #[error("this worker has not joined yet")]
    NotJoined,
    #[error("this worker is a host outside of the cluster, so nothing on it can be moved")]
    NotANode,
    #[error("this worker is a node of the cluster; it goes when it is gone there")]
    InTheCluster,
    #[error("nobody asked for this worker to be drained")]
    NotDraining,
}

rejection!(WorkerError {
    NotFound => "worker.not_found" NotFound,
    AlreadyKnown => "worker.already_known" Conflict,
    TokenSpent => "worker.token_spent" Unauthenticated,
    TokenExpired => "worker.token_expired" Unauthenticated,
    Removed => "worker.removed" Conflict,
    NotJoined => "worker.not_joined" Conflict,
    NotANode => "worker.not_a_node" Conflict,
    InTheCluster => "worker.in_the_cluster" Conflict,
    NotDraining => "worker.not_draining" Conflict,
});
