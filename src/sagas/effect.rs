//! Everything that a saga can ask for, as it is stored.

use crate::mail::{News, Notice, WithCoupon};
use chrono::{DateTime, NaiveDate, Utc};
use purser_domain::{
    Rupiah,
    ids::{
        ApprovalId, CaseId, DocumentId, InstanceId, MailId, PayoutId, SubscriptionId, TopUpId,
        UserId, WalletId, WorkerId,
    },
    instance::{HoldKind, Resource, Step, Unready},
    subscription::FailCause,
    text::Title,
};
use serde::{Deserialize, Serialize};

mod paper;
mod repriced;

pub use paper::{Bill, Paper};
pub use repriced::Repriced;

/// Something to be done outside of the database, or a command that follows from what was heard.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Effect {
    /// Applies the objects of one step of an instance.
    Apply {
        subscription_id: SubscriptionId,
        step: Step,
    },
    /// Deletes what was made for an instance, and watches until it is gone.
    Remove {
        subscription_id: SubscriptionId,
    },
    /// Records and tells the operator what keeps a namespace from going.
    ReportStuck {
        instance_id: InstanceId,
    },
    /// Carries out an operation on a ready instance.
    Operate {
        instance_id: InstanceId,
        operation: u32,
        action: Action,
    },
    /// Looks at an app that did not answer, and restarts it if that is still so.
    Heal {
        instance_id: InstanceId,
        /// How often in a row, with this one.
        attempt: u32,
    },
    /// Makes the password that a Job gave to an app the one that its customer is shown.
    KeepPassword {
        instance_id: InstanceId,
        operation: u32,
    },
    /// Asks the gateway what became of an order, and books the answer.
    CheckPayment {
        top_up_id: TopUpId,
        /// The page is over, so an order that the gateway does not know was never paid.
        #[serde(default)]
        page_over: bool,
    },
    /// Asks the gateway to send something of a payment back.
    Refund {
        top_up_id: TopUpId,
        payout_id: PayoutId,
    },
    /// Puts something on paper; its number follows.
    Issue {
        paper: Box<Paper>,
    },
    /// Sends a letter to a person.
    Send {
        to: UserId,
        letter: Box<Letter>,
    },
    /// Tells a customer that the paid time is about to be over: the first time in any case, later only where something
    /// is missing. On its day or not at all.
    Remind {
        subscription_id: SubscriptionId,
        /// The first day that is not paid.
        on: NaiveDate,
        first: bool,
    },
    /// Tells a customer, once a period, where the credit will not pay the renewal on this day.
    WarnOfCredit {
        subscription_id: SubscriptionId,
        on: NaiveDate,
    },
    /// Asks for a letter to whoever has a plan whose price is another one now, a page of them at once.
    AnnouncePrice(Repriced),
    /// Tells a customer of a price that was announced while nobody told him.
    TellNewPrice {
        subscription_id: SubscriptionId,
        /// Also where it is the price of the next period: nothing else tells him of that.
        #[serde(default)]
        next: bool,
    },
    /// Pays what lapsed out of credit that came in, one after another.
    PayArrears {
        subscriptions: Vec<SubscriptionId>,
        at: DateTime<Utc>,
    },
    /// Tells the operators of something that waits for them.
    Alert {
        alert: Alert,
    },
    /// Sends a letter to whom an instance belongs to.
    SendToOwner {
        instance_id: InstanceId,
        letter: Box<Letter>,
    },
    /// Sends a letter to whom a wallet belongs to.
    SendToPayer {
        wallet_id: WalletId,
        letter: Box<Letter>,
    },
    /// Sends a letter again that was sent before.
    Resend {
        mail_id: MailId,
    },
    /// Makes a node take new pods or not, as is wanted by then.
    Cordon {
        worker_id: WorkerId,
    },
    /// Moves what is ours off a node.
    Drain {
        worker_id: WorkerId,
    },
    /// Says of a drain whose time is over what holds it.
    GiveUpDrain {
        worker_id: WorkerId,
        /// The sequence of the event that asked for it.
        drain: i64,
    },
    /// Destroys the key of what is personal of somebody who was erased.
    Erase {
        user_id: UserId,
    },
    Execute(Execute),
}

/// A command that a saga gives.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
pub enum Execute {
    Activate {
        subscription_id: SubscriptionId,
        at: DateTime<Utc>,
    },
    Fail {
        subscription_id: SubscriptionId,
        cause: FailCause,
        at: DateTime<Utc>,
    },
    FailOperation {
        instance_id: InstanceId,
        operation: u32,
        cause: GivenUp,
        at: DateTime<Utc>,
    },
    Degrade {
        instance_id: InstanceId,
        at: DateTime<Utc>,
    },
    CountDowntime {
        instance_id: InstanceId,
        at: DateTime<Utc>,
    },
    /// Does what time asks of a subscription.
    Advance {
        subscription_id: SubscriptionId,
        at: DateTime<Utc>,
    },
    ConfirmResume {
        subscription_id: SubscriptionId,
        at: DateTime<Utc>,
    },
    FailResume {
        subscription_id: SubscriptionId,
        at: DateTime<Utc>,
    },
    ConfirmPlanChange {
        subscription_id: SubscriptionId,
        at: DateTime<Utc>,
    },
    FailPlanChange {
        subscription_id: SubscriptionId,
        at: DateTime<Utc>,
    },
    CreditLostDay {
        subscription_id: SubscriptionId,
        day: NaiveDate,
        at: DateTime<Utc>,
    },
    /// Nobody decided it in its time.
    ExpireApproval {
        approval_id: ApprovalId,
        at: DateTime<Utc>,
    },
    /// Welcomes whoever has proven his address.
    GrantWelcome { user_id: UserId, at: DateTime<Utc> },
    /// Takes what is left of promotional credit whose last day is over.
    ExpireGrants {
        wallet_id: WalletId,
        at: DateTime<Utc>,
    },
    /// `kind` is the name under which the effect itself is stored.
    LiftHold {
        instance_id: InstanceId,
        hold: HoldKind,
        at: DateTime<Utc>,
    },
}

/// What an operation does on the cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Replaces the app's pod.
    Restart,
    /// App and database to nothing.
    Stop,
    /// All objects as they are wanted, the database, and then the app.
    Start,
    /// All objects as they are wanted.
    Resize,
    /// All objects as they are wanted, and a new pod that reads them.
    Reconfigure,
    /// Runs the Job that gives the owner another password.
    ResetPassword,
}

/// Why an operation was given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GivenUp {
    NotInTime,
    Refused,
}

/// What waits for an operator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "alert", rename_all = "snake_case")]
pub enum Alert {
    /// An app is not ready and does not come to it by itself.
    Unhealthy {
        instance_id: InstanceId,
        unready: Unready,
    },
    /// Somebody keeps editing an object of ours, named as `Kind/name`.
    Contested {
        instance_id: InstanceId,
        object: String,
    },
    /// A volume that no plan sells, by its claim, is so full, in percent.
    VolumeFills {
        instance_id: InstanceId,
        claim: String,
        percent: u32,
    },
    /// Something about money waits for a person.
    CaseOpened {
        case_id: CaseId,
        finding: String,
        order_id: Option<String>,
    },
}

/// What a letter is about. Personal data is looked up when it is sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "letter", rename_all = "snake_case")]
pub enum Letter {
    Welcome,
    /// What proves his address, once more.
    VerifyAddress,
    /// What he chooses another password by.
    ResetPassword,
    PaymentReceived {
        amount: Rupiah,
        top_up_id: TopUpId,
    },
    SubscriptionCreated {
        subscription_id: SubscriptionId,
        service: Title,
        plan: Title,
        price: Rupiah,
        /// What a coupon did for it, where there was one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        with: Option<WithCoupon>,
    },
    PodReady {
        subscription_id: SubscriptionId,
        start: NaiveDate,
        /// The first day that is not paid.
        end: NaiveDate,
    },
    PodFailed {
        subscription_id: SubscriptionId,
        cause: FailCause,
        refunded: Rupiah,
    },
    /// Something happened to a subscription, or is about to.
    About {
        subscription_id: SubscriptionId,
        #[serde(flatten)]
        news: News,
    },
    /// Something happened to somebody's money.
    Notice {
        about: Notice,
    },
    /// Another one of the staff asks for approval.
    ApprovalWanted {
        approval_id: ApprovalId,
    },
    /// What somebody asked approval for has been decided.
    ApprovalDecided {
        approval_id: ApprovalId,
    },
    PodUnhealthy {
        instance_id: InstanceId,
        unready: Unready,
    },
    /// A receipt, an invoice or a credit note has its number.
    Document {
        document_id: DocumentId,
    },
    UsageWarning {
        instance_id: InstanceId,
        resource: Resource,
        percent: u32,
        /// What the plan gives: millicores or MiB.
        limit: u32,
    },
}
