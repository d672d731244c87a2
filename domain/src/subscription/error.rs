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
    #[error("this subscription is not active yet")]
    NotActive,
    #[error("this subscription is over")]
    Over,
    #[error("this subscription is suspended; resume it")]
    Suspended,
    #[error("this subscription is not suspended")]
    NotSuspended,
    #[error("this subscription ends with its paid time; undo the cancellation first")]
    CancellationPending,
    #[error("it is paid until {paid_until}, which is more than 12 months ahead")]
    TooFarAhead { paid_until: chrono::NaiveDate },
    #[error("of none of its charges so much was used and not given back; of one it was {most}")]
    LessWasUsed { most: crate::Rupiah },
    #[error("nothing is paid ahead; end it at once")]
    NothingPaid,
    #[error("it has this plan and cycle already")]
    SamePlan,
    #[error("its plan is being changed; wait for that")]
    Changing,
    #[error("its plan was changed meanwhile; ask again")]
    PlanMeanwhileChanged,
    #[error("storage never shrinks: it has {has_mib} MiB and the plan gives {gives_mib}")]
    StorageShrinks { has_mib: u32, gives_mib: u32 },
    #[error(
        "volumes cannot grow on this cluster: it has {has_mib} MiB and the plan gives {gives_mib}"
    )]
    VolumeCannotGrow { has_mib: u32, gives_mib: u32 },
    #[error("it got a dearer plan today; a cheaper one can be had from tomorrow on")]
    ChangedToday,
    #[error("it was paid with promotional credit that is over, which would be lost by a change")]
    CreditEnds,
    #[error("the next period is due; pay it first")]
    PaymentDue,
    #[error("its app is held by staff")]
    OnHold,
    #[error("this is a trial; change to a plan to go on with it")]
    Trial,
    #[error("this is not a trial that rests")]
    NotATrial,
    #[error("you had a trial of this app already")]
    TrialHad,
    #[error("a trial is ordered, not changed to")]
    TrialNotByChange,
    #[error("a trial sends no mail")]
    NoMailOnTrial,
    #[error("no mail is sent before something was charged for it; choose that afterwards")]
    NoMailUnpaid,
    #[error("its period would leave the calendar")]
    BeyondCalendar,
}

rejection!(SubscriptionError {
    NotFound => "subscription.not_found" NotFound,
    AlreadyOrdered => "subscription.already_ordered" Conflict,
    AlreadyActive => "subscription.already_active" Conflict,
    AlreadyFailed => "subscription.already_failed" Conflict,
    NotActive => "subscription.not_active" Conflict,
    Over => "subscription.over" Conflict,
    Suspended => "subscription.suspended" Conflict,
    NotSuspended => "subscription.not_suspended" Conflict,
    CancellationPending => "subscription.cancellation_pending" Conflict,
    TooFarAhead => "subscription.too_far_ahead" Conflict,
    LessWasUsed => "subscription.less_was_used" Conflict,
    NothingPaid => "subscription.nothing_paid" Conflict,
    SamePlan => "subscription.same_plan" Conflict,
    Changing => "subscription.changing" Conflict,
    PlanMeanwhileChanged => "subscription.plan_meanwhile_changed" Conflict,
    StorageShrinks => "subscription.storage_shrinks" Conflict,
    VolumeCannotGrow => "subscription.volume_cannot_grow" Conflict,
    ChangedToday => "subscription.changed_today" Conflict,
    CreditEnds => "subscription.credit_ends" Conflict,
    PaymentDue => "subscription.payment_due" Conflict,
    OnHold => "subscription.on_hold" Conflict,
    Trial => "subscription.trial" Conflict,
    NotATrial => "subscription.not_a_trial" Conflict,
    TrialHad => "subscription.trial_had" Conflict,
    TrialNotByChange => "subscription.trial_not_by_change" Conflict,
    NoMailOnTrial => "subscription.no_mail_on_trial" Conflict,
    NoMailUnpaid => "subscription.no_mail_unpaid" Conflict,
    BeyondCalendar => "subscription.beyond_calendar" Invalid,
});
