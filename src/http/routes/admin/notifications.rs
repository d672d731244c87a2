use crate::{
    http::{
        Parts,
        answer::Listed,
        caller::{Admin, Auditor},
        error::{self, ApiError},
        problem::Problem,
        routes::Tag,
    },
    inbox::{NotificationRow, Outcome},
};
use poem_openapi::{
    Object, OpenApi,
    param::{Path, Query},
    payload::Json,
};
use purser_projections::pages::Page;
use std::sync::Arc;

/// A notification with its body.
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
struct FoundNotification {
    notification: NotificationRow,
    /// As it came; absent where its payer was erased.
    body: Option<String>,
}

pub(in crate::http) struct AdminNotificationRoutes(pub(in crate::http::routes) Arc<Parts>);

#[OpenApi(prefix_path = "/admin/notifications", tag = "Tag::Administration")]
impl AdminNotificationRoutes {
    /// List what came to the address of the payment gateway's notifications, and what came of it.
    ///
    /// Kept for a season; what nobody signed for a week, and so many an hour.
    #[oai(path = "/", method = "get", operation_id = "list_notifications")]
    async fn list(
        &self,
        _auditor: Auditor,
        /// Those of which this came; all where it is not given.
        outcome: Query<Option<Outcome>>,
        /// How many, 1 to 100; 50 where it is not given.
        #[oai(validator(minimum(value = "1"), maximum(value = "100")))]
        limit: Query<Option<i64>>,
        /// The `next` of the page before.
        after: Query<Option<String>>,
    ) -> Result<Json<Listed<NotificationRow>>, ApiError<error::Query>> {
        let page = Page::new(limit.0, after.0.as_deref())?;
        let inbox = self.0.notifications.inbox();
        Ok(Json(inbox.page(outcome.0, &page).await?.into()))
    }

    /// Read a notification as it came.
    #[oai(path = "/:id", method = "get", operation_id = "get_notification")]
    async fn get(
        &self,
        _admin: Admin,
        /// The notification's id.
        id: Path<i64>,
    ) -> Result<Json<FoundNotification>, ApiError<error::Query>> {
        let missing =
            || Problem::not_found("notification.not_found", "there is no such notification");
        let found = self.0.notifications.inbox().get(id.0).await?;
        let notification = found.ok_or_else(missing)?;
        let body = self.0.notifications.body(&notification).await?;
        Ok(Json(FoundNotification { notification, body }))
    }
}
