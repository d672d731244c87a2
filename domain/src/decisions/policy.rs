//! What an operator settles about time and money.

use crate::vat::VatPolicy;

/// Days for which the data of a trial that is over are kept (billing rule 42).
pub(super) const TRIAL_KEEP_DAYS: u32 = 7;

/// How long an operator waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Days for which it runs on unpaid.
    pub grace_days: u32,
    /// Days for which the data of what is suspended are kept. Billing rule 12 asks for a last backup after them; here there
    /// is none: Purser has no store outside of the cluster to keep one in, so whoever wants the data pays for one more
    /// period within these days, which resumes the app, and takes them out of it.
    pub keep_days: u32,
    /// Days before a price that was announced counts for what runs.
    pub notice_days: u32,
    /// Days before a renewal from which on its customer is told that the credit does not reach.
    pub low_credit_days: u32,
    /// Hours after the first readiness within which everything comes back, once per person and service.
    pub full_refund_hours: u32,
    /// Minutes of downtime on our side above which a day is lost and given back.
    pub lost_minutes: u32,
    /// Whether a plan with less storage may be had on the volume that is there, which never shrinks.
    pub keep_volume: bool,
    /// What VAT is charged.
    pub vat: VatPolicy,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            grace_days: 7,
            keep_days: 30,
            notice_days: 30,
            low_credit_days: 7,
            full_refund_hours: 24,
            lost_minutes: 60,
            keep_volume: false,
            vat: VatPolicy::None,
        }
    }
}
