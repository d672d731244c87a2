use super::Matter;
use crate::{ids::UserId, text::Reason};

#[derive(Clone, Debug)]
pub enum CaseCommand {
    /// Found, for the first time or again.
    Open {
        matter: Box<Matter>,
    },
    Assign {
        owner: UserId,
    },
    Close {
        resolution: Reason,
    },
}
