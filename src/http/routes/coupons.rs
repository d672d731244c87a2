use super::{Tag, subscriptions::BillingCycle};
use crate::http::{
    Parts,
    answer::Accepted,
    body::Body,
    caller::Customer,
    error::{self, ApiError, Command},
    fields::Fields,
    idempotency::Keyed,
    problem::Problem,
};
use chrono::NaiveDate;
use poem_openapi::{
    Object, OpenApi,
    param::{Path, Query},
    payload::Json,
    types::Example,
};
use purser_domain::{
    Refused,
    coupon::{Coupon, CouponCode, CouponError, Gives, Promised, Redeeming, Use},
    decisions::{CouponRedeemed, RedeemCoupon},
    ids::{PlanId, RedemptionId, WalletId},
    plan_slots::{PlanSlots, PlanSlotsError},
    service::Service,
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
    /// How many days are added at no price.
    free_days: Option<u32>,
}

pub(in crate::http) struct CouponRoutes(pub(super) Arc<Parts>);

#[OpenApi]
impl CouponRoutes {
    /// Redeem a coupon that gives credit.
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
    ) -> Result<Accepted<RedeemedCoupon>, ApiError<Command>> {
        let mut fields = Fields::default();
        let coupon = fields.parse("/code", &body.0.code);
        let coupon = fields.done(coupon)?;
        let keys = self.0.vault.keys();
        let context = ask.context(keys, customer.actor(), "redeem_coupon", &[], &body.0)?;
        let redeem = RedeemCoupon {
            coupon,
            redemption_id: RedemptionId::new(context.derive("redemption")),
            user_id: customer.id(),
            at: self.0.clock.now(),
        };
        let committed = self.0.appender.execute(context.command(redeem)).await?;
        let redeemed: CouponRedeemed = serde_json::from_value(committed.answer.clone())
            .map_err(|error| Problem::internal(&error))?;
        let body = RedeemedCoupon {
            amount: redeemed.amount.get(),
            expires_on: redeemed.expires_on,
            position: committed.position,
            version: committed.version,
        };
        Ok(Accepted::new(&committed, body))
    }

    /// Ask what an order would cost you with a coupon, or why it cannot be used for it.
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
    ) -> Result<Json<CouponQuote>, ApiError<error::Quoting>> {
        let code = known(&code.0)?;
        let wanted = self.wanted(PlanId::new(plan_id.0), billing_cycle.0).await?;
        let wallet_id = WalletId::of(customer.id());
        let both = self.0.states.load_both::<Coupon, Wallet>(&code, &wallet_id);
        let (coupon, wallet) = both.await?;
        let redeeming = Redeeming {
            redemption_id: RedemptionId::new(Uuid::nil()),
            user_id: customer.id(),
            new_customer: wallet.is_new(),
            wanted,
            at: self.0.clock.now(),
        };
        coupon.may_redeem(&redeeming).map_err(Refused::from)?;
        Ok(Json(CouponQuote::of(&coupon, wanted)))
    }
}

impl CouponQuote {
    fn of(coupon: &Coupon, wanted: Use) -> Self {
        let price = match wanted {
            Use::Order { price, .. } => price.get(),
            Use::Wallet => 0,
        };
        let discount = match wanted {
            Use::Order { price, .. } => coupon.discount(price),
            Use::Wallet => None,
        };
        let discount = discount.map_or(0, |discount| discount.amount.get());
        let free_days = match coupon.promise().map(|promise| promise.gives) {
            Some(Promised::Days(days)) => Some(days),
            Some(Promised::Discount { .. }) | None => None,
        };
        let periods = match coupon.gives() {
            Some(Gives::Discount { periods, .. }) => periods,
            Some(Gives::Credit { .. } | Gives::FreeDays { .. }) | None => None,
        };
        Self {
            price,
            discount,
            charged: price - discount,
            periods,
            free_days,
        }
    }
}

impl CouponRoutes {
    async fn wanted(&self, plan_id: PlanId, cycle: BillingCycle) -> Result<Use, Problem> {
        let states = &self.0.states;
        let slots = states.recall::<PlanSlots>(&plan_id).await?;
        let service_id = slots
            .service_id()
            .ok_or_else(|| Refused::from(PlanSlotsError::NotFound))?;
        let service = states.load::<Service>(&service_id).await?;
        let sale = service.for_sale(plan_id).map_err(Refused::from)?;
        Ok(Use::Order {
            service_id,
            plan_id,
            price: self.0.policy.vat.charged(sale.plan.price.of(cycle.into())),
            trial: sale.plan.trial_days().is_some(),
        })
    }
}

/// A text that is no code names no coupon.
pub(super) fn known(code: &str) -> Result<CouponCode, Problem> {
    code.parse()
        .map_err(|_| Refused::from(CouponError::Unknown).into())
}
