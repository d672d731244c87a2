use crate::http::{fields::Fields, problem::Problem};
use poem_openapi::{Object, types::Example};
use purser_domain::{
    Rupiah,
    decisions::AddPlan,
    ids::{PlanId, ServiceId},
    resources::Resources,
    service::{Free, Plan, PriceList},
};

#[derive(Object)]
#[oai(skip_serializing_if_is_none, example, deny_unknown_fields)]
pub(super) struct AddPlanRequest {
    /// Its short name, unique in its service.
    #[oai(validator(max_length = 40))]
    slug: String,
    /// Its name for people.
    #[oai(validator(max_length = 100))]
    title: String,
    /// What a month costs, in whole rupiah.
    monthly_price: i64,
    /// What a year costs, in whole rupiah.
    yearly_price: i64,
    /// CPU in thousandths of a core: 50 to 64,000.
    cpu_millicores: u32,
    /// Memory in MiB: 64 to 524,288.
    memory_mib: u32,
    /// Storage in MiB: 128 to 16,777,216.
    storage_mib: u32,
    /// How many can be sold at the same time.
    capacity: u32,
    /// How many of it one customer may have.
    max_per_customer: u32,
    /// Whether it is a trial: at price 0, once per person and service, for 14 days where `trial_days` does not say.
    trial: Option<bool>,
    /// For how many days it is a trial.
    #[oai(validator(minimum(value = "1"), maximum(value = "366")))]
    trial_days: Option<u32>,
    /// Whether it is to cost nothing for ever. A plan at price 0 that is neither this nor a trial is not put up for sale.
    free_for_ever: Option<bool>,
}

/// How long a trial lasts where nobody says.
const TRIAL_DAYS: u32 = 14;

impl Example for AddPlanRequest {
    fn example() -> Self {
        Self {
            slug: "basic".into(),
            title: "Basic".into(),
            monthly_price: 40_000,
            yearly_price: 400_000,
            cpu_millicores: 500,
            memory_mib: 512,
            storage_mib: 5_120,
            capacity: 100,
            max_per_customer: 3,
            trial: None,
            trial_days: None,
            free_for_ever: None,
        }
    }
}

impl AddPlanRequest {
    pub(super) fn into_decision(
        self,
        service_id: ServiceId,
        plan_id: PlanId,
    ) -> Result<AddPlan, Problem> {
        let mut fields = Fields::default();
        let slug = fields.parse("/slug", &self.slug);
        let title = fields.parse("/title", &self.title);
        let price = prices(&mut fields, self.monthly_price, self.yearly_price);
        let resources = Resources::new(self.cpu_millicores, self.memory_mib, self.storage_mib);
        let resources = fields.take("", resources);
        let free = match (self.trial_days, self.trial, self.free_for_ever) {
            (Some(_), Some(false), _) | (Some(_), _, Some(true)) | (_, Some(true), Some(true)) => {
                fields.wrong("/trial_days", "is for a trial, which is not free for ever");
                None
            }
            (Some(days), ..) => Some(Free::Trial { days }),
            (None, Some(true), _) => Some(Free::Trial { days: TRIAL_DAYS }),
            (None, _, Some(true)) => Some(Free::ForEver),
            (None, ..) => None,
        };
        let parsed = slug.zip(title).zip(price.zip(resources));
        let ((slug, title), (price, resources)) = fields.done(parsed)?;
        Ok(AddPlan {
            service_id,
            plan: Plan {
                plan_id,
                slug,
                title,
                price,
                resources,
                free,
            },
            capacity: self.capacity,
            max_per_customer: self.max_per_customer,
        })
    }
}

#[derive(Object)]
#[oai(example, deny_unknown_fields)]
pub(super) struct RepricePlanRequest {
    /// What a month costs, in whole rupiah.
    monthly_price: i64,
    /// What a year costs, in whole rupiah.
    yearly_price: i64,
}

impl Example for RepricePlanRequest {
    fn example() -> Self {
        Self {
            monthly_price: 45_000,
            yearly_price: 450_000,
        }
    }
}

impl RepricePlanRequest {
    pub(super) fn price(&self) -> Result<PriceList, Problem> {
        let mut fields = Fields::default();
        let price = prices(&mut fields, self.monthly_price, self.yearly_price);
        fields.done(price)
    }
}

fn prices(fields: &mut Fields, monthly: i64, yearly: i64) -> Option<PriceList> {
    let monthly = fields.take("/monthly_price", Rupiah::try_from(monthly));
    let yearly = fields.take("/yearly_price", Rupiah::try_from(yearly));
    let (monthly, yearly) = monthly.zip(yearly)?;
    Some(PriceList { monthly, yearly })
}
