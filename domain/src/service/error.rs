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
    #[error(
        "the plan {0} costs nothing: say for how many days it is a trial, or that it is free for ever"
    )]
    FreeWithoutTrial(Slug),
    #[error("a trial costs nothing and lasts 1 to 366 days")]
    NotATrial,
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
    FreeWithoutTrial => "service.free_without_trial" Conflict,
    NotATrial => "service.not_a_trial" Invalid,
    NotForSale => "service.not_for_sale" Conflict,
    PlanWithdrawn => "service.plan_withdrawn" Conflict,
    Retired => "service.retired" Conflict,
});
