use crate::rejection::rejection;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanSlotsError {
    #[error("there is no such plan")]
    NotFound,
    #[error("the slots of this plan are open already, for another service or with other figures")]
    AlreadyOpen,
    #[error("all {capacity} slots of this plan are taken")]
    SoldOut { capacity: u32 },
    #[error("one customer may have {max_per_customer} of this plan")]
    CustomerLimit { max_per_customer: u32 },
    #[error("there is no room for one more of this plan right now")]
    NoRoom,
}

rejection!(PlanSlotsError {
    NotFound => "plan.not_found" NotFound,
    AlreadyOpen => "plan.already_open" Conflict,
    SoldOut => "plan.sold_out" Conflict,
    CustomerLimit => "plan.customer_limit" Conflict,
    NoRoom => "plan.no_room" Conflict,
});
