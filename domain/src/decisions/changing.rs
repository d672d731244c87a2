//! Another plan or cycle (billing rules 16 to 20): what it costs beyond what is left is set aside, the app gets its new
//! figures, and only when those were observed is anything charged. Slot, money and terms change in one commit.
//!
//! New, beside billing rule 16: what was set aside is released and charged again in one commit instead of captured, because
//! the days to come are charged anew as one charge with one paper, and what is left of the old ones comes back beside it.

use super::{Advanced, Paying, Policy, answer, figures, renewing::owned_by};
use crate::{
    Decision, Refused, Stream, StreamId, Work,
    ids::{ChargeId, CreditId, HoldId, PlanId, UserId},
    instance::{Instance, LifeCommand as InstanceLife},
    period::{BillingCycle, jakarta_date},
    plan_slots::{PlanSlots, PlanSlotsCommand},
    resources::Resources,
    service::Service,
    subscription::{Due, LifeCommand, PlanChange, Quote, Subscription, SubscriptionError},
    wallet::{Purpose, Wallet, WalletCommand},
};
use chrono::{DateTime, Utc};
use cqrs_es::Aggregate as _;
use serde::{Deserialize, Serialize};

/// The customer asks for another plan or cycle of the same app.
#[derive(Clone, Copy, Debug)]
pub struct ChangePlan {
    pub paying: Paying,
    /// The plan that it has.
    pub from: PlanId,
    pub to: PlanId,
    pub billing_cycle: BillingCycle,
    pub policy: Policy,
    /// Whether the cluster lets volumes grow; `None` where that is not known.
    pub volumes_grow: Option<bool>,
    pub asked_by: UserId,
    pub at: DateTime<Utc>,
}

/// The new figures were observed: money, slot and terms change.
#[derive(Clone, Copy, Debug)]
pub struct ConfirmPlanChange {
    pub paying: Paying,
    pub from: PlanId,
    pub to: PlanId,
    pub at: DateTime<Utc>,
}

/// The app did not get its new figures: everything stays as it was.
#[derive(Clone, Copy, Debug)]
pub struct FailPlanChange {
    pub paying: Paying,
    pub from: PlanId,
    pub to: PlanId,
    pub at: DateTime<Utc>,
}

/// What a change of plan came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanChangeAnswer {
    pub outcome: PlanChangeOutcome,
    pub quote: Quote,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlanChangeOutcome {
    /// The app gets its new figures first.
    Changing,
    Changed,
}

impl Paying {
    fn streams_of_change(&self, from: PlanId, to: PlanId) -> Vec<StreamId> {
        let mut streams = vec![
            StreamId::of::<Subscription>(&self.subscription_id),
            StreamId::of::<Wallet>(&self.wallet_id),
            StreamId::of::<Service>(&self.service_id),
            StreamId::of::<Instance>(&self.instance_id()),
            StreamId::of::<PlanSlots>(&from),
        ];
        if from != to {
            streams.push(StreamId::of::<PlanSlots>(&to));
        }
        streams
    }

    /// Everything that a change moves in the wallet, in order, and what it comes to. `None` where nothing is under way.
    fn moves(
        &self,
        work: &mut Work<'_>,
        at: DateTime<Utc>,
    ) -> Result<Option<Moves>, SubscriptionError> {
        let id = self.subscription_id;
        let subscription = work.state::<Subscription>(&id);
        let Some(changing) = subscription.changing() else {
            return Ok(None);
        };
        let (number, change) = (changing.number, &changing.change);
        let quote = subscription.quote(change.billing_cycle, change.price, at)?;
        let (hold_id, purpose) = (changing.hold_id, purpose_of(subscription));
        // Promotional credit that was good when it was agreed on pays for it, also where its last day is over by the time at
        // which we have given the app its figures.
        let agreed_at = changing.requested_at;
        let release = hold_id.map(|hold_id| WalletCommand::Release {
            hold_id,
            at: agreed_at,
        });
        let remainders = subscription.remainders(jakarta_date(at)).into_iter();
        let refunds = remainders.map(|left| WalletCommand::Refund {
            credit_id: CreditId::of_change(left.charge_id, number),
            charge_id: left.charge_id,
            amount: Some(left.amount),
            at: agreed_at,
        });
        let charge_id = ChargeId::of_change(id, number);
        let charge_id = (!quote.charged.is_zero()).then_some(charge_id);
        let charge = charge_id.map(|charge_id| WalletCommand::Charge {
            charge_id,
            amount: quote.charged,
            subscription_id: id,
            // What was set aside was looked at then.
            purpose: match hold_id {
                Some(_) => Purpose::Running,
                None => purpose,
            },
            at: agreed_at,
        });
        Ok(Some(Moves {
            to: change.plan_id,
            commands: release.into_iter().chain(refunds).chain(charge).collect(),
            charge_id,
            quote,
        }))
    }

    /// Whether it can still come to its end: a period may have ended meanwhile, or the gateway have taken something back.
    fn can_change(&self, work: &mut Work<'_>, at: DateTime<Utc>) -> bool {
        let subscription = work.state::<Subscription>(&self.subscription_id);
        if !subscription.may_confirm_change() {
            return false;
        }
        self.rehearse(work, at) == Some(true)
    }

    /// Tries it on a copy of the wallet, and says whether it comes out as quoted: promotional credit that comes back may be
    /// over already. `None` where it cannot be done at all.
    fn rehearse(&self, work: &mut Work<'_>, at: DateTime<Utc>) -> Option<bool> {
        let moves = self.moves(work, at).ok()??;
        let mut wallet = work.state::<Wallet>(&self.wallet_id).clone();
        // What goes to what is owed is not lost.
        let has = |wallet: &Wallet| {
            let sum = wallet.balance().get() + wallet.set_aside().get();
            sum - wallet.owed().get()
        };
        let before = has(&wallet);
        for command in moves.commands {
            let events = Stream::decide(&wallet, command).ok()?;
            events.into_iter().for_each(|event| wallet.apply(event));
        }
        let quote = moves.quote;
        Some(has(&wallet) == before + quote.given_back.get() - quote.charged.get())
    }

    /// What was set aside comes back, and so do the slot of the plan that it does not get and the figures from before.
    fn fail(&self, work: &mut Work<'_>, from: PlanId, at: DateTime<Utc>) -> Result<(), Refused> {
        let subscription_id = self.subscription_id;
        let subscription = work.state::<Subscription>(&subscription_id);
        let Some(changing) = subscription.changing() else {
            return Ok(());
        };
        let (to, had, hold_id) = (changing.change.plan_id, changing.had, changing.hold_id);
        if let Some(hold_id) = hold_id {
            work.execute::<Wallet>(&self.wallet_id, WalletCommand::Release { hold_id, at })?;
        }
        self.live(work, LifeCommand::FailPlanChange { at })?;
        if from != to {
            work.execute::<PlanSlots>(&to, PlanSlotsCommand::Return { subscription_id })?;
        }
        let instance = work.state::<Instance>(&self.instance_id());
        let has = instance.wanted().filter(|_| !instance.is_over());
        let has = has.map(|wanted| wanted.resources);
        if let Some(resources) = had.zip(has).and_then(|(had, has)| back_to(had, has)) {
            self.instance(work, InstanceLife::FitBack { resources, at })?;
        }
        Ok(())
    }

    /// Gives back what is left, charges the rest of the paid time anew, and lets the old slot go.
    fn change(&self, work: &mut Work<'_>, from: PlanId, at: DateTime<Utc>) -> Result<(), Refused> {
        let subscription_id = self.subscription_id;
        let Some(moves) = self.moves(work, at)? else {
            return Ok(());
        };
        for command in moves.commands {
            work.execute::<Wallet>(&self.wallet_id, command)?;
        }
        // What came back of promotional credit whose last day is over by now, and was not needed.
        work.execute::<Wallet>(&self.wallet_id, WalletCommand::ExpireGrants { at })?;
        let change = LifeCommand::ChangePlan {
            given_back: moves.quote.given_back,
            charged: moves.quote.charged,
            charge_id: moves.charge_id,
            at,
        };
        self.live(work, change)?;
        if from != moves.to {
            work.execute::<PlanSlots>(&from, PlanSlotsCommand::Return { subscription_id })?;
        }
        Ok(())
    }
}

struct Moves {
    to: PlanId,
    commands: Vec<WalletCommand>,
    charge_id: Option<ChargeId>,
    quote: Quote,
}

/// What is bought for a trial is new, so it waits for young credit as any order does (billing rule 35).
fn purpose_of(subscription: &Subscription) -> Purpose {
    match subscription.is_trial() {
        true => Purpose::Order,
        false => Purpose::Running,
    }
}

/// The figures from before on the volume that is there; `None` where it has them.
fn back_to(had: Resources, has: Resources) -> Option<Resources> {
    let storage_mib = had.storage_mib().max(has.storage_mib());
    let back = Resources::new(had.cpu_millicores(), had.memory_mib(), storage_mib).ok()?;
    (back != has).then_some(back)
}

impl Decision for ChangePlan {
    fn streams(&self) -> Vec<StreamId> {
        self.paying.streams_of_change(self.from, self.to)
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<serde_json::Value, Refused> {
        let (paying, at) = (self.paying, self.at);
        let id = paying.subscription_id;
        let subscription = work.state::<Subscription>(&id);
        owned_by(subscription, self.asked_by)?;
        subscription.may_change()?;
        let rests = subscription.is_suspended();
        if subscription.due(at) != Due::Nothing && !rests {
            return Err(SubscriptionError::PaymentDue.into());
        }
        let has = subscription.terms().map(|terms| terms.plan_id);
        if has != Some(self.from) {
            return Err(SubscriptionError::PlanMeanwhileChanged.into());
        }
        let (number, purpose) = (subscription.next_change(), purpose_of(subscription));
        let sale = work
            .state::<Service>(&paying.service_id)
            .for_sale(self.to)?;
        let vat = self.policy.vat;
        if sale.plan.trial_days().is_some() {
            return Err(SubscriptionError::TrialNotByChange.into());
        }
        let change = PlanChange {
            plan_id: self.to,
            plan: sale.plan.title.clone(),
            billing_cycle: self.billing_cycle,
            price: vat.charged(sale.plan.price.of(self.billing_cycle)),
            vat,
        };
        let gives = sale.plan.resources;
        let subscription = work.state::<Subscription>(&id);
        subscription.may_change_to(self.to, self.billing_cycle, change.price, at)?;
        let quote = subscription.quote(self.billing_cycle, change.price, at)?;
        let instance = work.state::<Instance>(&paying.instance_id());
        let resources = figures(instance, gives, self.policy.keep_volume, self.volumes_grow)?;
        if rests {
            let outcome = self.convert(work, change, resources)?;
            return Ok(answer(PlanChangeAnswer { outcome, quote }));
        }
        let needs = quote.missing();
        let hold_id =
            (!needs.is_zero() && resources.is_some()).then(|| HoldId::of_change(id, number));
        if let Some(hold_id) = hold_id {
            let hold = WalletCommand::Hold {
                hold_id,
                amount: needs,
                subscription_id: id,
                purpose,
                at,
            };
            work.execute::<Wallet>(&paying.wallet_id, hold)?;
        }
        let change = Box::new(change);
        let instance = work.state::<Instance>(&paying.instance_id());
        let had = instance.wanted().map(|wanted| wanted.resources);
        let request = LifeCommand::RequestPlanChange {
            change,
            had: had.filter(|_| resources.is_some()),
            hold_id,
            at,
        };
        paying.live(work, request)?;
        if self.from != self.to {
            let take = PlanSlotsCommand::Take {
                subscription_id: id,
                user_id: self.asked_by,
            };
            work.execute::<PlanSlots>(&self.to, take)?;
        }
        if paying.rehearse(work, at) == Some(false) {
            return Err(SubscriptionError::CreditEnds.into());
        }
        let outcome = match resources {
            Some(resources) => {
                paying.instance(work, InstanceLife::Resize { resources, at })?;
                PlanChangeOutcome::Changing
            }
            None => {
                paying.change(work, self.from, at)?;
                PlanChangeOutcome::Changed
            }
        };
        Ok(answer(PlanChangeAnswer { outcome, quote }))
    }
}

impl ChangePlan {
    /// A plan is bought for a trial that is over: it has the new terms and figures at once, and its period begins when it is
    /// seen to run again, as after any other suspension.
    fn convert(
        &self,
        work: &mut Work<'_>,
        change: PlanChange,
        figures: Option<Resources>,
    ) -> Result<PlanChangeOutcome, Refused> {
        let (paying, at, price) = (self.paying, self.at, (change.price, change.vat));
        let subscription_id = paying.subscription_id;
        let change = Box::new(change);
        paying.live(work, LifeCommand::ConvertTrial { change, at })?;
        let take = PlanSlotsCommand::Take {
            subscription_id,
            user_id: self.asked_by,
        };
        work.execute::<PlanSlots>(&self.to, take)?;
        let give_back = PlanSlotsCommand::Return { subscription_id };
        work.execute::<PlanSlots>(&self.from, give_back)?;
        let resumed = paying.resume(work, price, figures, Purpose::Order, at)??;
        Ok(match resumed {
            Advanced::Resuming => PlanChangeOutcome::Changing,
            _ => PlanChangeOutcome::Changed,
        })
    }
}

impl Decision for ConfirmPlanChange {
    fn streams(&self) -> Vec<StreamId> {
        self.paying.streams_of_change(self.from, self.to)
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<serde_json::Value, Refused> {
        let Self {
            paying, from, at, ..
        } = *self;
        match paying.can_change(work, at) {
            true => paying.change(work, from, at)?,
            false => paying.fail(work, from, at)?,
        }
        Ok(answer(paying.subscription_id))
    }
}

impl Decision for FailPlanChange {
    fn streams(&self) -> Vec<StreamId> {
        self.paying.streams_of_change(self.from, self.to)
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<serde_json::Value, Refused> {
        let Self {
            paying, from, at, ..
        } = *self;
        paying.fail(work, from, at)?;
        Ok(answer(paying.subscription_id))
    }
}
