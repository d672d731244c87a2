//! Ordering credit: the order is committed, then the gateway makes a page for it, then the page is
//! committed. Repeating the same command finishes what an earlier attempt left undone.

use super::{Customer, GatewayError, Midtrans};
use crate::{
    auth::{Vault, VaultError, field},
    clock::Clock,
    store::{Appender, CommandError, Committed, Context, States, StoreError, Turn, Turns},
};
use chrono::{DateTime, Duration, Utc};
use purser_domain::{
    Rupiah,
    decisions::{One, RequestTopUp},
    ids::{TopUpId, UserId, WalletId},
    top_up::{TopUp, TopUpCommand, TopUpError},
    user::{User, UserError},
    wallet::Wallet,
};
use std::sync::Arc;

/// What the gateway knows a top-up by.
const ORDER_PREFIX: &str = "topup-";

/// The gateway opens none that is over sooner.
const SHORTEST_PAGE_MINUTES: u32 = 5;

/// A top-up was not opened.
#[derive(Debug, thiserror::Error)]
pub enum TopUpFailure {
    #[error(transparent)]
    Command(#[from] CommandError),
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The customer has a page open already and is paying.
    #[error("this top-up is being paid")]
    InPayment,
    /// Somebody else has come to it meanwhile, and may have asked for a page of his own.
    #[error("the turn at this top-up was lost")]
    TurnLost,
    #[error("the payment gateway gave no page")]
    Gateway(#[source] GatewayError),
}

impl From<StoreError> for TopUpFailure {
    fn from(error: StoreError) -> Self {
        Self::Command(error.into())
    }
}

/// How payment pages are made.
#[derive(Clone, Debug)]
pub struct PageSettings {
    pub open_minutes: u32,
    /// Where the customer is sent after paying; the top-up's id is appended.
    pub finish_url: String,
}

/// A top-up that can be paid.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenTopUp {
    pub top_up_id: TopUpId,
    pub order_id: String,
    pub amount: Rupiah,
    pub redirect_url: String,
    pub committed: Committed,
}

/// Orders of credit.
#[derive(Clone)]
pub struct TopUps {
    pub(super) appender: Appender,
    pub(super) states: Arc<States>,
    vault: Vault,
    pub(super) gateway: Arc<Midtrans>,
    pub(super) clock: Clock,
    settings: PageSettings,
    /// A second page kills the first, so one order is given one at a time, whichever process is asked.
    turns: Turns,
}

/// What the gateway knows this top-up by.
pub(super) fn order_id(top_up_id: TopUpId) -> String {
    format!("{ORDER_PREFIX}{top_up_id}")
}

/// The top-up behind the gateway's name for it.
pub(super) fn top_up_of(order_id: &str) -> Option<TopUpId> {
    order_id.strip_prefix(ORDER_PREFIX)?.parse().ok()
}

impl TopUps {
    pub fn new(
        appender: Appender,
        states: Arc<States>,
        vault: Vault,
        gateway: Arc<Midtrans>,
        clock: Clock,
        settings: PageSettings,
        turns: Turns,
    ) -> Self {
        Self {
            appender,
            states,
            vault,
            gateway,
            clock,
            settings,
            turns,
        }
    }

    /// Orders credit and opens the page on which it is paid.
    ///
    /// # Errors
    /// The refusal, or who is away: the order may stand then, and the same command goes on from there.
    pub async fn open(
        &self,
        context: &Context,
        user_id: UserId,
        amount: Rupiah,
    ) -> Result<OpenTopUp, TopUpFailure> {
        let top_up_id = TopUpId::new(context.derive("top-up"));
        let request = RequestTopUp {
            top_up_id,
            user_id,
            amount,
            order_id: order_id(top_up_id),
            expires_at: self.expires_at(),
        };
        self.appender.execute(context.command(request)).await?;
        let turn = self.turn(top_up_id).await?;
        let (top_up, user) = self
            .states
            .load_both::<TopUp, User>(&top_up_id, &user_id)
            .await?;
        if top_up.is_closed() {
            return Err(refused(TopUpError::AlreadyClosed));
        }
        let redirect_url = match top_up.redirect_url() {
            Some(url) => url.to_owned(),
            None => {
                let minutes = self.minutes_left(&top_up);
                let minutes = minutes.ok_or_else(|| refused(TopUpError::AlreadyClosed))?;
                let customer = self.customer(user_id, &user).await?;
                let page = self.page(top_up_id, amount, &customer, minutes).await?;
                if !turn.is_held().await? {
                    return Err(TopUpFailure::TurnLost);
                }
                page
            }
        };
        // A page that is known already answers as it did the first time.
        let step = context.step(&["open_page", &redirect_url]);
        let page = One::<TopUp> {
            id: top_up_id,
            command: TopUpCommand::OpenPage {
                redirect_url: redirect_url.clone(),
            },
        };
        let committed = self.appender.execute(step.command(page)).await?;
        Ok(OpenTopUp {
            top_up_id,
            order_id: order_id(top_up_id),
            amount,
            redirect_url: self.recorded_page(top_up_id).await?.unwrap_or(redirect_url),
            committed,
        })
    }

    /// The page that every customer of the order is sent to: the one that was recorded first.
    async fn recorded_page(&self, top_up_id: TopUpId) -> Result<Option<String>, StoreError> {
        let top_up = self.states.load::<TopUp>(&top_up_id).await?;
        Ok(top_up.redirect_url().map(str::to_owned))
    }

    async fn page(
        &self,
        top_up_id: TopUpId,
        amount: Rupiah,
        customer: &Customer,
        minutes: u32,
    ) -> Result<String, TopUpFailure> {
        let finish = format!(
            "{}/{top_up_id}",
            self.settings.finish_url.trim_end_matches('/')
        );
        let page = self
            .gateway
            .create_page(&order_id(top_up_id), amount, customer, minutes, &finish)
            .await;
        match page {
            Ok(page) => Ok(page.redirect_url),
            Err(GatewayError::OrderInUse) => Err(TopUpFailure::InPayment),
            Err(error) => Err(TopUpFailure::Gateway(error)),
        }
    }

    async fn customer(&self, user_id: UserId, user: &User) -> Result<Customer, TopUpFailure> {
        let (Some(name), Some(email)) = (user.name(), user.email()) else {
            return Err(TopUpFailure::Command(CommandError::Refused(
                UserError::NotFound.into(),
            )));
        };
        let wallet = self.states.load::<Wallet>(&WalletId::of(user_id)).await?;
        let name = self.vault.open(name, field::NAME).await?;
        let email = self.vault.open(email, field::EMAIL).await?;
        let (first, last) = match name.split_once(char::is_whitespace) {
            Some((first, last)) => (first.to_owned(), Some(last.trim().to_owned())),
            None => (name, None),
        };
        Ok(Customer {
            first_name: first,
            last_name: last,
            email: email.parse().map_err(|_| VaultError::Forged)?,
            phone: None,
            by_card: !wallet.is_charged_back(),
        })
    }

    fn expires_at(&self) -> DateTime<Utc> {
        self.clock.now() + Duration::minutes(self.settings.open_minutes.into())
    }

    /// For how many minutes, a begun one counted whole, a page may be open so that it is over with its order; `None` where no page
    /// is as short.
    fn minutes_left(&self, top_up: &TopUp) -> Option<u32> {
        let left = top_up.expires_at()? - self.clock.now();
        let minutes = u32::try_from((left.num_milliseconds() + 59_999) / 60_000).ok()?;
        (minutes >= SHORTEST_PAGE_MINUTES).then_some(minutes)
    }

    pub(super) async fn turn(&self, top_up_id: TopUpId) -> Result<Turn, StoreError> {
        self.turns.take(top_up_id.uuid()).await
    }
}

pub(super) fn refused(error: TopUpError) -> TopUpFailure {
    TopUpFailure::Command(CommandError::Refused(error.into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn the_gateways_name_leads_back_to_the_top_up() {
        let id = TopUpId::new(Uuid::from_u128(7));
        assert_eq!(top_up_of(&order_id(id)), Some(id));
        assert!(order_id(id).len() <= 50);
        assert_eq!(top_up_of("someone-elses"), None);
        assert_eq!(top_up_of("topup-1"), None);
    }
}
