use super::{Tag, subscriptions::BillingCycle};
use crate::{
    http::{
        Parts,
        answer::Accepted,
        body::Body,
        caller::Customer,
        error::{ApiError, QuotingCoupon, RedeemingCoupon},
        fields::Fields,
        idempotency::Keyed,
        problem::Problem,
    },
    store::Context,
};
use chrono::NaiveDate;
use poem_openapi::{
    Object, OpenApi,
    param::{Path, Query},
    payload::Json,
    types::Example,
};
use purser_domain::{
    Refused, Rupiah,
    claim::Claim,
    coupon::{
        Coupon, CouponCode, CouponError, Gives, Promise, Redeeming, Use, charged, next_charge_on,
    },
    decisions::{CouponRedeemed, RedeemCoupon, Redeemer},
    ids::{PlanId, RedemptionId, WalletId},
    period::{self, jakarta_date},
    plan_slots::{PlanSlots, PlanSlotsError},
    service::Service,
    user::User,
    vat::VatPolicy,
    wallet::Wallet,
};
use std::sync::Arc;
use uuid::Uuid;

#[derive(Object)]
#[oai(example, deny_unknown_fields)]
struct RedeemCouponRequest {
    /// The code of a coupon that gives credit, in either case of letters.
    #[oai(validator(max_length = 40))]
    code: String,
}

impl Example for RedeemCouponRequest {
    fn example() -> Self {
        Self {
            code: "SELAMAT-DATANG".into(),
        }
    }
}

/// Credit that a coupon gave.
#[derive(Object)]
struct RedeemedCoupon {
    /// Promotional credit, in whole rupiah.
    amount: i64,
    /// The last date on which it can be spent, in Asia/Jakarta.
    expires_on: NaiveDate,
    /// The position of the commit.
    position: i64,
    /// The version of the wallet.
    version: i64,
}

/// What an order would cost with a coupon.
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
struct CouponQuote {
    /// What a period costs, in whole rupiah.
    price: i64,
    /// What comes off the first period, in whole rupiah.
    discount: i64,
    /// What would be charged for the first period, in whole rupiah.
    charged: i64,
    /// Off how many periods something comes, the first among them; absent where it is all of them, or none.
    periods: Option<u32>,
    /// How many days are added at no price, after the first period.
    free_days: Option<u32>,
    /// The date on which money would be charged next, and first where nothing is charged for the first period, if the app were
    /// ready today. Absent where nothing ever would be.
    next_charge_on: Option<NaiveDate>,
}

pub(in crate::http) struct CouponRoutes(pub(super) Arc<Parts>);

#[OpenApi]
impl CouponRoutes {
    /// Redeem a coupon that gives credit. Your e-mail address has to be verified.
    ///
    /// Its use and the credit are one commit. The credit is promotional: spent first, never paid out, and gone after its
    /// last day.
    #[oai(
        path = "/wallet/coupons",
        method = "post",
        operation_id = "redeem_coupon",
        tag = "Tag::Wallet"
    )]
    async fn redeem(
        &self,
        customer: Customer,
        #[oai(name = "Idempotency-Key")] ask: Keyed,
        body: Body<RedeemCouponRequest>,
    ) -> Result<Accepted<RedeemedCoupon>, ApiError<RedeemingCoupon>> {
        let mut fields = Fields::default();
        let coupon = fields.parse("/code", &body.0.code);
        let coupon = fields.done(coupon)?;
        let keys = self.0.vault.keys();
        let context = ask.context(keys, customer.actor(), "redeem_coupon", &[], &body.0)?;
        let redemption = self.redemption(&customer, &context, coupon);
        let committed = self.0.once(&context, redemption).await?;
        let redeemed: CouponRedeemed = committed.answer()?;
        let body = RedeemedCoupon {
            amount: redeemed.amount.get(),
            expires_on: redeemed.expires_on,
            position: committed.position,
            version: committed.version,
        };
        Ok(Accepted::new(&committed, body))
    }

    /// Ask what an order would cost you with a coupon, or why it cannot be used for it.
    ///
    /// After ten codes of no coupon within a quarter of an hour, here and with orders, no further one is looked at before that
    /// is over.
    #[oai(
        path = "/coupons/:code",
        method = "get",
        operation_id = "quote_coupon",
        tag = "Tag::Subscriptions"
    )]
    async fn quote(
        &self,
        customer: Customer,
        /// The coupon's code, in either case.
        code: Path<String>,
        /// The plan to order.
        plan_id: Query<Uuid>,
        /// How often it would be paid.
        billing_cycle: Query<BillingCycle>,
    ) -> Result<Json<CouponQuote>, ApiError<QuotingCoupon>> {
        let code = known(&code.0)?;
        let cycle = billing_cycle.0.into();
        let (wanted, price) = self.wanted(PlanId::new(plan_id.0), cycle).await?;
        let redeemer = self.0.redeemer(customer.id(), &code).await?;
        let wallet_id = WalletId::of(customer.id());
        let both = self.0.states.load_both::<Coupon, Wallet>(&code, &wallet_id);
        let (coupon, wallet) = both.await?;
        let redeeming = Redeeming {
            redemption_id: RedemptionId::new(Uuid::nil()),
            user_id: customer.id(),
            new_customer: wallet.is_new() && redeemer.had.is_empty(),
            wanted,
            at: self.0.clock.now(),
        };
        coupon.may_redeem(&redeeming).map_err(Refused::from)?;
        self.may_be_redeemed_by(&customer, &coupon, &redeemer)
            .await?;
        let asked = Asked {
            vat: self.0.policy.vat,
            today: jakarta_date(self.0.clock.now()),
        };
        Ok(Json(CouponQuote::of(&coupon, price, cycle, asked)))
    }
}

impl CouponQuote {
    fn of(coupon: &Coupon, price: Rupiah, cycle: period::BillingCycle, asked: Asked) -> Self {
        let Asked { vat, today } = asked;
        let discount = coupon.discount(price, vat);
        let charged = charged(price, discount.as_ref());
        let periods = match coupon.gives() {
            Some(Gives::Discount { periods, .. }) => periods,
            Some(Gives::Credit { .. } | Gives::FreeDays { .. }) | None => None,
        };
        let promise = coupon.promise();
        Self {
            price: price.get(),
            discount: price.get() - charged.get(),
            charged: charged.get(),
            periods,
            free_days: promise.as_ref().and_then(Promise::free_days),
            next_charge_on: next_charge_on(price, vat, cycle, promise.as_ref(), today),
        }
    }
}

/// Under which rules and when a quote is asked for.
#[derive(Clone, Copy)]
struct Asked {
    vat: VatPolicy,
    today: NaiveDate,
}

impl CouponRoutes {
    async fn redemption(
        &self,
        customer: &Customer,
        context: &Context,
        coupon: CouponCode,
    ) -> Result<RedeemCoupon, Problem> {
        Ok(RedeemCoupon {
            redeemer: self.0.redeemer(customer.id(), &coupon).await?,
            coupon,
            redemption_id: RedemptionId::new(context.derive("redemption")),
            user_id: customer.id(),
            at: self.0.clock.now(),
        })
    }

    /// Whether the person may, beside the account.
    async fn may_be_redeemed_by(
        &self,
        customer: &Customer,
        coupon: &Coupon,
        redeemer: &Redeemer,
    ) -> Result<(), Problem> {
        let user = self.0.states.load::<User>(&customer.id()).await?;
        user.require_verified().map_err(Refused::from)?;
        let Some(mailbox) = redeemer.mailbox.as_ref() else {
            return Ok(());
        };
        let claim = self.0.states.load::<Claim>(mailbox).await?;
        match coupon.is_once_per_person() && claim.holder().is_some() {
            true => Err(Refused::from(CouponError::AlreadyUsed).into()),
            false => Ok(()),
        }
    }

    /// What is to be ordered, and what a period of it costs.
    async fn wanted(
        &self,
        plan_id: PlanId,
        cycle: period::BillingCycle,
    ) -> Result<(Use, Rupiah), Problem> {
        let states = &self.0.states;
        let slots = states.recall::<PlanSlots>(&plan_id).await?;
        let service_id = slots
            .service_id()
            .ok_or_else(|| Refused::from(PlanSlotsError::NotFound))?;
        let service = states.load::<Service>(&service_id).await?;
        let sale = service.for_sale(plan_id).map_err(Refused::from)?;
        let price = self.0.policy.vat.charged(sale.plan.price.of(cycle));
        let order = Use::Order {
            service_id,
            plan_id,
            price,
            trial: sale.plan.trial_days().is_some(),
        };
        Ok((order, price))
    }
}

/// A text that is no code names no coupon.
pub(super) fn known(code: &str) -> Result<CouponCode, Problem> {
    code.parse()
        .map_err(|_| Refused::from(CouponError::Unknown).into())
}
