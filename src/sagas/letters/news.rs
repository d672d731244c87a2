//! What becomes of a subscription, as its customer is told.

use crate::mail::News;
use purser_domain::{coupon::charged, subscription::SubscriptionEvent};

/// What its customer is told of what happens once it is active.
pub(super) fn news(event: &SubscriptionEvent, trial: bool) -> Option<News> {
    use SubscriptionEvent as Did;
    if let Did::PlanChanged {
        change,
        given_back,
        charged,
        period,
        ..
    } = event
    {
        return Some(News::PlanChanged {
            plan: change.plan.to_string(),
            given_back: *given_back,
            charged: *charged,
            end: period.end,
        });
    }
    if let Did::Renewed {
        period,
        price,
        discount,
        ..
    } = event
    {
        return Some(News::Renewed {
            start: period.start,
            end: period.end,
            price: charged(*price, discount.as_ref()),
        });
    }
    Some(match *event {
        Did::BecamePastDue {
            due_on,
            grace_until,
            needed,
            ..
        } => News::Expired {
            on: due_on,
            grace_until,
            needed,
        },
        Did::Suspended { delete_on, .. } if trial => News::TrialEnded { delete_on },
        Did::Suspended { delete_on, .. } => News::Suspended { delete_on },
        Did::Resumed { period, .. } => News::Resumed {
            start: period.start,
            end: period.end,
        },
        Did::ResumeFailed { refunded, .. } => News::ResumeFailed { refunded },
        Did::Ended {
            cause, refunded, ..
        } => News::Ended { cause, refunded },
        Did::DayCredited { day, amount, .. } => News::DayCredited { day, amount },
        Did::ChargeReturned { amount, .. } => News::ChargeReturned { amount },
        Did::PlanChangeFailed { .. } => News::PlanChangeFailed,
        Did::Ordered { .. }
        | Did::Renewed { .. }
        | Did::Activated { .. }
        | Did::Failed { .. }
        | Did::RenewalSwitched { .. }
        | Did::ResumeOrdered { .. }
        | Did::PlanChangeRequested { .. }
        | Did::PlanChanged { .. }
        | Did::CancellationRequested { .. }
        | Did::CancellationUndone { .. }
        | Did::Extended { .. }
        | Did::TrialConverted { .. }
        | Did::Terminated { .. } => return None,
    })
}
