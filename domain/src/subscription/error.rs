use crate::rejection::rejection;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SubscriptionError {
    #[error("there is no such subscription")]
    NotFound,
    #[error("this subscription exists already")]
    AlreadyOrdered,
    #[error("this subscription is active")]
    AlreadyActive,
    #[error("this subscription failed")]
    AlreadyFailed,
    #[error("its period would leave the calendar")]
    BeyondCalendar,
}

rejection!(SubscriptionError {
    NotFound => "subscription.not_found" NotFound,
    AlreadyOrdered => "subscription.already_ordered" Conflict,
    AlreadyActive => "subscription.already_active" Conflict,
    AlreadyFailed => "subscription.already_failed" Conflict,
    BeyondCalendar => "subscription.beyond_calendar" Invalid,
});
