//! Decisions over several streams, one file a verb. Each names its streams up front and commits
//! whole or not at all.

mod acting;
mod add_plan;
mod advancing;
mod approving;
mod bounds;
mod cases;
mod changing;
mod complete_order;
mod coupons;
mod ending;
mod erasing;
mod figures;
mod foreseeing;
mod giving_back;
mod invite_worker;
mod live;
mod one;
mod outages;
mod paper;
mod passwords;
mod policy;
mod purchase;
mod refunds;
mod register;
mod renewing;
mod resize_plan;
mod resuming;
mod reveal;
mod second_factors;
mod sessions;
mod switching;
mod top_ups;
mod weighing;
mod welcome;

pub use add_plan::AddPlan;
pub use advancing::Advance;
pub use approving::{ActAsStaff, Acted, Approve, Reject, TwoPersons};
pub use bounds::ADJUSTMENT;
pub use cases::{AssignCase, OwnCase};
pub use changing::{
    ChangePlan, ConfirmPlanChange, FailPlanChange, PlanChangeAnswer, PlanChangeOutcome,
};
pub use complete_order::{ActivateOrder, ConfirmRemoval, FailOrder, UsedUp};
pub use coupons::{CouponRedeemed, RedeemCoupon, Redeemer};
pub use ending::{Asker, Cancel, Cancelled, EndNow, Extend, Wish, WishAbout};
pub use erasing::ErasePerson;
pub use figures::figures;
pub use foreseeing::Turn;
pub use giving_back::GiveBack;
pub use invite_worker::{InviteWorker, WorkerInvited};
pub use live::Live;
pub use one::One;
pub use outages::CreditLostDay;
pub use paper::{CreditInvoice, NumberDocument};
pub use passwords::ChangePassword;
pub use policy::Policy;
pub use purchase::{Purchase, Purchased};
pub use refunds::{ConfirmRefund, FailRefund, RefundTopUp};
pub use register::{Register, Registered};
pub use renewing::{Advanced, Paying, Renew};
pub use resize_plan::ResizePlan;
pub use resuming::{ConfirmResume, FailResume};
pub use reveal::RevealCredentials;
pub use second_factors::{CodeAnswer, CodeFor, GiveCode};
pub use sessions::{RefreshSession, SessionAnswer, StartSession};
pub use switching::{PeriodAhead, RenewalSwitched, SwitchRenewal};
pub use top_ups::{DisputeTopUp, RequestTopUp, SettleTopUp, TakeBackTopUp, TopUpRequested};
pub use welcome::GrantWelcome;

#[cfg(test)]
mod tests;

/// The answer of a decision as it is remembered with its command.
fn answer(value: impl serde::Serialize) -> serde_json::Value {
    serde_json::to_value(value).unwrap_or(serde_json::Value::Null)
}
