use super::Tag;
use crate::{
    auth::{Address, BillingDetails, BuyerDetails},
    http::{
        Parts,
        answer::Accepted,
        body::Body,
        caller::Customer,
        error::{self, ApiError},
        fields::Fields,
        idempotency::{Keyed, NO_BODY},
        problem::Problem,
    },
    store::Context,
};
use poem_openapi::{Object, OpenApi, payload::Json, types::Example};
use purser_domain::{
    decisions::One,
    user::{User, UserCommand},
};
use std::sync::Arc;

/// Whom your receipts, invoices and credit notes are to be made out to.
#[derive(Object)]
#[oai(skip_serializing_if_is_none, example, deny_unknown_fields)]
struct BillingDetailsRequest {
    /// Your name, or your company's.
    #[oai(validator(min_length = 1, max_length = 100))]
    name: String,
    /// 1 to 5 lines of 100 characters at most.
    #[oai(validator(min_items = 1, max_items = 5))]
    address: Vec<String>,
    /// Your NPWP: 15 or 16 digits; dots, hyphens and blanks are left out.
    #[oai(validator(max_length = 32))]
    npwp: Option<String>,
}

impl Example for BillingDetailsRequest {
    fn example() -> Self {
        Self {
            name: "PT Budi Sejahtera".into(),
            address: vec!["Jalan Sabang 7".into(), "Jakarta 10340".into()],
            npwp: Some("3171234567890123".into()),
        }
    }
}

impl BillingDetailsRequest {
    fn details(&self) -> Result<BillingDetails, Problem> {
        let mut fields = Fields::default();
        let name = fields.parse("/name", &self.name);
        let address = fields.take("/address", Address::typed(self.address.clone()));
        let npwp = fields.parse_if("/npwp", self.npwp.as_deref());
        let (name, address) = fields.done(name.zip(address))?;
        let details = BuyerDetails { address, npwp };
        Ok(BillingDetails { name, details })
    }
}

/// Whom your paper is made out to.
#[derive(Object)]
#[oai(rename = "BillingDetails", skip_serializing_if_is_none)]
struct ToldBillingDetails {
    /// Your name, or your company's.
    name: String,
    /// Line by line.
    address: Vec<String>,
    /// Your NPWP, digits alone.
    npwp: Option<String>,
}

/// Whom your paper is made out to was changed.
#[derive(Object)]
struct ChangedBillingDetails {
    /// The position of the commit.
    position: i64,
    /// The version of your account.
    version: i64,
}

pub(in crate::http) struct BillingRoutes(pub(super) Arc<Parts>);

#[OpenApi(prefix_path = "/account", tag = "Tag::Documents")]
impl BillingRoutes {
    /// Read whom your paper is made out to, where that is more than your name.
    #[oai(
        path = "/billing",
        method = "get",
        operation_id = "get_billing_details"
    )]
    async fn get(
        &self,
        customer: Customer,
    ) -> Result<Json<ToldBillingDetails>, ApiError<error::Query>> {
        let user = self.0.states.load::<User>(&customer.id()).await?;
        let missing =
            || Problem::not_found("billing_details.not_found", "there are no billing details");
        let sealed = user.billing_details().ok_or_else(missing)?;
        let given = BillingDetails::open(&self.0.vault, sealed).await?;
        Ok(Json(ToldBillingDetails {
            name: given.name.into(),
            address: given.details.address.into(),
            npwp: given.details.npwp.map(String::from),
        }))
    }

    /// Say whom your paper is made out to from now on. What was issued stays as it is. It is kept sealed.
    #[oai(
        path = "/billing",
        method = "put",
        operation_id = "give_billing_details"
    )]
    async fn give(
        &self,
        customer: Customer,
        #[oai(name = "Idempotency-Key")] ask: Keyed,
        body: Body<BillingDetailsRequest>,
    ) -> Result<Accepted<ChangedBillingDetails>, ApiError<error::Command>> {
        let keys = self.0.vault.keys();
        let actor = customer.actor();
        let context = ask.context(keys, actor, "give_billing_details", &[], &body.0)?;
        let given = body.0.details()?;
        let details = given.seal(&self.0.vault, customer.id()).await?;
        let give = UserCommand::GiveBillingDetails { details };
        self.change(&customer, &context, give).await
    }

    /// Have your paper made out to your name alone from now on.
    #[oai(
        path = "/billing",
        method = "delete",
        operation_id = "remove_billing_details"
    )]
    async fn remove(
        &self,
        customer: Customer,
        #[oai(name = "Idempotency-Key")] ask: Keyed,
    ) -> Result<Accepted<ChangedBillingDetails>, ApiError<error::Command>> {
        let keys = self.0.vault.keys();
        let actor = customer.actor();
        let context = ask.context(keys, actor, "remove_billing_details", &[], &NO_BODY)?;
        let remove = UserCommand::RemoveBillingDetails;
        self.change(&customer, &context, remove).await
    }
}

impl BillingRoutes {
    async fn change(
        &self,
        customer: &Customer,
        context: &Context,
        command: UserCommand,
    ) -> Result<Accepted<ChangedBillingDetails>, ApiError<error::Command>> {
        let change = One::<User> {
            id: customer.id(),
            command,
        };
        let committed = self.0.appender.execute(context.command(change)).await?;
        let body = ChangedBillingDetails {
            position: committed.position,
            version: committed.version,
        };
        Ok(Accepted::new(&committed, body))
    }
}
