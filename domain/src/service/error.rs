use crate::{rejection::rejection, text::Slug};

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ServiceError {
    #[error("there is no such service")]
    NotFound,
    #[error("this service exists already")]
    AlreadyCreated,
    #[error("there is no such plan")]
    PlanNotFound,
    #[error("this service has a plan named {0} already")]
    PlanNameTaken(Slug),
    #[error("a service without a plan for sale cannot be published")]
    NoPlan,
    #[error(
        "the licence of this app asks something of whoever offers it, which has to be acknowledged first"
    )]
    LicenceNotAcknowledged,
    #[error("this service is not for sale")]
    NotForSale,
    #[error("this plan is not for sale any more")]
    PlanWithdrawn,
    #[error("this service is retired")]
    Retired,
}

rejection!(ServiceError {
    NotFound => "service.not_found" NotFound,
    AlreadyCreated => "service.already_created" Conflict,
    PlanNotFound => "service.plan_not_found" NotFound,
    PlanNameTaken => "service.plan_name_taken" Conflict,
    NoPlan => "service.no_plan" Conflict,
    LicenceNotAcknowledged => "service.licence_not_acknowledged" Conflict,
    NotForSale => "service.not_for_sale" Conflict,
    PlanWithdrawn => "service.plan_withdrawn" Conflict,
    Retired => "service.retired" Conflict,
});
